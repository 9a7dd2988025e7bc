use datamesh_actor::{EffectCx, EffectError, Rank};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::priority;
use crate::share::state::TableSeen;
use crate::world::{Place, World};

/// Reads the source table (Glue `GetTable`). Refused with `TABLE_NOT_FOUND`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadTable {
    /// See [`super::super::Ticket`].
    pub ticket: u64,
    /// Where.
    pub place: Place,
    /// The database.
    pub database: String,
    /// The table.
    pub table: String,
}

impl ReadTable {
    pub(super) const RANK: Rank = Rank::Normal;

    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let Self {
            place,
            database,
            table,
            ..
        } = self;
        let call = place.call().priority(priority::of(Self::RANK));
        let found = match world.aws.glue(&call).get_table(database, table).await {
            Ok(found) => found,
            Err(error) if error.is_not_found() => {
                return Err(aws_error::terminal(
                    "TABLE_NOT_FOUND",
                    format!(
                        "there is no table {database}.{table} in account {}, region {}: create it, \
                         then apply the share again",
                        place.account, place.region
                    ),
                ));
            }
            Err(error) => return Err(aws_error::of(error, cx)),
        };
        let columns = found.columns.into_iter().chain(found.partition_keys);
        Ok(Outcome::TableRead(TableSeen {
            columns: columns.map(|column| column.name).collect(),
            location: found.location.unwrap_or_default(),
        }))
    }
}
