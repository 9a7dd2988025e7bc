//! `datamesh event …`

use clap::Subcommand;
use datamesh_proto::v1;
use jiff::Timestamp;
use serde_json::Value;

use super::cx::Cx;
use super::failure::Failure;
use super::globals::Paging;
use super::grid::{Column, Field, always, if_room, wide};
use super::{json, listing, output, paged, text};

/// What can be done with events.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// List events, oldest first
    List {
        /// Only from this source: management-app.projects, …
        #[arg(long, default_value = "", hide_default_value = true)]
        source: String,
        /// Only of this type: ProjectCreated, …
        #[arg(
            long = "type",
            value_name = "TYPE",
            default_value = "",
            hide_default_value = true
        )]
        detail_type: String,
        /// Newest first
        #[arg(long)]
        newest_first: bool,
        #[command(flatten)]
        paging: Paging,
    },
    /// Print events as they happen
    Tail {
        /// Print this many of the newest first
        #[arg(long, short = 'n', value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(i32).range(0..=1000))]
        last: i32,
        /// Only of this type
        #[arg(
            long = "type",
            value_name = "TYPE",
            default_value = "",
            hide_default_value = true
        )]
        detail_type: String,
    },
}

const COLUMNS: [Column; 6] = [
    always("TIME"),
    always("TYPE"),
    if_room("DETAIL"),
    wide("SOURCE"),
    wide("AGE"),
    wide("ID"),
];

/// Does it.
///
/// # Errors
/// What the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let session = cx.api().await?;
    let format = cx.globals.output;
    match verb {
        Verb::List {
            source,
            detail_type,
            newest_first,
            paging,
        } => {
            let events = session.events();
            let read = paged::read(
                paging.limit,
                |page_size, page_token| {
                    let mut events = events.clone();
                    let request = v1::ListEventsRequest {
                        page_size,
                        page_token,
                        source: source.clone(),
                        detail_type: detail_type.clone(),
                        newest_first,
                    };
                    async move { events.list_events(request).await }
                },
                |page| (page.events, page.next_page_token),
            )
            .await?;
            let now = cx.terminal.now();
            let rows = read.items.iter().map(|event| row(event, now)).collect();
            let shown = read.items.len();
            output::list(cx.terminal, format, &COLUMNS, rows, "no events", || {
                let next_page_token = String::new();
                let response = v1::ListEventsResponse {
                    events: read.items,
                    next_page_token,
                };
                json::of(&response, "ListEventsResponse")
            })?;
            listing::cut_note(cx, read.more, shown)
        }
        Verb::Tail { last, detail_type } => {
            let request = v1::TailEventsRequest { last, detail_type };
            let mut stream = session.events().tail_events(request).await?.into_inner();
            while let Some(event) = stream.message().await? {
                let line = format!(
                    "{}  {:<24}  {}",
                    text::stamp(event.time.as_ref()),
                    text::plain(&event.detail_type),
                    detail(&event)
                );
                output::streamed(cx.terminal, format, &line, || json::of(&event, "Event"))?;
            }
            Ok(())
        }
    }
}

fn row(event: &v1::Event, now: Timestamp) -> Vec<Field> {
    vec![
        Field::plain(text::stamp(event.time.as_ref())),
        Field::plain(&event.detail_type),
        Field::faint(detail(event)),
        Field::plain(&event.source),
        Field::plain(text::age(event.time.as_ref(), now)),
        Field::plain(&event.event_id),
    ]
}

/// The detail on one line, `projectId=proj-… domainId=dom-…`.
pub fn detail(event: &v1::Event) -> String {
    let Some(detail) = &event.detail else {
        return String::new();
    };
    let Value::Object(members) = json::of_struct(detail) else {
        return String::new();
    };
    members
        .iter()
        .map(|(key, value)| match value {
            Value::String(value) => format!("{key}={}", text::plain(value)),
            value => format!("{key}={}", text::plain(&value.to_string())),
        })
        .collect::<Vec<_>>()
        .join(" ")
}
