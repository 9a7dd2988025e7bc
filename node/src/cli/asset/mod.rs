//! `datamesh asset …`

mod shown;

use std::collections::HashMap;

use clap::Subcommand;
use datamesh_proto::v1;

use super::cx::Cx;
use super::failure::Failure;
use super::follow::{self, Opening};
use super::globals::{Change, Format, Paging, Precondition};
use super::grid::{self, Field, always};
use super::resource::Goal;
use super::session::Session;
use super::{json, listing, lookup, output, paged};

/// What can be done with assets.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Record an asset, and publish it unless --draft
    Create {
        /// Its name
        name: String,
        /// The project that will own it: its id, its name, or domain/project
        #[arg(long)]
        project: String,
        /// Where its files are: s3://bucket/prefix/
        #[arg(long, value_name = "URL")]
        s3_location: String,
        /// The Glue table that describes it: database.table
        #[arg(long, value_name = "TABLE")]
        glue_table: String,
        /// The format of its files: csv, json, parquet, orc, avro or iceberg
        #[arg(long)]
        format: String,
        /// What it holds
        #[arg(long, default_value = "", hide_default_value = true)]
        description: String,
        /// An entry of its business metadata; repeat for more
        #[arg(long = "metadata", value_name = "KEY=VALUE", value_parser = entry)]
        metadata: Vec<(String, String)>,
        /// Only record it; publish it later
        #[arg(long)]
        draft: bool,
        #[command(flatten)]
        change: Change,
    },
    /// Show an asset
    Get {
        /// Its id, its name, or domain/project/asset
        asset: String,
    },
    /// List assets, oldest first
    List {
        /// Only those of this domain: its id or name
        #[arg(long)]
        domain: Option<String>,
        /// Only those of this project: its id, its name, or domain/project
        #[arg(long)]
        project: Option<String>,
        /// Only those in this state: CREATING, ACTIVE, UPDATING, DELETING, FAILED
        #[arg(long, value_parser = status)]
        status: Option<v1::asset::Status>,
        /// Only those whose publication is in this state: DRAFT, PUBLISHING, PUBLISHED, UNPUBLISHING,
        /// UNPUBLISHED, PUBLISH_FAILED
        #[arg(long, value_name = "STATUS", value_parser = publish_status)]
        publish_status: Option<v1::asset::PublishStatus>,
        /// Only those in this format
        #[arg(long, default_value = "", hide_default_value = true)]
        format: String,
        #[command(flatten)]
        paging: Paging,
    },
    /// Change the name, the description or the metadata of an asset
    Update {
        /// Its id, its name, or domain/project/asset
        asset: String,
        /// The new name
        #[arg(long, required_unless_present_any = ["description", "metadata", "no_metadata"])]
        name: Option<String>,
        /// The new description
        #[arg(long)]
        description: Option<String>,
        /// An entry of the new metadata, which replaces the old; repeat for more
        #[arg(long = "metadata", value_name = "KEY=VALUE", value_parser = entry)]
        metadata: Vec<(String, String)>,
        /// Take all metadata away
        #[arg(long, conflicts_with = "metadata")]
        no_metadata: bool,
        #[command(flatten)]
        precondition: Precondition,
        #[command(flatten)]
        change: Change,
    },
    /// Publish a draft, an unpublished asset, or one whose publication failed
    Publish {
        /// Its id, its name, or domain/project/asset
        asset: String,
        #[command(flatten)]
        precondition: Precondition,
        #[command(flatten)]
        change: Change,
    },
    /// Take an asset out of the catalogue; the asset stays
    Unpublish {
        /// Its id, its name, or domain/project/asset
        asset: String,
        #[command(flatten)]
        precondition: Precondition,
        #[command(flatten)]
        change: Change,
    },
    /// Delete an asset; its Glue table and its files stay
    Delete {
        /// Its id, its name, or domain/project/asset
        asset: String,
        #[command(flatten)]
        precondition: Precondition,
        #[command(flatten)]
        change: Change,
    },
    /// Print every change of an asset until it is deleted
    Watch {
        /// Its id, its name, or domain/project/asset
        asset: String,
    },
}

