//! How large data is.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Value};

/// How many bytes a state's input, output or result may have as compact JSON (Step Functions'
/// quotas).
pub const MAX_BYTES: usize = 262_144;

/// How deep a state's input, output or result may nest. Data is walked by recursion, and JSON
/// readers, the journal's among them, refuse what nests much deeper.
pub const MAX_DEPTH: usize = 100;

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

/// Whether data is larger than [`MAX_BYTES`] or nests deeper than [`MAX_DEPTH`]. Takes no more time
/// than the limit is long.
pub(crate) fn exceeds_limit(value: &Value) -> bool {
    nests_deeper(value, MAX_DEPTH) || is_larger(value)
}

/// The same for the variables that a state assigns.
pub(crate) fn assigned_exceed_limit(assigned: &Map<String, Value>) -> bool {
    assigned
        .values()
        .any(|value| nests_deeper(value, MAX_DEPTH))
        || is_larger(assigned)
}

/// How many bytes data has as compact JSON; one more than [`MAX_BYTES`] when it has more.
pub(crate) fn bytes(value: &impl Serialize) -> usize {
    let mut counter = Counter { left: MAX_BYTES };
    match serde_json::to_writer(&mut counter, value) {
        Ok(()) => MAX_BYTES - counter.left,
        Err(_) => MAX_BYTES + 1,
    }
}

fn nests_deeper(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(items) => depth == 0 || items.iter().any(|item| nests_deeper(item, depth - 1)),
        Value::Object(fields) => {
            depth == 0 || fields.values().any(|field| nests_deeper(field, depth - 1))
        }
        _ => false,
    }
}

fn is_larger(value: &impl Serialize) -> bool {
    serde_json::to_writer(Counter { left: MAX_BYTES }, value).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nests_too_deep_is_too_large() {
        let nested = |depth| (0..depth).fold(Value::Null, |value, _| Value::Array(vec![value]));
        assert!(!exceeds_limit(&nested(MAX_DEPTH)));
        assert!(exceeds_limit(&nested(MAX_DEPTH + 1)));
    }

    #[test]
    fn the_quotes_count() {
        assert!(!exceeds_limit(&"x".repeat(MAX_BYTES - 2).into()));
        assert!(exceeds_limit(&"x".repeat(MAX_BYTES - 1).into()));
    }
}
