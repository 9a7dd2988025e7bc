use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::fulfilment::Fulfilment;
use super::record::{DataZoneRecord, DataZoneStatus, SubscriptionRecord};
use crate::access::ShareResult;
use crate::agreement::{Agreement, Request, Scope, Verdict, Window};
use crate::asset::AssetRecord;
use crate::audit::AuditEntry;
use crate::mesh::{AssetSource, ProjectSource};
use crate::world::Place;

/// What a subscription remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The record; none before the first command.
    pub record: Option<SubscriptionRecord>,
    /// What it knows of the asset and the consumer.
    pub home: Option<Home>,
    /// What is under way outside; one thing at a time in each lane.
    pub busy: BTreeSet<Lane>,
    /// The approval of the open request.
    pub asking: Option<Asking>,
    /// Approvals that count for nothing and may still be open, with the reason.
    pub closing: BTreeMap<String, String>,
    /// What the share was told last.
    pub order: Option<Order>,
    /// When the share is told again to take back.
    pub take_again: Option<Retry>,
    /// What DataZone refused last, and when it is told again.
    pub zone_again: Option<ZoneRetry>,
    /// Whether the end of its time was seen.
    pub expired: bool,
    /// The end of the audit chain.
    pub last_entry: Option<AuditEntry>,
}

/// What goes on beside each other: what is slow in one lane holds up no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Lane {
    /// What the share is told.
    Share,
    /// What the owners are asked.
    Approval,
    /// What DataZone is told.
    DataZone,
}

/// What a subscription knows of the asset and the consumer, as they were when it was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// The asset.
    pub asset: AssetRecord,
    /// The groups that own its domain.
    pub owner_groups: Vec<String>,
    /// What DataZone calls them; none where it does not know the asset.
    pub zone: Option<Zone>,
}

/// The asset and the consumer in DataZone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// The account and region of the asset's domain.
    pub place: Place,
    /// Its DataZone domain.
    pub domain_id: String,
    /// The asset's listing.
    pub listing_id: String,
    /// The DataZone project of the consumer; `None` if it is in another DataZone domain: then it subscribes as
    /// an IAM principal.
    pub project_id: Option<String>,
    /// The ARN of the role or user that reads.
    pub principal: String,
}

impl Home {
    pub(super) fn of(asset: &AssetSource, project: &ProjectSource, principal: &str) -> Self {
        let domain_id = asset.data_zone_domain_id.clone();
        let same = domain_id == project.data_zone_domain_id;
        let listing = asset.asset.listing_id.clone();
        Self {
            asset: asset.asset.clone(),
            owner_groups: asset.owner_groups.clone(),
            zone: listing
                .filter(|_| !domain_id.is_empty())
                .map(|listing_id| Zone {
                    place: asset.place.clone(),
                    domain_id,
                    listing_id,
                    project_id: project
                        .project
                        .data_zone_project_id
                        .clone()
                        .filter(|_| same),
                    principal: principal.to_owned(),
                }),
        }
    }
}

/// The approval that the owners are asked with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// The number of the request.
    pub number: u32,
    /// The approval.
    pub approval_id: String,
    /// The token that its end is told with.
    pub token: String,
    /// Whether the owners are asked.
    pub opened: bool,
}

/// Without the token: whoever has it may decide.
impl std::fmt::Debug for Asking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asking")
            .field("number", &self.number)
            .field("approval_id", &self.approval_id)
            .field("opened", &self.opened)
            .finish_non_exhaustive()
    }
}

/// What the share was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its number among the orders of this subscription, from 1. A request may bring several orders, for what
    /// it gives begins, changes and ends; so orders have numbers of their own.
    pub number: u64,
    /// What is wanted.
    pub want: Want,
    /// What became of it, once that is known.
    pub end: Option<OrderEnd>,
}

/// What a share is to bring about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Want {
    /// Access.
    Give {
        /// The number of the request that gives it.
        request: u32,
        /// What of the table.
        scope: Scope,
        /// When.
        window: Window,
    },
    /// No access.
    Take,
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderEnd {
    /// It is done.
    Done,
    /// It could not be done, or not wholly.
    Failed,
}

