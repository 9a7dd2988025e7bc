//! Asset types and form types: those that AWS manages, the same in every domain, and a domain's own.
//!
//! A name belongs to the project that took it first: creating a type again makes its next revision, and
//! another project is refused. Types are stored under `domain/name`, revisions under `domain/name/number`.

pub(crate) mod asset_type;
pub(crate) mod form;
pub(crate) mod form_type;
mod managed;
mod search;
mod smithy;

pub(crate) use search::search;

/// Who owns the managed types, as far as answers must name somebody.
const AWS: &str = "amazon.datazone";

/// A revision's number as the last part of its key: in the order of the numbers.
fn numbered(number: u32) -> String {
    format!("{number:010}")
}
