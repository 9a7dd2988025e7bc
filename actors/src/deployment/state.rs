use std::collections::VecDeque;

use datamesh_actor::Rejection;
use serde::{Deserialize, Serialize};

use super::check::{CheckRecord, MAX_CHECKS};
use super::deployment_record::{DeploymentRecord, DeploymentStatus, MAX_EVENTS, StackChange};
use super::digest;
use super::event::{End, Event};
use super::home::Home;
use super::record::{
    Deployed, DriftStatus, EnvironmentRecord, EnvironmentStatus, NAMES, environment_id,
};
use super::running::{Condition, Goal, Running};

/// How many successes are remembered with their templates, and how many other deployments.
pub const KEPT: usize = 10;

/// What an environment remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The record; none before the first command that changed something.
    pub record: Option<EnvironmentRecord>,
    /// What is deployed.
    pub deployed: Option<Deployed>,
    /// The digest of the template's text that the stack has. It is an older one than what is deployed if a
    /// newer one made no difference to the stack.
    pub in_stack: String,
    /// Where it lives; known while the project has it attached.
    pub home: Option<Home>,
    /// Whether there may be folders of ours in the bucket.
    pub prefixes: bool,
    /// The deployment under way.
    pub running: Option<Running>,
    /// What is under way outside; one thing at a time, beside the checks.
    pub step: Option<Step>,
    /// The deployments that ended, oldest first: [`KEPT`] successes and as many others.
    pub past: VecDeque<Past>,
    /// Whether older ones were forgotten.
    pub forgotten: bool,
    /// The newest checks, oldest first.
    pub checks: VecDeque<CheckRecord>,
}

/// A deployment that ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// As it is shown.
    pub deployment: DeploymentRecord,
    /// What was deployed after it, if it succeeded and something was.
    pub deployed: Option<Deployed>,
}

/// Something under way outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Tells the project that it has this environment, and learns where it lives.
    Attach,
    /// Has CloudFormation read the template.
    Validate,
    /// Looks at the stack, and waits until nobody changes it.
    Inspect,
    /// Has CloudFormation go on with its way back.
    ContinueRollback,
    /// Deletes the stack.
    DeleteStack,
    /// Makes the change set.
    CreateChangeSet,
    /// Waits for what the change set shows.
    Review,
    /// Removes the change set, and the stack if there is nothing of it yet.
    Discard,
    /// Executes the change set.
    Execute,
    /// Looks at the stack once.
    Look,
    /// Puts the folders of a project's blueprint into the bucket.
    PutPrefixes,
    /// Removes those folders.
    RemovePrefixes,
    /// Tells the project that it has not this environment any more.
    Detach,
}

impl Step {
    /// What a deployment shows while it is at this.
    pub fn shown(self, goal: Goal) -> &'static str {
        match self {
            Self::Attach | Self::Validate | Self::Inspect => "VALIDATE",
            Self::CreateChangeSet | Self::Review | Self::Discard => "CHANGE_SET",
            Self::Execute => "EXECUTE",
            Self::Look | Self::PutPrefixes | Self::RemovePrefixes | Self::Detach => "FOLLOW",
            Self::ContinueRollback => "RECOVER",
            Self::DeleteStack if goal == Goal::Remove => "EXECUTE",
            Self::DeleteStack => "REPLACE",
        }
    }
}

impl State {
    /// The record, or that of an environment that nothing was done with yet.
    pub(super) fn record(&self, id: &str) -> Result<EnvironmentRecord, Rejection> {
        if let Some(record) = &self.record {
            return Ok(record.clone());
        }
        let record = EnvironmentRecord::new(id);
        if NAMES.contains(&record.environment.as_str()) && !record.project_id.is_empty() {
            Ok(record)
        } else {
            Err(super::not_found(id))
        }
    }

    /// Refuses what cannot be done while a deployment is under way.
    pub(super) fn refuse_while_running(&self) -> Result<(), Rejection> {
        match &self.running {
            None => Ok(()),
            Some(running) => Err(Rejection::precondition(
                "DEPLOYMENT_RUNNING",
                format!(
                    "the deployment {} is under way: wait for its end",
                    running.deployment.deployment_id
                ),
            )),
        }
    }

    /// Refuses what needs something that is deployed.
    pub(super) fn refuse_if_empty(&self, record: &EnvironmentRecord) -> Result<(), Rejection> {
        match &self.deployed {
            Some(_) => Ok(()),
            None => Err(Rejection::precondition(
                "NOTHING_DEPLOYED",
                format!(
                    "nothing is deployed in {} of the project {}: deploy there first",
                    record.environment, record.project_id
                ),
            )),
        }
    }

