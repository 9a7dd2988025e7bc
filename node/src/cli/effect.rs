//! `datamesh effect …`: what actors asked to be done in the world outside.

use clap::Subcommand;
use datamesh_proto::v1;
use jiff::Timestamp;

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
    /// Try paused effects again: one, those of an actor, or those of a kind
    Retry {
        /// KIND/ID, or an id
        #[arg(required_unless_present = "kind", conflicts_with = "kind")]
        actor: Option<String>,
        /// Only this effect of the actor
        #[arg(
            long,
            value_name = "EFFECT_ID",
            default_value = "",
            hide_default_value = true,
            requires = "actor"
        )]
        effect: String,
        /// Those of all actors of this kind
        #[arg(long)]
        kind: Option<String>,
    },
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
        Verb::Retry {
            actor,
            effect,
            kind,
        } => {
            let request = match (actor, kind) {
                (Some(actor), _) => {
                    let (kind, id) = lookup::actor(&actor)?;
                    v1::RetryEffectsRequest {
                        kind,
                        id,
                        effect_id: effect,
                    }
                }
                (None, kind) => v1::RetryEffectsRequest {
                    kind: kind.unwrap_or_default(),
                    ..Default::default()
                },
            };
            let answer = admin.retry_effects(request).await?.into_inner();
            let fields = [("Retried", Field::plain(answer.retried))];
            output::one(cx.terminal, format, &fields, || {
                json::of(&answer, "RetryEffectsResponse")
            })
        }
    }
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
