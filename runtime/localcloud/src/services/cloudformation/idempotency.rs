//! Client request tokens: the same request with the same token has one effect and one answer.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::ServiceError;
use crate::protocol::query;
use crate::request::Call;
use crate::store::Tx;

const TOKENS: &str = "cloudformation.tokens";

#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    request: Value,
    answer: Value,
}

/// Does `work`, or answers as it was answered the first time that this operation came with this
/// token.
///
/// # Errors
/// `TokenAlreadyExistsException` (400) for the same token with another request.
pub(super) fn once(
    call: &Call<'_>,
    tx: &Tx<'_>,
    token: Option<&str>,
    work: impl FnOnce() -> Result<Value, ServiceError>,
) -> Result<Value, ServiceError> {
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return work();
    };
    let key = format!("{}/{token}", call.operation);
    let request = Value::Object(query::read::<Map<String, Value>>(call)?);
    if let Some(answered) = tx.get::<Answered>(&call.scope, TOKENS, &key)? {
        if answered.request == request {
            return Ok(answered.answer);
        }
        return Err(ServiceError::bad_request(
            "TokenAlreadyExistsException",
            format!("A client request token already exists: {token}"),
        ));
    }
    let answer = work()?;
    let answered = Answered {
        request,
        answer: answer.clone(),
    };
    tx.put(&call.scope, TOKENS, &key, &answered)?;
    Ok(answer)
}
