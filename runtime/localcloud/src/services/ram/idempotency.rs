//! Client tokens: the same request with the same token has one effect and one answer.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

const TOKENS: &str = "ram.tokens";

/// What was asked and answered under a token.
#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    request: Value,
    answer: Value,
}

/// Does `work`, whose answer gets the token, or answers as it was answered the first time that this
/// operation came with this token.
///
/// # Errors
/// `IdempotentParameterMismatchException` for the same token with another request;
/// `InvalidClientTokenException` for an unfit one.
pub(super) fn once(
    call: &Call<'_>,
    tx: &Tx<'_>,
    token: Option<&str>,
    work: impl FnOnce() -> Result<Value, ServiceError>,
) -> Result<Value, ServiceError> {
    let Some(token) = token else {
        return work();
    };
    if !(1..=64).contains(&token.chars().count()) {
        return Err(ServiceError::bad_request(
            "InvalidClientTokenException",
            "The specified client token isn't valid: 1 to 64 characters are wanted.",
        ));
    }
    let key = format!("{}\n{token}", call.operation);
    let body: Value = serde_json::from_slice(call.body).unwrap_or_default();
    let request = json!({"query": call.query, "body": body});
    if let Some(answered) = tx.get::<Answered>(&call.scope, TOKENS, &key)? {
        if answered.request != request {
            return Err(ServiceError::bad_request(
                "IdempotentParameterMismatchException",
                "The client token was used before with different parameters.",
            ));
        }
        return Ok(answered.answer);
    }
    let mut answer = work()?;
    answer["clientToken"] = Value::from(token);
    let answered = Answered {
        request,
        answer: answer.clone(),
    };
    tx.put(&call.scope, TOKENS, &key, &answered)?;
    Ok(answer)
}
