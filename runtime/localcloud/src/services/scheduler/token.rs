//! Client tokens: the same request with the same token has one effect and one answer, for a day.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error;
use crate::due::Due;
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

const TOKENS: &str = "scheduler.tokens";
/// The kind of due work that forgets a token.
pub(crate) const FORGET: &str = "scheduler.forget-token";
const KEPT_MS: i64 = 86_400_000;

/// What was asked and answered under a token.
#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    request: Value,
    answer: Value,
}

/// Does `work`, or answers as it was answered the first time that this operation came with this
/// token.
pub(super) fn once(
    token: Option<&str>,
    call: &Call<'_>,
    tx: &Tx<'_>,
    work: impl FnOnce() -> Result<Value, ServiceError>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    constraints.length("clientToken", token, 1, 64);
    constraints.pattern("clientToken", token, "^[a-zA-Z0-9-_]+$");
    constraints.check(error::VALIDATION)?;
    let Some(token) = token else {
        return work();
    };
    let key = format!("{}/{}/{token}", call.operation, call.path);
    let body = serde_json::from_slice(call.body).unwrap_or_default();
    let request = Value::Array(vec![body, call.query("groupName").into()]);
    if let Some(answered) = tx.get::<Answered>(&call.scope, TOKENS, &key)? {
        if answered.request != request {
            return Err(error::conflict(
                "The ClientToken was used before with different parameters.",
            ));
        }
        return Ok(answered.answer);
    }
    let answer = work()?;
    let answered = Answered {
        request,
        answer: answer.clone(),
    };
    tx.put(&call.scope, TOKENS, &key, &answered)?;
    tx.schedule(call.now_ms + KEPT_MS, FORGET, &key, &call.scope, &())?;
    Ok(answer)
}

pub(crate) fn forget(due: &Due, tx: &Tx<'_>) -> Result<(), ServiceError> {
    tx.delete(&due.scope(), TOKENS, &due.id).map(|_| ())
}
