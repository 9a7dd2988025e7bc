//! Resource links: tables in the ledger's own catalogue that stand for shared ones.
//!
//! A table under a link's name that is none, or that leads elsewhere, is somebody else's: it is never
//! changed and never deleted.

use std::collections::BTreeMap;

use datamesh_aws::AwsError;
use datamesh_aws::glue::{CreateDatabase, CreateResourceLink, TableName};
use datamesh_aws::lakeformation::{Entry, Permission, ResourceKind};

use super::lake::Lake;
use super::thing_error::ThingError;
use crate::access::Link;

/// A link's name is taken, and who reads it finds nothing there: reads lag writes.
pub(crate) const LINK_NOT_SEEN: &str = "LinkNotSeen";

/// Makes a link, and the database that holds it if there is none.
///
/// # Errors
/// AWS's; `LinkNameTaken` when another table has the name; [`LINK_NOT_SEEN`] when one has it that is not seen.
pub(super) async fn put(lake: &Lake<'_>, link: &Link) -> Result<(), ThingError> {
    let glue = lake.glue();
    let mut made = glue.create_resource_link(to_aws(lake, link)).await;
    if matches!(&made, Err(error) if error.is_not_found()) {
        let database = CreateDatabase {
            name: link.database.clone(),
            description: Some("Links to tables that were shared with this account.".to_owned()),
            ..CreateDatabase::default()
        };
        match glue.create_database(database).await {
            Err(error) if error.is_conflict() => {}
            other => other?,
        }
        made = glue.create_resource_link(to_aws(lake, link)).await;
    }
    match made {
        Err(error) if error.is_conflict() => {}
        other => return Ok(other?),
    }
    let name = format!("{}.{}", link.database, link.name);
    match lake.glue().get_table(&link.database, &link.name).await {
        Ok(table) if table.link_to == Some(target(lake, link)) => Ok(()),
        Ok(_) => Err(ThingError::refused(
            "LinkNameTaken",
            format!(
                "{name} is another table, and is not touched: choose another name for the link"
            ),
        )),
        // Only who was seen there is somebody else: reads lag writes, and it may be this one.
        Err(error) if error.is_not_found() => Err(ThingError::refused(
            LINK_NOT_SEEN,
            format!("{name} was made before and is not seen yet"),
        )),
        Err(error) => Err(error.into()),
    }
}

/// Deletes a link, if it is this one. Even an administrator needs DROP on it, which who made it has; if
/// somebody took it from us, we give it to ourselves again.
///
/// # Errors
/// AWS's.
pub(super) async fn remove(lake: &Lake<'_>, link: &Link) -> Result<(), ThingError> {
    if !is_there(lake, link).await? {
        return Ok(());
    }
    let glue = lake.glue();
    let deleted = match glue.delete_table(&link.database, &link.name).await {
        Err(error) if error.code == "AccessDeniedException" => {
            give_drop(lake, link).await?;
            glue.delete_table(&link.database, &link.name).await
        }
        other => other,
    };
    match deleted {
        Err(error) if error.is_not_found() => Ok(()),
        other => Ok(other?),
    }
}

/// Whether the link is there and leads to its table.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn is_there(lake: &Lake<'_>, link: &Link) -> Result<bool, ThingError> {
    match lake.glue().get_table(&link.database, &link.name).await {
        Ok(table) => Ok(table.link_to == Some(target(lake, link))),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn target(lake: &Lake<'_>, link: &Link) -> TableName {
    TableName {
        catalog: lake.ledger.catalog.clone(),
        database: lake.ledger.database.clone(),
        name: link.table.clone(),
    }
}

fn to_aws(lake: &Lake<'_>, link: &Link) -> CreateResourceLink {
    CreateResourceLink {
        database: link.database.clone(),
        name: link.name.clone(),
        target: target(lake, link),
        parameters: BTreeMap::new(),
    }
}

async fn give_drop(lake: &Lake<'_>, link: &Link) -> Result<(), AwsError> {
    let principal = principal(&lake.caller().await?);
    let entry = Entry {
        principal,
        resource: ResourceKind::Table {
            database: link.database.clone(),
            name: link.name.clone(),
        }
        .here(),
        permissions: vec![Permission::Drop],
        grantable: Vec::new(),
    };
    lake.lakeformation().grant(entry).await
}

/// Who Lake Formation knows a caller as: the role behind a session, else the caller itself.
fn principal(caller: &str) -> String {
    let parts: Vec<&str> = caller.splitn(6, ':').collect();
    let ["arn", partition, "sts", _, account, session] = parts.as_slice() else {
        return caller.to_owned();
    };
    match session.split('/').collect::<Vec<_>>().as_slice() {
        ["assumed-role", role, ..] => format!("arn:{partition}:iam::{account}:role/{role}"),
        _ => caller.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::principal;

    #[test]
    fn a_session_is_known_by_its_role() {
        for (caller, known) in [
            (
                "arn:aws:sts::111122223333:assumed-role/mesh/datamesh-glue",
                "arn:aws:iam::111122223333:role/mesh",
            ),
            (
                "arn:aws:iam::111122223333:user/ann",
                "arn:aws:iam::111122223333:user/ann",
            ),
        ] {
            assert_eq!(principal(caller), known);
        }
    }
}
