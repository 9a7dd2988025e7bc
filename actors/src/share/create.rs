use std::collections::BTreeSet;

use datamesh_actor::{Ctx, Decision, Rejection, RejectionKind};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::record::ShareRecord;
use super::request::{self, Ask, ShareTurn};
use super::{Share, State, plan};
use crate::access::Permission;
use crate::agreement::{Kind, Scope, Window};
use crate::person::Person;
use crate::turn::Turn;
use crate::validate::{self, Violations};
use crate::world::Place;

/// Asks for a share. Asked by an owner of the asset's domain it is given at once; else the owners are asked.
/// Sent again to the same id for the same asset and account it changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Create {
    /// The asset.
    pub asset_id: String,
    /// The account that gets access.
    pub target_account: String,
    /// The region of the consumer; that of the asset if empty.
    pub target_region: String,
    /// The ARN of the role or user of that account that reads; the one that the settings name if empty.
    pub principal: String,
    /// SELECT, DESCRIBE or both; both if empty.
    pub permissions: BTreeSet<Permission>,
    /// What of the table.
    pub scope: Scope,
    /// When; from now if `from_ms` is not later.
    pub window: Window,
    /// Why: up to 2,048 characters.
    pub reason: String,
    /// Who asks.
    pub requested_by: Person,
    /// Whether who asks owns the asset's domain: nobody else needs to be asked then.
    pub given: bool,
}

impl Create {
    /// Says what is wrong with it, field by field.
    pub fn check(&self, now_ms: i64) -> Result<(), Rejection> {
        let mut found = Violations::default();
        found.check("assetId", validate::id(&self.asset_id));
        found.check("targetAccount", validate::account(&self.target_account));
        if !self.target_region.is_empty() {
            found.check("targetRegion", validate::region(&self.target_region));
        }
        if !self.principal.is_empty() {
            found.check(
                "principal",
                principal(&self.principal, &self.target_account),
            );
        }
        check_permissions(&self.permissions, &self.scope, &mut found);
        request::check_scope("scope", &self.scope, &mut found);
        request::check_end("validUntil", self.window, now_ms, &mut found);
        found.check("reason", validate::description(&self.reason));
        found.refuse()
    }

    pub(super) fn decide(self, state: &State, ctx: &mut Ctx) -> Result<Decision<Share>, Rejection> {
        self.check(ctx.now_ms())?;
        if let Some(record) = &state.record {
            let same = record.asset_id == self.asset_id
                && record.target.account == self.target_account
                && record.subscription_id.is_empty();
            return match same {
                true => Ok(Decision::none()),
                false => Err(Rejection::new(
                    RejectionKind::AlreadyExists,
                    "SHARE_EXISTS",
                    format!("there is a share {} already", record.share_id),
                )),
            };
        }
        let mut turn = Turn::new(state, ctx);
        begin(
            &mut turn,
            ShareRecord {
                asset_id: self.asset_id,
                target: Place {
                    account: self.target_account,
                    region: self.target_region,
                },
                principal: self.principal,
                permissions: or_both(self.permissions),
                created_by: self.requested_by.name().to_owned(),
                ..ShareRecord::default()
            },
        );
        let window = Window {
            from_ms: self.window.from_ms.max(turn.now_ms()),
            ..self.window
        };
        request::ask(
            &mut turn,
            Ask {
                kind: Kind::Grant,
                reason: self.reason,
                scope: self.scope,
                window,
                decided_by: self.given.then(|| self.requested_by.clone()),
                by: self.requested_by,
            },
        );
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}

/// Begins a share: what only the record knows is given.
pub(super) fn begin(turn: &mut ShareTurn<'_>, record: ShareRecord) {
    let at_ms = turn.now_ms();
    let record = ShareRecord {
        share_id: turn.ctx.id().to_owned(),
        created_ms: at_ms,
        updated_ms: at_ms,
        ..record
    };
    turn.happen(Event::Begun {
        record: Box::new(record),
    });
}

/// SELECT and DESCRIBE where none is named.
pub(super) fn or_both(permissions: BTreeSet<Permission>) -> BTreeSet<Permission> {
    match permissions.is_empty() {
        true => BTreeSet::from([Permission::Select, Permission::Describe]),
        false => permissions,
    }
}

fn check_permissions(permissions: &BTreeSet<Permission>, scope: &Scope, found: &mut Violations) {
    let other = permissions
        .iter()
        .find(|p| !matches!(p, Permission::Select | Permission::Describe));
    if let Some(other) = other {
        let rule = format!("{other} cannot be shared: give SELECT, DESCRIBE or both");
        found.check("permissions", Err(rule));
    }
    let selects = permissions.is_empty() || permissions.contains(&Permission::Select);
    if !selects && !scope.is_all() {
        let rule = "columns and rows need SELECT: DESCRIBE is of the whole table".to_owned();
        found.check("scope", Err(rule));
    }
}

/// The ARN of a role or user of this account.
fn principal(arn: &str, account: &str) -> Result<(), String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let named = |kind: &str| {
        parts
            .get(5)
            .and_then(|name| name.strip_prefix(kind))
            .is_some_and(|name| !name.is_empty() && name.len() <= 512)
    };
    let shaped = parts.len() == 6
        && parts[0] == "arn"
        && parts[2] == "iam"
        && parts[3].is_empty()
        && (named("role/") || named("user/"))
        && !arn.chars().any(|c| c.is_control() || c.is_whitespace());
    match shaped {
        false => {
            Err("must be the ARN of a role or user: arn:aws:iam::<account>:role/<name>".to_owned())
        }
        true if parts[4] != account => Err(format!(
            "is of account {}, and access is asked for account {account}",
            parts[4]
        )),
        true => Ok(()),
    }
}
