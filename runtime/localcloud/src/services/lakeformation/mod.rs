//! Lake Formation: permissions on the Data Catalog, and what they let a reader see.
//!
//! Every operation is `POST /<Operation>`. Permissions are kept by who gave them, in the giver's
//! account and region; `grant` says how. What a reader may see is worked out anew for each question
//! (`access`), so a revoke counts at once. Grants to other accounts travel in the resource shares
//! that `sharing` has RAM make.
//!
//! What is not here: transactions, storage optimizers, credentials for locations, LF-Tag expressions
//! by name, IAM Identity Center, and conditions on grants. Tables' locations need not be registered
//! to be read.
//!
//! Documents, in the account's scope: `lakeformation.grants` by resource and principal, with
//! `lakeformation.grants-of` as the index by principal; `lakeformation.settings`, `.locations`,
//! `.tags`, `.tagged` with its index `.tagged-with`, `.filters`, `.opt-ins` with its index
//! `.opt-ins-for`, `.carried` and `.organizations`.

pub(crate) mod access;
mod authority;
mod batch;
mod cells;
mod columns;
mod data_cells_filter;
mod error;
mod existence;
mod grant;
mod grant_permissions;
mod lf_tag;
pub(crate) mod lifecycle;
mod list_permissions;
pub(crate) mod location;
mod modify;
mod opt_in;
mod permission;
pub(crate) mod principal;
mod received;
mod resource;
mod revoke_permissions;
mod row_filter;
mod search;
mod settings;
mod sharing;
mod tagging;
pub(crate) mod visible;

use http::Method;
use http::request::Parts;

use crate::error::ServiceError;
use crate::protocol::{Protocol, rest_json};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;

const SERVICE: &str = "lakeformation";

/// Lake Formation.
#[derive(Debug, Default, Clone, Copy)]
pub struct LakeFormation;

/// Calls an operation with its input from the body, and writes its output.
macro_rules! answer {
    ($operation:expr, $call:expr, $tx:expr) => {
        rest_json::write(200, &$operation(rest_json::read($call, &[])?, $call, $tx)?)
    };
}

impl Service for LakeFormation {
    fn name(&self) -> &'static str {
        SERVICE
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestJson
    }

    fn operation(&self, request: &Parts, _body: &[u8]) -> Option<String> {
        let name = request.uri.path().trim_matches('/');
        (request.method == Method::POST && !name.is_empty() && !name.contains('/'))
            .then(|| name.to_owned())
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "GrantPermissions" => answer!(grant_permissions::grant_permissions, call, tx),
            "RevokePermissions" => answer!(revoke_permissions::revoke_permissions, call, tx),
            "BatchGrantPermissions" => answer!(batch::grant, call, tx),
            "BatchRevokePermissions" => answer!(batch::revoke, call, tx),
            "ListPermissions" => answer!(list_permissions::list_permissions, call, tx),
            "GetDataLakeSettings" => answer!(settings::get, call, tx),
            "PutDataLakeSettings" => answer!(settings::put, call, tx),
            "RegisterResource" => answer!(location::register, call, tx),
            "UpdateResource" => answer!(location::update, call, tx),
            "DescribeResource" => answer!(location::describe, call, tx),
            "ListResources" => answer!(location::list, call, tx),
            "DeregisterResource" => answer!(location::deregister, call, tx),
            "CreateLFTag" => answer!(lf_tag::create, call, tx),
            "GetLFTag" => answer!(lf_tag::get, call, tx),
            "UpdateLFTag" => answer!(lf_tag::update, call, tx),
            "DeleteLFTag" => answer!(lf_tag::delete, call, tx),
            "ListLFTags" => answer!(lf_tag::list, call, tx),
            "AddLFTagsToResource" => answer!(tagging::add, call, tx),
            "RemoveLFTagsFromResource" => answer!(tagging::remove, call, tx),
            "GetResourceLFTags" => answer!(tagging::get, call, tx),
            "SearchDatabasesByLFTags" => answer!(search::databases, call, tx),
            "SearchTablesByLFTags" => answer!(search::tables, call, tx),
            "CreateDataCellsFilter" => answer!(data_cells_filter::create, call, tx),
            "GetDataCellsFilter" => answer!(data_cells_filter::get, call, tx),
            "UpdateDataCellsFilter" => answer!(data_cells_filter::update, call, tx),
            "DeleteDataCellsFilter" => answer!(data_cells_filter::delete, call, tx),
            "ListDataCellsFilter" => answer!(data_cells_filter::list, call, tx),
            "CreateLakeFormationOptIn" => answer!(opt_in::create, call, tx),
            "DeleteLakeFormationOptIn" => answer!(opt_in::delete, call, tx),
            "ListLakeFormationOptIns" => answer!(opt_in::list, call, tx),
            _ => Err(call.unknown_operation()),
        }
    }
}

/// Refuses a catalog that is not the caller's own.
fn own_catalog(catalog: Option<&str>, call: &Call<'_>) -> Result<(), ServiceError> {
    match catalog {
        Some(catalog) if catalog != call.scope.account => Err(error::denied(format!(
            "Catalog {catalog} belongs to another account."
        ))),
        _ => Ok(()),
    }
}
