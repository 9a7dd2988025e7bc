//! `datamesh workflow …`

mod eval;
mod offline;
mod shown;

use std::path::PathBuf;

use clap::Subcommand;
use datamesh_actors::Place;
use datamesh_proto::v1;

use super::cx::Cx;
use super::failure::Failure;
use super::follow::{self, Opening};
use super::globals::{Change, Paging};
use super::resource::Goal;
use super::session::Session;
use super::{json, listing, output, paged};

/// What can be done with workflows and their executions.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Check a document, and say all that is wrong with it (needs no server)
    Validate {
        /// A file with a document in the Amazon States Language; `-` for standard input; or the name of a
        /// shipped workflow
        document: String,
        /// Check it as an express workflow
        #[arg(long)]
        express: bool,
    },
    /// Draw a document (needs no server)
    Show {
        /// A file, `-`, or the name of a shipped workflow
        document: String,
        /// Draw with ASCII characters only
        #[arg(long)]
        ascii: bool,
    },
    /// Write a shipped document out, to be changed or to be run by Step Functions (needs no server)
    Export {
        /// The workflow's name
        #[arg(default_value = "promotion")]
        workflow: String,
        /// The account that its ARNs name
        #[arg(long, default_value = "000000000000")]
        account: String,
        /// The region that its ARNs name
        #[arg(long, default_value = "us-east-1")]
        region: String,
        /// Where to write it [default: standard output]
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Run a document offline: waits cost nothing, tasks are answered from mocks (needs no server)
    Eval {
        /// A file, `-`, or the name of a shipped workflow
        #[arg(required_unless_present = "batch", conflicts_with = "batch")]
        document: Option<String>,
        /// The input, as JSON or as @FILE
        #[arg(long, value_name = "JSON", default_value = "{}")]
        input: String,
        /// A file with the outcomes of tasks: {"State": [{"result": …} or {"error": …, "cause": …}, …]}
        #[arg(long, value_name = "FILE")]
        mocks: Option<String>,
        /// Answer cases from standard input, a JSON line each: {"name", "definition", "input", "mocks"}
        #[arg(long)]
        batch: bool,
    },
    /// List the workflows
    List {
        #[command(flatten)]
        paging: Paging,
    },
    /// Run a workflow (admins only; promotions start theirs by themselves)
    Run {
        /// Its name
        workflow: String,
        /// The input, as JSON or as @FILE
        #[arg(long, value_name = "JSON", default_value = "{}")]
        input: String,
        #[command(flatten)]
        change: Change,
    },
    /// List executions, newest first
    Executions {
        /// Only those of this workflow
        #[arg(long, default_value = "", hide_default_value = true)]
        workflow: String,
        /// Only those in this state: RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED
        #[arg(long, value_parser = status)]
        status: Option<v1::execution::Status>,
        /// Only those that belong to this promotion
        #[arg(long, value_name = "ID")]
        promotion: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show an execution
    Get {
        /// Its id
        execution: String,
    },
    /// List the events of an execution, oldest first
    History {
        /// Its id
        execution: String,
        #[command(flatten)]
        paging: Paging,
    },
    /// Print every change of an execution
    Watch {
        /// Its id
        execution: String,
    },
    /// End an execution (admins only)
    Stop {
        /// Its id
        execution: String,
        /// The error to show
        #[arg(long, default_value = "", hide_default_value = true)]
        error: String,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        cause: String,
        /// Makes the command safe to repeat
        #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
        request_id: String,
    },
}

/// Does it.
///
/// # Errors
/// What is wrong with a document, or what the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    match verb {
        Verb::Validate { document, express } => offline::check(cx, &document, express),
        Verb::Show { document, ascii } => offline::draw(cx, &document, ascii),
        Verb::Export {
            workflow,
            account,
            region,
            file,
        } => {
            let home = Place { account, region };
            offline::export(cx, &workflow, &home, file.as_deref())
        }
        Verb::Eval {
            document: Some(document),
            input,
            mocks,
            ..
        } => eval::one(cx, &document, &input, mocks.as_deref()),
        Verb::Eval { .. } => eval::batch(cx),
        verb => on_server(verb, cx).await,
    }
}

