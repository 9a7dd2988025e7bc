//! `datamesh actor …`: what the runtime is doing.

use std::io::Write;

use clap::Subcommand;
use datamesh_proto::v1;
use jiff::Timestamp;

use super::bulk::{self, Which};
use super::cx::Cx;
use super::failure::Failure;
use super::globals::{Format, Paging};
use super::grid::{self, Column, Field, always, if_room, wide};
use super::{effect, json, listing, lookup, output, paged, text, timeline};

/// What can be done with actors.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// List actors
    List {
        /// Only this kind: domain, project, asset
        #[arg(long, default_value = "", hide_default_value = true)]
        kind: String,
        /// Only those that are PAUSED, QUARANTINED or RESIDENT
        #[arg(long, value_parser = status)]
        status: Option<v1::actor::Status>,
        /// Only those that panicked too often: since when, the panic, and what they were deciding on
        #[arg(long, conflicts_with = "status")]
        quarantined: bool,
        /// Only those with effects that wait for an operator
        #[arg(long)]
        paused_effects: bool,
        #[command(flatten)]
        paging: Paging,
    },
    /// Show an actor: its state, its effects and timers, its last error
    Show {
        /// KIND/ID, or an id
        actor: String,
    },
    /// Show what an actor has been through
    History {
        /// KIND/ID, or an id
        actor: String,
        /// Only commits after this number
        #[arg(long, value_name = "SEQUENCE", default_value_t = 0)]
        after: u64,
        #[command(flatten)]
        paging: Paging,
    },
    /// Say in one sentence why an actor does not go on
    Why {
        /// KIND/ID, or an id
        actor: String,
    },
    /// Tell what an actor has been through, in order: commands, events, effects, timers, pauses
    Timeline {
        /// KIND/ID, or an id
        actor: String,
        /// Only commits after this number
        #[arg(long, value_name = "SEQUENCE", default_value_t = 0)]
        after: u64,
        /// The same as -o json
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        paging: Paging,
    },
    /// Stop actors from taking commands and starting effects
    Pause {
        /// KIND/ID, or ids
        actors: Vec<String>,
        /// Only those that are PAUSED, QUARANTINED or RESIDENT
        #[arg(long, value_parser = status)]
        status: Option<v1::actor::Status>,
        /// Only those with effects that wait for an operator
        #[arg(long)]
        paused_effects: bool,
        #[command(flatten)]
        which: Which,
        /// Why; shown to whoever meets the pause
        #[arg(long, required_unless_present = "dry_run")]
        reason: Option<String>,
    },
    /// Let paused or quarantined actors go on
    Resume {
        /// KIND/ID, or ids
        actors: Vec<String>,
        /// Those that are PAUSED or QUARANTINED [default for many: PAUSED]
        #[arg(long, value_parser = status)]
        status: Option<v1::actor::Status>,
        /// Only those with effects that wait for an operator
        #[arg(long)]
        paused_effects: bool,
        #[command(flatten)]
        which: Which,
        /// Why; kept in the history
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
    },
}

const COLUMNS: [Column; 9] = [
    always("ACTOR"),
    always("STATUS"),
    if_room("SEQ"),
    if_room("EFFECTS"),
    if_room("PAUSED"),
    if_room("CHANGED"),
    if_room("LAST ERROR"),
    wide("MAILBOX"),
    wide("REASON"),
];

/// The columns of a list of those that are quarantined.
const QUARANTINE: [Column; 4] = [
    always("ACTOR"),
    always("SINCE"),
    always("OVER"),
    always("PANIC"),
];

