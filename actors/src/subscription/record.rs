use datamesh_actor::derive_id;
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use super::fulfilment::Fulfilment;
use crate::agreement::{Agreement, AgreementStatus, Scope, Window};
use crate::row;
use crate::world::Place;

/// The list of subscriptions.
pub const SUBSCRIPTIONS: &str = "subscriptions";

/// The id of the `nth` subscription, from 1, of a principal to an asset.
///
/// The id carries the rule that there is one live subscription for each asset and principal: both of two
/// people who ask at once ask the same actor, and the second is refused with `SUBSCRIPTION_EXISTS`. Nothing
/// is reserved anywhere else, so nothing is left reserved by a crash. Whoever asks begins with the first that
/// may be free (1, or one more than the list has of them that are over) and goes on to the next for as long
/// as the answer is `SUBSCRIPTION_OVER`.
pub fn subscription_id(asset_id: &str, principal: &str, nth: u32) -> String {
    derive_id("sub-", &[asset_id, principal, &nth.to_string()])
}

/// A subscription as it is shown: the reply to its commands and its document in [`SUBSCRIPTIONS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionRecord {
    /// `sub-…`.
    pub subscription_id: String,
    /// Its place among the subscriptions of this principal to this asset, from 1.
    pub nth: u32,
    /// The asset.
    pub asset_id: String,
    /// The asset's name when it was asked for.
    pub asset_name: String,
    /// The domain of the asset: its owners decide.
    pub domain_id: String,
    /// The project that owns the asset.
    pub owner_project_id: String,
    /// The project that asked.
    pub consumer_project_id: String,
    /// The account and region in which it reads.
    pub consumer: Place,
    /// The ARN of the role or user that reads.
    pub principal: String,
    /// How it stands: derived from the requests and the time.
    pub status: AgreementStatus,
    /// `CODE: a sentence`, where the status or the fulfilment needs saying why; else empty.
    pub status_reason: String,
    /// What of the table was asked last.
    pub asked: Scope,
    /// What of the table is given, or was last; none before anything was.
    pub granted: Option<Scope>,
    /// When it is given, with the renewals that follow without a gap; none before anything was.
    pub window: Option<Window>,
    /// How far access is from what was agreed.
    pub fulfilment: Fulfilment,
    /// The share that gives it.
    pub share_id: String,
    /// The approval that the owners are asked with, while they are.
    pub approval_id: Option<String>,
    /// What was asked and decided, oldest first.
    pub agreement: Agreement,
    /// What DataZone has of it.
    pub data_zone: DataZoneRecord,
    /// The hash of the certificate that access is gone.
    pub certificate: Option<String>,
    /// Who asked first.
    pub created_by: String,
    /// When, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When it last changed, in milliseconds since the Unix epoch.
    pub updated_ms: i64,
    /// Grows with every change that can be seen; the etag is its decimal text.
    pub version: u64,
}

/// What DataZone has of a subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DataZoneRecord {
    /// The subscription request.
    pub request_id: Option<String>,
    /// The subscription.
    pub subscription_id: Option<String>,
    /// The grant, where the consumer has a subscription target.
    pub grant_id: Option<String>,
    /// How far DataZone is; see [`DataZoneStatus`].
    pub status: DataZoneStatus,
    /// `CODE: a sentence` of the last refusal, while it counts, or of what covers it; else empty.
    pub reason: String,
}

/// How far DataZone is with a subscription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DataZoneStatus {
    /// It was told nothing.
    #[default]
    None,
    /// It has a request or subscription of the same subscriber to the listing that is not ours, and takes one
    /// only. It is asked again until that is over, or this is: then it has nothing of this.
    Covered,
    /// It has the request.
    Requested,
    /// It has the subscription.
    Approved,
    /// It has the subscription, and its grant where there is a target for one.
    Granted,
    /// It has the request, refused or withdrawn.
    Rejected,
    /// It has the subscription, revoked.
    Revoked,
}

impl SubscriptionRecord {
    /// Whether nothing is on its way but people's decisions and time: what `wait` waits for.
    pub fn is_settled(&self) -> bool {
        match self.status {
            AgreementStatus::Pending => self.approval_id.is_some(),
            AgreementStatus::Approved => !self.fulfilment.is_moving(),
            AgreementStatus::Denied
            | AgreementStatus::Expired
            | AgreementStatus::Revoked
            | AgreementStatus::Cancelled => matches!(
                self.fulfilment,
                Fulfilment::Pending | Fulfilment::Revoked | Fulfilment::Unreachable
            ),
        }
    }

    /// Its row; the row of one that is over stays.
    pub(super) fn row(&self) -> Option<ViewChange> {
        row::put(
            SUBSCRIPTIONS,
            &self.subscription_id,
            row::by_creation(self.created_ms),
            &[
                ("assetId", &self.asset_id),
                ("projectId", &self.consumer_project_id),
                ("ownerProjectId", &self.owner_project_id),
                ("domainId", &self.domain_id),
                ("principal", &self.principal),
                ("status", self.status.as_str()),
                ("createdBy", &self.created_by),
            ],
            self,
        )
    }
}
