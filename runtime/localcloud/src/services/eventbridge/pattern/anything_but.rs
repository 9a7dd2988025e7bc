//! `{"anything-but": …}`: a value, a list, or a filter of one of four kinds with a value or a list.

use super::compile;
use super::matcher::Matcher;
use super::numeric;
use super::token::{Reader, Result, Token};
use super::wildcard::Wildcard;

/// The filters that can be turned around.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    IgnoreCase,
    Prefix,
    Suffix,
    Wildcard,
}

/// The operand; the brace that closes the filter is left.
pub(super) fn read(reader: &mut Reader<'_>, value: Token) -> Result<Matcher> {
    let (kind, value) = if value == Token::StartObject {
        let kind = kind(reader)?;
        (Some(kind), reader.next()?)
    } else {
        (None, value)
    };
    let refused = match (kind, value) {
        (None, Token::StartArray) => values(reader)?,
        (None, Token::String) => vec![Matcher::Text(reader.string()?)],
        (None, Token::Number(text)) => {
            numeric::within_limits(&text)?;
            vec![Matcher::Number(text)]
        }
        (Some(kind), Token::StartArray) => {
            let mut refused = Vec::new();
            loop {
                match reader.next()? {
                    Token::EndArray => break,
                    token => refused.push(one(reader, kind, &token)?),
                }
            }
            compiled(reader, refused)?
        }
        (Some(kind), token @ (Token::String | Token::Number(_))) => {
            let refused = one(reader, kind, &token)?;
            compiled(reader, vec![refused])?
        }
        _ => {
            return reader
                .error("Value of anything-but must be an array or single string/number value.");
        }
    };
    if kind.is_some() {
        compile::end(reader, "Too many elements in numeric expression")?;
    }
    Ok(Matcher::AnythingBut(refused))
}

fn kind(reader: &mut Reader<'_>) -> Result<Kind> {
    let Token::Field(name) = reader.next()? else {
        return reader.error("Anything-But expression name not found");
    };
    match name.as_str() {
        "equals-ignore-case" => Ok(Kind::IgnoreCase),
        "prefix" => Ok(Kind::Prefix),
        "suffix" => Ok(Kind::Suffix),
        "wildcard" => Ok(Kind::Wildcard),
        _ => reader.error(format!("Unsupported anything-but pattern: {name}")),
    }
}

/// A filter's operand before it is compiled: wildcards are looked at when the list is over.
enum Operand {
    Ready(Matcher),
    Wildcard(String),
}

fn one(reader: &mut Reader<'_>, kind: Kind, token: &Token) -> Result<Operand> {
    if *token != Token::String {
        return reader.error(match kind {
            Kind::IgnoreCase => {
                "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not \
                 supported."
            }
            Kind::Wildcard => "wildcard match pattern must be a string",
            Kind::Prefix | Kind::Suffix => "prefix/suffix match pattern must be a string",
        });
    }
    let text = reader.string()?;
    if text.is_empty() && matches!(kind, Kind::Prefix | Kind::Suffix) {
        return reader.error("Null prefix/suffix not allowed");
    }
    Ok(match kind {
        Kind::IgnoreCase => Operand::Ready(Matcher::EqualsIgnoreCase(text)),
        Kind::Prefix => Operand::Ready(Matcher::Prefix(text)),
        Kind::Suffix => Operand::Ready(Matcher::Suffix(text)),
        Kind::Wildcard => Operand::Wildcard(text),
    })
}

fn compiled(reader: &Reader<'_>, operands: Vec<Operand>) -> Result<Vec<Matcher>> {
    operands
        .into_iter()
        .map(|operand| match operand {
            Operand::Ready(matcher) => Ok(matcher),
            Operand::Wildcard(text) => Wildcard::new(&text)
                .map(Matcher::Wildcard)
                .or_else(|why| reader.error(why)),
        })
        .collect()
}

/// A list without a filter: strings or numbers, not both.
fn values(reader: &mut Reader<'_>) -> Result<Vec<Matcher>> {
    let (mut refused, mut numbers) = (Vec::new(), 0);
    loop {
        refused.push(match reader.next()? {
            Token::EndArray => break,
            Token::String => Matcher::Text(reader.string()?),
            Token::Number(text) => {
                numeric::within_limits(&text).or_else(|why| reader.error(why))?;
                numbers += 1;
                Matcher::Number(text)
            }
            _ => {
                return reader
                    .error("Inside anything but list, start|null|boolean is not supported.");
            }
        });
    }
    if refused.is_empty() || (numbers != 0 && numbers != refused.len()) {
        return reader.error(
            "Inside anything but list, either all values are number or string, mixed type is not \
             supported",
        );
    }
    Ok(refused)
}
