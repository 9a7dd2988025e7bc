use std::collections::BTreeMap;

use datamesh_aws::datazone::Form;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::asset::state::{Content, State};
use crate::asset::{AssetRecord, Column};
use crate::validate::GlueTableName;
use crate::world::Place;

/// An asset as DataZone is told of it. All of it is in the effect, so that every try says the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The name.
    pub name: String,
    /// What it holds; may be empty.
    pub text: String,
    /// Business metadata.
    pub metadata: BTreeMap<String, String>,
    /// `database.table`.
    pub glue_table: String,
    /// The account whose catalogue has the table.
    pub catalog_id: String,
    /// The table's columns.
    pub columns: Vec<Column>,
}

impl Description {
    pub(super) fn of(record: &AssetRecord, state: &State) -> Option<Self> {
        let work = state.work.as_ref()?;
        let home = state.home.as_ref()?;
        let Content {
            name,
            description,
            metadata,
        } = work.content.clone();
        let (catalog_id, columns) = match &work.table {
            Some(table) => (table.catalog_id.clone(), table.columns.clone()),
            None => (home.place.account.clone(), record.columns.clone()),
        };
        Some(Self {
            name,
            text: description,
            metadata,
            glue_table: record.glue_table.clone(),
            catalog_id,
            columns,
        })
    }

    pub(super) fn text(&self) -> Option<String> {
        (!self.text.is_empty()).then(|| self.text.clone())
    }

    /// The metadata forms of `amazon.datazone.GlueTableAssetType`. The schema of `GlueTableForm` takes a
    /// column's name and type and no comment; business metadata are custom properties of the common form.
    pub(super) fn forms(&self, place: &Place) -> Vec<Form> {
        let (database, table) = match GlueTableName::parse(&self.glue_table) {
            Ok(name) => (name.database, name.table),
            Err(_) => ("", self.glue_table.as_str()),
        };
        let Self { catalog_id, .. } = self;
        let region = &place.region;
        let partition = partition(region);
        let columns: Vec<_> = self
            .columns
            .iter()
            .map(|column| json!({ "columnName": column.name, "dataType": column.kind }))
            .collect();
        let mut forms = vec![form(
            "GlueTableForm",
            "amazon.datazone.GlueTableFormType",
            &json!({
                "catalogId": catalog_id,
                "databaseName": database,
                "tableName": table,
                "region": region,
                "tableArn": format!(
                    "arn:{partition}:glue:{region}:{catalog_id}:table/{database}/{table}"
                ),
                "columns": columns,
            }),
        )];
        if !self.metadata.is_empty() {
            forms.push(form(
                "AssetCommonDetailsForm",
                "amazon.datazone.AssetCommonDetailsFormType",
                &json!({ "customProperties": self.metadata }),
            ));
        }
        forms
    }
}

fn form(name: &str, type_id: &str, content: &serde_json::Value) -> Form {
    Form {
        name: name.to_owned(),
        type_id: Some(type_id.to_owned()),
        type_revision: None,
        content: Some(content.to_string()),
    }
}

/// The partition in the ARNs of a region.
fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn the_forms_describe_the_table_and_the_metadata() {
        let description = Description {
            name: "Transactions Table".into(),
            text: String::new(),
            metadata: BTreeMap::from([("owner".into(), "finance".into())]),
            glue_table: "finance_db.transactions".into(),
            catalog_id: "123456789012".into(),
            columns: vec![Column {
                name: "id".into(),
                kind: "string".into(),
                comment: "a key".into(),
            }],
        };
        let place = Place {
            account: "123456789012".into(),
            region: "eu-central-1".into(),
        };
        let forms = description.forms(&place);
        assert_eq!(forms.len(), 2);
        assert_eq!(
            forms[0].content.as_deref().unwrap(),
            concat!(
                r#"{"catalogId":"123456789012","databaseName":"finance_db","#,
                r#""tableName":"transactions","region":"eu-central-1","#,
                r#""tableArn":"arn:aws:glue:eu-central-1:123456789012:table/finance_db/transactions","#,
                r#""columns":[{"columnName":"id","dataType":"string"}]}"#
            )
        );
        assert_eq!(
            forms[1].content.as_deref().unwrap(),
            r#"{"customProperties":{"owner":"finance"}}"#
        );
    }

    #[test]
    fn regions_have_their_partition() {
        assert_eq!(partition("cn-north-1"), "aws-cn");
        assert_eq!(partition("us-gov-west-1"), "aws-us-gov");
        assert_eq!(partition("us-east-1"), "aws");
    }
}
