//! `States.Format`.

use serde_json::Value;

use crate::printed;

/// Fills each `{}` of the template with the next argument. `\{`, `\}` and `\\` stand for the
/// character itself.
pub(super) fn format(arguments: &[Value]) -> Result<String, String> {
    let Some((Value::String(template), values)) = arguments.split_first() else {
        return Err("Invalid arguments in States.Format: the template must be a string".to_owned());
    };
    let mut values = values.iter();
    let mut text = String::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.peek() {
                Some(escaped @ ('{' | '}' | '\\' | '\'')) => {
                    text.push(*escaped);
                    chars.next();
                }
                _ => text.push('\\'),
            },
            '{' => {
                if chars.next() != Some('}') {
                    return Err("Invalid template in States.Format: \
                                matching '}' not found for '{'"
                        .to_owned());
                }
                let value = values.next().ok_or_else(mismatch)?;
                text.push_str(&printed::plain(value));
            }
            '}' => {
                return Err("Invalid template in States.Format: \
                            matching '{' not found for '}'"
                    .to_owned());
            }
            c => text.push(c),
        }
    }
    if values.next().is_some() {
        return Err(mismatch());
    }
    Ok(text)
}

fn mismatch() -> String {
    "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}"
        .to_owned()
}
