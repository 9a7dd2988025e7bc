use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::answer::Answer;
use crate::cloud::Cloud;
use crate::launch::Launch;
use crate::node::Node;
use crate::rest::Rest;
use crate::until::until;

/// A node with everything embedded on a folder that goes away with it, and the clients that most tests
/// need.
#[derive(Debug)]
pub struct Mesh {
    /// The process.
    pub node: Node,
    /// REST as an admin.
    pub rest: Rest,
    /// The embedded AWS in the name of the home account.
    pub cloud: Cloud,
    /// Where its data folder is.
    pub folder: TempDir,
}

impl Mesh {
    /// Starts it.
    pub async fn start() -> Self {
        Self::start_with(|launch| launch).await
    }

    /// Starts it with settings of its own.
    pub async fn start_with(settings: impl FnOnce(Launch) -> Launch) -> Self {
        let data = TempDir::new().expect("a temporary folder");
        let node = settings(Launch::on(data.path().join("data"))).start().await;
        Self {
            rest: node.rest("ada@example.com", &["admins"]).await,
            cloud: node.cloud(),
            node,
            folder: data,
        }
    }

    /// A domain that `team` owns, ready.
    pub async fn domain(&self, name: &str) -> Value {
        let body = json!({"domainName": name, "ownerGroups": ["team"], "wait": true});
        let domain = self.rest.post("/api/v1/domains", &body).await.ok();
        assert_eq!(domain["status"], "ACTIVE", "{domain}");
        domain
    }

    /// A project of a domain, set up.
    pub async fn project(&self, domain: &Value, name: &str) -> Value {
        let body = json!({"domainId": domain["domainId"], "projectName": name, "wait": true});
        let project = self.rest.post("/api/v1/projects", &body).await.ok();
        assert_eq!(project["status"], "ACTIVE", "{project}");
        assert_eq!(project["setupStatus"], "COMPLETED", "{project}");
        project
    }

    /// A draft of an asset; its Glue table need not be there.
    pub async fn draft(&self, project: &Value, name: &str, glue_table: &str) -> Value {
        let mut body = asset(project, name, glue_table);
        body["draft"] = json!(true);
        body["wait"] = json!(true);
        let asset = self.rest.post("/api/v1/assets", &body).await.ok();
        assert_eq!(asset["publishStatus"], "DRAFT", "{asset}");
        asset
    }

    /// An asset, published; its Glue table is made.
    pub async fn published(&self, project: &Value, name: &str, glue_table: &str) -> Value {
        self.cloud
            .table(glue_table, &[("id", "bigint"), ("amount", "double")])
            .await;
        let mut body = asset(project, name, glue_table);
        body["wait"] = json!(true);
        let asset = self.rest.post("/api/v1/assets", &body).await.ok();
        assert_eq!(asset["publishStatus"], "PUBLISHED", "{asset}");
        asset
    }

    /// Deletes and waits until it is gone.
    pub async fn gone(&self, path: &str) {
        let deleted = self.rest.delete(&format!("{path}?wait=true")).await.ok();
        assert_eq!(deleted["status"], "DELETED", "{deleted}");
        assert_eq!(self.rest.get(path).await.status, 404);
    }

    /// Waits until reading `path` shows this value of a field.
    pub async fn until_field(&self, path: &str, field: &str, value: &str) -> Value {
        until(&format!("{path} has {field} {value}"), async || {
            let seen = self.rest.get(path).await;
            match seen.status == 200 && seen.json()[field] == value {
                true => Ok(seen.json()),
                false => Err(seen),
            }
        })
        .await
    }

    /// Sends JSON under a request id.
    pub async fn post_once(&self, path: &str, request_id: &str, body: &Value) -> Answer {
        self.rest
            .json(Method::POST, path, &[("idempotency-key", request_id)], body)
            .await
    }
}

fn asset(project: &Value, name: &str, glue_table: &str) -> Value {
    json!({
        "projectId": project["projectId"], "assetName": name, "glueTable": glue_table,
        "s3Location": "s3://files/somewhere/", "format": "csv",
    })
}

/// The text of a field that must be there.
#[track_caller]
pub fn id_of<'a>(record: &'a Value, field: &str) -> &'a str {
    match record[field].as_str() {
        Some(text) if !text.is_empty() => text,
        _ => panic!("no {field} in {record}"),
    }
}
