//! One deed for many: the options that choose, and what is printed of what was done.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use datamesh_proto::v1;
use serde_json::Value;

use super::cx::Cx;
use super::failure::Failure;
use super::globals::Format;
use super::grid::{self, Column, Field, always};
use super::text::parse_duration;
use super::{lookup, output, text};

/// Names that are shown of what was touched.
const NAMES: usize = 20;
/// Names that are shown of what was not, for each reason.
const SKIPPED_NAMES: usize = 5;

/// What chooses among actors and among effects alike.
#[derive(Args, Clone, Debug, Default)]
pub struct Which {
    /// Only those of this kind: domain, project, asset
    #[arg(long, default_value = "", hide_default_value = true)]
    pub kind: String,
    /// Only those whose last error holds this text: a code, or a part of a sentence
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub error: String,
    /// Only those that are older: actors by their last change, effects by when they were asked for
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub older_than: Option<Duration>,
    /// Only those that are younger
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub younger_than: Option<Duration>,
    /// All of them
    #[arg(long)]
    pub all: bool,
    /// Only say what would be touched
    #[arg(long)]
    pub dry_run: bool,
}

impl Which {
    /// Whether nothing chooses.
    pub fn is_empty(&self) -> bool {
        self.kind.is_empty()
            && self.error.is_empty()
            && self.older_than.is_none()
            && self.younger_than.is_none()
            && !self.all
    }
}

/// A length of time, as the contract has it.
pub fn proto_duration(length: Option<Duration>) -> Option<prost_types::Duration> {
    length.and_then(|length| prost_types::Duration::try_from(length).ok())
}

/// `KIND/ID` of each actor that a person names.
///
/// # Errors
/// Exit code 2 if the kind of one cannot be told.
pub fn ids(actors: &[String]) -> Result<Vec<String>, Failure> {
    actors
        .iter()
        .map(|actor| lookup::actor(actor).map(|(kind, id)| format!("{kind}/{id}")))
        .collect()
}

/// Nothing says which.
pub fn say_which(noun: &str) -> Failure {
    Failure::usage(format!("which {noun}s?")).hint(
        "name some (KIND/ID), or choose with --kind, --status, --error, --older-than, --younger-than; \
         --all is all of them, and --dry-run only says which",
    )
}

/// Makes the call from the first page to the last, and takes together what was done.
///
/// # Errors
/// What the server answers: what was done before stays done, and the call may be repeated.
pub async fn all(
    mut call: impl AsyncFnMut(String) -> Result<Option<v1::BulkReport>, Failure>,
) -> Result<Sum, Failure> {
    let mut sum = Sum::default();
    let mut page_token = String::new();
    while let Some(next) = sum.add(call(page_token).await?) {
        page_token = next;
    }
    Ok(sum)
}

/// What several calls did, taken together.
#[derive(Default)]
pub struct Sum {
    report: v1::BulkReport,
    counts: BTreeMap<(String, String), u32>,
    skipped: BTreeMap<String, (u32, Vec<String>)>,
}

impl Sum {
    /// Takes one report in; answers where to go on, if there is more.
    fn add(&mut self, report: Option<v1::BulkReport>) -> Option<String> {
        let report = report.unwrap_or_default();
        let sum = &mut self.report;
        sum.matched += report.matched;
        sum.touched += report.touched;
        sum.may_be_done += report.may_be_done;
        sum.dry_run = report.dry_run;
        let room = NAMES.saturating_sub(sum.names.len());
        sum.names.extend(report.names.into_iter().take(room));
        for count in report.counts {
            *self.counts.entry((count.kind, count.name)).or_default() += count.count;
        }
        for skip in report.skipped {
            let (count, names) = self.skipped.entry(skip.reason).or_default();
            *count += skip.count;
            let room = SKIPPED_NAMES.saturating_sub(names.len());
            names.extend(skip.names.into_iter().take(room));
        }
        (!report.next_page_token.is_empty()).then_some(report.next_page_token)
    }

    fn whole(self) -> v1::BulkReport {
        let counts = self.counts.into_iter();
        let skipped = self.skipped.into_iter();
        v1::BulkReport {
            counts: counts
                .map(|((kind, name), count)| v1::BulkCount { kind, name, count })
                .collect(),
            skipped: skipped
                .map(|(reason, (count, names))| v1::BulkSkip {
                    reason,
                    count,
                    names,
                })
                .collect(),
            ..self.report
        }
    }
}

/// Prints what was done to many: `noun` and `done` are `actor` and `paused`; `json` makes the answer of one
/// call of the report on all, for machines.
///
/// # Errors
/// The output cannot be written.
pub fn print(
    cx: &mut Cx<'_>,
    sum: Sum,
    (noun, done): (&str, &str),
    json: impl FnOnce(v1::BulkReport) -> Result<Value, Failure>,
) -> Result<(), Failure> {
    let report = sum.whole();
    let format = cx.globals.output;
    if matches!(format, Format::Json | Format::Yaml) {
        return output::document(cx.terminal, format, &json(report)?);
    }
    let mut page = headline(&report, noun, done);
    let table = |columns: &[Column], rows, cx: &Cx<'_>| {
        grid::table(columns, rows, format == Format::Wide, cx.terminal)
    };
    if !report.counts.is_empty() {
        let effects = report.counts.iter().any(|count| !count.name.is_empty());
        let columns = [always("KIND"), always("EFFECT"), always("COUNT")];
        let rows = report.counts.iter().map(|count| {
            let mut row = vec![Field::plain(&count.kind), Field::plain(&count.name)];
            if !effects {
                row.pop();
            }
            row.push(Field::plain(count.count));
            row
        });
        let columns: Vec<Column> = match effects {
            true => columns.to_vec(),
            false => vec![columns[0], columns[2]],
        };
        page.push('\n');
        page.push_str(&table(&columns, rows.collect(), cx));
        page.push('\n');
        for name in &report.names {
            page.push_str(&format!("{}\n", text::plain(name)));
        }
        let named = u32::try_from(report.names.len()).unwrap_or(u32::MAX);
        match report.touched.saturating_sub(named) {
            0 => {}
            more => page.push_str(&format!("and {more} more\n")),
        }
    }
    if !report.skipped.is_empty() {
        let columns = [always("SKIPPED"), always("REASON"), always("FIRST")];
        let rows = report.skipped.iter().map(|skip| {
            vec![
                Field::plain(skip.count),
                Field::plain(&skip.reason),
                Field::plain(skip.names.join(", ")),
            ]
        });
        page.push('\n');
        page.push_str(&table(&columns, rows.collect(), cx));
    }
    output::write(cx.terminal, &page)
}

fn headline(report: &v1::BulkReport, noun: &str, done: &str) -> String {
    let what = match report.touched {
        1 => format!("1 {noun}"),
        many => format!("{many} {noun}s"),
    };
    let were = match (report.dry_run, report.touched) {
        (true, _) => "would be",
        (false, 1) => "was",
        (false, _) => "were",
    };
    let doubt = match (report.may_be_done, report.touched) {
        (0, _) => String::new(),
        (1, 1) => "; it was tried, and may have been done: look at it in the account".to_owned(),
        (1, _) => "; 1 was tried, and may have been done: look at it in the account".to_owned(),
        (some, _) => {
            format!("; {some} were tried, and may have been done: look at them in the account")
        }
    };
    let end = match report.dry_run {
        true => "; nothing was touched",
        false => "",
    };
    format!("{what} {were} {done}{doubt}{end}\n")
}
