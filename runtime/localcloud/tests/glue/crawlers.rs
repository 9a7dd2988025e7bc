//! Crawlers.

use std::time::Duration;

use aws_sdk_glue::error::ProvideErrorMetadata as _;
use aws_sdk_glue::operation::create_crawler::builders::CreateCrawlerFluentBuilder;
use aws_sdk_glue::types::{
    Crawler, CrawlerTargets, DeleteBehavior, S3Target, SchemaChangePolicy, UpdateBehavior,
};
use datamesh_localcloud::{Fault, FaultEffect};

use crate::setup::START_MS;
use crate::stage::{Stage, columns, create_table};

const ORDERS: &str = "id,item,price\n1,apple,0.5\n2,pear,1\n";

fn targets(path: &str, exclusions: &[&str]) -> CrawlerTargets {
    let exclusions = exclusions.iter().map(|&text| text.to_owned()).collect();
    let target = S3Target::builder()
        .path(path)
        .set_exclusions(Some(exclusions));
    CrawlerTargets::builder().s3_targets(target.build()).build()
}

impl Stage {
    /// A crawler of the whole lake.
    fn crawler(&self) -> CreateCrawlerFluentBuilder {
        let create = self.glue.create_crawler().name("crawler");
        let create = create.role("service-role/crawls").database_name("sales");
        create.targets(targets("s3://lake/", &[]))
    }

    async fn state(&self) -> Crawler {
        let get = self.glue.get_crawler().name("crawler");
        get.send().await.unwrap().crawler.unwrap()
    }

    /// Lets it run to its end.
    async fn crawl(&self) -> Crawler {
        self.glue
            .start_crawler()
            .name("crawler")
            .send()
            .await
            .unwrap();
        self.clock.advance(Duration::from_secs(10));
        let crawler = self.state().await;
        assert_eq!(crawler.state().unwrap().as_str(), "READY");
        crawler
    }

    /// The values of the partitions of a table of `sales`.
    async fn partitions(&self, table: &str) -> Vec<String> {
        let list = self.glue.get_partitions().database_name("sales");
        let list = list.table_name(table).send().await.unwrap();
        let partitions = list.partitions().iter();
        partitions.map(|one| one.values().join("/")).collect()
    }
}

fn last(crawler: &Crawler) -> (&str, Option<&str>) {
    let last = crawler.last_crawl().unwrap();
    (last.status().unwrap().as_str(), last.error_message())
}

#[tokio::test]
async fn a_crawler_runs_by_the_clock() {
    let stage = Stage::new().await;
    stage.put("orders/a.csv", ORDERS).await;
    stage.crawler().send().await.unwrap();
    let again = stage.crawler().send().await.unwrap_err();
    assert!(again.into_service_error().is_already_exists_exception());
    let ready = stage.state().await;
    assert_eq!(ready.state().unwrap().as_str(), "READY");
    assert!(ready.last_crawl().is_none());

    let start = || stage.glue.start_crawler().name("crawler").send();
    start().await.unwrap();
    assert_eq!(stage.state().await.state().unwrap().as_str(), "RUNNING");
    let error = start().await.unwrap_err().into_service_error();
    assert!(error.is_crawler_running_exception());
    assert_eq!(
        error.message(),
        Some("Crawler with name crawler has already started")
    );
    let delete = stage.glue.delete_crawler().name("crawler").send().await;
    let error = delete.unwrap_err().into_service_error();
    assert!(error.is_crawler_running_exception());
    assert!(stage.tables().await.is_empty());

    stage.clock.advance(Duration::from_secs(5));
    assert_eq!(stage.state().await.state().unwrap().as_str(), "STOPPING");
    assert_eq!(stage.tables().await, ["orders"]);
    stage.clock.advance(Duration::from_secs(1));
    let ready = stage.state().await;
    assert_eq!(ready.state().unwrap().as_str(), "READY");
    assert_eq!(last(&ready), ("SUCCEEDED", None));

    let crawls = stage.glue.list_crawls().crawler_name("crawler");
    let crawls = crawls.send().await.unwrap();
    let crawl = &crawls.crawls()[0];
    assert_eq!(crawl.state().unwrap().as_str(), "COMPLETED");
    assert!(crawl.summary().unwrap().contains("orders"));
    stage
        .glue
        .delete_crawler()
        .name("crawler")
        .send()
        .await
        .unwrap();
    let get = stage.glue.get_crawler().name("crawler").send().await;
    let error = get.unwrap_err().into_service_error();
    assert!(error.is_entity_not_found_exception());
}

