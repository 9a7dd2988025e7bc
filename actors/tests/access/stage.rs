use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use datamesh_actor::{
    AskError, Entity, Meta, Options as RuntimeOptions, Rejection, RetryPolicy, Runtime,
};
use datamesh_actors::access::AccessOptions;
use datamesh_actors::asset::{ASSETS, AssetRecord};
use datamesh_actors::domain::{DOMAINS, DomainRecord};
use datamesh_actors::share::{Command, SHARES, Share, ShareRecord};
use datamesh_actors::{Options, Person};
use datamesh_aws::glue::{Column, CreateDatabase, CreateTable, StorageFormat};
use datamesh_aws::lakeformation::Settings;
use datamesh_aws::s3::PutObject;
use datamesh_aws::{Aws, CallCx, Connector};
use datamesh_journal::sqlite::{self, SqliteJournal};
use datamesh_journal::{
    Cause, Commit, CommitId, EntityKey, Journal, ViewChange, WorkKind, WorkQuery,
};
use datamesh_localcloud::{Fault, FaultEffect, LocalCloud, Times};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::to_raw_value;
use tempfile::TempDir;
use tokio::time::Instant;

use crate::clock::{Shared, SkippingClock};
use crate::mortal::{Death, Mortal, MortalJournal};

pub const PRODUCER: &str = "111122223333";
pub const CONSUMER: &str = "444455556666";
pub const REGION: &str = "eu-central-1";
pub const ASSET: &str = "asset-orders";
pub const DATABASE: &str = "sales";
pub const TABLE: &str = "orders";
/// Longer than anything here may take, even on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// When nothing happens for so long, everybody waits for time to pass.
const QUIET: Duration = Duration::from_millis(10);
/// So much of it passes then.
const PASSES: Duration = Duration::from_millis(250);

/// What befalls a scenario.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fate {
    /// The process dies once.
    pub dies: Option<Death>,
    /// Every fifth request to AWS goes wrong, with this seed.
    pub bad_days: Option<u64>,
}

/// A producer with the table `sales.orders` (`id`, `region`, `amount`), which is an asset; nobody but the roots
/// has anything on it. A consumer in no organization. The mesh, on a journal on disk.
pub struct Stage {
    pub cloud: LocalCloud,
    pub aws: Aws,
    pub clock: Arc<SkippingClock>,
    pub runtime: Runtime,
    mortal: Arc<MortalJournal>,
    deaths: usize,
    folder: TempDir,
    fate: Fate,
    bad: Vec<Fault>,
}

impl Stage {
    pub async fn set(fate: Fate) -> Self {
        let clock = Arc::new(SkippingClock::new());
        let cloud = LocalCloud::open(datamesh_localcloud::Options {
            default_account: PRODUCER.to_owned(),
            seed: Some(fate.bad_days.unwrap_or(7)),
            clock: Arc::new(Shared(clock.clone())),
            ..datamesh_localcloud::Options::in_memory()
        })
        .unwrap();
        let aws = aws(&cloud, &clock);
        let folder = TempDir::new().unwrap();
        let journal = open(folder.path());
        list_asset(&*journal).await;
        let mortal = Mortal::journal(journal, fate.dies);
        let runtime = start(&mortal, &aws, &clock).await;
        let stage = Self {
            cloud,
            aws,
            clock,
            runtime,
            mortal,
            deaths: 0,
            folder,
            fate,
            bad: Vec::new(),
        };
        stage.create_table().await;
        stage.prepare_consumer(CONSUMER).await;
        let home = CallCx::default();
        let bus = stage.aws.events(&home);
        bus.create_event_bus("datamesh-events").await.unwrap();
        stage
    }

    async fn create_table(&self) {
        self.close_what_is_created(PRODUCER).await;
        let call = CallCx::in_account(PRODUCER);
        let glue = self.aws.glue(&call);
        let database = CreateDatabase {
            name: DATABASE.to_owned(),
            ..CreateDatabase::default()
        };
        glue.create_database(database).await.unwrap();
        let column = |name: &str| Column {
            name: name.to_owned(),
            kind: "string".to_owned(),
            comment: None,
        };
        let table = CreateTable {
            database: DATABASE.to_owned(),
            name: TABLE.to_owned(),
            columns: ["id", "region", "amount"].map(column).to_vec(),
            location: Some("s3://lake/sales/orders/".to_owned()),
            format: StorageFormat {
                serde_library: Some("org.apache.hadoop.hive.serde2.OpenCSVSerde".to_owned()),
                ..StorageFormat::default()
            },
            parameters: BTreeMap::from([("skip.header.line.count".to_owned(), "1".to_owned())]),
            ..CreateTable::default()
        };
        glue.create_table(table).await.unwrap();
        let s3 = self.aws.s3(&call);
        s3.create_bucket("lake").await.unwrap();
        let orders = PutObject {
            bucket: "lake".to_owned(),
            key: "sales/orders/orders.csv".to_owned(),
            body: b"id,region,amount\n1,it,10\n2,de,20\n3,it,30\n".to_vec(),
            ..PutObject::default()
        };
        s3.put_object(orders).await.unwrap();
    }