async fn on_server(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let session = cx.api().await?;
    let format = cx.globals.output;
    match verb {
        Verb::List { paging } => list(cx, &session, paging).await,
        Verb::Run {
            workflow,
            input,
            change,
        } => {
            let input = eval::json_of("--input", &input)?;
            let request = v1::StartExecutionRequest {
                name: workflow,
                input: Some(json::to_value(input)),
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let started = session.workflows().start_execution(request).await?;
            let first = started.into_inner();
            let open = |id| opening(&session, id);
            follow::finish(cx.terminal, format, &change, Goal::Settled, first, open).await
        }
        Verb::Executions {
            workflow,
            status,
            promotion,
            paging,
        } => {
            let asked = v1::ListExecutionsRequest {
                workflow,
                status: status.unwrap_or_default() as i32,
                owner: promotion.map_or_else(String::new, |id| format!("promotion/{id}")),
                ..Default::default()
            };
            executions(cx, &session, asked, paging).await
        }
        Verb::Get { execution } => {
            let request = v1::GetExecutionRequest {
                execution_id: execution,
            };
            let found = session.workflows().get_execution(request).await?;
            output::resource(cx.terminal, cx.globals.output, &found.into_inner())
        }
        Verb::History { execution, paging } => history(cx, &session, execution, paging).await,
        Verb::Watch { execution } => {
            follow::watch(cx.terminal, format, opening(&session, execution)).await
        }
        Verb::Stop {
            execution,
            error,
            cause,
            request_id,
        } => {
            let request = v1::StopExecutionRequest {
                execution_id: execution,
                error,
                cause,
                request_id,
            };
            let stopped = session.workflows().stop_execution(request).await?;
            output::resource(cx.terminal, cx.globals.output, &stopped.into_inner())
        }
        Verb::Validate { .. } | Verb::Show { .. } | Verb::Export { .. } | Verb::Eval { .. } => {
            Ok(())
        }
    }
}

async fn list(cx: &mut Cx<'_>, session: &Session, paging: Paging) -> Result<(), Failure> {
    let workflows = session.workflows();
    let read = paged::read(
        paging.limit,
        |page_size, page_token| {
            let mut workflows = workflows.clone();
            let request = v1::ListWorkflowsRequest {
                page_size,
                page_token,
            };
            async move { workflows.list_workflows(request).await }
        },
        |page| (page.workflows, page.next_page_token),
    )
    .await?;
    let rows = read.items.iter().map(shown::workflow).collect();
    let (format, count) = (cx.globals.output, read.items.len());
    output::list(
        cx.terminal,
        format,
        &shown::WORKFLOWS,
        rows,
        "no workflows",
        || {
            let response = v1::ListWorkflowsResponse {
                workflows: read.items,
                next_page_token: String::new(),
            };
            json::of(&response, "ListWorkflowsResponse")
        },
    )?;
    listing::cut_note(cx, read.more, count)
}

async fn executions(
    cx: &mut Cx<'_>,
    session: &Session,
    asked: v1::ListExecutionsRequest,
    paging: Paging,
) -> Result<(), Failure> {
    let workflows = session.workflows();
    let read = paged::read(
        paging.limit,
        |page_size, page_token| {
            let mut workflows = workflows.clone();
            let request = v1::ListExecutionsRequest {
                page_size,
                page_token,
                ..asked.clone()
            };
            async move { workflows.list_executions(request).await }
        },
        |page| (page.executions, page.next_page_token),
    )
    .await?;
    listing::print(cx, read, "no executions", |executions| {
        let next_page_token = String::new();
        json::of(
            &v1::ListExecutionsResponse {
                executions,
                next_page_token,
            },
            "ListExecutionsResponse",
        )
    })
}

async fn history(
    cx: &mut Cx<'_>,
    session: &Session,
    execution_id: String,
    paging: Paging,
) -> Result<(), Failure> {
    let workflows = session.workflows();
    let read = paged::read(
        paging.limit,
        |page_size, page_token| {
            let mut workflows = workflows.clone();
            let request = v1::ListExecutionEventsRequest {
                execution_id: execution_id.clone(),
                page_size,
                page_token,
            };
            async move { workflows.list_execution_events(request).await }
        },
        |page| (page.events, page.next_page_token),
    )
    .await?;
    let rows = read.items.iter().map(shown::event).collect();
    let (format, count) = (cx.globals.output, read.items.len());
    output::list(
        cx.terminal,
        format,
        &shown::EVENTS,
        rows,
        "no events",
        || {
            let response = v1::ListExecutionEventsResponse {
                events: read.items,
                next_page_token: String::new(),
            };
            json::of(&response, "ListExecutionEventsResponse")
        },
    )?;
    listing::cut_note(cx, read.more, count)
}

fn opening(session: &Session, execution_id: String) -> Opening<v1::Execution> {
    let mut workflows = session.workflows();
    Box::pin(async move {
        workflows
            .watch_execution(v1::WatchExecutionRequest { execution_id })
            .await
    })
}

fn status(name: &str) -> Result<v1::execution::Status, String> {
    v1::execution::Status::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "there is no such status".to_owned())
}
