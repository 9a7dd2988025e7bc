//! Client tokens: the same request with the same token has one effect and one answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

const TOKENS: &str = "datazone.tokens";

/// What was asked and answered under a token.
#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    request: Value,
    answer: Value,
}

/// Does `work`, or answers as it was answered the first time that this operation came with this
/// token. The same token with another request is a `ConflictException`.
pub(super) fn once<O: Serialize>(
    call: &Call<'_>,
    tx: &Tx<'_>,
    token: Option<&str>,
    work: impl FnOnce() -> Result<O, ServiceError>,
) -> Result<Value, ServiceError> {
    let json = |error: serde_json::Error| ServiceError::internal(error.to_string());
    let Some(token) = token else {
        return serde_json::to_value(work()?).map_err(json);
    };
    let key = format!("{} {}\n{token}", call.method, call.path);
    let request: Value = serde_json::from_slice(call.body).map_err(json)?;
    if let Some(answered) = tx.get::<Answered>(&call.scope, TOKENS, &key)? {
        if answered.request != request {
            return Err(error::conflict(
                "The client token was used before with a different request",
            ));
        }
        return Ok(answered.answer);
    }
    let answer = serde_json::to_value(work()?).map_err(json)?;
    let answered = Answered {
        request,
        answer: answer.clone(),
    };
    tx.put(&call.scope, TOKENS, &key, &answered)?;
    Ok(answer)
}
