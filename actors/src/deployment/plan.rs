//! What an environment does next: read from what is known of the deployment under way, so that a crash at
//! any point goes on from there.
//!
//! A deployment attaches the environment to its project, has the template read, waits until nobody changes
//! the stack, brings it to a state in which it can be changed (a stack that never came to life is deleted, a
//! way back that failed is continued), makes a change set, shows what it would do, executes it, and follows
//! the stack to its end. A failure ends the deployment after the change set is gone; an environment without
//! a stack is detached, so that its project can be deleted.

use super::deployment_record::DeploymentRecord;
use super::effects::EnvironmentEffect;
use super::event::{End, Event};
use super::record::{DEPLOYED, Deployed, EnvironmentRecord};
use super::running::{Condition, Goal, Review, Running, Seen};
use super::secrets::Secrets;
use super::state::{State, Step};
use super::{Environment, blueprint, events};
use crate::row;
use crate::turn::Turn;

pub(super) type EnvironmentTurn<'c> = Turn<'c, Environment>;

/// How often CloudFormation is asked to go on with its way back: once plainly, once passing over what failed.
const RECOVERIES: u32 = 2;
/// How often a stack's deletion is asked for: once plainly, once leaving what cannot be deleted.
const DELETIONS: u32 = 2;

/// A deployment as it starts, without what it is to deploy.
pub(super) fn running(
    turn: &EnvironmentTurn<'_>,
    record: &EnvironmentRecord,
    deployment_id: &str,
    promotion_id: &str,
) -> Running {
    let tags = [
        ("ManagedBy", "ManagementApp"),
        ("datamesh:project", record.project_id.as_str()),
        ("datamesh:environment", record.environment.as_str()),
    ];
    Running {
        deployment: DeploymentRecord {
            deployment_id: deployment_id.to_owned(),
            environment_id: record.environment_id.clone(),
            project_id: record.project_id.clone(),
            environment: record.environment.clone(),
            cfn_stack_id: record.cfn_stack_id.clone(),
            deployed_by: turn.by(),
            start_ms: turn.now_ms(),
            tags: tags
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            promotion_id: promotion_id.to_owned(),
            version: 1,
            ..DeploymentRecord::default()
        },
        before: (record.status, record.status_reason.clone()),
        ..Running::default()
    }
}

impl Running {
    /// Whether the stack was seen to be gone.
    fn is_gone(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| {
            seen.condition() == Condition::Absent && seen.status != "REVIEW_IN_PROGRESS"
        })
    }

    /// Says what is to be deployed.
    pub(super) fn want(&mut self, deployed: Deployed) {
        self.deployment.digest.clone_from(&deployed.digest);
        self.deployment.blueprint.clone_from(&deployed.blueprint);
        self.deployment.parameters.clone_from(&deployed.parameters);
        self.wanted = deployed;
    }
}

/// Begins a deployment.
pub(super) fn start(turn: &mut EnvironmentTurn<'_>, running: Running, secrets: Secrets) {
    begin(turn, running);
    advance(turn, secrets);
}

/// Begins and ends a deployment that has nothing to change.
pub(super) fn start_and_end(turn: &mut EnvironmentTurn<'_>, running: Running) {
    begin(turn, running);
    end(turn, End::AsBefore);
}

fn begin(turn: &mut EnvironmentTurn<'_>, running: Running) {
    let at_ms = turn.now_ms();
    if running.goal != Goal::Preview {
        events::started(turn, &running);
    }
    turn.happen(Event::DeploymentStarted {
        at_ms,
        running: Box::new(running),
    });
}

/// Takes the next step, if none is under way and one is due. The hidden values go with it, until the change
/// set has them.
pub(super) fn advance(turn: &mut EnvironmentTurn<'_>, secrets: Secrets) {
    if turn.state.step.is_some() {
        return;
    }
    match next(&turn.state) {
        Next::Take(step) => take(turn, step, secrets),
        Next::End(done) => {
            end(turn, done);
            advance(turn, Secrets::default());
        }
        Next::Fail { reason, broken } => {
            turn.happen(Event::StepFailed { reason, broken });
            advance(turn, secrets);
        }
        Next::Wait => {}
    }
}

/// Looks at the stack, if a look is due.
pub(super) fn look(turn: &mut EnvironmentTurn<'_>) {
    let following = turn.state.running.as_ref().is_some_and(|r| r.following);
    if turn.state.step.is_none() && following {
        take(turn, Step::Look, Secrets::default());
    }
}

pub(super) enum Next {
    Take(Step),
    /// A timer will go on, or a command.
    Wait,
    Fail {
        reason: String,
        broken: bool,
    },
    End(End),
}

fn next(state: &State) -> Next {
    let Some(running) = &state.running else {
        return if state.is_left() {
            Next::Take(Step::Detach)
        } else {
            Next::Wait
        };
    };
    if let Some(reason) = &running.failing {
        let open = running.change_set.is_some() && !running.discarded;
        return if open {
            Next::Take(Step::Discard)
        } else {
            Next::End(End::Failed {
                reason: reason.clone(),
            })
        };
    }
    if running.following {
        return Next::Wait;
    }
    match running.goal {
        Goal::Remove if running.is_gone() => removed(state, running),
        _ if state.home.is_none() => Next::Take(Step::Attach),
        Goal::Remove => remove(running),
        Goal::Deploy | Goal::Preview => change(running),
    }
}

