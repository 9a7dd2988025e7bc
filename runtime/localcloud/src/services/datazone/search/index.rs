//! The index of assets, data products and listings: by word, by fact (an attribute with its value), and by name.
//!
//! A search takes from it the narrowest list of candidates that it can, and looks at those only; what has no
//! text and no filter is a page in the order of the names. Domains of an older file are indexed when they
//! are searched first.

use std::collections::BTreeSet;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::filter::{FACTS, TEXTS, values_of};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, Page};
use crate::services::datazone::{asset, listing};
use crate::store::Tx;

/// `domain/catalogue/term`, a line break, and the id.
const TERMS: &str = "datazone.index-terms";
/// `domain/catalogue/name/id`, the name in lower case.
const NAMES: Kind = Kind::new("datazone.index-names", "Name");
/// What is in the index under an id: `domain/catalogue/id`.
const ENTRIES: Kind = Kind::new("datazone.index-entries", "Entry");
/// The domains whose index is whole.
const WHOLE: Kind = Kind::new("datazone.indexed-domains", "Index");

/// Longer words are found by their beginnings only.
const LONGEST: usize = 64;
/// So few candidates are looked at without narrowing them further.
const FEW: usize = 200;

/// What a document must have to be wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Need {
    /// A word that begins with this.
    Word(String),
    /// See [`fact`].
    Fact(String),
}

impl Need {
    /// What the terms begin with that satisfy it.
    fn prefix(&self) -> String {
        match self {
            Self::Word(word) => format!("w:{}", shortened(word)),
            Self::Fact(fact) => format!("f:{fact}\n"),
        }
    }
}

/// An attribute with its value.
pub(crate) fn fact(attribute: &str, value: &str) -> String {
    format!("{attribute}={value}")
}

/// The words of a text: letters and digits, in lower case.
pub(crate) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

fn shortened(word: &str) -> String {
    word.chars().take(LONGEST).collect()
}

/// Of an entry, what it is sorted by.
#[derive(Debug, Deserialize)]
struct Named {
    name: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    name: String,
    terms: BTreeSet<String>,
}

/// The index of one kind of things in a domain.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Catalogue<'a> {
    domain: &'a str,
    name: &'static str,
}

impl<'a> Catalogue<'a> {
    pub(crate) fn assets(domain: &'a str) -> Self {
        Self {
            domain,
            name: "assets",
        }
    }

    pub(crate) fn data_products(domain: &'a str) -> Self {
        Self {
            domain,
            name: "data-products",
        }
    }

    pub(crate) fn listings(domain: &'a str) -> Self {
        Self {
            domain,
            name: "listings",
        }
    }

    fn key(&self, term: &str) -> String {
        format!("{}/{}/{term}", self.domain, self.name)
    }

    /// Writes what a document shows of itself, in place of what it showed before. `more` are further facts.
    pub(crate) fn put(
        &self,
        id: &str,
        view: &Value,
        more: &[String],
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        let mut terms: BTreeSet<String> = more.iter().map(|fact| format!("f:{fact}\n")).collect();
        for attribute in FACTS {
            let values = values_of(view, attribute);
            terms.extend(
                values
                    .iter()
                    .map(|value| format!("f:{}\n", fact(attribute, value))),
            );
        }
        for attribute in TEXTS {
            gather(&view[attribute], &mut terms);
        }
        let name = view["name"].as_str().unwrap_or_default().to_lowercase();
        let path = [self.domain, self.name, id];
        let known: Option<Entry> = ENTRIES.find(call, tx, &path)?;
        let old = known.unwrap_or(Entry {
            name: String::new(),
            terms: BTreeSet::new(),
        });
        for term in old.terms.difference(&terms) {
            tx.delete(&call.scope, TERMS, &self.key(&format!("{term}{id}")))?;
        }
        for term in terms.difference(&old.terms) {
            tx.put(&call.scope, TERMS, &self.key(&format!("{term}{id}")), &())?;
        }
        if old.name != name {
            NAMES.delete(call, tx, &[self.domain, self.name, &old.name, id])?;
        }
        NAMES.put(call, tx, &[self.domain, self.name, &name, id], &id)?;
        ENTRIES.put(call, tx, &path, &Entry { name, terms })
    }

    /// Takes a document out.
    pub(crate) fn remove(
        &self,
        id: &str,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        let path = [self.domain, self.name, id];
        let Some(entry) = ENTRIES.find::<Entry>(call, tx, &path)? else {
            return Ok(());
        };
        for term in &entry.terms {
            tx.delete(&call.scope, TERMS, &self.key(&format!("{term}{id}")))?;
        }
        NAMES.delete(call, tx, &[self.domain, self.name, &entry.name, id])?;
        ENTRIES.delete(call, tx, &path).map(drop)
    }

