//! Who else gives what is taken. Only what surely gives it is counted: who is overlooked costs the revoke a pause
//! and a round more, who is counted wrongly makes a proof of nothing.

use std::collections::BTreeSet;

use datamesh_actor::{AskError, EffectError, ErrorClass};

use crate::access::{Object, Permission};
use crate::mesh::unanswered;
use crate::permission::{PermissionRecord, PermissionStatus};

/// Who lets the principal of these permissions read a column; nobody, if it is not known which. What a filter lets
/// through is not known here, so a grant on one does not count.
pub(super) fn who_reads(found: &[PermissionRecord], column: &str) -> BTreeSet<String> {
    let reads = |record: &&PermissionRecord| {
        let selects = [Permission::Select, Permission::All];
        let shows = match &record.object {
            Some(Object::Table(_)) => true,
            Some(Object::Column { .. }) => record.columns.iter().any(|known| known == column),
            Some(Object::ColumnsExcept { excluded, .. }) => !excluded.contains(column),
            _ => false,
        };
        !column.is_empty()
            && record.status == PermissionStatus::Granted
            && record.permissions.iter().any(|p| selects.contains(p))
            && shows
    };
    holders(found.iter().filter(reads))
}

/// For whom RAM shares the table with the account of these permissions: whatever is granted to it on the table,
/// it is shared.
pub(super) fn who_shares(found: &[PermissionRecord]) -> BTreeSet<String> {
    let shares = |record: &&PermissionRecord| {
        !matches!(
            record.status,
            PermissionStatus::Granting | PermissionStatus::Failed | PermissionStatus::Drifted
        )
    };
    holders(found.iter().filter(shares))
}

fn holders<'r>(found: impl Iterator<Item = &'r PermissionRecord>) -> BTreeSet<String> {
    let held = found.flat_map(|record| &record.holders);
    held.map(|held| held.holder.clone()).collect()
}

/// What the list said, or at the last try nothing: a list that cannot be read leaves no revoke waiting for an
/// operator.
pub(super) fn listed(
    found: Result<Vec<PermissionRecord>, AskError>,
    last: bool,
) -> Result<Vec<PermissionRecord>, EffectError> {
    match found.map_err(unanswered) {
        Err(error) if last || error.class == ErrorClass::Terminal => {
            tracing::warn!(%error, "who else has access could not be listed: it counts as nobody");
            Ok(Vec::new())
        }
        found => found,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::permission::HeldBy;

    fn granted(on: Object) -> PermissionRecord {
        PermissionRecord {
            object: Some(on),
            permissions: vec![Permission::Select],
            status: PermissionStatus::Granted,
            holders: vec![HeldBy {
                holder: "share-2".to_owned(),
                ..HeldBy::default()
            }],
            ..PermissionRecord::default()
        }
    }

    fn orders() -> Object {
        Object::Table("orders".to_owned())
    }

    fn columns(names: &[&str]) -> PermissionRecord {
        PermissionRecord {
            columns: names.iter().map(|&name| name.to_owned()).collect(),
            ..granted(Object::Column {
                table: "orders".to_owned(),
                column: names[0].to_owned(),
            })
        }
    }

    fn except(excluded: &str) -> PermissionRecord {
        granted(Object::ColumnsExcept {
            table: "orders".to_owned(),
            excluded: BTreeSet::from([excluded.to_owned()]),
        })
    }

    fn with(status: PermissionStatus) -> PermissionRecord {
        PermissionRecord {
            status,
            ..granted(orders())
        }
    }

    #[test]
    fn only_who_surely_gives_the_column_lets_it_be_read() {
        let super_of = PermissionRecord {
            permissions: vec![Permission::All],
            ..granted(orders())
        };
        for found in [
            granted(orders()),
            super_of,
            columns(&["amount", "id"]),
            except("email"),
        ] {
            let who = who_reads(std::slice::from_ref(&found), "id");
            assert_eq!(who, BTreeSet::from(["share-2".to_owned()]), "{found:?}");
        }
        let describe = PermissionRecord {
            permissions: vec![Permission::Describe],
            ..granted(orders())
        };
        // To be allowed to give SELECT on is not to have it.
        let gives_on = PermissionRecord {
            permissions: Vec::new(),
            grantable: vec![Permission::Select],
            ..granted(orders())
        };
        let filter = granted(Object::Filter {
            table: "orders".to_owned(),
            name: "datamesh-1".to_owned(),
        });
        let of_old = PermissionRecord {
            object: None,
            ..granted(orders())
        };
        let mut none = vec![
            describe,
            gives_on,
            filter,
            of_old,
            columns(&["amount"]),
            except("id"),
        ];
        let others = PermissionStatus::ALL.into_iter().map(with);
        none.extend(others.filter(|found| found.status != PermissionStatus::Granted));
        for found in none {
            let who = who_reads(std::slice::from_ref(&found), "id");
            assert!(who.is_empty(), "{found:?}");
        }
        let unknown = who_reads(&[granted(orders()), except("email")], "");
        assert!(
            unknown.is_empty(),
            "an older version did not say the column"
        );
    }

    #[test]
    fn the_table_is_shared_for_whom_something_is_there() {
        for (status, shares) in [
            (PermissionStatus::Granting, false),
            (PermissionStatus::Granted, true),
            (PermissionStatus::Revoking, true),
            (PermissionStatus::Failed, false),
            (PermissionStatus::Drifted, false),
        ] {
            assert_eq!(
                !who_shares(&[with(status)]).is_empty(),
                shares,
                "{status:?}"
            );
        }
    }

    #[test]
    fn a_list_that_cannot_be_read_says_nobody_in_the_end() {
        let unread = || Err(AskError::Internal("not JSON".to_owned()));
        listed(unread(), false).unwrap_err();
        assert_eq!(listed(unread(), true).unwrap(), Vec::new());
        let found = vec![granted(orders())];
        assert_eq!(listed(Ok(found.clone()), true).unwrap(), found);
    }
}
