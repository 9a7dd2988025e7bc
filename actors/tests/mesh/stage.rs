use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use datamesh_actor::{
    AskError, Builder, Effects, Entity, Meta, Options as RuntimeOptions, RetryPolicy, Runtime,
    SystemClock,
};
use datamesh_actors::asset::{ASSETS, AssetRecord};
use datamesh_actors::domain::{DOMAINS, DomainRecord};
use datamesh_actors::project::{PROJECTS, ProjectRecord};
use datamesh_actors::{
    EVENTS, LateMesh, MeshEvent, Options, World, approval, asset, deployment, domain, project,
    subscription,
};
use datamesh_aws::datazone::{ListProjects, Search, SearchListings};
use datamesh_aws::s3::{ListObjects, PutObject};
use datamesh_aws::{Aws, CallCx, Connector, PageRequest};
use datamesh_journal::ViewQuery;
use datamesh_journal::sqlite::{self, SqliteJournal};
use datamesh_localcloud::LocalCloud;
use serde::de::DeserializeOwned;
use tempfile::TempDir;

pub const ACCOUNT: &str = "123456789012";
pub const REGION: &str = "eu-central-1";
/// Longer than anything here may take, even on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A runtime on a journal on disk, against an embedded AWS.
pub struct Stage {
    pub cloud: LocalCloud,
    pub aws: Aws,
    pub runtime: Runtime,
    folder: TempDir,
}

/// How the kinds are registered: plainly, or wrapped.
pub type Register = fn(Builder, Arc<World>) -> Builder;

pub fn plainly(builder: Builder, world: Arc<World>) -> Builder {
    wrapped(builder, world, |x| x, |x| x, |x| x, |x| x)
}

/// Registers every kind, its effects wrapped.
pub fn wrapped<D, P, A, V>(
    builder: Builder,
    world: Arc<World>,
    domains: impl Fn(domain::DomainEffects) -> D,
    projects: impl Fn(project::ProjectEffects) -> P,
    assets: impl Fn(asset::AssetEffects) -> A,
    environments: impl Fn(deployment::EnvironmentEffects) -> V,
) -> Builder
where
    D: Effects<domain::Domain>,
    P: Effects<project::Project>,
    A: Effects<asset::Asset>,
    V: Effects<deployment::Environment>,
{
    use datamesh_actors::domain_name::{DomainName, NoEffects};
    builder
        .register::<DomainName>(NoEffects)
        .register::<domain::Domain>(domains(domain::DomainEffects(world.clone())))
        .register::<project::Project>(projects(project::ProjectEffects(world.clone())))
        .register::<asset::Asset>(assets(asset::AssetEffects(world.clone())))
        .register::<approval::Approval>(approval::ApprovalEffects(world.clone()))
        .register::<deployment::Environment>(environments(deployment::EnvironmentEffects(
            world.clone(),
        )))
        .register::<subscription::Subscription>(subscription::SubscriptionEffects(world))
}

impl Stage {
    pub async fn set() -> Self {
        Self::set_with(plainly).await
    }

    pub async fn set_with(register: Register) -> Self {
        let cloud = LocalCloud::open(datamesh_localcloud::Options {
            default_account: ACCOUNT.to_owned(),
            seed: Some(7),
            ..datamesh_localcloud::Options::in_memory()
        })
        .unwrap();
        let aws = aws(&cloud);
        aws.events(&home())
            .create_event_bus("datamesh-events")
            .await
            .unwrap();
        let folder = TempDir::new().unwrap();
        let runtime = start(folder.path(), &aws, register).await;
        Self {
            cloud,
            aws,
            runtime,
            folder,
        }
    }

    /// The process goes down at once and comes up again on the same journal and the same AWS.
    pub async fn restart(self) -> Self {
        self.runtime.drain(Duration::ZERO).await;
        let runtime = start(self.folder.path(), &self.aws, plainly).await;
        Self { runtime, ..self }
    }

    pub async fn ask<E: Entity>(
        &self,
        id: &str,
        command: E::Command,
    ) -> Result<E::Reply, AskError> {
        let meta = Meta {
            command_id: None,
            by: Some("ann@example.com".to_owned()),
            ..Meta::default()
        };
        self.runtime.ask::<E>(id, command, meta).await
    }

    pub async fn domain(&self, id: &str) -> Option<DomainRecord> {
        self.row(DOMAINS, id).await
    }

    pub async fn row<T: DeserializeOwned>(&self, collection: &str, id: &str) -> Option<T> {
        let row = self.runtime.journal().view(collection, id).await.unwrap()?;
        Some(serde_json::from_str(row.doc.get()).unwrap())
    }

