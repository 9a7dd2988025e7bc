//! What `ListArchives` and `ListReplays` have in common: things by name, of which one filter takes some.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error;
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name_prefix: Option<String>,
    event_source_arn: Option<String>,
    state: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

/// Such a list.
pub(super) struct Filtered {
    /// `ListArchives`.
    pub(super) operation: &'static str,
    pub(super) collection: &'static str,
    /// The states that can be asked for.
    pub(super) states: &'static [&'static str],
}

impl Filtered {
    /// The page that is asked for, and the token of the next. `of` says the source and the state of one.
    pub(super) fn page<T: DeserializeOwned>(
        &self,
        input: &Input,
        call: &Call<'_>,
        tx: &Tx<'_>,
        of: impl Fn(&T) -> (&str, Value),
    ) -> Result<(Vec<T>, Option<String>), ServiceError> {
        let mut constraints = Constraints::new();
        constraints.range("limit", input.limit, 1, 100);
        constraints.one_of("state", input.state.as_deref(), self.states);
        constraints.check(error::VALIDATION)?;
        let filters = [&input.name_prefix, &input.event_source_arn, &input.state];
        if filters.into_iter().flatten().count() > 1 {
            return Err(error::validation(format!(
                "At most one filter is allowed for {}. Use either : State, EventSourceArn, or NamePrefix.",
                self.operation
            )));
        }
        paging::page(
            tx,
            Listing {
                scope: &call.scope,
                collection: self.collection,
                prefix: input.name_prefix.as_deref().unwrap_or_default(),
            },
            input.next_token.as_deref(),
            input.limit.map_or(100, |limit| limit as usize),
            error::bad_token,
            |one| {
                let (source, state) = of(one);
                let arn = input.event_source_arn.as_deref();
                let wanted = input.state.as_deref();
                arn.is_none_or(|arn| arn == source) && wanted.is_none_or(|wanted| state == wanted)
            },
        )
    }
}
