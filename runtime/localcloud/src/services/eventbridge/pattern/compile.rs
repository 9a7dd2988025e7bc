//! From a pattern's JSON to its branches, refusing what the service refuses, in its words.

use super::address::AddressRange;
use super::document::Document;
use super::matcher::Matcher;
use super::numeric;
use super::wildcard::Wildcard;

/// `$or`s multiply; more ways than this to match are refused.
const MAX_BRANCHES: usize = 1000;

/// What `$or` may not hold as a field name, so that a misplaced filter is found.
const RESERVED: [&str; 14] = [
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "numeric",
    "cidr",
    "wildcard",
    "=",
    "<",
    "<=",
    ">",
    ">=",
];

/// One way to match: every path must have a field that one of its filters takes.
pub(super) type Branch = Vec<(String, Vec<Matcher>)>;

pub(super) type Result<T> = std::result::Result<T, String>;
type Fields = [(String, Document)];

pub(super) fn compile(pattern: &Document) -> Result<Vec<Branch>> {
    let Document::Object(fields) = pattern else {
        return fail("Filter is not an object");
    };
    let mut branches = vec![Branch::new()];
    object(&mut branches, "", fields, false)?;
    Ok(branches)
}

pub(super) fn fail<T>(message: impl Into<String>) -> Result<T> {
    Err(message.into())
}

fn object(branches: &mut Vec<Branch>, path: &str, fields: &Fields, in_or: bool) -> Result<()> {
    if fields.is_empty() {
        return fail("Empty objects are not allowed");
    }
    for (name, value) in fields {
        if name == "$or" {
            alternatives(branches, path, value)?;
            continue;
        }
        if in_or && RESERVED.contains(&name.as_str()) {
            return fail(format!(
                "{name} is Ruler reserved fieldName which cannot be used inside $or."
            ));
        }
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}.{name}")
        };
        match value {
            Document::Object(fields) => object(branches, &path, fields, in_or)?,
            Document::Array(items) => {
                let matchers = field(items)?;
                for branch in branches.iter_mut() {
                    // A repeated path keeps its last filters.
                    branch.retain(|(known, _)| *known != path);
                    branch.push((path.clone(), matchers.clone()));
                }
            }
            _ => return fail(format!("\"{name}\" must be an object or an array")),
        }
    }
    Ok(())
}

fn alternatives(branches: &mut Vec<Branch>, path: &str, value: &Document) -> Result<()> {
    let Document::Array(items) = value else {
        return fail("It must be an Array followed with $or.");
    };
    let before = std::mem::take(branches);
    for item in items {
        let Document::Object(fields) = item else {
            return fail("Only JSON object is allowed in array of $or relationship.");
        };
        let mut alternative = before.clone();
        object(&mut alternative, path, fields, true)?;
        branches.append(&mut alternative);
        if branches.len() > MAX_BRANCHES {
            return fail("Rule is too complex - try using fewer $or conditions");
        }
    }
    if items.len() < 2 {
        return fail("There must have at least 2 Objects in $or relationship.");
    }
    Ok(())
}

fn field(items: &[Document]) -> Result<Vec<Matcher>> {
    if items.is_empty() {
        return fail("Empty arrays are not allowed");
    }
    items
        .iter()
        .map(|item| match item {
            Document::String(text) => Ok(Matcher::Text(text.clone())),
            Document::Number(text) => Ok(Matcher::Number(text.clone())),
            Document::Bool(value) => Ok(Matcher::Bool(*value)),
            Document::Null => Ok(Matcher::Null),
            Document::Object(fields) => filter(fields),
            Document::Array(_) => fail("Match value must be String, number, true, false, or null"),
        })
        .collect()
}

/// The only entry of a filter object.
fn single(fields: &Fields) -> Result<(&str, &Document)> {
    match fields {
        [] => fail("Match expression name not found"),
        [(name, value)] => Ok((name, value)),
        _ => fail("Only one key allowed in match expression"),
    }
}

