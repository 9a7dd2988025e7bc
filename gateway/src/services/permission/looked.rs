//! What Lake Formation has on a table, read anew by the ledger, and who needs it.

use std::collections::BTreeSet;
use std::time::Duration;

use datamesh_actors::access::LedgerId;
use datamesh_actors::lakeformation::{Facts, ThingError};
use datamesh_actors::permission::explain::Side;
use datamesh_actors::permission::{
    Command, Inspect, Inspection, Ledger, PERMISSIONS, PermissionRecord,
};
use datamesh_journal::ViewQuery;
use futures::FutureExt;
use tonic::{Code, Status};

use crate::services::backend::Backend;
use crate::services::follow::found;
use crate::services::page;
use crate::services::request_id::RequestId;
use crate::status::retry_later;

/// How soon it is worth to ask again after a look that took too long.
const LATE: Duration = Duration::from_secs(5);

/// What decides in one account who can read a table.
pub struct Looked {
    /// The ledger that looked.
    pub ledger: LedgerId,
    /// What was seen.
    pub facts: Facts,
    /// The permissions that are kept there and may be among what was seen.
    pub held: Vec<PermissionRecord>,
}

impl Looked {
    /// As the explanation takes it.
    pub fn side(&self) -> Side<'_> {
        Side {
            account: &self.ledger.account,
            facts: &self.facts,
            held: &self.held,
        }
    }
}

/// Has a ledger read a table, and waits for it, 60 seconds at most. The inner error is why it could not be read.
///
/// # Errors
/// What the ledger refuses; `INSPECTION_LATE`.
pub async fn look(
    backend: &Backend,
    request_id: &RequestId<'_>,
    ledger: LedgerId,
    table: &str,
) -> Result<Result<Looked, ThingError>, Status> {
    let id = ledger.to_string();
    let changes = backend.runtime.changes();
    let number = number_of(&backend.runtime.new_id("look-"));
    let ledger_id = id.as_str();
    let ask = move || {
        let ask = async move {
            // The ledger's row does not have what was seen, its answer does; the same number asks nothing new.
            let command = Command::Inspect(Inspect {
                table: table.to_owned(),
                number,
            });
            let record = backend
                .ask_actor::<Ledger>(request_id, ledger_id, command)
                .await?;
            let seen = record.inspection(table, number);
            Ok(seen.filter(|seen| !seen.is_open()).cloned())
        };
        ask.boxed()
    };
    let seen: Option<Inspection> = found::<Ledger, _>(backend, changes, ledger_id, ask).await?;
    let Some(seen) = seen else {
        return Err(retry_later(
            Code::Unavailable,
            "INSPECTION_LATE",
            format!(
                "account {} was not read within a minute: it is busy, or cannot be reached",
                ledger.account
            ),
            LATE,
        ));
    };
    let facts = match (seen.facts, seen.error) {
        (Some(facts), _) => facts,
        (None, error) => return Ok(Err(error.unwrap_or_default())),
    };
    let held = held(backend, &ledger, &facts).await?;
    Ok(Ok(Looked {
        ledger,
        facts,
        held,
    }))
}

/// A number that no other look has, from an id that nobody else has.
fn number_of(id: &str) -> u64 {
    id.bytes().fold(0, |number: u64, byte| {
        number.wrapping_mul(31).wrapping_add(u64::from(byte))
    })
}

/// The rows of the permissions of those whose grants were seen.
async fn held(
    backend: &Backend,
    ledger: &LedgerId,
    facts: &Facts,
) -> Result<Vec<PermissionRecord>, Status> {
    let principals: BTreeSet<&str> = (facts.grants.iter())
        .map(|grant| grant.principal.as_str())
        .collect();
    let mut held = Vec::new();
    // Tag expressions are kept by the ledger of the account.
    let databases = [ledger.database.as_str(), ""];
    for principal in principals {
        for database in databases {
            let fields = [
                ("account", ledger.account.as_str()),
                ("principal", principal),
                ("database", database),
            ];
            let query = ViewQuery {
                collection: PERMISSIONS.to_owned(),
                fields: fields
                    .map(|(field, value)| (field.to_owned(), value.to_owned()))
                    .to_vec(),
                limit: page::MAX,
                ..ViewQuery::default()
            };
            let (rows, _) = backend.list::<PermissionRecord>(&query).await?;
            let ours = rows.into_iter().filter(|row| {
                row.region == ledger.region
                    && (row.database.is_empty() || row.catalog == ledger.catalog)
            });
            held.extend(ours);
        }
    }
    Ok(held)
}
