//! Numbers and texts that stand in the document or are found at run time; the wait state is made of
//! one of them.

use serde_json::Value;

use super::compile::Language;
use super::fields::{Fields, Problems};
use super::{Amount, AmountSource, Text, TextSource, WaitFor};
use crate::jsonata::JsonataString;
use crate::path::Path;
use crate::template::Expression;

pub(super) fn compile(
    fields: &Fields<'_>,
    language: Language,
    problems: &mut Problems,
) -> Option<WaitFor> {
    if let Some(seconds) = amount(fields, ["Seconds", "SecondsPath"], language, problems) {
        return Some(WaitFor::Seconds(seconds));
    }
    match text(fields, ["Timestamp", "TimestampPath"], language, problems) {
        Some(timestamp) => Some(WaitFor::Timestamp(timestamp)),
        None => {
            let message = "Give Seconds, SecondsPath, Timestamp or TimestampPath";
            problems.add(fields.location.clone(), message);
            None
        }
    }
}

/// A number: a literal under the first name, a path under the second.
pub(super) fn amount(
    fields: &Fields<'_>,
    [literal, path]: [&'static str; 2],
    language: Language,
    problems: &mut Problems,
) -> Option<Amount> {
    let source = match fields.get(literal) {
        Some(Value::Number(number)) => AmountSource::Literal(number.as_f64().unwrap_or_default()),
        Some(Value::String(_)) if language == Language::Jsonata => {
            let parsed = fields.parsed(literal, problems, JsonataString::parse)?;
            AmountSource::Computed(parsed)
        }
        Some(_) => {
            problems.add(fields.at(literal), "Give a number here");
            return None;
        }
        None if fields.get(path).is_some() => {
            let parsed = fields.parsed(path, problems, Path::parse)?;
            return Some(Amount {
                field: path,
                source: AmountSource::At(parsed),
            });
        }
        None => return None,
    };
    Some(Amount {
        field: literal,
        source,
    })
}

/// A text: a literal under the first name, a path or an intrinsic function under the second.
pub(super) fn text(
    fields: &Fields<'_>,
    [literal, path]: [&'static str; 2],
    language: Language,
    problems: &mut Problems,
) -> Option<Text> {
    if fields.get(literal).is_some() {
        let text = fields.text(literal, problems)?;
        let source = match language {
            Language::Jsonata if text.starts_with("{%") => {
                TextSource::Computed(problems.keep(fields.at(literal), JsonataString::parse(text))?)
            }
            _ => TextSource::Literal(text.to_owned()),
        };
        return Some(Text {
            field: literal,
            source,
        });
    }
    fields.get(path)?;
    let expression = fields.parsed(path, problems, Expression::parse)?;
    Some(Text {
        field: path,
        source: TextSource::Expression(expression),
    })
}
