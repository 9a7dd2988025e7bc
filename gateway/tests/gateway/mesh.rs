//! Real actors on a real journal behind a door; only AWS is pretended, and held back by a gate.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use datamesh_actor::{Clock, EffectCx, EffectError, Effects, Meta, Options, Runtime};
use datamesh_actors::access::{Grant, Object, Permission, Thing};
use datamesh_actors::approval::{Approval, ApprovalEffect};
use datamesh_actors::asset::{Asset, AssetEffect, ListingState, TableFacts};
use datamesh_actors::deployment::{
    ChangeSet, CheckKind, CheckResult, DriftStatus, Environment, EnvironmentEffect, ResourceChange,
    Review, Seen, StackEvent,
};
use datamesh_actors::domain::{Domain, DomainEffect};
use datamesh_actors::domain_name::{DomainName, NoEffects};
use datamesh_actors::lakeformation::{Facts, Seen as ThingsSeen, TableSeen};
use datamesh_actors::permission::{Ledger, LedgerEffect};
use datamesh_actors::project::{Project, ProjectEffect, SetUp};
use datamesh_actors::share::Share;
use datamesh_actors::subscription::Subscription;
use datamesh_actors::{
    LateMesh, Mesh as Actors, Place, approval, asset, deployment, domain, permission, project,
};
use datamesh_gateway::server::ServerOptions;
use datamesh_gateway::services::{ADMIN, Infrastructure, PUBLIC, Services};
use datamesh_journal::Journal;
use datamesh_journal::intercepted::HeldJournal;
use datamesh_journal::sqlite::{self, SqliteJournal};
use datamesh_proto::v1;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::canned::{Answer, Bench, TestClock};

pub const MAX_BYTES: usize = 1024 * 1024;

/// A mesh, both its doors, and the gate before AWS.
pub struct Mesh {
    pub runtime: Runtime,
    pub public: Bench,
    pub admin: Bench,
    pub clock: Arc<TestClock>,
    pub drain: CancellationToken,
    pub journal: Arc<HeldJournal>,
    gate: watch::Sender<bool>,
    _folder: TempDir,
}

/// AWS, which always does what is wanted, once the gate is open.
#[derive(Clone)]
pub struct Pretended {
    gate: watch::Receiver<bool>,
    pub actors: Arc<LateMesh>,
}

impl Pretended {
    pub async fn pass(&self) {
        let mut gate = self.gate.clone();
        let _ = gate.wait_for(|open| *open).await;
    }
}

/// Lake Formation, which has what was put and not removed.
struct PretendedLake {
    aws: Pretended,
    there: Arc<Mutex<BTreeSet<Thing>>>,
}

impl PretendedLake {
    /// The table `orders`, with the columns `id` and `email`.
    fn facts(&self) -> Facts {
        let there = self.there.lock().unwrap();
        let grants = there.iter().filter_map(|thing| match thing {
            Thing::Grant(grant) => Some(grant.clone()),
            _ => None,
        });
        let by_hand = Grant {
            principal: "arn:aws:iam::111122223333:role/Old".to_owned(),
            on: Object::Table("orders".to_owned()),
            permission: Permission::Select,
            grantable: false,
        };
        Facts {
            at_ms: 1,
            table: Some(TableSeen {
                columns: vec!["id".to_owned(), "email".to_owned()],
                ..TableSeen::default()
            }),
            grants: grants.chain([by_hand]).collect(),
            ..Facts::default()
        }
    }
}

