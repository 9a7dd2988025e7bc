//! The rows of a table's files: CSV (OpenCSVSerde, LazySimpleSerDe) and JSON, one document a line.
//!
//! The files of a partitioned table are those of its partitions in the catalog, whose values they take.
//! Where the catalog has none yet, the values stand in a file's path, as Hive writes them:
//! `day=2026-01-31/`; a file that is in no partition is none of the table's.

use serde_json::{Map, Value, json};

use super::Failure;
use super::catalog::Found;
use crate::error::ServiceError;
use crate::services::glue::facts::Partition;
use crate::services::s3::files;
use crate::store::Tx;

/// A row: one value for each of the table's columns.
pub(super) type Row = Vec<Option<String>>;

/// A column's name and type.
type Typed = (String, String);

/// How Hive writes that there is no value.
const NOTHING: &str = "__HIVE_DEFAULT_PARTITION__";

/// All rows of a table, and how many bytes its files have.
///
/// # Errors
/// The outer error is the store's; the inner one is what the asker is shown.
pub(super) fn read(
    tx: &Tx<'_>,
    table: &Found,
) -> Result<Result<(Vec<Row>, usize), Failure>, ServiceError> {
    let mut reading = Reading {
        table,
        rows: Vec::new(),
        bytes: 0,
    };
    if table.partitions.is_empty() {
        let outcome = reading.below(tx, &table.location, &table.definition, None)?;
        return Ok(outcome.map(|()| (reading.rows, reading.bytes)));
    }
    for partition in &table.partitions {
        let values = partition.values.iter();
        let values: Row = values
            .map(|value| (value != NOTHING).then(|| value.clone()))
            .collect();
        let own = partition.storage.as_ref();
        let own = own.filter(|storage| storage["SerdeInfo"]["SerializationLibrary"].is_string());
        let definition = match own {
            Some(storage) => &json!({
                "StorageDescriptor": storage,
                "Parameters": table.definition["Parameters"],
            }),
            None => &table.definition,
        };
        let location = partition.location(table);
        if let Err(failure) = reading.below(tx, &location, definition, Some(&values))? {
            return Ok(Err(failure));
        }
    }
    Ok(Ok((reading.rows, reading.bytes)))
}

impl Partition {
    /// Its own location, or the folders that Hive would put it into.
    fn location(&self, table: &Found) -> String {
        let own = self.storage.as_ref();
        if let Some(own) = own.and_then(|storage| storage["Location"].as_str()) {
            return own.to_owned();
        }
        let keys = table.columns.iter().skip(table.columns.len() - table.keys);
        let folders = keys
            .zip(&self.values)
            .map(|((key, _), value)| format!("/{key}={value}"));
        let root = table.location.trim_end_matches('/');
        format!("{root}{}/", folders.collect::<String>())
    }
}

struct Reading<'a> {
    table: &'a Found,
    rows: Vec<Row>,
    bytes: usize,
}

impl Reading<'_> {
    /// Reads the files below a location. Their values of the partition keys are `values`, or stand in
    /// their paths.
    fn below(
        &mut self,
        tx: &Tx<'_>,
        location: &str,
        definition: &Value,
        values: Option<&Row>,
    ) -> Result<Result<(), Failure>, ServiceError> {
        if location.is_empty() {
            return Ok(Ok(()));
        }
        let format = match Format::of(definition) {
            Ok(format) => format,
            Err(failure) => return Ok(Err(failure)),
        };
        let columns = &self.table.columns[..self.table.columns.len() - self.table.keys];
        for (file, content) in files::below(tx, location)? {
            let keys = match values {
                Some(values) => Some(values.clone()),
                None => partition(&file, self.table),
            };
            let Some(keys) = keys else {
                continue;
            };
            self.bytes += content.len();
            let first = self.rows.len();
            let read = match &format {
                Format::Csv(csv) => csv.read(&content, columns, &mut self.rows),
                Format::Json => read_json(&content, columns, &mut self.rows),
            };
            for row in &mut self.rows[first..] {
                row.extend_from_slice(&keys);
            }
            if let Err(why) = read {
                return Ok(Err(Failure::user(format!(
                    "HIVE_BAD_DATA: Error reading s3://{file}: {why}"
                ))));
            }
        }
        Ok(Ok(()))
    }
}

