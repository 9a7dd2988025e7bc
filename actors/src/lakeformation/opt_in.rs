//! Opt-ins (hybrid access).

use super::lake::Lake;
use super::listing;
use super::thing_error::{ThingError, Trouble};
use crate::access::Object;

/// Opts a principal in. A refusal may mean that it is in already: a read decides.
///
/// # Errors
/// AWS's.
pub(super) async fn put(lake: &Lake<'_>, principal: &str, on: &Object) -> Result<(), ThingError> {
    let created = lake
        .lakeformation()
        .create_opt_in(principal, lake.resource(on))
        .await;
    let Err(error) = created.map_err(ThingError::from) else {
        return Ok(());
    };
    if error.trouble == Trouble::Refused && is_there(lake, principal, on).await? {
        return Ok(());
    }
    Err(error)
}

/// Ends an opt-in. A refusal may mean that there is none any more: a read decides.
///
/// # Errors
/// AWS's.
pub(super) async fn remove(
    lake: &Lake<'_>,
    principal: &str,
    on: &Object,
) -> Result<(), ThingError> {
    let deleted = lake
        .lakeformation()
        .delete_opt_in(principal, lake.resource(on))
        .await;
    let Err(error) = deleted.map_err(ThingError::from) else {
        return Ok(());
    };
    if error.trouble == Trouble::Refused && !is_there(lake, principal, on).await? {
        return Ok(());
    }
    Err(error)
}

/// Whether the principal has opted in for exactly this.
///
/// # Errors
/// When it cannot be read.
pub(super) async fn is_there(
    lake: &Lake<'_>,
    principal: &str,
    on: &Object,
) -> Result<bool, ThingError> {
    let wanted = lake.resource(on).kind;
    let opt_ins = listing::opt_ins(lake, on).await?;
    Ok(opt_ins
        .iter()
        .any(|opt_in| opt_in.principal == principal && opt_in.resource.kind == wanted))
}
