//! CloudFormation as far as the property test needs it: what fails is drawn from a list.

use super::*;
use crate::testing::Outside;

#[derive(Default)]
pub struct Cloud {
    pub attached: bool,
    pub status: String,
    pub change_sets: u32,
    pub prefixes: bool,
    /// Whether the next execution, way back or deletion fails, one after the other.
    pub fails: Vec<bool>,
}

impl Cloud {
    fn fails(&mut self) -> bool {
        self.fails.pop().unwrap_or(false)
    }

    fn seen(&self) -> Seen {
        Seen {
            failed: vec!["Topic".into()],
            ..at(&self.status)
        }
    }
}

impl Outside<Environment> for Cloud {
    const LOST: &'static str = "Timeout";

    fn perform(&mut self, effect: &EnvironmentEffect) -> Outcome {
        match effect {
            EnvironmentEffect::Attach(_) => {
                self.attached = true;
                Outcome::Attached { home: home() }
            }
            EnvironmentEffect::Detach(_) => {
                self.attached = false;
                Outcome::Detached
            }
            EnvironmentEffect::ValidateTemplate(_) => Outcome::TemplateValid {
                capabilities: vec![],
            },
            EnvironmentEffect::Inspect(_) => Outcome::StackSeen { seen: self.seen() },
            EnvironmentEffect::CreateChangeSet(effect) => {
                if self.status.is_empty() {
                    self.status = "REVIEW_IN_PROGRESS".to_owned();
                }
                self.change_sets += 1;
                change_set(effect.creates)
            }
            EnvironmentEffect::ReviewChangeSet(_) => reviewed(Review::Differs),
            EnvironmentEffect::Discard(_) => {
                self.change_sets -= 1;
                let stack_too = self.status == "REVIEW_IN_PROGRESS" || self.status.is_empty();
                if stack_too {
                    self.status.clear();
                }
                Outcome::Discarded { stack_too }
            }
            EnvironmentEffect::Execute(_) => {
                self.change_sets -= 1;
                let created = self.status == "REVIEW_IN_PROGRESS";
                self.status = match (created, self.fails()) {
                    (true, false) => "CREATE_COMPLETE",
                    (true, true) => "ROLLBACK_COMPLETE",
                    (false, false) => "UPDATE_COMPLETE",
                    (false, true) if self.fails() => "UPDATE_ROLLBACK_FAILED",
                    (false, true) => "UPDATE_ROLLBACK_COMPLETE",
                }
                .to_owned();
                Outcome::ChangeSetExecuted
            }
            EnvironmentEffect::ContinueRollback(effect) => {
                if !self.fails() {
                    self.status = "UPDATE_ROLLBACK_COMPLETE".to_owned();
                }
                Outcome::RollbackContinued {
                    left: effect.skip.clone(),
                }
            }
            EnvironmentEffect::DeleteStack(effect) => {
                self.status = if self.fails() { "DELETE_FAILED" } else { "" }.to_owned();
                Outcome::StackDeletionAsked {
                    left: effect.retain.clone(),
                }
            }
            EnvironmentEffect::LookAtStack(_) => {
                let Outcome::StackLooked {
                    events,
                    first_failure,
                    begun,
                    ..
                } = looked(&self.status)
                else {
                    panic!("not a look");
                };
                Outcome::StackLooked {
                    seen: self.seen(),
                    events,
                    first_failure,
                    begun,
                }
            }
            EnvironmentEffect::PutPrefixes(_) => {
                self.prefixes = true;
                Outcome::PrefixesPut
            }
            EnvironmentEffect::RemovePrefixes(_) => {
                self.prefixes = false;
                Outcome::PrefixesRemoved {
                    left: String::new(),
                }
            }
            EnvironmentEffect::BeginCheck(_) => Outcome::CheckSeen {
                results: vec![],
                detection_id: None,
            },
            EnvironmentEffect::AwaitDrift(_) => Outcome::DriftSeen {
                results: vec![],
                drift_status: DriftStatus::InSync,
            },
            EnvironmentEffect::TellPromotion(_) => Outcome::PromotionTold,
            EnvironmentEffect::PutEvent(_) => Outcome::EventPut,
        }
    }
}