    /// The types of the events told so far, oldest first.
    pub async fn told(&self) -> Vec<String> {
        let query = ViewQuery {
            collection: EVENTS.to_owned(),
            limit: 1_000,
            ..ViewQuery::default()
        };
        let page = self.runtime.journal().views(&query).await.unwrap();
        let event = |doc: &str| serde_json::from_str::<MeshEvent>(doc).unwrap().detail_type;
        page.items.iter().map(|row| event(row.doc.get())).collect()
    }

    /// Waits until the domain's record (none once it is gone) is as wanted.
    pub async fn until_domain(
        &self,
        id: &str,
        wanted: impl Fn(Option<&DomainRecord>) -> bool,
    ) -> Option<DomainRecord> {
        self.until(DOMAINS, id, wanted).await
    }

    pub async fn until_project(
        &self,
        id: &str,
        wanted: impl Fn(Option<&ProjectRecord>) -> bool,
    ) -> Option<ProjectRecord> {
        self.until(PROJECTS, id, wanted).await
    }

    pub async fn until_asset(
        &self,
        id: &str,
        wanted: impl Fn(Option<&AssetRecord>) -> bool,
    ) -> Option<AssetRecord> {
        self.until(ASSETS, id, wanted).await
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

    /// What AWS has of the mesh.
    pub async fn inventory(&self) -> Inventory {
        let call = home();
        let datazone = self.aws.datazone(&call);
        let mut inventory = Inventory::default();
        let page = PageRequest::default;
        let domains = datazone.list_domains(None, page()).await.unwrap().items;
        for domain in domains.iter().filter(|domain| domain.status == "AVAILABLE") {
            inventory.domains += 1;
            let list = ListProjects {
                domain_id: domain.id.clone(),
                ..ListProjects::default()
            };
            for project in datazone.list_projects(list).await.unwrap().items {
                inventory.projects.push(project.name);
                let search = Search {
                    domain_id: domain.id.clone(),
                    project_id: Some(project.id),
                    ..Search::default()
                };
                inventory.assets += datazone.search(search).await.unwrap().items.len();
            }
            let search = SearchListings {
                domain_id: domain.id.clone(),
                ..SearchListings::default()
            };
            inventory.listings += datazone.search_listings(search).await.unwrap().items.len();
        }
        inventory.objects = self.objects("data-lake-finance").await;
        inventory
    }

    /// The keys in a bucket; empty if there is none.
    pub async fn objects(&self, bucket: &str) -> Vec<String> {
        let list = ListObjects {
            bucket: bucket.to_owned(),
            ..ListObjects::default()
        };
        match self.aws.s3(&home()).list_objects(list).await {
            Ok(page) => page.objects.into_iter().map(|object| object.key).collect(),
            Err(error) => {
                assert!(error.is_not_found(), "{error}");
                Vec::new()
            }
        }
    }

    pub async fn put_object(&self, bucket: &str, key: &str) {
        let put = PutObject {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            body: b"1,2,3".to_vec(),
            ..PutObject::default()
        };
        self.aws.s3(&home()).put_object(put).await.unwrap();
    }
}

/// What AWS has of the mesh.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    pub domains: usize,
    pub projects: Vec<String>,
    pub assets: usize,
    pub listings: usize,
    pub objects: Vec<String>,
}

pub fn home() -> CallCx {
    CallCx::default()
}

fn aws(cloud: &LocalCloud) -> Aws {
    let credentials = cloud.clone();
    let fast = |service: &str| (format!("{service}:*"), 10_000.0);
    let options = datamesh_aws::Options {
        account: ACCOUNT.to_owned(),
        region: Some(REGION.to_owned()),
        rates: ["datazone", "glue", "s3", "events", "sqs", "cloudformation"]
            .map(fast)
            .into(),
        breaker: datamesh_aws::BreakerOptions {
            open_for: Duration::from_millis(50),
            ..datamesh_aws::BreakerOptions::default()
        },
        ..datamesh_aws::Options::default()
    };
    options.check().unwrap();
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

async fn start(folder: &Path, aws: &Aws, register: Register) -> Runtime {
    let journal = SqliteJournal::open(sqlite::Options::new(folder.join("journal.db"))).unwrap();
    let options = RuntimeOptions {
        shards: 2,
        retry: RetryPolicy {
            initial_ms: 10,
            max_ms: 200,
            attempts: 50,
            ..RetryPolicy::default()
        },
        timer_poll_ms: 100,
        ..RuntimeOptions::default()
    };
    let mesh = Arc::new(LateMesh::default());
    let world = Arc::new(World {
        aws: aws.clone(),
        mesh: mesh.clone(),
        options: Options::default(),
    });
    let builder = Runtime::builder(Arc::new(journal), Arc::new(SystemClock), options);
    let runtime = register(builder, world).start().await.unwrap();
    mesh.bind(runtime.clone());
    runtime
}
