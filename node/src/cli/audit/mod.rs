//! `datamesh audit …`

mod chain;

use clap::Args;
use datamesh_proto::v1;

use super::cx::Cx;
use super::exit::Exit;
use super::failure::Failure;
use super::globals::Format;
use super::grid::{self, Column, Field, always, if_room, wide};
use super::{json, output, paged, text};

/// No chain is longer.
const LONGEST: u32 = 1_000_000;

/// Which chain.
#[derive(Args, Debug)]
pub struct Audit {
    /// The id of a share or a subscription
    id: String,
}

/// Prints the chain, and recomputes its hashes: nothing but them is trusted.
///
/// # Errors
/// What the server answers; exit code 3 if there is no such chain, 1 if it is not as it was written.
pub async fn run(audit: Audit, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let subject = audit.id;
    let shares = cx.api().await?.shares();
    let read = paged::read(
        LONGEST,
        |page_size, page_token| {
            let mut shares = shares.clone();
            let request = v1::ListAuditEntriesRequest {
                subject: subject.clone(),
                page_size,
                page_token,
            };
            async move { shares.list_audit_entries(request).await }
        },
        |page| (page.entries, page.next_page_token),
    )
    .await?;
    let entries = read.items;
    if entries.is_empty() {
        let nothing = format!("there is no audit chain of `{subject}`");
        return Err(Failure::new(Exit::NotFound, nothing)
            .hint("`datamesh share list` and `datamesh subscription list` show whose there are"));
    }
    let broken = chain::broken(&subject, &entries);
    print(cx, &entries)?;
    if let Some(broken) = broken {
        let what = format!(
            "the audit chain of {subject} breaks at entry {}: {}",
            broken.number, broken.why
        );
        return Err(Failure::new(Exit::Unexpected, what).hint(
            "the entries before it are as they were written; compare with a copy of your own",
        ));
    }
    if matches!(cx.globals.output, Format::Table | Format::Wide) {
        let last = entries.last().map(|entry| entry.hash.as_str());
        let fields = [
            ("Entries", Field::plain(entries.len())),
            ("Chain", Field::status("UNBROKEN")),
            ("Last hash", Field::plain(last.unwrap_or_default())),
        ];
        let sum = format!("\n{}", grid::record(&fields, cx.terminal));
        output::write(cx.terminal, &sum)?;
    }
    Ok(())
}

fn print(cx: &mut Cx<'_>, entries: &[v1::AuditEntry]) -> Result<(), Failure> {
    let rows = entries.iter().map(row).collect();
    let format = cx.globals.output;
    output::list(cx.terminal, format, COLUMNS, rows, "", || {
        let answer = v1::ListAuditEntriesResponse {
            entries: entries.to_vec(),
            next_page_token: String::new(),
        };
        json::of(&answer, "ListAuditEntriesResponse")
    })
}

const COLUMNS: &[Column] = &[
    always("ENTRY"),
    always("TIME"),
    always("WHAT"),
    always("WHO"),
    if_room("DETAIL"),
    wide("HASH"),
];

fn row(entry: &v1::AuditEntry) -> Vec<Field> {
    vec![
        Field::plain(entry.number),
        Field::plain(text::stamp(entry.time.as_ref())),
        Field::plain(&entry.action),
        Field::plain(&entry.actor),
        Field::faint(&entry.detail),
        Field::faint(&entry.hash),
    ]
}
