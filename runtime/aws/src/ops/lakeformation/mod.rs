//! AWS Lake Formation. No operation takes a token: each names the wanted end, and a repeat finds it
//! reached (or answers `AlreadyExistsException`, or that there is nothing to revoke).
//!
//! Two writers of one resource are refused with `ConcurrentModificationException`, which is transient.
//! Lake Formation's throttles are in no model; they are told by their code, also inside a batch.

mod batch;
mod entry;
mod filter;
mod grant;
mod list;
mod location;
mod opt_in;
mod permission;
mod resource;
mod settings;
mod tag;
mod tag_assignment;

use aws_config::SdkConfig;
use aws_sdk_lakeformation::Client;
use aws_sdk_lakeformation::types::{DataLakePrincipal, ErrorDetail};

use crate::aws::Via;
use crate::classify::{Failure, refused};
use crate::connector::Base;
use crate::error::{AwsError, ErrorClass};
use crate::pool::{self, Registries, Registry};

pub use batch::MAX_ENTRIES;
pub use entry::Entry;
pub use filter::{CellsFilter, FilterColumns};
pub use grant::is_nothing_to_revoke;
pub use list::{ListPermissions, ListedGrant};
pub use location::{Location, RegisterLocation};
pub use opt_in::{ListOptIns, OptIn};
pub use permission::Permission;
pub use resource::{Resource, ResourceKind, TagExpressionOf};
pub use settings::{DefaultPermissions, Settings};
pub use tag::Tag;
pub use tag_assignment::{ResourceTags, TagFailure};

const NAME: &str = "lakeformation";

pub(crate) struct Service;

impl pool::Service for Service {
    const NAME: &'static str = NAME;
    type Client = Client;

    fn client(config: &SdkConfig, _base: &Base) -> Client {
        Client::new(config)
    }

    fn registry(registries: &Registries) -> &Registry<Self> {
        &registries.lakeformation
    }
}

/// Lake Formation, as one caller sees it: that of the account that the call goes to. Resources of
/// other accounts' catalogues are named by [`Resource::catalog`].
pub struct LakeFormation<'a>(pub(crate) Via<'a, Service>);

impl LakeFormation<'_> {
    /// Slows the pool down if an entry of a successful answer was throttled, and gives the entries'
    /// results the shape of a call's.
    async fn entries<T>(
        &self,
        operation: &'static str,
        results: Vec<Result<T, Failure>>,
    ) -> Vec<Result<T, AwsError>> {
        let throttled = |result: &Result<T, Failure>| matches!(result, Err(failure) if failure.verdict.class == ErrorClass::Throttle);
        if results.iter().any(throttled) {
            self.0.throttled(operation).await;
        }
        results
            .into_iter()
            .map(|result| result.map_err(|failure| failure.into_error(NAME, operation)))
            .collect()
    }
}

fn principal(identifier: impl Into<String>) -> DataLakePrincipal {
    DataLakePrincipal::builder()
        .data_lake_principal_identifier(identifier)
        .build()
}

fn identifier(principal: Option<DataLakePrincipal>) -> String {
    principal
        .and_then(|principal| principal.data_lake_principal_identifier)
        .unwrap_or_default()
}

fn failure(error: Option<ErrorDetail>) -> Failure {
    let (code, message) = error.map_or((None, None), |error| {
        (error.error_code, error.error_message)
    });
    Failure::of_entry(code.as_deref(), message.as_deref())
}

/// The model allows a successful answer without its content.
fn absent() -> Failure {
    Failure::new(
        "EntityNotFoundException",
        "the answer was empty",
        refused(ErrorClass::NotFound),
    )
}
