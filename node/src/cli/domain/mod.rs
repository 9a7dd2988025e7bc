//! `datamesh domain …`

mod shown;

use clap::Subcommand;
use datamesh_proto::v1;

use super::cx::Cx;
use super::failure::Failure;
use super::follow::{self, Opening};
use super::globals::{Change, Paging, Precondition};
use super::resource::Goal;
use super::session::Session;
use super::{json, listing, lookup, output, paged};

/// What can be done with domains.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Create a domain (admins only)
    Create {
        /// Its name: a-z, 0-9 and '-'
        name: String,
        /// A group whose members own it; repeat for more
        #[arg(
            long = "owner-group",
            value_name = "GROUP",
            required = true,
            value_delimiter = ','
        )]
        owner_groups: Vec<String>,
        /// What it is for
        #[arg(long, default_value = "")]
        description: String,
        /// The AWS account to hold it [default: the installation's own]
        #[arg(
            long,
            value_name = "ACCOUNT",
            default_value = "",
            hide_default_value = true
        )]
        aws_account: String,
        /// The AWS region to hold it [default: the installation's own]
        #[arg(long, default_value = "", hide_default_value = true)]
        region: String,
        #[command(flatten)]
        change: Change,
    },
    /// Show a domain
    Get {
        /// Its id or name
        domain: String,
    },
    /// List domains, oldest first
    List {
        /// Only those in this state: CREATING, ACTIVE, UPDATING, DELETING, FAILED
        #[arg(long, value_parser = status)]
        status: Option<v1::domain::Status>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Change the description or the owners of a domain
    Update {
        /// Its id or name
        domain: String,
        /// The new description
        #[arg(long, required_unless_present = "owner_groups")]
        description: Option<String>,
        /// A group of the new owners, which replace the old; repeat for more
        #[arg(long = "owner-group", value_name = "GROUP", value_delimiter = ',')]
        owner_groups: Vec<String>,
        #[command(flatten)]
        precondition: Precondition,
        #[command(flatten)]
        change: Change,
    },
    /// Delete a domain that has no projects (admins only)
    Delete {
        /// Its id or name
        domain: String,
        #[command(flatten)]
        precondition: Precondition,
        #[command(flatten)]
        change: Change,
    },
    /// Print every change of a domain until it is deleted
    Watch {
        /// Its id or name
        domain: String,
    },
}

/// Does it.
///
/// # Errors
/// What the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let session = cx.api().await?;
    let format = cx.globals.output;
    match verb {
        Verb::Create {
            name,
            owner_groups,
            description,
            aws_account,
            region,
            change,
        } => {
            let request = v1::CreateDomainRequest {
                domain_name: name,
                description,
                owner_groups,
                aws_account_id: aws_account,
                region,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = session.domains().create_domain(request).await?.into_inner();
            finish(cx, &session, &change, Goal::Settled, first).await
        }
        Verb::Get { domain } => {
            let domain_id = lookup::domain(&session, &domain).await?;
            let request = v1::GetDomainRequest { domain_id };
            let domain = session.domains().get_domain(request).await?.into_inner();
            output::resource(cx.terminal, format, &domain)
        }
        Verb::List { status, paging } => {
            let domains = session.domains();
            let read = paged::read(
                paging.limit,
                |page_size, page_token| {
                    let mut domains = domains.clone();
                    let request = v1::ListDomainsRequest {
                        page_size,
                        page_token,
                        status: status.unwrap_or_default() as i32,
                        ..Default::default()
                    };
                    async move { domains.list_domains(request).await }
                },
                |page| (page.domains, page.next_page_token),
            )
            .await?;
            listing::print(
                cx,
                read,
                "no domains; make one with `datamesh domain create NAME --owner-group GROUP`",
                |domains| {
                    let next_page_token = String::new();
                    json::of(
                        &v1::ListDomainsResponse {
                            domains,
                            next_page_token,
                        },
                        "ListDomainsResponse",
                    )
                },
            )
        }
        Verb::Update {
            domain,
            description,
            owner_groups,
            precondition,
            change,
        } => {
            let request = v1::UpdateDomainRequest {
                domain_id: lookup::domain(&session, &domain).await?,
                description,
                owner_groups,
                update_mask: None,
                etag: precondition.etag,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = session.domains().update_domain(request).await?.into_inner();
            finish(cx, &session, &change, Goal::Settled, first).await
        }
        Verb::Delete {
            domain,
            precondition,
            change,
        } => {
            let request = v1::DeleteDomainRequest {
                domain_id: lookup::domain(&session, &domain).await?,
                etag: precondition.etag,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = session.domains().delete_domain(request).await?.into_inner();
            finish(cx, &session, &change, Goal::Deleted, first).await
        }
        Verb::Watch { domain } => {
            let domain_id = lookup::domain(&session, &domain).await?;
            follow::watch(cx.terminal, format, opening(&session, domain_id)).await
        }
    }
}

async fn finish(
    cx: &mut Cx<'_>,
    session: &Session,
    change: &Change,
    goal: Goal,
    first: v1::Domain,
) -> Result<(), Failure> {
    let format = cx.globals.output;
    follow::finish(cx.terminal, format, change, goal, first, |id| {
        opening(session, id)
    })
    .await
}

fn opening(session: &Session, domain_id: String) -> Opening<v1::Domain> {
    let mut domains = session.domains();
    Box::pin(async move {
        domains
            .watch_domain(v1::WatchDomainRequest { domain_id })
            .await
    })
}

fn status(name: &str) -> Result<v1::domain::Status, String> {
    v1::domain::Status::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "there is no such status".to_owned())
}
