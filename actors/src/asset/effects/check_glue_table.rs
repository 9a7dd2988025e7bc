use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::asset::{Column, TableFacts};
use crate::aws_error;
use crate::validate::GlueTableName;
use crate::world::{Place, World};

/// Reads the Glue table (`GetTable`). Refused with `GLUE_TABLE_NOT_FOUND`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckGlueTable {
    /// Where.
    pub place: Place,
    /// `database.table`.
    pub glue_table: String,
}

impl CheckGlueTable {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let name = GlueTableName::parse(&self.glue_table)
            .map_err(|error| aws_error::terminal("GLUE_TABLE_NAME", error))?;
        let call = self.place.call();
        let table = match world
            .aws
            .glue(&call)
            .get_table(name.database, name.table)
            .await
        {
            Ok(table) => table,
            Err(error) if error.is_not_found() => {
                return Err(aws_error::terminal(
                    "GLUE_TABLE_NOT_FOUND",
                    format!(
                        "there is no Glue table '{}' in account {}, region {}: create it, then \
                         publish again",
                        self.glue_table, self.place.account, self.place.region
                    ),
                ));
            }
            Err(error) => return Err(aws_error::of(error, cx)),
        };
        let columns = table.columns.into_iter().chain(table.partition_keys);
        Ok(Outcome::GlueTableFound {
            table: TableFacts {
                catalog_id: table
                    .catalog_id
                    .unwrap_or_else(|| self.place.account.clone()),
                columns: columns
                    .map(|column| Column {
                        name: column.name,
                        kind: column.kind,
                        comment: column.comment.unwrap_or_default(),
                    })
                    .collect(),
            },
        })
    }
}
