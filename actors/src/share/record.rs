use std::collections::BTreeSet;

use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use super::fulfilment::{Fulfilment, Health, SharePlan};
use crate::access::Permission;
use crate::agreement::{AgreementStatus, Request, Scope, Window};
use crate::row;
use crate::world::Place;

/// The list of shares.
pub const SHARES: &str = "shares";

/// A share as it is shown: the reply to its commands and its document in [`SHARES`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ShareRecord {
    /// `share-…`.
    pub share_id: String,
    /// How the agreement stands.
    pub status: AgreementStatus,
    /// `CODE: a sentence`, where the status needs saying why; else empty.
    pub status_reason: String,
    /// The asset.
    pub asset_id: String,
    /// Its name; empty before it was looked up, as all that follows from the asset.
    pub asset_name: String,
    /// The project that owns the asset.
    pub project_id: String,
    /// The domain of the asset.
    pub domain_id: String,
    /// Where the table is.
    pub source: Place,
    /// The database of the table.
    pub database: String,
    /// The table.
    pub table: String,
    /// Who gets access, and where: the region is empty before the asset was looked up, where that of the
    /// asset was asked for.
    pub target: Place,
    /// The ARN of the role or user that reads.
    pub principal: String,
    /// SELECT and DESCRIBE, or less.
    pub permissions: BTreeSet<Permission>,
    /// What of the table is given; what is asked, before it is given.
    pub scope: Scope,
    /// When.
    pub window: Window,
    /// The resource link in the consumer's account, `database.table`; empty within one account.
    pub resource_link: String,
    /// How far it is.
    pub fulfilment: Fulfilment,
    /// What the last look saw.
    pub health: Health,
    /// What differed at the last look.
    pub plan: SharePlan,
    /// The number of the last look that has ended.
    pub looks: u64,
    /// The requests, oldest first.
    pub requests: Vec<Request>,
    /// The subscription that it is for; empty for a share of its own.
    pub subscription_id: String,
    /// The SHA-256 of the certificate of its revocation, in hexadecimal; empty while there is none.
    pub certificate: String,
    /// Whether that certificate says that nothing is left.
    pub certificate_complete: bool,
    /// Who asked for it.
    pub created_by: String,
    /// When, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When it last changed, in milliseconds since the Unix epoch.
    pub updated_ms: i64,
    /// Grows with every change that can be seen; the etag is its decimal text.
    pub version: u64,
}

impl ShareRecord {
    /// Whether nothing is under way in the clouds: what `wait` waits for. An open request is not waited for.
    pub fn is_settled(&self) -> bool {
        self.fulfilment.state.is_settled()
    }

    /// The request that waits for its decision.
    pub fn open_request(&self) -> Option<&Request> {
        self.requests.last().filter(|last| last.decision.is_none())
    }

    /// Its row; the row of one that has ended stays.
    pub(super) fn row(&self) -> Option<ViewChange> {
        row::put(
            SHARES,
            &self.share_id,
            row::by_creation(self.created_ms),
            &[
                ("assetId", &self.asset_id),
                ("projectId", &self.project_id),
                ("domainId", &self.domain_id),
                ("sourceAccount", &self.source.account),
                ("targetAccount", &self.target.account),
                ("principal", &self.principal),
                ("status", self.status.as_str()),
                ("fulfilment", self.fulfilment.state.as_str()),
                ("health", self.health.state.as_str()),
                ("subscriptionId", &self.subscription_id),
                ("createdBy", &self.created_by),
            ],
            self,
        )
    }
}