#[tonic::async_trait]
impl Effects<Ledger> for PretendedLake {
    async fn run(
        &self,
        effect: &LedgerEffect,
        _: &EffectCx,
    ) -> Result<permission::Outcome, EffectError> {
        use permission::Outcome;
        self.aws.pass().await;
        Ok(match effect {
            LedgerEffect::Put(put) => {
                self.there
                    .lock()
                    .unwrap()
                    .extend(put.things.iter().cloned());
                Outcome::Answered(vec![Ok(()); put.things.len()])
            }
            LedgerEffect::Remove(remove) => {
                let mut there = self.there.lock().unwrap();
                there.retain(|thing| !remove.things.contains(thing));
                Outcome::Answered(vec![Ok(()); remove.things.len()])
            }
            LedgerEffect::See(see) => {
                let there = self.there.lock().unwrap();
                Outcome::Seen(Ok(ThingsSeen {
                    present: see.things.iter().map(|t| there.contains(t)).collect(),
                    extra: Vec::new(),
                }))
            }
            LedgerEffect::InspectTable(_) => Outcome::Inspected(Ok(Box::new(self.facts()))),
            LedgerEffect::TellHolder(_) | LedgerEffect::TellLook(_) => Outcome::Told,
            LedgerEffect::PutEvent(_) => Outcome::EventPut,
        })
    }
}

#[tonic::async_trait]
impl Effects<Domain> for Pretended {
    async fn run(
        &self,
        effect: &DomainEffect,
        _: &EffectCx,
    ) -> Result<domain::Outcome, EffectError> {
        use domain::Outcome;
        self.pass().await;
        Ok(match effect {
            DomainEffect::ClaimName(_) => Outcome::NameClaimed,
            DomainEffect::LookForBucket(look) => Outcome::BucketLookedFor {
                bucket: look.bucket.clone(),
                there: false,
            },
            DomainEffect::CreateBucket(create) => Outcome::BucketCreated {
                bucket: create.bucket.clone(),
                adopted: false,
            },
            DomainEffect::CreateDataZoneDomain(_) => Outcome::DataZoneDomainCreated {
                id: "dzd_1".to_owned(),
                ready: true,
            },
            DomainEffect::AwaitDataZoneDomain(_) => Outcome::DataZoneDomainReady,
            DomainEffect::UpdateDataZoneDomain(_) => Outcome::DataZoneDomainUpdated,
            DomainEffect::CheckBucket(_) => Outcome::BucketChecked { foreign: None },
            DomainEffect::DeleteDataZoneDomain(_) => Outcome::DataZoneDomainDeleted,
            DomainEffect::DeleteBucket(_) => Outcome::BucketDeleted,
            DomainEffect::ReleaseName(_) => Outcome::NameReleased,
            DomainEffect::PutEvent(_) => Outcome::EventPut,
        })
    }
}

#[tonic::async_trait]
impl Effects<Project> for Pretended {
    async fn run(
        &self,
        effect: &ProjectEffect,
        _: &EffectCx,
    ) -> Result<project::Outcome, EffectError> {
        use project::Outcome;
        self.pass().await;
        Ok(match effect {
            ProjectEffect::ReserveName(reserve) => Outcome::NameReserved {
                name: reserve.name.clone(),
                home: project::Home::default(),
            },
            ProjectEffect::ReleaseName(release) => Outcome::NameReleased {
                name: release.name.clone(),
            },
            ProjectEffect::CreateDataZoneProject(_) => Outcome::DataZoneProjectCreated {
                id: "dzp-1".to_owned(),
            },
            ProjectEffect::UpdateDataZoneProject(_) => Outcome::DataZoneProjectUpdated,
            ProjectEffect::DeleteDataZoneProject(_) => Outcome::DataZoneProjectDeleted,
            ProjectEffect::SweepDataZoneProject(_) => Outcome::DataZoneProjectSwept,
            ProjectEffect::PutPrefixes(put) => Outcome::PrefixesPut {
                location: format!("s3://data-lake-sales/{}", put.prefix),
            },
            ProjectEffect::RemovePrefixes(_) => Outcome::PrefixesRemoved {
                left: String::new(),
            },
            ProjectEffect::PutEvent(_) => Outcome::EventPut,
        })
    }
}

