//! From a new project through bus, rule and queue to its set-up, against the embedded AWS.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use datamesh_actor::{Meta, Options as RuntimeOptions, Runtime, SystemClock};
use datamesh_actors::Status;
use datamesh_actors::domain::{self, DOMAINS, Domain, DomainRecord};
use datamesh_actors::project::{self, PROJECTS, Project, ProjectRecord, SetupStatus};
use datamesh_aws::sqs::SendMessage;
use datamesh_aws::{Aws, CallCx, Connector};
use datamesh_journal::sqlite::{self, SqliteJournal};
use datamesh_journal::{EntityKey, ViewQuery};
use datamesh_localcloud::{Fault, FaultEffect, LocalCloud, Times};
use datamesh_workers::{Options, QueueError, QueueSummary, Topology, Workers};
use serde::de::DeserializeOwned;
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const ACCOUNT: &str = "123456789012";
const REGION: &str = "eu-central-1";
const QUEUE: &str = "datamesh-project-setup";
/// Longer than anything here may take, even on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

struct Stage {
    cloud: LocalCloud,
    aws: Aws,
    runtime: Runtime,
    workers: Workers,
    topology: Topology,
    stop: CancellationToken,
    _folder: TempDir,
}

fn options() -> Options {
    Options {
        max_receives: 2,
        poison_pause_s: 0,
        later_pause_s: 0,
        wait_s: 1,
        ..Options::default()
    }
}

fn aws(cloud: &LocalCloud) -> Aws {
    let credentials = cloud.clone();
    let options = datamesh_aws::Options {
        account: ACCOUNT.to_owned(),
        region: Some(REGION.to_owned()),
        ..datamesh_aws::Options::default()
    };
    let connector = Connector::Embedded {
        http_client: cloud.http_client(),
        credentials: Arc::new(move |account| credentials.credentials(account)),
    };
    Aws::new(
        options,
        connector,
        Arc::new(datamesh_aws::SystemClock::new()),
    )
}

fn cloud() -> LocalCloud {
    LocalCloud::open(datamesh_localcloud::Options {
        default_account: ACCOUNT.to_owned(),
        seed: Some(7),
        ..datamesh_localcloud::Options::in_memory()
    })
    .unwrap()
}

impl Stage {
    async fn set() -> Self {
        Self::set_with(options()).await
    }

    async fn set_with(options: Options) -> Self {
        let cloud = cloud();
        let aws = aws(&cloud);
        let topology = Topology::provision(&aws, &options).await.unwrap();
        let folder = TempDir::new().unwrap();
        let journal =
            SqliteJournal::open(sqlite::Options::new(folder.path().join("journal.db"))).unwrap();
        let builder = Runtime::builder(
            Arc::new(journal),
            Arc::new(SystemClock),
            RuntimeOptions::default(),
        );
        let names = datamesh_actors::Options::default();
        let (builder, mesh) = datamesh_actors::register(builder, aws.clone(), names);
        let runtime = builder.start().await.unwrap();
        mesh.bind(runtime.clone());
        let stop = CancellationToken::new();
        let workers = Workers::start(
            runtime.clone(),
            aws.clone(),
            options,
            topology.clone(),
            stop.clone(),
        );
        Self {
            cloud,
            aws,
            runtime,
            workers,
            topology,
            stop,
            _folder: folder,
        }
    }

    async fn make_domain(&self) {
        let create = domain::Command::Create(domain::Create {
            domain_name: "finance".to_owned(),
            description: String::new(),
            owner_groups: vec!["finance-owners".to_owned()],
            aws_account_id: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
        });
        let asked = self
            .runtime
            .ask::<Domain>("dom-1", create, Meta::default())
            .await;
        asked.unwrap();
        until("the domain is active", || async {
            let domain: Option<DomainRecord> = self.row(DOMAINS, "dom-1").await;
            domain.filter(|d| d.status == Status::Active)
        })
        .await;
    }

    async fn create_project(&self, id: &str) {
        let create = project::Command::Create(project::Create {
            domain_id: "dom-1".to_owned(),
            project_name: format!("Project {id}"),
            description: String::new(),
        });
        let asked = self
            .runtime
            .ask::<Project>(id, create, Meta::default())
            .await;
        asked.unwrap();
    }

    async fn set_up(&self, id: &str) -> ProjectRecord {
        until("the project is set up", || async {
            let project: Option<ProjectRecord> = self.row(PROJECTS, id).await;
            project.filter(|p| p.setup_status == SetupStatus::Completed)
        })
        .await
    }

    async fn row<T: DeserializeOwned>(&self, collection: &str, id: &str) -> Option<T> {
        let row = self.runtime.journal().view(collection, id).await.unwrap()?;
        Some(serde_json::from_str(row.doc.get()).unwrap())
    }

