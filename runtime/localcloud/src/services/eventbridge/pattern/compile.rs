//! From a pattern's JSON to its branches, refusing what the service refuses, in its words.

use super::address::AddressRange;
use super::anything_but;
use super::matcher::Matcher;
use super::numeric;
use super::token::{Reader, Result, Token};
use super::wildcard::Wildcard;

/// `$or`s multiply; more ways than this to match are refused.
const MAX_BRANCHES: usize = 1000;

/// What an alternative of `$or` may not have as a field name, so that a misplaced filter is found.
const RESERVED: [&str; 23] = [
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
];

/// One way to match: every path must have a field that one of its filters takes.
pub(super) type Branch = Vec<(String, Vec<Matcher>)>;

/// Compiles a pattern. `$or` is an alternative where it has the form of one; a pattern in which it
/// has not is read again with `$or` as a field like any other.
pub(super) fn compile(text: &str) -> Result<Vec<Branch>> {
    run(text, true).or_else(|error| {
        // What is too complex, or no address, has no place, and would not be better without `$or`.
        if text.contains("$or") && error.contains("\n at ") {
            run(text, false)
        } else {
            Err(error)
        }
    })
}

fn run(text: &str, with_or: bool) -> Result<Vec<Branch>> {
    let mut compiler = Compiler {
        reader: Reader::new(text),
        with_or,
    };
    if compiler.reader.next()? != Token::StartObject {
        return compiler.reader.error("Filter is not an object");
    }
    let mut branches = vec![Branch::new()];
    compiler.object(&mut branches, "", false)?;
    Ok(branches)
}

struct Compiler<'a> {
    reader: Reader<'a>,
    with_or: bool,
}

impl Compiler<'_> {
    fn object(&mut self, branches: &mut Vec<Branch>, path: &str, in_or: bool) -> Result<()> {
        let mut is_empty = true;
        while let Token::Field(name) = self.reader.next()? {
            is_empty = false;
            if self.with_or && name == "$or" {
                self.alternatives(branches, path)?;
                continue;
            }
            if in_or && RESERVED.contains(&name.as_str()) {
                return self.reader.error(format!(
                    "{name} is Ruler reserved fieldName which cannot be used inside $or."
                ));
            }
            let path = if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            match self.reader.next()? {
                Token::StartObject => self.object(branches, &path, in_or)?,
                Token::StartArray => {
                    let matchers = field(&mut self.reader)?;
                    for branch in branches.iter_mut() {
                        // A repeated path keeps its last filters.
                        branch.retain(|(known, _)| *known != path);
                        branch.push((path.clone(), matchers.clone()));
                    }
                }
                _ => {
                    return self
                        .reader
                        .error(format!("\"{name}\" must be an object or an array"));
                }
            }
        }
        if is_empty {
            return self.reader.error("Empty objects are not allowed");
        }
        Ok(())
    }

    fn alternatives(&mut self, branches: &mut Vec<Branch>, path: &str) -> Result<()> {
        if self.reader.next()? != Token::StartArray {
            return self.reader.error("It must be an Array followed with $or.");
        }
        let before = std::mem::take(branches);
        let mut count = 0;
        loop {
            match self.reader.next()? {
                Token::EndArray => break,
                Token::StartObject => count += 1,
                _ => {
                    return self
                        .reader
                        .error("Only JSON object is allowed in array of $or relationship.");
                }
            }
            let mut alternative = before.clone();
            self.object(&mut alternative, path, true)?;
            branches.append(&mut alternative);
            if branches.len() > MAX_BRANCHES {
                return Err("Rule is too complex - try using fewer $or conditions".to_owned());
            }
        }
        if count < 2 {
            return self
                .reader
                .error("There must have at least 2 Objects in $or relationship.");
        }
        Ok(())
    }
}

/// What a field may be, behind the bracket that opens the list.
fn field(reader: &mut Reader<'_>) -> Result<Vec<Matcher>> {
    let mut matchers = Vec::new();
    loop {
        matchers.push(match reader.next()? {
            Token::EndArray if matchers.is_empty() => {
                return reader.error("Empty arrays are not allowed");
            }
            Token::EndArray => return Ok(matchers),
            Token::StartObject => filter(reader)?,
            Token::String => Matcher::Text(reader.string()?),
            Token::Number(text) => Matcher::Number(text),
            Token::True => Matcher::Bool(true),
            Token::False => Matcher::Bool(false),
            Token::Null => Matcher::Null,
            _ => {
                return reader.error("Match value must be String, number, true, false, or null");
            }
        });
    }
}

/// `{"prefix": "…"}` and its like, behind the brace that opens it.
fn filter(reader: &mut Reader<'_>) -> Result<Matcher> {
    let Token::Field(name) = reader.next()? else {
        return reader.error("Match expression name not found");
    };
    let value = reader.next()?;
    let matcher = match name.as_str() {
        "exactly" => Matcher::Text(text(reader, &value, "exact")?),
        "prefix" if value == Token::StartObject => {
            Matcher::PrefixIgnoreCase(affix(reader, "prefix", "Prefix")?)
        }
        "prefix" => Matcher::Prefix(text(reader, &value, "prefix")?),
        "suffix" if value == Token::StartObject => {
            Matcher::SuffixIgnoreCase(affix(reader, "suffix", "Suffix")?)
        }
        "suffix" => Matcher::Suffix(text(reader, &value, "suffix")?),
        "equals-ignore-case" => {
            Matcher::EqualsIgnoreCase(text(reader, &value, "equals-ignore-case")?)
        }
        "wildcard" => {
            let text = text(reader, &value, "wildcard")?;
            let wildcard = Wildcard::new(&text).or_else(|why| reader.error(why))?;
            wildcard.check_complexity()?;
            Matcher::Wildcard(wildcard)
        }
        // The service's own words name the prefix here, and no place.
        "cidr" => Matcher::Cidr(AddressRange::new(&text(reader, &value, "prefix")?)?),
        "exists" => match value {
            Token::True => Matcher::Exists,
            Token::False => Matcher::Absent,
            _ => return reader.error("exists match pattern must be either true or false."),
        },
        "numeric" => {
            if value != Token::StartArray {
                return reader.error("Value of numeric must be an array.");
            }
            numeric::range(reader)?
        }
        "anything-but" => anything_but::read(reader, value)?,
        _ => return reader.error(format!("Unrecognized match type {name}")),
    };
    end(
        reader,
        match name.as_str() {
            "numeric" | "anything-but" => "Too many elements in numeric expression",
            _ => "Only one key allowed in match expression",
        },
    )?;
    Ok(matcher)
}

/// The brace that closes a filter.
pub(super) fn end(reader: &mut Reader<'_>, otherwise: &str) -> Result<()> {
    match reader.next()? {
        Token::EndObject => Ok(()),
        _ => reader.error(otherwise),
    }
}

fn text(reader: &mut Reader<'_>, value: &Token, kind: &str) -> Result<String> {
    match value {
        Token::String => reader.string(),
        _ => reader.error(format!("{kind} match pattern must be a string")),
    }
}

/// `{"prefix": {"equals-ignore-case": "…"}}`, behind the inner brace.
fn affix(reader: &mut Reader<'_>, kind: &str, title: &str) -> Result<String> {
    let Token::Field(name) = reader.next()? else {
        return reader.error(format!("{title} expression name not found"));
    };
    if name != "equals-ignore-case" {
        return reader.error(format!("Unsupported {kind} pattern: {name}"));
    }
    let value = reader.next()?;
    let text = text(reader, &value, "equals-ignore-case")?;
    end(reader, "Only one key allowed in match expression")?;
    Ok(text)
}
