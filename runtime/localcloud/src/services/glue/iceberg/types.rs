//! Glue's types and Iceberg's (table specification, appendix C), both ways.

use serde_json::{Value, json};

/// How deep types may be nested. A structure is three levels of JSON in the metadata file, and no more
/// than 127 can be read back.
const DEEPEST: usize = 32;

/// The Iceberg type of a Glue type; nested fields take their ids from `next_id`. None for a type that
/// Iceberg does not have, and for one that is nested deeper than 32 levels.
pub(super) fn of_glue(text: &str, next_id: &mut u64) -> Option<Value> {
    // Before anything is read: reading goes as deep as the text does.
    if depth(text) > DEEPEST {
        return None;
    }
    read(text, next_id)
}

/// The deepest nesting of angle brackets.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for letter in text.bytes() {
        match letter {
            b'<' => depth += 1,
            b'>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn read(text: &str, next_id: &mut u64) -> Option<Value> {
    let text = text.trim().to_lowercase();
    let inner = |outer: &str| {
        let rest = text.strip_prefix(outer)?.trim_start();
        rest.strip_prefix('<')?.strip_suffix('>')
    };
    if let Some(element) = inner("array") {
        let id = fresh(next_id);
        let element = read(element, next_id)?;
        return Some(json!({
            "type": "list", "element-id": id, "element": element, "element-required": false,
        }));
    }
    if let Some(both) = inner("map") {
        let [key, value] = split(both)[..] else {
            return None;
        };
        let (key_id, value_id) = (fresh(next_id), fresh(next_id));
        return Some(json!({
            "type": "map",
            "key-id": key_id, "key": read(key, next_id)?,
            "value-id": value_id, "value": read(value, next_id)?, "value-required": false,
        }));
    }
    if let Some(fields) = inner("struct") {
        let fields = split(fields)
            .into_iter()
            .map(|field| {
                let (name, kind) = field.split_once(':')?;
                let id = fresh(next_id);
                let kind = read(kind, next_id)?;
                Some(json!({"id": id, "name": name.trim(), "required": false, "type": kind}))
            })
            .collect::<Option<Vec<_>>>()?;
        return Some(json!({"type": "struct", "fields": fields}));
    }
    let simple = match text.as_str() {
        "boolean" | "float" | "double" | "date" | "timestamp" | "binary" | "string" => &text,
        "tinyint" | "smallint" | "int" | "integer" => "int",
        "bigint" | "long" => "long",
        "decimal" => "decimal(10,0)",
        _ if text.starts_with("decimal(") => &text,
        _ if text.starts_with("varchar(") || text.starts_with("char(") => "string",
        _ => return None,
    };
    Some(Value::from(simple))
}

/// The Glue type of an Iceberg type.
pub(super) fn to_glue(kind: &Value) -> String {
    if let Some(simple) = kind.as_str() {
        return match simple {
            "long" => "bigint".to_owned(),
            "time" | "uuid" => "string".to_owned(),
            "timestamptz" | "timestamp_ns" | "timestamptz_ns" => "timestamp".to_owned(),
            _ if simple.starts_with("fixed") => "binary".to_owned(),
            _ => simple.replace(' ', ""),
        };
    }
    match kind["type"].as_str() {
        Some("list") => format!("array<{}>", to_glue(&kind["element"])),
        Some("map") => format!("map<{},{}>", to_glue(&kind["key"]), to_glue(&kind["value"])),
        Some("struct") => {
            let fields = kind["fields"].as_array().into_iter().flatten();
            let fields: Vec<String> = fields
                .map(|field| {
                    let name = field["name"].as_str().unwrap_or_default();
                    format!("{name}:{}", to_glue(&field["type"]))
                })
                .collect();
            format!("struct<{}>", fields.join(","))
        }
        _ => "string".to_owned(),
    }
}

fn fresh(next_id: &mut u64) -> u64 {
    *next_id += 1;
    *next_id - 1
}

/// Splits at the commas that stand in no brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0_i32, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{of_glue, to_glue};

    #[test]
    fn types_go_there_and_back() {
        for (glue, back) in [
            ("bigint", "bigint"),
            ("smallint", "int"),
            ("varchar(20)", "string"),
            ("decimal(10,2)", "decimal(10,2)"),
            ("array<string>", "array<string>"),
            ("map<string,array<double>>", "map<string,array<double>>"),
            (
                "struct<a:int,b:struct<c:decimal(4,1),d:date>>",
                "struct<a:int,b:struct<c:decimal(4,1),d:date>>",
            ),
        ] {
            let mut next = 1;
            assert_eq!(to_glue(&of_glue(glue, &mut next).unwrap()), back, "{glue}");
        }
        assert_eq!(of_glue("interval", &mut 1), None);
    }

    #[test]
    fn types_have_a_depth() {
        let nested = |deep: usize| {
            let text = format!("{}int{}", "array<".repeat(deep), ">".repeat(deep));
            of_glue(&text, &mut 1)
        };
        assert!(nested(32).is_some());
        assert_eq!(nested(33), None);
        assert_eq!(nested(18_000), None);
        // Brackets that close too early do not hide those that follow.
        let text = format!("{}{}", ">".repeat(20_000), "array<".repeat(20_000));
        assert_eq!(of_glue(&text, &mut 1), None);
    }
}
