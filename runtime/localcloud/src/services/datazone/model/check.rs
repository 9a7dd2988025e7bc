//! Checks a value against its shape, and brings it into the form in which the operations read it: numbers
//! and booleans of the query as such, moments as milliseconds since the epoch, nothing that is null.

use jiff::Timestamp;
use serde_json::Value;

use super::shape::{List, Mapping, Number, Shape, Shapes, Structure, Text};
use crate::error::ServiceError;
use crate::services::constraints::Constraints;
use crate::services::datazone::error;

pub(super) struct Checker<'a> {
    pub(super) shapes: &'a Shapes,
}

impl Checker<'_> {
    /// `path` names the value in error texts, as `formsInput.1.member.formName`.
    pub(super) fn check(
        &self,
        shape: &str,
        path: &str,
        value: &mut Value,
        constraints: &mut Constraints,
    ) -> Result<(), ServiceError> {
        match self.shapes.get(shape) {
            Some(Shape::Structure(of)) => self.structure(of, path, value, constraints),
            Some(Shape::List(of)) => self.list(of, path, value, constraints),
            Some(Shape::Map(of)) => self.map(of, path, value, constraints),
            Some(Shape::String(of)) => string(of, path, value, constraints),
            Some(Shape::Integer(of) | Shape::Long(of)) => integer(of, path, value, constraints),
            Some(Shape::Boolean) => boolean(path, value),
            Some(Shape::Timestamp) => moment(path, value),
            Some(Shape::Blob) | None => Ok(()),
        }
    }

    fn structure(
        &self,
        of: &Structure,
        path: &str,
        value: &mut Value,
        constraints: &mut Constraints,
    ) -> Result<(), ServiceError> {
        let Value::Object(fields) = value else {
            return Err(wrong(path, "a structure"));
        };
        fields.retain(|_, field| !field.is_null());
        let within = |member: &str| {
            if path.is_empty() {
                member.to_owned()
            } else {
                format!("{path}.{member}")
            }
        };
        for member in &of.required {
            if !fields.contains_key(member) {
                constraints.required::<()>(&within(member), None);
            }
        }
        if of.union {
            let set = of
                .members
                .keys()
                .filter(|member| fields.contains_key(*member));
            if set.count() != 1 {
                return Err(error::validation(format!(
                    "Exactly one member of '{path}' must be set: {}",
                    of.members.keys().cloned().collect::<Vec<_>>().join(", ")
                )));
            }
        }
        for (member, shape) in &of.members {
            if let Some(field) = fields.get_mut(member) {
                self.check(shape, &within(member), field, constraints)?;
            }
        }
        Ok(())
    }

    fn list(
        &self,
        of: &List,
        path: &str,
        value: &mut Value,
        constraints: &mut Constraints,
    ) -> Result<(), ServiceError> {
        if value.is_string() {
            // A query parameter that was given once.
            *value = Value::Array(vec![value.take()]);
        }
        let Value::Array(items) = value else {
            return Err(wrong(path, "a list"));
        };
        constraints.count(path, Some(items), of.min, of.max.unwrap_or(usize::MAX));
        for (index, item) in items.iter_mut().enumerate() {
            let path = format!("{path}.{}.member", index + 1);
            self.check(&of.member, &path, item, constraints)?;
        }
        Ok(())
    }

    fn map(
        &self,
        of: &Mapping,
        path: &str,
        value: &mut Value,
        constraints: &mut Constraints,
    ) -> Result<(), ServiceError> {
        let Value::Object(fields) = value else {
            return Err(wrong(path, "a map"));
        };
        fields.retain(|_, field| !field.is_null());
        for (key, field) in fields.iter_mut() {
            let mut name = Value::from(key.as_str());
            self.check(
                &of.key,
                &format!("{path}.{key}.key"),
                &mut name,
                constraints,
            )?;
            self.check(
                &of.value,
                &format!("{path}.{key}.value"),
                field,
                constraints,
            )?;
        }
        Ok(())
    }
}

fn wrong(path: &str, wanted: &str) -> ServiceError {
    error::serialization(format!("'{path}' is not {wanted}"))
}

