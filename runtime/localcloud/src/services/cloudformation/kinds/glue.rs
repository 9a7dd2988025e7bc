//! `AWS::Glue::Database`, `AWS::Glue::Table`.

use serde_json::{Map, Value, json};

use super::{Handler, Kind, Made, Wanted, immutable, mutable, text};
use crate::inside::{Inside, InsideError};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "AWS::Glue::Database",
        properties: &[
            immutable("CatalogId").required(),
            mutable("DatabaseInput").required(),
            immutable("DatabaseName"),
        ],
        attributes: &[],
        named_by: None,
        handler: &Database,
    },
    Kind {
        name: "AWS::Glue::Table",
        properties: &[
            immutable("CatalogId").required(),
            immutable("DatabaseName").required(),
            mutable("TableInput").required(),
            mutable("OpenTableFormatInput"),
        ],
        attributes: &[],
        named_by: None,
        handler: &Table,
    },
];

/// The input with its name, or else a generated one, in lower case as Glue keeps it.
fn named(wanted: &Wanted<'_>, member: &str) -> (String, Value) {
    let mut input = wanted.get(member).cloned().unwrap_or_else(|| json!({}));
    let name = input.get("Name").and_then(text).or_else(|| {
        wanted
            .text("DatabaseName")
            .filter(|_| member == "DatabaseInput")
    });
    let name = name.unwrap_or_else(|| wanted.name.clone()).to_lowercase();
    input["Name"] = Value::from(name.as_str());
    (name, input)
}

/// Those members of what is there that are expected.
fn expected_members(expected: &Value, found: &Value) -> Value {
    let members = expected.as_object().into_iter().flatten();
    members
        .filter_map(|(name, value)| {
            let found = found.get(name)?;
            let same_name = name == "Name"
                && text(value).is_some_and(|name| Some(name.to_lowercase()) == text(found));
            Some((
                name.clone(),
                if same_name {
                    value.clone()
                } else {
                    found.clone()
                },
            ))
        })
        .collect::<Map<_, _>>()
        .into()
}

struct Database;

impl Handler for Database {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let (name, input) = named(wanted, "DatabaseInput");
        inside.json(
            "glue",
            "CreateDatabase",
            &json!({"CatalogId": wanted.get("CatalogId"), "DatabaseInput": input}),
        )?;
        Ok(Made::new(name, json!({})))
    }

    fn update(
        &self,
        physical_id: &str,
        _old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        let mut input = wanted
            .get("DatabaseInput")
            .cloned()
            .unwrap_or_else(|| json!({}));
        if input.get("Name").is_none() {
            input["Name"] = Value::from(physical_id);
        }
        inside.json("glue", "UpdateDatabase", &json!({"CatalogId": wanted.get("CatalogId"), "Name": physical_id, "DatabaseInput": input}))?;
        Ok(Made::new(physical_id, json!({})))
    }

    fn delete(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        inside.json(
            "glue",
            "DeleteDatabase",
            &json!({"CatalogId": properties.get("CatalogId"), "Name": physical_id}),
        )?;
        Ok(())
    }

    fn read(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        let found = inside.json("glue", "GetDatabase", &json!({"Name": physical_id}))?;
        let mut actual = properties.clone();
        actual["DatabaseInput"] =
            expected_members(&properties["DatabaseInput"], &found["Database"]);
        Ok(Some(actual))
    }
}

/// A table's physical id is its name alone; its database is among its properties.
struct Table;

impl Handler for Table {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let (name, input) = named(wanted, "TableInput");
        let mut request = json!({
            "CatalogId": wanted.get("CatalogId"),
            "DatabaseName": wanted.get("DatabaseName"),
            "TableInput": input,
        });
        if let Some(format) = wanted.get("OpenTableFormatInput") {
            request["OpenTableFormatInput"] = format.clone();
        }
        inside.json("glue", "CreateTable", &request)?;
        Ok(Made::new(name, json!({})))
    }

    fn update(
        &self,
        physical_id: &str,
        _old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        let mut input = wanted
            .get("TableInput")
            .cloned()
            .unwrap_or_else(|| json!({}));
        if input.get("Name").is_none() {
            input["Name"] = Value::from(physical_id);
        }
        inside.json(
            "glue",
            "UpdateTable",
            &json!({
                "CatalogId": wanted.get("CatalogId"),
                "DatabaseName": wanted.get("DatabaseName"),
                "TableInput": input,
            }),
        )?;
        Ok(Made::new(physical_id, json!({})))
    }

    fn delete(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        inside.json(
            "glue",
            "DeleteTable",
            &json!({"DatabaseName": properties["DatabaseName"], "Name": physical_id}),
        )?;
        Ok(())
    }

    fn read(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        let found = inside.json(
            "glue",
            "GetTable",
            &json!({"DatabaseName": properties["DatabaseName"], "Name": physical_id}),
        )?;
        let mut actual = properties.clone();
        actual["TableInput"] = expected_members(&properties["TableInput"], &found["Table"]);
        Ok(Some(actual))
    }
}
