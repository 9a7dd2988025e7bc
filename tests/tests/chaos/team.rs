use datamesh_tests::{Answer, id_of};
use http::Method;
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IteratorRandom;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::client::Client;
use crate::model::{Model, Thing};

/// The Glue tables that assets describe.
pub const TABLES: [&str; 3] = ["chaos.rain", "chaos.snow", "chaos.hail"];

/// The most domains that a team makes.
const DOMAINS: usize = 3;

/// Makes, changes and removes what is its own, one request after the other, and remembers what must be.
pub struct Team {
    number: u64,
    client: Client,
    dice: StdRng,
    requests: u64,
    known: Model,
}

impl Team {
    /// A team with a number of its own.
    pub fn new(number: u64, client: Client, dice: StdRng) -> Self {
        Self {
            number,
            client,
            dice,
            requests: 0,
            known: Model::default(),
        }
    }

    /// Works until then; what was begun is brought to its end.
    pub async fn work(mut self, end: Instant) -> Model {
        while Instant::now() < end {
            let full = self.known.domains.len() >= DOMAINS;
            match self.dice.random_range(0..100) {
                _ if self.known.domains.is_empty() => self.make_domain().await,
                0..5 if !full => self.make_domain().await,
                5..25 => self.make_project().await,
                25..55 => self.make_asset().await,
                55..65 => self.change_project().await,
                65..75 => self.change_asset().await,
                75..85 => self.publish_or_unpublish().await,
                85..94 => self.remove_asset().await,
                94..99 => self.remove_project().await,
                _ => self.remove_domain().await,
            }
        }
        self.known
    }

    async fn make_domain(&mut self) {
        let name = format!("team-{}-{}", self.number, self.requests);
        let body = json!({"domainName": name, "ownerGroups": ["team"]});
        let made = self
            .change(
                ("CreateDomain", "domainId"),
                Method::POST,
                "/api/v1/domains",
                Some(&body),
            )
            .await;
        let id = id_of(&made, "domainId").to_owned();
        self.until_active(&format!("/api/v1/domains/{id}")).await;
        let thing = Thing {
            name,
            ..Thing::default()
        };
        self.known.domains.insert(id, thing);
    }

    async fn make_project(&mut self) {
        let Some(domain) = self.known.domains.keys().choose(&mut self.dice).cloned() else {
            return;
        };
        let name = format!("Project {} {}", self.number, self.requests);
        let body = json!({"domainId": domain, "projectName": name});
        let made = self
            .change(
                ("CreateProject", "projectId"),
                Method::POST,
                "/api/v1/projects",
                Some(&body),
            )
            .await;
        let id = id_of(&made, "projectId").to_owned();
        self.until_active(&format!("/api/v1/projects/{id}")).await;
        let thing = Thing {
            name,
            parent: domain,
            ..Thing::default()
        };
        self.known.projects.insert(id, thing);
    }

    async fn make_asset(&mut self) {
        let Some(project) = self.known.projects.keys().choose(&mut self.dice).cloned() else {
            return self.make_project().await;
        };
        let name = format!("Asset {} {}", self.number, self.requests);
        let draft = self.dice.random_bool(0.4);
        let table = TABLES[self.dice.random_range(0..TABLES.len())];
        let body = json!({
            "projectId": project, "assetName": name, "format": "csv", "glueTable": table,
            "s3Location": "s3://files/chaos/", "draft": draft,
        });
        let made = self
            .change(
                ("CreateAsset", "assetId"),
                Method::POST,
                "/api/v1/assets",
                Some(&body),
            )
            .await;
        let id = id_of(&made, "assetId").to_owned();
        let publish_status = if draft { "DRAFT" } else { "PUBLISHED" };
        self.until_published(&id, publish_status).await;
        let thing = Thing {
            name,
            parent: project,
            publish_status,
            ..Thing::default()
        };
        self.known.assets.insert(id, thing);
    }

    async fn change_project(&mut self) {
        let Some(id) = self.known.projects.keys().choose(&mut self.dice).cloned() else {
            return;
        };
        let path = format!("/api/v1/projects/{id}");
        let description = self.describe(("UpdateProject", "projectId"), &path).await;
        self.until_active(&path).await;
        self.known.projects.entry(id).or_default().description = description;
    }

