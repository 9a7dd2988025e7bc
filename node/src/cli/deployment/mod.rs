//! `datamesh deployment …`

mod difference;
mod shown;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use datamesh_proto::v1;
use prost_types::Value;
use prost_types::value::Kind;

use super::cx::Cx;
use super::exit::Exit;
use super::failure::Failure;
use super::follow::{self, Opening};
use super::globals::{Change, Format, Paging};
use super::resource::{Goal, Resource};
use super::session::Session;
use super::{json, listing, lookup, output, paged};

/// What can be done with deployments.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Deploy a template or a blueprint to an environment of a project
    Create(Create),
    /// Show a deployment
    Get {
        /// Its id
        deployment: String,
    },
    /// List deployments, newest first
    List {
        /// Only those of this project: its id, its name, or domain/project
        #[arg(long)]
        project: Option<String>,
        /// Only those in this environment: dev, staging or prod
        #[arg(long, default_value = "", hide_default_value = true)]
        environment: String,
        /// Only those with this status: IN_PROGRESS, SUCCESS, FAILED, PREVIEWED
        #[arg(long, value_parser = status)]
        status: Option<v1::deployment::Status>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Print every change of a deployment until it has ended
    Watch {
        /// Its id
        deployment: String,
    },
    /// Put the environment back to what it was before a deployment
    Rollback {
        /// The deployment to undo: its id
        deployment: String,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        #[command(flatten)]
        change: Change,
    },
}

/// Asks for a deployment. Without a template and a blueprint it is what runs in the environment before.
#[derive(Args, Debug)]
pub struct Create {
    /// The project: its id, its name, or domain/project
    project: String,
    /// The environment: dev, staging or prod
    environment: String,
    /// The file with the CloudFormation template, JSON or YAML
    #[arg(long, value_name = "FILE", conflicts_with = "blueprint")]
    template: Option<PathBuf>,
    /// A blueprint in place of a template: `datamesh blueprint list` shows them
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    blueprint: String,
    /// A parameter of the template; as often as needed
    #[arg(short, long = "parameter", value_name = "NAME=VALUE", value_parser = pair)]
    parameters: Vec<(String, String)>,
    /// Refuse unless template and parameters have this digest
    #[arg(long, default_value = "", hide_default_value = true)]
    digest: String,
    /// Only show what would change
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    change: Change,
}

/// Does it.
///
/// # Errors
/// What the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let session = cx.api().await?;
    let format = cx.globals.output;
    match verb {
        Verb::Create(create) => self::create(create, &session, cx).await,
        Verb::Get { deployment } => {
            let request = v1::GetDeploymentRequest {
                deployment_id: deployment,
            };
            let deployment = session
                .deployments()
                .get_deployment(request)
                .await?
                .into_inner();
            output::resource(cx.terminal, format, &deployment)
        }
        Verb::List {
            project,
            environment,
            status,
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
                    let request = v1::ListDeploymentsRequest {
                        page_size,
                        page_token,
                        project_id: project_id.clone(),
                        environment: environment.clone(),
                        status: status.unwrap_or_default() as i32,
                        ..Default::default()
                    };
                    async move { deployments.list_deployments(request).await }
                },
                |page| (page.deployments, page.next_page_token),
            )
            .await?;
            listing::print(
                cx,
                read,
                "no deployments; make one with `datamesh deployment create PROJECT dev --blueprint project`",
                |deployments| {
                    let next_page_token = String::new();
                    json::of(
                        &v1::ListDeploymentsResponse {
                            deployments,
                            next_page_token,
                        },
                        "ListDeploymentsResponse",
                    )
                },
            )
        }
        Verb::Watch { deployment } => {
            follow::watch(cx.terminal, format, opening(&session, deployment)).await
        }
        Verb::Rollback {
            deployment,
            reason,
            change,
        } => {
            let request = v1::RollbackDeploymentRequest {
                deployment_id: deployment,
                reason,
                promotion_id: String::new(),
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = session
                .deployments()
                .rollback_deployment(request)
                .await?
                .into_inner();
            finish(cx, &session, &change, first).await
        }
    }
}

async fn create(create: Create, session: &Session, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let format = cx.globals.output;
    let cfn_template = match &create.template {
        Some(file) => Some(read(file)?),
        None => None,
    };
    let request = v1::CreateDeploymentRequest {
        project_id: lookup::project(session, &create.project).await?,
        target_environment: create.environment,
        cfn_template,
        blueprint: create.blueprint,
        parameters: HashMap::from_iter(create.parameters),
        digest: create.digest,
        dry_run: create.dry_run,
        promotion_id: String::new(),
        request_id: create.change.request_id.clone().unwrap_or_default(),
        wait: false,
    };
    let first = session
        .deployments()
        .create_deployment(request)
        .await?
        .into_inner();
    let people = matches!(format, Format::Table | Format::Wide);
    if !(create.dry_run && people) {
        return finish(cx, session, &create.change, first).await;
    }
    let timeout = create.change.wait_timeout;
    let open = |id| opening(session, id);
    let last = follow::wait(cx.terminal, timeout, Goal::Settled, first, open).await?;
    if last.status() == v1::deployment::Status::Previewed {
        return output::write(cx.terminal, &difference::plan(&last.changes));
    }
    let text = format!("the preview ended {}: {}", last.state(), last.error_message);
    Err(Failure::new(Exit::EndedFailed, text))
}

async fn finish(
    cx: &mut Cx<'_>,
    session: &Session,
    change: &Change,
    first: v1::Deployment,
) -> Result<(), Failure> {
    let format = cx.globals.output;
    follow::finish(cx.terminal, format, change, Goal::Settled, first, |id| {
        opening(session, id)
    })
    .await
}

fn opening(session: &Session, deployment_id: String) -> Opening<v1::Deployment> {
    let mut deployments = session.deployments();
    Box::pin(async move {
        deployments
            .watch_deployment(v1::WatchDeploymentRequest { deployment_id })
            .await
    })
}

fn read(file: &Path) -> Result<Value, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    Ok(Value {
        kind: Some(Kind::StringValue(text)),
    })
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

fn status(name: &str) -> Result<v1::deployment::Status, String> {
    v1::deployment::Status::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "there is no such status".to_owned())
}