    /// Whether anything has a fact.
    pub(crate) fn has(
        &self,
        fact: &str,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<bool, ServiceError> {
        ensure(self.domain, call, tx)?;
        let prefix = self.key(&Need::Fact(fact.to_owned()).prefix());
        let first: Vec<(String, IgnoredAny)> = tx.scan(&call.scope, TERMS, &prefix, None, 1)?;
        Ok(!first.is_empty())
    }

    /// The ids of all that has a fact.
    pub(crate) fn with(
        &self,
        fact: &str,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<Vec<String>, ServiceError> {
        ensure(self.domain, call, tx)?;
        let ids = self.ids(&Need::Fact(fact.to_owned()), call, tx)?;
        Ok(ids.into_iter().collect())
    }

    /// The ids of all that has a fact, in the order of the names.
    pub(crate) fn sorted_with(
        &self,
        fact: &str,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<Vec<String>, ServiceError> {
        let mut named = Vec::new();
        for id in self.with(fact, call, tx)? {
            let entry: Named = ENTRIES.require(call, tx, &[self.domain, self.name, &id])?;
            named.push((entry.name, id));
        }
        named.sort();
        Ok(named.into_iter().map(|(_, id)| id).collect())
    }

    /// The ids of all that may satisfy every need; `None` if nothing is needed.
    pub(crate) fn candidates(
        &self,
        needs: &[Need],
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<Option<Vec<String>>, ServiceError> {
        ensure(self.domain, call, tx)?;
        let mut counted = Vec::new();
        for need in needs {
            let from = self.key(&need.prefix());
            let to = format!("{from}\u{10ffff}");
            counted.push((tx.count(&call.scope, TERMS, &from, &to)?, need));
        }
        counted.sort_by_key(|(count, _)| *count);
        let mut counted = counted.into_iter();
        let Some((_, narrowest)) = counted.next() else {
            return Ok(None);
        };
        let mut ids = self.ids(narrowest, call, tx)?;
        for (_, need) in counted {
            if ids.len() <= FEW {
                break;
            }
            let others = self.ids(need, call, tx)?;
            ids.retain(|id| others.contains(id));
        }
        Ok(Some(ids.into_iter().collect()))
    }

    fn ids(
        &self,
        need: &Need,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<BTreeSet<String>, ServiceError> {
        let prefix = self.key(&need.prefix());
        let found: Vec<(String, IgnoredAny)> =
            tx.scan(&call.scope, TERMS, &prefix, None, usize::MAX)?;
        let id = |(key, _): (String, IgnoredAny)| key.rsplit('\n').next().map(str::to_owned);
        Ok(found.into_iter().filter_map(id).collect())
    }

    /// A page of ids in the order of the names.
    pub(crate) fn page(
        &self,
        page: &Page,
        call: &Call<'_>,
        tx: &Tx<'_>,
        keep: impl FnMut(&String) -> bool,
    ) -> Result<(Vec<String>, Option<String>), ServiceError> {
        ensure(self.domain, call, tx)?;
        NAMES.page(call, tx, &[self.domain, self.name], page, keep)
    }

    /// How many things are in the index.
    pub(crate) fn count(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<usize, ServiceError> {
        ensure(self.domain, call, tx)?;
        ENTRIES.count(call, tx, &[self.domain, self.name])
    }
}

/// The words of every text in a value.
fn gather(value: &Value, terms: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.values().for_each(|field| gather(field, terms)),
        Value::Array(items) => items.iter().for_each(|item| gather(item, terms)),
        Value::Null => {}
        Value::String(text) => gather_words(text, terms),
        other => gather_words(&other.to_string(), terms),
    }
}

fn gather_words(text: &str, terms: &mut BTreeSet<String>) {
    terms.extend(words(text).map(|word| format!("w:{}\n", shortened(&word))));
}

/// A new domain has nothing in it: its index is whole.
pub(crate) fn begin(domain: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    WHOLE.put(call, tx, &[domain], &true)
}

/// Indexes a domain that was made before there was an index.
fn ensure(domain: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    if WHOLE.find::<Value>(call, tx, &[domain])?.is_some() {
        return Ok(());
    }
    WHOLE.put(call, tx, &[domain], &true)?;
    for asset in asset::in_domain(&call.scope, tx, domain)? {
        let revision = asset.revision(None, &call.scope, tx)?;
        asset.index(&revision, call, tx)?;
    }
    for listing in listing::in_domain(&call.scope, tx, domain)? {
        listing.index(call, tx)?;
    }
    Ok(())
}
