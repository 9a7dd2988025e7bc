//! How much the expressions of one field may make.
//!
//! What a field gives is measured when the state is left. On the way a template can repeat its
//! input in each of thousands of fields, so what is made is counted as it is made, too.

use serde_json::Value;

/// How many bytes the values of one field's expressions may hold, counting those that are arguments
/// only.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// What is left to make.
pub(crate) struct Budget {
    left: usize,
}

/// More was made than is allowed.
pub(crate) struct Exceeded;

impl Default for Budget {
    fn default() -> Self {
        Self { left: MAX_BYTES }
    }
}

impl Budget {
    /// Counts a value.
    pub(crate) fn spend(&mut self, value: &Value) -> Result<(), Exceeded> {
        match value {
            Value::Array(items) => {
                self.spend_bytes(8)?;
                items.iter().try_for_each(|item| self.spend(item))
            }
            Value::Object(fields) => {
                self.spend_bytes(8)?;
                fields.iter().try_for_each(|(name, field)| {
                    self.spend_bytes(name.len())?;
                    self.spend(field)
                })
            }
            Value::String(text) => self.spend_bytes(8 + text.len()),
            Value::Null | Value::Bool(_) | Value::Number(_) => self.spend_bytes(8),
        }
    }

    fn spend_bytes(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.left = self.left.checked_sub(bytes).ok_or(Exceeded)?;
        Ok(())
    }
}
