//! `datamesh effect …`: what actors asked to be done in the world outside.

use clap::{Args, Subcommand};
use datamesh_proto::v1;
use jiff::Timestamp;

use super::bulk::{self, Which};
use super::cx::Cx;
use super::failure::Failure;
use super::globals::Paging;
use super::grid::{Column, Field, always, if_room, wide};
use super::{json, listing, lookup, output, paged, text};

/// What can be done with effects.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// List effects that are not settled
    List {
        /// Only those of actors of this kind
        #[arg(long, default_value = "", hide_default_value = true)]
        kind: String,
        /// Only those that wait for an operator
        #[arg(long)]
        paused: bool,
        #[command(flatten)]
        paging: Paging,
    },
    /// Try paused effects again: one, those of actors, or those that a filter chooses
    Retry {
        /// KIND/ID, or ids
        actors: Vec<String>,
        #[command(flatten)]
        chosen: Chosen,
    },
    /// Give effects up that are not settled: their actors are told that they failed
    Cancel {
        /// KIND/ID, or ids
        actors: Vec<String>,
        /// Only those that are WAITING, RUNNING or PAUSED
        #[arg(long, value_parser = status)]
        status: Option<v1::effect::Status>,
        #[command(flatten)]
        chosen: Chosen,
    },
}

/// What chooses effects.
#[derive(Args, Clone, Debug, Default)]
pub struct Chosen {
    /// Only this effect of the actor
    #[arg(
        long,
        value_name = "EFFECT_ID",
        default_value = "",
        hide_default_value = true,
        requires = "actors"
    )]
    effect: String,
    /// Only those of this name: CreateDataZoneProject
    #[arg(long, default_value = "", hide_default_value = true)]
    name: String,
    #[command(flatten)]
    which: Which,
    /// Why; kept in the history
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
}

/// The columns of a list of effects.
pub const COLUMNS: [Column; 8] = [
    always("EFFECT"),
    always("NAME"),
    always("STATUS"),
    if_room("TRIES"),
    if_room("NEXT"),
    if_room("LAST ERROR"),
    if_room("ACTOR"),
    wide("IDEMPOTENCY"),
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
            paused,
            paging,
        } => {
            let read = paged::read(
                paging.limit,
                |page_size, page_token| {
                    let mut admin = admin.clone();
                    let request = v1::ListEffectsRequest {
                        page_size,
                        page_token,
                        kind: kind.clone(),
                        paused,
                    };
                    async move { admin.list_effects(request).await }
                },
                |page| (page.effects, page.next_page_token),
            )
            .await?;
            let now = cx.terminal.now();
            let rows = read.items.iter().map(|effect| row(effect, now)).collect();
            let shown = read.items.len();
            output::list(
                cx.terminal,
                format,
                &COLUMNS,
                rows,
                "no unsettled effects",
                || {
                    let next_page_token = String::new();
                    let response = v1::ListEffectsResponse {
                        effects: read.items,
                        next_page_token,
                    };
                    json::of(&response, "ListEffectsResponse")
                },
            )?;
            listing::cut_note(cx, read.more, shown)
        }
        Verb::Retry { actors, chosen } => {
            if let Some((kind, id)) = chosen.one(&actors, true)? {
                let request = v1::RetryEffectsRequest {
                    kind,
                    id,
                    effect_id: chosen.effect,
                    reason: chosen.reason,
                    ..Default::default()
                };
                let answer = admin.retry_effects(request).await?.into_inner();
                let fields = [("Retried", Field::plain(answer.retried))];
                return output::one(cx.terminal, format, &fields, || {
                    json::of(&answer, "RetryEffectsResponse")
                });
            }
            let which = chosen.which;
            let mut request = v1::RetryEffectsRequest {
                ids: bulk::ids(&actors)?,
                older_than: bulk::proto_duration(which.older_than),
                younger_than: bulk::proto_duration(which.younger_than),
                kind: which.kind,
                error: which.error,
                all: which.all,
                dry_run: which.dry_run,
                name: chosen.name,
                reason: chosen.reason,
                ..Default::default()
            };
            let sum = bulk::all(async |page_token| {
                request.page_token = page_token;
                let answer = admin.retry_effects(request.clone()).await?;
                Ok(answer.into_inner().report)
            });
            let sum = sum.await?;
            bulk::print(cx, sum, ("effect", "retried"), |report| {
                let answer = v1::RetryEffectsResponse {
                    retried: if report.dry_run { 0 } else { report.touched },
                    report: Some(report),
                };
                json::of(&answer, "RetryEffectsResponse")
            })
        }
        Verb::Cancel {
            actors,
            status,
            chosen,
        } => {
            if let Some((kind, id)) = chosen.one(&actors, status.is_none())?
                && !chosen.effect.is_empty()
            {
                let request = v1::CancelEffectsRequest {
                    kind,
                    id,
                    effect_id: chosen.effect,
                    reason: chosen.reason,
                    ..Default::default()
                };
                let answer = admin.cancel_effects(request).await?.into_inner();
                let fields = [
                    ("Cancelled", Field::plain(answer.cancelled)),
                    ("Result", Field::plain(&answer.message)),
                ];
                return output::one(cx.terminal, format, &fields, || {
                    json::of(&answer, "CancelEffectsResponse")
                });
            }
            let which = chosen.which;
            let mut request = v1::CancelEffectsRequest {
                ids: bulk::ids(&actors)?,
                status: status.unwrap_or_default() as i32,
                older_than: bulk::proto_duration(which.older_than),
                younger_than: bulk::proto_duration(which.younger_than),
                kind: which.kind,
                error: which.error,
                all: which.all,
                dry_run: which.dry_run,
                name: chosen.name,
                reason: chosen.reason,
                ..Default::default()
            };
            let sum = bulk::all(async |page_token| {
                request.page_token = page_token;
                let answer = admin.cancel_effects(request.clone()).await?;
                Ok(answer.into_inner().report)
            });
            let sum = sum.await?;
            bulk::print(cx, sum, ("effect", "cancelled"), |report| {
                let answer = v1::CancelEffectsResponse {
                    cancelled: if report.dry_run { 0 } else { report.touched },
                    report: Some(report),
                    message: String::new(),
                };
                json::of(&answer, "CancelEffectsResponse")
            })
        }
    }
}

impl Chosen {
    /// The one actor that is named, if nothing else chooses (`alone`: nor does another option).
    fn one(&self, actors: &[String], alone: bool) -> Result<Option<(String, String)>, Failure> {
        let choosing = !self.which.is_empty() || !self.name.is_empty() || !alone;
        match actors {
            [actor] if !choosing && !self.which.dry_run => lookup::actor(actor).map(Some),
            [_] if self.effect.is_empty() => Ok(None),
            _ if !self.effect.is_empty() => Err(Failure::usage(
                "--effect names one effect of one actor: it goes with nothing else that chooses",
            )),
            [] if !choosing => Err(bulk::say_which("effect")),
            _ => Ok(None),
        }
    }
}

fn status(name: &str) -> Result<v1::effect::Status, String> {
    v1::effect::Status::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "there is no such status".to_owned())
}

/// The row of an effect.
pub fn row(effect: &v1::Effect, now: Timestamp) -> Vec<Field> {
    vec![
        Field::plain(&effect.effect_id),
        Field::plain(&effect.name),
        Field::status(effect.status().as_str_name()),
        Field::plain(effect.attempts),
        Field::plain(text::age(effect.next_attempt_at.as_ref(), now)),
        Field::plain(&effect.last_error),
        Field::plain(format!("{}/{}", effect.kind, effect.id)),
        Field::plain(&effect.idempotency),
    ]
}
