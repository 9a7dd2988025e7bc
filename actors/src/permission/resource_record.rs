use std::collections::BTreeSet;
use std::sync::Arc;

use datamesh_actor::derive_id;
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use super::item::Item;
use super::record::{HeldBy, PermissionStatus};
use super::rows::status;
use super::work::Work;
use crate::access::{LedgerId, Thing};
use crate::{reason, row};

/// The list of what permissions stand on: everything that a ledger keeps and is no grant.
pub const LAKE_RESOURCES: &str = "lake-resources";

/// Something that permissions stand on, as the API shows it; a document of [`LAKE_RESOURCES`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceRecord {
    /// `lake-…`, see [`resource_id`].
    pub resource_id: String,
    /// The ledger that writes it.
    pub ledger: LedgerId,
    /// What.
    pub thing: Thing,
    /// How far it is.
    pub status: PermissionStatus,
    /// Why it is not further: `CODE: a sentence`; empty if nothing is wrong.
    pub status_reason: String,
    /// Who needs it.
    pub holders: Vec<HeldBy>,
    /// Since when the ledger has it, in milliseconds since the Unix epoch.
    pub since_ms: i64,
    /// When something of it last changed, in milliseconds since the Unix epoch.
    pub updated_ms: i64,
}

/// The id of what is kept under a [key](Thing::key) in a ledger: the same for the same. It is also the holder
/// of what the LakeFormation service puts there.
pub fn resource_id(ledger: &LedgerId, key: &str) -> String {
    derive_id("lake-", &[&ledger.to_string(), key])
}

/// The kind, as the API calls it: `tagKey`. Empty for a grant.
pub fn kind_of(thing: &Thing) -> &'static str {
    match thing {
        Thing::Sharing { .. } => "crossAccountVersion",
        Thing::Admin { .. } => "administrator",
        Thing::Location(_) => "location",
        Thing::TagKey { .. } => "tagKey",
        Thing::Tag { .. } => "tag",
        Thing::Filter(_) => "filter",
        Thing::Link(_) => "link",
        Thing::OptIn { .. } => "optIn",
        Thing::Grant(_) => "",
    }
}

impl ResourceRecord {
    fn of(ledger: &LedgerId, item: &Item, now_ms: i64) -> Self {
        Self {
            resource_id: resource_id(ledger, &item.thing.key()),
            ledger: ledger.clone(),
            thing: (*item.thing).clone(),
            status: PermissionStatus::Revoked,
            status_reason: String::new(),
            holders: Vec::new(),
            since_ms: item.since_ms,
            updated_ms: now_ms,
        }
    }

    fn row(&self) -> Option<ViewChange> {
        let ledger = &self.ledger;
        let kind = kind_of(&self.thing);
        let mut databases = BTreeSet::from([ledger.database.as_str()]);
        if let Thing::Link(link) = &self.thing {
            databases.insert(&link.database);
        }
        let mut fields = vec![
            ("account", ledger.account.as_str()),
            ("kind", kind),
            ("status", self.status.as_str()),
        ];
        fields.extend(databases.into_iter().map(|name| ("database", name)));
        let holders = self.holders.iter();
        fields.extend(holders.map(|held| ("holder", held.holder.as_str())));
        let sort = [
            ledger.account.as_str(),
            &ledger.database,
            kind,
            &self.resource_id,
        ]
        .join("/");
        row::put(LAKE_RESOURCES, &self.resource_id, sort, &fields, self)
    }
}

/// Shows what became of the things that changed and are no grants.
pub(super) fn show(work: &mut Work<'_>) {
    for (key, before) in std::mem::take(&mut work.resources) {
        let record = record(work, &key, &before);
        work.turn.show(record.row());
    }
}

fn record(work: &Work<'_>, key: &str, before: &Arc<Item>) -> ResourceRecord {
    let (state, now_ms) = (work.state(), work.now_ms());
    let Some((_, item)) = state.find(key) else {
        let mut record = ResourceRecord::of(&work.ledger, before, now_ms);
        if before.thing.stays() {
            let stays =
                "nobody here needs it any more; it is left as it is, for others may rely on it";
            record.status_reason = reason::sentence("STAYS", stays);
        }
        return record;
    };
    let mut record = ResourceRecord::of(&work.ledger, item, now_ms);
    let holders = item.holders.iter().filter_map(|id| {
        let why = state.holder(id)?.why.clone();
        let holder = id.clone();
        Some(HeldBy { holder, why })
    });
    record.holders = holders.collect();
    record.status = status(&[item], false);
    let (code, message) = &item.trouble;
    if !code.is_empty() {
        record.status_reason = reason::sentence(code, message);
    } else if record.status == PermissionStatus::Drifted {
        let taken = "it was taken away by hand: put it again";
        record.status_reason = reason::sentence("MISSING", taken);
    }
    record
}