#[tonic::async_trait]
impl Effects<Asset> for Pretended {
    async fn run(&self, effect: &AssetEffect, _: &EffectCx) -> Result<asset::Outcome, EffectError> {
        use asset::Outcome;
        self.pass().await;
        Ok(match effect {
            AssetEffect::Attach(attach) => Outcome::Attached {
                name: attach.name.clone(),
                home: asset::Home::default(),
            },
            AssetEffect::Detach(detach) => Outcome::Detached {
                name: detach.name.clone(),
            },
            AssetEffect::CheckGlueTable(_) => Outcome::GlueTableFound {
                table: TableFacts::default(),
            },
            AssetEffect::CreateDataZoneAsset(_) => Outcome::DataZoneAssetCreated {
                id: "dza-1".to_owned(),
                revision: "1".to_owned(),
            },
            AssetEffect::ReviseDataZoneAsset(_) => Outcome::DataZoneAssetRevised {
                id: "dza-1".to_owned(),
                revision: "2".to_owned(),
            },
            AssetEffect::PublishListing(_) => Outcome::ListingRequested {
                listing_id: "lst-1".to_owned(),
                listing_revision: "1".to_owned(),
                state: ListingState::Active,
            },
            AssetEffect::ReadListing(_) => Outcome::ListingRead {
                state: ListingState::Active,
            },
            AssetEffect::UnpublishListing(_) => Outcome::DelistingRequested {
                state: ListingState::Inactive,
            },
            AssetEffect::DeleteListing(_) => Outcome::ListingDeleted,
            AssetEffect::DeleteDataZoneAsset(_) => Outcome::DataZoneAssetDeleted,
            AssetEffect::PutEvent(_) => Outcome::EventPut,
        })
    }
}

#[tonic::async_trait]
impl Effects<Approval> for Pretended {
    async fn run(
        &self,
        effect: &ApprovalEffect,
        _: &EffectCx,
    ) -> Result<approval::Outcome, EffectError> {
        use approval::Outcome;
        self.pass().await;
        Ok(match effect {
            ApprovalEffect::TellExecution(tell) => {
                let (token, end) = (&tell.task_token, tell.end.clone());
                // Of the executions that ask here, none is there.
                let _ = self.actors.task_ended(token, end, token).await;
                Outcome::ExecutionTold
            }
            ApprovalEffect::PutEvent(_) => Outcome::EventPut,
        })
    }
}

#[tonic::async_trait]
impl Effects<Environment> for Pretended {
    async fn run(
        &self,
        effect: &EnvironmentEffect,
        _: &EffectCx,
    ) -> Result<deployment::Outcome, EffectError> {
        use deployment::Outcome;
        self.pass().await;
        let stack = "arn:aws:cloudformation:eu-central-1:111122223333:stack/s/1";
        let seen = |there: bool, status: &str| Seen {
            stack_id: there.then(|| stack.to_owned()),
            status: status.to_owned(),
            outputs: [("TopicArn".to_owned(), "arn:aws:sns:::t".to_owned())].into(),
            ..Seen::default()
        };
        Ok(match effect {
            EnvironmentEffect::Attach(_) => Outcome::Attached {
                home: deployment::Home::default(),
            },
            EnvironmentEffect::Detach(_) => Outcome::Detached,
            EnvironmentEffect::ValidateTemplate(_) => Outcome::TemplateValid {
                capabilities: vec![],
            },
            EnvironmentEffect::Inspect(_) => Outcome::StackSeen {
                seen: seen(false, ""),
            },
            EnvironmentEffect::ContinueRollback(_) => Outcome::RollbackContinued { left: vec![] },
            EnvironmentEffect::DeleteStack(_) => Outcome::StackDeletionAsked { left: vec![] },
            EnvironmentEffect::CreateChangeSet(_) => Outcome::ChangeSetCreated {
                stack_id: stack.to_owned(),
                change_set: ChangeSet {
                    id: "cs-1".to_owned(),
                    creates: true,
                },
            },
            EnvironmentEffect::ReviewChangeSet(_) => Outcome::ChangeSetReviewed {
                review: Review::Differs,
                changes: vec![ResourceChange {
                    action: "Add".to_owned(),
                    logical_id: "Topic".to_owned(),
                    resource_type: "AWS::SNS::Topic".to_owned(),
                    ..ResourceChange::default()
                }],
                mark: None,
            },
            EnvironmentEffect::Discard(_) => Outcome::Discarded { stack_too: true },
            EnvironmentEffect::Execute(_) => Outcome::ChangeSetExecuted,
            EnvironmentEffect::LookAtStack(_) => Outcome::StackLooked {
                seen: seen(true, "CREATE_COMPLETE"),
                events: vec![StackEvent {
                    logical_id: "Topic".to_owned(),
                    status: "CREATE_COMPLETE".to_owned(),
                    ..StackEvent::default()
                }],
                first_failure: None,
                begun: true,
            },
            EnvironmentEffect::PutPrefixes(_) => Outcome::PrefixesPut,
            EnvironmentEffect::RemovePrefixes(_) => Outcome::PrefixesRemoved {
                left: String::new(),
            },
            EnvironmentEffect::BeginCheck(check) => Outcome::CheckSeen {
                results: vec![CheckResult {
                    name: "digest-as-expected".to_owned(),
                    passed: check.expected.is_empty() || check.expected == check.digest,
                    detail: format!("it is {}", check.digest),
                }],
                detection_id: (check.kind == CheckKind::Drift).then(|| "d-1".to_owned()),
            },
            EnvironmentEffect::AwaitDrift(_) => Outcome::DriftSeen {
                results: vec![],
                drift_status: DriftStatus::InSync,
            },
            EnvironmentEffect::TellPromotion(_) => Outcome::PromotionTold,
            EnvironmentEffect::PutEvent(_) => Outcome::EventPut,
        })
    }
}

