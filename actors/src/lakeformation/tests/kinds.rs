//! Each kind of thing: put twice, seen, taken twice, not seen.

use std::collections::BTreeSet;

use super::*;
use crate::access::{Location, Tagged};

async fn comes_and_goes(stage: &Stage, ledger: &LedgerId, things: &[Thing]) {
    for _ in 0..2 {
        Stage::is_done(&stage.put(ledger, things).await);
        let seen = stage.see(ledger, things).await;
        assert_eq!(seen.present, vec![true; things.len()], "{things:?}");
        assert_eq!(seen.extra, []);
    }
    let backwards: Vec<Thing> = things.iter().rev().cloned().collect();
    for _ in 0..2 {
        Stage::is_done(&stage.remove(ledger, &backwards).await);
        let seen = stage.see(ledger, things).await;
        assert_eq!(seen.present, vec![false; things.len()], "{things:?}");
        assert_eq!(seen.extra, []);
    }
}

fn set(values: &[&str]) -> BTreeSet<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

#[tokio::test]
async fn the_things_of_a_database_come_and_go() {
    let stage = Stage::set().await;
    comes_and_goes(&stage, &sales(), &of_a_database()).await;
}

#[tokio::test]
async fn the_things_of_an_account_come_and_go() {
    let stage = Stage::set().await;
    let things = [
        Thing::Admin {
            principal: ANN.to_owned(),
        },
        Thing::Location(Location {
            arn: "arn:aws:s3:::lake/sales".to_owned(),
            role_arn: "arn:aws:iam::111122223333:role/lake".to_owned(),
            hybrid: true,
        }),
        Thing::TagKey {
            key: "tier".to_owned(),
            values: set(&["gold", "silver"]),
        },
        grant(
            BOB,
            Object::Location("arn:aws:s3:::lake/sales".to_owned()),
            Permission::DataLocationAccess,
        ),
        grant(
            BOB,
            Object::TagKey {
                key: "tier".to_owned(),
                values: set(&["gold"]),
            },
            Permission::Associate,
        ),
        grant(
            BOB,
            Object::Expression {
                of: Tagged::Table,
                tags: [("tier".to_owned(), set(&["gold", "silver"]))].into(),
            },
            Permission::Select,
        ),
        grant(BOB, Object::Catalog, Permission::CreateDatabase),
    ];
    comes_and_goes(&stage, &producer(), &things).await;
}

#[tokio::test]
async fn tags_come_and_go_and_a_key_has_one_value() {
    let stage = Stage::set().await;
    let key = Thing::TagKey {
        key: "tier".to_owned(),
        values: set(&["gold", "silver"]),
    };
    Stage::is_done(&stage.put(&producer(), std::slice::from_ref(&key)).await);
    let tag = |on: Object, value: &str| Thing::Tag {
        on,
        key: "tier".to_owned(),
        value: value.to_owned(),
    };
    let things = [
        tag(Object::Database, "gold"),
        tag(orders(), "silver"),
        tag(column("id"), "gold"),
    ];
    comes_and_goes(&stage, &sales(), &things).await;

    Stage::is_done(&stage.put(&sales(), &[tag(orders(), "gold")]).await);
    Stage::is_done(&stage.put(&sales(), &[tag(orders(), "silver")]).await);
    Stage::is_done(&stage.remove(&sales(), &[tag(orders(), "gold")]).await);
    let both = [tag(orders(), "gold"), tag(orders(), "silver")];
    assert_eq!(stage.see(&sales(), &both).await.present, [false, true]);

    let refused = stage.remove(&producer(), std::slice::from_ref(&key)).await;
    assert!(refused[0].is_err(), "a value that is on a table stays");
    Stage::is_done(&stage.remove(&sales(), &both).await);
    Stage::is_done(&stage.remove(&producer(), &[key]).await);
}

#[tokio::test]
async fn a_grant_option_comes_with_its_permission_and_goes_alone() {
    let stage = Stage::set().await;
    let plain = grant(ANN, column("id"), Permission::Select);
    let Thing::Grant(grant) = plain.clone() else {
        unreachable!()
    };
    let option = Thing::Grant(Grant {
        grantable: true,
        ..grant
    });
    let both = [plain.clone(), option.clone()];
    Stage::is_done(&stage.put(&sales(), std::slice::from_ref(&option)).await);
    assert_eq!(stage.see(&sales(), &both).await.present, [true, true]);
    Stage::is_done(&stage.remove(&sales(), &[option]).await);
    assert_eq!(stage.see(&sales(), &both).await.present, [true, false]);
    Stage::is_done(&stage.remove(&sales(), &both).await);
    assert_eq!(stage.see(&sales(), &both).await.present, [false, false]);
}

