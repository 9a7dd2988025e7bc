//! How large data is.

use std::io::{self, Write};

use serde_json::Value;

/// How many bytes a state's input, output or result may have as compact JSON (Step Functions'
/// quotas).
pub const MAX_BYTES: usize = 262_144;

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
    serde_json::to_writer(Counter { left: MAX_BYTES }, value).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quotes_count() {
        assert!(!exceeds_limit(&"x".repeat(MAX_BYTES - 2).into()));
        assert!(exceeds_limit(&"x".repeat(MAX_BYTES - 1).into()));
    }
}