    /// An account that can be shared with, and query.
    pub async fn prepare_consumer(&self, account: &str) {
        self.close_what_is_created(account).await;
        let call = CallCx::in_account(account);
        let s3 = self.aws.s3(&call);
        s3.create_bucket(&format!("results-{account}"))
            .await
            .unwrap();
    }

    /// New tables are not open to IAM.
    async fn close_what_is_created(&self, account: &str) {
        let call = CallCx::in_account(account);
        let lakeformation = self.aws.lakeformation(&call);
        lakeformation
            .put_settings(Settings::default())
            .await
            .unwrap();
    }

    /// What goes wrong from now on, until [`Stage::good`].
    pub fn bad(&mut self, fault: Fault) {
        self.bad.push(fault);
        self.storm();
    }

    pub fn good(&mut self) {
        self.bad.clear();
        self.storm();
    }

    /// The faults of the scenario and of its fate strike.
    fn storm(&self) {
        let mut faults = self.bad.clone();
        if self.fate.bad_days.is_some() {
            let random = [
                FaultEffect::Throttle,
                FaultEffect::ServerError,
                FaultEffect::TimeoutAfter,
            ];
            faults.extend(random.map(|effect| Fault {
                times: Times::Always,
                probability: 0.07,
                ..Fault::once(effect)
            }));
        }
        self.cloud.faults().replace(faults);
    }

    /// Nothing strikes who looks from outside: of the faults only the scenario's own are left, of which it has
    /// none for such looks. Without them, what is refused could be done while somebody looks.
    pub fn calm(&self) {
        self.cloud.faults().replace(self.bad.clone());
    }

    pub async fn ask(&mut self, id: &str, command: Command) -> Result<ShareRecord, Rejection> {
        self.ask_of::<Share>(id, command).await
    }

    pub async fn ask_of<E: Entity<Command: Clone>>(
        &mut self,
        id: &str,
        command: E::Command,
    ) -> Result<E::Reply, Rejection> {
        self.storm();
        let command_id = format!("{id}/{:?}", self.clock.now_ms());
        loop {
            self.live().await;
            let meta = Meta {
                command_id: Some(command_id.clone()),
                by: Some("ann@example.com".to_owned()),
                ..Meta::default()
            };
            let asked = tokio::select! {
                asked = self.runtime.ask::<E>(id, command.clone(), meta) => asked,
                () = self.mortal.writes().death() => continue,
            };
            match asked {
                Ok(record) => return Ok(record),
                Err(AskError::Rejected(rejection)) => return Err(rejection),
                // The next try is for who lives then.
                Err(_) => tokio::time::sleep(QUIET).await,
            }
        }
    }

    pub async fn share(&self, id: &str) -> Option<ShareRecord> {
        self.row(SHARES, id).await
    }

    async fn row<T: DeserializeOwned>(&self, collection: &str, id: &str) -> Option<T> {
        let row = self.runtime.journal().view(collection, id).await.unwrap()?;
        Some(serde_json::from_str(row.doc.get()).unwrap())
    }

    /// Waits until the share is as wanted; time flies while nobody does anything.
    pub async fn until(&mut self, id: &str, wanted: impl Fn(&ShareRecord) -> bool) -> ShareRecord {
        self.until_row(SHARES, id, wanted).await
    }

    pub async fn until_row<T: DeserializeOwned + Clone + fmt::Debug>(
        &mut self,
        collection: &str,
        id: &str,
        wanted: impl Fn(&T) -> bool,
    ) -> T {
        self.storm();
        let late = Instant::now() + PATIENCE;
        let mut changes = self.runtime.changes();
        loop {
            if self.live().await {
                changes = self.runtime.changes();
            }
            let found = self.row::<T>(collection, id).await;
            if let Some(found) = &found
                && wanted(found)
            {
                return found.clone();
            }
            assert!(
                Instant::now() < late,
                "{:?}: it did not get there: {found:#?}",
                self.fate
            );
            if tokio::time::timeout(QUIET, changes.recv()).await.is_err() {
                self.clock.skip(PASSES);
            }
        }
    }

