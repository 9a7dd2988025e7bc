//! What an item reader has read, as items (developer guide, "ItemReader").

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::document::Reader;
use crate::fault::Fault;
use crate::flow::{View, integer};
use crate::retry::names;
use crate::scope::Random;

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
        Ok(items.into_iter().map(Arc::new).collect())
    }

    /// How many items it takes at most. A reader that can't take any fails before it reads.
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
                Ok(Value::Array(items)) => Ok(items),
                Ok(Value::Object(object)) => Ok(pairs(&object)),
                Ok(_) => Err(failed("Attempting to map over non-iterable node.")),
                Err(error) => Err(failed(error.to_string())),
            },
        }
    }

    /// Rows by the names of the first row, or of `CSVHeaders`. Values stay text.
    fn of_csv(&self, text: &str) -> Vec<Value> {
        let mut rows = csv(text).into_iter();
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

/// The rows of a comma-separated text (RFC 4180); empty lines are no rows.
fn csv(text: &str) -> Vec<Vec<String>> {
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
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
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
    fn quotes_keep_commas_and_line_ends() {
        assert_eq!(
            csv("a,\"b,\"\"c\"\"\nd\"\r\n\ne"),
            [vec!["a", "b,\"c\"\nd"], vec!["e"]]
        );
    }
}
