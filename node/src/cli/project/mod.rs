//! `datamesh project …`

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

/// What can be done with projects.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Create a project in a domain
    Create {
        /// Its name: letters, digits, spaces and `_-.`
        name: String,
        /// The domain to put it in: its id or name
        #[arg(long)]
        domain: String,
        /// What it is for
        #[arg(long, default_value = "", hide_default_value = true)]
        description: String,
        #[command(flatten)]
        change: Change,
    },
    /// Show a project
    Get {
        /// Its id, its name, or domain/project
        project: String,
    },
    /// List projects, oldest first
    List {
        /// Only those of this domain: its id or name
        #[arg(long)]
        domain: Option<String>,
        /// Only those in this state: CREATING, ACTIVE, UPDATING, DELETING, FAILED
        #[arg(long, value_parser = status)]
        status: Option<v1::project::Status>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Change the name or the description of a project
    Update {
        /// Its id, its name, or domain/project
        project: String,
        /// The new name
        #[arg(long, required_unless_present = "description")]
        name: Option<String>,
        /// The new description
        #[arg(long)]
        description: Option<String>,
        #[command(flatten)]
        precondition: Precondition,
        #[command(flatten)]
        change: Change,
    },
    /// Delete a project that has no assets
    Delete {
        /// Its id, its name, or domain/project
        project: String,
        #[command(flatten)]
        precondition: Precondition,
        #[command(flatten)]
        change: Change,
    },
    /// Print every change of a project until it is deleted
    Watch {
        /// Its id, its name, or domain/project
        project: String,
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
            domain,
            description,
            change,
        } => {
            let request = v1::CreateProjectRequest {
                domain_id: lookup::domain(&session, &domain).await?,
                project_name: name,
                description,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = session
                .projects()
                .create_project(request)
                .await?
                .into_inner();
            finish(cx, &session, &change, Goal::Settled, first).await
        }
        Verb::Get { project } => {
            let project_id = lookup::project(&session, &project).await?;
            let request = v1::GetProjectRequest { project_id };
            let project = session.projects().get_project(request).await?.into_inner();
            output::resource(cx.terminal, format, &project)
        }
        Verb::List {
            domain,
            status,
            paging,
        } => {
            let domain_id = match domain {
                Some(domain) => lookup::domain(&session, &domain).await?,
                None => String::new(),
            };
            let projects = session.projects();
            let read = paged::read(
                paging.limit,
                |page_size, page_token| {
                    let mut projects = projects.clone();
                    let request = v1::ListProjectsRequest {
                        page_size,
                        page_token,
                        domain_id: domain_id.clone(),
                        status: status.unwrap_or_default() as i32,
                        ..Default::default()
                    };
                    async move { projects.list_projects(request).await }
                },
                |page| (page.projects, page.next_page_token),
            )
            .await?;
            listing::print(
                cx,
                read,
                "no projects; make one with `datamesh project create NAME --domain DOMAIN`",
                |projects| {
                    let next_page_token = String::new();
                    json::of(
                        &v1::ListProjectsResponse {
                            projects,
                            next_page_token,
                        },
                        "ListProjectsResponse",
                    )
                },
            )
        }
        Verb::Update {
            project,
            name,
            description,
            precondition,
            change,
        } => {
            let request = v1::UpdateProjectRequest {
                project_id: lookup::project(&session, &project).await?,
                project_name: name,
                description,
                update_mask: None,
                etag: precondition.etag,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = session
                .projects()
                .update_project(request)
                .await?
                .into_inner();
            finish(cx, &session, &change, Goal::Settled, first).await
        }
        Verb::Delete {
            project,
            precondition,
            change,
        } => {
            let request = v1::DeleteProjectRequest {
                project_id: lookup::project(&session, &project).await?,
                etag: precondition.etag,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = session
                .projects()
                .delete_project(request)
                .await?
                .into_inner();
            finish(cx, &session, &change, Goal::Deleted, first).await
        }
        Verb::Watch { project } => {
            let project_id = lookup::project(&session, &project).await?;
            follow::watch(cx.terminal, format, opening(&session, project_id)).await
        }
    }
}

async fn finish(
    cx: &mut Cx<'_>,
    session: &Session,
    change: &Change,
    goal: Goal,
    first: v1::Project,
) -> Result<(), Failure> {
    let format = cx.globals.output;
    follow::finish(cx.terminal, format, change, goal, first, |id| {
        opening(session, id)
    })
    .await
}

fn opening(session: &Session, project_id: String) -> Opening<v1::Project> {
    let mut projects = session.projects();
    Box::pin(async move {
        projects
            .watch_project(v1::WatchProjectRequest { project_id })
            .await
    })
}

fn status(name: &str) -> Result<v1::project::Status, String> {
    v1::project::Status::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "there is no such status".to_owned())
}
