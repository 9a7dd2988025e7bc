use datamesh_actor::{Rejection, RejectionKind};

/// Refuses a change that was meant for another version (AIP-154). An empty etag asks for no check.
pub(crate) fn check(etag: &str, version: u64) -> Result<(), Rejection> {
    if etag.is_empty() || etag == version.to_string() {
        return Ok(());
    }
    Err(Rejection::new(
        RejectionKind::Aborted,
        "ETAG_MISMATCH",
        format!("the etag is stale: it is now {version}; read again and repeat the change"),
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_the_present_version_or_none_passes() {
        assert!(check("", 3).is_ok());
        assert!(check("3", 3).is_ok());
        for stale in ["2", "03", "\"3\"", "x"] {
            assert_eq!(check(stale, 3).unwrap_err().kind, RejectionKind::Aborted);
        }
    }
}
