//! The scenarios of those who subscribe, with what DataZone is told of them. DataZone takes one live request or
//! subscription of a subscriber to a listing, and all roles of a project of its domain are one subscriber.

use std::time::Duration;

use datamesh_actors::agreement::{Scope, Window};
use datamesh_actors::approval::{self, Approval};
use datamesh_actors::asset::{AssetRecord, Column, PublishStatus};
use datamesh_actors::project::ProjectRecord;
use datamesh_actors::share::ShareRecord;
use datamesh_actors::subscription::{
    Cancel, Command, DataZoneStatus, Fulfilment, Request, Revoke, SUBSCRIPTIONS, Subscription,
    SubscriptionRecord, subscription_id,
};
use datamesh_actors::{AssetSource, Person, Place, ProjectSource, Status};
use datamesh_aws::datazone::{
    CreateAsset, CreateDomain, CreateListingChangeSet, CreateProject, CreateSubscriptionRequest,
    DomainVersion, Form, ListSubscriptionRequests, ListSubscriptions, ListingAction, ListingEntity,
    Subscriber,
};
use datamesh_aws::{CallCx, Token};
use datamesh_localcloud::{Fault, FaultEffect, Times};

use crate::stage::{ASSET, CONSUMER, PRODUCER, REGION, Stage, TABLE, ann, reader};

/// The asset is listed in a DataZone domain of the producer's, which knows a project of the consumer's.
struct Listed {
    zone: String,
    listing: String,
    project: String,
}

/// What AWS needs to make a domain, or a listing.
const MAKING: Duration = Duration::from_secs(1);
/// How far reads lag that do: longer than it takes from what they should show to its end.
const LAG: Duration = Duration::from_secs(300);

fn place(account: &str) -> Place {
    Place {
        account: account.to_owned(),
        region: REGION.to_owned(),
    }
}

fn analyst() -> String {
    format!("arn:aws:iam::{CONSUMER}:role/analyst")
}

fn token(of: &str) -> Token {
    Token::derive("subscribers", of)
}

impl Listed {
    async fn new(stage: &Stage) -> Self {
        stage.calm();
        let call = CallCx::in_account(PRODUCER);
        let datazone = stage.aws.datazone(&call);
        let domain = datazone.create_domain(CreateDomain {
            name: "sales".to_owned(),
            description: None,
            domain_execution_role: format!("arn:aws:iam::{PRODUCER}:role/DataZoneExecution"),
            service_role: None,
            version: DomainVersion::V1,
            tags: Default::default(),
            token: token("CreateDomain"),
        });
        let zone = domain.await.unwrap().id;
        stage.clock.skip(MAKING);
        let project = async |name: &str| {
            let project = CreateProject {
                domain_id: zone.clone(),
                name: name.to_owned(),
                description: None,
                domain_unit_id: None,
                glossary_terms: Vec::new(),
            };
            datazone.create_project(project).await.unwrap().id
        };
        let (owner, consumer) = (project("sales").await, project("marketing").await);
        let asset = datazone.create_asset(CreateAsset {
            domain_id: zone.clone(),
            project_id: owner,
            name: TABLE.to_owned(),
            description: None,
            external_id: None,
            type_id: "amazon.datazone.GlueTableAssetType".to_owned(),
            type_revision: None,
            forms: vec![Form {
                name: "GlueTableForm".to_owned(),
                content: Some(r#"{"tableName": "orders"}"#.to_owned()),
                ..Form::default()
            }],
            glossary_terms: Vec::new(),
            token: token("CreateAsset"),
        });
        let listing = datazone.create_listing_change_set(CreateListingChangeSet {
            domain_id: zone.clone(),
            entity_id: asset.await.unwrap().id,
            entity_revision: None,
            entity: ListingEntity::Asset,
            action: ListingAction::Publish,
            token: token("CreateListingChangeSet"),
        });
        let listing = listing.await.unwrap().listing_id;
        stage.clock.skip(MAKING);
        Self {
            zone,
            listing,
            project: consumer,
        }
    }

    /// What a project whose DataZone domain is this one asks for.
    fn asked(&self, zone: &str, principal: &str) -> Request {
        let names = ["id", "region", "amount"];
        Request {
            nth: 1,
            asset: AssetSource {
                asset: AssetRecord {
                    asset_id: ASSET.to_owned(),
                    asset_name: TABLE.to_owned(),
                    project_id: "proj-1".to_owned(),
                    domain_id: "dom-1".to_owned(),
                    columns: names
                        .map(|name| Column {
                            name: name.to_owned(),
                            ..Column::default()
                        })
                        .to_vec(),
                    publish_status: PublishStatus::Published,
                    listing_id: Some(self.listing.clone()),
                    ..AssetRecord::default()
                },
                place: place(PRODUCER),
                owner_groups: ann().groups,
                data_zone_domain_id: self.zone.clone(),
            },
            project: ProjectSource {
                project: ProjectRecord {
                    project_id: "proj-2".to_owned(),
                    status: Status::Active,
                    data_zone_project_id: Some(self.project.clone()),
                    ..ProjectRecord::default()
                },
                place: place(CONSUMER),
                data_zone_domain_id: zone.to_owned(),
                ..ProjectSource::default()
            },
            consumer: place(CONSUMER),
            principal: principal.to_owned(),
            scope: Scope {
                columns: ["id".to_owned(), "region".to_owned()].into(),
                ..Scope::default()
            },
            window: Window::default(),
            reason: "a campaign".to_owned(),
            by: ann(),
        }
    }

    /// What DataZone has of anybody for the listing: pending requests, and approved subscriptions.
    async fn live(&self, stage: &Stage) -> (Vec<String>, Vec<String>) {
        stage.calm();
        let call = CallCx::in_account(PRODUCER);
        let datazone = stage.aws.datazone(&call);
        let requests = datazone.list_subscription_requests(ListSubscriptionRequests {
            domain_id: self.zone.clone(),
            listing_id: Some(self.listing.clone()),
            ..ListSubscriptionRequests::default()
        });
        let requests = requests.await.unwrap().items.into_iter();
        let subscriptions = datazone.list_subscriptions(ListSubscriptions {
            domain_id: self.zone.clone(),
            listing_id: Some(self.listing.clone()),
            ..ListSubscriptions::default()
        });
        let subscriptions = subscriptions.await.unwrap().items.into_iter();
        (
            requests.map(|found| found.id).collect(),
            subscriptions.map(|found| found.id).collect(),
        )
    }

    async fn nothing_is_left(&self, stage: &Stage) {
        assert_eq!(self.live(stage).await, (Vec::new(), Vec::new()));
    }
}

impl Stage {
    async fn until_subscription(
        &mut self,
        id: &str,
        wanted: impl Fn(&SubscriptionRecord) -> bool,
    ) -> SubscriptionRecord {
        self.until_row(SUBSCRIPTIONS, id, wanted).await
    }

