//! JSON text to values, with an eye on names that an object gives twice: of these the last would win
//! without a word, so that what is checked on the way and what is done here could differ (RFC 7493, 2.3).

use std::fmt;
use std::fmt::Write;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// More than this many are not gathered.
const MAX_TWICE: usize = 10;

/// What a text says.
#[derive(Debug)]
pub struct Parsed {
    /// The value; of names that are given twice, the last.
    pub value: Value,
    /// The JSON paths of the names that are given twice.
    pub twice: Vec<String>,
}

/// Reads a JSON text.
///
/// # Errors
/// Where it is not JSON, by line and column.
pub fn parse(text: &[u8]) -> Result<Parsed, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let mut walk = Walk::default();
    let value = Node(&mut walk).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(Parsed {
        value,
        twice: walk.twice,
    })
}

/// Where we are, and what was found on the way.
#[derive(Default)]
struct Walk {
    path: String,
    twice: Vec<String>,
}

struct Node<'a>(&'a mut Walk);

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        let outside = self.0.path.len();
        loop {
            // Writing to a string cannot fail.
            let _ = write!(self.0.path, "[{}]", list.len());
            let item = items.next_element_seed(Node(self.0))?;
            self.0.path.truncate(outside);
            match item {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let outside = self.0.path.len();
        while let Some(name) = entries.next_key::<String>()? {
            if outside > 0 {
                self.0.path.push('.');
            }
            self.0.path.push_str(&name);
            if object.contains_key(&name) && self.0.twice.len() < MAX_TWICE {
                self.0.twice.push(self.0.path.clone());
            }
            let value = entries.next_value_seed(Node(self.0))?;
            self.0.path.truncate(outside);
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn what_is_read_is_what_serde_json_reads() {
        let text = br#" {"a": [1, -2, 3.5, 1e300, true, null, "\u00fc\n", {}, []], "b": {"c": 18446744073709551615}} "#;
        let parsed = parse(text).unwrap();
        assert_eq!(parsed.value, serde_json::from_slice::<Value>(text).unwrap());
        assert_eq!(parsed.twice, Vec::<String>::new());
    }

    #[test]
    fn names_that_are_given_twice_are_found_at_any_depth() {
        let text = br#"{"a": 1, "b": [{}, {"c": 1, "d": 2, "c": 3}], "\u0061": 2, "d": 1}"#;
        assert_eq!(parse(text).unwrap().twice, ["b[1].c", "a"]);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        let deep = "[".repeat(100_000);
        for text in ["", "{", "{\"a\": }", "1 2", "[1,]", "'a'", "NaN", &deep] {
            let ours = parse(text.as_bytes()).unwrap_err().to_string();
            let theirs = serde_json::from_str::<Value>(text).unwrap_err().to_string();
            assert_eq!(ours, theirs);
        }
    }
}
