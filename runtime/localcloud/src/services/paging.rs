//! Pages of lists: at most so many items, and an opaque token for the rest.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;

use crate::error::ServiceError;
use crate::store::{Scope, Tx};

/// What a token starts with, before it is encoded: a token of another list is refused.
fn mark(list: &str) -> String {
    format!("{list}\n")
}

/// The token for what comes behind `key` in the list named `list`.
pub(crate) fn token(list: &str, key: &str) -> String {
    URL_SAFE_NO_PAD.encode(mark(list) + key)
}

/// The key that [`token`] put into the token; `None` if it is not one of this list's.
pub(crate) fn key_of(list: &str, token: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix(&mark(list)).map(str::to_owned)
}

/// Which documents to page through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Listing<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) collection: &'a str,
    /// Only keys that start with this.
    pub(crate) prefix: &'a str,
}

/// How many documents a scan reads at least, once the first scan has not filled the page.
const LATER_STEP: usize = 256;

/// One page of documents that `keep`, and the token for the next page if there is more. The token
/// is bound to the collection and the prefix; a bad one gives `refused`.
pub(crate) fn page<T: DeserializeOwned>(
    tx: &Tx<'_>,
    listing: Listing<'_>,
    next_token: Option<&str>,
    limit: usize,
    refused: impl FnOnce() -> ServiceError,
    mut keep: impl FnMut(&T) -> bool,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let list = format!("{}/{}", listing.collection, listing.prefix);
    let mut after = match next_token {
        Some(token) => Some(key_of(&list, token).ok_or_else(refused)?),
        None => None,
    };
    let mut kept: Vec<(String, T)> = Vec::new();
    // Where little is kept, many small scans would cost more than a few large ones.
    let mut step = limit.saturating_add(1);
    loop {
        let batch: Vec<(String, T)> = tx.scan(
            listing.scope,
            listing.collection,
            listing.prefix,
            after.as_deref(),
            step,
        )?;
        let exhausted = batch.len() < step;
        step = step.max(LATER_STEP);
        after = batch.last().map(|(key, _)| key.clone()).or(after);
        kept.extend(batch.into_iter().filter(|(_, document)| keep(document)));
        if kept.len() > limit {
            kept.truncate(limit);
            let next = kept.last().map(|(key, _)| token(&list, key));
            return Ok((values(kept), next));
        }
        if exhausted {
            return Ok((values(kept), None));
        }
    }
}

/// Every document of the listing, in the order of the keys.
pub(crate) fn all<T: DeserializeOwned>(
    tx: &Tx<'_>,
    listing: Listing<'_>,
) -> Result<Vec<T>, ServiceError> {
    tx.scan(
        listing.scope,
        listing.collection,
        listing.prefix,
        None,
        usize::MAX,
    )
    .map(values)
}

/// One page of items that are all there already. The token counts how many were shown; a bad one
/// gives `refused`.
pub(crate) fn slice<T>(
    list: &str,
    items: Vec<T>,
    next_token: Option<&str>,
    limit: usize,
    refused: impl FnOnce() -> ServiceError,
) -> Result<(Vec<T>, Option<String>), ServiceError> {
    let shown: usize = match next_token {
        None => 0,
        Some(token) => key_of(list, token)
            .and_then(|key| key.parse().ok())
            .ok_or_else(refused)?,
    };
    let more = items.len() > shown.saturating_add(limit);
    let page: Vec<T> = items.into_iter().skip(shown).take(limit).collect();
    let next = more.then(|| token(list, &(shown + limit).to_string()));
    Ok((page, next))
}

fn values<T>(pairs: Vec<(String, T)>) -> Vec<T> {
    pairs.into_iter().map(|(_, value)| value).collect()
}

#[cfg(test)]
mod tests {
    use super::{key_of, token};

    #[test]
    fn a_token_is_good_for_its_own_list() {
        let next = token("projects/d1", "sales");
        assert_eq!(key_of("projects/d1", &next).as_deref(), Some("sales"));
        assert_eq!(key_of("projects/d2", &next), None);
        assert_eq!(key_of("projects/d1", "c2FsZXM"), None);
        assert_eq!(key_of("projects/d1", "%%"), None);
    }
}
