use std::collections::BTreeMap;

use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::publish_status::PublishStatus;
use super::state::{Content, Work};
use super::{Asset, State, plan};
use crate::etag;
use crate::turn::Turn;
use crate::validate::{self, Violations};

/// Changes an asset: what is `None` stays. DataZone gets a new revision if it has the asset; if the asset is
/// published, so is the change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// The new name.
    pub asset_name: Option<String>,
    /// The new description.
    pub description: Option<String>,
    /// The new business metadata, all of it.
    pub metadata: Option<BTreeMap<String, String>>,
    /// The version that the change is meant for; empty for no check.
    pub etag: String,
}

impl Update {
    /// Says what is wrong with it, field by field.
    pub fn check(&self) -> Result<(), Rejection> {
        let mut found = Violations::default();
        if let Some(name) = &self.asset_name {
            found.check("assetName", validate::asset_name(name));
        }
        if let Some(description) = &self.description {
            found.check("description", validate::description(description));
        }
        if let Some(metadata) = &self.metadata {
            validate::metadata("metadata", metadata, &mut found);
        }
        found.refuse()
    }

    pub(super) fn decide(self, state: &State, ctx: &mut Ctx) -> Result<Decision<Asset>, Rejection> {
        let record = state.live(ctx.id())?;
        self.check()?;
        etag::check(&self.etag, record.version)?;
        super::at_rest(record)?;
        let mut turn = Turn::new(state, ctx);
        let at_ms = turn.now_ms();
        let present = Content {
            name: record.asset_name.clone(),
            description: record.description.clone(),
            metadata: record.metadata.clone(),
        };
        let content = Content {
            name: self.asset_name.unwrap_or_else(|| present.name.clone()),
            description: self
                .description
                .unwrap_or_else(|| present.description.clone()),
            metadata: self.metadata.unwrap_or_else(|| present.metadata.clone()),
        };
        if content != present {
            let published = record.publish_status == PublishStatus::Published;
            let work = Work {
                content,
                by: turn.by(),
                check: published,
                revise: record.data_zone_asset_id.is_some(),
                list: published,
                ..Work::default()
            };
            turn.happen(Event::ChangeRequested { at_ms, work });
            plan::advance(&mut turn);
        }
        Ok(turn.done())
    }
}
