//! Whether somebody can read a table, and why: the ledgers look, the explanation is pure.

use datamesh_actors::access::LedgerId;
use datamesh_actors::lakeformation::ThingError;
use datamesh_actors::permission::HeldBy;
use datamesh_actors::permission::explain::{Explanation, Path, Question, Via};
use datamesh_proto::v1;
use tonic::{Code, Status};

use super::looked::{Looked, look};
use super::subject;
use crate::auth::Caller;
use crate::services::backend::Backend;
use crate::services::json::timestamp;
use crate::services::ledger::place;
use crate::services::request_id::RequestId;
use crate::status::{invalid_field, with_reason};

/// Answers the question.
///
/// # Errors
/// `INVALID_FIELDS`; what is not found; `INSPECTION_FAILED` when the table's account cannot be read.
pub async fn explain(
    backend: &Backend,
    caller: &Caller,
    asked: v1::GetAccessExplanationRequest,
) -> Result<v1::AccessExplanation, Status> {
    let request_id = RequestId::new(caller, "GetAccessExplanation", "")?;
    let home = account_of(&asked.principal).ok_or_else(|| {
        let rule = "must be the ARN of a role or a user: arn:aws:iam::123456789012:role/Analyst";
        invalid_field("principal", rule)
    })?;
    let subject = subject::find(backend, &asked.table).await?;
    let mut at = place(&backend.home, &asked.account, &asked.region);
    if asked.account.is_empty() {
        at.account = home.to_owned();
        if let Some(known) = subject.place {
            at.account = known.account;
            if asked.region.is_empty() {
                at.region = known.region;
            }
        }
    }
    let ledger = LedgerId::database(&at, &at.account, &subject.database);
    let seen = look(backend, &request_id, ledger, &subject.table).await?;
    let first = whole(&at.account, seen)?;
    let leads_to = (first.facts.table.as_ref()).and_then(|table| table.link_to.clone());
    let (owner, link, database, table) = match leads_to {
        None => (first, None, subject.database, subject.table),
        Some((catalog, database, table)) => {
            let mut owner = at.clone();
            if !catalog.is_empty() {
                owner.account = catalog;
            }
            let ledger = LedgerId::database(&owner, &owner.account, &database);
            let seen = look(backend, &request_id, ledger, &table).await?;
            (whole(&owner.account, seen)?, Some(first), database, table)
        }
    };
    let account = owner.ledger.account.clone();
    let local = match home == account {
        true => None,
        false => {
            let mut near = at.clone();
            near.account = home.to_owned();
            let ledger = LedgerId::database(&near, &account, &database);
            // That it was not looked at is part of the answer.
            look(backend, &request_id, ledger, &table).await?.ok()
        }
    };
    let question = Question {
        principal: &asked.principal,
        table: &table,
        column: (!asked.column.is_empty()).then_some(asked.column.as_str()),
    };
    // A link counts where the principal reads: in its own account.
    let link = link.filter(|link| link.ledger.account == home);
    let explanation = datamesh_actors::permission::explain::explain(
        question,
        owner.side(),
        local.as_ref().map(Looked::side),
        link.as_ref().map(Looked::side),
    );
    let seen = [Some(&owner), local.as_ref(), link.as_ref()].into_iter();
    let seen_ms = seen.flatten().map(|looked| looked.facts.at_ms).min();
    Ok(v1::AccessExplanation {
        principal: asked.principal,
        table: format!("{database}.{table}"),
        account,
        seen_at: seen_ms.map(timestamp),
        ..shown(explanation)
    })
}

fn whole(account: &str, seen: Result<Looked, ThingError>) -> Result<Looked, Status> {
    seen.map_err(|error| {
        let message = format!("account {account} could not be read: {error}");
        with_reason(Code::FailedPrecondition, "INSPECTION_FAILED", message)
    })
}

/// The account of a role or user.
fn account_of(principal: &str) -> Option<&str> {
    match *principal.splitn(6, ':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "iam", _, account, name]
            if account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && (name.starts_with("role/") || name.starts_with("user/")) =>
        {
            Some(account)
        }
        _ => None,
    }
}

fn shown(explanation: Explanation) -> v1::AccessExplanation {
    let mut shown = v1::AccessExplanation {
        can_read: explanation.can_read,
        missing: explanation.missing,
        paths: explanation.paths.into_iter().flat_map(paths).collect(),
        ..v1::AccessExplanation::default()
    };
    let mut all_rows = false;
    for column in explanation.columns {
        if !column.readable {
            shown.hidden_columns.push(column.name);
            continue;
        }
        shown.readable_columns.push(column.name);
        all_rows |= column.rows.is_empty();
        for rows in column.rows {
            if !shown.row_filters.contains(&rows) {
                shown.row_filters.push(rows);
            }
        }
    }
    if all_rows {
        shown.row_filters.clear();
    }
    shown
}

