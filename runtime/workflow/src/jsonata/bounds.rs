//! What an evaluation may make.
//!
//! The evaluator bounds time and depth between its steps, and the length of sequences. A single
//! step can still ask for more than there is: a text doubled thirty times, a million ranges, a
//! value whose parts are shared and whose whole is therefore far larger than its memory. Calls of
//! the functions here are put around such steps before an expression is evaluated.

use std::cell::Cell;
use std::collections::HashSet;

use jsonata_core::evaluator::{Evaluator, EvaluatorError, HostFnResult};
use jsonata_core::functions::string::string;
use jsonata_core::value::JValue;

use super::error::MEMORY_EXCEEDED;

/// How many bytes a value may hold: a character is one, anything else eight.
const MAX_BYTES: usize = 6_990_256;
/// How many items one range may have.
const MAX_RANGE: f64 = 873_782.0;
/// How many items all ranges of an evaluation may have.
const MAX_RANGES: f64 = 2_000_000.0;

/// Takes the place of `&`.
pub(super) const CONCATENATE: &str = "\u{0}concatenate";
/// Takes the place of `..`.
pub(super) const RANGE: &str = "\u{0}range";
/// Takes the place of `$distinct`, whose time grows with the square of the items.
pub(super) const DISTINCT: &str = "\u{0}distinct";
/// Passes on a value that is not too large.
pub(super) const SIZED: &str = "\u{0}sized";
/// Passes on a width that is not too large.
pub(super) const WIDTH: &str = "\u{0}width";
/// Passes on the first argument of `$join`, given the second.
pub(super) const JOINED: &str = "\u{0}joined";
/// Passes on the first argument of `$replace`, given the second and the third.
pub(super) const REPLACED: &str = "\u{0}replaced";