/// Does it.
///
/// # Errors
/// What the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut admin = cx.admin().await?.admin();
    let format = cx.globals.output;
    match verb {
        Verb::List {
            kind,
            status,
            quarantined,
            paused_effects,
            paging,
        } => {
            let status = match quarantined {
                true => Some(v1::actor::Status::Quarantined),
                false => status,
            };
            let read = paged::read(
                paging.limit,
                |page_size, page_token| {
                    let mut admin = admin.clone();
                    let request = v1::ListActorsRequest {
                        page_size,
                        page_token,
                        kind: kind.clone(),
                        status: status.unwrap_or_default() as i32,
                        paused_effects,
                    };
                    async move { admin.list_actors(request).await }
                },
                |page| (page.actors, page.next_page_token),
            )
            .await?;
            let now = cx.terminal.now();
            let rows = read.items.iter().map(|actor| match quarantined {
                true => quarantine_row(actor, now),
                false => row(actor, now),
            });
            let rows = rows.collect();
            let (columns, nothing): (&[Column], _) = match quarantined {
                true => (&QUARANTINE, "no actor is quarantined"),
                false => (&COLUMNS, "no such actors"),
            };
            let shown = read.items.len();
            output::list(cx.terminal, format, columns, rows, nothing, || {
                let next_page_token = String::new();
                let response = v1::ListActorsResponse {
                    actors: read.items,
                    next_page_token,
                };
                json::of(&response, "ListActorsResponse")
            })?;
            listing::cut_note(cx, read.more, shown)
        }
        Verb::Show { actor } => {
            let (kind, id) = lookup::actor(&actor)?;
            let actor = admin
                .get_actor(v1::GetActorRequest { kind, id })
                .await?
                .into_inner();
            show(cx, &actor)
        }
        Verb::History {
            actor,
            after,
            paging,
        } => {
            let (kind, id) = lookup::actor(&actor)?;
            let request = v1::GetActorHistoryRequest {
                kind,
                id,
                after,
                page_size: i32::try_from(paging.limit.min(1_000)).unwrap_or(1_000),
            };
            let history = admin.get_actor_history(request).await?.into_inner();
            print_history(cx, &history)
        }
        Verb::Why { actor } => {
            let (kind, id) = lookup::actor(&actor)?;
            let actor = admin
                .get_actor(v1::GetActorRequest { kind, id })
                .await?
                .into_inner();
            match format {
                Format::Table | Format::Wide => {
                    let name = format!("{}/{}", actor.kind, actor.id);
                    let line = text::plain(&format!("{name}: {}", actor.stuck));
                    output::write(cx.terminal, &format!("{line}\n"))
                }
                format => {
                    let value = serde_json::json!({
                        "kind": actor.kind,
                        "id": actor.id,
                        "stuck": actor.stuck,
                    });
                    output::document(cx.terminal, format, &value)
                }
            }
        }
        Verb::Timeline {
            actor,
            after,
            json: as_json,
            paging,
        } => {
            let (kind, id) = lookup::actor(&actor)?;
            let request = v1::GetActorTimelineRequest {
                kind,
                id,
                after,
                page_size: i32::try_from(paging.limit.min(1_000)).unwrap_or(1_000),
            };
            let told = admin.get_actor_timeline(request).await?.into_inner();
            match format {
                Format::Table | Format::Wide if !as_json => {
                    let page = timeline::page(&told.entries, cx.terminal);
                    output::write(cx.terminal, &page)?;
                    if told.next_after > 0 {
                        writeln!(
                            cx.terminal.err,
                            "there is more: go on with --after {}",
                            told.next_after
                        )?;
                    }
                    Ok(())
                }
                format => {
                    let value = json::of(&told, "GetActorTimelineResponse")?;
                    output::document(cx.terminal, format, &value)
                }
            }
        }
        Verb::Pause {
            actors,
            status,
            paused_effects,
            which,
            reason,
        } => {
            let reason = reason.unwrap_or_default();
            let choosing = !which.is_empty() || status.is_some() || paused_effects;
            if let ([actor], false) = (&*actors, choosing || which.dry_run) {
                let (kind, id) = lookup::actor(actor)?;
                let request = v1::PauseActorRequest { kind, id, reason };
                let actor = admin.pause_actor(request).await?.into_inner();
                return show(cx, &actor);
            }
            if actors.is_empty() && !choosing {
                return Err(bulk::say_which("actor"));
            }
            let mut request = v1::PauseActorsRequest {
                ids: bulk::ids(&actors)?,
                status: status.unwrap_or_default() as i32,
                older_than: bulk::proto_duration(which.older_than),
                younger_than: bulk::proto_duration(which.younger_than),
                kind: which.kind,
                error: which.error,
                paused_effects,
                all: which.all,
                dry_run: which.dry_run,
                reason,
                page_token: String::new(),
            };
            let sum = bulk::all(async |page_token| {
                request.page_token = page_token;
                let answer = admin.pause_actors(request.clone()).await?;
                Ok(answer.into_inner().report)
            });
            let sum = sum.await?;
            bulk::print(cx, sum, ("actor", "paused"), |report| {
                let report = Some(report);
                json::of(&v1::PauseActorsResponse { report }, "PauseActorsResponse")
            })
        }
        Verb::Resume {
            actors,
            status,
            paused_effects,
            which,
            reason,
        } => {
            let choosing = !which.is_empty() || status.is_some() || paused_effects;
            let plain = !choosing && !which.dry_run && reason.is_empty();
            if let ([actor], true) = (&*actors, plain) {
                let (kind, id) = lookup::actor(actor)?;
                let request = v1::ResumeActorRequest { kind, id };
                let actor = admin.resume_actor(request).await?.into_inner();
                return show(cx, &actor);
            }
            if actors.is_empty() && !choosing {
                return Err(bulk::say_which("actor"));
            }
            let mut request = v1::ResumeActorsRequest {
                ids: bulk::ids(&actors)?,
                status: status.unwrap_or_default() as i32,
                older_than: bulk::proto_duration(which.older_than),
                younger_than: bulk::proto_duration(which.younger_than),
                kind: which.kind,
                error: which.error,
                paused_effects,
                all: which.all,
                dry_run: which.dry_run,
                reason,
                page_token: String::new(),
            };
            let sum = bulk::all(async |page_token| {
                request.page_token = page_token;
                let answer = admin.resume_actors(request.clone()).await?;
                Ok(answer.into_inner().report)
            });
            let sum = sum.await?;
            bulk::print(cx, sum, ("actor", "resumed"), |report| {
                let report = Some(report);
                json::of(&v1::ResumeActorsResponse { report }, "ResumeActorsResponse")
            })
        }
    }
}

