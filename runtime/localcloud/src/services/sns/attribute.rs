//! One message attribute.

use crate::error::ServiceError;
use crate::services::sqs::Attribute;

/// Its name, its type and its value, in bytes.
pub(super) fn size(name: &str, attribute: &Attribute) -> usize {
    let value = attribute
        .string_value
        .as_ref()
        .or(attribute.binary_value.as_ref());
    name.len() + attribute.data_type.len() + value.map_or(0, String::len)
}

/// Refuses an attribute whose value does not fit its type.
///
/// # Errors
/// `ParameterValueInvalid` (400).
pub(super) fn check(name: &str, attribute: &Attribute) -> Result<(), ServiceError> {
    let kind = attribute.data_type.as_str();
    let refuse = |why: String| Err(ServiceError::bad_request("ParameterValueInvalid", why));
    if kind.is_empty() {
        return refuse(format!(
            "The message attribute '{name}' must contain non-empty message attribute type."
        ));
    }
    let (value, field) = match kind.split('.').next() {
        Some("String" | "Number") => (&attribute.string_value, "String"),
        Some("Binary") => (&attribute.binary_value, "Binary"),
        _ => {
            return refuse(format!(
                "The message attribute '{name}' has an invalid message attribute type, the set of \
                 supported type prefixes is Binary, Number, and String."
            ));
        }
    };
    let other = [&attribute.string_value, &attribute.binary_value]
        .into_iter()
        .flatten()
        .count();
    match value.as_deref() {
        None if other > 0 => refuse(format!(
            "The message attribute '{name}' with type '{kind}' must use field '{field}'."
        )),
        None | Some("") => refuse(format!(
            "The message attribute '{name}' must contain non-empty message attribute value for \
             message attribute type '{kind}'."
        )),
        Some(text) if kind.starts_with("Number") && text.parse::<f64>().is_err() => refuse(
            format!("Could not cast message attribute '{name}' value to number."),
        ),
        Some(_) => Ok(()),
    }
}
