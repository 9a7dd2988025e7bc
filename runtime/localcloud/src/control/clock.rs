//! `/control/clock`.

use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::answer::{Answer, Refusal, ok, read};
use crate::{ClockError, LocalCloud, duration};

pub(super) fn show(cloud: &LocalCloud) -> Answer {
    let state = cloud.clock();
    let now = Timestamp::from_millisecond(state.now_ms)
        .map(|now| now.to_string())
        .unwrap_or_default();
    ok(json!({
        "now": now,
        "now_ms": state.now_ms,
        "running": state.running,
        "speed": state.speed,
    }))
}

/// One of these at a time.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// `false` stops it, `true` starts it.
    running: Option<bool>,
    /// Forward by so much: `15m`.
    step: Option<String>,
    /// To this moment: `2026-01-31T12:00:00Z`.
    set: Option<String>,
    /// So many times as fast as real time.
    speed: Option<f64>,
}

pub(super) async fn drive(cloud: &LocalCloud, body: &[u8]) -> Answer {
    let body: Body = read(body)?;
    let driven = match (body.running, &body.step, &body.set, body.speed) {
        (Some(running), None, None, None) => {
            cloud
                .drive_clock(|clock| {
                    if running {
                        clock.start();
                    } else {
                        clock.stop();
                    }
                    Ok(())
                })
                .await
        }
        (None, Some(by), None, None) => {
            let by = duration::parse(by).map_err(|reason| bad("step", &reason))?;
            cloud.drive_clock(|clock| clock.step(by)).await
        }
        (None, None, Some(moment), None) => {
            let moment: Timestamp = moment.parse().map_err(|_| {
                let reason = format!("`{moment}` is not a moment: write `2026-01-31T12:00:00Z`");
                bad("set", &reason)
            })?;
            let now_ms = moment.as_millisecond();
            cloud.drive_clock(|clock| clock.set(now_ms)).await
        }
        (None, None, None, Some(factor)) => cloud.drive_clock(|clock| clock.speed(factor)).await,
        _ => {
            return Err(Refusal::bad(
                "say one thing: {\"running\": false}, {\"step\": \"15m\"}, \
                 {\"set\": \"2026-01-31T12:00:00Z\"} or {\"speed\": 60}",
            ));
        }
    };
    let driven: Result<(), ClockError> = driven
        .map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    driven.map_err(|error| Refusal::bad(error.to_string()))?;
    show(cloud)
}

fn bad(field: &str, reason: &str) -> Refusal {
    Refusal::bad(format!("{field}: {reason}"))
}