/// A path for each agreement that a way stands on; one for what was given by hand.
fn paths(path: Path) -> Vec<v1::AccessPath> {
    let mut detail = path.grants.join(", and ");
    detail.push_str(&format!(": columns {}", path.columns.join(", ")));
    if !path.rows.is_empty() {
        detail.push_str(&format!(", rows with {}", path.rows));
    }
    let by_hand = v1::AccessPath {
        via: via(path.via).to_owned(),
        detail,
        ..v1::AccessPath::default()
    };
    if path.held_by.is_empty() {
        return vec![by_hand];
    }
    let mut paths: Vec<v1::AccessPath> = Vec::new();
    for HeldBy { holder, why } in path.held_by {
        let agreement_id = match why.agreement_id.as_str() {
            "" => holder,
            agreement => agreement.to_owned(),
        };
        if paths.iter().any(|path| path.agreement_id == agreement_id) {
            continue;
        }
        paths.push(v1::AccessPath {
            since: (why.since_ms > 0).then(|| timestamp(why.since_ms)),
            until: why.until_ms.map(timestamp),
            approved_by: why.approved_by,
            agreement_id,
            ..by_hand.clone()
        });
    }
    paths
}

fn via(via: Via) -> &'static str {
    match via {
        Via::Grant => "GRANT",
        Via::Filter => "FILTER",
        Via::TagExpression => "TAG_EXPRESSION",
        Via::IamPrincipals => "IAM_PRINCIPALS",
        Via::Iam => "IAM_ALLOWED_PRINCIPALS",
        Via::Account => "ACCOUNT_GRANT",
    }
}

#[cfg(test)]
mod tests {
    use datamesh_actors::access::Why;
    use datamesh_actors::permission::explain::ColumnAccess;

    use super::*;

    fn column(name: &str, readable: bool, rows: &[&str]) -> ColumnAccess {
        ColumnAccess {
            name: name.to_owned(),
            readable,
            rows: rows.iter().map(|rows| (*rows).to_owned()).collect(),
        }
    }

    #[test]
    fn columns_are_readable_or_hidden_and_rows_are_those_of_any() {
        let italy = "country = 'IT'";
        let mut explanation = Explanation {
            can_read: true,
            columns: vec![
                column("id", true, &[italy]),
                column("total", true, &[italy]),
                column("email", false, &[]),
            ],
            ..Explanation::default()
        };
        let seen = shown(explanation.clone());
        assert_eq!(seen.readable_columns, ["id", "total"]);
        assert_eq!(seen.hidden_columns, ["email"]);
        assert_eq!(seen.row_filters, [italy]);
        explanation.columns.push(column("day", true, &[]));
        assert!(shown(explanation).row_filters.is_empty());
    }

    #[test]
    fn a_way_is_shown_once_for_each_agreement_it_stands_on() {
        let held = |holder: &str, agreement: &str| HeldBy {
            holder: holder.to_owned(),
            why: Why {
                agreement_id: agreement.to_owned(),
                approved_by: "ann".to_owned(),
                until_ms: Some(1_000),
                ..Why::default()
            },
        };
        let mut path = Path {
            via: Via::Account,
            grants: vec!["SELECT on table orders to 1".to_owned()],
            columns: vec!["id".to_owned()],
            rows: String::new(),
            opted_in: false,
            held_by: vec![
                held("share-1", "sub-1"),
                held("share-1", "sub-1"),
                held("perm-1", ""),
            ],
        };
        let seen = paths(path.clone());
        let stands: Vec<&str> = seen.iter().map(|path| path.agreement_id.as_str()).collect();
        assert_eq!(stands, ["sub-1", "perm-1"]);
        assert_eq!(seen[0].via, "ACCOUNT_GRANT");
        assert_eq!(seen[0].detail, "SELECT on table orders to 1: columns id");
        path.held_by.clear();
        let seen = paths(path);
        assert_eq!((seen.len(), seen[0].approved_by.as_str()), (1, ""));
    }

    #[test]
    fn only_a_role_or_a_user_can_be_asked_about() {
        let account = |text| account_of(text).unwrap_or("none");
        assert_eq!(
            account("arn:aws:iam::111122223333:role/Ann"),
            "111122223333"
        );
        assert_eq!(
            account("arn:aws:iam::111122223333:user/ann"),
            "111122223333"
        );
        for wrong in [
            "111122223333",
            "arn:aws:iam::111122223333:group/x",
            "arn:aws:s3:::lake",
        ] {
            assert_eq!(account(wrong), "none", "{wrong}");
        }
    }
}
