//! Roles that were deleted. A role that IAM has never seen may be assumed in the embedded cloud; one
//! that was deleted may not.

use crate::error::ServiceError;
use crate::services::sts::parse_role;
use crate::store::{Scope, Tx};

/// When the role was deleted, by its ARN.
const DELETED: &str = "iam.deleted_roles";

/// `DeleteRole` leaves one.
pub(super) fn lay(
    tx: &Tx<'_>,
    scope: &Scope,
    role_arn: &str,
    now_ms: i64,
) -> Result<(), ServiceError> {
    tx.put(scope, DELETED, role_arn, &now_ms)
}

/// `CreateRole` takes it away.
pub(super) fn lift(tx: &Tx<'_>, scope: &Scope, role_arn: &str) -> Result<(), ServiceError> {
    tx.delete(scope, DELETED, role_arn).map(|_| ())
}

/// Whether `DeleteRole` took this role away, and no `CreateRole` brought it back. `false` for a role
/// that was never there, and for what is no role's ARN.
pub(crate) fn role_deleted(tx: &Tx<'_>, role_arn: &str) -> Result<bool, ServiceError> {
    let Some((account, _)) = parse_role(role_arn) else {
        return Ok(false);
    };
    let scope = Scope {
        account,
        region: Scope::global().region,
    };
    Ok(tx.get::<i64>(&scope, DELETED, role_arn)?.is_some())
}
