use std::time::Duration;

use async_trait::async_trait;
use datamesh_journal::{EntityKey, Work};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::entity::{Entity, Named};

/// Something to be done in the world outside, as data: it is journaled before it is done.
pub trait Effect: Named + Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// How a repeat of it stays one deed.
    fn idempotency(&self) -> Idempotency;

    /// Who goes first when much is found unsettled at a start.
    fn rank(&self) -> Rank {
        Rank::Normal
    }
}

/// The order in which unsettled effects are taken up after a start. It is journaled with the effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// It takes access away, or is on the way to that.
    Revoke,
    /// It has no reason to be elsewhere.
    #[default]
    Normal,
    /// It only looks whether all is as it should be.
    Verify,
}

impl Rank {
    /// As the journal keeps it.
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Revoke => 0,
            Self::Normal => Work::NORMAL,
            Self::Verify => 2,
        }
    }

    /// As the journal has it; a number that nobody gives any more is [`Rank::Normal`].
    pub(crate) fn of(number: u8) -> Self {
        match number {
            0 => Self::Revoke,
            2 => Self::Verify,
            _ => Self::Normal,
        }
    }
}

/// How a repeat of an effect stays one deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Idempotency {
    /// The call carries a token derived from the effect's id; the service drops repeats.
    Token,
    /// The call states the wanted end; a repeat finds it reached.
    NaturalKey,
    /// The call has neither: before any try that may be a repeat, [`Effects::read_back`] looks whether
    /// the deed is done.
    ReadBack,
    /// It may happen twice; whoever receives it drops repeats by its id.
    AtLeastOnce,
}

/// Does the effects of one kind of entity.
#[async_trait]
pub trait Effects<E: Entity>: Send + Sync + 'static {
    /// Does it. May be called again with the same effect after a failure or a crash.
    async fn run(&self, effect: &E::Effect, cx: &EffectCx) -> Result<E::Outcome, EffectError>;

    /// Looks whether it was done already. Called before each try of an [`Idempotency::ReadBack`] effect
    /// that may be a repeat.
    async fn read_back(
        &self,
        _effect: &E::Effect,
        _cx: &EffectCx,
    ) -> Result<Option<E::Outcome>, EffectError> {
        Ok(None)
    }
}

/// What an effect knows of itself while it runs.
#[derive(Clone, Debug)]
pub struct EffectCx {
    /// Who asked.
    pub entity: EntityKey,
    /// Unique in the entity and the same at every try: tokens derive from [`EffectCx::key`].
    pub effect_id: String,
    /// Which try of this process it is, from 1.
    pub attempt: u32,
    /// Failures of this process so far that count against the retry policy; throttles do not.
    pub failures: u32,
    /// Whether an earlier try, of this process or one before, may have done it.
    pub repeat: bool,
    /// When the effect was asked for, in milliseconds since the Unix epoch: the same at every try.
    pub asked_ms: i64,
}

impl EffectCx {
    /// Unique among all effects of the installation and the same at every try.
    pub fn key(&self) -> String {
        format!("{}/{}", self.entity, self.effect_id)
    }
}

/// How bad a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorClass {
    /// The service asks for patience: retried, with a five times longer breath.
    Throttle,
    /// It may go away: retried.
    Transient,
    /// Somebody else was at the same thing: retried.
    Conflict,
    /// It will not go away: the entity is told.
    Terminal,
}

/// Why a try failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct EffectError {
    /// How bad.
    pub class: ErrorClass,
    /// A stable code: the AWS error code where there is one.
    pub code: String,
    /// A sentence for the operator. Must not carry a secret.
    pub message: String,
    /// Do not try again sooner than this.
    pub retry_after: Option<Duration>,
    /// Whether the deed may be done despite the failure: the next try is then a repeat.
    pub may_have_happened: bool,
}

impl EffectError {
    /// A failure of the given class, after which the deed may be done.
    pub fn new(class: ErrorClass, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            class,
            code: code.into(),
            message: message.into(),
            retry_after: None,
            may_have_happened: true,
        }
    }
}

/// The code of the failure of an effect that an operator cancelled.
pub const CANCELLED: &str = "Cancelled";

/// The code of an effect that did not start because its entity was paused.
pub(crate) const HELD: &str = "Held";

/// A terminal failure, as the entity learns of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A stable code: the AWS error code where there is one.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}
