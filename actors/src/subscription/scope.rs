//! What of a table can be asked for.

use std::collections::BTreeSet;

use crate::agreement::Scope;
use crate::asset::AssetRecord;
use crate::validate::{self, Violations};

/// Notes what is wrong with a scope, field by field, under `field`. Columns are those that the asset had when
/// it was published; an asset that knows none is not asked.
pub(super) fn check(field: &str, scope: &Scope, asset: &AssetRecord, found: &mut Violations) {
    if !scope.columns.is_empty() && !scope.excluded.is_empty() {
        found.check(
            &format!("{field}.excluded"),
            Err("cannot be given together with columns".to_owned()),
        );
    }
    let known: BTreeSet<&str> = asset.columns.iter().map(|c| c.name.as_str()).collect();
    for (list, names) in [("columns", &scope.columns), ("excluded", &scope.excluded)] {
        for name in names {
            if !known.is_empty() && !known.contains(name.as_str()) {
                let shown: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
                let known: Vec<&str> = known.iter().copied().collect();
                found.check(
                    &format!("{field}.{list}"),
                    Err(format!(
                        "has {shown}, which the asset has not; it has {}",
                        known.join(", ")
                    )),
                );
            }
        }
    }
    let left = known.iter().filter(|name| !scope.excluded.contains(**name));
    if !known.is_empty() && left.count() == 0 {
        found.check(
            &format!("{field}.excluded"),
            Err("leaves no column".to_owned()),
        );
    }
    found.check(
        &format!("{field}.rowFilter"),
        validate::description(&scope.row_filter),
    );
}
