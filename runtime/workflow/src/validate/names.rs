//! Which names states, labels and variables may have.

/// The longest name of a state or a variable, in characters.
pub(super) const MAX_NAME_CHARS: usize = 80;
/// The longest label of a Map state, in characters.
const MAX_LABEL_CHARS: usize = 40;
/// What a label must not contain, beside white space and control characters.
const FORBIDDEN_IN_LABELS: &str = "?*<>{}[]:;,\\|^~$#%&`\"";

/// What is wrong with a Map state's label, or None.
pub(super) fn label_fault(label: &str) -> Option<String> {
    if label.is_empty() {
        return Some("Label cannot be empty".to_owned());
    }
    if label.chars().count() > MAX_LABEL_CHARS {
        return Some(format!("Label cannot exceed {MAX_LABEL_CHARS} characters"));
    }
    let forbidden =
        |c: &char| c.is_whitespace() || c.is_control() || FORBIDDEN_IN_LABELS.contains(*c);
    label.chars().find(forbidden).map(|c| {
        let shown = if c.is_control() {
            format!("\\u{:04x}", u32::from(c))
        } else {
            c.to_string()
        };
        format!("Label contains invalid character: '{shown}'")
    })
}

/// What is wrong with a variable's name, or None: it must be an identifier, not longer than 80
/// characters, and not `states`, which is Step Functions' own.
pub(super) fn variable_fault(name: &str) -> Option<String> {
    let mut chars = name.chars();
    let starts = chars
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_');
    if name == "states" {
        return Some("Variable name 'states' is reserved".to_owned());
    }
    if !starts || !chars.all(|c| c.is_alphanumeric() || c == '_') {
        return Some(format!("Variable name '{name}' is not a valid identifier"));
    }
    (name.chars().count() > MAX_NAME_CHARS)
        .then(|| format!("Variable name must not exceed {MAX_NAME_CHARS} characters"))
}
