//! The types that a crawler finds, from the narrowest to `string`, which takes everything.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

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
            (Self::Struct(left), Self::Struct(right)) => of_fields(merged(left, right)),
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

/// How many fields a structure has at most. What has more keeps data in its names.
pub(super) const MOST_FIELDS: usize = 4_000;

/// Up to so many fields are looked for one by one: an index would cost more.
const FEW: usize = 8;

/// A structure of these fields; a `string` if they are too many.
fn of_fields(fields: Vec<(String, Kind)>) -> Kind {
    match fields.len() > MOST_FIELDS {
        true => Kind::String,
        false => Kind::Struct(fields),
    }
}

/// Fields in the order in which they were seen, found by their names.
#[derive(Debug, Default)]
pub(super) struct Fields {
    all: Vec<(String, Kind)>,
    places: BTreeMap<String, usize>,
}

impl Fields {
    fn of(all: Vec<(String, Kind)>) -> Self {
        let names = all.iter().map(|(name, _)| name.clone());
        let places = names.zip(0..).collect();
        Self { all, places }
    }

    /// Adds a field, or widens the type of the one of this name.
    pub(super) fn add(&mut self, name: String, kind: Kind) {
        match self.places.entry(name) {
            Entry::Occupied(place) => widen(&mut self.all[*place.get()].1, kind),
            Entry::Vacant(place) => {
                self.all.push((place.key().clone(), kind));
                place.insert(self.all.len() - 1);
            }
        }
    }

    pub(super) fn are_too_many(&self) -> bool {
        self.all.len() > MOST_FIELDS
    }

    pub(super) fn into_vec(self) -> Vec<(String, Kind)> {
        self.all
    }
}

fn widen(known: &mut Kind, kind: Kind) {
    *known = std::mem::replace(known, Kind::Unknown).with(kind);
}

/// The fields of both, each with a type for both.
pub(super) fn merged(
    mut fields: Vec<(String, Kind)>,
    more: Vec<(String, Kind)>,
) -> Vec<(String, Kind)> {
    if more.len() > FEW {
        let mut fields = Fields::of(fields);
        for (name, kind) in more {
            fields.add(name, kind);
        }
        return fields.into_vec();
    }
    for (name, kind) in more {
        match fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => widen(known, kind),
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
        let mut fields = Fields::default();
        while let Some((name, kind)) = members.next_entry::<String, Kind>()? {
            fields.add(name, kind);
            if fields.are_too_many() {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            }
        }
        Ok(of_fields(fields.into_vec()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::{Kind, MOST_FIELDS};

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

    #[test]
    fn a_structure_of_too_many_fields_is_a_string() {
        let object = |from: usize, to: usize| {
            let members: Vec<String> = (from..to).map(|at| format!("\"f{at}\": 1")).collect();
            kind(&format!("{{{}}}", members.join(",")))
        };
        assert!(matches!(object(0, MOST_FIELDS), Kind::Struct(_)));
        assert_eq!(object(0, MOST_FIELDS + 1), Kind::String);
        let both = object(0, MOST_FIELDS).with(object(1, MOST_FIELDS + 1));
        assert_eq!(both, Kind::String);
        let Kind::Struct(fields) = object(0, 20).with(object(10, 30)) else {
            panic!("no structure");
        };
        let names: Vec<String> = fields.into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            (0..30).map(|at| format!("f{at}")).collect::<Vec<_>>()
        );
    }
}
