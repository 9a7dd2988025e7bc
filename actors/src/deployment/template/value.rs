//! Whether a value fits a parameter, as CloudFormation judges it.

use regex_lite::Regex;

use super::parameter::Parameter;

/// The most bytes of a parameter's value (CloudFormation quota).
const MAX_VALUE: usize = 4_096;

pub(super) fn check(parameter: &Parameter, value: &str) -> Result<(), String> {
    if value.len() > MAX_VALUE {
        return Err(format!("has {} bytes, of {MAX_VALUE} at most", value.len()));
    }
    match parameter.kind.as_str() {
        "Number" => number(parameter, value),
        "List<Number>" => value
            .split(',')
            .try_for_each(|item| number(parameter, item.trim())),
        "CommaDelimitedList" => value.split(',').try_for_each(|item| {
            let item = item.trim();
            allowed(parameter, item)?;
            pattern(parameter, item)
        }),
        "String" => {
            length(parameter, value)?;
            allowed(parameter, value)?;
            pattern(parameter, value)
        }
        // A type of AWS's: only AWS knows what is there.
        kind if value.is_empty() => Err(format!("is empty, and must be a {kind}")),
        _ => allowed(parameter, value),
    }
}

fn number(parameter: &Parameter, value: &str) -> Result<(), String> {
    let number: f64 = match value.parse() {
        Ok(number) if f64::is_finite(number) => number,
        _ => return Err("must be a number".to_owned()),
    };
    let bound = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<f64>().ok());
    if let (Some(least), Some(text)) = (bound(&parameter.min_value), &parameter.min_value)
        && number < least
    {
        return Err(format!("must be {text} at least"));
    }
    if let (Some(most), Some(text)) = (bound(&parameter.max_value), &parameter.max_value)
        && number > most
    {
        return Err(format!("must be {text} at most"));
    }
    allowed(parameter, value)
}

fn length(parameter: &Parameter, value: &str) -> Result<(), String> {
    let characters = value.chars().count();
    if let Some(least) = parameter.min_length
        && characters < least as usize
    {
        return Err(format!("must have {least} characters at least"));
    }
    match parameter.max_length {
        Some(most) if characters > most as usize => {
            Err(format!("must have {most} characters at most"))
        }
        _ => Ok(()),
    }
}

fn allowed(parameter: &Parameter, value: &str) -> Result<(), String> {
    let values = &parameter.allowed_values;
    if values.is_empty() || values.iter().any(|allowed| allowed == value) {
        Ok(())
    } else {
        Err(format!("must be one of {}", values.join(", ")))
    }
}

/// A pattern of Java's that is not one of ours is left to CloudFormation.
fn pattern(parameter: &Parameter, value: &str) -> Result<(), String> {
    let Some(pattern) = &parameter.allowed_pattern else {
        return Ok(());
    };
    match Regex::new(&format!("^(?:{pattern})$")) {
        Ok(regex) if !regex.is_match(value) => Err(format!("must match the pattern {pattern}")),
        _ => Ok(()),
    }
}
