//! What subscriptions and shares have in common on the command line: what of a table, until when, and how
//! requests and steps are shown.

use std::time::Duration;

use clap::Args;
use datamesh_proto::v1;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::failure::Failure;
use super::globals::Format;
use super::grid::{self, Column, Field, always, if_room, wide};
use super::terminal::Terminal;
use super::text;

/// What of a table; all of it if nothing is named.
#[derive(Args, Clone, Debug)]
pub struct Scope {
    /// Only this column; as often as needed, or several with commas
    #[arg(
        long = "column",
        alias = "columns",
        value_name = "COLUMN",
        value_delimiter = ','
    )]
    columns: Vec<String>,
    /// All columns but this; as often as needed, or several with commas
    #[arg(
        long = "exclude-column",
        aliases = ["exclude-columns", "exclude"],
        value_name = "COLUMN",
        value_delimiter = ',',
        conflicts_with = "columns"
    )]
    excluded_columns: Vec<String>,
    /// Only the rows for which this holds: "country = 'IT'"
    #[arg(
        long = "rows",
        value_name = "FILTER",
        default_value = "",
        hide_default_value = true
    )]
    row_filter: String,
}

impl Scope {
    /// As the protocol has it; `None` if nothing is named.
    pub fn into_message(self) -> Option<v1::AccessScope> {
        let scope = v1::AccessScope {
            columns: self.columns,
            excluded_columns: self.excluded_columns,
            row_filter: self.row_filter,
        };
        (scope != v1::AccessScope::default()).then_some(scope)
    }
}

/// Until when.
#[derive(Args, Clone, Copy, Debug)]
pub struct Until {
    /// Until when: a day, as which begins (in UTC) access ends, or a moment like 2026-12-24T18:00:00Z
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,
    /// For how long from now: 12h, 30d
    #[arg(long = "for", value_name = "DURATION", value_parser = text::parse_duration, conflicts_with = "until")]
    duration: Option<Duration>,
}

impl Until {
    /// The moment; `None` if none is named.
    ///
    /// # Errors
    /// Exit code 2 for a duration that ends after the end of time.
    pub fn at(self, now: Timestamp) -> Result<Option<prost_types::Timestamp>, Failure> {
        let at = match (self.until, self.duration) {
            (Some(at), _) => at,
            (None, None) => return Ok(None),
            (None, Some(duration)) => now
                .checked_add(duration)
                .map_err(|error| Failure::usage(format!("--for is too long: {error}")))?,
        };
        Ok(Some(prost_types::Timestamp {
            seconds: at.as_second(),
            nanos: at.subsec_nanosecond(),
        }))
    }
}

/// Reads `2026-12-24` or `2026-12-24T18:00:00Z`.
fn moment(written: &str) -> Result<Timestamp, String> {
    if let Ok(moment) = written.parse::<Timestamp>() {
        return Ok(moment);
    }
    written
        .parse::<Date>()
        .ok()
        .filter(|_| !written.contains('T'))
        .and_then(|day| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok())
        .ok_or_else(|| {
            "write a day like 2026-12-24 or a moment like 2026-12-24T18:00:00Z".to_owned()
        })
}

/// Reads the name of how an agreement stands.
///
/// # Errors
/// A sentence for the person who wrote it.
pub fn status(name: &str) -> Result<v1::AgreementStatus, String> {
    v1::AgreementStatus::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "there is no such status".to_owned())
}

/// What of a table, in words.
pub fn scope_text(scope: Option<&v1::AccessScope>) -> String {
    let Some(scope) = scope else {
        return String::new();
    };
    let columns = match (scope.columns.as_slice(), scope.excluded_columns.as_slice()) {
        ([], []) => "all columns".to_owned(),
        ([], excluded) => format!("all columns but {}", excluded.join(", ")),
        (columns, _) => format!("columns {}", columns.join(", ")),
    };
    match scope.row_filter.as_str() {
        "" => columns,
        rows => format!("{columns}; rows where {rows}"),
    }
}

/// When access ends, for a list: `in 30d`.
pub fn end_text(until: Option<&prost_types::Timestamp>, now: Timestamp) -> String {
    match until {
        None => "no end".to_owned(),
        Some(_) => match text::age(until, now) {
            ahead if ahead.starts_with("in ") => ahead,
            age => format!("{age} ago"),
        },
    }
}

/// How it stands and how far it is: `APPROVED, GRANTING WAIT_FOR_ACCEPTANCE`.
pub fn state_text(status: v1::AgreementStatus, fulfilment: Option<&v1::Fulfilment>) -> String {
    use v1::fulfilment::State;
    let status = status.as_str_name();
    let Some(fulfilment) = fulfilment else {
        return status.to_owned();
    };
    match (fulfilment.state(), fulfilment.step.as_str()) {
        (State::Unspecified | State::Waiting, _) => status.to_owned(),
        (state, "") => format!("{status}, {}", state.as_str_name()),
        (state, step) => format!("{status}, {} {step}", state.as_str_name()),
    }
}