    async fn until_zone(&mut self, id: &str, status: DataZoneStatus) -> SubscriptionRecord {
        let wanted = |record: &SubscriptionRecord| record.data_zone.status == status;
        self.until_subscription(id, wanted).await
    }

    /// Asks, and gets it: access is there.
    async fn subscribe(&mut self, request: Request) -> String {
        let id = subscription_id(ASSET, &request.principal, request.nth);
        let request = Command::Request(Box::new(request));
        self.ask_of::<Subscription>(&id, request).await.unwrap();
        let asked = |record: &SubscriptionRecord| record.approval_id.is_some();
        let record = self.until_subscription(&id, asked).await;
        let yes = approval::Command::Approve(approval::Approve {
            by: Person {
                user: "u-bob".to_owned(),
                email: "bob@example.com".to_owned(),
                ..ann()
            },
            ..approval::Approve::default()
        });
        let approval = record.approval_id.unwrap();
        self.ask_of::<Approval>(&approval, yes).await.unwrap();
        let given = |record: &SubscriptionRecord| record.fulfilment == Fulfilment::Granted;
        self.until_subscription(&id, given).await;
        id
    }

    async fn unsubscribe(&mut self, id: &str) {
        self.revoke(id).await;
        self.is_taken(id).await;
    }

    async fn revoke(&mut self, id: &str) {
        let revoke = Command::Revoke(Revoke {
            by: ann(),
            reason: "the campaign is over".to_owned(),
        });
        self.ask_of::<Subscription>(id, revoke).await.unwrap();
    }

    /// Access is taken, and its certificate says so.
    async fn is_taken(&mut self, id: &str) {
        let taken = |record: &SubscriptionRecord| record.fulfilment == Fulfilment::Revoked;
        let record = self.until_subscription(id, taken).await;
        let proven = |share: &ShareRecord| share.certificate_complete;
        let share = self.until(&record.share_id, proven).await;
        assert_eq!(record.certificate, Some(share.certificate));
    }

