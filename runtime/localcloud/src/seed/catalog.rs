//! The databases and tables of a seed.

use serde_json::{Value, json};

use super::wire::{Asker, Maker};
use super::{Database, SeedError, Table};

impl Maker<'_> {
    pub(super) async fn database(&mut self, wanted: &Database) -> Result<(), SeedError> {
        let name = &wanted.name;
        let asker = self.asker(format!("database {name}"), &wanted.place)?;
        let mut input = json!({"Name": name});
        if let Some(description) = &wanted.description {
            input["Description"] = json!(description);
        }
        if let Some(location) = &wanted.location {
            input["LocationUri"] = json!(location);
        }
        let create = json!({"DatabaseInput": input});
        self.catalog_thing(&asker, "Database", json!({"Name": name}), create)
            .await
    }

    pub(super) async fn table(&mut self, wanted: &Table) -> Result<(), SeedError> {
        let (database, name) = (&wanted.database, &wanted.name);
        let asker = self.asker(format!("table {database}.{name}"), &wanted.place)?;
        let format = Format::of(&wanted.format).ok_or_else(|| {
            let given = &wanted.format;
            asker.wrong(format!("the format is csv, json or parquet, not {given:?}"))
        })?;
        let input = json!({
            "Name": name,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": format.parameters(&wanted.format),
            "PartitionKeys": columns(&asker, &wanted.partition_keys)?,
            "StorageDescriptor": {
                "Columns": columns(&asker, &wanted.columns)?,
                "Location": wanted.location,
                "InputFormat": format.input,
                "OutputFormat": format.output,
                "SerdeInfo": {
                    "SerializationLibrary": format.library,
                    "Parameters": format.serde(),
                },
            },
        });
        let named = json!({"DatabaseName": database, "Name": name});
        let create = json!({"DatabaseName": database, "TableInput": input});
        self.catalog_thing(&asker, "Table", named, create).await
    }

    async fn catalog_thing(
        &mut self,
        asker: &Asker,
        kind: &str,
        named: Value,
        create: Value,
    ) -> Result<(), SeedError> {
        let get = format!("AWSGlue.Get{kind}");
        match self.json(asker, "glue", &get, named).await? {
            Ok(_) => self.found(asker),
            Err(refusal) if refusal.code == "EntityNotFoundException" => {
                let operation = format!("AWSGlue.Create{kind}");
                let made = self.json(asker, "glue", &operation, create).await?;
                made.map_err(|refusal| asker.refused(refusal))?;
                self.made(asker);
            }
            Err(refusal) => return Err(asker.refused(refusal)),
        }
        Ok(())
    }
}

/// How the files of a table are read, in Hive's names.
struct Format {
    input: &'static str,
    output: &'static str,
    library: &'static str,
}

impl Format {
    fn of(name: &str) -> Option<Self> {
        const TEXT: &str = "org.apache.hadoop.mapred.TextInputFormat";
        const TEXT_OUT: &str = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";
        Some(match name {
            "csv" => Self {
                input: TEXT,
                output: TEXT_OUT,
                library: "org.apache.hadoop.hive.serde2.OpenCSVSerde",
            },
            "json" => Self {
                input: TEXT,
                output: TEXT_OUT,
                library: "org.openx.data.jsonserde.JsonSerDe",
            },
            "parquet" => Self {
                input: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                output: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                library: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            },
            _ => return None,
        })
    }

    fn is_csv(&self) -> bool {
        self.library.ends_with("OpenCSVSerde")
    }

    fn parameters(&self, name: &str) -> Value {
        let mut parameters = json!({"classification": name, "EXTERNAL": "TRUE"});
        if self.is_csv() {
            parameters["skip.header.line.count"] = json!("1");
        }
        parameters
    }

    fn serde(&self) -> Value {
        if self.is_csv() {
            json!({"separatorChar": ",", "quoteChar": "\""})
        } else {
            json!({})
        }
    }
}

/// `id bigint` is a column.
fn columns(asker: &Asker, wanted: &[String]) -> Result<Vec<Value>, SeedError> {
    wanted
        .iter()
        .map(|column| {
            let (name, kind) = column.trim().split_once(' ').ok_or_else(|| {
                asker.wrong(format!(
                    "a column is a name and a type, `id bigint`, not {column:?}"
                ))
            })?;
            Ok(json!({"Name": name, "Type": kind.trim()}))
        })
        .collect()
}
