use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::grant::Permission;
use crate::agreement::{Scope, Window};
use crate::world::Place;

/// What a subscription asks of its share: who decides is the subscription, who does it is the share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShareOrder {
    /// Give access, or change what is given to this.
    Give(Box<Give>),
    /// Take it back.
    Take(Take),
}

/// Access to an asset, as a subscription agreed it. Also within one account: then there is nothing to share
/// with another account, and the rest is the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Give {
    /// The subscription, `sub-…`.
    pub subscription_id: String,
    /// The number of its request that this follows from; grows.
    pub number: u64,
    /// The asset.
    pub asset_id: String,
    /// Where the consumer is.
    pub consumer: Place,
    /// The ARN of the role or user that reads.
    pub principal: String,
    /// SELECT and DESCRIBE, or less.
    pub permissions: BTreeSet<Permission>,
    /// What of the table.
    pub scope: Scope,
    /// When.
    pub window: Window,
    /// Who asked.
    pub requested_by: String,
    /// Who said yes.
    pub approved_by: String,
    /// Why it was asked.
    pub reason: String,
}

/// The end of an access.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Take {
    /// The subscription.
    pub subscription_id: String,
    /// The number of its request that this follows from; grows. 0 for the end of its time.
    pub number: u64,
    /// Who wants it; empty for the end of its time.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// How a share did what a subscription asked; told once for each order, in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareEnd {
    /// The share, `share-…`.
    pub share_id: String,
    /// The subscription.
    pub subscription_id: String,
    /// The number of the order.
    pub number: u64,
    /// How.
    pub result: ShareResult,
}

/// How a share did what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShareResult {
    /// Access is there, and was tried.
    Given,
    /// It could not be given; what was given on the way is taken back.
    Failed {
        /// A stable code.
        code: String,
        /// A sentence for people.
        message: String,
    },
    /// Access is gone, and that is proven.
    Taken {
        /// The hash of the certificate.
        certificate: String,
    },
    /// The producer's side is revoked; the consumer's cannot be reached.
    Unreachable {
        /// A stable code.
        code: String,
        /// A sentence for people.
        message: String,
        /// What may be left, in words.
        remains: Vec<String>,
    },
}