    async fn is_read_as(&self, role: &str) {
        let read = self.reads_as(CONSUMER, role, "id, region").await;
        assert!(read.as_ref().is_ok_and(|rows| rows.len() == 3), "{read:?}");
    }
}

pub async fn one_project_has_two_readers(stage: &mut Stage) {
    let listed = Listed::new(stage).await;
    let (reader, analyst) = (reader(CONSUMER), analyst());
    let first = stage.subscribe(listed.asked(&listed.zone, &reader)).await;
    stage.until_zone(&first, DataZoneStatus::Granted).await;
    let second = stage.subscribe(listed.asked(&listed.zone, &analyst)).await;
    let covered = stage.until_zone(&second, DataZoneStatus::Covered).await;
    let zone = covered.data_zone;
    assert!(zone.reason.starts_with("COVERED: "), "{zone:?}");
    assert_eq!(zone.request_id, None);
    for role in [&reader, &analyst] {
        stage.is_read_as(role).await;
    }

    stage.unsubscribe(&first).await;
    stage.is_read_as(&analyst).await;
    stage
        .reads_as(CONSUMER, &reader, "id")
        .await
        .expect_err("the first is revoked");
    let own = stage.until_zone(&second, DataZoneStatus::Granted).await;
    assert_eq!(own.data_zone.reason, "");
    let subscription = own.data_zone.subscription_id.unwrap();
    assert_eq!(listed.live(stage).await, (vec![], vec![subscription]));

    stage.unsubscribe(&second).await;
    stage.until_zone(&second, DataZoneStatus::Revoked).await;
    stage.nothing_is_left(CONSUMER).await;
    listed.nothing_is_left(stage).await;
}

pub async fn two_subscribe_from_another_domain(stage: &mut Stage) {
    let listed = Listed::new(stage).await;
    let (reader, analyst) = (reader(CONSUMER), analyst());
    // Somebody asks in DataZone's portal for the role that is to read.
    let call = CallCx::in_account(PRODUCER);
    let portal = stage.aws.datazone(&call);
    let by_hand = portal.create_subscription_request(CreateSubscriptionRequest {
        domain_id: listed.zone.clone(),
        listing_id: listed.listing.clone(),
        subscriber: Subscriber::Iam(reader.clone()),
        reason: "by hand".to_owned(),
        token: token("CreateSubscriptionRequest"),
    });
    let by_hand = by_hand.await.unwrap().id;
    let first = stage.subscribe(listed.asked("dzd_other", &reader)).await;
    let covered = stage.until_zone(&first, DataZoneStatus::Covered).await;
    let reason = covered.data_zone.reason;
    assert!(reason.contains(&by_hand), "{reason}");
    // Another role is another subscriber.
    let second = stage.subscribe(listed.asked("dzd_other", &analyst)).await;
    stage.until_zone(&second, DataZoneStatus::Granted).await;
    for role in [&reader, &analyst] {
        stage.is_read_as(role).await;
    }

    stage.calm();
    let portal = stage.aws.datazone(&call);
    let rejected = portal.reject_subscription_request(&listed.zone, &by_hand, None);
    rejected.await.unwrap();
    stage.until_zone(&first, DataZoneStatus::Granted).await;
    let (requests, subscriptions) = listed.live(stage).await;
    assert_eq!((requests.len(), subscriptions.len()), (0, 2));

    // The next of the same role begins while the first ends, and is covered for as long as DataZone has that.
    stage.revoke(&first).await;
    let next = Request {
        nth: 2,
        ..listed.asked("dzd_other", &reader)
    };
    let next = stage.subscribe(next).await;
    stage.is_taken(&first).await;
    stage.until_zone(&next, DataZoneStatus::Granted).await;
    for id in [&next, &second] {
        stage.unsubscribe(id).await;
        stage.until_zone(id, DataZoneStatus::Revoked).await;
    }
    stage.until_zone(&first, DataZoneStatus::Revoked).await;
    stage.nothing_is_left(CONSUMER).await;
    listed.nothing_is_left(stage).await;
}

/// A read of DataZone that sees what was minutes ago: what was made since is not there. Where the answer of an end is
/// lost, its repeat is refused, and only the read can say why: that takes until it has caught up.
fn lags(operation: &str) -> Fault {
    Fault {
        service: Some("datazone".to_owned()),
        operation: Some(operation.to_owned()),
        times: Times::Always,
        ..Fault::once(FaultEffect::Stale(LAG))
    }
}

pub async fn reads_of_data_zone_lag(stage: &mut Stage) {
    let listed = Listed::new(stage).await;
    let asked = listed.asked("dzd_other", &analyst());
    stage.bad(lags("GetSubscriptionRequestDetails"));
    let id = subscription_id(ASSET, &asked.principal, 1);
    let request = Command::Request(Box::new(asked.clone()));
    stage.ask_of::<Subscription>(&id, request).await.unwrap();
    stage.until_zone(&id, DataZoneStatus::Requested).await;
    let cancel = Command::Cancel(Cancel {
        by: ann(),
        reason: String::new(),
    });
    stage.ask_of::<Subscription>(&id, cancel).await.unwrap();
    stage.until_zone(&id, DataZoneStatus::Rejected).await;
    listed.nothing_is_left(stage).await;

    stage.good();
    stage.bad(lags("GetSubscription"));
    let id = stage.subscribe(Request { nth: 2, ..asked }).await;
    stage.until_zone(&id, DataZoneStatus::Granted).await;
    stage.unsubscribe(&id).await;
    stage.until_zone(&id, DataZoneStatus::Revoked).await;
    listed.nothing_is_left(stage).await;
}
