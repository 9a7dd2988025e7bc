//! JSON: one document after the other, or an array. The array as a whole is one column called `array`,
//! as Glue has it. Of a document of thousands of fields nobody makes a table.

use super::{Classified, Fields, Format, Kind, Schema, unknown};

/// None if it is not JSON.
pub(super) fn classify(content: &[u8]) -> Option<Classified> {
    let first = content.iter().find(|byte| !byte.is_ascii_whitespace())?;
    if !matches!(first, b'{' | b'[') {
        return None;
    }
    let mut columns = Fields::default();
    let mut records = 0;
    for document in serde_json::Deserializer::from_slice(content).into_iter::<Kind>() {
        match document.ok()? {
            Kind::Struct(fields) => {
                for (name, kind) in fields {
                    columns.add(name.to_lowercase(), kind);
                }
            }
            array @ Kind::Array(_) => columns.add("array".to_owned(), array),
            // Among others a document of too many fields.
            Kind::String => return Some(unknown()),
            _ => return None,
        }
        if columns.are_too_many() {
            return Some(unknown());
        }
        records += 1;
    }
    Some(Classified {
        schema: Schema {
            format: Format::Json,
            columns: columns.into_vec(),
        },
        records,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;

    #[test]
    fn documents_are_records() {
        let lines = "{\"Id\": 1, \"name\": \"a\"}\n{\"id\": 2, \"price\": 1.5}\n";
        assert_eq!(
            shown(lines),
            "json, 2 records: id int, name string, price double"
        );
        let nested = r#"{"id": 1, "to": {"city": "x", "tags": ["a"]}}"#;
        assert_eq!(
            shown(nested),
            "json, 1 records: id int, to struct<city:string,tags:array<string>>"
        );
    }

    #[test]
    fn an_array_is_one_column() {
        assert_eq!(
            shown("[{\"id\": 1}, {\"id\": 2, \"at\": null}]"),
            "json, 1 records: array array<struct<id:int,at:string>>"
        );
    }

    #[test]
    fn what_has_too_many_fields_is_unknown() {
        let document = |from: usize| {
            let members: Vec<String> = (from..from + 3_000)
                .map(|at| format!("\"f{at}\": 1"))
                .collect();
            format!("{{{}}}\n", members.join(","))
        };
        let twice = document(0) + &document(0);
        assert!(shown(&twice).starts_with("json, 2 records: f0 int, f1 int"));
        let more = document(0) + &document(3_000);
        assert_eq!(shown(&more), "unknown, 0 records: ");
    }
}
