//! What the sample's report knows, and how it is told.

use std::collections::BTreeMap;

use datamesh_proto::v1;
use jiff::Timestamp;

use crate::cli::Terminal;
use crate::cli::grid::{self, Column, Field, Tone, always, if_room};
use crate::cli::{event, text};

use super::player::{How, Step};
use super::proof;

/// The state of the mesh, as its API tells it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// All domains.
    pub domains: Vec<v1::Domain>,
    /// All projects.
    pub projects: Vec<v1::Project>,
    /// All assets.
    pub assets: Vec<v1::Asset>,
    /// All deployments, newest first.
    pub deployments: Vec<v1::Deployment>,
    /// All promotions, newest first.
    pub promotions: Vec<v1::Promotion>,
    /// What happened to the newest promotion's execution, oldest first.
    pub history: Vec<v1::ExecutionEvent>,
    /// All subscriptions, newest first.
    pub subscriptions: Vec<v1::Subscription>,
    /// The certificate of the newest revocation.
    pub certificate: Option<v1::ShareCertificate>,
    /// The newest events, newest first.
    pub events: Vec<v1::Event>,
    /// All actors.
    pub actors: Vec<v1::Actor>,
    /// All pools.
    pub pools: Vec<v1::Pool>,
    /// All queues.
    pub queues: Vec<v1::Queue>,
}

/// How a person reaches the mesh after the report.
#[derive(Clone, Debug)]
pub struct Next {
    /// How to run the command line: `target/release/datamesh`.
    pub command: String,
    /// Options of the command line that must be set in the environment, as shell assignments.
    pub environment: Vec<String>,
    /// `http://127.0.0.1:8080`.
    pub public: String,
    /// `http://127.0.0.1:9090`.
    pub admin: String,
    /// The group of the admins.
    pub admin_group: String,
}

const LATEST_EVENTS: usize = 5;

/// How long a line may be where nobody says how wide the paper is.
const PAPER: usize = 110;

/// The line of a step: `✓ domain   aviation   made in 0.4s`.
pub fn step_line(step: &Step, colour: bool) -> String {
    let mark = grid::painted("✓", Tone::Good, colour);
    let how = match step.how {
        How::Made => format!("made in {}", text::duration(step.took)),
        How::Found => "found as it was left".to_owned(),
    };
    let how = grid::painted(&how, Tone::Faint, colour);
    format!(
        "  {mark} {:<12} {:<63} {:<18} {how}\n",
        step.noun, step.path, step.state
    )
}

/// The report, below 160 lines for the shipped sample.
pub fn render(report: &Report, next: &Next, terminal: &Terminal) -> String {
    let mut text = String::new();
    let mut section = |title: &str, body: String| {
        text.push('\n');
        text.push_str(&heading(title, terminal.colour));
        text.push_str(&indented(&body));
    };
    section("Domains", domains(report, terminal));
    section("Projects", projects(report, terminal));
    section("Assets and their listings", assets(report, terminal));
    section("Promotions, newest first", promotions(report, terminal));
    section(
        "The way of the newest through its workflow",
        history(report, terminal),
    );
    section("Deployments, newest first", deployments(report, terminal));
    if !report.subscriptions.is_empty() {
        section(
            "Subscriptions, newest first",
            proof::subscriptions(report, terminal),
        );
    }
    if let Some(certificate) = &report.certificate {
        let room = terminal.width.unwrap_or(PAPER).saturating_sub(2);
        section(
            "The certificate of the newest revocation",
            proof::certificate(certificate, room),
        );
    }
    section(
        &format!("Events, the latest of {}", counted(report)),
        events(report, terminal),
    );
    section("Actors", actors(report));
    section("Pools to AWS", pools(report, terminal));
    section("Queues", queues(report));
    section(
        "Try next, in another terminal",
        try_next(next, terminal.colour),
    );
    text
}

fn heading(title: &str, colour: bool) -> String {
    match colour {
        true => format!("\u{1b}[1m{title}\u{1b}[0m\n"),
        false => format!("{title}\n"),
    }
}

fn indented(body: &str) -> String {
    body.lines().map(|line| format!("  {line}\n")).collect()
}

pub fn table(columns: &[Column], rows: Vec<Vec<Field>>, terminal: &Terminal) -> String {
    let narrower = Terminal {
        width: terminal.width.map(|width| width.saturating_sub(2)),
        ..Terminal::silent()
    };
    let narrower = Terminal {
        colour: terminal.colour,
        ..narrower
    };
    grid::table(columns, rows, false, &narrower)
}

fn domains(report: &Report, terminal: &Terminal) -> String {
    let columns = [
        always("NAME"),
        always("STATUS"),
        if_room("OWNED BY"),
        if_room("DATA LAKE"),
        if_room("DATAZONE"),
    ];
    let rows = report
        .domains
        .iter()
        .map(|domain| {
            vec![
                Field::plain(&domain.domain_name),
                Field::status(domain.status().as_str_name()),
                Field::plain(domain.owner_groups.join(", ")),
                Field::plain(&domain.data_lake_bucket),
                Field::faint(&domain.data_zone_domain_id),
            ]
        })
        .collect();
    table(&columns, rows, terminal)
}

