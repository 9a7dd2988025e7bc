//! Keys that open nothing any more.

use crate::error::ServiceError;
use crate::protocol::Protocol;
use crate::request::Principal;
use crate::services::organizations::is_closed;
use crate::store::Tx;

/// Refuses whoever acts in a closed account, or by a role that was deleted.
///
/// # Errors
/// `AccessDenied` (S3, and query services) or `AccessDeniedException`, status 403.
pub(crate) fn refuse_the_gone(
    tx: &Tx<'_>,
    principal: &Principal,
    protocol: Protocol,
) -> Result<(), ServiceError> {
    let reason = if is_closed(tx, &principal.account)? {
        format!("the account {} is closed", principal.account)
    } else if let Some(session) = &principal.session
        && !session.has_role(tx)?
    {
        format!("the role {} was deleted", session.role_arn)
    } else {
        return Ok(());
    };
    let code = match protocol {
        Protocol::Query | Protocol::RestXml => "AccessDenied",
        Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RestJson => "AccessDeniedException",
    };
    Err(ServiceError::new(
        403,
        code,
        format!("User: {} is not authorized: {reason}", principal.arn),
    ))
}
