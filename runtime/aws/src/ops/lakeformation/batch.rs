//! Grants and revokes, many in a call.

use aws_sdk_lakeformation::types::{BatchPermissionsFailureEntry, BatchPermissionsRequestEntry};

use super::{Entry, LakeFormation, failure};
use crate::classify::Failure;
use crate::error::AwsError;

/// Most entries in one `BatchGrantPermissions` or `BatchRevokePermissions`.
pub const MAX_ENTRIES: usize = 20;

impl LakeFormation<'_> {
    /// `BatchGrantPermissions`: one result an entry, in order.
    ///
    /// The call succeeds with entries that failed. A throttled entry slows the pool down as a
    /// throttled call does. After an error of the call any of the entries can have been granted.
    pub async fn batch_grant(
        &self,
        entries: Vec<Entry>,
    ) -> Result<Vec<Result<(), AwsError>>, AwsError> {
        const OPERATION: &str = "BatchGrantPermissions";
        let results = self
            .0
            .call(OPERATION, |lakeformation| async move {
                let sent = entries.len();
                let out = lakeformation
                    .batch_grant_permissions()
                    .set_entries(Some(request(entries)?))
                    .send()
                    .await?;
                by_entry(sent, out.failures)
            })
            .await?;
        Ok(self.entries(OPERATION, results).await)
    }

    /// `BatchRevokePermissions`: one result an entry, in order, as [`LakeFormation::batch_grant`].
    pub async fn batch_revoke(
        &self,
        entries: Vec<Entry>,
    ) -> Result<Vec<Result<(), AwsError>>, AwsError> {
        const OPERATION: &str = "BatchRevokePermissions";
        let results = self
            .0
            .call(OPERATION, |lakeformation| async move {
                let sent = entries.len();
                let out = lakeformation
                    .batch_revoke_permissions()
                    .set_entries(Some(request(entries)?))
                    .send()
                    .await?;
                by_entry(sent, out.failures)
            })
            .await?;
        Ok(self.entries(OPERATION, results).await)
    }
}

fn request(entries: Vec<Entry>) -> Result<Vec<BatchPermissionsRequestEntry>, Failure> {
    let sent = entries.len();
    if sent == 0 || sent > MAX_ENTRIES {
        let text = format!("{sent} entries; one call takes 1 to {MAX_ENTRIES}");
        return Err(Failure::invalid(text));
    }
    entries
        .into_iter()
        .enumerate()
        .map(|(id, entry)| entry.into_sdk(id))
        .collect()
}

/// The failures by the entries that they name. One that names none of them leaves it open which
/// entry failed, so that the whole answer counts as unreadable.
fn by_entry(
    sent: usize,
    failures: Option<Vec<BatchPermissionsFailureEntry>>,
) -> Result<Vec<Result<(), Failure>>, Failure> {
    let mut results: Vec<Result<(), Failure>> = (0..sent).map(|_| Ok(())).collect();
    for failed in failures.unwrap_or_default() {
        let id = failed.request_entry.map(|entry| entry.id);
        let place = id
            .as_deref()
            .and_then(|id| id.parse::<usize>().ok())
            .and_then(|at| results.get_mut(at));
        match place {
            Some(place) => *place = Err(failure(failed.error)),
            None => {
                let text = format!("a failure of entry {id:?}, of {sent} entries");
                return Err(Failure::unreadable(text));
            }
        }
    }
    Ok(results)
}
