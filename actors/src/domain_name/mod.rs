//! The name of a domain: one actor a name, so that of two domains that want it only one gets it.

use std::convert::Infallible;

use async_trait::async_trait;
use datamesh_actor::{
    Ctx, Decision, Effect, EffectCx, EffectError, Effects, Entity, Failure, Idempotency, Named,
    Rejection, RejectionKind,
};
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

/// The name as an aggregate; its id is the name itself.
pub struct DomainName;

/// Who has the name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The domain's id, if one has it.
    pub domain_id: Option<String>,
}

/// What a name can be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Give it to this domain. Refused with `NAME_TAKEN` while another has it; repeatable.
    Claim {
        /// Who wants it.
        domain_id: String,
    },
    /// This domain gives it back. Nothing happens if it does not have it.
    Release {
        /// Who had it.
        domain_id: String,
    },
}

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Claim { .. } => "ClaimName",
            Self::Release { .. } => "ReleaseName",
        }
    }
}

/// What can happen to a name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// It was given.
    Claimed {
        /// To whom.
        domain_id: String,
    },
    /// It was given back.
    Released,
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Claimed { .. } => "NameClaimed",
            Self::Released => "NameReleased",
        }
    }
}

/// A name asks nothing of the world.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum NoEffect {}

impl Named for NoEffect {
    fn name(&self) -> &'static str {
        match *self {}
    }
}

impl Effect for NoEffect {
    fn idempotency(&self) -> Idempotency {
        match *self {}
    }
}

impl Entity for DomainName {
    const KIND: &'static str = "domain-name";
    type State = Holder;
    type Command = Command;
    type Event = Event;
    type Effect = NoEffect;
    type Outcome = Infallible;
    type Reply = Holder;

    fn decide(
        state: &Holder,
        command: Command,
        ctx: &mut Ctx,
    ) -> Result<Decision<Self>, Rejection> {
        match (command, &state.domain_id) {
            (Command::Claim { domain_id }, None) => {
                Ok(Decision::event(Event::Claimed { domain_id }))
            }
            (Command::Claim { domain_id }, Some(holder)) if domain_id != *holder => {
                Err(Rejection::new(
                    RejectionKind::AlreadyExists,
                    "NAME_TAKEN",
                    format!("another domain is called '{}'", ctx.id()),
                ))
            }
            (Command::Release { domain_id }, Some(holder)) if domain_id == *holder => {
                Ok(Decision::event(Event::Released))
            }
            (Command::Claim { .. } | Command::Release { .. }, _) => Ok(Decision::none()),
        }
    }

    fn settle(
        _: &Holder,
        effect: &NoEffect,
        _: Result<Infallible, Failure>,
        _: &mut Ctx,
    ) -> Decision<Self> {
        match *effect {}
    }

    fn timer(_: &Holder, _: &str, _: &mut Ctx) -> Decision<Self> {
        Decision::none()
    }

    fn apply(state: &mut Holder, event: &Event) {
        state.domain_id = match event {
            Event::Claimed { domain_id } => Some(domain_id.clone()),
            Event::Released => None,
        };
    }

    fn reply(_: &str, state: &Holder) -> Holder {
        state.clone()
    }

    fn views(_: &str, _: &Holder) -> Vec<ViewChange> {
        Vec::new()
    }
}

/// Does nothing, for there is nothing to do.
#[derive(Clone, Copy, Debug)]
pub struct NoEffects;

#[async_trait]
impl Effects<DomainName> for NoEffects {
    async fn run(&self, effect: &NoEffect, _: &EffectCx) -> Result<Infallible, EffectError> {
        match *effect {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::testing::Core;

    fn claim(domain_id: &str) -> Command {
        Command::Claim {
            domain_id: domain_id.to_owned(),
        }
    }

    fn release(domain_id: &str) -> Command {
        Command::Release {
            domain_id: domain_id.to_owned(),
        }
    }

    #[test]
    fn a_name_has_one_holder_at_a_time() {
        let mut core = Core::<DomainName>::new("finance");
        core.tell(claim("dom-1")).unwrap();
        core.tell(claim("dom-1")).unwrap();
        assert_eq!(core.tell(claim("dom-2")).unwrap_err().reason, "NAME_TAKEN");
        core.tell(release("dom-2")).unwrap();
        assert_eq!(core.reply().domain_id.as_deref(), Some("dom-1"));
        core.tell(release("dom-1")).unwrap();
        core.tell(claim("dom-2")).unwrap();
        assert_eq!(core.reply().domain_id.as_deref(), Some("dom-2"));
    }
}
