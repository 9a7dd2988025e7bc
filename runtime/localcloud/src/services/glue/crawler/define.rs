//! `CreateCrawler`, `UpdateCrawler`, `DeleteCrawler`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::schedule::{self, Schedule};
use super::targets::Targets;
use super::{CRAWLERS, Crawler, Definition, SchemaChangePolicy, State, error, history, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::glue::tags::{self, Tags};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Input {
    name: Option<String>,
    role: Option<String>,
    database_name: Option<String>,
    description: Option<String>,
    targets: Option<Targets>,
    schedule: Option<String>,
    classifiers: Option<Vec<String>>,
    table_prefix: Option<String>,
    schema_change_policy: Option<SchemaChangePolicy>,
    recrawl_policy: Option<Value>,
    lineage_configuration: Option<Value>,
    lake_formation_configuration: Option<Value>,
    configuration: Option<String>,
    crawler_security_configuration: Option<String>,
    tags: Option<Tags>,
}

impl Input {
    /// The name, and what `known` becomes by it: what it does not say, stays.
    fn over(mut self, known: Option<Definition>) -> Result<(String, Definition), ServiceError> {
        let mut constraints = Constraints::new();
        let name = constraints.required("name", self.name.take());
        constraints.length("name", Some(&name), 1, 255);
        constraints.length("description", self.description.as_deref(), 0, 2_048);
        constraints.length("tablePrefix", self.table_prefix.as_deref(), 0, 128);
        if known.is_none() {
            constraints.required("role", self.role.as_deref());
            constraints.required("targets", self.targets.as_ref().map(|_| ()));
        }
        if let Some(policy) = &self.schema_change_policy {
            constraints.one_of(
                "schemaChangePolicy.updateBehavior",
                Some(&policy.update_behavior),
                &["LOG", "UPDATE_IN_DATABASE"],
            );
            constraints.one_of(
                "schemaChangePolicy.deleteBehavior",
                Some(&policy.delete_behavior),
                &["LOG", "DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE"],
            );
        }
        if let Some(tags) = &self.tags {
            tags::check(&mut constraints, "tags", tags);
        }
        constraints.check(error::INVALID_INPUT)?;
        if let Some(targets) = &self.targets {
            targets.check()?;
        }
        if let Some(first) = self.classifiers.iter().flatten().next() {
            return Err(error::not_found(format!(
                "Classifier with name {first} does not exist: the embedded Glue has no custom \
                 classifiers."
            )));
        }
        let configuration = self
            .configuration
            .as_deref()
            .filter(|text| !text.is_empty());
        if configuration.is_some_and(|text| serde_json::from_str::<Value>(text).is_err()) {
            return Err(error::invalid("Configuration is not valid JSON."));
        }
        let known = known.unwrap_or_else(|| Definition {
            recrawl_policy: json!({"RecrawlBehavior": "CRAWL_EVERYTHING"}),
            lineage_configuration: json!({"CrawlerLineageSettings": "DISABLE"}),
            lake_formation_configuration: json!({
                "UseLakeFormationCredentials": false,
                "AccountId": "",
            }),
            ..Definition::default()
        });
        let definition = Definition {
            role: self.role.unwrap_or(known.role),
            database_name: self.database_name.or(known.database_name),
            description: self.description.or(known.description),
            targets: self.targets.unwrap_or(known.targets),
            classifiers: Vec::new(),
            table_prefix: self.table_prefix.or(known.table_prefix),
            schema_change_policy: self
                .schema_change_policy
                .unwrap_or(known.schema_change_policy),
            recrawl_policy: self.recrawl_policy.unwrap_or(known.recrawl_policy),
            lineage_configuration: self
                .lineage_configuration
                .unwrap_or(known.lineage_configuration),
            lake_formation_configuration: self
                .lake_formation_configuration
                .unwrap_or(known.lake_formation_configuration),
            configuration: self.configuration.or(known.configuration),
            crawler_security_configuration: self
                .crawler_security_configuration
                .or(known.crawler_security_configuration),
        };
        let only_new = definition.recrawl_policy["RecrawlBehavior"] == "CRAWL_NEW_FOLDERS_ONLY";
        let policy = &definition.schema_change_policy;
        if only_new && (policy.update_behavior != "LOG" || policy.delete_behavior != "LOG") {
            return Err(error::invalid(
                "The SchemaChangePolicy for CRAWL_NEW_FOLDERS_ONLY can have only LOG \
                 DeleteBehavior and LOG UpdateBehavior values.",
            ));
        }
        Ok((name, definition))
    }
}

pub(in super::super) fn create(
    mut input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let schedule = input.schedule.take().filter(|text| !text.is_empty());
    let tags = input.tags.clone();
    let (name, definition) = input.over(None)?;
    let mut crawler = Crawler {
        name,
        definition,
        schedule: schedule.map(Schedule::new).transpose()?,
        created_ms: call.now_ms,
        updated_ms: call.now_ms,
        version: 1,
        state: State::Ready,
        current: None,
        last: None,
    };
    if !tx.insert(&call.scope, CRAWLERS, &crawler.name, &crawler)? {
        return Err(error::exists(format!(
            "Crawler with name {} already exists",
            crawler.name
        )));
    }
    schedule::plan(&mut crawler, call, tx)?;
    let arn = tags::arn(call, &format!("crawler/{}", crawler.name));
    tags::set(call, tx, &arn, tags)?;
    Ok(json!({}))
}

/// Refuses a crawler that is not at rest.
fn check_rest(crawler: &Crawler, what: &str) -> Result<(), ServiceError> {
    if crawler.state == State::Ready {
        return Ok(());
    }
    Err(ServiceError::bad_request(
        "CrawlerRunningException",
        format!(
            "Cannot {what} Crawler while running. Please stop crawl or wait until it completes to \
             {what}."
        ),
    ))
}

pub(in super::super) fn update(
    mut input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let name = input.name.clone().unwrap_or_default();
    let mut crawler = require(call, tx, &name)?;
    check_rest(&crawler, "update")?;
    let schedule = input.schedule.take();
    (_, crawler.definition) = input.over(Some(crawler.definition))?;
    match schedule.as_deref() {
        None => {}
        // An empty expression takes the schedule away.
        Some("") => crawler.schedule = None,
        Some(expression) => crawler.schedule = Some(Schedule::new(expression.to_owned())?),
    }
    crawler.version += 1;
    crawler.updated_ms = call.now_ms;
    schedule::plan(&mut crawler, call, tx)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct OneCrawler {
    #[serde(default)]
    pub(super) name: String,
}

pub(in super::super) fn delete(
    input: OneCrawler,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut crawler = require(call, tx, &input.name)?;
    check_rest(&crawler, "delete")?;
    crawler.schedule = None;
    schedule::plan(&mut crawler, call, tx)?;
    tx.delete(&call.scope, CRAWLERS, &crawler.name)?;
    history::forget(call, tx, &crawler.name)?;
    let arn = tags::arn(call, &format!("crawler/{}", crawler.name));
    tags::drop_of(call, tx, &arn)?;
    Ok(json!({}))
}
