//! Lists that lag behind the writes: with [`Faults::lag_lists`], a list of grants shows them as they
//! were so long ago by the cloud's clock.
//!
//! [`Faults::lag_lists`]: crate::faults::Faults::lag_lists

use std::collections::BTreeMap;

use super::SERVICE;
use super::grant::{GRANTS, Grant};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::{Scope, Tx};

/// Keeps the grant as it is before a write, if lists lag.
pub(super) fn remember(
    tx: &Tx<'_>,
    call: &Call<'_>,
    scope: &Scope,
    key: &str,
) -> Result<(), ServiceError> {
    if call.cloud.faults.lag(SERVICE).is_none() {
        return Ok(());
    }
    let before: Option<Grant> = tx.get(scope, GRANTS, key)?;
    call.cloud
        .faults
        .remember(SERVICE, scope, key, call.now_ms, before);
    Ok(())
}

/// Puts what changed too lately back into a batch of a list, in the order of the keys: grants that
/// are new vanish, those that were changed or revoked are as before. The batch holds what is behind
/// the first key of the range and not behind the second.
pub(super) fn see_as_it_was(
    call: &Call<'_>,
    found: &mut Vec<(String, Grant)>,
    (after, until): (&str, Option<&str>),
    fits: impl Fn(&Grant) -> bool,
) {
    let Some(lag) = call.cloud.faults.lag(SERVICE) else {
        return;
    };
    let since = call.now_ms - lag;
    let past = call.cloud.faults.before(SERVICE, &call.scope, since);
    let past: BTreeMap<String, Option<Grant>> = past
        .into_iter()
        .map(|(key, before)| {
            (
                key,
                before.and_then(|before| serde_json::from_value(before).ok()),
            )
        })
        .collect();
    found.retain(|(key, _)| !past.contains_key(key));
    let back = past
        .into_iter()
        .filter_map(|(key, before)| Some((key, before?)))
        .filter(|(key, before)| {
            key.as_str() > after && until.is_none_or(|until| key.as_str() <= until) && fits(before)
        });
    found.extend(back);
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
}