    async fn change_asset(&mut self) {
        let Some((id, asset)) = self.any_asset() else {
            return;
        };
        let path = format!("/api/v1/assets/{id}");
        let description = self.describe(("UpdateAsset", "assetId"), &path).await;
        self.until_published(&id, asset.publish_status).await;
        self.known.assets.entry(id).or_default().description = description;
    }

    async fn describe(&mut self, command: (&'static str, &str), path: &str) -> String {
        let description = format!("request {}", self.requests);
        let body = json!({"description": description});
        self.change(command, Method::PATCH, path, Some(&body)).await;
        description
    }

    async fn publish_or_unpublish(&mut self) {
        let Some((id, asset)) = self.any_asset() else {
            return;
        };
        let (verb, command, publish_status) = match asset.publish_status {
            "PUBLISHED" => ("unpublish", "UnpublishAsset", "UNPUBLISHED"),
            _ => ("publish", "PublishAsset", "PUBLISHED"),
        };
        self.change(
            (command, "assetId"),
            Method::POST,
            &format!("/api/v1/assets/{id}:{verb}"),
            Some(&json!({})),
        )
        .await;
        self.until_published(&id, publish_status).await;
        self.known.assets.entry(id).or_default().publish_status = publish_status;
    }

    async fn remove_asset(&mut self) {
        let Some((id, _)) = self.any_asset() else {
            return;
        };
        self.remove(("DeleteAsset", "assetId"), &format!("/api/v1/assets/{id}"))
            .await;
        self.known.assets.remove(&id);
        self.known.gone.insert(id);
    }

    async fn remove_project(&mut self) {
        let empty = |id: &&String| self.known.assets.values().all(|asset| asset.parent != **id);
        let Some(id) = self
            .known
            .projects
            .keys()
            .filter(empty)
            .choose(&mut self.dice)
            .cloned()
        else {
            return;
        };
        self.remove(
            ("DeleteProject", "projectId"),
            &format!("/api/v1/projects/{id}"),
        )
        .await;
        self.known.projects.remove(&id);
        self.known.gone.insert(id);
    }

    async fn remove_domain(&mut self) {
        let empty = |id: &&String| {
            self.known
                .projects
                .values()
                .all(|project| project.parent != **id)
        };
        let Some(id) = self
            .known
            .domains
            .keys()
            .filter(empty)
            .choose(&mut self.dice)
            .cloned()
        else {
            return;
        };
        self.remove(
            ("DeleteDomain", "domainId"),
            &format!("/api/v1/domains/{id}"),
        )
        .await;
        self.known.domains.remove(&id);
        self.known.gone.insert(id);
    }

    fn any_asset(&mut self) -> Option<(String, Thing)> {
        let (id, asset) = self.known.assets.iter().choose(&mut self.dice)?;
        Some((id.clone(), asset.clone()))
    }

    async fn change(
        &mut self,
        command: (&'static str, &str),
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Value {
        let id = format!("team-{}-request-{}", self.number, self.requests);
        self.requests += 1;
        self.client.change(command, method, path, &id, body).await
    }

    async fn remove(&mut self, command: (&'static str, &str), path: &str) {
        self.change(command, Method::DELETE, path, None).await;
        self.client
            .until("gone", path, |seen| seen.status == 404)
            .await;
    }

    async fn until_active(&mut self, path: &str) {
        let seen = self
            .client
            .until("at rest", path, |seen| {
                is(seen, "status", &["ACTIVE", "FAILED"])
            })
            .await;
        assert!(is(&seen, "status", &["ACTIVE"]), "{seen}");
    }

    async fn until_published(&mut self, id: &str, publish_status: &str) {
        let path = format!("/api/v1/assets/{id}");
        let ends = [publish_status, "PUBLISH_FAILED"];
        let at_rest = |seen: &Answer| {
            is(seen, "publishStatus", &ends) && is(seen, "status", &["ACTIVE", "FAILED"])
        };
        let seen = self.client.until(publish_status, &path, at_rest).await;
        assert!(
            is(&seen, "publishStatus", &[publish_status]) && is(&seen, "status", &["ACTIVE"]),
            "{seen}"
        );
    }
}

fn is(seen: &Answer, field: &str, values: &[&str]) -> bool {
    seen.status == 200 && values.iter().any(|value| seen.json()[field] == *value)
}
