//! The explanation of an access, at a glance: yes or no in the first line.

use datamesh_proto::v1;

use crate::cli::grid::{self, Field, Tone, always, if_room};
use crate::cli::{Terminal, text};

/// The page.
pub fn render(explanation: &v1::AccessExplanation, terminal: &Terminal) -> String {
    let (answer, tone) = match explanation.can_read {
        true => ("yes", Tone::Good),
        false => ("no", Tone::Bad),
    };
    let mut page = format!(
        "{}: {} {} {} of account {}\n\n",
        grid::painted(answer, tone, terminal.colour),
        text::plain(&explanation.principal),
        match explanation.can_read {
            true => "can read",
            false => "cannot read",
        },
        text::plain(&explanation.table),
        text::plain(&explanation.account),
    );
    page.push_str(&grid::record(&facts(explanation), terminal));
    if !explanation.paths.is_empty() {
        page.push_str("\nThrough\n");
        page.push_str(&paths(&explanation.paths, terminal));
    }
    if !explanation.missing.is_empty() {
        page.push_str("\nMissing\n");
        for missing in &explanation.missing {
            page.push_str(&format!("  - {}\n", text::plain(missing)));
        }
    }
    page
}

fn facts(explanation: &v1::AccessExplanation) -> Vec<(&'static str, Field)> {
    let list = |names: &[String]| match names.is_empty() {
        true => Field::faint("none"),
        false => Field::plain(names.join(", ")),
    };
    let rows = match (explanation.can_read, explanation.row_filters.is_empty()) {
        (false, _) => Field::faint("none"),
        (true, true) => Field::plain("all"),
        (true, false) => Field::plain(format!(
            "those with {}",
            explanation.row_filters.join(", or with ")
        )),
    };
    vec![
        ("Columns", list(&explanation.readable_columns)),
        ("Hidden", list(&explanation.hidden_columns)),
        ("Rows", rows),
        (
            "Seen",
            Field::faint(text::stamp(explanation.seen_at.as_ref())),
        ),
    ]
}

fn paths(paths: &[v1::AccessPath], terminal: &Terminal) -> String {
    let columns = [
        always("  VIA"),
        always("WHAT"),
        if_room("SINCE"),
        if_room("UNTIL"),
        if_room("APPROVED BY"),
        if_room("STANDS ON"),
    ];
    let rows = paths
        .iter()
        .map(|path| {
            let or = |text: String, otherwise: &str| match text.is_empty() {
                true => Field::faint(otherwise),
                false => Field::plain(text),
            };
            vec![
                Field::plain(format!("  {}", path.via)),
                Field::plain(&path.detail),
                or(text::stamp(path.since.as_ref()), "not known"),
                or(text::stamp(path.until.as_ref()), "no end"),
                or(path.approved_by.clone(), "by hand"),
                or(path.agreement_id.clone(), "-"),
            ]
        })
        .collect();
    grid::table(&columns, rows, false, terminal)
}
