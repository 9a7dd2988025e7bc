use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::state::{Change, Event};
use super::{Domain, State, events, plan};
use crate::etag;
use crate::turn::Turn;
use crate::validate::{self, Violations};

/// Changes a domain: what is `None` stays. DataZone learns of a new description; owners are datamesh's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// The new description.
    pub description: Option<String>,
    /// The new owners.
    pub owner_groups: Option<Vec<String>>,
    /// The version that the change is meant for; empty for no check.
    pub etag: String,
}

impl Update {
    /// Says what is wrong with it, field by field.
    pub fn check(&self) -> Result<(), Rejection> {
        let mut found = Violations::default();
        if let Some(description) = &self.description {
            found.check("description", validate::description(description));
        }
        if let Some(groups) = &self.owner_groups {
            validate::owner_groups("ownerGroups", groups, &mut found);
        }
        found.refuse()
    }

    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Domain>, Rejection> {
        let record = state.live(ctx.id())?;
        self.check()?;
        etag::check(&self.etag, record.version)?;
        record.status.ready_for_change("domain")?;
        let mut turn = Turn::new(state, ctx);
        let at_ms = turn.now_ms();
        let change = Change {
            description: self
                .description
                .unwrap_or_else(|| record.description.clone()),
            owner_groups: self
                .owner_groups
                .unwrap_or_else(|| record.owner_groups.clone()),
            by: turn.by(),
        };
        if change.description != record.description {
            turn.happen(Event::ChangeRequested { at_ms, change });
            plan::advance(&mut turn);
        } else if change.owner_groups != record.owner_groups {
            turn.happen(Event::Updated { at_ms, change });
            events::updated(&mut turn);
        }
        Ok(turn.done())
    }
}
