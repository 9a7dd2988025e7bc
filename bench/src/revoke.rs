//! Ten thousand grants that wait at a rate limit, and a revoke that arrives last: how long until access is
//! gone, and how long until all is given.
//!
//! Everything is real but AWS, which is the embedded one: the ledger of one database, its journal on disk, the
//! client pool with its limiter. Each grant is to a principal of its own, so that none rides with another.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use datamesh_actor::{Meta, Options, Runtime, SystemClock};
use datamesh_actors::access::{Grant, Hold, LedgerId, Object, Permission, Thing, Why};
use datamesh_actors::permission::{Command, Ledger, LedgerEffects, LedgerRecord};
use datamesh_actors::{LateMesh, Place, World};
use datamesh_aws::glue::{Column, CreateDatabase, CreateTable};
use datamesh_aws::{Aws, CallCx, Connector};
use datamesh_journal::sqlite::{self, SqliteJournal};
use datamesh_localcloud::LocalCloud;

/// Grants that wait.
pub(crate) const GRANTS: usize = 10_000;
/// Calls a second to each operation of Lake Formation; one call carries up to 20 grants.
pub(crate) const RATE: f64 = 50.0;

const ACCOUNT: &str = "123456789012";
const REGION: &str = "eu-central-1";
const PATIENCE: Duration = Duration::from_secs(600);
const LOOK: Duration = Duration::from_millis(20);

/// What was found.
pub(crate) struct Found {
    /// From the last grant's arrival to the revoke's proven end.
    pub(crate) revoked: Duration,
    /// How many grants were given by then.
    pub(crate) given_before: usize,
    /// Until all were given and read back.
    pub(crate) drained: Duration,
}

/// Runs it once.
pub(crate) async fn run() -> anyhow::Result<Found> {
    let cloud = LocalCloud::open(datamesh_localcloud::Options {
        default_account: ACCOUNT.to_owned(),
        ..datamesh_localcloud::Options::in_memory()
    })?;
    let aws = aws(&cloud);
    lake(&aws).await?;
    let folder = tempfile::tempdir()?;
    let journal = SqliteJournal::open(sqlite::Options::new(folder.path().join("journal.db")))?;
    let world = World {
        aws,
        mesh: Arc::new(LateMesh::default()),
        options: datamesh_actors::Options::default(),
    };
    let runtime = Runtime::builder(Arc::new(journal), Arc::new(SystemClock), Options::default())
        .register::<Ledger>(LedgerEffects(Arc::new(world)))
        .start()
        .await?;
    let bench = Bench { runtime };

    bench.hold("perm-early", 1, [grant("early")].into()).await?;
    bench.until("perm-early", 1, "HELD").await?;
    let wants = (0..GRANTS).map(|nth| grant(&format!("reader-{nth}")));
    bench.hold("perm-many", 1, wants.collect()).await?;
    let asked = Instant::now();
    bench.hold("perm-early", 2, BTreeSet::new()).await?;
    let at_revoke = bench.until("perm-early", 2, "RELEASED").await?;
    let revoked = asked.elapsed();
    let given_before = at_revoke.there;
    bench.until("perm-many", 1, "HELD").await?;
    let drained = asked.elapsed();
    bench.runtime.drain(Duration::from_secs(10)).await;
    Ok(Found {
        revoked,
        given_before,
        drained,
    })
}

struct Bench {
    runtime: Runtime,
}

impl Bench {
    async fn hold(
        &self,
        holder: &str,
        generation: u64,
        wants: BTreeSet<Thing>,
    ) -> anyhow::Result<LedgerRecord> {
        let hold = Hold {
            holder: holder.to_owned(),
            generation,
            wants,
            why: Why::default(),
        };
        let command = Command::Hold(Box::new(hold));
        let id = ledger().to_string();
        let record = self.runtime.ask::<Ledger>(&id, command, Meta::default());
        Ok(record.await?)
    }

    /// Asks again with the same generation, which changes nothing, until it is as wanted.
    async fn until(
        &self,
        holder: &str,
        generation: u64,
        wanted: &str,
    ) -> anyhow::Result<LedgerRecord> {
        let began = Instant::now();
        let id = ledger().to_string();
        loop {
            let row = self
                .runtime
                .journal()
                .view(datamesh_actors::permission::LEDGERS, &id)
                .await?
                .context("the ledger has no row")?;
            let record: LedgerRecord = serde_json::from_str(row.doc.get())?;
            let result = record.holder(holder, generation).map(|one| &one.result);
            if result.is_some_and(|result| result == wanted) {
                return Ok(record);
            }
            ensure!(began.elapsed() < PATIENCE, "{holder} is {result:?}");
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn aws(cloud: &LocalCloud) -> Aws {
    let keys = cloud.clone();
    let rates = ["BatchGrantPermissions", "BatchRevokePermissions"];
    Aws::new(
        datamesh_aws::Options {
            region: Some(REGION.to_owned()),
            account: ACCOUNT.to_owned(),
            rates: rates
                .map(|operation| (format!("lakeformation:{operation}"), RATE))
                .into(),
            ..datamesh_aws::Options::default()
        },
        Connector::Embedded {
            http_client: cloud.http_client(),
            credentials: Arc::new(move |account: &str| keys.credentials(account)),
        },
        Arc::new(datamesh_aws::SystemClock::default()),
    )
}

async fn lake(aws: &Aws) -> anyhow::Result<()> {
    let home = CallCx::default();
    let glue = aws.glue(&home);
    glue.create_database(CreateDatabase {
        name: "sales".to_owned(),
        ..CreateDatabase::default()
    })
    .await?;
    glue.create_table(CreateTable {
        database: "sales".to_owned(),
        name: "orders".to_owned(),
        columns: vec![Column {
            name: "id".to_owned(),
            kind: "bigint".to_owned(),
            comment: None,
        }],
        location: Some("s3://lake/sales/orders/".to_owned()),
        ..CreateTable::default()
    })
    .await?;
    Ok(())
}

fn ledger() -> LedgerId {
    let place = Place {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
    };
    LedgerId::database(&place, ACCOUNT, "sales")
}

fn grant(role: &str) -> Thing {
    Thing::Grant(Grant {
        principal: format!("arn:aws:iam::{ACCOUNT}:role/{role}"),
        on: Object::Table("orders".to_owned()),
        permission: Permission::Describe,
        grantable: false,
    })
}
