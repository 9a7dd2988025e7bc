//! What the lists of requests, subscriptions, grants and targets share: filters, and the order by a moment.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::subscriber::Principal;
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, Page, SortOrder};
use crate::store::Tx;

/// Who subscribes to what, and who decides about it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filters {
    subscribed_listing_id: Option<String>,
    approver_project_id: Option<String>,
    #[serde(flatten)]
    owner: OwnerFilter,
}

/// Who subscribes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OwnerFilter {
    owning_project_id: Option<String>,
    owning_user_id: Option<String>,
    owning_group_id: Option<String>,
    owning_iam_principal_arn: Option<String>,
}

impl OwnerFilter {
    pub(super) fn takes(&self, principal: &Principal) -> bool {
        let key = principal.key();
        [
            ("project", &self.owning_project_id),
            ("user", &self.owning_user_id),
            ("group", &self.owning_group_id),
            ("iam", &self.owning_iam_principal_arn),
        ]
        .iter()
        .all(|(kind, wanted)| {
            wanted
                .as_ref()
                .is_none_or(|id| key == format!("{kind}:{id}"))
        })
    }
}

impl Filters {
    pub(super) fn take(&self, principal: &Principal, listing: &str, listed: &Value) -> bool {
        let approver = self.approver_project_id.as_deref();
        self.subscribed_listing_id
            .as_deref()
            .is_none_or(|wanted| wanted == listing)
            && approver.is_none_or(|project| listed["ownerProjectId"] == project)
            && self.owner.takes(principal)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum SortBy {
    CreatedAt,
    UpdatedAt,
}

/// The order of a list and the page of it. Without one, things come in the order of their ids.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Sorted {
    sort_by: Option<SortBy>,
    sort_order: Option<SortOrder>,
    #[serde(flatten)]
    page: Page,
}

impl Sorted {
    /// `below` is a path without its end; `moments` are when a thing was created and updated.
    pub(super) fn page<T: DeserializeOwned>(
        &self,
        kind: Kind,
        below: &str,
        call: &Call<'_>,
        tx: &Tx<'_>,
        takes: impl FnMut(&T) -> bool,
        moments: impl Fn(&T) -> (i64, i64),
    ) -> Result<(Vec<T>, Option<String>), ServiceError> {
        if self.sort_by.is_none() && self.sort_order.is_none() {
            return kind.page(call, tx, &[below], &self.page, takes);
        }
        let mut all: Vec<T> = kind.all(call, tx, &[below])?;
        all.retain(takes);
        self.of(below, all, moments)
    }

    /// The page of a list that is all there already, in the order of its ids.
    pub(super) fn of<T>(
        &self,
        list: &str,
        mut all: Vec<T>,
        moments: impl Fn(&T) -> (i64, i64),
    ) -> Result<(Vec<T>, Option<String>), ServiceError> {
        if self.sort_by.is_some() || self.sort_order.is_some() {
            all.sort_by_key(|one| match self.sort_by {
                Some(SortBy::UpdatedAt) => moments(one).1,
                _ => moments(one).0,
            });
            if self.sort_order != Some(SortOrder::Ascending) {
                all.reverse();
            }
        }
        self.page.of(&format!("{list} by {:?}", self.sort_by), all)
    }
}
