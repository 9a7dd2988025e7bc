//! How large data is, and how deep.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

/// How many bytes a state's input, output or result may have as compact JSON (Step Functions'
/// quotas).
pub const MAX_BYTES: usize = 262_144;

/// How many bytes all variables of an execution may have together (developer guide, "Passing data
/// between states with variables").
pub(crate) const MAX_VARIABLE_BYTES: usize = 10 * 1024 * 1024;

/// How deep data may nest. An execution holds data within itself, and JSON that nests more than 128
/// levels is not read back.
pub const MAX_DEPTH: usize = 100;

/// Whether data nests deeper than [`MAX_DEPTH`].
pub(crate) fn nests_too_deep(value: &Value) -> bool {
    fn within(value: &Value, left: usize) -> bool {
        match value {
            Value::Array(items) => left > 0 && items.iter().all(|item| within(item, left - 1)),
            Value::Object(fields) => left > 0 && fields.values().all(|item| within(item, left - 1)),
            _ => true,
        }
    }
    !within(value, MAX_DEPTH)
}

/// Counts bytes and stops at the limit.
struct Counter {
    left: usize,
}

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.left.checked_sub(bytes.len()) {
            Some(left) => {
                self.left = left;
                Ok(bytes.len())
            }
            None => Err(io::ErrorKind::FileTooLarge.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether data is larger than [`MAX_BYTES`]. Takes no more time than the limit is long.
pub(crate) fn exceeds_limit(value: &Value) -> bool {
    bytes(value) > MAX_BYTES
}

/// Whether the variables that a state assigns are together larger than [`MAX_BYTES`].
pub(crate) fn assigned_exceed_limit(assigned: &Map<String, Value>) -> bool {
    bytes(assigned) > MAX_BYTES
}

/// How many bytes data has; more than [`MAX_BYTES`] are not counted further.
pub(crate) fn bytes(value: &impl Serialize) -> usize {
    bytes_up_to(value, MAX_BYTES)
}

/// How many bytes data has; more than `most` are not counted further.
pub(crate) fn bytes_up_to(value: &impl Serialize, most: usize) -> usize {
    let mut counter = Counter { left: most };
    match serde_json::to_writer(&mut counter, value) {
        Ok(()) => most - counter.left,
        Err(_) => most.saturating_add(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_arrays_and_objects() {
        let nested = |depth| (0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        assert!(!nests_too_deep(&nested(MAX_DEPTH)));
        assert!(nests_too_deep(&nested(MAX_DEPTH + 1)));
    }

    #[test]
    fn the_quotes_count() {
        assert!(!exceeds_limit(&"x".repeat(MAX_BYTES - 2).into()));
        assert!(exceeds_limit(&"x".repeat(MAX_BYTES - 1).into()));
    }
}