/// The values of the partition keys that a file's path has; none if one is missing.
fn partition(file: &str, table: &Found) -> Option<Row> {
    let location = table.location.trim_start_matches("s3://");
    let path = file.get(location.trim_end_matches('/').len()..)?;
    let (folders, _) = path.rsplit_once('/')?;
    let keys = table.columns.iter().skip(table.columns.len() - table.keys);
    keys.map(|(key, _)| {
        let mut parts = folders.split('/').filter_map(|part| part.split_once('='));
        let (_, value) = parts.find(|(name, _)| name.eq_ignore_ascii_case(key))?;
        let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
        Some((value != NOTHING).then(|| value.into_owned()))
    })
    .collect()
}

enum Format {
    Csv(Csv),
    Json,
}

impl Format {
    /// Of a table's or a partition's definition.
    fn of(definition: &Value) -> Result<Self, Failure> {
        let storage = &definition["StorageDescriptor"];
        let serde = &storage["SerdeInfo"];
        let library = serde["SerializationLibrary"].as_str().unwrap_or_default();
        let skipped = [&definition["Parameters"], &storage["Parameters"]]
            .iter()
            .find_map(|parameters| parameters["skip.header.line.count"].as_str()?.parse().ok())
            .unwrap_or(0);
        let letter = |name: &str| {
            let text = serde["Parameters"][name].as_str()?;
            text.bytes().next()
        };
        match library.rsplit('.').next().unwrap_or_default() {
            "OpenCSVSerde" => Ok(Self::Csv(Csv {
                separator: letter("separatorChar").unwrap_or(b','),
                quote: Some(letter("quoteChar").unwrap_or(b'"')),
                escape: Some(letter("escapeChar").unwrap_or(b'\\')),
                skipped,
            })),
            "LazySimpleSerDe" => Ok(Self::Csv(Csv {
                separator: letter("field.delim")
                    .or_else(|| letter("serialization.format"))
                    .unwrap_or(1),
                quote: None,
                escape: letter("escape.delim"),
                skipped,
            })),
            "JsonSerDe" | "OpenXJsonSerDe" => Ok(Self::Json),
            other => Err(Failure::user(format!(
                "HIVE_UNSUPPORTED_FORMAT: the embedded Athena reads CSV and JSON, not the format of \
                 the serde '{other}'"
            ))),
        }
    }
}

struct Csv {
    separator: u8,
    quote: Option<u8>,
    escape: Option<u8>,
    skipped: usize,
}

impl Csv {
    fn read(&self, content: &[u8], columns: &[Typed], rows: &mut Vec<Row>) -> Result<(), String> {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(self.separator)
            .quoting(self.quote.is_some())
            .quote(self.quote.unwrap_or(b'"'))
            .escape(self.escape)
            .has_headers(false)
            .flexible(true)
            .from_reader(content);
        for record in reader.byte_records().skip(self.skipped) {
            let record = record.map_err(|error| error.to_string())?;
            let row = columns.iter().enumerate().map(|(at, (_, kind))| {
                let text = String::from_utf8_lossy(record.get(at)?).into_owned();
                // Nothing is no number, and no date; of a text it is a text.
                (text != "\\N" && (!text.is_empty() || is_text(kind))).then_some(text)
            });
            rows.push(row.collect());
        }
        Ok(())
    }
}

fn is_text(kind: &str) -> bool {
    kind.starts_with("string") || kind.starts_with("varchar") || kind.starts_with("char")
}

fn read_json(content: &[u8], columns: &[Typed], rows: &mut Vec<Row>) -> Result<(), String> {
    for (at, line) in content.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let document: Map<String, Value> = serde_json::from_slice(line)
            .map_err(|error| format!("line {} is not a JSON object: {error}", at + 1))?;
        let value = |name: &str| {
            document
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        };
        let row = columns.iter().map(|(name, _)| match value(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        });
        rows.push(row.collect());
    }
    Ok(())
}
