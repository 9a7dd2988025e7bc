//! JSON: one document after the other, or an array. The array as a whole is one column called `array`,
//! as Glue has it.

use super::{Classified, Format, Kind, Schema, merged};

/// None if it is not JSON.
pub(super) fn classify(content: &[u8]) -> Option<Classified> {
    let first = content.iter().find(|byte| !byte.is_ascii_whitespace())?;
    if !matches!(first, b'{' | b'[') {
        return None;
    }
    let mut columns = Vec::new();
    let mut records = 0;
    for document in serde_json::Deserializer::from_slice(content).into_iter::<Kind>() {
        columns = match document.ok()? {
            Kind::Struct(fields) => {
                let lower = |(name, kind): (String, Kind)| (name.to_lowercase(), kind);
                merged(columns, fields.into_iter().map(lower).collect())
            }
            array @ Kind::Array(_) => merged(columns, vec![("array".to_owned(), array)]),
            _ => return None,
        };
        records += 1;
    }
    Some(Classified {
        schema: Schema {
            format: Format::Json,
            columns,
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
}
