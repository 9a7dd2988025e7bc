//! The approvals that somebody can decide now.
//!
//! Each approval is listed under the people and groups that can decide it, so an inbox is as many look-ups in
//! an index as the caller has names and groups. Those lists are merged by the approvals' places, each of
//! which is one approval's alone; what stands in several of them comes once. What the lists do not know (who
//! asked, who said yes already) is asked of each record. The token of the next page is the place of the last
//! approval that was looked at.

use std::collections::BTreeMap;

use datamesh_actors::Person;
use datamesh_actors::approval::{APPROVALS, ApprovalRecord, inbox_group, inbox_user};
use datamesh_journal::ViewQuery;
use tonic::Status;

use super::backend::Backend;
use crate::status::invalid_field;

/// One call looks at so many rounds of rows at most; the page is then short, and has a token.
const MOST_ROUNDS: u32 = 20;

/// A page of the inbox of a person, and where to go on. `query` has the size, the token and the other
/// filters of the page.
///
/// # Errors
/// When the token is none, or the journal cannot be read.
pub async fn page(
    backend: &Backend,
    person: &Person,
    query: ViewQuery,
) -> Result<(Vec<ApprovalRecord>, String), Status> {
    let now_ms = backend.runtime.clock().now_ms();
    let mut place = query.after.clone().unwrap_or_default();
    check_place(&place)?;
    let mut found = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let (rows, end) = round(backend, person, &query, &place).await?;
        for (at, record) in rows {
            if found.len() == query.limit {
                return Ok((found, place));
            }
            place = at;
            if record.awaits(person, now_ms) {
                found.push(record);
            }
        }
        if end {
            return Ok((found, String::new()));
        }
    }
    Ok((found, place))
}

/// The next rows after a place, in order and without repeats, and whether they are the last.
async fn round(
    backend: &Backend,
    person: &Person,
    query: &ViewQuery,
    place: &str,
) -> Result<(BTreeMap<String, ApprovalRecord>, bool), Status> {
    let mut rows = BTreeMap::new();
    // What lies beyond the shortest list that was cut is not known from all of them.
    let mut horizon: Option<String> = None;
    for name in names(person) {
        let mut one = ViewQuery {
            collection: APPROVALS.to_owned(),
            fields: vec![("inbox".to_owned(), name)],
            from: after(place),
            limit: query.limit,
            ..ViewQuery::default()
        };
        one.fields.extend(query.fields.iter().cloned());
        let (records, next) = backend.list::<ApprovalRecord>(&one).await?;
        if let Some(last) = records.last().filter(|_| !next.is_empty()) {
            let last = last.place();
            horizon = Some(horizon.map_or(last.clone(), |horizon| horizon.min(last)));
        }
        rows.extend(records.into_iter().map(|record| (record.place(), record)));
    }
    if let Some(horizon) = &horizon {
        rows.retain(|place, _| place <= horizon);
    }
    Ok((rows, horizon.is_none()))
}

/// Under what the person's approvals are listed, without repeats.
fn names(person: &Person) -> Vec<String> {
    let users = [&person.user, &person.email];
    let users = users.into_iter().filter(|name| !name.is_empty());
    let users = users.map(|name| inbox_user(name));
    let groups = person.groups.iter().map(|group| inbox_group(group));
    let mut names: Vec<String> = users.chain(groups).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The least text that is greater than the place and not greater than any other place.
fn after(place: &str) -> String {
    match place {
        "" => String::new(),
        place => format!("{place} "),
    }
}

fn check_place(place: &str) -> Result<(), Status> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if place.len() <= 128 && place.chars().all(plain) {
        return Ok(());
    }
    Err(invalid_field("pageToken", "is not one that a page gave"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn an_address_that_is_the_user_is_looked_up_once() {
        let person = Person {
            user: "Ann@example.com".to_owned(),
            email: "ann@example.com".to_owned(),
            groups: vec!["b".to_owned(), "a".to_owned()],
            admin: false,
        };
        assert_eq!(
            names(&person),
            ["group:a", "group:b", "user:ann@example.com"]
        );
        let nobody = Person::default();
        assert!(names(&nobody).is_empty());
    }

    #[test]
    fn a_place_is_followed_by_the_next_and_not_by_itself() {
        let place = "001800000000000-apr-1";
        assert!(after(place).as_str() > place);
        for next in [
            "001800000000000-apr-10",
            "001800000000000-apr-1-",
            "001800000000000-apr-1a",
        ] {
            assert!(after(place).as_str() < next);
        }
        assert!(check_place(place).is_ok());
        assert!(check_place("eyJ'").is_err());
    }
}