fn status(name: &str) -> Result<v1::actor::Status, String> {
    v1::actor::Status::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "there is no such status".to_owned())
}

fn row(actor: &v1::Actor, now: Timestamp) -> Vec<Field> {
    vec![
        Field::plain(format!("{}/{}", actor.kind, actor.id)),
        Field::status(actor.status().as_str_name()),
        Field::plain(actor.sequence),
        Field::plain(actor.pending_effects),
        Field::trouble(actor.paused_effects),
        Field::plain(text::age(actor.updated_at.as_ref(), now)),
        Field::plain(&actor.last_error),
        Field::plain(actor.mailbox),
        Field::plain(&actor.reason),
    ]
}

fn quarantine_row(actor: &v1::Actor, now: Timestamp) -> Vec<Field> {
    vec![
        Field::plain(format!("{}/{}", actor.kind, actor.id)),
        Field::plain(text::age(actor.stopped_at.as_ref(), now)),
        Field::plain(&actor.stopped_by),
        Field::plain(&actor.reason),
    ]
}

fn show(cx: &mut Cx<'_>, actor: &v1::Actor) -> Result<(), Failure> {
    let format = cx.globals.output;
    let now = cx.terminal.now();
    let fields = [
        (
            "Actor",
            Field::plain(format!("{}/{}", actor.kind, actor.id)),
        ),
        ("Status", Field::status(actor.status().as_str_name())),
        ("Reason", Field::plain(&actor.reason)),
        (
            "Since",
            Field::plain(text::moment_and_age(actor.stopped_at.as_ref(), now)),
        ),
        ("Over", Field::plain(&actor.stopped_by)),
        ("Stuck", Field::plain(&actor.stuck)),
        ("Sequence", Field::plain(actor.sequence)),
        (
            "Changed",
            Field::plain(text::moment_and_age(actor.updated_at.as_ref(), now)),
        ),
        ("Mailbox", Field::plain(actor.mailbox)),
        ("Effects", Field::plain(actor.pending_effects)),
        ("Paused", Field::trouble(actor.paused_effects)),
        ("Last error", Field::plain(&actor.last_error)),
    ];
    output::one(cx.terminal, format, &fields, || json::of(actor, "Actor"))?;
    if matches!(format, Format::Json | Format::Yaml) {
        return Ok(());
    }
    let mut sections = String::new();
    if let Some(state) = &actor.state {
        sections.push_str(&format!("\nSTATE\n{:#}\n", json::of_struct(state)));
    }
    if !actor.effects.is_empty() {
        let rows = actor
            .effects
            .iter()
            .map(|effect| effect::row(effect, now))
            .collect();
        sections.push('\n');
        sections.push_str(&grid::table(
            &effect::COLUMNS,
            rows,
            format == Format::Wide,
            cx.terminal,
        ));
    }
    if !actor.timers.is_empty() {
        let rows = actor
            .timers
            .iter()
            .map(|timer| {
                vec![
                    Field::plain(&timer.name),
                    Field::plain(text::moment_and_age(timer.due_at.as_ref(), now)),
                ]
            })
            .collect();
        sections.push('\n');
        sections.push_str(&grid::table(
            &[always("TIMER"), always("DUE")],
            rows,
            false,
            cx.terminal,
        ));
    }
    output::write(cx.terminal, &sections)
}

fn print_history(cx: &mut Cx<'_>, history: &v1::GetActorHistoryResponse) -> Result<(), Failure> {
    const HISTORY: [Column; 5] = [
        always("SEQ"),
        always("TIME"),
        always("CAUSE"),
        always("EVENTS"),
        if_room("BY"),
    ];
    let everything = cx.globals.output == Format::Wide;
    let rows = history
        .entries
        .iter()
        .map(|entry| {
            let events: Vec<String> = entry
                .events
                .iter()
                .map(|event| match (&event.data, everything) {
                    (Some(data), true) => format!("{} {}", event.r#type, json::of_value(data)),
                    _ => event.r#type.clone(),
                })
                .collect();
            vec![
                Field::plain(entry.sequence),
                Field::plain(text::stamp(entry.time.as_ref())),
                Field::plain(&entry.cause),
                Field::plain(events.join(", ")),
                Field::plain(&entry.by),
            ]
        })
        .collect();
    output::list(
        cx.terminal,
        cx.globals.output,
        &HISTORY,
        rows,
        "no commits",
        || json::of(history, "GetActorHistoryResponse"),
    )
}
