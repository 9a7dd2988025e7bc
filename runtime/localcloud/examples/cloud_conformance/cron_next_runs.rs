//! The next ten times of a cron expression, as the console shows them, in UTC.

use datamesh_localcloud::schedule::{Dialect, Schedule, zone};
use serde_json::Value;

/// Runs one case.
pub fn run(case: &Value) -> Result<(), String> {
    let text = |name: &str| case[name].as_str().ok_or(format!("{name} is missing"));
    let schedule = Schedule::parse(text("expression")?, Dialect::Scheduler)
        .map_err(|error| error.to_string())?;
    let utc = zone("UTC").ok_or("there is no UTC")?;
    let mut now_ms = milliseconds(text("after")?)?;
    for expected in case["next"].as_array().ok_or("next is missing")? {
        let expected = expected.as_str().ok_or("a time is no text")?;
        let next_ms = schedule.next_after(now_ms, now_ms, &utc);
        if next_ms != Some(milliseconds(expected)?) {
            return Err(format!("after {now_ms} ms: {next_ms:?}, not {expected}"));
        }
        now_ms = next_ms.unwrap_or(now_ms);
    }
    Ok(())
}

fn milliseconds(time: &str) -> Result<i64, String> {
    let at = Schedule::parse(&format!("at({time})"), Dialect::Scheduler)
        .map_err(|error| format!("{time}: {error}"))?;
    let utc = zone("UTC").ok_or("there is no UTC")?;
    at.next_after(i64::MIN, 0, &utc)
        .ok_or_else(|| format!("{time} never comes"))
}
