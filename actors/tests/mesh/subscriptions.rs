//! Subscriptions with real approvals and the embedded DataZone. There is no share here: what it would tell is
//! told for it.

use datamesh_actor::AskError;
use datamesh_actors::access::{ShareEnd, ShareResult};
use datamesh_actors::agreement::{AgreementStatus, Scope, Window};
use datamesh_actors::approval::{self, Approval, Person};
use datamesh_actors::asset::{ASSETS, AssetRecord};
use datamesh_actors::project::{PROJECTS, ProjectRecord};
use datamesh_actors::subscription::{
    Command, DataZoneStatus, Fulfilment, Request, SUBSCRIPTIONS, ShareEnded, Subscription,
    SubscriptionRecord, subscription_id,
};
use datamesh_actors::{AssetSource, Place, ProjectSource};
use datamesh_aws::PageRequest;
use datamesh_aws::datazone::ListSubscriptionRequests;
use serde_json::{Value, json};

use crate::scenario::{ASSET, PROJECT, build};
use crate::stage::{ACCOUNT, REGION, Stage, home};

fn person(name: &str, groups: &[&str]) -> Person {
    Person {
        user: format!("u-{name}"),
        email: format!("{name}@example.com"),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
        admin: false,
    }
}

impl Stage {
    /// Asks for the asset; the id of the subscription.
    async fn subscribe(&self, role: &str) -> String {
        let asset: AssetRecord = self.row(ASSETS, ASSET).await.unwrap();
        let project: ProjectRecord = self.row(PROJECTS, PROJECT).await.unwrap();
        let place = Place {
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
        };
        let zone = project.home.clone().unwrap().data_zone_domain_id;
        let principal = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
        let id = subscription_id(ASSET, &principal, 1);
        let request = Request {
            nth: 1,
            asset: AssetSource {
                asset,
                place: place.clone(),
                owner_groups: vec!["finance-owners".to_owned()],
                data_zone_domain_id: zone.clone(),
            },
            project: ProjectSource {
                project,
                place: place.clone(),
                owner_groups: Vec::new(),
                data_zone_domain_id: zone,
            },
            consumer: place,
            principal,
            scope: Scope::default(),
            window: Window::default(),
            reason: "campaign".to_owned(),
            by: person("ann", &["finance-owners"]),
        };
        let request = Command::Request(Box::new(request));
        self.ask::<Subscription>(&id, request).await.unwrap();
        self.until_subscription(&id, |s| s.approval_id.is_some())
            .await;
        id
    }

    async fn until_subscription(
        &self,
        id: &str,
        wanted: impl Fn(&SubscriptionRecord) -> bool,
    ) -> SubscriptionRecord {
        let found = self
            .until::<SubscriptionRecord>(SUBSCRIPTIONS, id, |s| s.is_some_and(&wanted))
            .await;
        found.unwrap()
    }

    async fn approve(&self, id: &str, by: Person, answer: Value) -> Result<(), AskError> {
        let record: SubscriptionRecord = self.row(SUBSCRIPTIONS, id).await.unwrap();
        let approve = approval::Command::Approve(approval::Approve {
            by,
            answer,
            ..approval::Approve::default()
        });
        let approval = record.approval_id.unwrap();
        self.ask::<Approval>(&approval, approve).await.map(drop)
    }

    async fn requests_in_data_zone(&self, zone: &str, status: &str) -> usize {
        let list = ListSubscriptionRequests {
            domain_id: zone.to_owned(),
            status: Some(status.to_owned()),
            page: PageRequest::default(),
            ..ListSubscriptionRequests::default()
        };
        let call = home();
        let datazone = self.aws.datazone(&call);
        let page = datazone.list_subscription_requests(list).await.unwrap();
        page.items.len()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_decide_and_data_zone_follows() {
    let stage = Stage::set().await;
    build(&stage).await;
    let project: ProjectRecord = stage.row(PROJECTS, PROJECT).await.unwrap();
    let zone = project.home.unwrap().data_zone_domain_id;

    let id = stage.subscribe("analyst").await;
    let own = stage.approve(&id, person("ann", &["finance-owners"]), Value::Null);
    let AskError::Rejected(refused) = own.await.unwrap_err() else {
        panic!("not refused")
    };
    assert_eq!(refused.reason, "SELF_APPROVAL");
    let owner = || person("bob", &["finance-owners"]);
    let less = json!({"scope": {"columns": ["id"]}});
    stage.approve(&id, owner(), less).await.unwrap();
    let approved = stage
        .until_subscription(&id, |s| s.data_zone.status == DataZoneStatus::Approved)
        .await;
    assert_eq!(approved.status, AgreementStatus::Approved);
    assert_eq!(approved.fulfilment, Fulfilment::Granting);
    assert_eq!(approved.granted.unwrap().columns, ["id".to_owned()].into());
    let given = Command::ShareEnded(ShareEnded {
        end: ShareEnd {
            share_id: approved.share_id,
            subscription_id: id.clone(),
            number: 1,
            result: ShareResult::Given,
        },
    });
    stage.ask::<Subscription>(&id, given).await.unwrap();
    let granted = stage
        .until_subscription(&id, |s| s.data_zone.status == DataZoneStatus::Granted)
        .await;
    assert_eq!(granted.fulfilment, Fulfilment::Granted);
    assert_eq!(granted.data_zone.grant_id, None);
    assert_eq!(stage.requests_in_data_zone(&zone, "ACCEPTED").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_a_no_in_data_zone_too() {
    let stage = Stage::set().await;
    build(&stage).await;
    let project: ProjectRecord = stage.row(PROJECTS, PROJECT).await.unwrap();
    let zone = project.home.unwrap().data_zone_domain_id;
    let id = stage.subscribe("analyst").await;
    stage
        .until_subscription(&id, |s| s.data_zone.status == DataZoneStatus::Requested)
        .await;
    let record: SubscriptionRecord = stage.row(SUBSCRIPTIONS, &id).await.unwrap();
    let reject = approval::Command::Reject(approval::Reject {
        by: person("bob", &["finance-owners"]),
        comment: "not this quarter".to_owned(),
    });
    let approval = record.approval_id.unwrap();
    stage.ask::<Approval>(&approval, reject).await.unwrap();
    let denied = stage
        .until_subscription(&id, |s| s.data_zone.status == DataZoneStatus::Rejected)
        .await;
    assert_eq!(denied.status, AgreementStatus::Denied);
    assert!(denied.status_reason.contains("not this quarter"));
    assert_eq!(stage.requests_in_data_zone(&zone, "REJECTED").await, 1);
}
