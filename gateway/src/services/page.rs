use datamesh_journal::ViewQuery;
use tonic::Status;

use crate::status::invalid_field;

/// The most rows of a page.
pub const MAX: usize = 1000;

/// The rows of a page that asks for no number.
const DEFAULT: usize = 50;

/// How many rows a page shall have.
///
/// # Errors
/// When it is not 0 to 1,000; 0 is 50.
pub fn limit(page_size: i32) -> Result<usize, Status> {
    match usize::try_from(page_size) {
        Ok(0) => Ok(DEFAULT),
        Ok(size) if size <= MAX => Ok(size),
        _ => Err(invalid_field("pageSize", format!("must be 1 to {MAX}"))),
    }
}

/// Asks for a page of a view.
///
/// # Errors
/// When the size of the page is wrong.
pub fn query(collection: &str, page_size: i32, page_token: String) -> Result<ViewQuery, Status> {
    Ok(ViewQuery {
        collection: collection.to_owned(),
        limit: limit(page_size)?,
        after: (!page_token.is_empty()).then_some(page_token),
        ..ViewQuery::default()
    })
}

/// Adds a filter to a query; an empty value filters nothing.
pub fn filter(query: &mut ViewQuery, field: &str, value: impl Into<String>) {
    let value = value.into();
    if !value.is_empty() {
        query.fields.push((field.to_owned(), value));
    }
}

/// A bound of a range over times of creation; no bound if absent.
pub fn bound(time: Option<prost_types::Timestamp>) -> String {
    time.map_or_else(String::new, |time| {
        let ms = i64::from(time.nanos) / 1_000_000 + time.seconds.saturating_mul(1_000);
        format!("{:015}", ms.max(0))
    })
}

/// The name of an enum value to filter by: empty for the zero.
///
/// # Errors
/// When the number is none of the enum's.
pub fn enum_filter<E: TryFrom<i32>>(
    field: &str,
    number: i32,
    name: impl Fn(&E) -> &'static str,
) -> Result<&'static str, Status> {
    match E::try_from(number) {
        Ok(_) if number == 0 => Ok(""),
        Ok(value) => Ok(name(&value)),
        Err(_) => Err(invalid_field(field, format!("there is no {number}"))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use datamesh_proto::v1::domain::Status as DomainStatus;

    use super::*;

    #[test]
    fn a_page_has_1_to_1000_rows() {
        assert_eq!(limit(0).unwrap(), 50);
        assert_eq!(limit(1000).unwrap(), 1000);
        assert!(limit(1001).is_err());
        assert!(limit(-1).is_err());
    }

    #[test]
    fn enums_are_filtered_by_name() {
        let name = |n| enum_filter("status", n, DomainStatus::as_str_name);
        assert_eq!(name(0).unwrap(), "");
        assert_eq!(name(2).unwrap(), "ACTIVE");
        assert!(name(99).is_err());
    }
}