fn change(running: &Running) -> Next {
    if running.capabilities.is_none() {
        return Next::Take(Step::Validate);
    }
    if running.change_set.is_none() {
        let Some(seen) = &running.seen else {
            return Next::Take(Step::Inspect);
        };
        return match seen.condition() {
            Condition::Absent | Condition::Whole => Next::Take(Step::CreateChangeSet),
            Condition::Moving => Next::Take(Step::Inspect),
            _ if running.goal == Goal::Preview => Next::Fail {
                reason: format!(
                    "STACK_NOT_USABLE: the stack is {}; a deployment repairs or replaces it, a preview \
                     must not",
                    seen.status
                ),
                broken: false,
            },
            Condition::Stuck => recover(running, seen),
            Condition::Dead => delete(running, seen),
        };
    }
    match (&running.review, running.goal) {
        (None, _) => Next::Take(Step::Review),
        (Some(Review::Same), _) | (_, Goal::Preview) if !running.discarded => {
            Next::Take(Step::Discard)
        }
        (_, Goal::Preview) => Next::End(End::Previewed),
        (Some(Review::Differs), _) if !running.reached => Next::Take(Step::Execute),
        _ if running.wanted.blueprint == blueprint::PROJECT && !running.prefixes_done => {
            Next::Take(Step::PutPrefixes)
        }
        _ => Next::End(End::Deployed),
    }
}

fn remove(running: &Running) -> Next {
    match &running.seen {
        None => Next::Take(Step::Inspect),
        Some(seen) if seen.condition() == Condition::Moving => Next::Take(Step::Inspect),
        Some(seen) => delete(running, seen),
    }
}

/// The stack is gone: what is beside it goes too, and the project is told before the deployment ends.
fn removed(state: &State, running: &Running) -> Next {
    if state.prefixes {
        return Next::Take(Step::RemovePrefixes);
    }
    if state.home.is_some() {
        return Next::Take(Step::Detach);
    }
    let resources = (!running.left.is_empty()).then(|| {
        format!(
            "RESOURCES_LEFT: could not be deleted and stay: {}",
            running.left.join(", ")
        )
    });
    let data = (!running.data_left.is_empty()).then(|| running.data_left.clone());
    let left: Vec<String> = resources.into_iter().chain(data).collect();
    Next::End(End::Removed {
        left: left.join("; "),
    })
}

pub(super) fn delete(running: &Running, seen: &Seen) -> Next {
    if running.deletions < DELETIONS {
        return Next::Take(Step::DeleteStack);
    }
    Next::Fail {
        reason: format!(
            "STACK_NOT_DELETED: the stack is {}: {}",
            seen.status,
            running.first_failure.as_ref().unwrap_or(&seen.reason)
        ),
        broken: true,
    }
}

pub(super) fn recover(running: &Running, seen: &Seen) -> Next {
    if running.recoveries < RECOVERIES {
        return Next::Take(Step::ContinueRollback);
    }
    Next::Fail {
        reason: format!(
            "STACK_STUCK: the stack is {} and does not come back: {}",
            seen.status,
            running.first_failure.as_ref().unwrap_or(&seen.reason)
        ),
        broken: true,
    }
}

impl State {
    /// Whether the project can forget it: nothing is deployed and nothing is left of a stack.
    fn is_left(&self) -> bool {
        let record = self.record.as_ref();
        self.home.is_some()
            && self.deployed.is_none()
            && !self.prefixes
            && record.is_some_and(|record| record.cfn_stack_id.is_none())
    }
}

pub(super) fn take(turn: &mut EnvironmentTurn<'_>, step: Step, secrets: Secrets) {
    if let Some(effect) = EnvironmentEffect::of(step, &turn.state, secrets) {
        turn.happen(Event::StepTaken { step });
        turn.ask(effect);
    }
}

/// Ends the deployment under way, and tells of it.
fn end(turn: &mut EnvironmentTurn<'_>, done: End) {
    let at_ms = turn.now_ms();
    let Some(running) = &turn.state.running else {
        return;
    };
    let preview = running.goal == Goal::Preview;
    let before = turn.state.digest();
    let failed = matches!(done, End::Failed { .. });
    turn.happen(Event::Ended { at_ms, end: done });
    turn.let_sleep(super::LOOK_TIMER);
    match (preview, failed) {
        (true, _) => {}
        (false, true) => events::failed(turn),
        (false, false) => events::succeeded(turn),
    }
    let id = turn.ctx.id().to_owned();
    let row = match &turn.state.deployed {
        Some(deployed) => deployed.row(&id),
        None => Some(row::delete(DEPLOYED, &id)),
    };
    turn.show(row);
    let digest = turn.state.digest();
    if digest != before {
        let pinned = turn.state.record.iter().flat_map(|r| r.pinned_by.clone());
        for promotion_id in pinned.collect::<Vec<_>>() {
            turn.ask(EnvironmentEffect::tell_promotion(&promotion_id, &digest));
        }
    }
}

impl State {
    fn digest(&self) -> String {
        let deployed = self.deployed.as_ref();
        deployed.map(|d| d.digest.clone()).unwrap_or_default()
    }
}
