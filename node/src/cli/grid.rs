//! Tables and records for people.

use comfy_table::{Cell, Color, ColumnConstraint, ContentArrangement, Table};

use super::terminal::Terminal;
use super::text;

/// How a value is meant, for those who see colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing to say.
    Plain,
    /// At its end, and well.
    Good,
    /// On its way.
    Busy,
    /// Wants attention.
    Bad,
    /// Not important.
    Faint,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    text: String,
    tone: Tone,
}

impl Field {
    /// A value without a tone.
    pub fn plain(value: impl ToString) -> Self {
        Self::toned(value, Tone::Plain)
    }

    /// A value of less importance.
    pub fn faint(value: impl ToString) -> Self {
        Self::toned(value, Tone::Faint)
    }

    /// A value with a tone.
    pub fn toned(value: impl ToString, tone: Tone) -> Self {
        Self {
            text: text::plain(&value.to_string()),
            tone,
        }
    }

    /// A status, toned by what its name says.
    pub fn status(name: &str) -> Self {
        let tone = match name {
            "ACTIVE" | "PUBLISHED" | "COMPLETED" | "CLOSED" | "APPROVED" | "SUCCEEDED"
            | "SUCCESS" | "READY" | "UNBROKEN" | "GRANTED" | "HEALTHY" => Tone::Good,
            "FAILED" | "BROKEN" | "REJECTED" | "EXPIRED" | "VOIDED" | "ROLLED_BACK"
            | "TIMED_OUT" | "PUBLISH_FAILED" | "QUARANTINED" | "PAUSED" | "OPEN" | "DENIED"
            | "DRIFTED" | "UNREACHABLE" | "OUT_OF_REACH" => Tone::Bad,
            "DRAFT" | "PREVIEWED" | "EMPTY" | "CANCELLED" | "ABORTED" | "UNPUBLISHED"
            | "DELETED" | "PASSIVE" | "RESIDENT" | "WAITING" | "REVOKED" | "GONE" | "UNKNOWN" => {
                Tone::Plain
            }
            _ => Tone::Busy,
        };
        Self::toned(name, tone)
    }

    /// A count that is bad news unless it is zero.
    pub fn trouble(count: impl Into<u64>) -> Self {
        let count = count.into();
        Self::toned(count, if count == 0 { Tone::Plain } else { Tone::Bad })
    }
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its title.
    pub title: &'static str,
    /// When it is shown.
    pub shown: Shown,
}

/// When a column is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Always.
    Always,
    /// Where there is room; the last of these goes first.
    IfRoom,
    /// Only with `-o wide`.
    Wide,
}

/// A column that is always shown.
pub const fn always(title: &'static str) -> Column {
    Column {
        title,
        shown: Shown::Always,
    }
}

/// A column that is shown where there is room.
pub const fn if_room(title: &'static str) -> Column {
    Column {
        title,
        shown: Shown::IfRoom,
    }
}

/// A column of `-o wide`.
pub const fn wide(title: &'static str) -> Column {
    Column {
        title,
        shown: Shown::Wide,
    }
}

const GAP: usize = 3;

/// A table of rows, each with one field for each column. `everything` shows the wide columns and drops
/// none. On a terminal that is too narrow, columns that may go go first, and then text wraps, save in
/// the first column: what is to be copied stays whole.
pub fn table(
    columns: &[Column],
    rows: Vec<Vec<Field>>,
    everything: bool,
    terminal: &Terminal,
) -> String {
    let mut shown: Vec<usize> = (0..columns.len())
        .filter(|&at| everything || columns[at].shown != Shown::Wide)
        .collect();
    let width_of = |at: usize| {
        rows.iter()
            .map(|row| row[at].text.chars().count())
            .chain([columns[at].title.len()])
            .max()
            .unwrap_or(0)
    };
    if let (Some(room), false) = (terminal.width, everything) {
        while shown.iter().map(|&at| width_of(at) + GAP).sum::<usize>() > room + GAP {
            match shown
                .iter()
                .rposition(|&at| columns[at].shown == Shown::IfRoom)
            {
                Some(last) => shown.remove(last),
                None => break,
            };
        }
    }
    let mut grid = Table::new();
    grid.load_style(comfy_table::presets::NOTHING);
    grid.force_no_tty();
    if terminal.colour {
        grid.enforce_styling();
    }
    if let Some(room) = terminal.width {
        grid.set_content_arrangement(ContentArrangement::Dynamic);
        grid.set_width(u16::try_from(room).unwrap_or(u16::MAX));
    }
    grid.set_header(shown.iter().map(|&at| Cell::new(columns[at].title)));
    for row in &rows {
        grid.add_row(shown.iter().map(|&at| cell(&row[at])));
    }
    for column in grid.column_iter_mut() {
        column.set_padding((0, u16::try_from(GAP).unwrap_or(1)));
    }
    if let Some(ids) = grid.column_mut(0) {
        ids.set_constraint(ColumnConstraint::ContentWidth);
    }
    lines(grid.lines())
}

/// A record: labels and values, one a line. Empty values are left out.
pub fn record(fields: &[(&str, Field)], terminal: &Terminal) -> String {
    let label_width = fields
        .iter()
        .filter(|(_, field)| !field.text.is_empty())
        .map(|(label, _)| label.len())
        .max()
        .unwrap_or(0);
    fields
        .iter()
        .filter(|(_, field)| !field.text.is_empty())
        .map(|(label, field)| {
            format!(
                "{label:label_width$}   {}\n",
                painted(&field.text, field.tone, terminal.colour)
            )
        })
        .collect()
}

/// Text in its tone.
pub fn painted(text: &str, tone: Tone, colour: bool) -> String {
    let code = match tone {
        Tone::Plain => return text.to_owned(),
        Tone::Good => 32,
        Tone::Busy => 33,
        Tone::Bad => 31,
        Tone::Faint => 2,
    };
    match colour {
        true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        false => text.to_owned(),
    }
}

fn cell(field: &Field) -> Cell {
    let cell = Cell::new(&field.text);
    match field.tone {
        Tone::Plain => cell,
        Tone::Good => cell.fg(Color::DarkGreen),
        Tone::Busy => cell.fg(Color::DarkYellow),
        Tone::Bad => cell.fg(Color::DarkRed),
        Tone::Faint => cell.add_attribute(comfy_table::Attribute::Dim),
    }
}

fn lines(lines: impl Iterator<Item = String>) -> String {
    lines.map(|line| format!("{}\n", line.trim_end())).collect()
}
