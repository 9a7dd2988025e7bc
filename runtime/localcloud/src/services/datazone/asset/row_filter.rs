//! Row filters: the columns that one names, and the condition of SQL that it is.

use serde_json::Value;

/// The columns that a row filter names.
pub(super) fn columns(filter: &Value) -> Vec<String> {
    match expression(filter) {
        Some((_, operand)) => operand["columnName"]
            .as_str()
            .map(str::to_owned)
            .into_iter()
            .collect(),
        None => ["and", "or"]
            .iter()
            .filter_map(|joint| filter[*joint].as_array())
            .flatten()
            .flat_map(columns)
            .collect(),
    }
}

/// The one comparison that a filter is.
fn expression(filter: &Value) -> Option<(&String, &Value)> {
    filter.get("expression")?.as_object()?.iter().next()
}

/// The condition, as `effectiveRowFilter` shows it.
pub(super) fn condition(filter: &Value) -> String {
    if let Some((operator, operand)) = expression(filter) {
        let column = operand["columnName"].as_str().unwrap_or_default();
        return format!("\"{column}\" {}", comparison(operator, operand));
    }
    let join = |joint: &str, word: &str| {
        let parts = filter[joint].as_array()?;
        let parts: Vec<String> = parts.iter().map(condition).collect();
        Some(format!("({})", parts.join(word)))
    };
    join("and", " AND ")
        .or_else(|| join("or", " OR "))
        .unwrap_or_default()
}

fn comparison(operator: &str, operand: &Value) -> String {
    let value = || literal(&operand["value"]);
    let values = || {
        let all = operand["values"].as_array().into_iter().flatten();
        all.map(literal).collect::<Vec<_>>().join(", ")
    };
    match operator {
        "equalTo" => format!("= {}", value()),
        "notEqualTo" => format!("<> {}", value()),
        "greaterThan" => format!("> {}", value()),
        "lessThan" => format!("< {}", value()),
        "greaterThanOrEqualTo" => format!(">= {}", value()),
        "lessThanOrEqualTo" => format!("<= {}", value()),
        "isNull" => "IS NULL".to_owned(),
        "isNotNull" => "IS NOT NULL".to_owned(),
        "in" => format!("IN ({})", values()),
        "notIn" => format!("NOT IN ({})", values()),
        "like" => format!("LIKE {}", value()),
        _ => format!("NOT LIKE {}", value()),
    }
}

fn literal(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_filter_is_a_condition() {
        let filter = json!({"and": [
            {"expression": {"equalTo": {"columnName": "country", "value": "Côte d'Ivoire"}}},
            {"or": [
                {"expression": {"in": {"columnName": "kind", "values": ["a", "b"]}}},
                {"expression": {"isNull": {"columnName": "kind"}}},
            ]},
        ]});
        assert_eq!(
            condition(&filter),
            r#"("country" = 'Côte d''Ivoire' AND ("kind" IN ('a', 'b') OR "kind" IS NULL))"#
        );
        assert_eq!(columns(&filter), ["country", "kind", "kind"]);
    }
}
