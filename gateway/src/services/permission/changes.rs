//! What a grant or a revoke changes, in words.

use std::collections::BTreeSet;

use datamesh_actors::access::{LedgerId, Thing};
use datamesh_actors::permission::{
    HeldBy, PermissionRecord, PermissionStatus, ResourceRecord, resource_id,
};
use tonic::Status;

use crate::services::backend::Backend;

/// What of these things is not there yet. `row` is the permission as it is, if it is known.
pub async fn to_put(
    backend: &Backend,
    ledger: &LedgerId,
    wants: &BTreeSet<Thing>,
    row: Option<&PermissionRecord>,
) -> Result<Vec<String>, Status> {
    let mut changes = Vec::new();
    for thing in wants {
        let is_there = match thing {
            Thing::Grant(grant) => {
                row.is_some_and(|row| row.status == PermissionStatus::Granted && row.covers(grant))
            }
            thing => {
                let id = resource_id(ledger, &thing.key());
                let known = backend.find::<ResourceRecord>(&id).await?;
                known.is_some_and(|known| {
                    known.status == PermissionStatus::Granted && known.thing == *thing
                })
            }
        };
        if !is_there {
            changes.push(thing.to_string());
        }
    }
    Ok(changes)
}

/// What of these things is there, and goes unless others need it.
pub fn to_take(asked: &BTreeSet<Thing>, row: Option<&PermissionRecord>) -> Vec<String> {
    let Some(row) = row.filter(|row| row.status != PermissionStatus::Revoked) else {
        return asked.iter().map(ToString::to_string).collect();
    };
    let others: Vec<&str> = (row.holders.iter())
        .map(|HeldBy { holder, .. }| holder.as_str())
        .filter(|holder| *holder != row.permission_id)
        .collect();
    let unless = match others.is_empty() {
        true => String::new(),
        false => format!(", as far as {} does not need it", others.join(", ")),
    };
    let there = asked.iter().filter(|thing| match thing {
        Thing::Grant(grant) => row.covers(grant),
        _ => true,
    });
    there.map(|thing| format!("{thing}{unless}")).collect()
}

#[cfg(test)]
mod tests {
    use datamesh_actors::access::{Grant, Object, Permission};

    use super::*;

    fn grant(permission: Permission) -> Thing {
        Thing::Grant(Grant {
            principal: "ann".to_owned(),
            on: Object::Table("orders".to_owned()),
            permission,
            grantable: false,
        })
    }

    #[test]
    fn only_what_is_there_is_taken_and_others_are_named() {
        let asked = BTreeSet::from([grant(Permission::Select), grant(Permission::Insert)]);
        let mut row = PermissionRecord {
            permission_id: "perm-1".to_owned(),
            principal: "ann".to_owned(),
            on: "table orders".to_owned(),
            permissions: vec![Permission::Select],
            status: PermissionStatus::Granted,
            ..PermissionRecord::default()
        };
        assert_eq!(
            to_take(&asked, Some(&row)),
            ["SELECT on table orders to ann"]
        );
        row.holders = ["perm-1", "share-1"]
            .map(|holder| HeldBy {
                holder: holder.to_owned(),
                ..HeldBy::default()
            })
            .to_vec();
        assert_eq!(
            to_take(&asked, Some(&row)),
            ["SELECT on table orders to ann, as far as share-1 does not need it"]
        );
    }
}