impl Order {
    /// Whether the share may still tell this of it. Access that came late counts, and so does a proof that
    /// came late.
    pub(super) fn awaits(&self, result: &ShareResult) -> bool {
        match (&self.want, result) {
            (Want::Give { .. }, ShareResult::Given) | (Want::Take, ShareResult::Taken { .. }) => {
                self.end != Some(OrderEnd::Done)
            }
            (Want::Give { .. }, ShareResult::Failed { .. })
            | (Want::Take, ShareResult::Unreachable { .. }) => self.end.is_none(),
            (Want::Give { .. }, ShareResult::Taken { .. } | ShareResult::Unreachable { .. })
            | (Want::Take, ShareResult::Given | ShareResult::Failed { .. }) => false,
        }
    }
}

/// Something that is done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// How often it was refused.
    pub refused: u32,
    /// When it is done again, in milliseconds since the Unix epoch.
    pub due_ms: i64,
}

/// Something that DataZone is told again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneRetry {
    /// What.
    pub step: ZoneStep,
    /// How often it was refused.
    pub refused: u32,
    /// When, in milliseconds since the Unix epoch; `None` for not any more.
    pub due_ms: Option<i64>,
    /// Whether that was no refusal, but a place that another has.
    #[serde(default)]
    pub covered: bool,
    /// Whether a request of ours may still come to be there: a try whose answer was lost, and none since that was
    /// answered. It is asked for once more, also when all is over, so that it can be taken back.
    #[serde(default)]
    pub may_come: bool,
}

impl ZoneRetry {
    /// How often this step was refused, or found covered, in a row.
    pub(super) fn count(again: Option<Self>, step: ZoneStep, covered: bool) -> u32 {
        again
            .filter(|again| again.step == step && again.covered == covered)
            .map_or(0, |again| again.refused)
    }
}

/// Something that DataZone is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ZoneStep {
    /// That access is asked for.
    Request,
    /// That it was agreed.
    Accept,
    /// That it was not.
    Reject,
    /// That it is given.
    Grant,
    /// That it is given no more.
    Ungrant,
    /// That it is over.
    Revoke,
}

/// What DataZone has, after a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ZoneFact {
    /// The request, with its id.
    Requested(String),
    /// The subscription, with its id.
    Accepted(String),
    /// The request, refused.
    Rejected,
    /// The grant, with its id; none where the consumer has no subscription target.
    Granted(Option<String>),
    /// The grant, revoked.
    Ungranted,
    /// The subscription, revoked.
    Revoked,
}

impl State {
    /// What was asked and decided; empty before the first command.
    pub(super) fn agreement(&self) -> &Agreement {
        static NOTHING: Agreement = Agreement {
            requests: Vec::new(),
        };
        self.record
            .as_ref()
            .map_or(&NOTHING, |record| &record.agreement)
    }

