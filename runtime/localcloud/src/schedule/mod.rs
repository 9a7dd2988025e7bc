//! Schedule expressions, and the moments that they name: `rate(5 minutes)`, `cron(0 12 * * ? *)` and
//! `at(2026-01-31T12:00:00)`, as EventBridge's rules and the EventBridge Scheduler take them.
//!
//! Pure: no clock, no store. A `cron` names minutes of a time zone's calendar. By the Scheduler's
//! documentation a time that a zone skips (in spring) is skipped, and one that comes twice (in autumn)
//! counts once, at its first coming. A `rate` counts elapsed time: a day is 24 hours, whatever the
//! zone's clocks do.

mod cron;
mod field;
mod rate;
#[cfg(test)]
mod tests;
mod zone;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

pub use cron::Cron;
pub use rate::Rate;
pub use zone::zone;

/// Whose expressions: the two services differ in what they take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// `PutRule` of EventBridge: no `at`; a rate's unit is singular for 1 and plural for more.
    Rules,
    /// The EventBridge Scheduler: units are singular or plural, as one likes.
    Scheduler,
}

/// When something is to happen, once or again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// At regular intervals from its anchor on.
    Rate(Rate),
    /// At the minutes of the calendar that fit.
    Cron(Box<Cron>),
    /// Once.
    At(DateTime),
}

/// The text is no schedule expression of the dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a schedule expression")]
pub struct Malformed;

impl Schedule {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`Malformed`]: unknown syntax, a value that its field cannot have, or a kind that the dialect
    /// does not have. An impossible date (`cron(0 0 31 2 ? *)`) is no error: it never comes.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self, Malformed> {
        let (kind, inside) = text
            .strip_suffix(')')
            .and_then(|text| text.split_once('('))
            .ok_or(Malformed)?;
        match (kind, dialect) {
            ("rate", _) => Rate::parse(inside, dialect).map(Self::Rate),
            ("cron", _) => Cron::parse(inside).map(|cron| Self::Cron(Box::new(cron))),
            ("at", Dialect::Scheduler) => at(inside).map(Self::At),
            _ => Err(Malformed),
        }
    }

    /// The first moment later than `after_ms` (milliseconds since the Unix epoch); `None` if there is
    /// none any more. A rate counts from `anchor_ms`, which is its first moment.
    pub fn next_after(&self, after_ms: i64, anchor_ms: i64, zone: &TimeZone) -> Option<i64> {
        match self {
            Self::Rate(rate) => rate.next_after(after_ms, anchor_ms),
            Self::Cron(cron) => cron.next_after(after_ms, zone),
            // A time that the zone skips comes as much later as was skipped.
            Self::At(time) => zone
                .to_ambiguous_timestamp(*time)
                .compatible()
                .ok()
                .map(|moment| moment.as_millisecond())
                .filter(|at_ms| *at_ms > after_ms),
        }
    }
}

/// `yyyy-mm-ddThh:mm:ss`, every part with all its digits.
fn at(text: &str) -> Result<DateTime, Malformed> {
    let shape = "dddd-dd-ddTdd:dd:dd";
    let is_shaped = text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| {
            if wanted == b'd' {
                byte.is_ascii_digit()
            } else {
                byte == wanted
            }
        });
    if !is_shaped || text.ends_with("60") {
        return Err(Malformed);
    }
    text.parse().map_err(|_| Malformed)
}
