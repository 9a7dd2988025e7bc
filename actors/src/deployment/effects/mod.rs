//! What an environment asks of the world.

mod attach;
mod await_drift;
mod begin_check;
mod continue_rollback;
mod create_change_set;
mod delete_stack;
mod detach;
mod discard;
mod execute;
mod inspect;
mod look_at_stack;
mod put_prefixes;
mod remove_prefixes;
mod review;
mod stack;
mod tell_promotion;
mod validate_template;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use datamesh_actor::{Effect, EffectCx, EffectError, Effects, Idempotency, Named};
use serde::{Deserialize, Serialize};

use super::Environment;
use super::check::CheckResult;
use super::deployment_record::{ResourceChange, StackEvent};
use super::home::{ALWAYS_GIVEN, GIVEN, Home};
use super::record::{DriftStatus, EnvironmentRecord};
use super::run_check::RunCheck;
use super::running::{ChangeSet, Condition, Review, Running, Seen};
use super::secrets::{MASK, Secrets};
use super::state::{State, Step};
use super::template::Template;
use crate::mesh_event::MeshEvent;
use crate::put_event;
use crate::world::World;

pub use attach::Attach;
pub use await_drift::AwaitDrift;
pub use begin_check::BeginCheck;
pub use continue_rollback::ContinueRollback;
pub use create_change_set::CreateChangeSet;
pub use delete_stack::DeleteStack;
pub use detach::Detach;
pub use discard::Discard;
pub use execute::Execute;
pub use inspect::Inspect;
pub use look_at_stack::LookAtStack;
pub use put_prefixes::PutPrefixes;
pub use remove_prefixes::RemovePrefixes;
pub use review::ReviewChangeSet;
pub use tell_promotion::TellPromotion;
pub use validate_template::ValidateTemplate;

/// Something an environment wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EnvironmentEffect {
    /// See [`Attach`].
    Attach(Attach),
    /// See [`ValidateTemplate`].
    ValidateTemplate(ValidateTemplate),
    /// See [`Inspect`].
    Inspect(Inspect),
    /// See [`ContinueRollback`].
    ContinueRollback(ContinueRollback),
    /// See [`DeleteStack`].
    DeleteStack(DeleteStack),
    /// See [`CreateChangeSet`].
    CreateChangeSet(CreateChangeSet),
    /// See [`ReviewChangeSet`].
    ReviewChangeSet(ReviewChangeSet),
    /// See [`Discard`].
    Discard(Discard),
    /// See [`Execute`].
    Execute(Execute),
    /// See [`LookAtStack`].
    LookAtStack(LookAtStack),
    /// See [`PutPrefixes`].
    PutPrefixes(PutPrefixes),
    /// See [`RemovePrefixes`].
    RemovePrefixes(RemovePrefixes),
    /// See [`Detach`].
    Detach(Detach),
    /// See [`BeginCheck`].
    BeginCheck(BeginCheck),
    /// See [`AwaitDrift`].
    AwaitDrift(AwaitDrift),
    /// See [`TellPromotion`].
    TellPromotion(TellPromotion),
    /// Puts an event on the bus.
    PutEvent(MeshEvent),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The project has the environment.
    Attached {
        /// Where it lives.
        home: Home,
    },
    /// The project has not the environment.
    Detached,
    /// CloudFormation finds the template valid.
    TemplateValid {
        /// What it needs to be acknowledged.
        capabilities: Vec<String>,
    },
    /// The stack is at rest.
    StackSeen {
        /// How.
        seen: Seen,
    },
    /// The stack is being deleted.
    StackDeletionAsked {
        /// The resources that stay.
        left: Vec<String>,
    },
    /// The stack goes on with its way back.
    RollbackContinued {
        /// The resources that are passed over.
        left: Vec<String>,
    },
    /// There is a change set.
    ChangeSetCreated {
        /// The stack.
        stack_id: String,
        /// The change set.
        change_set: ChangeSet,
    },
    /// The change set shows what it would do.
    ChangeSetReviewed {
        /// Whether anything differs.
        review: Review,
        /// What.
        changes: Vec<ResourceChange>,
        /// The newest event of the stack.
        mark: Option<String>,
    },
    /// The change set is gone.
    Discarded {
        /// Whether the stack is gone too.
        stack_too: bool,
    },
    /// The change set is being executed.
    ChangeSetExecuted,
    /// The stack was looked at.
    StackLooked {
        /// How it stands.
        seen: Seen,
        /// What it went through since the last look, oldest first.
        events: Vec<StackEvent>,
        /// The first failure among those, as a sentence.
        first_failure: Option<String>,
        /// Whether the change has begun.
        begun: bool,
    },
    /// The folders are there.
    PrefixesPut,
    /// Our folders are gone.
    PrefixesRemoved {
        /// What stayed because it is not ours; empty if nothing did.
        left: String,
    },
    /// A check has seen something.
    CheckSeen {
        /// What.
        results: Vec<CheckResult>,
        /// The look for drift that has begun, if one has.
        detection_id: Option<String>,
    },
    /// A look for drift has ended.
    DriftSeen {
        /// One for each resource.
        results: Vec<CheckResult>,
        /// What it has shown.
        drift_status: DriftStatus,
    },
    /// The promotion knows.
    PromotionTold,
    /// The bus has the event.
    EventPut,
}

