//! What a principal may read: Lake Formation's answer to a query engine.

use crate::error::ServiceError;
use crate::services::glue;
use crate::store::{Scope, Tx};

/// Who reads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// The reader's account: 12 digits.
    pub(crate) account: &'a str,
    pub(crate) region: &'a str,
    /// A role's ARN for a role session, a user's ARN, or `arn:aws:iam::<account>:root`.
    pub(crate) principal: &'a str,
}

/// What a principal may see of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Readable {
    /// In the table's order, in lower case.
    pub(crate) columns: Vec<String>,
    /// SQL predicates: a row is seen if any holds; all rows if there is none.
    pub(crate) row_filters: Vec<String>,
}

/// Why nothing may be seen; names what is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) message: String,
}

impl Refusal {
    /// In Lake Formation's words.
    fn insufficient(required: &str, on: &str) -> Self {
        Self {
            message: format!(
                "Insufficient Lake Formation permission(s): Required {required} on {on}"
            ),
        }
    }
}

/// Which columns and rows of `database`.`table` in `catalog` (an account id) the reader may see.
/// Resource links are followed.
///
/// # Errors
/// The outer error is the store's; the inner one is the refusal that the reader is shown.
pub(crate) fn readable(
    tx: &Tx<'_>,
    reader: &Reader<'_>,
    catalog: &str,
    database: &str,
    table: &str,
    _now_ms: i64,
) -> Result<Result<Readable, Refusal>, ServiceError> {
    let scope = Scope {
        account: catalog.to_owned(),
        region: reader.region.to_owned(),
    };
    let Some(facts) = glue::facts::table(tx, &scope, database, table)? else {
        return Ok(Err(Refusal::insufficient("Describe", table)));
    };
    if catalog != reader.account {
        return Ok(Err(Refusal::insufficient("Select", table)));
    }
    Ok(Ok(Readable {
        columns: facts.columns,
        row_filters: Vec::new(),
    }))
}
