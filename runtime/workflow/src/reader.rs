//! What an item reader has read, as items (developer guide, "ItemReader").

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::document::Reader;
use crate::fault::Fault;
use crate::flow::{View, integer};
use crate::retry::names;
use crate::scope::Random;
use crate::size;

/// How many bytes the items may have together: an execution carries the items of its map.
pub const MAX_ITEMS_BYTES: usize = 1_048_576;

impl Reader {
    /// The items in what the resource gave: an array as it is, an object's fields as
    /// `{"Key": …, "Value": …}`, and a text by the reader's `InputType`.
    pub(crate) fn items(
        &self,
        output: &Value,
        view: &View<'_>,
        random: &mut dyn Random,
    ) -> Result<Vec<Arc<Value>>, Fault> {
        let most = self.most(view, random)?;
        let mut items = match output {
            Value::Array(items) => items.clone(),
            Value::Object(object) => self.of_object(object)?,
            Value::String(text) => self.of_text(text)?,
            _ => return Err(failed("Attempting to map over non-iterable node.")),
        };
        items.truncate(most);
        if size::bytes_up_to(&items, MAX_ITEMS_BYTES) > MAX_ITEMS_BYTES {
            let cause = format!("The items have more than {MAX_ITEMS_BYTES} bytes together.");
            return Err(failed(cause));
        }
        if items.iter().any(size::nests_too_deep) {
            let cause = format!("An item nests more than {} levels deep.", size::MAX_DEPTH);
            return Err(failed(cause));
        }
        Ok(items.into_iter().map(Arc::new).collect())
    }

    /// How many items are taken at most.
    pub(crate) fn most(&self, view: &View<'_>, random: &mut dyn Random) -> Result<usize, Fault> {
        let Some(amount) = &self.max_items else {
            return Ok(usize::MAX);
        };
        match integer(amount, view, random)? {
            0 => Ok(usize::MAX),
            number => {
                usize::try_from(number).map_err(|_| failed("field MaxItems must be positive"))
            }
        }
    }

    fn of_object(&self, object: &Map<String, Value>) -> Result<Vec<Value>, Fault> {
        if let Some(Value::Array(contents)) = object.get("Contents") {
            return Ok(contents.clone());
        }
        if let Some(Value::String(body)) = object.get("Body") {
            return self.of_text(body);
        }
        Ok(pairs(object))
    }

    fn of_text(&self, text: &str) -> Result<Vec<Value>, Fault> {
        match self.input_type.as_deref() {
            Some("CSV") => Ok(self.of_csv(text)),
            Some("JSONL") => text
                .lines()
                .filter(|line| !line.trim().is_empty())
                .map(|line| serde_json::from_str(line).map_err(|error| failed(error.to_string())))
                .collect(),
            _ => match serde_json::from_str(text) {
                Ok(value) => self.of_json(&value),
                Err(error) => Err(failed(error.to_string())),
            },
        }
    }

    fn of_json(&self, value: &Value) -> Result<Vec<Value>, Fault> {
        let pointed = match &self.items_pointer {
            None => Some(value),
            Some(pointer) => value.pointer(pointer),
        };
        match pointed {
            Some(Value::Array(items)) => Ok(items.clone()),
            Some(Value::Object(object)) => Ok(pairs(object)),
            _ => Err(failed("Attempting to map over non-iterable node.")),
        }
    }

    /// Rows by the names of the first row, or of `CSVHeaders`. Values stay text.
    fn of_csv(&self, text: &str) -> Vec<Value> {
        let mut rows = csv(text, self.csv_delimiter).into_iter();
        let headers = match self.csv_header_location.as_deref() {
            Some("GIVEN") => self.csv_headers.clone().unwrap_or_default(),
            _ => rows.next().unwrap_or_default(),
        };
        rows.map(|row| {
            let cells = row.into_iter().chain(std::iter::repeat_with(String::new));
            let named = headers.iter().cloned().zip(cells.map(Value::String));
            Value::Object(named.collect())
        })
        .collect()
    }
}

fn failed(cause: impl Into<String>) -> Fault {
    Fault {
        error: names::ITEM_READER_FAILED.to_owned(),
        cause: cause.into(),
    }
}

/// The fields of an object, each as `{"Key": …, "Value": …}`.
pub(crate) fn pairs(object: &Map<String, Value>) -> Vec<Value> {
    let pair = |(key, value): (&String, &Value)| {
        let fields = [("Key", Value::from(key.as_str())), ("Value", value.clone())];
        Value::Object(
            fields
                .map(|(name, value)| (name.to_owned(), value))
                .into_iter()
                .collect(),
        )
    };
    object.iter().map(pair).collect()
}

/// The rows of a text with that delimiter (RFC 4180); empty lines are no rows.
fn csv(text: &str, delimiter: char) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            _ if char == delimiter && !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                if !(row.is_empty() && cell.is_empty()) {
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
            }
            '\r' if !quoted => {}
            _ => cell.push(char),
        }
    }
    if !(row.is_empty() && cell.is_empty()) {
        row.push(cell);
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_delimiters_and_line_ends() {
        let rows = csv("a,\"b,\"\"c\"\"\nd\"\r\n\ne", ',');
        assert_eq!(rows, [vec!["a", "b,\"c\"\nd"], vec!["e"]]);
        assert_eq!(csv("a;b,c", ';'), [["a", "b,c"]]);
    }
}
