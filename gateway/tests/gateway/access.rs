//! Subscriptions and shares over REST, over real actors and real approvals. Ledgers never answer: what is to be
//! given stays on its way.

use datamesh_actor::{EffectCx, EffectError, Effects};
use datamesh_actors::approval::{self, Open, Policy, StagePolicy};
use datamesh_actors::share::{Association, RamSeen, Resolved, Share, ShareEffect, TableSeen};
use datamesh_actors::subscription::{Subscription, SubscriptionEffect};
use datamesh_actors::{Mesh as Actors, Person, share, subscription};
use serde_json::{Value, json};

use super::canned::Answer;
use super::mesh::{Mesh, Pretended};

const OWNER: &[&str] = &["sales"];
const STRANGER: &[&str] = &["marketing"];
const BOB: &str = "bob@example.com";
const SAM: &str = "sam@example.com";
const ACCOUNT: &str = "444455556666";

/// The question to the owners, as the effects of shares and subscriptions ask it.
fn question(token: &str, by: &Person) -> approval::Command {
    approval::Command::Open(Box::new(Open {
        task_token: token.to_owned(),
        subject: "access".to_owned(),
        requested_by: by.clone(),
        policy: Policy {
            stages: vec![StagePolicy {
                name: "owners".to_owned(),
                groups: vec!["sales".to_owned()],
                users: vec![],
                threshold: 1,
            }],
            deadline_seconds: 3_600,
            escalation: None,
            allow_requester: false,
        },
        ..Open::default()
    }))
}

#[tonic::async_trait]
impl Effects<Share> for Pretended {
    async fn run(&self, effect: &ShareEffect, _: &EffectCx) -> Result<share::Outcome, EffectError> {
        use share::Outcome;
        self.pass().await;
        Ok(match effect {
            ShareEffect::OpenApproval(open) => {
                let asked = question(&open.token, &open.requested_by);
                let id = &open.request.approval_id;
                self.actors.approval(id, asked, id).await.unwrap();
                Outcome::Told
            }
            ShareEffect::Resolve(_) => Outcome::Resolved(Box::new(Resolved {
                database: "sales".to_owned(),
                table: "orders".to_owned(),
                ..Resolved::default()
            })),
            ShareEffect::ReadTable(_) => Outcome::TableRead(TableSeen {
                columns: vec!["id".to_owned(), "iban".to_owned()],
                ..TableSeen::default()
            }),
            ShareEffect::LookAtRam(_) => Outcome::RamSeen(RamSeen {
                association: Association::Associated,
                ..RamSeen::default()
            }),
            _ => Outcome::Told,
        })
    }
}

#[tonic::async_trait]
impl Effects<Subscription> for Pretended {
    async fn run(
        &self,
        effect: &SubscriptionEffect,
        _: &EffectCx,
    ) -> Result<subscription::Outcome, EffectError> {
        use subscription::Outcome;
        self.pass().await;
        Ok(match effect {
            SubscriptionEffect::OpenApproval(open) => {
                let asked = question(&open.token, &open.requested_by);
                let id = &open.approval_id;
                self.actors.approval(id, asked, id).await.unwrap();
                Outcome::ApprovalOpened
            }
            SubscriptionEffect::CloseApproval(_) => Outcome::ApprovalClosed,
            SubscriptionEffect::OrderShare(_) => Outcome::OrderTaken,
            SubscriptionEffect::Publish(_) => Outcome::Published,
            SubscriptionEffect::PutEvent(_) => Outcome::EventPut,
            // Access does not wait for DataZone.
            SubscriptionEffect::DataZone(_) => std::future::pending().await,
        })
    }
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.json()["code"], code, "{}", answer.text);
}

