//! `datamesh lake …`: what permissions stand on.

mod kind;
mod shown;

use clap::Subcommand;
use datamesh_proto::v1;

use super::cx::Cx;
use super::failure::Failure;
use super::globals::Paging;
use super::session::Session;
use super::{json, listing, output, paged};

use kind::Kind;

/// What can be done with what permissions stand on.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Put something into an account's Lake Formation, and keep it
    Put {
        #[command(subcommand)]
        kind: Kind,
        /// In this account [default: the server's own]
        #[arg(long, global = true, default_value = "", hide_default_value = true)]
        account: String,
        /// In this region [default: the server's own]
        #[arg(long, global = true, default_value = "", hide_default_value = true)]
        region: String,
        /// Why
        #[arg(long, global = true, default_value = "", hide_default_value = true)]
        reason: String,
        /// Makes the command safe to repeat: the same id with the same content is done once
        #[arg(long, global = true, value_name = "ID")]
        request_id: Option<String>,
        /// Wait for the end, a minute at most
        #[arg(short, long, global = true)]
        wait: bool,
    },
    /// Show something that is kept here, and who needs it
    Get {
        /// Its id
        resource: String,
    },
    /// List what is kept here
    List {
        /// Only those of this account
        #[arg(long, default_value = "", hide_default_value = true)]
        account: String,
        /// Only those of this kind: location, administrator, crossAccountVersion, tagKey, tag, filter,
        /// optIn, link
        #[arg(long, default_value = "", hide_default_value = true)]
        kind: String,
        /// Only those of this database
        #[arg(long, default_value = "", hide_default_value = true)]
        database: String,
        #[command(flatten)]
        paging: Paging,
    },
    /// Let go of something: it is taken away, unless somebody else needs it
    Delete {
        /// Its id
        resource: String,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        /// Makes the command safe to repeat: the same id with the same content is done once
        #[arg(long, value_name = "ID")]
        request_id: Option<String>,
        /// Wait for the end, a minute at most
        #[arg(short, long)]
        wait: bool,
    },
}

/// Does it.
///
/// # Errors
/// What the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let session = cx.api().await?;
    match verb {
        Verb::Put {
            kind,
            account,
            region,
            reason,
            request_id,
            wait,
        } => {
            let request = v1::PutLakeResourceRequest {
                spec: Some(v1::LakeSpec {
                    account,
                    region,
                    kind: Some(kind.spec()),
                }),
                reason,
                request_id: request_id.unwrap_or_default(),
                wait,
            };
            let put = session.lake_formation().put_lake_resource(request).await?;
            output::resource(cx.terminal, cx.globals.output, &put.into_inner())
        }
        Verb::Get { resource } => {
            let request = v1::GetLakeResourceRequest {
                resource_id: resource,
            };
            let found = session.lake_formation().get_lake_resource(request).await?;
            output::resource(cx.terminal, cx.globals.output, &found.into_inner())
        }
        Verb::List {
            account,
            kind,
            database,
            paging,
        } => {
            let asked = v1::ListLakeResourcesRequest {
                account,
                kind,
                database,
                ..Default::default()
            };
            list(cx, &session, asked, paging).await
        }
        Verb::Delete {
            resource,
            reason,
            request_id,
            wait,
        } => {
            let request = v1::DeleteLakeResourceRequest {
                resource_id: resource,
                reason,
                request_id: request_id.unwrap_or_default(),
                wait,
            };
            let gone = session
                .lake_formation()
                .delete_lake_resource(request)
                .await?;
            output::resource(cx.terminal, cx.globals.output, &gone.into_inner())
        }
    }
}

async fn list(
    cx: &mut Cx<'_>,
    session: &Session,
    asked: v1::ListLakeResourcesRequest,
    paging: Paging,
) -> Result<(), Failure> {
    let lake = session.lake_formation();
    let read = paged::read(
        paging.limit,
        |page_size, page_token| {
            let mut lake = lake.clone();
            let request = v1::ListLakeResourcesRequest {
                page_size,
                page_token,
                ..asked.clone()
            };
            async move { lake.list_lake_resources(request).await }
        },
        |page| (page.resources, page.next_page_token),
    )
    .await?;
    listing::print(
        cx,
        read,
        "nothing is kept here; put something with `datamesh lake put`",
        |resources| {
            let next_page_token = String::new();
            json::of(
                &v1::ListLakeResourcesResponse {
                    resources,
                    next_page_token,
                },
                "ListLakeResourcesResponse",
            )
        },
    )
}
