//! Names, paths and pages.

use super::error::validation;
use crate::error::ServiceError;
use crate::services::constraints::Constraints;

/// Letters, digits and `+=,.@_-`, between 1 and `longest`.
pub(super) fn check(member: &str, name: &str, longest: usize) -> Result<(), ServiceError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
    let mut constraints = Constraints::new();
    constraints.length(member, Some(name), 1, longest);
    constraints.check("ValidationError")?;
    if !name.bytes().all(allowed) {
        return Err(validation(format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric \
             characters and/or the following: +=,.@_-"
        )));
    }
    Ok(())
}

/// `/`, or something between slashes.
pub(super) fn check_path(path: &str) -> Result<(), ServiceError> {
    let visible = |byte: u8| (0x21..=0x7e).contains(&byte);
    let fits = path.starts_with('/')
        && path.ends_with('/')
        && path.len() <= 512
        && path.bytes().all(visible);
    if fits {
        return Ok(());
    }
    Err(validation(
        "The specified value for path is invalid. It must begin and end with / and contain only \
         alphanumeric characters and/or / characters.",
    ))
}

/// How many a page holds: 100 unless `MaxItems` says otherwise.
pub(super) fn page_size(wanted: Option<i64>) -> Result<usize, ServiceError> {
    let mut constraints = Constraints::new();
    constraints.range("maxItems", wanted, 1, 1_000);
    constraints.check("ValidationError")?;
    let wanted = wanted.and_then(|wanted| usize::try_from(wanted).ok());
    Ok(wanted.unwrap_or(100))
}
