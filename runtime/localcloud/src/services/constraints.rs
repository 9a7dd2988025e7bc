//! Checks of request members against the service model's constraints, worded as AWS words them.
//!
//! All failures are gathered, so that one answer names every member that is wrong.

use regex_lite::Regex;

use crate::error::ServiceError;

/// The failures found so far in one request.
#[derive(Debug, Default)]
pub(crate) struct Constraints {
    failures: Vec<Failure>,
}

#[derive(Debug)]
struct Failure {
    member: String,
    text: String,
}

impl Constraints {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The first failure of a member says it all.
    fn fail(&mut self, member: &str, value: &str, constraint: &str) {
        if self.failures.iter().any(|known| known.member == member) {
            return;
        }
        self.failures.push(Failure {
            member: member.to_owned(),
            text: format!(
                "Value {value} at '{member}' failed to satisfy constraint: Member must {constraint}"
            ),
        });
    }

    /// The value, or its default and a failure if it is missing.
    pub(crate) fn required<T: Default>(&mut self, member: &str, value: Option<T>) -> T {
        value.unwrap_or_else(|| {
            self.fail(member, "null", "not be null");
            T::default()
        })
    }

    /// Between `min` and `max` characters, both included; what is missing passes.
    pub(crate) fn length(&mut self, member: &str, value: Option<&str>, min: usize, max: usize) {
        let Some(value) = value else { return };
        let length = value.chars().count();
        if length < min {
            let constraint = format!("have length greater than or equal to {min}");
            self.fail(member, &quoted(value), &constraint);
        } else if length > max {
            let constraint = format!("have length less than or equal to {max}");
            self.fail(member, &quoted(value), &constraint);
        }
    }

    /// Between `min` and `max` elements, both included; a missing list passes.
    pub(crate) fn count<T>(&mut self, member: &str, list: Option<&[T]>, min: usize, max: usize) {
        let Some(list) = list else { return };
        let shown = format!("'[{} elements]'", list.len());
        if list.len() < min {
            let constraint = format!("have length greater than or equal to {min}");
            self.fail(member, &shown, &constraint);
        } else if list.len() > max {
            let constraint = format!("have length less than or equal to {max}");
            self.fail(member, &shown, &constraint);
        }
    }

    /// The whole value matches `pattern`; what is missing passes.
    pub(crate) fn pattern(&mut self, member: &str, value: Option<&str>, pattern: &str) {
        let Some(value) = value else { return };
        let matches = Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|r| r.is_match(value));
        if !matches {
            self.unmatched(member, value, pattern);
        }
    }

    /// Fails a value that was found not to match `pattern`.
    pub(crate) fn unmatched(&mut self, member: &str, value: &str, pattern: &str) {
        let constraint = format!("satisfy regular expression pattern: {pattern}");
        self.fail(member, &quoted(value), &constraint);
    }

    /// Between `min` and `max`, both included; what is missing passes.
    pub(crate) fn range(&mut self, member: &str, value: Option<i64>, min: i64, max: i64) {
        let Some(value) = value else { return };
        let shown = format!("'{value}'");
        if value < min {
            let constraint = format!("have value greater than or equal to {min}");
            self.fail(member, &shown, &constraint);
        } else if value > max {
            let constraint = format!("have value less than or equal to {max}");
            self.fail(member, &shown, &constraint);
        }
    }

    /// One of the names of an enumeration; what is missing passes.
    pub(crate) fn one_of(&mut self, member: &str, value: Option<&str>, names: &[&str]) {
        let Some(value) = value.filter(|value| !names.contains(value)) else {
            return;
        };
        let constraint = format!("satisfy enum value set: [{}]", names.join(", "));
        self.fail(member, &quoted(value), &constraint);
    }

    /// An error of this code (status 400) if anything failed.
    pub(crate) fn check(self, code: &'static str) -> Result<(), ServiceError> {
        let count = self.failures.len();
        if count == 0 {
            return Ok(());
        }
        let errors = if count == 1 { "error" } else { "errors" };
        let texts: Vec<String> = self.failures.into_iter().map(|f| f.text).collect();
        Err(ServiceError::bad_request(
            code,
            format!("{count} validation {errors} detected: {}", texts.join("; ")),
        ))
    }
}

/// Long values are cut, so that an error stays readable.
fn quoted(value: &str) -> String {
    const SHOWN: usize = 200;
    if value.chars().count() <= SHOWN {
        return format!("'{value}'");
    }
    let head: String = value.chars().take(SHOWN).collect();
    format!("'{head}…'")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Constraints;

    #[test]
    fn every_failure_is_named() {
        let mut constraints = Constraints::new();
        let name: String = constraints.required("name", None);
        constraints.length("name", Some(&name), 1, 2);
        constraints.length("description", Some("abc"), 1, 2);
        constraints.pattern("id", Some("a b"), "[a-z]+");
        constraints.range("maxResults", Some(51), 1, 50);
        let error = constraints.check("ValidationException").unwrap_err();
        assert_eq!(name, "");
        assert_eq!(
            error.message,
            "4 validation errors detected: Value null at 'name' failed to satisfy constraint: \
             Member must not be null; Value 'abc' at 'description' failed to satisfy constraint: \
             Member must have length less than or equal to 2; Value 'a b' at 'id' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: [a-z]+; Value '51' at \
             'maxResults' failed to satisfy constraint: Member must have value less than or equal \
             to 50"
        );
    }

    #[test]
    fn what_is_missing_or_right_passes() {
        let mut constraints = Constraints::new();
        constraints.length("a", None, 1, 2);
        constraints.length("b", Some("ü€"), 1, 2);
        constraints.one_of("c", Some("X"), &["X", "Y"]);
        assert!(constraints.check("ValidationException").is_ok());
    }
}
