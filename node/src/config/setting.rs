//! One setting: its name, what it may be, what it means.

use std::net::SocketAddr;

use toml::Value;

use crate::cli::parse_duration;

/// A setting of `datameshd`.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name, `listen.public`: a key below a table of the file.
    pub key: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// What it is if nobody says otherwise, as TOML; empty if it is then not set.
    pub default: &'static str,
    /// What it means, one sentence or more.
    pub doc: &'static str,
}

/// What a setting may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A file or a folder.
    Path,
    /// An address and a port.
    Address,
    /// `true` or `false`.
    Switch,
    /// A whole number in this range.
    Whole(u64, u64),
    /// A number above zero.
    Number,
    /// `250ms`, `30s`, `5m`, `12h`, `7d`.
    Duration,
    /// One of these.
    Choice(&'static [&'static str]),
    /// Several texts.
    List,
    /// Texts by key.
    Texts,
    /// Numbers by key.
    Numbers,
}

impl Setting {
    /// The section, `listen`; empty at the top of the file.
    pub fn section(&self) -> &'static str {
        self.key.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// The name within the section.
    pub fn name(&self) -> &'static str {
        self.key.rsplit_once('.').map_or(self.key, |(_, name)| name)
    }

    /// The flag of the command line, without its dashes.
    pub fn flag(&self) -> String {
        self.key.replace(['.', '_'], "-")
    }

    /// The environment variable.
    pub fn variable(&self) -> String {
        format!(
            "DATAMESH_{}",
            self.key.replace('.', "_").to_ascii_uppercase()
        )
    }

    /// The default.
    pub fn default_value(&self) -> Option<Value> {
        let line = format!("value = {}", self.default);
        line.parse::<toml::Table>().ok()?.remove("value")
    }
}

impl Kind {
    /// Whether what is below this setting in a file belongs to it.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Texts | Self::Numbers)
    }

    /// Reads what a flag or the environment says.
    ///
    /// # Errors
    /// What would be right.
    pub fn read(self, text: &str) -> Result<Value, String> {
        let wrong = || format!("must be {}, not `{text}`", self.wants());
        let value = match self {
            Self::Text | Self::Path | Self::Address | Self::Duration | Self::Choice(_) => {
                Value::String(text.to_owned())
            }
            Self::Switch => Value::Boolean(text.parse().map_err(|_| wrong())?),
            Self::Whole(..) => Value::Integer(text.parse().map_err(|_| wrong())?),
            Self::Number => Value::Float(text.parse().map_err(|_| wrong())?),
            Self::List if !text.trim_start().starts_with('[') => Value::Array(
                text.split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(|item| Value::String(item.to_owned()))
                    .collect(),
            ),
            Self::List | Self::Texts | Self::Numbers => format!("value = {text}")
                .parse::<toml::Table>()
                .ok()
                .and_then(|mut table| table.remove("value"))
                .ok_or_else(wrong)?,
        };
        self.check(value)
    }

    /// Checks a value.
    ///
    /// # Errors
    /// What would be right.
    pub fn check(self, value: Value) -> Result<Value, String> {
        let fits = match (self, &value) {
            (Self::Text | Self::Path, Value::String(text)) => !text.is_empty(),
            (Self::Address, Value::String(text)) => text.parse::<SocketAddr>().is_ok(),
            (Self::Duration, Value::String(text)) => parse_duration(text).is_ok(),
            (Self::Choice(choices), Value::String(text)) => choices.contains(&text.as_str()),
            (Self::Switch, Value::Boolean(_)) => true,
            (Self::Whole(least, most), Value::Integer(number)) => {
                u64::try_from(*number).is_ok_and(|number| (least..=most).contains(&number))
            }
            (Self::Number, Value::Integer(number)) => {
                return self.check(Value::Float(*number as f64));
            }
            (Self::Number, Value::Float(number)) => number.is_finite() && *number > 0.0,
            (Self::List, Value::Array(items)) => items.iter().all(Value::is_str),
            (Self::Texts, Value::Table(table)) => table.values().all(Value::is_str),
            (Self::Numbers, Value::Table(table)) => table
                .values()
                .all(|value| Self::Number.check(value.clone()).is_ok()),
            _ => false,
        };
        match fits {
            true => Ok(value),
            false => Err(format!("must be {}, not `{}`", self.wants(), short(&value))),
        }
    }

    fn wants(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Address => "an address with a port, like `127.0.0.1:8080`".to_owned(),
            Self::Switch => "`true` or `false`".to_owned(),
            Self::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Self::Number => "a number above 0".to_owned(),
            Self::Duration => "a duration like `250ms`, `30s`, `5m` or `12h`".to_owned(),
            Self::Choice(choices) => choices
                .iter()
                .map(|choice| format!("`{choice}`"))
                .collect::<Vec<_>>()
                .join(" or "),
            Self::List => "a list of texts".to_owned(),
            Self::Texts => "a table of texts, like `{ \"123456789012\" = \"…\" }`".to_owned(),
            Self::Numbers => "a table of numbers, like `{ \"glue:GetTable\" = 5.0 }`".to_owned(),
        }
    }
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn text_from_a_flag_becomes_a_value_of_its_kind() {
        let table = [
            (Kind::Switch, "true", "true"),
            (Kind::Whole(1, 100), "7", "7"),
            (Kind::Number, "2", "2.0"),
            (Kind::List, "a, b", r#"["a", "b"]"#),
            (Kind::List, r#"["a"]"#, r#"["a"]"#),
            (Kind::Address, "[::1]:80", r#""[::1]:80""#),
            (Kind::Numbers, r#"{ "glue:*" = 5 }"#, r#"{ "glue:*" = 5 }"#),
        ];
        for (kind, text, expected) in table {
            assert_eq!(kind.read(text).unwrap().to_string(), expected, "{kind:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_what_would() {
        let table = [
            (Kind::Switch, "yes", "must be `true` or `false`, not `yes`"),
            (
                Kind::Whole(1, 64),
                "65",
                "must be a whole number from 1 to 64, not `65`",
            ),
            (
                Kind::Choice(&["text", "json"]),
                "xml",
                "must be `text` or `json`, not `xml`",
            ),
            (
                Kind::Address,
                "8080",
                "must be an address with a port, like `127.0.0.1:8080`, not `8080`",
            ),
            (Kind::Number, "0", "must be a number above 0, not `0.0`"),
        ];
        for (kind, text, expected) in table {
            assert_eq!(kind.read(text).unwrap_err(), expected);
        }
        assert!(Kind::Duration.check(Value::Integer(30)).is_err());
    }
}