/// The name of how far it is; empty if that is not known.
pub fn fulfilment_name(fulfilment: Option<&v1::Fulfilment>) -> &'static str {
    match fulfilment.map(v1::Fulfilment::state) {
        None | Some(v1::fulfilment::State::Unspecified) => "",
        Some(state) => state.as_str_name(),
    }
}

/// The requests and the steps, for people; nothing for programs.
pub fn tables(
    requests: &[v1::AccessRequest],
    fulfilment: Option<&v1::Fulfilment>,
    format: Format,
    terminal: &Terminal,
) -> String {
    if matches!(format, Format::Json | Format::Yaml) {
        return String::new();
    }
    let now = terminal.now();
    let requests = requests.iter().map(|item| request(item, now)).collect();
    let steps = fulfilment.map(|fulfilment| fulfilment.steps.iter().map(step).collect());
    let mut text = String::new();
    for (columns, rows) in [(REQUESTS, requests), (STEPS, steps.unwrap_or_default())] {
        let rows: Vec<Vec<Field>> = rows;
        if !rows.is_empty() {
            text.push('\n');
            text.push_str(&grid::table(
                columns,
                rows,
                format == Format::Wide,
                terminal,
            ));
        }
    }
    text
}

const REQUESTS: &[Column] = &[
    always("REQUEST"),
    always("ASKED BY"),
    always("DECISION"),
    if_room("BY"),
    if_room("UNTIL"),
    if_room("WHAT"),
    if_room("WHY"),
    wide("APPROVAL"),
];

fn request(request: &v1::AccessRequest, now: Timestamp) -> Vec<Field> {
    use v1::access_request::Verdict;
    let (verdict, scope, until) = match request.verdict() {
        Verdict::Unspecified => ("OPEN", &request.scope, &request.valid_until),
        Verdict::Given => ("GIVEN", &request.granted_scope, &request.granted_until),
        other => (other.as_str_name(), &request.scope, &request.valid_until),
    };
    let ends = match request.kind() {
        v1::access_request::Kind::Revoke => String::new(),
        _ => end_text(until.as_ref(), now),
    };
    let why = match request.decision_reason.as_str() {
        "" => &request.reason,
        said => said,
    };
    vec![
        Field::plain(format!(
            "{} {}",
            request.number,
            request.kind().as_str_name()
        )),
        Field::plain(&request.requested_by),
        Field::plain(verdict),
        Field::plain(&request.decided_by),
        Field::plain(ends),
        Field::plain(scope_text(scope.as_ref())),
        Field::plain(why),
        Field::plain(&request.approval_id),
    ]
}

const STEPS: &[Column] = &[
    always("STEP"),
    always("BEGAN"),
    if_room("TOOK"),
    if_room("OUTCOME"),
];

fn step(step: &v1::FulfilmentStep) -> Vec<Field> {
    let began = text::moment(step.started_at.as_ref());
    let ended = text::moment(step.ended_at.as_ref());
    let took = match (began, ended) {
        (Some(began), Some(ended)) => {
            let took = Duration::try_from(ended.duration_since(began)).unwrap_or_default();
            text::duration(took)
        }
        _ => "under way".to_owned(),
    };
    vec![
        Field::plain(&step.name),
        Field::plain(text::stamp(step.started_at.as_ref())),
        Field::plain(took),
        Field::plain(&step.outcome),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn an_end_is_a_day_a_moment_or_a_duration() {
        assert_eq!(
            moment("2026-12-24").unwrap().to_string(),
            "2026-12-24T00:00:00Z"
        );
        assert_eq!(
            moment("2026-12-24T18:00:00+01:00").unwrap().to_string(),
            "2026-12-24T17:00:00Z"
        );
        for wrong in ["", "tomorrow", "2026-13-01", "2026-12-24T18:00:00"] {
            assert!(moment(wrong).is_err(), "{wrong}");
        }
        let now = Timestamp::new(1_000, 0).unwrap();
        let until = Until {
            until: None,
            duration: Some(Duration::from_secs(86_400)),
        };
        assert_eq!(until.at(now).unwrap().unwrap().seconds, 87_400);
    }

    #[test]
    fn a_scope_reads_as_a_phrase() {
        let of = |columns: &[&str], excluded: &[&str], rows: &str| {
            let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
            scope_text(Some(&v1::AccessScope {
                columns: owned(columns),
                excluded_columns: owned(excluded),
                row_filter: rows.to_owned(),
            }))
        };
        assert_eq!(of(&[], &[], ""), "all columns");
        assert_eq!(of(&["a", "b"], &[], ""), "columns a, b");
        assert_eq!(
            of(&[], &["iban"], "x = 1"),
            "all columns but iban; rows where x = 1"
        );
    }
}
