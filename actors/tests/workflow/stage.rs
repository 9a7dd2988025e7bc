use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use datamesh_actor::{
    AskError, Entity, Meta, Options as RuntimeOptions, RetryPolicy, Runtime, SystemClock,
};
use datamesh_actors::approval::{self, APPROVALS, Approval, ApprovalRecord, Approve};
use datamesh_actors::deployment::{
    self, Deploy, ENVIRONMENTS, Environment, EnvironmentEffects, EnvironmentRecord,
    EnvironmentStatus,
};
use datamesh_actors::execution::{
    EXECUTIONS, ExecutionEffects, ExecutionEvent, ExecutionRecord, WorkflowExecution, events_of,
};
use datamesh_actors::project::{Project, ProjectEffects};
use datamesh_actors::promotion::{
    self, Create, PROMOTIONS, Promotion, PromotionEffects, PromotionRecord,
};
use datamesh_actors::workflow::Workflow;
use datamesh_actors::{LateMesh, Options, Person, Place, World};
use datamesh_aws::{Aws, CallCx, Connector};
use datamesh_journal::ViewQuery;
use datamesh_journal::sqlite::{self, SqliteJournal};
use datamesh_localcloud::LocalCloud;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::api::Api;
use crate::pretended::{Messages, Published, Stacks};
use crate::wrappers::{LostOnce, Twice};

pub const PROMOTION: &str = "prom-req-1";
const TEMPLATE: &str =
    r#"{"Resources": {"Wait": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}"#;
/// Longer than anything here may take, even on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A runtime on a journal on disk; CloudFormation, SNS and the API are pretended.
pub struct Stage {
    pub aws: Aws,
    pub runtime: Runtime,
    pub api: Arc<Api>,
    pub published: Published,
    folder: TempDir,
}

pub fn ann() -> Person {
    Person {
        user: "u-ann".into(),
        email: "ann@example.com".into(),
        groups: vec!["sales".into()],
        admin: false,
    }
}

pub fn bob() -> Person {
    Person {
        user: "u-bob".into(),
        email: "bob@example.com".into(),
        groups: vec!["admins".into()],
        admin: true,
    }
}

/// A promotion of `proj-1` to staging with this document.
pub fn create(document: &Workflow) -> Create {
    Create {
        project_id: "proj-1".into(),
        project_name: "Orders".into(),
        target_environment: "staging".into(),
        parameters: std::collections::BTreeMap::new(),
        comment: "it is time".into(),
        requested_by: ann(),
        approval: serde_json::Value::Null,
        document: document.document.clone(),
        workflow_digest: document.digest.clone(),
    }
}

pub fn shipped() -> Workflow {
    Workflow::shipped_promotion(&Place {
        account: "123456789012".into(),
        region: "eu-central-1".into(),
    })
    .unwrap()
}

/// What happens to every effect of promotions and executions.
#[derive(Clone, Copy, Debug)]
pub enum Luck {
    /// It is done.
    Good,
    /// It is done twice.
    Twice,
    /// It is done, and its outcome is lost once.
    LostOnce,
}

impl Stage {
    /// With something deployed in dev.
    pub async fn set() -> Self {
        Self::set_with(Luck::Good).await
    }

    /// The same, and every effect has this luck.
    pub async fn set_with(luck: Luck) -> Self {
        let cloud = LocalCloud::open(datamesh_localcloud::Options {
            default_account: "123456789012".to_owned(),
            seed: Some(7),
            ..datamesh_localcloud::Options::in_memory()
        })
        .unwrap();
        let aws = aws(&cloud);
        aws.events(&CallCx::default())
            .create_event_bus("datamesh-events")
            .await
            .unwrap();
        let folder = TempDir::new().unwrap();
        let (api, published) = (Arc::new(Api::default()), Published::default());
        let runtime = start(folder.path(), &aws, &api, &published, luck).await;
        let stage = Self {
            aws,
            runtime,
            api,
            published,
            folder,
        };
        stage.deploy("dep-dev1", TEMPLATE).await;
        stage
    }

    /// The process goes down at once and comes up again on the same journal.
    pub async fn restart(self) -> Self {
        self.runtime.drain(Duration::ZERO).await;
        let (aws, api) = (&self.aws, &self.api);
        let runtime = start(self.folder.path(), aws, api, &self.published, Luck::Good).await;
        Self { runtime, ..self }
    }

    pub async fn ask<E: Entity>(
        &self,
        id: &str,
        command: E::Command,
        command_id: &str,
    ) -> Result<E::Reply, AskError> {
        let meta = Meta {
            command_id: Some(command_id.to_owned()),
            by: Some("ann@example.com".to_owned()),
            ..Meta::default()
        };
        self.runtime.ask::<E>(id, command, meta).await
    }

    /// Deploys to dev, and waits for the end.
    pub async fn deploy(&self, id: &str, template: &str) {
        let deploy = deployment::Command::Deploy(Deploy {
            deployment_id: id.into(),
            template: template.into(),
            ..Deploy::default()
        });
        self.ask::<Environment>("proj-1.dev", deploy, id)
            .await
            .unwrap();
        let deployed = |record: Option<&EnvironmentRecord>| {
            record.is_some_and(|r| {
                r.deployment_id.as_deref() == Some(id) && r.status == EnvironmentStatus::Ready
            })
        };
        self.until(ENVIRONMENTS, "proj-1.dev", deployed).await;
    }

    pub async fn promote(&self, id: &str) {
        let create = promotion::Command::Create(create(&shipped()));
        self.ask::<Promotion>(id, create, id).await.unwrap();
    }

    pub async fn promotion(&self) -> PromotionRecord {
        self.row(PROMOTIONS, PROMOTION).await.unwrap()
    }

