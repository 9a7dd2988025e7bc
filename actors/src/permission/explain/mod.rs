//! Who can read a table, and why: from what Lake Formation has in the account of the table, and in that of the
//! principal if it is another. Pure.
//!
//! - SELECT counts, on the table, on all tables, on columns, through a filter or a tag expression. A right to
//!   give SELECT on is not SELECT, and what an administrator may do is not reading.
//! - `IAM_ALLOWED_PRINCIPALS` leaves it to IAM, for principals of the table's own account who have not opted in.
//! - Across accounts the table's account must have granted to the principal itself, or to its account or
//!   organization; then an administrator of the principal's account must have granted on, and both count only
//!   where they meet.
//! - SELECT is on the target, DESCRIBE on the link.
//!
//! More grants never make less readable.

mod cells;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::record::{HeldBy, PermissionRecord};
use crate::access::{Grant, Object, Permission};
use crate::lakeformation::Facts;
use cells::{Cells, Way, both, reads, ways};

/// The group that stands for "IAM decides".
const EVERYBODY: &str = "IAM_ALLOWED_PRINCIPALS";

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The ARN of a role or user.
    pub principal: &'a str,
    /// The table's name, for the sentences.
    pub table: &'a str,
    /// One column; all of them if `None`.
    pub column: Option<&'a str>,
}

/// What is known of one account.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The account.
    pub account: &'a str,
    /// What decides there.
    pub facts: &'a Facts,
    /// The rows of the permissions there: who needs what.
    pub held: &'a [PermissionRecord],
}

/// Who can read, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// Whether the column that was asked for, or any, can be read.
    pub can_read: bool,
    /// The columns in their order, all of the table, or the one that was asked for.
    pub columns: Vec<ColumnAccess>,
    /// Each way that leads to some of them.
    pub paths: Vec<Path>,
    /// What is missing to read what cannot be read, and how to get it.
    pub missing: Vec<String>,
}

/// Whether a column can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnAccess {
    /// Its name.
    pub name: String,
    /// Whether it can be read.
    pub readable: bool,
    /// The rows in which it can be read: those for which one of these holds; all if empty.
    pub rows: Vec<String>,
}

/// One way to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Path {
    /// Of what kind.
    pub via: Via,
    /// The grants, in words, each with its account: the table's first.
    pub grants: Vec<String>,
    /// The columns that it leads to.
    pub columns: Vec<String>,
    /// The rows that it leads to; all if empty.
    pub rows: String,
    /// Whether the principal opted in to Lake Formation's permissions.
    pub opted_in: bool,
    /// Who asked, approved, since and until when; empty for what was given by hand.
    pub held_by: Vec<HeldBy>,
}

/// What kind a way is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Via {
    /// A grant to the principal.
    Grant,
    /// A data cells filter.
    Filter,
    /// A tag expression.
    TagExpression,
    /// A grant to all principals of the account, `<account>:IAMPrincipals`.
    IamPrincipals,
    /// `IAM_ALLOWED_PRINCIPALS`: Lake Formation leaves it to IAM.
    Iam,
    /// A grant to the account or its organization, and another in that account.
    Account,
}

/// Says who can read the table, and why. `owner` is the account whose catalogue it is in. For a principal of
/// another account, `local` is that account's view of the table, and `link` its view of the resource link that
/// is read through, if it is read through one.
pub fn explain(
    question: Question<'_>,
    owner: Side<'_>,
    local: Option<Side<'_>>,
    link: Option<Side<'_>>,
) -> Explanation {
    let home = account_of(question.principal).unwrap_or(owner.account);
    let Some(table) = &owner.facts.table else {
        let missing = format!(
            "there is no table {} in account {}: it was dropped, or the name is wrong",
            question.table, owner.account
        );
        return Explanation {
            missing: vec![missing],
            ..Explanation::default()
        };
    };
    let mut missing = Vec::new();
    let paths = if home == owner.account {
        at_home(question, owner, &mut missing)
    } else {
        across(question, home, owner, local, &mut missing)
    };
    let through = link.is_none_or(|link| sees_link(question, home, link, &mut missing));
    let asked = |name: &&String| question.column.is_none_or(|column| column == name.as_str());
    let columns: Vec<ColumnAccess> = (table.columns.iter())
        .filter(asked)
        .map(|name| access(name, &paths, through))
        .collect();
    if let (Some(column), true) = (question.column, columns.is_empty()) {
        missing.push(format!(
            "table {} has no column {column}: it has {}",
            question.table,
            table.columns.join(", ")
        ));
    }
    let can_read = columns.iter().any(|column| column.readable);
    let unreadable: Vec<&str> = (columns.iter())
        .filter(|column| !column.readable)
        .map(|column| column.name.as_str())
        .collect();
    if can_read && unreadable.is_empty() {
        missing.clear();
    } else if !unreadable.is_empty() && !paths.is_empty() && through {
        missing.push(format!(
            "no way leads to {}: ask for SELECT on {} of table {}",
            unreadable.join(", "),
            if unreadable.len() == 1 { "it" } else { "them" },
            question.table
        ));
    }
    Explanation {
        can_read,
        columns,
        paths,
        missing,
    }
}

