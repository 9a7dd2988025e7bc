//! Whatever people do and whatever fails, in whatever order: access ends when it is to end, and all comes to
//! rest.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use serde_json::json;

use super::tests::{DAY, new, person, request};
use super::*;
use crate::access::{ShareEnd, ShareOrder, ShareResult};
use crate::agreement::AgreementStatus;
use crate::task_end::TaskEnd;
use crate::testing::{Core, failure};

/// The share as a subscription sees it: it does the newest order and remembers what it has still to tell.
#[derive(Default)]
struct Share {
    number: u64,
    given: bool,
    untold: Vec<(u64, ShareResult)>,
}

impl Share {
    fn take(&mut self, order: &ShareOrder) {
        let (number, give) = match order {
            ShareOrder::Give(give) => (give.number, true),
            ShareOrder::Take(take) => (take.number, false),
        };
        if number > self.number {
            self.number = number;
            self.given = give;
            self.untold.push((
                number,
                match give {
                    true => ShareResult::Given,
                    false => ShareResult::Taken {
                        certificate: "c".to_owned(),
                    },
                },
            ));
        }
    }
}

#[derive(Clone, Debug)]
enum Act {
    Approve(bool),
    Revoke,
    Renew,
    Cancel,
    Pass(i64),
    /// An effect ends: well, refused, done with its answer lost, or finding another's place in DataZone.
    Settle(usize, u8),
    ShareTells(bool),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        4 => any::<bool>().prop_map(Act::Approve),
        1 => Just(Act::Revoke),
        3 => Just(Act::Renew),
        1 => Just(Act::Cancel),
        3 => (0_i64..20).prop_map(Act::Pass),
        12 => (0_usize..8, 0_u8..4).prop_map(|(which, how)| Act::Settle(which, how)),
        6 => prop::bool::weighted(0.2).prop_map(Act::ShareTells),
    ];
    prop::collection::vec(act, 0..60)
}

struct Stage {
    core: Core<Subscription>,
    share: Share,
}

impl Stage {
    fn settle(&mut self, which: usize, how: u8) {
        if self.core.pending.is_empty() {
            return;
        }
        let at = which % self.core.pending.len();
        let effect = self.core.pending[at].clone();
        let done = match &effect {
            SubscriptionEffect::OpenApproval(_) => Outcome::ApprovalOpened,
            SubscriptionEffect::CloseApproval(_) => Outcome::ApprovalClosed,
            SubscriptionEffect::OrderShare(order) => {
                if how != 1 {
                    self.share.take(&order.order);
                }
                Outcome::OrderTaken
            }
            SubscriptionEffect::DataZone(call) if how == 3 && call.step == ZoneStep::Request => {
                Outcome::CoveredInDataZone {
                    holder: "the request r0".to_owned(),
                    may_come: which.is_multiple_of(2),
                }
            }
            SubscriptionEffect::DataZone(call) => Outcome::InDataZone(match call.step {
                ZoneStep::Request => ZoneFact::Requested("r".to_owned()),
                ZoneStep::Accept => ZoneFact::Accepted("s".to_owned()),
                ZoneStep::Reject => ZoneFact::Rejected,
                ZoneStep::Grant => ZoneFact::Granted(Some("g".to_owned())),
                ZoneStep::Ungrant => ZoneFact::Ungranted,
                ZoneStep::Revoke => ZoneFact::Revoked,
            }),
            SubscriptionEffect::Publish(_) => Outcome::Published,
            SubscriptionEffect::PutEvent(_) => Outcome::EventPut,
        };
        let result = match how {
            1 | 2 => Err(failure("AccessDeniedException")),
            _ => Ok(done),
        };
        self.core.settle_at(at, result);
    }

    fn share_tells(&mut self, fails: bool) {
        if self.share.untold.is_empty() {
            return;
        }
        let (number, mut result) = self.share.untold.remove(0);
        if fails && result == ShareResult::Given {
            self.share.given = self.share.given && number != self.share.number;
            result = ShareResult::Failed {
                code: "C".to_owned(),
                message: String::new(),
            };
        }
        let end = ShareEnd {
            share_id: self.core.reply().share_id,
            subscription_id: self.core.id.clone(),
            number,
            result,
        };
        let ended = Command::ShareEnded(ShareEnded { end });
        self.core.tell(ended).unwrap();
    }

