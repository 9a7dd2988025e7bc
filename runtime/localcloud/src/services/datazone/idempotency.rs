//! Client tokens: the same request with the same token has one effect and one answer.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

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

/// A longer request is known by its digest.
const LONG: usize = 4096;

/// What a request asks for, but for where.
fn request_of(call: &Call<'_>) -> Result<Value, ServiceError> {
    if call.body.is_empty() {
        return Ok(json!(call.query));
    }
    let mut request: Value = serde_json::from_slice(call.body)
        .map_err(|error| ServiceError::internal(error.to_string()))?;
    if call.body.len() > LONG {
        request.sort_all_objects();
        return Ok(json!(hex::encode(Sha256::digest(request.to_string()))));
    }
    Ok(request)
}

/// Does `work`, or answers as it was answered the first time that this operation came with this
/// token. The same token with another request is a `ConflictException`.
pub(crate) fn once<O: Serialize>(
    call: &Call<'_>,
    tx: &Tx<'_>,
    token: Option<&str>,
    work: impl FnOnce() -> Result<O, ServiceError>,
) -> Result<Value, ServiceError> {
    let broken = |error: serde_json::Error| ServiceError::internal(error.to_string());
    let Some(token) = token else {
        return serde_json::to_value(work()?).map_err(broken);
    };
    let key = format!("{} {}\n{token}", call.method, call.path);
    let request = request_of(call)?;
    if let Some(answered) = tx.get::<Answered>(&call.scope, TOKENS, &key)? {
        if answered.request != request {
            return Err(error::conflict(
                "The client token was used before with a different request",
            ));
        }
        return Ok(answered.answer);
    }
    let answer = serde_json::to_value(work()?).map_err(broken)?;
    let answered = Answered {
        request,
        answer: answer.clone(),
    };
    tx.put(&call.scope, TOKENS, &key, &answered)?;
    Ok(answer)
}
