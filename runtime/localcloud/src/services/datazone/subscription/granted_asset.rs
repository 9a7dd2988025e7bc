//! How far the grant of each asset is, and what that makes of the grant.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::status::GrantStatus;
use crate::protocol::timestamp::epoch_seconds;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct GrantedAsset {
    pub(super) asset_id: String,
    pub(super) asset_revision: String,
    pub(super) status: GrantStatus,
    pub(super) failure: Option<Value>,
    pub(super) target_name: Option<String>,
    #[serde(default)]
    pub(super) scope: Option<Value>,
    /// When the status was told.
    #[serde(default)]
    pub(super) told_ms: Option<i64>,
}

impl GrantedAsset {
    pub(super) fn shown(&self) -> Value {
        let told = |statuses: &[GrantStatus]| {
            let at = self.told_ms.filter(|_| statuses.contains(&self.status));
            at.map(epoch_seconds)
        };
        json!({
            "assetId": self.asset_id,
            "assetRevision": self.asset_revision,
            "status": self.status,
            "failureCause": self.failure,
            "targetName": self.target_name,
            "assetScope": self.scope,
            "grantedTimestamp": told(&[GrantStatus::Granted]),
            "failureTimestamp": told(&[GrantStatus::GrantFailed, GrantStatus::RevokeFailed]),
        })
    }
}

/// The assets of a grant. A grant of an older file is of one asset, whose fields are the grant's own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Assets {
    Many { assets: Vec<GrantedAsset> },
    One(Box<GrantedAsset>),
}

impl Assets {
    pub(super) fn all(&self) -> &[GrantedAsset] {
        match self {
            Self::Many { assets } => assets,
            Self::One(asset) => std::slice::from_ref(asset.as_ref()),
        }
    }

    pub(super) fn all_mut(&mut self) -> &mut [GrantedAsset] {
        match self {
            Self::Many { assets } => assets,
            Self::One(asset) => std::slice::from_mut(asset.as_mut()),
        }
    }

    pub(super) fn are_revoked(&self) -> bool {
        let mut all = self.all().iter();
        all.all(|asset| asset.status == GrantStatus::Revoked)
    }

    /// The status of the grant: what is still to be done, then what failed.
    pub(super) fn overall(&self) -> &'static str {
        let some = |status: &str| self.all().iter().any(|one| one.status.overall() == status);
        match (some("GRANT_FAILED"), some("REVOKE_FAILED")) {
            _ if some("IN_PROGRESS") => "IN_PROGRESS",
            _ if some("PENDING") => "PENDING",
            (true, true) => "GRANT_AND_REVOKE_FAILED",
            (true, false) => "GRANT_FAILED",
            (false, true) => "REVOKE_FAILED",
            (false, false) => "COMPLETED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn overall(statuses: &[GrantStatus], expected: &str) {
        let asset = |status: &GrantStatus| GrantedAsset {
            asset_id: "a".to_owned(),
            asset_revision: "1".to_owned(),
            status: *status,
            failure: None,
            target_name: None,
            scope: None,
            told_ms: None,
        };
        let assets = Assets::Many {
            assets: statuses.iter().map(asset).collect(),
        };
        assert_eq!(assets.overall(), expected);
    }

    #[test]
    fn a_grant_is_as_far_as_its_assets() {
        use GrantStatus::*;
        overall(&[Granted, GrantPending], "PENDING");
        overall(&[GrantInProgress, GrantPending], "IN_PROGRESS");
        overall(&[Granted, GrantFailed], "GRANT_FAILED");
        overall(&[RevokeFailed, GrantFailed], "GRANT_AND_REVOKE_FAILED");
        overall(&[Revoked, RevokeFailed], "REVOKE_FAILED");
        overall(&[Granted, Revoked], "COMPLETED");
    }
}
