//! `/control/faults` and `/control/seen`.

use http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal, ok, read};
use crate::LocalCloud;
use crate::faults::{Fault, Standing};

pub(super) fn list(cloud: &LocalCloud) -> Answer {
    ok(json!({ "faults": cloud.faults().standing() }))
}

pub(super) fn inject(cloud: &LocalCloud, body: &[u8]) -> Answer {
    let fault: Fault = read(body)?;
    fault
        .check(|service| cloud.inner.service(service).is_some())
        .map_err(Refusal::bad)?;
    let mut shown = json!(fault);
    let id = cloud.faults().inject(fault);
    if let Value::Object(shown) = &mut shown {
        shown.insert("id".to_owned(), json!(id));
        shown.insert("struck".to_owned(), json!(0));
    }
    Ok((StatusCode::CREATED, shown))
}

pub(super) fn clear(cloud: &LocalCloud) -> Answer {
    let standing = cloud.faults().standing();
    let removed = standing
        .iter()
        .filter(|standing| cloud.faults().remove(standing.id))
        .count();
    ok(json!({ "removed": removed }))
}

pub(super) fn show(cloud: &LocalCloud, id: &str) -> Answer {
    ok(json!(find(cloud, id)?))
}

pub(super) fn remove(cloud: &LocalCloud, id: &str) -> Answer {
    let standing = find(cloud, id)?;
    if !cloud.faults().remove(standing.id) {
        return Err(gone(id));
    }
    ok(json!(standing))
}

pub(super) fn seen(cloud: &LocalCloud) -> Answer {
    ok(json!({ "seen": cloud.faults().seen() }))
}

fn find(cloud: &LocalCloud, id: &str) -> Result<Standing, Refusal> {
    let number: Option<u64> = id.parse().ok();
    cloud
        .faults()
        .standing()
        .into_iter()
        .find(|standing| Some(standing.id) == number)
        .ok_or_else(|| gone(id))
}

fn gone(id: &str) -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        format!("there is no fault {id}; one that struck as often as it was to is gone"),
    )
}
