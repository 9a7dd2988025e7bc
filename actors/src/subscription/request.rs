use datamesh_actor::{Ctx, Decision, Rejection, RejectionKind, derive_id};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::record::{SubscriptionRecord, subscription_id};
use super::state::Home;
use super::{State, Subscription, events, history, plan, scope};
use crate::agreement::{self, Agreement, Kind, Scope, Window};
use crate::asset::PublishStatus;
use crate::life::Status;
use crate::mesh::{AssetSource, ProjectSource};
use crate::person::Person;
use crate::turn::Turn;
use crate::validate::{self, Violations};
use crate::world::Place;

/// Asks for access to a published asset. The owners of the asset's domain decide; who asks cannot, even as an
/// owner.
///
/// Refused with `SUBSCRIPTION_EXISTS` while this one is live, `SUBSCRIPTION_OVER` once it is over (ask for
/// the next), `ASSET_NOT_PUBLISHED` and `PROJECT_NOT_READY`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Which one it is to be: its id is [`subscription_id`] of the asset, the principal and this.
    pub nth: u32,
    /// The asset, as the lists have it.
    pub asset: AssetSource,
    /// The project that asks, as the lists have it.
    pub project: ProjectSource,
    /// The account and region in which it reads: those of the project, if nobody says otherwise.
    pub consumer: Place,
    /// The ARN of the role or user that reads: the one of `access.consumer_role` in that account, if nobody
    /// says otherwise.
    pub principal: String,
    /// What of the table is asked.
    pub scope: Scope,
    /// When. A beginning that has passed is now.
    pub window: Window,
    /// Why: 1 to 2,048 characters.
    pub reason: String,
    /// Who asks.
    pub by: Person,
}

impl Request {
    /// Says what is wrong with it, field by field. The time is in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// `INVALID_FIELDS`.
    pub fn check(&self, now_ms: i64) -> Result<(), Rejection> {
        let mut found = Violations::default();
        found.check("consumerAccount", validate::account(&self.consumer.account));
        found.check("consumerRegion", validate::region(&self.consumer.region));
        found.check("principal", principal(&self.principal, &self.consumer));
        found.check("reason", reason(&self.reason));
        scope::check("scope", &self.scope, &self.asset.asset, &mut found);
        found.check("window.until", until(&self.window, now_ms));
        found.refuse()
    }

    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Subscription>, Rejection> {
        if let Some(record) = &state.record {
            return Err(taken(record, ctx.now_ms()));
        }
        self.check(ctx.now_ms())?;
        let id = subscription_id(&self.asset.asset.asset_id, &self.principal, self.nth);
        if id != ctx.id() {
            return Err(Rejection::new(
                RejectionKind::Invalid,
                "WRONG_ID",
                format!("the id of this subscription is {id}"),
            ));
        }
        if self.asset.asset.publish_status != PublishStatus::Published {
            return Err(Rejection::precondition(
                "ASSET_NOT_PUBLISHED",
                format!(
                    "the asset {} is not published: ask its owners to publish it",
                    self.asset.asset.asset_id
                ),
            ));
        }
        if self.project.project.status != Status::Active {
            return Err(Rejection::precondition(
                "PROJECT_NOT_READY",
                format!(
                    "the project {} is {}: try again when it is ACTIVE",
                    self.project.project.project_id,
                    self.project.project.status.as_str()
                ),
            ));
        }
        let mut turn = Turn::new(state, ctx);
        let token = plan::new_token(&mut turn);
        let home = Home::of(&self.asset, &self.project, &self.principal);
        let record = self.record(id, turn.now_ms());
        let request = record
            .agreement
            .requests
            .last()
            .cloned()
            .unwrap_or_default();
        turn.happen(Event::Requested {
            record: Box::new(record),
            home: Box::new(home),
            token,
        });
        history::asked(&mut turn, &request);
        events::requested(&mut turn);
        plan::advance(&mut turn);
        Ok(turn.done())
    }

    fn record(self, id: String, at_ms: i64) -> SubscriptionRecord {
        let asset = self.asset.asset;
        let mut agreement = Agreement::default();
        let created_by = self.by.name().to_owned();
        agreement.add(agreement::Request {
            number: agreement.next_number(),
            kind: Kind::Grant,
            reason: self.reason,
            scope: self.scope.clone(),
            window: Window {
                from_ms: self.window.from_ms.max(at_ms),
                ..self.window
            },
            by: self.by.bare(),
            at_ms,
            approval_id: plan::approval_id(&id, 1),
            decision: None,
        });
        SubscriptionRecord {
            share_id: derive_id("share-", &[&id]),
            subscription_id: id,
            nth: self.nth,
            asset_id: asset.asset_id,
            asset_name: asset.asset_name,
            domain_id: asset.domain_id,
            owner_project_id: asset.project_id,
            consumer_project_id: self.project.project.project_id,
            consumer: self.consumer,
            principal: self.principal,
            asked: self.scope,
            agreement,
            created_by,
            created_ms: at_ms,
            updated_ms: at_ms,
            version: 1,
            ..SubscriptionRecord::default()
        }
    }
}

/// The refusal of a second request to the same subscription.
fn taken(record: &SubscriptionRecord, now_ms: i64) -> Rejection {
    let id = &record.subscription_id;
    match record.agreement.status(now_ms).is_over() {
        true => Rejection::precondition(
            "SUBSCRIPTION_OVER",
            format!("the subscription {id} is over: ask for the next of this principal"),
        ),
        false => Rejection::new(
            RejectionKind::AlreadyExists,
            "SUBSCRIPTION_EXISTS",
            format!(
                "{} subscribes to the asset {} with {id} already: cancel, revoke or renew that",
                record.principal, record.asset_id
            ),
        ),
    }
}

/// The ARN of a role or user of the consumer's account.
fn principal(arn: &str, consumer: &Place) -> Result<(), String> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", account, name] => {
            if *account != consumer.account {
                return Err(format!(
                    "is of the account {account}, not of {}",
                    consumer.account
                ));
            }
            let named = ["role/", "user/"]
                .iter()
                .any(|kind| name.strip_prefix(kind).is_some_and(|rest| !rest.is_empty()));
            match named {
                true => validate::subject(arn),
                false => Err("is the ARN of neither a role nor a user".to_owned()),
            }
        }
        _ => Err("is not the ARN of a role or user".to_owned()),
    }
}

/// A reason must be given.
pub(super) fn reason(text: &str) -> Result<(), String> {
    match text.trim().is_empty() {
        true => Err("is missing".to_owned()),
        false => validate::description(text),
    }
}

/// An end must come after the beginning and after now.
pub(super) fn until(window: &Window, now_ms: i64) -> Result<(), String> {
    match window.until_ms {
        Some(until_ms) if until_ms <= now_ms => Err("has passed".to_owned()),
        Some(until_ms) if until_ms <= window.from_ms => {
            Err("is not after the beginning".to_owned())
        }
        Some(_) | None => Ok(()),
    }
}
