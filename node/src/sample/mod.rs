//! The sample mesh: plays `mesh.toml` against a running node through its public API, and reports.

mod lake;
mod player;
mod promoter;
mod proof;
mod report;
mod script;
mod sharer;

use std::future::ready;
use std::io::Write;
use std::path::Path;

use datamesh_aws::Aws;
use datamesh_proto::v1;

use crate::cli::session::Session;
use crate::cli::{Failure, Terminal};

pub use report::Next;

use player::Player;
use report::Report;
use script::Script;

/// Makes a token for a user who is in some groups.
pub type Tokens = dyn Fn(&str, &[String]) -> Result<String, Failure> + Sync;

/// A node that is to be played against.
pub struct Stage<'a> {
    /// The way to AWS, for the data teams that put files into the lake.
    pub aws: &'a Aws,
    /// Makes a token for a user who is in some groups.
    pub token: &'a Tokens,
    /// How a person reaches the node after the report.
    pub next: Next,
}

/// Plays the sample in `folder` and prints what happened.
///
/// # Errors
/// The first thing that did not reach its end.
pub async fn play(
    folder: &Path,
    stage: &Stage<'_>,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let script = Script::read(folder).map_err(|error| Failure::usage(error.to_string()))?;
    writeln!(
        terminal.out,
        "\nThe sample mesh of {}, through {}\n",
        folder.display(),
        stage.next.public
    )?;
    let login = |user: &str,
                 groups: &[String]|
     -> std::pin::Pin<
        Box<dyn Future<Output = Result<Session, Failure>> + Send + '_>,
    > {
        let url = stage.next.public.clone();
        match (stage.token)(user, groups) {
            Ok(token) => {
                Box::pin(async move { Session::open(&url, "--listen-public", Some(&token)).await })
            }
            Err(failure) => Box::pin(ready(Err(failure))),
        }
    };
    let player = Player {
        script: &script,
        aws: stage.aws,
        admin_group: &stage.next.admin_group,
        login: &login,
        now: terminal.now(),
    };
    let colour = terminal.colour;
    let out = &mut terminal.out;
    player
        .play(&mut |step| {
            out.write_all(report::step_line(&step, colour).as_bytes())?;
            out.flush()?;
            Ok(())
        })
        .await?;
    let report = read(stage).await?;
    let text = report::render(&report, &stage.next, terminal);
    terminal.out.write_all(text.as_bytes())?;
    terminal.out.flush()?;
    Ok(())
}

/// Reads the state of the mesh through its API.
async fn read(stage: &Stage<'_>) -> Result<Report, Failure> {
    const ALL: i32 = 1_000;
    let token = (stage.token)("ada", std::slice::from_ref(&stage.next.admin_group))?;
    let api = Session::open(&stage.next.public, "--listen-public", Some(&token)).await?;
    let door = Session::open(&stage.next.admin, "--listen-admin", Some(&token)).await?;
    let domains = v1::ListDomainsRequest {
        page_size: ALL,
        ..Default::default()
    };
    let projects = v1::ListProjectsRequest {
        page_size: ALL,
        ..Default::default()
    };
    let assets = v1::ListAssetsRequest {
        page_size: ALL,
        ..Default::default()
    };
    let events = v1::ListEventsRequest {
        page_size: ALL,
        newest_first: true,
        ..Default::default()
    };
    let deployments = v1::ListDeploymentsRequest {
        page_size: ALL,
        ..Default::default()
    };
    let promotions = v1::ListPromotionsRequest {
        page_size: ALL,
        ..Default::default()
    };
    let promotions = api
        .promotions()
        .list_promotions(promotions)
        .await?
        .into_inner()
        .promotions;
    let history = match promotions.first() {
        Some(latest) => history(&api, latest).await?,
        None => Vec::new(),
    };
    let subscriptions = v1::ListSubscriptionsRequest {
        page_size: ALL,
        ..Default::default()
    };
    let subscriptions = api
        .subscriptions()
        .list_subscriptions(subscriptions)
        .await?
        .into_inner()
        .subscriptions;
    let certificate = match subscriptions.iter().find(|s| !s.certificate.is_empty()) {
        Some(revoked) => {
            let get = v1::GetShareCertificateRequest {
                share_id: revoked.share_id.clone(),
            };
            Some(api.shares().get_share_certificate(get).await?.into_inner())
        }
        None => None,
    };
    let actors = v1::ListActorsRequest {
        page_size: ALL,
        ..Default::default()
    };
    Ok(Report {
        domains: api
            .domains()
            .list_domains(domains)
            .await?
            .into_inner()
            .domains,
        projects: api
            .projects()
            .list_projects(projects)
            .await?
            .into_inner()
            .projects,
        assets: api.assets().list_assets(assets).await?.into_inner().assets,
        deployments: api
            .deployments()
            .list_deployments(deployments)
            .await?
            .into_inner()
            .deployments,
        promotions,
        history,
        subscriptions,
        certificate,
        events: api.events().list_events(events).await?.into_inner().events,
        actors: door.admin().list_actors(actors).await?.into_inner().actors,
        pools: door
            .admin()
            .list_pools(v1::ListPoolsRequest {})
            .await?
            .into_inner()
            .pools,
        queues: door
            .admin()
            .list_queues(v1::ListQueuesRequest {})
            .await?
            .into_inner()
            .queues,
    })
}

/// Everything that happened to the execution of a promotion.
async fn history(
    api: &Session,
    promotion: &v1::Promotion,
) -> Result<Vec<v1::ExecutionEvent>, Failure> {
    let events = v1::ListExecutionEventsRequest {
        execution_id: promotion.execution_id.clone(),
        page_size: 1_000,
        ..Default::default()
    };
    let events = api.workflows().list_execution_events(events).await?;
    Ok(events.into_inner().events)
}
