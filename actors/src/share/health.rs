//! How access is, as far as was seen.

use super::fulfilment::{Health, HealthState};
use super::post::HeldEnd;
use super::state::{Answer, Association, State};

/// How access is, as the answers and the ledgers' ends show it.
pub(super) fn of(state: &State, at_ms: i64) -> Health {
    let refused = state.posts.values().find_map(|held| match &held.end {
        Some(HeldEnd::Refused { code, message })
        | Some(HeldEnd::Unreachable { code, message, .. }) => Some(format!("{code}: {message}")),
        Some(HeldEnd::Settled) | None => None,
    });
    let suspended = state
        .ram
        .as_ref()
        .filter(|seen| seen.association == Association::Suspended);
    let (kind, detail) = match (&state.permitted, &state.left_out) {
        _ if refused.is_some() => (HealthState::Drifted, refused.unwrap_or_default()),
        _ if suspended.is_some() => (
            HealthState::Unreachable,
            suspended
                .map(|seen| seen.detail.clone())
                .unwrap_or_default(),
        ),
        (Some(Answer::Refused { message, .. }), _) => (
            HealthState::Drifted,
            format!("the consumer cannot read: {message}"),
        ),
        (_, Some(Answer::Readable { .. })) => (
            HealthState::Drifted,
            "a column that is left out can be read: another grant gives it".to_owned(),
        ),
        (Some(Answer::NotTried { reason, .. }), _) => {
            (HealthState::Unknown, format!("NOT_TRIED: {reason}"))
        }
        (Some(Answer::Readable { .. }), _) => (
            HealthState::Healthy,
            "a query as the consumer reads what is given, and no more".to_owned(),
        ),
        (None, _) => (HealthState::Healthy, "all that is held is there".to_owned()),
    };
    Health {
        state: kind,
        detail,
        seen_ms: at_ms,
    }
}
