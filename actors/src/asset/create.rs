use std::collections::BTreeMap;

use datamesh_actor::{Ctx, Decision, Rejection, RejectionKind};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::publish_status::PublishStatus;
use super::record::AssetRecord;
use super::state::{Content, Work};
use super::{Asset, State, plan};
use crate::life::Status;
use crate::turn::Turn;
use crate::validate::{self, Violations};

/// Records a new asset and, unless it is a draft, publishes it. Sent again to the same id with the same
/// content it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Create {
    /// The project that will own it.
    pub project_id: String,
    /// The domain of that project, for the lists until the project itself tells it.
    pub domain_id: String,
    /// 1 to 256 characters.
    pub asset_name: String,
    /// Up to 2,048 characters.
    pub description: String,
    /// `s3://bucket/prefix/`.
    pub s3_location: String,
    /// `database.table`.
    pub glue_table: String,
    /// One of [`crate::validate::FORMATS`].
    pub format: String,
    /// Up to 50 entries.
    pub metadata: BTreeMap<String, String>,
    /// Only record it.
    pub draft: bool,
}

impl Create {
    /// Says what is wrong with it, field by field.
    pub fn check(&self) -> Result<(), Rejection> {
        let mut found = Violations::default();
        found.check("projectId", validate::id(&self.project_id));
        found.check("assetName", validate::asset_name(&self.asset_name));
        found.check("description", validate::description(&self.description));
        found.check("s3Location", validate::s3_location(&self.s3_location));
        found.check("glueTable", validate::glue_table(&self.glue_table));
        found.check("format", validate::format(&self.format));
        validate::metadata("metadata", &self.metadata, &mut found);
        found.refuse()
    }

    pub(super) fn decide(self, state: &State, ctx: &mut Ctx) -> Result<Decision<Asset>, Rejection> {
        self.check()?;
        if let Some(record) = &state.record {
            let same = record.project_id == self.project_id && record.glue_table == self.glue_table;
            return if same {
                Ok(Decision::none())
            } else {
                Err(Rejection::new(
                    RejectionKind::AlreadyExists,
                    "ASSET_EXISTS",
                    format!("there is an asset {} already", record.asset_id),
                ))
            };
        }
        let mut turn = Turn::new(state, ctx);
        let (at_ms, by) = (turn.now_ms(), turn.by());
        let work = (!self.draft).then(|| Work {
            content: Content {
                name: self.asset_name.clone(),
                description: self.description.clone(),
                metadata: self.metadata.clone(),
            },
            by: by.clone(),
            check: true,
            revise: true,
            list: true,
            ..Work::default()
        });
        let record = AssetRecord {
            asset_id: turn.ctx.id().to_owned(),
            project_id: self.project_id,
            domain_id: self.domain_id,
            asset_name: self.asset_name,
            description: self.description,
            s3_location: self.s3_location,
            glue_table: self.glue_table,
            format: self.format,
            metadata: self.metadata,
            status: Status::Creating,
            publish_status: match self.draft {
                true => PublishStatus::Draft,
                false => PublishStatus::Publishing,
            },
            created_by: by,
            created_ms: at_ms,
            updated_ms: at_ms,
            version: 1,
            ..AssetRecord::default()
        };
        turn.happen(Event::Requested {
            record: Box::new(record),
            work,
        });
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