#[tokio::test]
async fn a_crawl_that_is_stopped_changes_nothing() {
    let stage = Stage::new().await;
    stage.put("orders/a.csv", ORDERS).await;
    stage.crawler().send().await.unwrap();
    let stop = || stage.glue.stop_crawler().name("crawler").send();
    let error = stop().await.unwrap_err().into_service_error();
    assert!(error.is_crawler_not_running_exception());
    stage
        .glue
        .start_crawler()
        .name("crawler")
        .send()
        .await
        .unwrap();
    stop().await.unwrap();
    let error = stop().await.unwrap_err().into_service_error();
    assert!(error.is_crawler_stopping_exception());
    stage.clock.advance(Duration::from_secs(60));
    assert_eq!(last(&stage.state().await).0, "CANCELLED");
    assert!(stage.tables().await.is_empty());
}

#[tokio::test]
async fn csv_and_json_become_tables_as_glue_describes_them() {
    let stage = Stage::new().await;
    stage.put("orders/a.csv", ORDERS).await;
    let people =
        "{\"Id\": 1, \"to\": {\"city\": \"x\", \"zip\": 1}}\n{\"id\": 2, \"tags\": [\"a\"]}\n";
    stage.put("people/a.json", people).await;
    stage.put("people/_SUCCESS", "x").await;
    stage.crawler().table_prefix("raw_").send().await.unwrap();
    let crawler = stage.crawl().await;
    assert_eq!(last(&crawler), ("SUCCEEDED", None));
    assert_eq!(stage.tables().await, ["raw_orders", "raw_people"]);

    let orders = stage.table("raw_orders").await;
    assert_eq!(
        columns(&orders),
        ["id bigint", "item string", "price double"]
    );
    let storage = orders.storage_descriptor().unwrap();
    assert_eq!(storage.location(), Some("s3://lake/orders/"));
    let serde = storage.serde_info().unwrap();
    assert_eq!(
        serde.serialization_library(),
        Some("org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe")
    );
    assert_eq!(serde.parameters().unwrap()["field.delim"], ",");
    let parameters = orders.parameters().unwrap();
    for (name, value) in [
        ("classification", "csv"),
        ("skip.header.line.count", "1"),
        ("recordCount", "2"),
        ("objectCount", "1"),
        ("CrawlerSchemaSerializerVersion", "1.0"),
        ("UPDATED_BY_CRAWLER", "crawler"),
        ("delimiter", ","),
        ("typeOfData", "file"),
    ] {
        assert_eq!(parameters[name], value, "{name}");
    }
    assert_eq!(
        orders.created_by(),
        Some("arn:aws:sts::111122223333:assumed-role/crawls/AWS-Crawler")
    );

    let people = stage.table("raw_people").await;
    assert_eq!(
        columns(&people),
        [
            "id int",
            "to struct<city:string,zip:int>",
            "tags array<string>"
        ]
    );
    let serde = people.storage_descriptor().unwrap().serde_info().unwrap();
    assert_eq!(serde.parameters().unwrap()["paths"], "id,to,tags");
}

