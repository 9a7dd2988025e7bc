use serde_yaml_ng::Value;

use super::text_of;
use super::value::check;

/// A parameter that a template declares (CloudFormation template reference, "Parameters").
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What to call it in a form; empty if the template does not say.
    pub label: String,
    /// The heading under which it stands in a form; empty if the template does not say.
    pub group: String,
    /// `String`, `Number`, `List<Number>`, `CommaDelimitedList`, or a type of AWS's.
    pub kind: String,
    /// What it means.
    pub description: String,
    /// What it is if nobody says.
    pub default: Option<String>,
    /// The values that are allowed; empty if others are.
    pub allowed_values: Vec<String>,
    /// A regular expression that a value has to match in full.
    pub allowed_pattern: Option<String>,
    /// What a value that does not match should be instead.
    pub constraint_description: String,
    /// The fewest characters.
    pub min_length: Option<u32>,
    /// The most characters.
    pub max_length: Option<u32>,
    /// The least value, as the template writes it.
    pub min_value: Option<String>,
    /// The greatest value, as the template writes it.
    pub max_value: Option<String>,
    /// Whether its value must not be shown.
    pub no_echo: bool,
}

impl Parameter {
    /// Reads one member of `Parameters`.
    pub(super) fn read(name: &str, body: &Value) -> Result<Self, String> {
        if !body.is_mapping() {
            return Err(format!("has a parameter {name} that is not an object"));
        }
        let text = |member: &str| text_of(body.get(member));
        let length = |member: &str| -> Result<Option<u32>, String> {
            text(member)
                .map(|n| {
                    n.parse().map_err(|_| {
                        format!("has a parameter {name} whose {member} is not a whole number: {n}")
                    })
                })
                .transpose()
        };
        let allowed = body.get("AllowedValues").and_then(Value::as_sequence);
        Ok(Self {
            name: name.to_owned(),
            label: String::new(),
            group: String::new(),
            kind: text("Type").ok_or_else(|| format!("has a parameter {name} without a Type"))?,
            description: text("Description").unwrap_or_default(),
            default: text("Default"),
            allowed_values: allowed
                .into_iter()
                .flatten()
                .filter_map(|value| text_of(Some(value)))
                .collect(),
            allowed_pattern: text("AllowedPattern"),
            constraint_description: text("ConstraintDescription").unwrap_or_default(),
            min_length: length("MinLength")?,
            max_length: length("MaxLength")?,
            min_value: text("MinValue"),
            max_value: text("MaxValue"),
            no_echo: text("NoEcho").is_some_and(|value| value.eq_ignore_ascii_case("true")),
        })
    }

    /// Whether a value is allowed.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it; it does not repeat a hidden value.
    pub fn check(&self, value: &str) -> Result<(), String> {
        check(self, value).map_err(|wrong| {
            if self.constraint_description.is_empty() {
                wrong
            } else {
                format!("{wrong} ({})", self.constraint_description)
            }
        })
    }
}
