use std::collections::BTreeSet;

use datamesh_actor::{EffectCx, EffectError, ErrorClass, Rank};
use datamesh_aws::athena::{Query as Found, QueryState, StartQuery};
use datamesh_aws::{AwsError, CallCx, Token};
use serde::{Deserialize, Serialize};

use super::{Outcome, beside};
use crate::access::LedgerId;
use crate::aws_error;
use crate::priority;
use crate::share::giving;
use crate::share::post::Post;
use crate::share::state::{Answer, State};
use crate::world::{Place, World};

/// What cannot be asked in so many tries is not tried: neither giving nor taking waits for it.
const MAX_FAILURES: u32 = 6;
/// A query that runs longer than so many looks is not waited for.
const MAX_LOOKS: u32 = 120;

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
    /// Where it is listed who else gives the principal access: the ledger, and the table in it. None where that
    /// does not matter.
    #[serde(default)]
    pub beside: Option<(LedgerId, String)>,
    /// The column that is asked for. Empty in what an older version asked: then nobody else is known to give it.
    #[serde(default)]
    pub column: String,
}

impl Query {
    pub(super) const RANK: Rank = Rank::Verify;

    pub(super) fn of(ticket: u64, state: &State, permitted: bool) -> Option<Self> {
        let resolved = state.resolved.as_ref()?;
        let column = match &state.wanted {
            Some(wanted) => {
                let needs = giving::needs(state, wanted)?;
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
            column,
            beside: state.wanted.is_none().then(|| {
                let post = match resolved.is_cross_account() {
                    true => Post::ConsumerDatabase,
                    false => Post::ProducerDatabase,
                };
                (post.ledger(resolved), resolved.table.clone())
            }),
        })
    }

    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let at_ms = cx.asked_ms;
        if !self.role.contains(":role/") {
            let reason = format!("{} is not a role: it cannot be assumed", self.role);
            return Ok(Outcome::Answered(Answer::NotTried { reason, at_ms }));
        }
        match self.ask(world, cx).await {
            Ok(query) if query.state.is_over() => {
                let mut answer = answer(&query, at_ms);
                if let Answer::Readable { others, .. } = &mut answer {
                    *others = self.others(world, cx).await?;
                }
                Ok(Outcome::Answered(answer))
            }
            Ok(_) if cx.attempt >= MAX_LOOKS => Ok(Outcome::Answered(Answer::NotTried {
                reason: "the query did not end in time".to_owned(),
                at_ms,
            })),
            Ok(query) => Err(aws_error::still(
                "QueryRunning",
                format!("the query {} runs", query.id),
            )),
            Err(error) if refuses(&error) => Ok(Outcome::Answered(Answer::Refused {
                message: error.message,
                at_ms,
            })),
            Err(error) => {
                let found = aws_error::of(error, cx);
                let last = cx.failures >= MAX_FAILURES || cx.attempt >= MAX_LOOKS;
                match last || found.class == ErrorClass::Terminal {
                    true => Ok(Outcome::Answered(Answer::NotTried {
                        reason: format!("{}: {}", found.code, found.message),
                        at_ms,
                    })),
                    false => Err(found),
                }
            }
        }
    }

    /// Who else lets the principal read the column. It is read after the query: whoever comes is listed before
    /// anything is granted to it.
    async fn others(&self, world: &World, cx: &EffectCx) -> Result<BTreeSet<String>, EffectError> {
        let Some((ledger, table)) = &self.beside else {
            return Ok(BTreeSet::new());
        };
        let found = world.mesh.permissions(ledger, table, &self.role).await;
        let last = cx.failures >= MAX_FAILURES || cx.attempt >= MAX_LOOKS;
        let mut others = beside::who_reads(&beside::listed(found, last)?, &self.column);
        others.remove(&*cx.entity.id);
        Ok(others)
    }

    async fn ask(&self, world: &World, cx: &EffectCx) -> Result<Found, AwsError> {
        let call = CallCx::in_account(&self.place.account)
            .region(&self.place.region)
            .role(&self.role)
            .priority(priority::of(Self::RANK));
        let athena = world.aws.athena(&call);
        let options = &world.options.access;
        let id = athena
            .start_query(StartQuery {
                sql: self.sql.clone(),
                catalog: None,
                database: Some(self.database.clone()),
                output_location: options.athena_output(&self.place.account),
                work_group: options.athena_workgroup(),
                parameters: Vec::new(),
                token: Token::derive(&cx.key(), "StartQueryExecution"),
            })
            .await?;
        athena.get_query(&id).await
    }
}

/// Athena refuses some statements at once.
fn refuses(error: &AwsError) -> bool {
    error.operation == "StartQueryExecution" && says_no(&error.message)
}

fn answer(query: &Found, at_ms: i64) -> Answer {
    if query.state == QueryState::Succeeded {
        return Answer::Readable {
            at_ms,
            others: BTreeSet::new(),
        };
    }
    let told = query
        .failure
        .as_ref()
        .map(|failure| failure.message.clone());
    let message = told
        .filter(|message| !message.is_empty())
        .or_else(|| query.reason.clone())
        .unwrap_or_default();
    match says_no(&message) {
        true => Answer::Refused { message, at_ms },
        false => Answer::NotTried {
            reason: message,
            at_ms,
        },
    }
}

/// Whether Athena's words say that the principal may not, or sees nothing that it could read. There is no code
/// for it.
fn says_no(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    [
        "insufficient permissions",
        "insufficient lake formation permission",
        "not authorized to access",
        "permission",
        "access denied",
        "accessdenied",
        "table_not_found",
        "schema_not_found",
        "column_not_found",
        "does not exist",
        "cannot be resolved",
        "entitynotfound",
    ]
    .iter()
    .any(|words| message.contains(words))
}

/// A name as SQL quotes it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_from_another_failure_by_its_words() {
        for message in [
            "COLUMN_NOT_FOUND: line 1:8: Column 'amount' cannot be resolved or requester is not authorized \
             to access requested resources",
            "Insufficient Lake Formation permission(s): Required Select on sales",
            "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shared.sales' does not exist",
        ] {
            assert!(says_no(message), "{message}");
        }
        for message in ["HIVE_BAD_DATA: not a number", "Query exhausted resources"] {
            assert!(!says_no(message), "{message}");
        }
    }

    #[test]
    fn a_name_cannot_end_its_quotes() {
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }
}