struct NoInfrastructure;

#[tonic::async_trait]
impl Infrastructure for NoInfrastructure {
    fn pools(&self) -> Vec<v1::Pool> {
        vec![v1::Pool {
            service: "datazone".to_owned(),
            circuit: "CLOSED".to_owned(),
            ..Default::default()
        }]
    }

    async fn queues(&self) -> Result<Vec<v1::Queue>, Status> {
        Ok(vec![v1::Queue {
            queue: "project-set-up".to_owned(),
            dead_letters: 2,
            ..Default::default()
        }])
    }

    async fn redrive(&self, queue: &str) -> Result<u64, Status> {
        match queue {
            "project-set-up" => Ok(2),
            _ => Err(Status::not_found("there is no such queue")),
        }
    }
}

pub fn no_infrastructure() -> Arc<dyn Infrastructure> {
    Arc::new(NoInfrastructure)
}

pub fn home() -> Place {
    Place {
        account: "111122223333".to_owned(),
        region: "eu-central-1".to_owned(),
    }
}

/// A journal in a folder.
fn journal(folder: &TempDir) -> SqliteJournal {
    let options = sqlite::Options::new(folder.path().join("journal.sqlite"));
    SqliteJournal::open(options).unwrap()
}

/// A runtime whose AWS waits for the gate.
pub async fn runtime(
    folder: &TempDir,
    clock: Arc<dyn Clock>,
    gate: watch::Receiver<bool>,
) -> Runtime {
    runtime_on(Arc::new(journal(folder)), clock, gate).await
}

async fn runtime_on(
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    gate: watch::Receiver<bool>,
) -> Runtime {
    let options = Options {
        shards: 2,
        ..Options::default()
    };
    let actors = Arc::new(LateMesh::default());
    let aws = Pretended {
        gate,
        actors: actors.clone(),
    };
    let runtime = Runtime::builder(journal, clock, options)
        .register::<DomainName>(NoEffects)
        .register::<Domain>(aws.clone())
        .register::<Project>(aws.clone())
        .register::<Asset>(aws.clone())
        .register::<Approval>(aws.clone())
        .register::<Share>(aws.clone())
        .register::<Subscription>(aws.clone())
        .register::<Ledger>(PretendedLake {
            aws: aws.clone(),
            there: Arc::default(),
        })
        .register::<Environment>(aws)
        .start()
        .await
        .unwrap();
    actors.bind(runtime.clone());
    runtime
}