    /// How many events of this type were told.
    async fn told(&self, detail_type: &str) -> usize {
        let query = ViewQuery {
            collection: datamesh_actors::EVENTS.to_owned(),
            fields: vec![("detailType".to_owned(), detail_type.to_owned())],
            limit: 1_000,
            ..ViewQuery::default()
        };
        self.runtime
            .journal()
            .views(&query)
            .await
            .unwrap()
            .items
            .len()
    }

    async fn send(&self, body: String) {
        let message = SendMessage {
            queue_url: self.topology.queue_url.clone(),
            body,
            ..SendMessage::default()
        };
        self.aws
            .sqs(&CallCx::default())
            .send_message(message)
            .await
            .unwrap();
    }

    async fn queue(&self) -> QueueSummary {
        self.workers.queues().await.unwrap().remove(0)
    }

    async fn until_queue(
        &self,
        what: &str,
        wanted: impl Fn(&QueueSummary) -> bool,
    ) -> QueueSummary {
        until(what, || async {
            Some(self.queue().await).filter(|queue| wanted(queue))
        })
        .await
    }

    async fn until_drained(&self) {
        self.until_queue("every message is acknowledged", |q| {
            (q.visible, q.in_flight, q.dead_letters) == (0, 0, 0)
        })
        .await;
    }
}

/// Looks until there is what is wanted.
async fn until<T, F: Future<Output = Option<T>>>(what: &str, look: impl Fn() -> F) -> T {
    let wait = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, wait).await {
        Ok(found) => found,
        Err(_) => panic!("it did not come to pass that {what}"),
    }
}