#[tokio::test]
async fn folders_become_partitions() {
    let stage = Stage::new().await;
    for day in ["2026-01-30", "2026-01-31"] {
        stage.put(&format!("orders/day={day}/a.csv"), ORDERS).await;
        stage
            .put(&format!("logs/{day}/a.json"), "{\"at\": 1}")
            .await;
    }
    stage.put("orders/day=2026-01-31/b.tmp", "no data").await;
    let crawler = stage.crawler().targets(targets("s3://lake", &["**.tmp"]));
    crawler.send().await.unwrap();
    stage.crawl().await;
    assert_eq!(stage.tables().await, ["logs", "orders"]);
    let orders = stage.table("orders").await;
    let keys = orders.partition_keys();
    assert_eq!((keys[0].name(), keys[0].r#type()), ("day", Some("string")));
    assert_eq!(
        stage.partitions("orders").await,
        ["2026-01-30", "2026-01-31"]
    );
    let logs = stage.table("logs").await;
    assert_eq!(logs.partition_keys()[0].name(), "partition_0");

    // A new folder is a new partition.
    stage.put("orders/day=2026-02-01/a.csv", ORDERS).await;
    stage.crawl().await;
    assert_eq!(stage.partitions("orders").await.len(), 3);
}

#[tokio::test]
async fn what_changed_is_changed_and_what_is_gone_is_treated_by_the_policy() {
    let stage = Stage::new().await;
    stage.put("orders/a.csv", ORDERS).await;
    stage.put("people/a.json", "{\"id\": 1}").await;
    stage.crawler().send().await.unwrap();
    stage.crawl().await;
    let unchanged = stage.crawl().await;
    assert_eq!(stage.table("orders").await.version_id(), Some("0"));
    assert_eq!(unchanged.version(), 1);

    let with_more = "id,item,price,open\n1,apple,0.5,true\n2,pear,1,false\n";
    stage.put("orders/a.csv", with_more).await;
    let gone = stage
        .s3()
        .delete_object()
        .bucket("lake")
        .key("people/a.json");
    gone.send().await.unwrap();
    stage.crawl().await;
    let orders = stage.table("orders").await;
    assert_eq!(orders.version_id(), Some("1"));
    assert_eq!(columns(&orders)[3], "open boolean");
    let people = stage.table("people").await;
    assert!(
        people
            .parameters()
            .unwrap()
            .contains_key("DEPRECATED_BY_CRAWLER")
    );

    let policy = SchemaChangePolicy::builder()
        .update_behavior(UpdateBehavior::Log)
        .delete_behavior(DeleteBehavior::DeleteFromDatabase)
        .build();
    let update = stage.glue.update_crawler().name("crawler");
    update.schema_change_policy(policy).send().await.unwrap();
    stage.put("orders/a.csv", ORDERS).await;
    stage.crawl().await;
    assert_eq!(stage.tables().await, ["orders"]);
    assert_eq!(columns(&stage.table("orders").await).len(), 4);
}

#[tokio::test]
async fn a_name_that_is_taken_gets_an_end() {
    let stage = Stage::new().await;
    create_table(&stage.glue, "orders").await;
    stage.put("raw/orders/a.csv", ORDERS).await;
    stage.put("raw/people/a.json", "{\"id\": 1}").await;
    stage.crawler().send().await.unwrap();
    stage.crawl().await;
    let tables = stage.tables().await;
    assert_eq!(tables.len(), 3);
    assert_eq!(tables[1].len(), "orders_".len() + 32);
    // The next crawl knows it again.
    stage.crawl().await;
    assert_eq!(stage.tables().await, tables);
}

#[tokio::test]
async fn a_crawl_can_fail() {
    let stage = Stage::new().await;
    let nowhere = stage.crawler().targets(targets("s3://nowhere/", &[]));
    nowhere.send().await.unwrap();
    let crawler = stage.crawl().await;
    let (status, message) = last(&crawler);
    assert_eq!(status, "FAILED");
    assert!(message.unwrap().contains("s3://nowhere/"), "{message:?}");
}

#[tokio::test]
async fn what_a_crawler_cannot_be_is_refused() {
    let stage = Stage::new().await;
    let none = stage.crawler().targets(CrawlerTargets::builder().build());
    let error = none.send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_input_exception());
    let odd = stage.crawler().targets(targets("lake", &[]));
    assert!(
        odd.send()
            .await
            .unwrap_err()
            .into_service_error()
            .is_invalid_input_exception()
    );
    let classifier = stage.crawler().classifiers("mine");
    let error = classifier.send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("EntityNotFoundException"));
    let schedule = stage.crawler().schedule("rate(5 minutes)");
    let error = schedule.send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_input_exception());
}

#[tokio::test]
async fn a_crawl_that_fails_in_the_middle_writes_nothing() {
    let stage = Stage::new().await;
    stage.put("orders/a.csv", ORDERS).await;
    stage.put("people/a.json", "{\"id\": 1}").await;
    stage.crawler().send().await.unwrap();
    stage.cloud.faults().inject(Fault {
        service: Some("s3".to_owned()),
        operation: Some("GetObject".to_owned()),
        ..Fault::once(FaultEffect::Throttle)
    });
    assert_eq!(last(&stage.crawl().await).0, "FAILED");
    assert!(stage.tables().await.is_empty());
    assert_eq!(last(&stage.crawl().await).0, "SUCCEEDED");
    assert_eq!(stage.tables().await, ["orders", "people"]);
}

#[tokio::test]
async fn a_crawler_starts_by_its_schedule() {
    let stage = Stage::new().await;
    stage.put("orders/a.csv", ORDERS).await;
    // The clock stands at noon.
    let create = stage.crawler().schedule("cron(0 13 * * ? *)");
    create.send().await.unwrap();
    stage.clock.advance(Duration::from_secs(3_599));
    assert!(stage.state().await.last_crawl().is_none());
    stage.clock.advance(Duration::from_secs(60));
    let crawler = stage.state().await;
    assert_eq!(last(&crawler).0, "SUCCEEDED");
    let start = crawler.last_crawl().unwrap().start_time().unwrap();
    assert_eq!(start.secs() * 1_000, START_MS + 3_600_000);
    assert_eq!(stage.tables().await, ["orders"]);

    let schedule = || stage.glue.stop_crawler_schedule().crawler_name("crawler");
    schedule().send().await.unwrap();
    let error = schedule().send().await.unwrap_err().into_service_error();
    assert!(error.is_scheduler_not_running_exception());
    stage.clock.advance(Duration::from_secs(86_400));
    let crawls = stage.glue.list_crawls().crawler_name("crawler");
    assert_eq!(crawls.clone().send().await.unwrap().crawls().len(), 1);
    let start = stage.glue.start_crawler_schedule();
    start.crawler_name("crawler").send().await.unwrap();
    stage.clock.advance(Duration::from_secs(86_400));
    assert_eq!(crawls.send().await.unwrap().crawls().len(), 2);
}