    /// Refuses a deployment that is not of the promotion that holds the environment.
    pub(super) fn refuse_unless_held_by(&self, promotion_id: &str) -> Result<(), Rejection> {
        let record = self.record.as_ref();
        let holder = record.and_then(|record| record.held_by.as_deref());
        match holder {
            Some(holder) if holder == promotion_id => Ok(()),
            Some(holder) => Err(Rejection::precondition(
                "ENVIRONMENT_HELD",
                format!("the promotion {holder} holds the environment until its end"),
            )),
            None if promotion_id.is_empty() => Ok(()),
            None => Err(Rejection::precondition(
                "ENVIRONMENT_NOT_HELD",
                format!("the promotion {promotion_id} does not hold the environment"),
            )),
        }
    }

    /// A deployment of this id, under way or remembered.
    pub(super) fn deployment(&self, id: &str) -> Option<&DeploymentRecord> {
        let running = self.running.iter().map(|running| &running.deployment);
        let past = self.past.iter().map(|past| &past.deployment);
        running.chain(past).find(|d| d.deployment_id == id)
    }

    /// Lets an event happen.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Held {
                environment_id,
                at_ms,
                promotion_id,
            } => {
                self.heard(environment_id, *at_ms);
                self.edit(*at_ms, |r| r.held_by = Some(promotion_id.clone()));
            }
            Event::Released { at_ms } => self.edit(*at_ms, |r| r.held_by = None),
            Event::Pinned {
                at_ms,
                promotion_id,
            } => self.edit(*at_ms, |r| {
                r.pinned_by.insert(promotion_id.clone());
            }),
            Event::Unpinned {
                at_ms,
                promotion_id,
            } => self.edit(*at_ms, |r| {
                r.pinned_by.remove(promotion_id);
            }),
            Event::DeploymentStarted { at_ms, running } => self.started(*at_ms, running),
            Event::RollbackNoted {
                deployment_id,
                reason,
            } => {
                let mut past = self.past.iter_mut().map(|past| &mut past.deployment);
                if let Some(undone) = past.find(|d| d.deployment_id == *deployment_id) {
                    undone.rollback_reason.clone_from(reason);
                    undone.version += 1;
                }
            }
            Event::StepTaken { step } => {
                self.step = Some(*step);
                self.progress(|running| {
                    running.deployment.step = step.shown(running.goal).to_owned();
                });
            }
            Event::CheckRequested { check } => {
                self.checks.push_back(check.clone());
                if self.checks.len() > MAX_CHECKS {
                    self.checks.pop_front();
                }
            }
            Event::CheckSeen { check_id, results } => {
                if let Some(check) = self.check_mut(check_id) {
                    check.results.extend_from_slice(results);
                }
            }
            Event::CheckEnded {
                at_ms,
                check_id,
                drift_status,
            } => self.checked(*at_ms, check_id, *drift_status),
            other => {
                self.step = None;
                self.settled(other);
            }
        }
    }

    /// What happens at the end of a step.
    fn settled(&mut self, event: &Event) {
        match event {
            Event::Attached { at_ms, home } => {
                self.home = Some(home.clone());
                self.edit(*at_ms, |r| r.place = Some(home.place.clone()));
            }
            Event::Detached { at_ms } => {
                self.home = None;
                self.edit(*at_ms, |r| r.place = None);
            }
            Event::TemplateValid { capabilities } => self.progress(|running| {
                running.capabilities = Some(capabilities.clone());
            }),
            Event::StackSeen { seen } => {
                self.stack(seen.stack_id.as_deref(), &seen.status);
                self.progress(|running| {
                    running.mark.clone_from(&seen.mark);
                    running.deployment.outputs.clone_from(&seen.outputs);
                    running.seen = Some(seen.clone());
                });
            }
            Event::StackDeletionAsked { left } => {
                self.deployed = None;
                self.edit_quietly(|r| {
                    r.deployment_id = None;
                    r.digest.clear();
                    r.outputs.clear();
                });
                self.progress(|running| {
                    running.deletions += 1;
                    running.left.extend_from_slice(left);
                    running.following = running.goal == Goal::Remove;
                    running.begun = false;
                    running.looks = 0;
                    running.seen = None;
                });
            }
            Event::RollbackContinued { left } => self.progress(|running| {
                running.recoveries += 1;
                running.left.extend_from_slice(left);
                running.begun = false;
                running.looks = 0;
                running.seen = None;
            }),
            Event::ChangeSetCreated {
                stack_id,
                change_set,
            } => {
                self.stack(Some(stack_id), "REVIEW_IN_PROGRESS");
                self.progress(|running| {
                    let creates = change_set.creates;
                    running.deployment.change = Some(if creates {
                        StackChange::Create
                    } else {
                        StackChange::Update
                    });
                    running.change_set = Some(change_set.clone());
                });
            }
            Event::ChangeSetReviewed {
                review,
                changes,
                mark,
            } => self.progress(|running| {
                if *review == super::running::Review::Same {
                    running.deployment.change = Some(StackChange::None);
                }
                running.deployment.changes.clone_from(changes);
                running.review = Some(review.clone());
                running.mark.clone_from(mark);
            }),
            Event::Discarded { stack_too } => {
                if *stack_too {
                    self.edit_quietly(|r| r.cfn_stack_id = None);
                }
                self.progress(|running| running.discarded = true);
            }
            Event::ChangeSetExecuted => self.progress(|running| {
                running.following = true;
                running.discarded = true;
            }),
            Event::StackLooked {
                seen,
                events,
                first_failure,
                begun,
            } => {
                self.stack(seen.stack_id.as_deref(), &seen.status);
                self.progress(|running| {
                    running.looks += 1;
                    running.begun |= *begun;
                    running.mark.clone_from(&seen.mark);
                    if running.first_failure.is_none() {
                        running.first_failure.clone_from(first_failure);
                    }
                    let shown = &mut running.deployment;
                    shown.events.extend_from_slice(events);
                    let surplus = shown.events.len().saturating_sub(MAX_EVENTS);
                    shown.events.drain(..surplus);
                    shown.outputs.clone_from(&seen.outputs);
                    running.seen = Some(seen.clone());
                });
            }
            Event::StackReached => {
                if let Some(running) = &self.running {
                    self.in_stack = match running.goal {
                        Goal::Remove => String::new(),
                        Goal::Deploy | Goal::Preview => digest::of_text(&running.wanted.template),
                    };
                }
                self.progress(|running| {
                    running.reached = true;
                    running.following = false;
                });
            }
            Event::PrefixesPut => {
                self.prefixes = true;
                self.progress(|running| running.prefixes_done = true);
            }
            Event::PrefixesRemoved { left } => {
                self.prefixes = false;
                self.progress(|running| running.data_left.clone_from(left));
            }
            Event::StepFailed { reason, broken } => self.progress(|running| {
                running.failing.get_or_insert_with(|| reason.clone());
                running.broken |= *broken;
                running.following = false;
            }),
            Event::Ended { at_ms, end } => self.ended(*at_ms, end),
            _ => {}
        }
    }

    fn started(&mut self, at_ms: i64, running: &Running) {
        let shown = &running.deployment;
        self.heard(
            &environment_id(&shown.project_id, &shown.environment),
            at_ms,
        );
        self.edit(at_ms, |r| {
            r.status = if running.goal == Goal::Remove && running.deployment.rolls_back.is_empty() {
                EnvironmentStatus::Deleting
            } else {
                EnvironmentStatus::Deploying
            };
            r.status_reason.clear();
            r.running_deployment_id = Some(running.deployment.deployment_id.clone());
        });
        self.running = Some(running.clone());
    }

    fn ended(&mut self, at_ms: i64, end: &End) {
        let Some(mut running) = self.running.take() else {
            return;
        };
        let shown = &mut running.deployment;
        shown.end_ms = Some(at_ms);
        shown.version += 1;
        let (status, reason) = match end {
            End::Deployed => {
                shown.status = DeploymentStatus::Success;
                self.deployed = Some(running.wanted.clone());
                let (digest, id) = (running.wanted.digest.clone(), shown.deployment_id.clone());
                let outputs = shown.outputs.clone();
                self.edit_quietly(|r| {
                    r.deployment_id = Some(id);
                    r.digest = digest;
                    r.drift_status = DriftStatus::NotChecked;
                    r.drift_checked_ms = None;
                    r.outputs = outputs;
                });
                (EnvironmentStatus::Ready, String::new())
            }
            End::Removed { left } => {
                shown.status = DeploymentStatus::Success;
                shown.change = Some(StackChange::Delete);
                self.deployed = None;
                self.edit_quietly(|r| {
                    r.deployment_id = None;
                    r.digest.clear();
                    r.outputs.clear();
                    r.drift_status = DriftStatus::NotChecked;
                    r.drift_checked_ms = None;
                });
                (EnvironmentStatus::Empty, left.clone())
            }
            End::AsBefore => {
                shown.status = DeploymentStatus::Success;
                shown.change = Some(StackChange::None);
                running.before.clone()
            }
            End::Previewed => {
                shown.status = DeploymentStatus::Previewed;
                running.before.clone()
            }
            End::Failed { reason } => {
                shown.status = DeploymentStatus::Failed;
                shown.error_message.clone_from(reason);
                if running.broken {
                    (EnvironmentStatus::Broken, reason.clone())
                } else {
                    self.at_rest(&running)
                }
            }
        };
        let nothing = self.deployed.is_none();
        self.edit(at_ms, |r| {
            // Of a stack that is gone nothing can be broken.
            let gone = nothing && r.cfn_stack_id.is_none();
            (r.status, r.status_reason) = match status {
                EnvironmentStatus::Broken if gone => (EnvironmentStatus::Empty, String::new()),
                status => (status, reason),
            };
            r.running_deployment_id = None;
        });
        let deployed = matches!(end, End::Deployed | End::AsBefore)
            .then(|| self.deployed.clone())
            .flatten();
        self.past.push_back(Past {
            deployment: running.deployment,
            deployed,
        });
        self.forget(|status| status == DeploymentStatus::Success);
        self.forget(|status| status != DeploymentStatus::Success);
    }

    /// How the environment stands after a failure that CloudFormation put right by itself.
    fn at_rest(&self, running: &Running) -> (EnvironmentStatus, String) {
        if self.deployed.is_some() {
            let (before, reason) = running.before.clone();
            return if before == EnvironmentStatus::Broken && running.seen.is_none() {
                (before, reason)
            } else {
                (EnvironmentStatus::Ready, String::new())
            };
        }
        let dead = running
            .seen
            .as_ref()
            .filter(|seen| seen.condition() == Condition::Dead);
        let reason = dead.map(|seen| {
            format!(
                "STACK_NOT_MADE: the stack is {}; the next deployment replaces it",
                seen.status
            )
        });
        (EnvironmentStatus::Empty, reason.unwrap_or_default())
    }

    /// Forgets the oldest deployments of a sort, if there are too many of it.
    fn forget(&mut self, sort: impl Fn(DeploymentStatus) -> bool) {
        let of_sort = |past: &Past| sort(past.deployment.status);
        if self.past.iter().filter(|past| of_sort(past)).count() > KEPT
            && let Some(oldest) = self.past.iter().position(of_sort)
        {
            self.past.remove(oldest);
            self.forgotten = true;
        }
    }

    fn checked(&mut self, at_ms: i64, check_id: &str, drift: DriftStatus) {
        if let Some(check) = self.check_mut(check_id) {
            check.ended = true;
            check.drift_status = drift;
        }
        if drift != DriftStatus::NotChecked {
            self.edit(at_ms, |r| {
                r.drift_status = drift;
                r.drift_checked_ms = Some(at_ms);
            });
        }
    }

    /// The check of this id.
    pub(super) fn check(&self, id: &str) -> Option<&CheckRecord> {
        self.checks.iter().find(|check| check.check_id == id)
    }

    fn check_mut(&mut self, id: &str) -> Option<&mut CheckRecord> {
        self.checks.iter_mut().find(|check| check.check_id == id)
    }

    fn stack(&mut self, stack_id: Option<&str>, status: &str) {
        let stack_id = stack_id.filter(|_| status != "DELETE_COMPLETE");
        self.edit_quietly(|r| r.cfn_stack_id = stack_id.map(str::to_owned));
        if let Some(id) = stack_id {
            self.progress(|running| running.deployment.cfn_stack_id = Some(id.to_owned()));
        }
    }

    fn heard(&mut self, environment_id: &str, at_ms: i64) {
        self.record.get_or_insert_with(|| EnvironmentRecord {
            created_ms: at_ms,
            ..EnvironmentRecord::new(environment_id)
        });
    }

    fn edit(&mut self, at_ms: i64, edit: impl FnOnce(&mut EnvironmentRecord)) {
        self.edit_quietly(|record| {
            edit(record);
            record.updated_ms = at_ms;
        });
    }

    fn edit_quietly(&mut self, edit: impl FnOnce(&mut EnvironmentRecord)) {
        if let Some(record) = &mut self.record {
            edit(record);
            record.version += 1;
        }
    }

    fn progress(&mut self, edit: impl FnOnce(&mut Running)) {
        if let Some(running) = &mut self.running {
            edit(running);
            running.deployment.version += 1;
        }
    }
}