fn filter(fields: &Fields) -> Result<Matcher> {
    let Some((name, first)) = fields.first() else {
        return fail("Match expression name not found");
    };
    let matcher = match (name.as_str(), first) {
        ("exactly", value) => Matcher::Text(text("exact", value)?),
        ("prefix", Document::Object(inner)) => Matcher::PrefixIgnoreCase(affix("prefix", inner)?),
        ("prefix", value) => Matcher::Prefix(text("prefix", value)?),
        ("suffix", Document::Object(inner)) => Matcher::SuffixIgnoreCase(affix("suffix", inner)?),
        ("suffix", value) => Matcher::Suffix(text("suffix", value)?),
        ("equals-ignore-case", value) => {
            Matcher::EqualsIgnoreCase(text("equals-ignore-case", value)?)
        }
        ("wildcard", value) => Matcher::Wildcard(Wildcard::new(&text("wildcard", value)?)?),
        // The service's own words name the prefix here.
        ("cidr", value) => Matcher::Cidr(AddressRange::new(&text("prefix", value)?)?),
        ("exists", Document::Bool(true)) => Matcher::Exists,
        ("exists", Document::Bool(false)) => Matcher::Absent,
        ("exists", _) => return fail("exists match pattern must be either true or false."),
        ("numeric", Document::Array(items)) => numeric::range(items)?,
        ("numeric", _) => return fail("Value of numeric must be an array."),
        ("anything-but", value) => Matcher::AnythingBut(anything_but(value)?),
        (name, _) => return fail(format!("Unrecognized match type {name}")),
    };
    if fields.len() > 1 {
        return fail(match name.as_str() {
            "numeric" | "anything-but" => "Too many elements in numeric expression",
            _ => "Only one key allowed in match expression",
        });
    }
    Ok(matcher)
}

fn text(kind: &str, value: &Document) -> Result<String> {
    match value {
        Document::String(text) => Ok(text.clone()),
        _ => fail(format!("{kind} match pattern must be a string")),
    }
}

/// `{"prefix": {"equals-ignore-case": "…"}}`
fn affix(kind: &str, inner: &Fields) -> Result<String> {
    match single(inner)? {
        ("equals-ignore-case", Document::String(text)) => Ok(text.clone()),
        ("equals-ignore-case", _) => fail("equals-ignore-case match pattern must be a string"),
        (name, _) => fail(format!("Unsupported {kind} pattern: {name}")),
    }
}

fn anything_but(value: &Document) -> Result<Vec<Matcher>> {
    match value {
        Document::String(text) => Ok(vec![Matcher::Text(text.clone())]),
        Document::Number(text) => Ok(vec![refused_number(text)?]),
        Document::Array(items) => refused_values(items),
        Document::Object(inner) => {
            if inner.is_empty() {
                return fail("Anything-But expression name not found");
            }
            let (name, operand) = single(inner)?;
            match name {
                "prefix" => refused(operand, AFFIX, |t| Ok(Matcher::Prefix(affix_text(t)?))),
                "suffix" => refused(operand, AFFIX, |t| Ok(Matcher::Suffix(affix_text(t)?))),
                "equals-ignore-case" => refused(operand, IGNORE_CASE, |t| {
                    Ok(Matcher::EqualsIgnoreCase(t.to_owned()))
                }),
                "wildcard" => refused(operand, WILDCARD, |t| {
                    Ok(Matcher::Wildcard(Wildcard::new(t)?))
                }),
                _ => fail(format!("Unsupported anything-but pattern: {name}")),
            }
        }
        Document::Bool(_) | Document::Null => {
            fail("Value of anything-but must be an array or single string/number value.")
        }
    }
}

const AFFIX: &str = "prefix/suffix match pattern must be a string";
const WILDCARD: &str = "wildcard match pattern must be a string";
const IGNORE_CASE: &str =
    "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.";

fn affix_text(text: &str) -> Result<String> {
    if text.is_empty() {
        return fail("Null prefix/suffix not allowed");
    }
    Ok(text.to_owned())
}

/// One string or a list of them.
fn refused(
    operand: &Document,
    otherwise: &str,
    matcher: impl Fn(&str) -> Result<Matcher>,
) -> Result<Vec<Matcher>> {
    let one = |item: &Document| match item {
        Document::String(text) => matcher(text),
        _ => fail(otherwise),
    };
    match operand {
        Document::Array(items) if items.is_empty() => fail("Empty arrays are not allowed"),
        Document::Array(items) => items.iter().map(one).collect(),
        single => Ok(vec![one(single)?]),
    }
}

fn refused_values(items: &[Document]) -> Result<Vec<Matcher>> {
    let matchers = items
        .iter()
        .map(|item| match item {
            Document::String(text) => Ok(Matcher::Text(text.clone())),
            Document::Number(text) => refused_number(text),
            _ => fail("Inside anything but list, start|null|boolean is not supported."),
        })
        .collect::<Result<Vec<_>>>()?;
    let numbers = matchers
        .iter()
        .filter(|m| matches!(m, Matcher::Number(_)))
        .count();
    if matchers.is_empty() || (numbers != 0 && numbers != matchers.len()) {
        return fail(
            "Inside anything but list, either all values are number or string, mixed type is not \
             supported",
        );
    }
    Ok(matchers)
}

fn refused_number(text: &str) -> Result<Matcher> {
    numeric::within_limits(text)?;
    Ok(Matcher::Number(text.to_owned()))
}