    fn act(&mut self, act: Act) {
        let core = &mut self.core;
        match act {
            Act::Approve(yes) => {
                if let Some(asking) = core.state.asking.clone().filter(|asking| asking.opened) {
                    let end = match yes {
                        true => TaskEnd::Succeeded {
                            output: json!({"approvedBy": ["bob@example.com"]}),
                        },
                        false => TaskEnd::Failed {
                            error: "Approval.Rejected".to_owned(),
                            cause: String::new(),
                        },
                    };
                    let token = asking.token;
                    core.tell(Command::Decided(Decided { token, end })).unwrap();
                }
            }
            Act::Revoke => drop(core.tell(Command::Revoke(Revoke {
                by: person("bob"),
                reason: "enough".to_owned(),
            }))),
            Act::Renew => {
                let until_ms = Some(core.now_ms + 40 * DAY);
                drop(core.tell(Command::Renew(Renew {
                    until_ms,
                    scope: None,
                    reason: "more".to_owned(),
                    by: person("ann"),
                })));
            }
            Act::Cancel => drop(core.tell(Command::Cancel(Cancel {
                by: person("ann"),
                reason: String::new(),
            }))),
            Act::Pass(days) => {
                core.now_ms += days * DAY;
                self.fire();
            }
            Act::Settle(which, how) => self.settle(which, how),
            Act::ShareTells(fails) => self.share_tells(fails),
        }
    }

    fn fire(&mut self) {
        let due = self.core.timers.get(TERMS_TIMER).copied();
        if due.is_some_and(|due| due <= self.core.now_ms) {
            self.core.timer(TERMS_TIMER);
        }
    }

    /// Everything succeeds and time passes until nothing is left to do.
    fn finish(&mut self) {
        for _ in 0..2_000 {
            if !self.core.pending.is_empty() {
                self.settle(0, 0);
            } else if !self.share.untold.is_empty() {
                self.share_tells(false);
            } else if let Some(due) = self.core.timers.get(TERMS_TIMER).copied() {
                self.core.now_ms = self.core.now_ms.max(due);
                self.core.timer(TERMS_TIMER);
            } else {
                return;
            }
        }
        panic!("no end in sight: {:?}", self.core.state);
    }
}

proptest! {
    #[test]
    fn access_ends_when_it_is_to_end_and_all_comes_to_rest(acts in acts()) {
        let mut stage = Stage { core: new(), share: Share::default() };
        let first = request(stage.core.now_ms);
        stage.core.tell(Command::Request(Box::new(first))).unwrap();
        for act in acts {
            stage.act(act);
            let record = stage.core.reply();
            let terms = record.agreement.terms(stage.core.now_ms).is_some();
            // Whatever access is wanted is agreed at this moment.
            let gives = matches!(&stage.core.state.order, Some(order) if order.want != Want::Take);
            let free = !stage.core.state.busy.contains(&Lane::Share);
            let due = stage.core.timers.get(TERMS_TIMER).is_some_and(|due| *due <= stage.core.now_ms);
            if gives && free && !due {
                prop_assert!(terms);
            }
        }
        stage.finish();
        let record = stage.core.reply();
        prop_assert!(record.is_settled());
        prop_assert!(record.status.is_over());
        prop_assert_ne!(record.status, AgreementStatus::Approved);
        prop_assert!(!stage.share.given, "{:?}", stage.core.state);
        prop_assert!(stage.core.state.closing.is_empty());
        // DataZone has nothing live of it, unless it refused to hear so again and again.
        let zone = record.data_zone.status;
        let given_up = stage.core.state.zone_again.is_some_and(|again| again.due_ms.is_none());
        let live = [DataZoneStatus::Requested, DataZoneStatus::Approved, DataZoneStatus::Granted];
        prop_assert!(given_up || !live.contains(&zone), "{zone:?}");
        prop_assert_ne!(zone, DataZoneStatus::Covered, "nothing is left to be covered");
    }
}
