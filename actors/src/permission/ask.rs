//! What a person may ask to be given or taken, and what is wrong with it if something is.

use std::collections::BTreeSet;

use crate::access::{Grant, LedgerId, Object, Permission, Tagged, Thing};
use crate::validate::{self, Violations};

/// Most objects of one wish: Glue's limit of a table's columns is above it.
const MAX_OBJECTS: usize = 400;

/// Checks whom and what a wish is about.
pub(super) fn check(
    ledger: &LedgerId,
    principal: &str,
    on: &BTreeSet<Object>,
    found: &mut Violations,
) {
    found.check("principal", check_principal(principal));
    let tables: BTreeSet<Option<&str>> = on.iter().map(Object::table).collect();
    let columns = on.iter().all(|on| matches!(on, Object::Column { .. }));
    found.check(
        "on",
        match on.len() {
            0 => Err("is missing".to_owned()),
            1 => Ok(()),
            n if n > MAX_OBJECTS => Err(format!("has {n} columns, of {MAX_OBJECTS} at most")),
            _ if columns && tables.len() == 1 => Ok(()),
            _ => Err("must be one object, or several columns of one table".to_owned()),
        },
    );
    for on in on {
        found.check("on", check_object(ledger, on));
    }
}

/// Checks that the permissions fit the object.
pub(super) fn check_permissions(
    field: &str,
    permissions: &BTreeSet<Permission>,
    on: &BTreeSet<Object>,
    found: &mut Violations,
) {
    for on in on {
        let allowed = allowed(on);
        for permission in permissions {
            if !allowed.contains(permission) {
                let allowed: Vec<&str> = allowed.iter().map(|p| p.as_str()).collect();
                found.check(
                    field,
                    Err(format!(
                        "{permission} cannot be given on {on}, only {}",
                        allowed.join(", ")
                    )),
                );
                return;
            }
        }
    }
}

/// The grants that a wish comes to.
pub(super) fn grants(
    principal: &str,
    on: &BTreeSet<Object>,
    permissions: &BTreeSet<Permission>,
    grantable: bool,
) -> Vec<Thing> {
    let each = on.iter().flat_map(|on| {
        permissions.iter().map(move |permission| {
            Thing::Grant(Grant {
                principal: principal.to_owned(),
                on: on.clone(),
                permission: *permission,
                grantable,
            })
        })
    });
    each.collect()
}

/// What Lake Formation can allow on an object ("Lake Formation permissions reference").
pub(super) fn allowed(on: &Object) -> &'static [Permission] {
    use Permission::{
        All, Alter, Associate, CreateDatabase, CreateLfTag, CreateTable, DataLocationAccess,
        Delete, Describe, Drop, GrantWithLfTagExpression, Insert, Select,
    };
    match on {
        Object::Catalog => &[All, CreateDatabase, CreateLfTag, Alter, Drop, Describe],
        Object::Database
        | Object::Expression {
            of: Tagged::Database,
            ..
        } => &[All, CreateTable, Alter, Drop, Describe],
        Object::AllTables
        | Object::Table(_)
        | Object::Expression {
            of: Tagged::Table, ..
        } => &[All, Select, Insert, Delete, Describe, Alter, Drop],
        Object::Column { .. } | Object::ColumnsExcept { .. } | Object::Filter { .. } => &[Select],
        Object::Location(_) => &[DataLocationAccess],
        Object::TagKey { .. } => &[
            All,
            Associate,
            Describe,
            Alter,
            Drop,
            GrantWithLfTagExpression,
        ],
    }
}

fn check_principal(principal: &str) -> Result<(), String> {
    let shape = "must be the ARN of a role, a user, a group, an organization or a unit of one, an account \
                 id, '<account>:IAMPrincipals' or 'IAM_ALLOWED_PRINCIPALS'";
    if principal.is_empty() {
        return Err("is missing".to_owned());
    }
    let account = |text: &str| validate::account(text).is_ok();
    let group = principal
        .strip_suffix(":IAMPrincipals")
        .is_some_and(account);
    let mut parts = principal.splitn(6, ':');
    let parts: [Option<&str>; 6] = std::array::from_fn(|_| parts.next());
    let arn = match parts {
        [
            Some("arn"),
            Some(partition),
            Some(service),
            Some(_),
            Some(owner),
            Some(name),
        ] => {
            let named = |kinds: &[&str]| kinds.iter().any(|kind| name.starts_with(kind));
            partition.starts_with("aws")
                && match service {
                    "iam" => account(owner) && named(&["role/", "user/", "saml-provider/"]),
                    "identitystore" => named(&["user/", "group/"]),
                    "organizations" => account(owner) && named(&["organization/", "ou/"]),
                    "quicksight" => account(owner) && named(&["user/", "group/", "namespace/"]),
                    _ => false,
                }
        }
        _ => false,
    };
    if arn || group || account(principal) || principal == "IAM_ALLOWED_PRINCIPALS" {
        Ok(())
    } else {
        Err(shape.to_owned())
    }
}

fn check_object(ledger: &LedgerId, on: &Object) -> Result<(), String> {
    let of_account = match on {
        Object::Catalog
        | Object::Location(_)
        | Object::TagKey { .. }
        | Object::Expression { .. } => true,
        Object::Database
        | Object::AllTables
        | Object::Table(_)
        | Object::Column { .. }
        | Object::ColumnsExcept { .. }
        | Object::Filter { .. } => false,
    };
    if of_account != ledger.is_account() {
        let place = match of_account {
            true => "belongs to the whole account: leave the database out",
            false => "is in a database: say in which",
        };
        return Err(format!("{on} {place}"));
    }
    if let Some(table) = on.table() {
        validate::glue_table(&format!("d.{table}"))?;
    }
    match on {
        Object::Column { column, .. } if column.is_empty() => {
            Err("has a column without a name".to_owned())
        }
        Object::ColumnsExcept { excluded, .. } if excluded.is_empty() => {
            Err("excludes no column: grant on the table".to_owned())
        }
        Object::Filter { name, .. } if name.is_empty() => Err("has no filter's name".to_owned()),
        Object::Location(arn) if !arn.starts_with("arn:aws") => {
            Err("has no S3 location's ARN".to_owned())
        }
        Object::TagKey { key, values } if key.is_empty() || values.is_empty() => {
            Err("needs a tag's key and one value at least".to_owned())
        }
        Object::Expression { tags, .. }
            if tags.is_empty() || tags.values().any(BTreeSet::is_empty) =>
        {
            Err("needs one tag at least, each with one value at least".to_owned())
        }
        _ => Ok(()),
    }
}

/// Checks that a principal is one that can act: a role or user of IAM, or a group of it in Identity Center.
pub(super) fn check_person(principal: &str) -> Result<(), String> {
    let acts = principal.starts_with("arn:") && !principal.contains(":organizations:");
    match acts {
        true => check_principal(principal),
        false => Err("must be the ARN of a role or a user".to_owned()),
    }
}

/// Checks that this is the ARN of a role.
pub(super) fn check_role(arn: &str) -> Result<(), String> {
    match check_principal(arn) {
        Ok(()) if arn.contains(":role/") => Ok(()),
        _ => Err("must be the ARN of a role".to_owned()),
    }
}