    /// Lets an event happen.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Requested {
                record,
                home,
                token,
            } => {
                self.home = Some((**home).clone());
                if let Some(request) = record.agreement.open() {
                    self.ask(request, token);
                }
                self.record = Some((**record).clone());
            }
            Event::RenewalRequested { request, token } => {
                self.ask(request, token);
                self.edit(request.at_ms, |r| {
                    r.asked.clone_from(&request.scope);
                    r.agreement.add((**request).clone());
                });
            }
            Event::RevokeDecided { request } => {
                self.unask("it was revoked");
                self.edit(request.at_ms, |r| {
                    if let Some(decision) = &request.decision {
                        r.status_reason.clone_from(&decision.reason);
                    }
                    r.approval_id = None;
                    r.agreement.add((**request).clone());
                });
            }
            Event::Decided {
                number,
                decision,
                told,
            } => {
                match told {
                    true => self.asking = None,
                    false => self.unask(&decision.reason),
                }
                self.edit(decision.at_ms, |r| {
                    r.approval_id = None;
                    r.agreement.decide(*number, (**decision).clone());
                    r.status_reason = match decision.verdict {
                        Verdict::Approved => String::new(),
                        Verdict::Denied | Verdict::Cancelled => decision.reason.clone(),
                    };
                });
            }
            Event::Expired { at_ms } => {
                self.expired = true;
                self.edit(*at_ms, |_| {});
            }
            Event::Audited { entry } => self.last_entry = Some(entry.clone()),
            other => self.outside(other),
        }
    }

    /// What happens outside, and what is known of it.
    fn outside(&mut self, event: &Event) {
        match event {
            Event::ApprovalAsked | Event::ApprovalClosing => {
                self.busy.insert(Lane::Approval);
            }
            Event::ApprovalOpened { at_ms, approval_id } => {
                self.busy.remove(&Lane::Approval);
                let asking = self.asking.as_mut();
                if let Some(asking) = asking.filter(|a| a.approval_id == *approval_id) {
                    asking.opened = true;
                    self.edit(*at_ms, |r| r.approval_id = Some(approval_id.clone()));
                }
            }
            Event::ApprovalClosed { approval_id } => {
                self.busy.remove(&Lane::Approval);
                self.closing.remove(approval_id);
            }
            Event::Ordered { at_ms, order } => {
                self.busy.insert(Lane::Share);
                self.take_again = self.take_again.filter(|_| order.want == Want::Take);
                self.edit(*at_ms, |r| {
                    r.fulfilment = match order.want {
                        Want::Give { .. } => r.fulfilment.giving(),
                        Want::Take => Fulfilment::Revoking,
                    }
                });
                self.order = Some((**order).clone());
            }
            Event::OrderTaken => {
                self.busy.remove(&Lane::Share);
                self.take_again = None;
            }
            Event::TakeRefused {
                at_ms,
                reason,
                due_ms,
            } => {
                self.busy.remove(&Lane::Share);
                self.take_again = Some(Retry {
                    refused: self.take_again.map_or(0, |again| again.refused) + 1,
                    due_ms: *due_ms,
                });
                self.edit(*at_ms, |r| r.status_reason.clone_from(reason));
            }
            Event::Given { at_ms } => self.order_ended(*at_ms, OrderEnd::Done, |r| {
                r.fulfilment = Fulfilment::Granted;
                r.status_reason.clear();
            }),
            Event::GiveFailed { at_ms, reason } => {
                self.order_ended(*at_ms, OrderEnd::Failed, |r| {
                    r.fulfilment = r.fulfilment.failing();
                    r.status_reason.clone_from(reason);
                });
            }
            Event::Taken { at_ms, certificate } => {
                self.order_ended(*at_ms, OrderEnd::Done, |r| {
                    r.fulfilment = Fulfilment::Revoked;
                    r.certificate = Some(certificate.clone());
                });
            }
            Event::Unreachable { at_ms, reason } => {
                self.order_ended(*at_ms, OrderEnd::Failed, |r| {
                    r.fulfilment = Fulfilment::Unreachable;
                    r.status_reason.clone_from(reason);
                });
            }
            Event::ZoneStepTaken { .. } => {
                self.busy.insert(Lane::DataZone);
            }
            Event::ZoneStepDone { at_ms, fact } => {
                self.busy.remove(&Lane::DataZone);
                self.zone_again = None;
                self.edit(*at_ms, |r| {
                    let zone = &mut r.data_zone;
                    zone.reason.clear();
                    match fact {
                        ZoneFact::Requested(id) => {
                            zone.request_id = Some(id.clone());
                            zone.status = DataZoneStatus::Requested;
                        }
                        ZoneFact::Accepted(id) => {
                            zone.subscription_id = Some(id.clone());
                            zone.status = DataZoneStatus::Approved;
                        }
                        ZoneFact::Rejected => zone.status = DataZoneStatus::Rejected,
                        ZoneFact::Granted(id) => {
                            zone.grant_id.clone_from(id);
                            zone.status = DataZoneStatus::Granted;
                        }
                        ZoneFact::Ungranted => zone.grant_id = None,
                        ZoneFact::Revoked => zone.status = DataZoneStatus::Revoked,
                    }
                });
            }
            Event::ZoneCovered {
                at_ms,
                reason,
                due_ms,
                may_come,
            } => {
                self.busy.remove(&Lane::DataZone);
                self.zone_again = Some(ZoneRetry {
                    step: ZoneStep::Request,
                    refused: ZoneRetry::count(self.zone_again, ZoneStep::Request, true) + 1,
                    due_ms: Some(*due_ms),
                    covered: true,
                    may_come: *may_come,
                });
                let covered = DataZoneRecord {
                    status: DataZoneStatus::Covered,
                    reason: reason.clone(),
                    ..DataZoneRecord::default()
                };
                // It is looked at for as long as it lasts, and is a change that can be seen once.
                let known = self.record.as_ref();
                if known.is_some_and(|r| r.data_zone != covered || r.status.is_over()) {
                    self.edit(*at_ms, |r| r.data_zone = covered);
                }
            }
            Event::ZoneStepFailed {
                at_ms,
                step,
                reason,
                due_ms,
            } => {
                self.busy.remove(&Lane::DataZone);
                self.zone_again = Some(ZoneRetry {
                    step: *step,
                    refused: ZoneRetry::count(self.zone_again, *step, false) + 1,
                    due_ms: *due_ms,
                    covered: false,
                    may_come: self.may_come(),
                });
                self.edit(*at_ms, |r| r.data_zone.reason.clone_from(reason));
            }
            _ => {}
        }
    }

    fn order_ended(
        &mut self,
        at_ms: i64,
        end: OrderEnd,
        edit: impl FnOnce(&mut SubscriptionRecord),
    ) {
        if let Some(order) = &mut self.order {
            order.end = Some(end);
        }
        self.take_again = None;
        self.edit(at_ms, edit);
    }

    fn ask(&mut self, request: &Request, token: &str) {
        self.asking = Some(Asking {
            number: request.number,
            approval_id: request.approval_id.clone(),
            token: token.to_owned(),
            opened: false,
        });
    }

    /// The approval of the open request counts for nothing any more.
    fn unask(&mut self, reason: &str) {
        if let Some(asking) = self.asking.take() {
            self.closing.insert(asking.approval_id, reason.to_owned());
        }
    }

    /// Whether a request of ours may still come to be in DataZone, and is to be asked for once more.
    pub(super) fn may_come(&self) -> bool {
        let again = self.zone_again;
        again.is_some_and(|again| again.may_come && again.due_ms.is_some())
    }

    fn edit(&mut self, at_ms: i64, edit: impl FnOnce(&mut SubscriptionRecord)) {
        let may_come = self.may_come();
        if let Some(record) = &mut self.record {
            edit(record);
            record.derive(at_ms);
            if record.is_covered_for_nothing() && !may_come {
                record.data_zone = DataZoneRecord::default();
            }
            record.updated_ms = at_ms;
            record.version += 1;
        }
    }
}

impl SubscriptionRecord {
    /// Whether it is over and still shows what kept it from DataZone.
    fn is_covered_for_nothing(&self) -> bool {
        self.status.is_over() && self.data_zone.status == DataZoneStatus::Covered
    }

    /// What follows from the requests and the time.
    fn derive(&mut self, at_ms: i64) {
        self.status = self.agreement.status(at_ms);
        if let Some(terms) = self.agreement.terms(at_ms) {
            self.granted = Some(terms.decision.scope.clone());
            self.window = Some(Window {
                until_ms: terms.until_ms,
                ..terms.decision.window
            });
        } else if self.window.is_none() {
            let decisions = self.agreement.requests.iter();
            let first = decisions
                .filter_map(|request| request.decision.as_ref())
                .find(|decision| decision.verdict == Verdict::Approved);
            if let Some(first) = first.filter(|_| self.agreement.revoked().is_none()) {
                self.granted = Some(first.scope.clone());
                self.window = Some(first.window);
            }
        }
    }
}
