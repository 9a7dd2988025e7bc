//! `datamesh environment …`

mod shown;

use std::io::Write;

use clap::{Args, Subcommand};
use datamesh_proto::v1;

use self::shown::{COLUMNS, checks, record, row};
use super::cx::Cx;
use super::exit::Exit;
use super::failure::Failure;
use super::globals::{Format, Paging, Precondition};
use super::{json, listing, lookup, output, paged};

/// What can be done with environments.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// List environments, oldest first
    List {
        /// Only those of this project: its id, its name, or domain/project
        #[arg(long)]
        project: Option<String>,
        /// Only this one of each project: dev, staging or prod
        #[arg(long, default_value = "", hide_default_value = true)]
        environment: String,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show what is deployed in an environment
    Get {
        #[command(flatten)]
        place: Place,
    },
    /// Remove what is deployed in an environment: its stack is deleted
    Delete {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        precondition: Precondition,
        /// Makes the command safe to repeat
        #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
        request_id: String,
        /// Wait for the end, for a minute at most
        #[arg(short, long)]
        wait: bool,
    },
    /// Look whether what is deployed is still as it was deployed
    Drift {
        #[command(flatten)]
        place: Place,
    },
}

/// An environment of a project.
#[derive(Args, Debug)]
pub struct Place {
    /// The project: its id, its name, or domain/project
    project: String,
    /// The environment: dev, staging or prod
    environment: String,
}

/// Does it.
///
/// # Errors
/// What the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let session = cx.api().await?;
    let format = cx.globals.output;
    match verb {
        Verb::List {
            project,
            environment,
            paging,
        } => {
            let project_id = match project {
                Some(project) => lookup::project(&session, &project).await?,
                None => String::new(),
            };
            let deployments = session.deployments();
            let read = paged::read(
                paging.limit,
                |page_size, page_token| {
                    let mut deployments = deployments.clone();
                    let request = v1::ListEnvironmentsRequest {
                        page_size,
                        page_token,
                        project_id: project_id.clone(),
                        environment: environment.clone(),
                    };
                    async move { deployments.list_environments(request).await }
                },
                |page| (page.environments, page.next_page_token),
            )
            .await?;
            let rows = read.items.iter().map(row).collect();
            let shown = read.items.len();
            let nothing =
                "nothing is deployed; deploy with `datamesh deployment create PROJECT dev`";
            output::list(cx.terminal, format, COLUMNS, rows, nothing, || {
                json::of(
                    &v1::ListEnvironmentsResponse {
                        environments: read.items,
                        next_page_token: String::new(),
                    },
                    "ListEnvironmentsResponse",
                )
            })?;
            listing::cut_note(cx, read.more, shown)
        }
        Verb::Get { place } => {
            let request = v1::GetEnvironmentRequest {
                project_id: lookup::project(&session, &place.project).await?,
                environment: place.environment,
            };
            let environment = session
                .deployments()
                .get_environment(request)
                .await?
                .into_inner();
            print(&environment, cx)
        }
        Verb::Delete {
            place,
            precondition,
            request_id,
            wait,
        } => {
            let request = v1::DeleteEnvironmentRequest {
                project_id: lookup::project(&session, &place.project).await?,
                environment: place.environment,
                etag: precondition.etag,
                request_id,
                wait,
            };
            let environment = session
                .deployments()
                .delete_environment(request)
                .await?
                .into_inner();
            print(&environment, cx)?;
            if environment.status() == v1::environment::Status::Deleting {
                writeln!(
                    cx.terminal.err,
                    "DELETING goes on: follow it with `datamesh deployment watch {}`",
                    environment.running_deployment_id
                )?;
            }
            Ok(())
        }
        Verb::Drift { place } => {
            let request = v1::DetectDriftRequest {
                project_id: lookup::project(&session, &place.project).await?,
                environment: place.environment,
                request_id: String::new(),
            };
            let found = session
                .deployments()
                .detect_drift(request)
                .await?
                .into_inner();
            match format {
                Format::Table | Format::Wide => checks(&found.checks, cx)?,
                format => {
                    let document = json::of(&found, "DetectDriftResponse")?;
                    output::document(cx.terminal, format, &document)?;
                }
            }
            match found.drift_status.as_str() {
                "DRIFTED" => Err(Failure::new(
                    Exit::EndedFailed,
                    "what is deployed was changed beside the stack",
                )),
                _ => Ok(()),
            }
        }
    }
}

fn print(environment: &v1::Environment, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let format = cx.globals.output;
    let fields = record(environment, cx.terminal.now());
    output::one(cx.terminal, format, &fields, || {
        json::of(environment, "Environment")
    })
}
