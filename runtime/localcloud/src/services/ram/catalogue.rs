//! What RAM itself brings: `ListResourceTypes`, `ListPermissions`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::list_resources::check_type;
use super::page::page;
use super::resource::TYPES;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    resource_type: Option<String>,
    permission_type: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// `ListResourceTypes`.
pub(super) fn list_resource_types(
    input: Input,
    _: &Call<'_>,
    _: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let shown = TYPES
        .iter()
        .map(|known| {
            json!({
                "resourceType": known.name,
                "serviceName": known.service,
                "resourceRegionScope": "REGIONAL",
            })
        })
        .collect();
    page(
        "resourceTypes",
        shown,
        input.max_results,
        input.next_token.as_deref(),
    )
}

/// `ListPermissions`: one AWS-managed permission a type, and none of customers.
pub(super) fn list_permissions(
    input: Input,
    _: &Call<'_>,
    _: &Tx<'_>,
) -> Result<Value, ServiceError> {
    check_type(input.resource_type.as_deref())?;
    let customers = input.permission_type.as_deref() == Some("LOCAL");
    let shown = TYPES
        .iter()
        .filter(|known| {
            !customers
                && input
                    .resource_type
                    .as_ref()
                    .is_none_or(|wanted| known.name.eq_ignore_ascii_case(wanted))
        })
        .map(|known| {
            json!({
                "arn": format!("arn:aws:ram::aws:permission/{}", known.permission),
                "version": "1",
                "defaultVersion": true,
                "name": known.permission,
                "resourceType": known.name,
                "status": "ATTACHABLE",
                "isResourceTypeDefault": true,
                "permissionType": "AWS_MANAGED",
                "featureSet": "STANDARD",
            })
        })
        .collect();
    page(
        "permissions",
        shown,
        input.max_results,
        input.next_token.as_deref(),
    )
}
