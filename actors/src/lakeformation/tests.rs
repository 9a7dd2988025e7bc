//! Every kind of thing against the embedded AWS.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_days;
mod kinds;
mod others;

use std::sync::Arc;

use datamesh_actor::EffectCx;
use datamesh_aws::glue::{Column, CreateDatabase, CreateTable};
use datamesh_aws::lakeformation::{Entry, ListPermissions, Settings};
use datamesh_aws::{Aws, CallCx, Connector, SystemClock};
use datamesh_journal::EntityKey;
use datamesh_localcloud::LocalCloud;

use super::{Seen, ThingError, put, remove, see};
use crate::access::{CellsFilter, Grant, LedgerId, Link, Object, Permission, Rows, Thing};
use crate::mesh::LateMesh;
use crate::world::{Options, Place, World};

const PRODUCER: &str = "111122223333";
const CONSUMER: &str = "444455556666";
const REGION: &str = "eu-central-1";
const ANN: &str = "arn:aws:iam::111122223333:role/ann";
const BOB: &str = "arn:aws:iam::111122223333:role/bob";

/// A producer with `sales.orders` (`id`, `region`, `amount`), on which nobody has anything but its root.
struct Stage {
    cloud: LocalCloud,
    world: World,
}

impl Stage {
    async fn set() -> Self {
        let cloud = LocalCloud::open(datamesh_localcloud::Options {
            default_account: PRODUCER.to_owned(),
            seed: Some(7),
            ..datamesh_localcloud::Options::in_memory()
        })
        .unwrap();
        let keys = cloud.clone();
        let connector = Connector::Embedded {
            http_client: cloud.http_client(),
            credentials: Arc::new(move |account| keys.credentials(account)),
        };
        let options = datamesh_aws::Options {
            account: PRODUCER.to_owned(),
            region: Some(REGION.to_owned()),
            rates: [("*:*".to_owned(), 10_000.0)].into(),
            ..datamesh_aws::Options::default()
        };
        let stage = Self {
            cloud,
            world: World {
                aws: Aws::new(options, connector, Arc::new(SystemClock::new())),
                mesh: Arc::new(LateMesh::default()),
                options: Options::default(),
            },
        };
        for account in [PRODUCER, CONSUMER] {
            stage
                .settings(
                    account,
                    Settings {
                        parameters: [("CROSS_ACCOUNT_VERSION".to_owned(), "4".to_owned())].into(),
                        ..Settings::default()
                    },
                )
                .await;
        }
        stage.table("orders").await;
        stage
    }

    fn call(account: &str) -> CallCx {
        CallCx::in_account(account)
    }

    async fn settings(&self, account: &str, settings: Settings) {
        let call = Self::call(account);
        let lakeformation = self.world.aws.lakeformation(&call);
        lakeformation.put_settings(settings).await.unwrap();
    }

    async fn table(&self, name: &str) {
        let call = Self::call(PRODUCER);
        let glue = self.world.aws.glue(&call);
        let sales = CreateDatabase {
            name: "sales".to_owned(),
            ..CreateDatabase::default()
        };
        let _ = glue.create_database(sales).await;
        let column = |name: &str| Column {
            name: name.to_owned(),
            kind: "string".to_owned(),
            comment: None,
        };
        let table = CreateTable {
            database: "sales".to_owned(),
            name: name.to_owned(),
            columns: ["id", "region", "amount"].map(column).to_vec(),
            location: Some(format!("s3://lake/sales/{name}/")),
            ..CreateTable::default()
        };
        glue.create_table(table).await.unwrap();
    }

    async fn put(&self, ledger: &LedgerId, things: &[Thing]) -> Vec<Result<(), ThingError>> {
        put(&self.world, ledger, things, &cx()).await
    }

    async fn remove(&self, ledger: &LedgerId, things: &[Thing]) -> Vec<Result<(), ThingError>> {
        remove(&self.world, ledger, things, &cx()).await
    }

    async fn see(&self, ledger: &LedgerId, things: &[Thing]) -> Seen {
        see(&self.world, ledger, things, &cx()).await.unwrap()
    }

