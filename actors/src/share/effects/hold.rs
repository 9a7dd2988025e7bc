use std::collections::BTreeSet;

use datamesh_actor::{EffectCx, EffectError, Named, Rank};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::access::{self, LedgerId, Thing, Why};
use crate::mesh::{command_id, unanswered};
use crate::share::post::Post;
use crate::share::state::State;
use crate::world::World;

/// Tells a ledger all that the share needs of it; what becomes of it is told by the ledger. An older hold that
/// comes after a newer one is nothing to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Which.
    pub post: Post,
    /// Its id.
    pub ledger: LedgerId,
    /// What is needed.
    pub hold: access::Hold,
}

impl Named for Hold {
    fn name(&self) -> &'static str {
        match (self.post, self.hold.wants.is_empty()) {
            (Post::ProducerAccount, false) => "HoldProducerAccount",
            (Post::ProducerDatabase, false) => "HoldProducerDatabase",
            (Post::ConsumerDatabase, false) => "HoldConsumerDatabase",
            (Post::LinkDatabase, false) => "HoldLinkDatabase",
            (Post::ProducerAccount, true) => "ReleaseProducerAccount",
            (Post::ProducerDatabase, true) => "ReleaseProducerDatabase",
            (Post::ConsumerDatabase, true) => "ReleaseConsumerDatabase",
            (Post::LinkDatabase, true) => "ReleaseLinkDatabase",
        }
    }
}

impl Hold {
    pub(crate) fn of(
        state: &State,
        post: Post,
        ledger: LedgerId,
        number: u64,
        wants: BTreeSet<Thing>,
    ) -> Self {
        let record = state.record.clone().unwrap_or_default();
        let request = state.wanted.as_ref().map(|wanted| wanted.request);
        let request = state
            .agreement
            .requests
            .iter()
            .find(|r| Some(r.number) == request);
        let decision = request.and_then(|request| request.decision.as_ref());
        let agreement_id = match record.subscription_id.is_empty() {
            true => record.share_id.clone(),
            false => record.subscription_id,
        };
        Self {
            post,
            ledger,
            hold: access::Hold {
                holder: record.share_id,
                generation: number,
                wants,
                why: Why {
                    requested_by: request.map(|r| r.by.name().to_owned()).unwrap_or_default(),
                    approved_by: decision.map(|d| d.by.name().to_owned()).unwrap_or_default(),
                    reason: request.map(|r| r.reason.clone()).unwrap_or_default(),
                    agreement_id,
                    since_ms: decision.map(|d| d.window.from_ms).unwrap_or_default(),
                    until_ms: record.window.until_ms,
                },
            },
        }
    }

    /// To hold nothing any more takes access away.
    pub(super) fn rank(&self) -> Rank {
        match self.hold.wants.is_empty() {
            true => Rank::Revoke,
            false => Rank::Normal,
        }
    }

    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let mesh = &world.mesh;
        mesh.hold(&self.ledger, self.hold.clone(), &command_id(cx))
            .await
            .map_err(unanswered)?;
        Ok(Outcome::Told)
    }
}