impl Mesh {
    /// A mesh whose AWS answers nothing before [`Mesh::open`].
    pub async fn held() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = TestClock::new();
        let (gate, receiver) = watch::channel(false);
        let journal = HeldJournal::new(journal(&folder));
        let runtime = runtime_on(journal.clone(), clock.clone(), receiver).await;
        let drain = CancellationToken::new();
        let infrastructure = no_infrastructure();
        let services = Services::new(runtime.clone(), home(), infrastructure, drain.clone(), 8);
        let options = ServerOptions::default();
        let public = services.public_routes(MAX_BYTES);
        let admin = services.admin_routes(MAX_BYTES);
        Self {
            public: Bench::over(&options, &PUBLIC, public, clock.clone()),
            admin: Bench::over(&options, &ADMIN, admin, clock.clone()),
            runtime,
            clock,
            drain,
            journal,
            gate,
            _folder: folder,
        }
    }

    /// A mesh whose AWS does what it is asked.
    pub async fn open() -> Self {
        let mesh = Self::held().await;
        mesh.let_through();
        mesh
    }

    pub fn let_through(&self) {
        self.gate.send_replace(true);
    }

    pub fn hold(&self) {
        self.gate.send_replace(false);
    }

    /// Sends JSON as Ann, a member of these groups.
    pub async fn send(&self, groups: &[&str], verb: &str, path: &str, body: Value) -> Answer {
        self.send_as("ann@example.com", groups, verb, path, body)
            .await
    }

    /// Sends JSON as somebody, a member of these groups.
    pub async fn send_as(
        &self,
        user: &str,
        groups: &[&str],
        verb: &str,
        path: &str,
        body: Value,
    ) -> Answer {
        let bench = match path.starts_with("/admin") {
            true => &self.admin,
            false => &self.public,
        };
        let text = match &body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let request = http::Request::builder()
            .method(verb)
            .uri(path)
            .header(
                "authorization",
                format!("Bearer {}", bench.token_of(user, groups)),
            )
            .header("content-type", "application/json")
            .body(axum::body::Body::from(text))
            .unwrap();
        bench.send(request).await
    }

    /// Sends JSON as an admin, who must be answered well.
    pub async fn good(&self, verb: &str, path: &str, body: Value) -> Value {
        let answer = self.send(&["admins"], verb, path, body).await;
        assert_eq!(answer.status, 200, "{verb} {path}: {}", answer.text);
        answer.json()
    }

    /// A domain that is ready, owned by `sales`.
    pub async fn domain(&self, name: &str) -> String {
        let body = json!({"domainName": name, "ownerGroups": ["sales"], "wait": true});
        let domain = self.good("POST", "/api/v1/domains", body).await;
        assert_eq!(domain["status"], "ACTIVE");
        domain["domainId"].as_str().unwrap().to_owned()
    }

    /// A project that is ready, but for its set-up.
    pub async fn project(&self, domain_id: &str, name: &str) -> String {
        let body = json!({"domainId": domain_id, "projectName": name});
        let project = self.good("POST", "/api/v1/projects", body).await;
        let id = project["projectId"].as_str().unwrap().to_owned();
        self.until(&format!("/api/v1/projects/{id}"), "status", "ACTIVE")
            .await;
        id
    }

    /// Waits until a field of a resource has a value.
    pub async fn until(&self, path: &str, field: &str, value: &str) -> Value {
        let reached = async {
            let mut changes = self.runtime.changes();
            loop {
                let resource = self.good("GET", path, Value::Null).await;
                if resource[field] == value {
                    return resource;
                }
                changes.recv().await.unwrap();
            }
        };
        tokio::time::timeout(Duration::from_secs(20), reached)
            .await
            .unwrap_or_else(|_| panic!("{path}: {field} never became {value}"))
    }

    /// What the worker does when `ProjectCreated` came back through the bus.
    pub async fn set_up(&self, project_id: &str) {
        let command = project::Command::SetUp(SetUp {});
        self.runtime
            .ask::<Project>(project_id, command, Meta::default())
            .await
            .unwrap();
    }
}