    #[track_caller]
    fn is_done(answers: &[Result<(), ThingError>]) {
        let failed: Vec<_> = answers.iter().filter(|answer| answer.is_err()).collect();
        assert!(failed.is_empty(), "{failed:?}");
    }

    /// How many rows a list of grants on `orders` shows for somebody, by hand.
    async fn rows(&self, principal: &str) -> usize {
        let call = Self::call(PRODUCER);
        let listed = self
            .world
            .aws
            .lakeformation(&call)
            .list_permissions(ListPermissions {
                resource: Some(super::resource::resource(&sales(), &orders())),
                include_related: true,
                ..ListPermissions::default()
            })
            .await
            .unwrap();
        let rows = listed.items.iter();
        rows.filter(|row| row.principal == principal).count()
    }

    /// Grants by hand, as the producer's root.
    async fn grant_by_hand(&self, principal: &str, on: &Object, permission: &str) {
        let entry = Entry {
            principal: principal.to_owned(),
            resource: super::resource::resource(&sales(), on),
            permissions: vec![datamesh_aws::lakeformation::Permission::from_name(
                permission,
            )],
            grantable: Vec::new(),
        };
        let call = Self::call(PRODUCER);
        self.world
            .aws
            .lakeformation(&call)
            .grant(entry)
            .await
            .unwrap();
    }
}

fn cx() -> EffectCx {
    EffectCx {
        entity: EntityKey::new("ledger", "sales"),
        effect_id: "1".to_owned(),
        attempt: 1,
        failures: 0,
        repeat: false,
        asked_ms: 1_768_422_600_000,
    }
}

fn place(account: &str) -> Place {
    Place {
        account: account.to_owned(),
        region: REGION.to_owned(),
    }
}

fn sales() -> LedgerId {
    LedgerId::database(&place(PRODUCER), PRODUCER, "sales")
}

fn producer() -> LedgerId {
    LedgerId::account(&place(PRODUCER))
}

/// Where the consumer keeps what it does with the producer's database.
fn shared() -> LedgerId {
    LedgerId::database(&place(CONSUMER), PRODUCER, "sales")
}

fn orders() -> Object {
    Object::Table("orders".to_owned())
}

fn column(column: &str) -> Object {
    Object::Column {
        table: "orders".to_owned(),
        column: column.to_owned(),
    }
}

fn grant(principal: &str, on: Object, permission: Permission) -> Thing {
    Thing::Grant(Grant {
        principal: principal.to_owned(),
        on,
        permission,
        grantable: false,
    })
}

fn filter(name: &str, rows: &str) -> CellsFilter {
    CellsFilter {
        table: "orders".to_owned(),
        name: name.to_owned(),
        columns: ["id".to_owned(), "region".to_owned()].into(),
        excluded: Default::default(),
        rows: Rows::Where(rows.to_owned()),
    }
}

fn link(name: &str) -> Link {
    Link {
        database: "links".to_owned(),
        name: name.to_owned(),
        table: "orders".to_owned(),
    }
}

/// One of every kind that a database's ledger keeps, what others stand on first.
fn of_a_database() -> Vec<Thing> {
    let on_filter = Object::Filter {
        table: "orders".to_owned(),
        name: "datamesh-it".to_owned(),
    };
    let except = Object::ColumnsExcept {
        table: "orders".to_owned(),
        excluded: ["amount".to_owned()].into(),
    };
    vec![
        Thing::Filter(filter("datamesh-it", "region = 'it'")),
        Thing::Link(link("orders")),
        Thing::OptIn {
            principal: ANN.to_owned(),
            on: orders(),
        },
        grant(ANN, column("id"), Permission::Select),
        grant(ANN, column("region"), Permission::Select),
        grant(ANN, orders(), Permission::Describe),
        grant(ANN, Object::Database, Permission::Describe),
        grant(BOB, except, Permission::Select),
        grant(BOB, on_filter, Permission::Select),
        grant(BOB, Object::AllTables, Permission::Select),
    ]
}