    pub async fn until_promotion(
        &self,
        id: &str,
        wanted: impl Fn(&PromotionRecord) -> bool,
    ) -> PromotionRecord {
        let found = self
            .until(PROMOTIONS, id, |record: Option<&PromotionRecord>| {
                record.is_some_and(&wanted)
            })
            .await;
        found.unwrap()
    }

    pub async fn execution(&self, id: &str) -> ExecutionRecord {
        self.row(EXECUTIONS, id).await.unwrap()
    }

    pub async fn environment(&self, id: &str) -> Option<EnvironmentRecord> {
        self.row(ENVIRONMENTS, id).await
    }

    /// The types of the events of an execution, oldest first; their numbers have no gaps.
    pub async fn history(&self, id: &str) -> Vec<String> {
        let query = ViewQuery {
            limit: 1_000,
            ..events_of(id, 1)
        };
        let page = self.runtime.journal().views(&query).await.unwrap();
        let mut types = Vec::new();
        for (at, row) in page.items.iter().enumerate() {
            let event: ExecutionEvent = serde_json::from_str(row.doc.get()).unwrap();
            assert_eq!(usize::try_from(event.id).unwrap(), at + 1);
            types.push(event.event_type);
        }
        types
    }

    pub async fn approvals(&self) -> Vec<ApprovalRecord> {
        let query = ViewQuery {
            collection: APPROVALS.to_owned(),
            limit: 100,
            ..ViewQuery::default()
        };
        let page = self.runtime.journal().views(&query).await.unwrap();
        let approval = |doc: &str| serde_json::from_str(doc).unwrap();
        page.items
            .iter()
            .map(|row| approval(row.doc.get()))
            .collect()
    }

    /// Waits until the promotion asks for an approval, and gives its id.
    pub async fn asked(&self) -> String {
        let record = self
            .until_promotion(PROMOTION, |record| record.approval_id.is_some())
            .await;
        let id = record.approval_id.unwrap();
        let there = |record: Option<&ApprovalRecord>| record.is_some();
        self.until(APPROVALS, &id, there).await;
        id
    }

    pub async fn approve(&self, id: &str) -> Result<ApprovalRecord, AskError> {
        let approve = approval::Command::Approve(Approve {
            by: bob(),
            comment: "fine".into(),
            ..Approve::default()
        });
        self.ask::<Approval>(id, approve, "approve-1").await
    }

    pub async fn row<T: DeserializeOwned>(&self, collection: &str, id: &str) -> Option<T> {
        let row = self.runtime.journal().view(collection, id).await.unwrap()?;
        Some(serde_json::from_str(row.doc.get()).unwrap())
    }

    pub async fn until<T: DeserializeOwned + std::fmt::Debug>(
        &self,
        collection: &str,
        id: &str,
        wanted: impl Fn(Option<&T>) -> bool,
    ) -> Option<T> {
        let mut changes = self.runtime.changes();
        let wait = async {
            loop {
                let record: Option<T> = self.row(collection, id).await;
                if wanted(record.as_ref()) {
                    return record;
                }
                drop(tokio::time::timeout(Duration::from_secs(1), changes.recv()).await);
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(record) => record,
            Err(_) => panic!(
                "{collection}/{id} did not get there: {:#?}",
                self.row::<T>(collection, id).await
            ),
        }
    }
}

fn aws(cloud: &LocalCloud) -> Aws {
    let credentials = cloud.clone();
    let options = datamesh_aws::Options {
        account: "123456789012".to_owned(),
        region: Some("eu-central-1".to_owned()),
        rates: [("events:*".to_owned(), 10_000.0)].into(),
        ..datamesh_aws::Options::default()
    };
    let connector = Connector::Embedded {
        http_client: cloud.http_client(),
        credentials: Arc::new(move |account| credentials.credentials(account)),
    };
    let clock = Arc::new(datamesh_aws::SystemClock::new());
    Aws::new(options, connector, clock)
}

async fn start(
    folder: &Path,
    aws: &Aws,
    api: &Arc<Api>,
    published: &Published,
    luck: Luck,
) -> Runtime {
    let journal = SqliteJournal::open(sqlite::Options::new(folder.join("journal.db"))).unwrap();
    let options = RuntimeOptions {
        shards: 2,
        retry: RetryPolicy {
            initial_ms: 10,
            max_ms: 200,
            attempts: 50,
            ..RetryPolicy::default()
        },
        timer_poll_ms: 50,
        ..RuntimeOptions::default()
    };
    let mesh = Arc::new(LateMesh::default());
    let world = Arc::new(World {
        aws: aws.clone(),
        mesh: mesh.clone(),
        options: Options::default(),
    });
    let builder = Runtime::builder(Arc::new(journal), Arc::new(SystemClock), options)
        .register::<Project>(ProjectEffects(world.clone()))
        .register::<Environment>(Stacks(EnvironmentEffects(world.clone())))
        .register::<Approval>(approval::ApprovalEffects(world.clone()));
    let promotions = PromotionEffects(world.clone());
    let executions = Messages {
        inner: ExecutionEffects {
            world: world.clone(),
            api: mesh.api().clone(),
        },
        published: published.clone(),
    };
    let builder = match luck {
        Luck::Good => builder
            .register::<Promotion>(promotions)
            .register::<WorkflowExecution>(executions),
        Luck::Twice => builder
            .register::<Promotion>(Twice(promotions))
            .register::<WorkflowExecution>(Twice(executions)),
        Luck::LostOnce => builder
            .register::<Promotion>(LostOnce::new(promotions))
            .register::<WorkflowExecution>(LostOnce::new(executions)),
    };
    let runtime = builder.start().await.unwrap();
    mesh.bind(runtime.clone());
    mesh.api().bind(api.clone());
    runtime
}