fn projects(report: &Report, terminal: &Terminal) -> String {
    let columns = [
        always("NAME"),
        always("STATUS"),
        always("SET-UP"),
        if_room("PLACE IN THE LAKE"),
    ];
    let rows = report
        .projects
        .iter()
        .map(|project| {
            vec![
                Field::plain(project_path(report, &project.project_id)),
                Field::status(project.status().as_str_name()),
                Field::status(project.setup_status().as_str_name()),
                Field::faint(&project.s3_location),
            ]
        })
        .collect();
    table(&columns, rows, terminal)
}

fn assets(report: &Report, terminal: &Terminal) -> String {
    let columns = [
        always("NAME"),
        always("PUBLISHED"),
        always("LISTING"),
        if_room("GLUE TABLE"),
        if_room("COLUMNS"),
        if_room("FORMAT"),
    ];
    let rows = report
        .assets
        .iter()
        .map(|asset| {
            let listing = match asset.listing_id.as_str() {
                "" => "-",
                listing => listing,
            };
            let columns = match asset.columns.len() {
                0 => "-".to_owned(),
                columns => columns.to_string(),
            };
            vec![
                Field::plain(format!(
                    "{}/{}",
                    project_path(report, &asset.project_id),
                    asset.asset_name
                )),
                Field::status(asset.publish_status().as_str_name()),
                Field::plain(listing),
                Field::plain(&asset.glue_table),
                Field::plain(columns),
                Field::plain(&asset.format),
            ]
        })
        .collect();
    table(&columns, rows, terminal)
}

fn promotions(report: &Report, terminal: &Terminal) -> String {
    let columns = [
        always("PROMOTION"),
        always("PROJECT"),
        always("FROM"),
        always("TO"),
        always("STATUS"),
        if_room("ASKED BY"),
        if_room("APPROVED BY"),
    ];
    let rows = report
        .promotions
        .iter()
        .map(|promotion| {
            vec![
                Field::faint(&promotion.request_id),
                Field::plain(project_path(report, &promotion.project_id)),
                Field::plain(&promotion.source_environment),
                Field::plain(&promotion.target_environment),
                Field::status(promotion.status().as_str_name()),
                Field::plain(&promotion.created_by),
                Field::plain(&promotion.approved_by),
            ]
        })
        .collect();
    table(&columns, rows, terminal)
}

