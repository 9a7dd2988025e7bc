//! `ListEventBuses`, in the order of their names.

use serde::{Deserialize, Serialize};

use super::bus::{BUSES, Bus, DEFAULT, Summary};
use super::error;
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    name_prefix: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    event_buses: Vec<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

pub(super) fn list_event_buses(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    constraints.range("limit", input.limit, 1, 100);
    constraints.check(error::VALIDATION)?;
    let prefix = input.name_prefix.unwrap_or_default();
    let limit = input.limit.map_or(100, |limit| limit as usize);
    let after = match &input.next_token {
        Some(token) => Some(paging::key_of(BUSES, token).ok_or_else(error::bad_token)?),
        None => None,
    };
    let after = after.as_deref();

    let mut buses: Vec<Bus> = tx
        .scan(&call.scope, BUSES, &prefix, after, limit + 1)?
        .into_iter()
        .map(|(_, bus)| bus)
        .collect();
    let is_stored = buses.iter().any(|bus| bus.name == DEFAULT);
    if !is_stored && DEFAULT.starts_with(&prefix) && after.is_none_or(|after| after < DEFAULT) {
        let at = buses.partition_point(|bus| bus.name.as_str() < DEFAULT);
        buses.insert(at, Bus::default_bus());
    }
    let more = buses.len() > limit;
    buses.truncate(limit);
    Ok(Output {
        next_token: buses
            .last()
            .filter(|_| more)
            .map(|bus| paging::token(BUSES, &bus.name)),
        event_buses: buses.iter().map(|bus| bus.summary(&call.scope)).collect(),
    })
}
