#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod acceptance;
mod cloud;
mod life;
mod property;

use std::collections::BTreeSet;

use super::*;
use crate::access::{HoldResult, LedgerId, Look, Permission, ShareResult, Thing};
use crate::agreement::{AgreementStatus, Scope, Window};
use crate::audit::broken_at;
use crate::person::Person;
use crate::task_end::TaskEnd;
use crate::testing::{Core, failure};
use crate::world::Place;
use cloud::{Stage as Play, readable};

pub(super) const PRODUCER: &str = "111111111111";
pub(super) const CONSUMER: &str = "222222222222";

fn ann() -> Person {
    Person {
        user: "ann@example.com".to_owned(),
        ..Person::default()
    }
}

/// Two columns of the table, for as long as nobody takes them back.
fn create(given: bool) -> Create {
    Create {
        asset_id: "asset-1".to_owned(),
        target_account: CONSUMER.to_owned(),
        scope: Scope {
            columns: BTreeSet::from(["amount".to_owned(), "country".to_owned()]),
            ..Scope::default()
        },
        reason: "a campaign".to_owned(),
        requested_by: ann(),
        given,
        ..Create::default()
    }
}

fn for_an_hour(given: bool) -> Create {
    Create {
        window: Window {
            from_ms: 0,
            until_ms: Some(1_768_422_600_000 + 3_600_000),
        },
        ..create(given)
    }
}

fn revoke() -> Command {
    Command::Revoke(Revoke {
        by: ann(),
        reason: "over".to_owned(),
    })
}

fn resolved(cross: bool) -> Resolved {
    let place = |account: &str| Place {
        account: account.to_owned(),
        region: "eu-central-1".to_owned(),
    };
    let target = if cross { CONSUMER } else { PRODUCER };
    Resolved {
        asset_name: "transactions".to_owned(),
        project_id: "proj-1".to_owned(),
        domain_id: "dom-1".to_owned(),
        source: place(PRODUCER),
        database: "finance".to_owned(),
        table: "transactions".to_owned(),
        target: place(target),
        principal: format!("arn:aws:iam::{target}:role/analyst"),
        link_database: "shared_finance".to_owned(),
        register_location: false,
        verify_every_ms: 3_600_000,
        repair: false,
        notify: true,
    }
}

fn table() -> TableSeen {
    TableSeen {
        columns: ["id", "amount", "country"].map(str::to_owned).to_vec(),
        location: "s3://data-lake-finance/transactions/".to_owned(),
    }
}
