//! Pages of RAM's lists.

use serde_json::Value;

use super::error;
use crate::error::ServiceError;
use crate::services::paging;

/// One page of a list under the member `name`. A page holds 1 to 500 items, 100 if the request does
/// not say.
///
/// # Errors
/// `InvalidParameterException` for another size, `InvalidNextTokenException`.
pub(super) fn page(
    name: &str,
    items: Vec<Value>,
    max_results: Option<i64>,
    next_token: Option<&str>,
) -> Result<Value, ServiceError> {
    let limit = usize::try_from(max_results.unwrap_or(100))
        .ok()
        .filter(|limit| (1..=500).contains(limit))
        .ok_or_else(|| error::invalid("MaxResults must be between 1 and 500."))?;
    let (items, next) = paging::slice(name, items, next_token, limit, error::bad_token)?;
    let mut answer = serde_json::Map::new();
    answer.insert(name.to_owned(), Value::from(items));
    if let Some(next) = next {
        answer.insert("nextToken".to_owned(), Value::from(next));
    }
    Ok(Value::Object(answer))
}