impl From<MeshEvent> for EnvironmentEffect {
    fn from(event: MeshEvent) -> Self {
        Self::PutEvent(event)
    }
}

impl Named for EnvironmentEffect {
    fn name(&self) -> &'static str {
        match self {
            Self::Attach(_) => "Attach",
            Self::ValidateTemplate(_) => "ValidateTemplate",
            Self::Inspect(_) => "Inspect",
            Self::ContinueRollback(_) => "ContinueRollback",
            Self::DeleteStack(_) => "DeleteStack",
            Self::CreateChangeSet(_) => "CreateChangeSet",
            Self::ReviewChangeSet(_) => "ReviewChangeSet",
            Self::Discard(_) => "Discard",
            Self::Execute(_) => "Execute",
            Self::LookAtStack(_) => "LookAtStack",
            Self::PutPrefixes(_) => "PutPrefixes",
            Self::RemovePrefixes(_) => "RemovePrefixes",
            Self::Detach(_) => "Detach",
            Self::BeginCheck(_) => "BeginCheck",
            Self::AwaitDrift(_) => "AwaitDrift",
            Self::TellPromotion(_) => "TellPromotion",
            Self::PutEvent(_) => "PutEvent",
        }
    }
}

impl Effect for EnvironmentEffect {
    fn idempotency(&self) -> Idempotency {
        match self {
            Self::CreateChangeSet(_)
            | Self::Execute(_)
            | Self::DeleteStack(_)
            | Self::ContinueRollback(_) => Idempotency::Token,
            Self::Attach(_)
            | Self::ValidateTemplate(_)
            | Self::Inspect(_)
            | Self::ReviewChangeSet(_)
            | Self::Discard(_)
            | Self::LookAtStack(_)
            | Self::PutPrefixes(_)
            | Self::RemovePrefixes(_)
            | Self::Detach(_)
            | Self::AwaitDrift(_)
            | Self::TellPromotion(_) => Idempotency::NaturalKey,
            Self::BeginCheck(_) | Self::PutEvent(_) => Idempotency::AtLeastOnce,
        }
    }
}