    /// Waits until nothing that AWS or another actor was asked for is still to be done.
    pub async fn rest(&mut self) {
        self.storm();
        let late = Instant::now() + PATIENCE;
        loop {
            self.live().await;
            let open = WorkQuery {
                kind: Some(WorkKind::Effect),
                ..WorkQuery::default()
            };
            let open = self.runtime.journal().work(&open).await.unwrap().items;
            if open.is_empty() {
                return;
            }
            assert!(
                Instant::now() < late,
                "{:?}: it was not done: {open:#?}",
                self.fate
            );
            tokio::time::sleep(QUIET).await;
            self.clock.skip(PASSES);
        }
    }

    /// How many commits there were; the process has not died.
    pub fn commits(&self) -> usize {
        self.mortal.writes().commits()
    }

    /// Whether the process died in time.
    pub fn died(&self) -> bool {
        self.deaths > 0
    }

    /// The process ends, and its threads and files with it: what does its effects knows the runtime, so that dropping
    /// them ends neither.
    pub async fn end(self) {
        self.runtime.drain(Duration::ZERO).await;
    }

    /// A process that is dead comes up again on the same journal and the same AWS; says whether it did.
    pub async fn live(&mut self) -> bool {
        if !self.mortal.writes().is_dead() {
            return false;
        }
        self.runtime.drain(Duration::ZERO).await;
        self.mortal = Mortal::journal(open(self.folder.path()), None);
        self.runtime = start(&self.mortal, &self.aws, &self.clock).await;
        self.deaths += 1;
        true
    }
}

pub fn ann() -> Person {
    Person {
        user: "u-ann".to_owned(),
        email: "ann@example.com".to_owned(),
        groups: vec!["sales-owners".to_owned()],
        admin: false,
    }
}

/// The role that reads in an account.
pub fn reader(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/reader")
}

fn aws(cloud: &LocalCloud, clock: &Arc<SkippingClock>) -> Aws {
    let credentials = cloud.clone();
    let options = datamesh_aws::Options {
        account: PRODUCER.to_owned(),
        region: Some(REGION.to_owned()),
        rates: [("*:*".to_owned(), 10_000.0)].into(),
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
    Aws::new(options, connector, Arc::new(Shared(clock.clone())))
}

fn open(folder: &Path) -> Arc<dyn Journal> {
    let options = sqlite::Options::new(folder.join("journal.db"));
    Arc::new(SqliteJournal::open(options).unwrap())
}

async fn start(mortal: &Arc<MortalJournal>, aws: &Aws, clock: &Arc<SkippingClock>) -> Runtime {
    let options = RuntimeOptions {
        shards: 1,
        retry: RetryPolicy {
            initial_ms: 5,
            max_ms: 50,
            attempts: 200,
            ..RetryPolicy::default()
        },
        timer_poll_ms: 10,
        ..RuntimeOptions::default()
    };
    let builder = Runtime::builder(mortal.clone(), Arc::new(Shared(clock.clone())), options);
    let options = Options {
        access: AccessOptions {
            athena_output: "s3://results-{account}/".to_owned(),
            consumer_role: reader("{account}"),
            verify_every: Duration::ZERO,
            ..AccessOptions::default()
        },
        ..Options::default()
    };
    let (builder, mesh) = datamesh_actors::register(builder, aws.clone(), options);
    let runtime = builder.start().await.unwrap();
    mesh.bind(runtime.clone());
    runtime
}

/// The lists show the asset and its domain: how they came about is another story.
async fn list_asset(journal: &dyn Journal) {
    let asset = AssetRecord {
        asset_id: ASSET.to_owned(),
        asset_name: TABLE.to_owned(),
        project_id: "proj-1".to_owned(),
        domain_id: "dom-1".to_owned(),
        glue_table: format!("{DATABASE}.{TABLE}"),
        ..AssetRecord::default()
    };
    let domain = DomainRecord {
        domain_id: "dom-1".to_owned(),
        domain_name: "sales".to_owned(),
        owner_groups: vec!["sales-owners".to_owned()],
        aws_account_id: PRODUCER.to_owned(),
        region: REGION.to_owned(),
        ..DomainRecord::default()
    };
    let commit = Commit {
        entity: EntityKey::new("asset", ASSET),
        expected: 0,
        parent: None,
        commit_id: CommitId([1; 16]),
        at_ms: 0,
        cause: Cause::default(),
        events: Vec::new(),
        receipt: None,
        work: Vec::new(),
        views: vec![row(ASSETS, ASSET, &asset), row(DOMAINS, "dom-1", &domain)],
        snapshot: None,
    };
    let (done, listed) = tokio::sync::oneshot::channel();
    journal.append(commit, Box::new(move |result| drop(done.send(result))));
    listed.await.unwrap().unwrap();
}

fn row(collection: &str, key: &str, record: &impl Serialize) -> ViewChange {
    ViewChange::Put {
        collection: collection.to_owned(),
        key: key.to_owned(),
        sort: key.to_owned(),
        fields: Vec::new(),
        doc: to_raw_value(record).unwrap(),
    }
}
