//! Documents of one kind: where they are, what they are called in errors, and how they are paged.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error;
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

/// Keys are paths: the domain's id, then whatever a thing is found by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    collection: &'static str,
    /// As errors call it: `Glossary term`.
    noun: &'static str,
}

impl Kind {
    pub(crate) const fn new(collection: &'static str, noun: &'static str) -> Self {
        Self { collection, noun }
    }

    pub(crate) fn find<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        path: &[&str],
    ) -> Result<Option<T>, ServiceError> {
        tx.get(&call.scope, self.collection, &path.join("/"))
    }

    /// `ResourceNotFoundException`, which names the last of the path, if there is none.
    pub(crate) fn require<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        path: &[&str],
    ) -> Result<T, ServiceError> {
        self.find(call, tx, path)?
            .ok_or_else(|| error::not_found(self.noun, path.last().unwrap_or(&"")))
    }

    pub(crate) fn put<T: Serialize>(
        &self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        path: &[&str],
        document: &T,
    ) -> Result<(), ServiceError> {
        tx.put(&call.scope, self.collection, &path.join("/"), document)
    }

    /// `false` if the path is taken.
    pub(crate) fn insert<T: Serialize>(
        &self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        path: &[&str],
        document: &T,
    ) -> Result<bool, ServiceError> {
        tx.insert(&call.scope, self.collection, &path.join("/"), document)
    }

    /// `false` if there was none.
    pub(crate) fn delete(
        &self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        path: &[&str],
    ) -> Result<bool, ServiceError> {
        tx.delete(&call.scope, self.collection, &path.join("/"))
    }

    /// Those below a path, in the order of their keys.
    pub(crate) fn all<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        below: &[&str],
    ) -> Result<Vec<T>, ServiceError> {
        paging::all(tx, self.listing(call, &prefix(below)))
    }

    /// Those below a path, each with what its key has behind the path; beginning behind `after`, if that
    /// is given.
    pub(crate) fn keyed<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        below: &[&str],
        after: Option<&str>,
    ) -> Result<Vec<(String, T)>, ServiceError> {
        let prefix = prefix(below);
        let after = after.map(|after| format!("{prefix}{after}"));
        let scope = &call.scope;
        let mut found = tx.scan(
            scope,
            self.collection,
            &prefix,
            after.as_deref(),
            usize::MAX,
        )?;
        for (key, _) in &mut found {
            key.drain(..prefix.len());
        }
        Ok(found)
    }

    /// The last one below a path whose key, behind the path, comes before `end`; with that part of the key.
    pub(crate) fn last_before<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        below: &[&str],
        end: &str,
    ) -> Result<Option<(String, T)>, ServiceError> {
        let prefix = prefix(below);
        let end = format!("{prefix}{end}");
        let found = tx.last_before(&call.scope, self.collection, &prefix, &end)?;
        Ok(found.map(|(mut key, document)| {
            key.drain(..prefix.len());
            (key, document)
        }))
    }

    /// Whether there is one below a path.
    pub(crate) fn has_any(
        &self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        below: &[&str],
    ) -> Result<bool, ServiceError> {
        let first: Vec<(String, Value)> =
            tx.scan(&call.scope, self.collection, &prefix(below), None, 1)?;
        Ok(!first.is_empty())
    }

    /// How many there are below a path.
    pub(crate) fn count(
        &self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        below: &[&str],
    ) -> Result<usize, ServiceError> {
        let from = prefix(below);
        let to = format!("{from}\u{10ffff}");
        let count = tx.count(&call.scope, self.collection, &from, &to)?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    /// Deletes those below a path.
    pub(crate) fn delete_all(
        &self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        below: &[&str],
    ) -> Result<(), ServiceError> {
        let found: Vec<(String, Value)> = tx.scan(
            &call.scope,
            self.collection,
            &prefix(below),
            None,
            usize::MAX,
        )?;
        for (key, _) in found {
            tx.delete(&call.scope, self.collection, &key)?;
        }
        Ok(())
    }

    /// A page of those below a path that `keep`.
    pub(crate) fn page<T: DeserializeOwned>(
        &self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        below: &[&str],
        page: &Page,
        keep: impl FnMut(&T) -> bool,
    ) -> Result<(Vec<T>, Option<String>), ServiceError> {
        paging::page(
            tx,
            self.listing(call, &prefix(below)),
            page.next_token.as_deref(),
            page.limit(),
            error::bad_token,
            keep,
        )
    }

    fn listing<'a>(&self, call: &'a Call<'_>, prefix: &'a str) -> Listing<'a> {
        Listing {
            scope: &call.scope,
            collection: self.collection,
            prefix,
        }
    }
}

fn prefix(below: &[&str]) -> String {
    below.iter().map(|part| format!("{part}/")).collect()
}

/// Which page of a list a request wants.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    pub(crate) max_results: Option<usize>,
    pub(crate) next_token: Option<String>,
}

impl Page {
    /// Results of one page if the request does not say.
    const USUAL: usize = 50;

    pub(crate) fn limit(&self) -> usize {
        self.max_results.unwrap_or(Self::USUAL)
    }

    /// The page of a list that is all there already, and the token of the next one.
    pub(crate) fn of<T>(
        &self,
        list: &str,
        items: Vec<T>,
    ) -> Result<(Vec<T>, Option<String>), ServiceError> {
        let token = self.next_token.as_deref();
        paging::slice(list, items, token, self.limit(), error::bad_token)
    }
}

/// A page as an answer, under the name of its list.
pub(crate) fn listed(name: &str, items: Vec<Value>, next_token: Option<String>) -> Value {
    json!({name: items, "nextToken": next_token})
}

/// The order of a list that can be sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum SortOrder {
    Ascending,
    Descending,
}

/// A request that names a domain and nothing else.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListAll {
    pub(crate) domain_identifier: String,
    #[serde(flatten)]
    pub(crate) page: Page,
}

/// A thing of a domain, by its id.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Named {
    pub(crate) domain_identifier: String,
    pub(crate) identifier: String,
}