fn created(project_id: &str, resources: &[&str]) -> String {
    json!({
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "ProjectCreated",
        "source": "management-app.projects",
        "resources": resources,
        "detail": { "projectId": project_id },
    })
    .to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_project_is_set_up_through_the_bus() {
    let stage = Stage::set().await;
    stage.make_domain().await;
    stage.create_project("proj-1").await;
    let project = stage.set_up("proj-1").await;
    assert_eq!(
        project.s3_location.as_deref(),
        Some("s3://data-lake-finance/projects/proj-1/")
    );
    stage.until_drained().await;
    let key = EntityKey::new("project", "proj-1");
    let history = stage.runtime.history(&key, 0, 100).await.unwrap();
    assert!(
        history
            .iter()
            .any(|commit| commit.cause.by.as_deref() == Some("worker:project-setup")),
        "the set-up was begun by the worker"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_twice_sets_up_once() {
    let stage = Stage::set().await;
    stage.make_domain().await;
    stage.create_project("proj-1").await;
    stage.set_up("proj-1").await;
    stage
        .send(created("proj-1", &["datamesh:event:evt-again"]))
        .await;
    stage.send(created("proj-1", &[])).await;
    stage.until_drained().await;
    assert_eq!(stage.told("ProjectSetupCompleted").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn receives_that_fail_are_tried_again() {
    let stage = Stage::set().await;
    stage.make_domain().await;
    for effect in [FaultEffect::TimeoutBefore, FaultEffect::ServerError] {
        stage.cloud.faults().inject(Fault {
            service: Some("sqs".to_owned()),
            operation: Some("ReceiveMessage".to_owned()),
            times: Times::Count(1),
            ..Fault::once(effect)
        });
    }
    stage.create_project("proj-1").await;
    stage.set_up("proj-1").await;
    stage.until_drained().await;
    assert_eq!(stage.told("ProjectSetupCompleted").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_understood_becomes_a_dead_letter_that_can_be_put_back() {
    let stage = Stage::set().await;
    stage.send("not an event".to_owned()).await;
    let queue = stage
        .until_queue("there is a dead letter", |q| q.dead_letters == 1)
        .await;
    assert_eq!((queue.visible, queue.in_flight), (0, 0));
    let error = queue.last_error.unwrap();
    assert!(
        error.reason.contains("not a ProjectCreated event"),
        "{}",
        error.reason
    );
    assert!(error.message_id.is_some());

    stage.stop.cancel();
    stage.workers.stopped().await;
    assert_eq!(stage.workers.redrive(QUEUE).await.unwrap(), 1);
    let queue = stage
        .until_queue("the message is back", |q| q.visible == 1)
        .await;
    assert_eq!(queue.dead_letters, 0);
    assert_eq!(stage.workers.redrive(QUEUE).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_of_a_project_that_was_never_known_is_kept_for_an_operator() {
    let stage = Stage::set().await;
    stage.send(created("proj-unknown", &[])).await;
    let queue = stage
        .until_queue("there is a dead letter", |q| q.dead_letters == 1)
        .await;
    assert!(
        queue
            .last_error
            .unwrap()
            .reason
            .starts_with("PROJECT_NOT_FOUND")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_of_a_deleted_project_is_acknowledged() {
    let stage = Stage::set().await;
    stage.make_domain().await;
    stage.create_project("proj-1").await;
    stage.set_up("proj-1").await;
    let delete = project::Command::Delete(project::Delete::default());
    let asked = stage
        .runtime
        .ask::<Project>("proj-1", delete, Meta::default())
        .await;
    asked.unwrap();
    until("the project is gone", || async {
        let project: Option<ProjectRecord> = stage.row(PROJECTS, "proj-1").await;
        project.is_none().then_some(())
    })
    .await;
    stage
        .send(created("proj-1", &["datamesh:event:evt-late"]))
        .await;
    stage.until_drained().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_is_not_ours_cannot_be_redriven() {
    let stage = Stage::set().await;
    let refused = stage.workers.redrive("somebody-elses").await.unwrap_err();
    assert!(matches!(refused, QueueError::Unknown(name) if name == "somebody-elses"));
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_does_not_wait_for_a_long_poll() {
    let cloud = cloud();
    let aws = aws(&cloud);
    let folder = TempDir::new().unwrap();
    let journal =
        SqliteJournal::open(sqlite::Options::new(folder.path().join("journal.db"))).unwrap();
    let clock = Arc::new(SystemClock);
    let builder = Runtime::builder(Arc::new(journal), clock, RuntimeOptions::default());
    let runtime = builder.start().await.unwrap();
    let stop = CancellationToken::new();
    let options = Options {
        wait_s: 20,
        ..Options::default()
    };
    let topology = Topology::provision(&aws, &options).await.unwrap();
    let workers = Workers::start(runtime, aws, options, topology, stop.clone());
    stop.cancel();
    let stopped = tokio::time::timeout(Duration::from_secs(10), workers.stopped()).await;
    assert!(stopped.is_ok(), "it waited for the poll");
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_that_others_provision_are_found_and_not_made() {
    let cloud = cloud();
    let aws = aws(&cloud);
    let missing = Topology::find(&aws, &options()).await.unwrap_err();
    assert!(
        missing.to_string().contains("datamesh-project-setup"),
        "{missing}"
    );
    let made = Topology::provision(&aws, &options()).await.unwrap();
    assert_eq!(Topology::find(&aws, &options()).await.unwrap(), made);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_kept_and_what_differs_is_corrected() {
    let cloud = cloud();
    let aws = aws(&cloud);
    let first = Topology::provision(&aws, &options()).await.unwrap();
    let changed = Options {
        max_receives: 7,
        visibility_s: 33,
        ..options()
    };
    for fault in [FaultEffect::Throttle, FaultEffect::TimeoutAfter] {
        for operation in [
            "CreateEventBus",
            "CreateQueue",
            "PutRule",
            "SetQueueAttributes",
            "PutTargets",
        ] {
            cloud.faults().inject(Fault {
                operation: Some(operation.to_owned()),
                ..Fault::once(fault.clone())
            });
        }
    }
    let second = Topology::provision(&aws, &changed).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(cloud.faults().seen().len(), 10);
    let home = CallCx::default();
    let attributes = aws
        .sqs(&home)
        .get_queue_attributes(&first.queue_url)
        .await
        .unwrap();
    assert_eq!(attributes["VisibilityTimeout"], "33");
    let redrive: serde_json::Value = serde_json::from_str(&attributes["RedrivePolicy"]).unwrap();
    assert_eq!(redrive["deadLetterTargetArn"], json!(first.dead_letter_arn));
    assert_eq!(redrive["maxReceiveCount"], 7);
    let rule = aws
        .events(&home)
        .describe_rule("datamesh-events", "project-creation-automation")
        .await
        .unwrap();
    let pattern: serde_json::Value = serde_json::from_str(&rule.pattern.unwrap()).unwrap();
    assert_eq!(
        pattern,
        json!({
            "source": ["management-app.projects"],
            "detail-type": ["ProjectCreated"],
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_what_the_workers_need() {
    let cloud = cloud();
    let aws = aws(&cloud);
    cloud.faults().inject(Fault {
        operation: Some("PutRule".to_owned()),
        ..Fault::once(FaultEffect::Error {
            status: 400,
            code: "AccessDeniedException".to_owned(),
            message: "no".to_owned(),
        })
    });
    let error = Topology::provision(&aws, &options())
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("the rule 'project-creation-automation'") && error.contains("AccessDenied"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_that_fails_brings_the_message_again_and_changes_nothing() {
    let stage = Stage::set_with(Options {
        visibility_s: 3,
        max_receives: 100,
        ..options()
    })
    .await;
    stage.make_domain().await;
    stage.cloud.faults().inject(Fault {
        service: Some("sqs".to_owned()),
        operation: Some("DeleteMessage".to_owned()),
        ..Fault::once(FaultEffect::ServerError)
    });
    stage.create_project("proj-1").await;
    stage.set_up("proj-1").await;
    until("the acknowledgement was struck", || async {
        let seen = stage.cloud.faults().seen();
        seen.iter()
            .any(|seen| seen.operation == "DeleteMessage")
            .then_some(())
    })
    .await;
    stage.until_drained().await;
    assert_eq!(stage.told("ProjectSetupCompleted").await, 1);
}