#[track_caller]
fn good(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

/// A published asset of `sales`; its id and its project's.
async fn asset(mesh: &Mesh) -> (String, String) {
    let domain_id = mesh.domain("sales").await;
    let project_id = mesh.project(&domain_id, "Orders").await;
    let body = json!({
        "projectId": project_id, "assetName": "Orders", "format": "csv",
        "s3Location": "s3://data-lake-sales/orders/", "glueTable": "sales.orders", "wait": true,
    });
    let asset = mesh.good("POST", "/api/v1/assets", body).await;
    let id = asset["assetId"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/assets/{id}");
    mesh.until(&path, "publishStatus", "PUBLISHED").await;
    (id, project_id)
}

/// Waits until the owners are asked, and says something to the open request.
async fn say(mesh: &Mesh, user: &str, groups: &[&str], path: &str, body: Value) -> Answer {
    loop {
        let mut changes = mesh.runtime.changes();
        let answer = mesh.send_as(user, groups, "POST", path, body.clone()).await;
        if answer.status != 503 {
            return answer;
        }
        changes.recv().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owners_give_a_share_to_who_does_not_own_it() {
    let mesh = Mesh::open().await;
    let (asset_id, _) = asset(&mesh).await;
    let create = "/api/v1/cross-account-share";
    let body = json!({
        "assetId": asset_id, "targetAccount": ACCOUNT, "permissions": ["SELECT"],
        "scope": {"columns": ["id", "iban"]}, "reason": "the report", "requestId": "r-1",
    });
    let asked = mesh.send_as(SAM, STRANGER, "POST", create, body.clone());
    let asked = good(&asked.await);
    assert_eq!(asked["status"], "PENDING");
    let repeat = mesh.send_as(SAM, STRANGER, "POST", create, body);
    assert_eq!(good(&repeat.await)["shareId"], asked["shareId"]);

    let path = format!("/api/v1/shares/{}", asked["shareId"].as_str().unwrap());
    let approve = format!("{path}:approve");
    let stranger = say(&mesh, "eve", STRANGER, &approve, json!({})).await;
    refused(&stranger, 403, "NOT_APPROVER");
    let more = json!({"scope": {"columns": ["id", "amount"]}});
    let more = say(&mesh, BOB, OWNER, &approve, more).await;
    refused(&more, 400, "INVALID_FIELDS");
    assert_eq!(more.json()["errors"][0]["field"], "scope", "{}", more.text);
    let less = json!({"scope": {"columns": ["id"]}, "requestId": "r-2"});
    let given = good(&say(&mesh, BOB, OWNER, &approve, less.clone()).await);
    assert_eq!(given["status"], "APPROVED");
    assert_eq!(
        given["requests"][0]["grantedScope"]["columns"],
        json!(["id"])
    );
    assert_eq!(given["fulfilment"]["state"], "GRANTING");
    let repeat = good(&say(&mesh, BOB, OWNER, &approve, less).await);
    assert_eq!(repeat["status"], "APPROVED", "the same request is one yes");

    let cancel = format!("{path}:cancel");
    let other = mesh.send_as(BOB, OWNER, "POST", &cancel, json!({})).await;
    refused(&other, 403, "NOT_ADMIN");
    let verify = format!("{path}:verify");
    let other = mesh
        .send_as(SAM, STRANGER, "POST", &verify, json!({}))
        .await;
    refused(&other, 403, "NOT_OWNER");
    let revoke = format!("{path}:revoke");
    let why = json!({"reason": "the report is out"});
    let other = mesh
        .send_as("eve", STRANGER, "POST", &revoke, why.clone())
        .await;
    refused(&other, 403, "NOT_OWNER");
    let revoked = mesh.send_as(SAM, STRANGER, "POST", &revoke, why).await;
    assert_eq!(good(&revoked)["status"], "REVOKED");
    let certificate = format!("{path}/certificate");
    let none = mesh.send(OWNER, "GET", &certificate, Value::Null).await;
    refused(&none, 404, "CERTIFICATE_NOT_FOUND");

    let audit = format!("/api/v1/audit/{}", asked["shareId"].as_str().unwrap());
    let chain = mesh.good("GET", &audit, Value::Null).await;
    let actions: Vec<&Value> = chain["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["action"])
        .collect();
    assert_eq!(actions[..2], ["GRANT_REQUESTED", "APPROVED"]);
    assert!(actions.contains(&&json!("REVOKED")), "{actions:?}");
    let none = mesh
        .good("GET", "/api/v1/audit/share-none", Value::Null)
        .await;
    assert_eq!(
        none.get("entries")
            .and_then(Value::as_array)
            .map_or(0, Vec::len),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_gives_at_once() {
    let mesh = Mesh::open().await;
    let (asset_id, _) = asset(&mesh).await;
    let body = json!({"assetId": asset_id, "targetAccount": ACCOUNT});
    let share = mesh.send(OWNER, "POST", "/api/v1/shares", body).await;
    assert_eq!(good(&share)["status"], "APPROVED");
    let wrong = json!({"assetId": asset_id, "targetAccount": ACCOUNT, "permissions": ["READ"]});
    let wrong = mesh.send(OWNER, "POST", "/api/v1/shares", wrong).await;
    refused(&wrong, 400, "INVALID_FIELDS");
    let listed = format!("/api/v1/shares?assetId={asset_id}&status=APPROVED");
    let listed = mesh.good("GET", &listed, Value::Null).await;
    assert_eq!(listed["shares"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_subscribes_and_the_owners_decide() {
    let mesh = Mesh::open().await;
    let (asset_id, project_id) = asset(&mesh).await;
    let create = "/api/v1/subscriptions";
    let body = json!({
        "assetId": asset_id, "projectId": project_id, "reason": "routes", "requestId": "r-1",
    });
    let other = mesh
        .send_as(SAM, STRANGER, "POST", create, body.clone())
        .await;
    refused(&other, 403, "NOT_OWNER");
    let asked = good(&mesh.send(OWNER, "POST", create, body.clone()).await);
    assert_eq!(asked["status"], "PENDING");
    assert_eq!(
        asked["principal"],
        "arn:aws:iam::111122223333:role/datamesh-consumer"
    );
    let repeat = good(&mesh.send(OWNER, "POST", create, body).await);
    assert_eq!(repeat["subscriptionId"], asked["subscriptionId"]);
    let second = json!({"assetId": asset_id, "projectId": project_id, "reason": "again"});
    let second = mesh.send(OWNER, "POST", create, second.clone()).await;
    refused(&second, 409, "SUBSCRIPTION_EXISTS");

    let id = asked["subscriptionId"].as_str().unwrap();
    let path = format!("{create}/{id}");
    let reject = format!("{path}:reject");
    let no_reason = say(&mesh, BOB, OWNER, &reject, json!({})).await;
    refused(&no_reason, 400, "INVALID_FIELDS");
    let self_approval = format!("{path}:approve");
    let own = say(&mesh, "ann@example.com", OWNER, &self_approval, json!({})).await;
    refused(&own, 403, "SELF_APPROVAL");
    let no = json!({"reason": "ask for less"});
    let denied = good(&say(&mesh, BOB, OWNER, &reject, no).await);
    assert_eq!(denied["status"], "DENIED");

    // What is over makes room for the next.
    let next = json!({"assetId": asset_id, "projectId": project_id, "reason": "less"});
    let next = good(&mesh.send(OWNER, "POST", create, next).await);
    assert_ne!(next["subscriptionId"], asked["subscriptionId"]);
    let path = format!("{create}/{}", next["subscriptionId"].as_str().unwrap());
    let cancel = format!("{path}:cancel");
    let other = mesh
        .send_as(SAM, STRANGER, "POST", &cancel, json!({}))
        .await;
    refused(&other, 403, "NOT_OWNER");
    let owner = mesh.send_as(BOB, OWNER, "POST", &cancel, json!({})).await;
    assert_eq!(good(&owner)["status"], "CANCELLED");
}
