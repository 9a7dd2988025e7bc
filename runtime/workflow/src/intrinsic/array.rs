//! The functions on arrays, `States.ArrayPartition` and so on.

use serde_json::Value;

use super::java_hash;
use super::math::whole;

/// How many items `States.ArrayRange` gives at most.
const MAX_RANGE: usize = 1_000;

/// Chunks of that many items; the last one may have fewer.
pub(super) fn partition(arguments: &[Value]) -> Result<Value, String> {
    let invalid = || "Invalid arguments in States.ArrayPartition".to_owned();
    let [Value::Array(items), size] = arguments else {
        return Err(invalid());
    };
    let size = whole(size)
        .and_then(|size| usize::try_from(size).ok())
        .filter(|size| *size > 0);
    let chunks = items.chunks(size.ok_or_else(invalid)?);
    Ok(chunks.map(|chunk| Value::Array(chunk.to_vec())).collect())
}

pub(super) fn contains(arguments: &[Value]) -> Result<Value, String> {
    match arguments {
        [Value::Array(items), value] => Ok(Value::Bool(items.contains(value))),
        _ => Err("Invalid arguments in States.ArrayContains".to_owned()),
    }
}

/// Whole numbers from the first up to and with the second, that far apart.
pub(super) fn range(arguments: &[Value]) -> Result<Value, String> {
    let invalid = || "Invalid arguments in States.ArrayRange".to_owned();
    let [start, end, step] = arguments else {
        return Err(invalid());
    };
    let (Some(start), Some(end), Some(step)) = (whole(start), whole(end), whole(step)) else {
        return Err(invalid());
    };
    if step == 0 {
        return Err(invalid());
    }
    let mut numbers = Vec::new();
    let mut number = start;
    while if step > 0 {
        number <= end
    } else {
        number >= end
    } {
        if numbers.len() == MAX_RANGE {
            return Err(invalid());
        }
        numbers.push(Value::from(number));
        number += step;
    }
    Ok(Value::Array(numbers))
}

/// The item at an index. An empty array has a null at each.
pub(super) fn get_item(arguments: &[Value]) -> Result<Value, String> {
    let invalid = || "Invalid arguments in States.ArrayGetItem".to_owned();
    let [Value::Array(items), index] = arguments else {
        return Err(invalid());
    };
    let index = whole(index)
        .and_then(|index| usize::try_from(index).ok())
        .ok_or_else(invalid)?;
    match items.get(index) {
        Some(item) => Ok(item.clone()),
        None if items.is_empty() => Ok(Value::Null),
        None => Err(invalid()),
    }
}

pub(super) fn length(arguments: &[Value]) -> Result<Value, String> {
    match arguments {
        [Value::Array(items)] => Ok(items.len().into()),
        _ => Err("Invalid arguments in States.ArrayLength".to_owned()),
    }
}

/// The items without repetitions, in the order in which Java's hash set keeps them.
pub(super) fn unique(arguments: &[Value]) -> Result<Value, String> {
    match arguments {
        [Value::Array(items)] => Ok(Value::Array(java_hash::set(items))),
        _ => Err("Invalid arguments in States.ArrayUnique".to_owned()),
    }
}