/// Does it.
///
/// # Errors
/// What the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let session = cx.api().await?;
    match verb {
        Verb::Create {
            name,
            project,
            s3_location,
            glue_table,
            format,
            description,
            metadata,
            draft,
            change,
        } => {
            let request = v1::CreateAssetRequest {
                project_id: lookup::project(&session, &project).await?,
                asset_name: name,
                s3_location,
                glue_table,
                format,
                description,
                metadata: metadata.into_iter().collect(),
                draft,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = session.assets().create_asset(request).await?.into_inner();
            finish(cx, &session, &change, Goal::Settled, first).await
        }
        Verb::Get { asset } => get(cx, &session, &asset).await,
        Verb::List {
            domain,
            project,
            status,
            publish_status,
            format,
            paging,
        } => {
            let mut filter = v1::ListAssetsRequest {
                status: status.unwrap_or_default() as i32,
                publish_status: publish_status.unwrap_or_default() as i32,
                format,
                ..Default::default()
            };
            if let Some(domain) = domain {
                filter.domain_id = lookup::domain(&session, &domain).await?;
            }
            if let Some(project) = project {
                filter.project_id = lookup::project(&session, &project).await?;
            }
            list(cx, &session, filter, paging).await
        }
        Verb::Update {
            asset,
            name,
            description,
            metadata,
            no_metadata,
            precondition,
            change,
        } => {
            let mask = no_metadata.then(|| mask_of(&name, &description));
            let request = v1::UpdateAssetRequest {
                asset_id: lookup::asset(&session, &asset).await?,
                asset_name: name,
                description,
                metadata: metadata.into_iter().collect::<HashMap<_, _>>(),
                update_mask: mask,
                etag: precondition.etag,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = session.assets().update_asset(request).await?.into_inner();
            finish(cx, &session, &change, Goal::Settled, first).await
        }
        Verb::Publish {
            asset,
            precondition,
            change,
        } => {
            let request = v1::PublishAssetRequest {
                asset_id: lookup::asset(&session, &asset).await?,
                etag: precondition.etag,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = session.assets().publish_asset(request).await?.into_inner();
            finish(cx, &session, &change, Goal::Settled, first).await
        }
        Verb::Unpublish {
            asset,
            precondition,
            change,
        } => {
            let request = v1::UnpublishAssetRequest {
                asset_id: lookup::asset(&session, &asset).await?,
                etag: precondition.etag,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = session
                .assets()
                .unpublish_asset(request)
                .await?
                .into_inner();
            finish(cx, &session, &change, Goal::Settled, first).await
        }
        Verb::Delete {
            asset,
            precondition,
            change,
        } => {
            let request = v1::DeleteAssetRequest {
                asset_id: lookup::asset(&session, &asset).await?,
                etag: precondition.etag,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = session.assets().delete_asset(request).await?.into_inner();
            finish(cx, &session, &change, Goal::Deleted, first).await
        }
        Verb::Watch { asset } => {
            let asset_id = lookup::asset(&session, &asset).await?;
            follow::watch(cx.terminal, cx.globals.output, opening(&session, asset_id)).await
        }
    }
}

async fn get(cx: &mut Cx<'_>, session: &Session, reference: &str) -> Result<(), Failure> {
    let format = cx.globals.output;
    let asset_id = lookup::asset(session, reference).await?;
    let request = v1::GetAssetRequest { asset_id };
    let asset = session.assets().get_asset(request).await?.into_inner();
    output::resource(cx.terminal, format, &asset)?;
    if matches!(format, Format::Table | Format::Wide) && !asset.columns.is_empty() {
        let columns = [always("COLUMN"), always("TYPE"), always("COMMENT")];
        let rows = asset
            .columns
            .iter()
            .map(|column| {
                vec![
                    Field::plain(&column.name),
                    Field::plain(&column.r#type),
                    Field::faint(&column.comment),
                ]
            })
            .collect();
        let table = grid::table(&columns, rows, false, cx.terminal);
        output::write(cx.terminal, &format!("\n{table}"))?;
    }
    Ok(())
}

async fn list(
    cx: &mut Cx<'_>,
    session: &Session,
    filter: v1::ListAssetsRequest,
    paging: Paging,
) -> Result<(), Failure> {
    let assets = session.assets();
    let read = paged::read(
        paging.limit,
        |page_size, page_token| {
            let mut assets = assets.clone();
            let request = v1::ListAssetsRequest {
                page_size,
                page_token,
                ..filter.clone()
            };
            async move { assets.list_assets(request).await }
        },
        |page| (page.assets, page.next_page_token),
    )
    .await?;
    listing::print(
        cx,
        read,
        "no assets; `datamesh asset create --help` says how to make one",
        |assets| {
            let next_page_token = String::new();
            json::of(
                &v1::ListAssetsResponse {
                    assets,
                    next_page_token,
                },
                "ListAssetsResponse",
            )
        },
    )
}

async fn finish(
    cx: &mut Cx<'_>,
    session: &Session,
    change: &Change,
    goal: Goal,
    first: v1::Asset,
) -> Result<(), Failure> {
    let format = cx.globals.output;
    follow::finish(cx.terminal, format, change, goal, first, |id| {
        opening(session, id)
    })
    .await
}

fn opening(session: &Session, asset_id: String) -> Opening<v1::Asset> {
    let mut assets = session.assets();
    Box::pin(async move { assets.watch_asset(v1::WatchAssetRequest { asset_id }).await })
}

fn mask_of(name: &Option<String>, description: &Option<String>) -> prost_types::FieldMask {
    let given = [
        (name.is_some(), "asset_name"),
        (description.is_some(), "description"),
        (true, "metadata"),
    ];
    prost_types::FieldMask {
        paths: given
            .iter()
            .filter(|(is_given, _)| *is_given)
            .map(|(_, path)| (*path).to_owned())
            .collect(),
    }
}

fn entry(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .ok_or_else(|| "write KEY=VALUE".to_owned())
}

fn status(name: &str) -> Result<v1::asset::Status, String> {
    v1::asset::Status::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "there is no such status".to_owned())
}

fn publish_status(name: &str) -> Result<v1::asset::PublishStatus, String> {
    v1::asset::PublishStatus::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "there is no such status".to_owned())
}