impl EnvironmentEffect {
    /// The effect of a step; `None` if the state lacks what the step is about.
    pub(super) fn of(step: Step, state: &State, secrets: Secrets) -> Option<Self> {
        let record = state.record.as_ref()?;
        if step == Step::Attach {
            return Some(Self::Attach(Attach {
                project_id: record.project_id.clone(),
                environment: record.environment.clone(),
                secrets,
            }));
        }
        let home = state.home.as_ref()?;
        let place = home.place.clone();
        let prefix = format!("projects/{}/{}/", record.project_id, record.environment);
        match step {
            Step::Detach => {
                return Some(Self::Detach(Detach {
                    project_id: record.project_id.clone(),
                    environment: record.environment.clone(),
                }));
            }
            Step::PutPrefixes => {
                return Some(Self::PutPrefixes(PutPrefixes {
                    home: home.project.clone(),
                    prefix,
                }));
            }
            Step::RemovePrefixes => {
                return Some(Self::RemovePrefixes(RemovePrefixes {
                    home: home.project.clone(),
                    prefix,
                }));
            }
            _ => {}
        }
        let running = state.running.as_ref()?;
        let change_set = running.change_set.clone();
        let stack_id = record.cfn_stack_id.clone();
        let stack = stack_id
            .clone()
            .unwrap_or_else(|| record.stack_name.clone());
        let seen = running.seen.clone().unwrap_or_default();
        Some(match step {
            Step::Attach | Step::Detach | Step::PutPrefixes | Step::RemovePrefixes => return None,
            Step::Validate => Self::ValidateTemplate(ValidateTemplate {
                place,
                template: running.wanted.template.clone(),
                secrets,
            }),
            Step::Inspect => Self::Inspect(Inspect {
                place,
                stack: record.stack_name.clone(),
                secrets,
            }),
            Step::ContinueRollback => Self::ContinueRollback(ContinueRollback {
                place,
                stack,
                skip: retained(running.recoveries, &seen),
                secrets,
            }),
            Step::DeleteStack => Self::DeleteStack(DeleteStack {
                place,
                stack,
                retain: if seen.status == "DELETE_FAILED" {
                    retained(running.deletions, &seen)
                } else {
                    Vec::new()
                },
                secrets,
            }),
            Step::CreateChangeSet => Self::create_change_set(record, home, running, &seen, secrets),
            Step::Review => Self::ReviewChangeSet(ReviewChangeSet {
                place,
                stack,
                change_set: change_set?.id,
            }),
            Step::Discard => {
                let change_set = change_set?;
                Self::Discard(Discard {
                    place,
                    stack,
                    change_set: change_set.id,
                    creates: change_set.creates,
                })
            }
            Step::Execute => Self::Execute(Execute {
                place,
                stack,
                change_set: change_set?.id,
            }),
            Step::Look => Self::LookAtStack(LookAtStack {
                place,
                stack,
                mark: running.mark.clone(),
            }),
        })
    }

    fn create_change_set(
        record: &EnvironmentRecord,
        home: &Home,
        running: &Running,
        seen: &Seen,
        secrets: Secrets,
    ) -> Self {
        let wanted = &running.wanted;
        let mut parameters: BTreeMap<String, String> = wanted
            .parameters
            .iter()
            .filter(|(_, value)| value.as_str() != MASK)
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let template = Template::parse(&wanted.template).unwrap_or_default();
        for name in ALWAYS_GIVEN.into_iter().chain(GIVEN) {
            if template.parameter(name).is_some()
                && !parameters.contains_key(name)
                && let Some(value) = home.gives(record, name)
            {
                parameters.insert(name.to_owned(), value);
            }
        }
        let creates = seen.condition() == Condition::Absent;
        Self::CreateChangeSet(CreateChangeSet {
            place: home.place.clone(),
            stack: record.stack_name.clone(),
            name: running.deployment.deployment_id.clone(),
            creates,
            template: wanted.template.clone(),
            parameters,
            keep: if creates {
                Vec::new()
            } else {
                running.keep.iter().cloned().collect()
            },
            capabilities: running.capabilities.clone().unwrap_or_default(),
            tags: running.deployment.tags.clone(),
            secrets,
        })
    }

