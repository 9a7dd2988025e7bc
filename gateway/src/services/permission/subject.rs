//! The table that an explanation is about, as people name it.

use datamesh_actors::Place;
use datamesh_actors::asset::{ASSETS, AssetRecord};
use datamesh_actors::domain::{DOMAINS, DomainRecord};
use datamesh_actors::project::{PROJECTS, ProjectRecord};
use datamesh_journal::ViewQuery;
use tonic::{Code, Status};

use crate::services::backend::Backend;
use crate::services::record::Record;
use crate::status::{invalid_field, with_reason};

/// A table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// The account and region that it is in, if an asset says so.
    pub place: Option<Place>,
    /// The database.
    pub database: String,
    /// The table.
    pub table: String,
}

/// Finds the table: `database.table`, an asset's id or `domain/project/asset`.
///
/// # Errors
/// `INVALID_FIELDS` for what is none of these; `ASSET_NOT_FOUND` and its kind; `ASSET_WITHOUT_TABLE`.
pub async fn find(backend: &Backend, text: &str) -> Result<Subject, Status> {
    let path: Vec<&str> = text.split('/').collect();
    let asset: AssetRecord = match path.as_slice() {
        [domain, project, asset] => by_path(backend, domain, project, asset).await?,
        [id] if id.starts_with("asset-") && !id.contains('.') => backend.get(id).await?,
        [name] => {
            let (database, table) = dotted(name).ok_or_else(|| {
                let rule = "must be database.table, an asset's id or domain/project/asset";
                invalid_field("table", rule)
            })?;
            return Ok(Subject {
                place: None,
                database,
                table,
            });
        }
        _ => {
            let rule = "has too many or too few parts: write domain/project/asset";
            return Err(invalid_field("table", rule));
        }
    };
    let (database, table) = dotted(&asset.glue_table).ok_or_else(|| {
        let message = format!(
            "the asset {} names no Glue table: set its glueTable, or name the table",
            asset.asset_id
        );
        with_reason(Code::FailedPrecondition, "ASSET_WITHOUT_TABLE", message)
    })?;
    let domain: DomainRecord = backend.get(&asset.domain_id).await?;
    Ok(Subject {
        place: Some(Place {
            account: domain.aws_account_id,
            region: domain.region,
        }),
        database,
        table,
    })
}

fn dotted(text: &str) -> Option<(String, String)> {
    let (database, table) = text.split_once('.')?;
    let good = !database.is_empty() && !table.is_empty();
    good.then(|| (database.to_owned(), table.to_owned()))
}

async fn by_path(
    backend: &Backend,
    domain: &str,
    project: &str,
    asset: &str,
) -> Result<AssetRecord, Status> {
    let named = [("domainName", domain)];
    let domain: DomainRecord = by_name(backend, DOMAINS, domain, &named).await?;
    let named = [("domainId", &*domain.domain_id), ("projectName", project)];
    let project: ProjectRecord = by_name(backend, PROJECTS, project, &named).await?;
    let named = [("projectId", &*project.project_id), ("assetName", asset)];
    by_name(backend, ASSETS, asset, &named).await
}

async fn by_name<R: Record>(
    backend: &Backend,
    collection: &str,
    name: &str,
    fields: &[(&str, &str)],
) -> Result<R, Status> {
    let fields = fields.iter();
    let query = ViewQuery {
        collection: collection.to_owned(),
        fields: fields
            .map(|&(field, value)| (field.to_owned(), value.to_owned()))
            .collect(),
        limit: 1,
        ..ViewQuery::default()
    };
    let (records, _) = backend.list::<R>(&query).await?;
    records.into_iter().next().ok_or_else(|| {
        let message = format!("there is no {} called {name:?}", R::NOUN);
        with_reason(Code::NotFound, R::NOT_FOUND, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_a_database_and_a_name() {
        let parts = |text| dotted(text).map(|(database, table)| format!("{database}|{table}"));
        assert_eq!(parts("sales.orders").as_deref(), Some("sales|orders"));
        for wrong in ["sales", ".orders", "sales.", ""] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }
}