/// `ValidateSource → ApprovalGate → … → ExecutionSucceeded`.
fn history(report: &Report, terminal: &Terminal) -> String {
    let entered = report.history.iter().filter_map(|event| {
        let name = event.details.as_ref()?.fields.get("name")?.kind.as_ref()?;
        match name {
            prost_types::value::Kind::StringValue(name)
                if event.r#type.ends_with("StateEntered") =>
            {
                Some(text::plain(name))
            }
            _ => None,
        }
    });
    let last = report
        .history
        .last()
        .map(|event| text::plain(&event.r#type));
    let way: Vec<String> = entered.chain(last).collect();
    let events = report.history.len();
    let line = format!("{} ({events} events)", way.join(" → "));
    let room = terminal.width.unwrap_or(PAPER).saturating_sub(2);
    wrapped(&line, room)
}

/// Breaks a line at its spaces.
pub fn wrapped(line: &str, room: usize) -> String {
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        match lines.last_mut() {
            Some(last) if last.is_empty() => last.push_str(word),
            Some(last) if last.chars().count() + 1 + word.chars().count() <= room => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

fn deployments(report: &Report, terminal: &Terminal) -> String {
    let columns = [
        always("DEPLOYMENT"),
        always("ENVIRONMENT"),
        always("STATUS"),
        always("CHANGE"),
        if_room("RESOURCES"),
        if_room("DEPLOYED BY"),
    ];
    let rows = report
        .deployments
        .iter()
        .map(|deployment| {
            vec![
                Field::faint(&deployment.deployment_id),
                Field::plain(&deployment.environment),
                Field::status(deployment.status().as_str_name()),
                Field::plain(&deployment.change),
                Field::plain(deployment.changes.len()),
                Field::plain(&deployment.deployed_by),
            ]
        })
        .collect();
    table(&columns, rows, terminal)
}

pub fn project_path(report: &Report, project_id: &str) -> String {
    let project = report
        .projects
        .iter()
        .find(|project| project.project_id == project_id);
    let Some(project) = project else {
        return project_id.to_owned();
    };
    let domain = report
        .domains
        .iter()
        .find(|domain| domain.domain_id == project.domain_id);
    let domain = domain.map_or(project.domain_id.as_str(), |domain| &domain.domain_name);
    format!("{domain}/{}", project.project_name)
}

/// `26: 7 AssetCreated, 6 AssetPublished, …`.
fn counted(report: &Report) -> String {
    let mut by_type: BTreeMap<&str, usize> = BTreeMap::new();
    for event in &report.events {
        *by_type.entry(&event.detail_type).or_default() += 1;
    }
    let types: Vec<String> = by_type
        .iter()
        .map(|(name, count)| format!("{count} {}", text::plain(name)))
        .collect();
    format!("{} ({})", report.events.len(), types.join(", "))
}

fn events(report: &Report, terminal: &Terminal) -> String {
    let latest: Vec<&v1::Event> = report.events.iter().take(LATEST_EVENTS).collect();
    latest
        .iter()
        .rev()
        .map(|event| {
            let line = format!(
                "{}  {:<22}  {}",
                time_of_day(event),
                text::plain(&event.detail_type),
                event::detail(event)
            );
            let room = terminal.width.unwrap_or(PAPER).saturating_sub(2);
            format!("{}\n", cut(&line, room))
        })
        .collect()
}

fn time_of_day(event: &v1::Event) -> String {
    text::moment(event.time.as_ref())
        .map(|at: Timestamp| at.strftime("%H:%M:%S").to_string())
        .unwrap_or_default()
}

fn cut(line: &str, room: usize) -> String {
    match line.char_indices().nth(room) {
        Some(_) => line
            .chars()
            .take(room.saturating_sub(1))
            .chain(['…'])
            .collect(),
        None => line.to_owned(),
    }
}

fn actors(report: &Report) -> String {
    let mut by_kind: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    for actor in &report.actors {
        let (count, commits) = by_kind.entry(&actor.kind).or_default();
        *count += 1;
        *commits += actor.sequence;
    }
    let kinds: Vec<String> = by_kind
        .iter()
        .map(|(kind, (count, commits))| format!("{count} {kind} ({commits} commits)"))
        .collect();
    let unsettled: u32 = report
        .actors
        .iter()
        .map(|actor| actor.pending_effects)
        .sum();
    let paused: u32 = report.actors.iter().map(|actor| actor.paused_effects).sum();
    let rest = match (unsettled, paused) {
        (0, 0) => "every effect is settled".to_owned(),
        (unsettled, paused) => format!("{unsettled} effects under way, {paused} of them paused"),
    };
    format!("{}\n{rest}\n", kinds.join(", "))
}

fn pools(report: &Report, terminal: &Terminal) -> String {
    let columns = [
        always("SERVICE"),
        if_room("ACCOUNT"),
        always("CIRCUIT"),
        always("CALLS"),
        always("THROTTLED"),
        always("FAILED"),
    ];
    let rows = report
        .pools
        .iter()
        .map(|pool| {
            let sum =
                |of: fn(&v1::PoolOperation) -> u64| pool.operations.iter().map(of).sum::<u64>();
            vec![
                Field::plain(&pool.service),
                Field::plain(&pool.account),
                Field::status(&pool.circuit),
                Field::plain(sum(|operation| operation.calls)),
                Field::plain(sum(|operation| operation.throttled)),
                Field::plain(sum(|operation| operation.failed)),
            ]
        })
        .collect();
    table(&columns, rows, terminal)
}

fn queues(report: &Report) -> String {
    report
        .queues
        .iter()
        .map(|queue| {
            format!(
                "{}: {} waiting, {} being worked on, {} dead letters\n",
                text::plain(&queue.queue),
                queue.visible,
                queue.in_flight,
                queue.dead_letters
            )
        })
        .collect()
}

fn try_next(next: &Next, colour: bool) -> String {
    let mut lines: Vec<String> = next
        .environment
        .iter()
        .map(|assignment| format!("export {assignment}"))
        .collect();
    if next.command != "datamesh" {
        lines.push(format!("alias datamesh={}", next.command));
    }
    lines.extend(
        [
            "datamesh asset list",
            "datamesh asset get aviation/network/airports",
            "datamesh project create weather-apps --domain climate --wait",
            "datamesh promotion list",
            "datamesh workflow show promotion",
            "datamesh share list",
            "datamesh share certificate SHARE",
            "datamesh access explain --principal arn:aws:iam::222222222222:role/campaign-analyst \
             --table finance/payments/transactions",
            "datamesh event tail",
            "datamesh actor list --kind project",
        ]
        .map(str::to_owned),
    );
    lines.push(format!(
        "TOKEN=$(datamesh token --user $USER --groups {})",
        next.admin_group
    ));
    lines.push(format!(
        "curl -H \"Authorization: Bearer $TOKEN\" {}/api/v1/domains",
        next.public
    ));
    let places = format!(
        "OpenAPI {}/openapi.json, metrics {}/metrics",
        next.public, next.admin
    );
    lines.push(grid::painted(&places, Tone::Faint, colour));
    lines.join("\n") + "\n"
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