    /// The effect of a check; `None` if nothing is deployed.
    pub(super) fn begin_check(state: &State, check: &RunCheck) -> Option<Self> {
        let record = state.record.as_ref()?;
        let deployed = state.deployed.as_ref()?;
        Some(Self::BeginCheck(BeginCheck {
            check_id: check.check_id.clone(),
            kind: check.kind,
            place: state.home.as_ref()?.place.clone(),
            stack: record.cfn_stack_id.clone()?,
            in_stack: state.in_stack.clone(),
            digest: deployed.digest.clone(),
            expected: check.digest.clone(),
            outputs: record.outputs.clone(),
        }))
    }

    /// The effect of the second half of a check.
    pub(super) fn await_drift(state: &State, check_id: &str, detection_id: String) -> Option<Self> {
        let record = state.record.as_ref()?;
        Some(Self::AwaitDrift(AwaitDrift {
            check_id: check_id.to_owned(),
            place: state.home.as_ref()?.place.clone(),
            stack: record.cfn_stack_id.clone()?,
            detection_id,
        }))
    }

    pub(super) fn tell_promotion(promotion_id: &str, digest: &str) -> Self {
        Self::TellPromotion(TellPromotion {
            promotion_id: promotion_id.to_owned(),
            digest: digest.to_owned(),
        })
    }

    /// The hidden values that travel with it.
    pub(super) fn secrets(&self) -> Secrets {
        match self {
            Self::Attach(effect) => effect.secrets.clone(),
            Self::ValidateTemplate(effect) => effect.secrets.clone(),
            Self::Inspect(effect) => effect.secrets.clone(),
            Self::ContinueRollback(effect) => effect.secrets.clone(),
            Self::DeleteStack(effect) => effect.secrets.clone(),
            _ => Secrets::default(),
        }
    }
}

/// What the second asking leaves as it is: what failed at the first.
fn retained(asked: u32, seen: &Seen) -> Vec<String> {
    if asked == 0 {
        Vec::new()
    } else {
        seen.failed.clone()
    }
}

/// Does the effects of environments.
pub struct EnvironmentEffects(pub Arc<World>);

#[async_trait]
impl Effects<Environment> for EnvironmentEffects {
    async fn run(&self, effect: &EnvironmentEffect, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let world = &*self.0;
        match effect {
            EnvironmentEffect::Attach(effect) => effect.run(world, cx).await,
            EnvironmentEffect::ValidateTemplate(effect) => effect.run(world, cx).await,
            EnvironmentEffect::Inspect(effect) => effect.run(world, cx).await,
            EnvironmentEffect::ContinueRollback(effect) => effect.run(world, cx).await,
            EnvironmentEffect::DeleteStack(effect) => effect.run(world, cx).await,
            EnvironmentEffect::CreateChangeSet(effect) => effect.run(world, cx).await,
            EnvironmentEffect::ReviewChangeSet(effect) => effect.run(world, cx).await,
            EnvironmentEffect::Discard(effect) => effect.run(world, cx).await,
            EnvironmentEffect::Execute(effect) => effect.run(world, cx).await,
            EnvironmentEffect::LookAtStack(effect) => effect.run(world, cx).await,
            EnvironmentEffect::PutPrefixes(effect) => effect.run(world, cx).await,
            EnvironmentEffect::RemovePrefixes(effect) => effect.run(world, cx).await,
            EnvironmentEffect::Detach(effect) => effect.run(world, cx).await,
            EnvironmentEffect::BeginCheck(effect) => effect.run(world, cx).await,
            EnvironmentEffect::AwaitDrift(effect) => effect.run(world, cx).await,
            EnvironmentEffect::TellPromotion(effect) => effect.run(world, cx).await,
            EnvironmentEffect::PutEvent(event) => put_event::run(event, world, cx)
                .await
                .map(|()| Outcome::EventPut),
        }
    }
}
