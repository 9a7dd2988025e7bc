use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error::terminal;
use crate::share::plan;
use crate::share::state::State;
use crate::world::{Place, World};

/// Asks for one column as the consumer's principal (Athena `StartQueryExecution`, `GetQueryExecution`). The
/// token is the effect's, so that a repeat, also after a crash, finds the query that it began. It never fails
/// for good: what could not be tried is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// See [`super::super::Ticket`].
    pub ticket: u64,
    /// Where the consumer is.
    pub place: Place,
    /// The ARN of the role to ask as.
    pub role: String,
    /// The database: that of the link, or the table's own within one account.
    pub database: String,
    /// The statement.
    pub sql: String,
}

impl Query {
    pub(super) fn of(ticket: u64, state: &State, permitted: bool) -> Option<Self> {
        let resolved = state.resolved.as_ref()?;
        let column = match &state.wanted {
            Some(wanted) => {
                let needs = plan::needs(state, wanted)?;
                let columns = match permitted {
                    true => needs.permitted(),
                    false => needs.left_out(),
                };
                columns.first().map(|column| (*column).to_owned())?
            }
            None => {
                // Any column that was given; the scope is still in the record.
                let scope = &state.record.as_ref()?.scope;
                let columns = &state.table.as_ref()?.columns;
                let given = |column: &&String| {
                    (scope.columns.is_empty() || scope.columns.contains(*column))
                        && !scope.excluded.contains(*column)
                };
                columns.iter().find(given).or(columns.first())?.clone()
            }
        };
        let (database, catalog) = match resolved.is_cross_account() {
            true => (&resolved.link_database, &resolved.table),
            false => (&resolved.database, &resolved.table),
        };
        let sql = format!(
            "SELECT {} FROM {}.{} LIMIT 1",
            quoted(&column),
            quoted(database),
            quoted(catalog)
        );
        Some(Self {
            ticket,
            place: resolved.target.clone(),
            role: resolved.principal.clone(),
            database: database.clone(),
            sql,
        })
    }

    pub(super) async fn run(&self, _: &World, _: &EffectCx) -> Result<Outcome, EffectError> {
        Err(terminal("NO_ATHENA", "Athena cannot be asked yet"))
    }
}

/// A name as SQL quotes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