/// Makes one of these functions known; `false` when there is none of that name.
pub(super) fn register(evaluator: &mut Evaluator, name: &str) -> Result<bool, EvaluatorError> {
    match name {
        CONCATENATE => evaluator.register_fn(CONCATENATE, concatenate)?,
        RANGE => {
            let made = Cell::new(0.0);
            evaluator.register_fn(RANGE, move |args: &[JValue]| range(args, &made))?;
        }
        DISTINCT => evaluator.register_fn(DISTINCT, distinct)?,
        SIZED => evaluator.register_fn(SIZED, sized)?,
        WIDTH => evaluator.register_fn(WIDTH, width)?,
        JOINED => evaluator.register_fn(JOINED, joined)?,
        REPLACED => evaluator.register_fn(REPLACED, replaced)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// Whether a value holds more than an evaluation may make. The time this takes is bounded, too.
pub(super) fn is_too_large(value: &JValue) -> bool {
    // The value itself is free when it is a list: its items are what counts.
    let mut left = MAX_BYTES + 8;
    !pay(value, &mut left)
}

fn pay(value: &JValue, left: &mut usize) -> bool {
    let bytes = match value {
        JValue::String(text) => text.len(),
        _ => 8,
    };
    let Some(rest) = left.checked_sub(bytes) else {
        return false;
    };
    *left = rest;
    match value {
        JValue::Array(items) => {
            jsonata_core::value::with_stack(|| items.iter().all(|item| pay(item, left)))
        }
        JValue::Object(fields) => {
            jsonata_core::value::with_stack(|| fields.values().all(|field| pay(field, left)))
        }
        _ => true,
    }
}

fn exceeded() -> EvaluatorError {
    EvaluatorError::EvaluationError(MEMORY_EXCEEDED.to_owned())
}

fn first(args: &[JValue]) -> JValue {
    args.first().cloned().unwrap_or(JValue::Undefined)
}

fn sized(args: &[JValue]) -> HostFnResult {
    let value = first(args);
    if is_too_large(&value) {
        Err(exceeded())
    } else {
        Ok(value)
    }
}

fn width(args: &[JValue]) -> HostFnResult {
    match first(args) {
        JValue::Number(width) if width.abs() > MAX_BYTES as f64 => Err(exceeded()),
        width => Ok(width),
    }
}

/// `&`: both sides as text, the undefined one as none.
fn concatenate(args: &[JValue]) -> HostFnResult {
    let mut text = String::new();
    for side in args {
        match side {
            JValue::Undefined => {}
            JValue::String(part) => text.push_str(part),
            other if is_too_large(other) => return Err(exceeded()),
            other => {
                if let JValue::String(part) = string(other, None)? {
                    text.push_str(&part);
                }
            }
        }
        if text.len() > MAX_BYTES {
            return Err(exceeded());
        }
    }
    Ok(JValue::string(text))
}

/// `..`: the whole numbers from the left side to the right side.
fn range(args: &[JValue], made: &Cell<f64>) -> HostFnResult {
    let (Some(start), Some(end)) = (
        side(args, 0, "T2003", "left")?,
        side(args, 1, "T2004", "right")?,
    ) else {
        return Ok(JValue::Undefined);
    };
    if start > end {
        return Ok(JValue::Undefined);
    }
    let count = end - start + 1.0;
    made.set(made.get() + count);
    if count > MAX_RANGE || made.get() > MAX_RANGES {
        return Err(exceeded());
    }
    let mut numbers = Vec::with_capacity(count as usize);
    let mut number = start;
    while number <= end {
        numbers.push(JValue::Number(number));
        number += 1.0;
    }
    Ok(JValue::sequence_flat(numbers, true))
}

fn side(args: &[JValue], at: usize, code: &str, name: &str) -> Result<Option<f64>, EvaluatorError> {
    match args.get(at) {
        None | Some(JValue::Undefined) => Ok(None),
        // Beyond these numbers the next one is not one further.
        Some(JValue::Number(n)) if n.fract() == 0.0 && n.abs() < 9e15 => Ok(Some(*n)),
        Some(_) => Err(EvaluatorError::EvaluationError(format!(
            "{code}: The {name} side of the range operator (..) must evaluate to an integer"
        ))),
    }
}

/// `$distinct`: the items without repetitions, in order.
fn distinct(args: &[JValue]) -> HostFnResult {
    let value = first(args);
    if is_too_large(&value) {
        return Err(exceeded());
    }
    let JValue::Array(items) = &value else {
        return Ok(value);
    };
    if items.len() <= 1 {
        return Ok(value);
    }
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for item in items.iter() {
        if seen.insert(canonical(item)) {
            kept.push(item.clone());
        }
    }
    Ok(JValue::Array(items.with_items(kept)))
}

/// A text that is the same for equal values, whatever the order of their fields.
fn canonical(value: &JValue) -> String {
    match value {
        JValue::Object(fields) => {
            let mut parts: Vec<String> = fields
                .iter()
                .map(|(name, field)| format!("{name:?}:{}", canonical(field)))
                .collect();
            parts.sort();
            format!("{{{}}}", parts.join(","))
        }
        JValue::Array(items) => {
            let parts: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", parts.join(","))
        }
        other => other.to_string(),
    }
}

fn joined(args: &[JValue]) -> HostFnResult {
    let value = first(args);
    if let JValue::Array(items) = &value {
        let separator = args
            .get(1)
            .and_then(JValue::as_str)
            .unwrap_or_default()
            .len();
        let mut bytes = 0_usize;
        for item in items.iter() {
            bytes += item.as_str().unwrap_or_default().len() + separator;
            if bytes > MAX_BYTES {
                return Err(exceeded());
            }
        }
    }
    Ok(value)
}

fn replaced(args: &[JValue]) -> HostFnResult {
    let value = first(args);
    let (Some(text), Some(replacement)) = (value.as_str(), args.get(2).and_then(JValue::as_str))
    else {
        return Ok(value);
    };
    let matches = match args.get(1) {
        Some(JValue::String(pattern)) if !pattern.is_empty() => text.matches(&**pattern).count(),
        // `$1` in a replacement stands for part of the text.
        Some(JValue::Regex { pattern, flags }) if replacement.contains('$') => {
            matches_of(pattern, flags, text)?.saturating_mul(1 + text.len() / 64)
        }
        Some(JValue::Regex { pattern, flags }) => matches_of(pattern, flags, text)?,
        _ => 0,
    };
    if matches.saturating_mul(replacement.len()) > MAX_BYTES {
        return Err(exceeded());
    }
    Ok(value)
}

fn matches_of(pattern: &str, flags: &str, text: &str) -> Result<usize, EvaluatorError> {
    let regex = jsonata_core::functions::string::build_regex(pattern, flags)?;
    Ok(regex.find_iter(text).count())
}