#[tokio::test]
async fn hundreds_of_grants_are_read_to_the_last_page() {
    let stage = Stage::set().await;
    let things: Vec<Thing> = (0..1_300)
        .map(|n| {
            let role = format!("arn:aws:iam::111122223333:role/reader-{n}");
            grant(&role, column("id"), Permission::Select)
        })
        .collect();
    Stage::is_done(&stage.put(&sales(), &things).await);
    let seen = stage.see(&sales(), &things).await;
    assert!(seen.present.iter().all(|present| *present));
    Stage::is_done(&stage.remove(&sales(), &things).await);
    let seen = stage.see(&sales(), &things).await;
    assert!(seen.present.iter().all(|present| !present));
}

#[tokio::test]
async fn the_facts_of_a_table_are_all_there() {
    let stage = Stage::set().await;
    let account = [
        Thing::Admin {
            principal: BOB.to_owned(),
        },
        Thing::Location(Location {
            arn: "arn:aws:s3:::lake".to_owned(),
            role_arn: "arn:aws:iam::111122223333:role/lake".to_owned(),
            hybrid: true,
        }),
        Thing::TagKey {
            key: "tier".to_owned(),
            values: set(&["gold", "silver"]),
        },
        expression("gold"),
        expression("silver"),
    ];
    fn expression(value: &str) -> Thing {
        let tags = [("tier".to_owned(), set(&[value]))].into();
        let on = Object::Expression {
            of: Tagged::Table,
            tags,
        };
        grant(BOB, on, Permission::Select)
    }
    Stage::is_done(&stage.put(&producer(), &account).await);
    let tag = Thing::Tag {
        on: column("id"),
        key: "tier".to_owned(),
        value: "gold".to_owned(),
    };
    let mut things = of_a_database();
    things.push(tag);
    Stage::is_done(&stage.put(&sales(), &things).await);

    let facts = super::super::facts(&stage.world, &sales(), "orders", &cx())
        .await
        .unwrap();
    let table = facts.table.unwrap();
    assert_eq!(table.columns, ["id", "region", "amount"]);
    assert_eq!(
        (table.location.as_str(), table.link_to),
        ("s3://lake/sales/orders/", None)
    );
    let grants: BTreeSet<Thing> = facts.grants.into_iter().map(Thing::Grant).collect();
    let mut wanted: BTreeSet<Thing> = things
        .into_iter()
        .filter(|thing| matches!(thing, Thing::Grant(_)))
        .collect();
    wanted.insert(expression("gold"));
    assert_eq!(grants, wanted);
    assert_eq!(facts.filters, [filter("datamesh-it", "region = 'it'")]);
    assert_eq!(facts.tags["id"]["tier"], "gold");
    assert_eq!(facts.opted_in, [ANN]);
    assert_eq!(facts.location.unwrap().arn, "arn:aws:s3:::lake");
    assert_eq!(facts.admins, [BOB]);
    assert_eq!(facts.at_ms, cx().asked_ms);
}

#[tokio::test]
async fn what_another_account_shares_is_linked_granted_on_and_seen_by_the_consumer() {
    let stage = Stage::set().await;
    let to_account: Vec<Thing> = [Permission::Select, Permission::Describe]
        .into_iter()
        .flat_map(|permission| {
            [false, true].map(|grantable| {
                Thing::Grant(Grant {
                    principal: CONSUMER.to_owned(),
                    on: orders(),
                    permission,
                    grantable,
                })
            })
        })
        .collect();
    Stage::is_done(&stage.put(&sales(), &to_account).await);
    let consumer = Stage::call(CONSUMER);
    let ram = stage.world.aws.ram(&consumer);
    let invitations = ram.list_invitations(Default::default()).await.unwrap();
    for invitation in invitations.items {
        let token = datamesh_aws::Token::derive("accept", &invitation.arn);
        ram.accept_invitation(&invitation.arn, &token)
            .await
            .unwrap();
    }
    let reader = "arn:aws:iam::444455556666:role/reader";
    let things = [
        Thing::Link(link("orders")),
        grant(reader, column("id"), Permission::Select),
        grant(reader, orders(), Permission::Describe),
    ];
    Stage::is_done(&stage.put(&shared(), &things).await);
    assert_eq!(stage.see(&shared(), &things).await.present, [true; 3]);
    let facts = super::super::facts(&stage.world, &shared(), "orders", &cx())
        .await
        .unwrap();
    assert_eq!(facts.table.unwrap().columns, ["id", "region", "amount"]);

    // The producer cuts first; what the consumer has left can still be taken away.
    Stage::is_done(&stage.remove(&sales(), &to_account).await);
    assert_eq!(stage.see(&sales(), &to_account).await.present, [false; 4]);
    Stage::is_done(&stage.remove(&shared(), &things).await);
    assert_eq!(stage.see(&shared(), &things).await.present, [false; 3]);
    let facts = super::super::facts(&stage.world, &shared(), "orders", &cx())
        .await
        .unwrap();
    assert_eq!(facts.table, None);
}
