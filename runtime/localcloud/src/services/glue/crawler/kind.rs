//! The types that a crawler finds, from the narrowest to `string`, which takes everything.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A type of a column or of a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing was seen yet but missing values.
    Unknown,
    Boolean,
    Int,
    Bigint,
    Double,
    String,
    Array(Box<Kind>),
    /// Fields in the order in which they were seen.
    Struct(Vec<(String, Kind)>),
}

impl Kind {
    /// The narrowest type for values of both.
    pub(super) fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unknown, kind) | (kind, Self::Unknown) => kind,
            (Self::Int, Self::Bigint) | (Self::Bigint, Self::Int) => Self::Bigint,
            (Self::Int | Self::Bigint, Self::Double) | (Self::Double, Self::Int | Self::Bigint) => {
                Self::Double
            }
            (Self::Array(left), Self::Array(right)) => Self::Array(Box::new(left.with(*right))),
            (Self::Struct(left), Self::Struct(right)) => Self::Struct(merged(left, right)),
            (left, right) if left == right => left,
            _ => Self::String,
        }
    }

    fn of_integer(value: i64) -> Self {
        match i32::try_from(value) {
            Ok(_) => Self::Int,
            Err(_) => Self::Bigint,
        }
    }
}

/// The fields of both, each with a type for both.
pub(super) fn merged(
    mut fields: Vec<(String, Kind)>,
    more: Vec<(String, Kind)>,
) -> Vec<(String, Kind)> {
    for (name, kind) in more {
        match fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = std::mem::replace(known, Kind::Unknown).with(kind),
            None => fields.push((name, kind)),
        }
    }
    fields
}

/// As Glue writes it. Of what no value was seen is a `string`.
impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown | Self::String => formatter.write_str("string"),
            Self::Boolean => formatter.write_str("boolean"),
            Self::Int => formatter.write_str("int"),
            Self::Bigint => formatter.write_str("bigint"),
            Self::Double => formatter.write_str("double"),
            Self::Array(element) => write!(formatter, "array<{element}>"),
            // Hive has no structure without fields.
            Self::Struct(fields) if fields.is_empty() => formatter.write_str("string"),
            Self::Struct(fields) => {
                formatter.write_str("struct<")?;
                for (at, (name, kind)) in fields.iter().enumerate() {
                    let comma = if at > 0 { "," } else { "" };
                    write!(formatter, "{comma}{name}:{kind}")?;
                }
                formatter.write_str(">")
            }
        }
    }
}

/// The type of a JSON value, read without keeping the value.
impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfJson)
    }
}

struct OfJson;

impl<'de> Visitor<'de> for OfJson {
    type Value = Kind;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Kind, E> {
        Ok(Kind::Boolean)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
        Ok(Kind::of_integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
        Ok(i64::try_from(value).map_or(Kind::Double, Kind::of_integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Kind, E> {
        Ok(Kind::Double)
    }

    fn visit_str<E>(self, _: &str) -> Result<Kind, E> {
        Ok(Kind::String)
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Unknown)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
        let mut element = Kind::Unknown;
        while let Some(kind) = items.next_element()? {
            element = element.with(kind);
        }
        Ok(Kind::Array(Box::new(element)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Kind, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, kind)) = members.next_entry::<String, Kind>()? {
            fields = merged(fields, vec![(name, kind)]);
        }
        Ok(Kind::Struct(fields))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Kind;

    fn kind(json: &str) -> Kind {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn values_tell_their_types() {
        for (json, expected) in [
            ("1", "int"),
            ("5000000000", "bigint"),
            ("1.5", "double"),
            ("true", "boolean"),
            ("\"x\"", "string"),
            ("null", "string"),
            ("[]", "array<string>"),
            ("[1, 2.5]", "array<double>"),
            ("[1, \"x\"]", "array<string>"),
            (
                r#"{"b": 1, "a": {"c": [{"d": 1}, {"e": null}]}}"#,
                "struct<b:int,a:struct<c:array<struct<d:int,e:string>>>>",
            ),
        ] {
            assert_eq!(kind(json).to_string(), expected, "{json}");
        }
    }

    #[test]
    fn two_types_have_one_for_both() {
        for (left, right, both) in [
            ("1", "5000000000", "bigint"),
            ("1", "2.5", "double"),
            ("1", "null", "int"),
            ("1", "true", "string"),
            ("[1]", "[]", "array<int>"),
            (
                "{\"a\": 1}",
                "{\"b\": 2, \"a\": 1.5}",
                "struct<a:double,b:int>",
            ),
            ("{\"a\": 1}", "[1]", "string"),
        ] {
            let forth = kind(left).with(kind(right)).to_string();
            assert_eq!(forth, both, "{left} and {right}");
        }
    }
}
