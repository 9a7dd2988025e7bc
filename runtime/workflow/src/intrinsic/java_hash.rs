//! The order in which Java's hash set gives its items, which `States.ArrayUnique` shows.

use std::collections::HashMap;

use serde_json::Value;

/// The items without repetitions. `1` and `1.0` are two items; objects are the same whatever the
/// order of their fields.
pub(super) fn set(items: &[Value]) -> Vec<Value> {
    let mut by_hash: HashMap<i32, Vec<&Value>> = HashMap::new();
    let mut unique: Vec<(i32, &Value)> = Vec::new();
    for item in items {
        let hash = hash(item);
        let alike = by_hash.entry(hash).or_default();
        if !alike.contains(&item) {
            alike.push(item);
            unique.push((hash, item));
        }
    }
    let buckets = buckets(items.len());
    unique.sort_by_key(|(hash, _)| bucket(*hash, buckets));
    unique.into_iter().map(|(_, item)| item.clone()).collect()
}

/// How many buckets a set made from a list of this length has.
fn buckets(length: usize) -> u32 {
    let wanted = u32::try_from(length).unwrap_or(u32::MAX / 4);
    (wanted / 3 * 4 + wanted % 3 * 4 / 3 + 1)
        .max(16)
        .next_power_of_two()
}

fn bucket(hash: i32, buckets: u32) -> u32 {
    let hash = hash.cast_unsigned();
    (hash ^ (hash >> 16)) & (buckets - 1)
}

/// `hashCode`, as the Java class that holds the value defines it.
fn hash(value: &Value) -> i32 {
    match value {
        Value::Null => 0,
        Value::Bool(true) => 1231,
        Value::Bool(false) => 1237,
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => match i32::try_from(whole) {
                Ok(small) => small,
                Err(_) => folded(whole.cast_unsigned()),
            },
            (None, Some(float)) => folded(float.to_bits()),
            (None, None) => 0,
        },
        Value::String(text) => combined(text.encode_utf16().map(i32::from), 0),
        Value::Array(items) => combined(items.iter().map(hash), 1),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| combined(name.encode_utf16().map(i32::from), 0) ^ hash(field))
            .fold(0, i32::wrapping_add),
    }
}

fn combined(parts: impl Iterator<Item = i32>, start: i32) -> i32 {
    parts.fold(start, |hash, part| hash.wrapping_mul(31).wrapping_add(part))
}

fn folded(bits: u64) -> i32 {
    let folded = (bits ^ (bits >> 32)) as u32;
    folded.cast_signed()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn unique(items: Value) -> Value {
        Value::Array(set(items.as_array().unwrap()))
    }

    #[test]
    fn items_come_in_the_order_of_their_hashes() {
        assert_eq!(unique(json!([1, 2, 3, 3, 4])), json!([1, 2, 3, 4]));
        assert_eq!(unique(json!([true, false, true])), json!([false, true]));
        assert_eq!(
            unique(json!([[1, 2], [1, 2], [2, 1]])),
            json!([[2, 1], [1, 2]])
        );
        assert_eq!(unique(json!([null, null, 1, null])), json!([null, 1]));
        assert_eq!(unique(json!([17, 0, 17])), json!([0, 17]));
    }

    #[test]
    fn objects_are_the_same_whatever_the_order_of_their_fields() {
        let items = json!([{"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1}]);
        assert_eq!(set(items.as_array().unwrap()).len(), 2);
    }
}
