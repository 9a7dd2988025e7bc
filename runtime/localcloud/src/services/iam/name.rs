//! Names, paths and pages.

use super::error::validation;
use crate::error::ServiceError;

/// Letters, digits and `+=,.@_-`, between 1 and `longest`.
pub(super) fn check(member: &str, name: &str, longest: usize) -> Result<(), ServiceError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
    if name.is_empty() || !name.bytes().all(allowed) {
        return Err(validation(format!(
            "The specified value for {member} is invalid. It must contain only alphanumeric \
             characters and/or the following: +=,.@_-"
        )));
    }
    if name.len() > longest {
        return Err(validation(format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: Member \
             must have length less than or equal to {longest}"
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
    match wanted {
        None => Ok(100),
        Some(wanted) => usize::try_from(wanted)
            .ok()
            .filter(|wanted| (1..=1_000).contains(wanted))
            .ok_or_else(|| {
                validation(format!(
                    "1 validation error detected: Value '{wanted}' at 'maxItems' failed to satisfy \
                     constraint: Member must have value between 1 and 1000"
                ))
            }),
    }
}