fn access(name: &str, paths: &[Path], through: bool) -> ColumnAccess {
    let ways = paths
        .iter()
        .filter(|path| path.columns.iter().any(|column| column == name));
    let rows: BTreeSet<&str> = ways.map(|path| path.rows.as_str()).collect();
    let all = rows.contains("");
    ColumnAccess {
        name: name.to_owned(),
        readable: through && !rows.is_empty(),
        rows: match all || !through {
            true => Vec::new(),
            false => rows.into_iter().map(str::to_owned).collect(),
        },
    }
}

/// The ways of a principal of the table's own account.
fn at_home(question: Question<'_>, owner: Side<'_>, missing: &mut Vec<String>) -> Vec<Path> {
    let principal = question.principal;
    let opted_in = owner.facts.opted_in.iter().any(|one| one == principal);
    let group = format!("{}:IAMPrincipals", owner.account);
    let mut paths = Vec::new();
    for way in ways(owner, owner.facts) {
        let to = way.grant.principal.as_str();
        let via = if to == principal {
            via_of(way.grant)
        } else if to == group {
            Via::IamPrincipals
        } else if to == EVERYBODY && !opted_in {
            Via::Iam
        } else {
            continue;
        };
        paths.extend(paths_of(
            via,
            &[(owner.account, &way)],
            &way.cells,
            opted_in,
        ));
    }
    if !paths.is_empty() {
        return paths;
    }
    let mut ways = owner.facts.grants.iter();
    if opted_in && ways.any(|grant| grant.principal == EVERYBODY && reads(grant)) {
        missing.push(format!(
            "{EVERYBODY} has it, but {principal} opted in to Lake Formation's permissions: grant SELECT to \
             it, or take the opt-in back"
        ));
    }
    missing.push(format!(
        "{principal} has no SELECT on table {} in account {}: ask for a subscription, or have an owner grant \
         it",
        question.table, owner.account
    ));
    if owner.facts.admins.iter().any(|admin| admin == principal) {
        missing.push(format!(
            "{principal} is a data lake administrator: that lets it grant SELECT, also to itself, but not read"
        ));
    }
    absent_filters(principal, owner, missing);
    paths
}

/// The ways of a principal of another account.
fn across(
    question: Question<'_>,
    home: &str,
    owner: Side<'_>,
    local: Option<Side<'_>>,
    missing: &mut Vec<String>,
) -> Vec<Path> {
    let principal = question.principal;
    let group = format!("{home}:IAMPrincipals");
    let mut paths = Vec::new();
    let mut shared = Vec::new();
    for way in ways(owner, owner.facts) {
        let to = way.grant.principal.as_str();
        if to == principal {
            let via = via_of(way.grant);
            paths.extend(paths_of(via, &[(owner.account, &way)], &way.cells, false));
        } else if to == group {
            let parts = [(owner.account, &way)];
            paths.extend(paths_of(Via::IamPrincipals, &parts, &way.cells, false));
        } else if to == home || is_organization(to) {
            shared.push(way);
        }
    }
    let granted: Vec<Way<'_>> = local
        .map(|local| ways(local, owner.facts))
        .unwrap_or_default()
        .into_iter()
        .filter(|way| way.grant.principal == principal || way.grant.principal == group)
        .collect();
    let opted_in = local.is_some_and(|local| local.facts.opted_in.iter().any(|p| p == principal));
    for given in &shared {
        for taken in &granted {
            let cells = both(&given.cells, &taken.cells);
            let parts = [(owner.account, given), (home, taken)];
            paths.extend(paths_of(Via::Account, &parts, &cells, opted_in));
        }
    }
    if !paths.is_empty() {
        return paths;
    }
    if shared.is_empty() {
        missing.push(format!(
            "account {} granted SELECT on table {} neither to {principal} nor to account {home}: ask for a \
             subscription",
            owner.account, question.table
        ));
        absent_filters(principal, owner, missing);
        return paths;
    }
    match local {
        None => missing.push(format!(
            "account {home} was not looked at: it cannot be said whether {principal} has SELECT there"
        )),
        Some(local) if local.facts.table.is_none() => missing.push(format!(
            "table {} is granted to account {home} and not to be seen there: the RAM share is not accepted, \
             or not associated yet",
            question.table
        )),
        Some(_) => missing.push(format!(
            "table {} is shared with account {home}, whose administrator has not granted SELECT on it to \
             {principal}: a grant to an account needs a second one in it",
            question.table
        )),
    }
    paths
}