fn string(
    of: &Text,
    path: &str,
    value: &Value,
    constraints: &mut Constraints,
) -> Result<(), ServiceError> {
    let text = value.as_str().ok_or_else(|| wrong(path, "a string"))?;
    if !of.values.is_empty() {
        let values: Vec<&str> = of.values.iter().map(String::as_str).collect();
        constraints.one_of(path, Some(text), &values);
    }
    constraints.length(path, Some(text), of.min, of.max.unwrap_or(usize::MAX));
    if let Some(pattern) = &of.pattern
        && !of.fits(text)
    {
        constraints.unmatched(path, text, pattern);
    }
    Ok(())
}

fn integer(
    of: &Number,
    path: &str,
    value: &mut Value,
    constraints: &mut Constraints,
) -> Result<(), ServiceError> {
    let number = match &*value {
        Value::String(text) => text.parse().ok(),
        other => other.as_i64(),
    };
    let number = number.ok_or_else(|| wrong(path, "an integer"))?;
    let (min, max) = (of.min.unwrap_or(i64::MIN), of.max.unwrap_or(i64::MAX));
    constraints.range(path, Some(number), min, max);
    *value = Value::from(number);
    Ok(())
}

fn boolean(path: &str, value: &mut Value) -> Result<(), ServiceError> {
    let flag = match &*value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    *value = Value::from(flag.ok_or_else(|| wrong(path, "a boolean"))?);
    Ok(())
}

/// Seconds since the epoch in a body, ISO 8601 in a query.
fn moment(path: &str, value: &mut Value) -> Result<(), ServiceError> {
    let ms = match &*value {
        Value::Number(seconds) => seconds.as_f64().and_then(milliseconds),
        Value::String(text) => text
            .parse::<Timestamp>()
            .ok()
            .map(Timestamp::as_millisecond),
        _ => None,
    };
    *value = Value::from(ms.ok_or_else(|| wrong(path, "a timestamp"))?);
    Ok(())
}

/// `None` for what is no moment of the years -9999 to 9999.
fn milliseconds(seconds: f64) -> Option<i64> {
    let ms = (seconds * 1000.0).round();
    #[allow(
        clippy::cast_possible_truncation,
        reason = "used within the moments that jiff knows only"
    )]
    let whole = ms as i64;
    (ms.abs() < 3.7e14).then_some(whole)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;
    use crate::services::datazone::model::model;

    fn check(shape: &str, mut value: Value) -> Result<Value, ServiceError> {
        let mut constraints = Constraints::new();
        let shapes = &model()?.shapes;
        Checker { shapes }.check(shape, "", &mut value, &mut constraints)?;
        constraints.check(error::VALIDATION)?;
        Ok(value)
    }

    #[test]
    fn every_wrong_member_is_named_with_its_path() {
        let refused = check(
            "CreateGlossaryTermInput",
            json!({"domainIdentifier": "dzd_1", "glossaryIdentifier": "g", "name": "",
                   "status": "ON", "termRelations": {"isA": ["ok", "not ok"]}}),
        )
        .unwrap_err();
        assert_eq!(
            refused.message,
            "3 validation errors detected: Value '' at 'name' failed to satisfy constraint: Member must \
             have length greater than or equal to 1; Value 'ON' at 'status' failed to satisfy constraint: \
             Member must satisfy enum value set: [ENABLED, DISABLED]; Value 'not ok' at \
             'termRelations.isA.2.member' failed to satisfy constraint: Member must satisfy regular \
             expression pattern: [a-zA-Z0-9_-]{1,36}"
        );
    }

    #[test]
    fn a_union_has_exactly_one_member() {
        let both = json!({"domainIdentifier": "dzd_1", "projectIdentifier": "p",
            "designation": "PROJECT_OWNER", "member": {"userIdentifier": "u", "groupIdentifier": "g"}});
        let refused = check("CreateProjectMembershipInput", both).unwrap_err();
        assert_eq!(refused.code, "ValidationException");
    }

    #[test]
    fn what_came_as_text_is_read_by_its_type() {
        let read = check(
            "ListTimeSeriesDataPointsInput",
            json!({"domainIdentifier": "dzd_1", "entityIdentifier": "a", "entityType": "ASSET",
                   "formName": "quality", "maxResults": "7", "nextToken": null,
                   "startedAt": "2026-01-31T12:00:00.250Z", "endedAt": 1.5}),
        )
        .unwrap();
        assert_eq!(read["maxResults"], 7);
        assert_eq!(read["startedAt"], 1_769_860_800_250_i64);
        assert_eq!(read["endedAt"], 1500);
        assert_eq!(read.get("nextToken"), None);
    }
}
