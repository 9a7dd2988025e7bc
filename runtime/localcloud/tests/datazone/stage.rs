//! A domain to test in, and the steps that many tests take.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_datazone::Client;
use aws_sdk_datazone::operation::create_asset::builders::CreateAssetFluentBuilder;
use aws_sdk_datazone::operation::create_listing_change_set::CreateListingChangeSetOutput;
use aws_sdk_datazone::operation::search_listings::SearchListingsOutput;
use aws_sdk_datazone::types::{
    ChangeAction, EntityType, FormInput, InventorySearchScope, ListingStatus, SearchResultItem,
};
use datamesh_localcloud::{LocalCloud, ManualClock};

use crate::setup::{ACCOUNT, REGION, cloud, sdk};

pub(crate) const GLUE_TABLE: &str = "amazon.datazone.GlueTableAssetType";
pub(crate) const SETTLED: Duration = Duration::from_millis(200);

pub(crate) struct Zone {
    pub(crate) cloud: LocalCloud,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) client: Client,
    pub(crate) domain: String,
}

/// A cloud with one domain, which is available.
pub(crate) async fn zone() -> Zone {
    let (cloud, clock) = cloud();
    let client = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let domain = create_domain(&client, "mesh").await;
    clock.advance(SETTLED);
    Zone {
        cloud,
        clock,
        client,
        domain,
    }
}

pub(crate) fn role() -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/service-role/DataZoneExecution")
}

pub(crate) async fn create_domain(client: &Client, name: &str) -> String {
    let create = client.create_domain().name(name);
    let created = create.domain_execution_role(role()).send().await.unwrap();
    created.id().to_owned()
}

pub(crate) fn glue_form(table: &str) -> FormInput {
    FormInput::builder()
        .form_name("GlueTableForm")
        .content(format!(r#"{{"tableName":"{table}","region":"{REGION}"}}"#))
        .build()
        .unwrap()
}

impl Zone {
    pub(crate) async fn project(&self, name: &str) -> String {
        let create = self.client.create_project().domain_identifier(&self.domain);
        let created = create.name(name).send().await.unwrap();
        created.id().to_owned()
    }

    pub(crate) fn create_asset(&self, project: &str, name: &str) -> CreateAssetFluentBuilder {
        self.client
            .create_asset()
            .domain_identifier(&self.domain)
            .owning_project_identifier(project)
            .type_identifier(GLUE_TABLE)
            .name(name)
            .forms_input(glue_form(name))
    }

    pub(crate) async fn asset(&self, project: &str, name: &str) -> String {
        let created = self.create_asset(project, name).send().await.unwrap();
        created.id().to_owned()
    }

    pub(crate) async fn change(
        &self,
        asset: &str,
        action: ChangeAction,
    ) -> CreateListingChangeSetOutput {
        self.client
            .create_listing_change_set()
            .domain_identifier(&self.domain)
            .entity_identifier(asset)
            .entity_type(EntityType::Asset)
            .action(action)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn listing_status(&self, listing: &str) -> ListingStatus {
        let get = self.client.get_listing().domain_identifier(&self.domain);
        let got = get.identifier(listing).send().await.unwrap();
        got.status().unwrap().clone()
    }

    pub(crate) async fn listed(&self, text: &str) -> Vec<String> {
        let search = self
            .client
            .search_listings()
            .domain_identifier(&self.domain);
        names(&search.search_text(text).send().await.unwrap())
    }

    pub(crate) async fn assets(&self) -> i32 {
        let search = self.client.search().domain_identifier(&self.domain);
        let found = search
            .search_scope(InventorySearchScope::Asset)
            .send()
            .await;
        found.unwrap().total_match_count().unwrap()
    }
}

pub(crate) fn names(found: &SearchListingsOutput) -> Vec<String> {
    found
        .items()
        .iter()
        .map(|item| match item {
            SearchResultItem::AssetListing(listing) => listing.name().unwrap().to_owned(),
            other => panic!("not an asset listing: {other:?}"),
        })
        .collect()
}