/// Whether the principal may follow the link.
fn sees_link(
    question: Question<'_>,
    home: &str,
    link: Side<'_>,
    missing: &mut Vec<String>,
) -> bool {
    let is_link = |facts: &Facts| facts.table.as_ref().is_some_and(|t| t.link_to.is_some());
    if !is_link(link.facts) {
        missing.push(format!(
            "account {home} has no resource link to table {}: Athena needs one to read it",
            question.table
        ));
        return false;
    }
    let principal = question.principal;
    let opted_in = link.facts.opted_in.iter().any(|one| one == principal);
    let group = format!("{home}:IAMPrincipals");
    let may = link.facts.grants.iter().any(|grant| {
        let to = grant.principal.as_str();
        let for_it = to == principal || to == group || (to == EVERYBODY && !opted_in);
        let describes = matches!(
            grant.permission,
            Permission::Describe | Permission::Select | Permission::All
        );
        let on_table = matches!(grant.on, Object::Table(_) | Object::AllTables);
        for_it && describes && on_table && !grant.grantable
    });
    if !may {
        missing.push(format!(
            "{principal} has no DESCRIBE on the resource link to table {} in account {home}: SELECT on the \
             table does not include it",
            question.table
        ));
    }
    may
}

/// A path for each set of rows that a way leads to.
fn paths_of(via: Via, parts: &[(&str, &Way<'_>)], cells: &Cells, opted_in: bool) -> Vec<Path> {
    let mut columns: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (column, rows) in cells {
        columns.entry(rows).or_default().push(column.clone());
    }
    let grants: Vec<String> = (parts.iter())
        .map(|(account, way)| {
            let Grant {
                principal,
                on,
                permission,
                ..
            } = way.grant;
            format!("{permission} on {on} to {principal}, in account {account}")
        })
        .collect();
    let held_by: Vec<HeldBy> = (parts.iter())
        .flat_map(|(_, way)| way.held_by.iter().cloned())
        .collect();
    (columns.into_iter())
        .map(|(rows, columns)| Path {
            via,
            grants: grants.clone(),
            columns,
            rows: rows.to_owned(),
            opted_in,
            held_by: held_by.clone(),
        })
        .collect()
}

fn via_of(grant: &Grant) -> Via {
    match grant.on {
        Object::Filter { .. } => Via::Filter,
        Object::Expression { .. } => Via::TagExpression,
        _ => Via::Grant,
    }
}

/// A grant through a filter that is not there leads nowhere, which nobody sees who looks at the grant.
fn absent_filters(principal: &str, side: Side<'_>, missing: &mut Vec<String>) {
    for grant in &side.facts.grants {
        if let Object::Filter { name, .. } = &grant.on
            && grant.principal == principal
            && !side.facts.filters.iter().any(|filter| filter.name == *name)
        {
            missing.push(format!(
                "the grant to {principal} is through filter {name}, which is not there any more"
            ));
        }
    }
}

fn is_organization(principal: &str) -> bool {
    principal.split(':').nth(2) == Some("organizations")
}

/// The account of a role or user.
fn account_of(principal: &str) -> Option<&str> {
    principal
        .split(':')
        .nth(4)
        .filter(|account| !account.is_empty())
}
