//! How a found table and its partitions are written into the catalog: formats, SerDes and the
//! parameters by which Glue's crawlers are known.

use serde_json::{Map, Value, json};

use super::classify::{Format, Schema};
use super::folders::Amount;

const TEXT_INPUT: &str = "org.apache.hadoop.mapred.TextInputFormat";
const TEXT_OUTPUT: &str = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";

/// Columns as the catalog has them.
pub(super) fn columns(schema: &Schema) -> Value {
    let column = |(name, kind): &(String, _)| column(name, kind);
    schema.columns.iter().map(column).collect()
}

fn column(name: &str, kind: &impl ToString) -> Value {
    json!({"Name": name, "Type": kind.to_string()})
}

/// The parameters that say what was found.
pub(super) fn parameters(schema: &Schema, amount: &Amount) -> Map<String, Value> {
    let mut parameters = Map::new();
    let mut set = |name: &str, value: String| parameters.insert(name.to_owned(), value.into());
    set("sizeKey", amount.size.to_string());
    set("objectCount", amount.objects.to_string());
    set("recordCount", amount.records().to_string());
    set("averageRecordSize", amount.average().to_string());
    set("CrawlerSchemaSerializerVersion", "1.0".to_owned());
    set("CrawlerSchemaDeserializerVersion", "1.0".to_owned());
    set("compressionType", "none".to_owned());
    set("typeOfData", "file".to_owned());
    match schema.format {
        Format::Json => {
            set("classification", "json".to_owned());
        }
        Format::Csv { delimiter, header } => {
            set("classification", "csv".to_owned());
            set("columnsOrdered", "true".to_owned());
            set("areColumnsQuoted", "false".to_owned());
            set("delimiter", delimiter.to_string());
            if header {
                set("skip.header.line.count", "1".to_owned());
            }
        }
        Format::Unknown => {
            set("classification", "UNKNOWN".to_owned());
        }
    }
    parameters
}

/// Where and how the files are.
pub(super) fn storage(
    schema: &Schema,
    columns: Value,
    location: &str,
    parameters: &Map<String, Value>,
) -> Value {
    let serde = match schema.format {
        Format::Json => {
            let names: Vec<&str> = schema
                .columns
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            json!({
                "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
                "Parameters": {"paths": names.join(",")},
            })
        }
        Format::Csv { delimiter, .. } => json!({
            "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
            "Parameters": {"field.delim": delimiter.to_string()},
        }),
        Format::Unknown => json!({"Parameters": {}}),
    };
    let known = schema.format != Format::Unknown;
    json!({
        "Columns": columns,
        "Location": location,
        "InputFormat": known.then_some(TEXT_INPUT),
        "OutputFormat": known.then_some(TEXT_OUTPUT),
        "Compressed": false,
        "NumberOfBuckets": -1,
        "SerdeInfo": serde,
        "BucketColumns": [],
        "SortColumns": [],
        "Parameters": parameters,
        "StoredAsSubDirectories": false,
    })
}

/// Partition keys: texts, whatever their values look like.
pub(super) fn keys(names: &[String]) -> Value {
    names.iter().map(|name| column(name, &"string")).collect()
}
