//! Time-series data points.

use aws_sdk_datazone::primitives::DateTime;
use aws_sdk_datazone::types::{TimeSeriesDataPointFormInput, TimeSeriesEntityType};

use crate::stage::{Zone, zone};

const QUALITY: &str = "amazon.datazone.DataQualityResultFormType";

impl Zone {
    async fn measure(&self, asset: &str, seconds: i64, content: &str) -> Result<String, String> {
        let form = TimeSeriesDataPointFormInput::builder()
            .form_name("quality")
            .type_identifier(QUALITY)
            .timestamp(DateTime::from_secs(seconds))
            .content(content)
            .build()
            .unwrap();
        let post = self
            .client
            .post_time_series_data_points()
            .domain_identifier(&self.domain);
        let post = post
            .entity_type(TimeSeriesEntityType::Asset)
            .entity_identifier(asset);
        match post.forms(form).send().await {
            Ok(posted) => Ok(posted.forms()[0].id().unwrap().to_owned()),
            Err(error) => Err(error.into_service_error().to_string()),
        }
    }

    async fn latest(&self, asset: &str) -> Option<String> {
        let get = self.client.get_asset().domain_identifier(&self.domain);
        let got = get.identifier(asset).send().await.unwrap();
        let point = got.latest_time_series_data_point_forms_output().first()?;
        point.content_summary().map(str::to_owned)
    }
}

#[tokio::test]
async fn points_are_listed_by_time_and_the_latest_is_shown_with_the_asset() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let asset = zone.asset(&project, "t").await;
    for (seconds, content) in [(30, r#"{"n":3}"#), (10, r#"{"n":1}"#), (20, r#"{"n":2}"#)] {
        zone.measure(&asset, seconds, content).await.unwrap();
    }
    assert_eq!(zone.latest(&asset).await.as_deref(), Some(r#"{"n":3}"#));
    let list = || {
        let list = zone
            .client
            .list_time_series_data_points()
            .domain_identifier(&zone.domain);
        let list = list
            .entity_type(TimeSeriesEntityType::Asset)
            .entity_identifier(&asset);
        list.form_name("quality")
    };
    let page = list().max_results(2).send().await.unwrap();
    let seconds: Vec<i64> = page
        .items()
        .iter()
        .map(|one| one.timestamp().secs())
        .collect();
    assert_eq!(seconds, [30, 20]);
    let rest = list()
        .set_next_token(page.next_token().map(str::to_owned))
        .send()
        .await
        .unwrap();
    assert_eq!(rest.items()[0].timestamp().secs(), 10);
    let between = list()
        .started_at(DateTime::from_secs(15))
        .ended_at(DateTime::from_secs(20));
    assert_eq!(between.send().await.unwrap().items().len(), 1);

    let delete = zone
        .client
        .delete_time_series_data_points()
        .domain_identifier(&zone.domain);
    let delete = delete
        .entity_type(TimeSeriesEntityType::Asset)
        .entity_identifier(&asset);
    delete.form_name("quality").send().await.unwrap();
    assert_eq!(zone.latest(&asset).await, None);
}

#[tokio::test]
async fn a_point_is_read_by_its_id_and_must_be_of_a_form_type() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let asset = zone.asset(&project, "t").await;
    let id = zone.measure(&asset, 10, r#"{"n":1}"#).await.unwrap();
    let get = zone
        .client
        .get_time_series_data_point()
        .domain_identifier(&zone.domain);
    let get = get
        .entity_type(TimeSeriesEntityType::Asset)
        .entity_identifier(&asset);
    let got = get
        .form_name("quality")
        .identifier(&id)
        .send()
        .await
        .unwrap();
    assert_eq!(got.form().unwrap().content(), Some(r#"{"n":1}"#));
    let broken = zone.measure(&asset, 10, "[").await.unwrap_err();
    assert!(broken.contains("not a valid JSON object"), "{broken}");
    let nowhere = zone.measure("nothing", 10, "{}").await.unwrap_err();
    assert!(
        nowhere.starts_with("ResourceNotFoundException"),
        "{nowhere}"
    );
}
