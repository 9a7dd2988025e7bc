//! `cron(minutes hours day-of-month month day-of-week year)`.
//!
//! One of the two days is `?`. Beyond lists, ranges and steps, the day of the month knows `L` (the
//! last), `L-3` (so many before it), `LW` (the last weekday) and `15W` (the weekday nearest to the
//! 15th within the month); the day of the week knows `L` (Saturday), `6L` (the month's last Friday)
//! and `FRI#2` (its second Friday). These stand alone in their field.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::Malformed;
use super::field::{Field, Kind, number, without_end};

/// Minutes of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: Field,
    hours: Field,
    days: Days,
    months: Field,
    years: Field,
}

/// Which days of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Days {
    OfMonth(Field),
    /// So many days before the month's last.
    BeforeLast(u32),
    LastWeekday,
    /// The weekday nearest to this day.
    NearestWeekday(u32),
    /// 1 is Sunday.
    OfWeek(Field),
    /// The month's last day of the week that is this.
    LastOfWeek(u32),
    /// The month's day of the week that is the first, and so many-th.
    NthOfWeek(u32, u32),
}

impl Cron {
    pub(super) fn parse(inside: &str) -> Result<Self, Malformed> {
        if inside.starts_with(char::is_whitespace) || inside.ends_with(char::is_whitespace) {
            return Err(Malformed);
        }
        let fields: Vec<&str> = inside.split_whitespace().collect();
        let [minutes, hours, day, month, weekday, year] = fields[..] else {
            return Err(Malformed);
        };
        Ok(Self {
            minutes: Kind::MINUTE.parse(minutes)?,
            hours: Kind::HOUR.parse(hours)?,
            days: match (without_end(day), without_end(weekday)) {
                ("?", "?") => return Err(Malformed),
                ("?", weekday) => of_week(weekday)?,
                (day, "?") => of_month(day)?,
                _ => return Err(Malformed),
            },
            months: Kind::MONTH.parse(month)?,
            years: Kind::YEAR.parse(year)?,
        })
    }

    /// Whether the minute that begins at this time is one of these.
    pub fn has(&self, time: DateTime) -> bool {
        self.minutes.has(unsigned(time.minute()))
            && self.hours.has(unsigned(time.hour()))
            && self.has_day(time.date())
            && self.months.has(unsigned(time.month()))
            && self.years.has(u32::try_from(time.year()).unwrap_or(0))
    }

    pub(super) fn next_after(&self, after_ms: i64, zone: &TimeZone) -> Option<i64> {
        let after = Timestamp::from_millisecond(after_ms).ok()?;
        self.times_from(zone.to_datetime(after))
            .filter_map(|time| first_coming(time, zone))
            .find(|moment| *moment > after)
            .map(Timestamp::as_millisecond)
    }

    /// The times that fit, in order, from the minute of `start` on.
    fn times_from(&self, start: DateTime) -> impl Iterator<Item = DateTime> {
        let year = u32::try_from(start.year()).unwrap_or(0);
        let months = self
            .years
            .from(year)
            .flat_map(|year| self.months.from(1).map(move |month| (year, month)));
        let days = months
            .filter_map(move |(year, month)| {
                date_of(year, month, 1).filter(|first| first.last_of_month() >= start.date())
            })
            .flat_map(|first| {
                (1..=first.days_in_month())
                    .filter_map(move |day| first.with().day(day).build().ok())
            })
            .filter(move |date| *date >= start.date() && self.has_day(*date));
        let start = start.with().second(0).subsec_nanosecond(0).build();
        let start = start.unwrap_or(DateTime::MAX);
        days.flat_map(|date| self.hours.from(0).map(move |hour| (date, hour)))
            .flat_map(|(date, hour)| {
                let minutes = self.minutes.from(0);
                minutes.map(move |minute| date.at(signed(hour), signed(minute), 0, 0))
            })
            .skip_while(move |time| *time < start)
    }

    fn has_day(&self, day: Date) -> bool {
        let (of_month, length) = (unsigned(day.day()), unsigned(day.days_in_month()));
        let of_week = unsigned(day.weekday().to_sunday_one_offset());
        match &self.days {
            Days::OfMonth(days) => days.has(of_month),
            Days::BeforeLast(before) => of_month + before == length,
            Days::LastWeekday => nearest_weekday(day, length) == Some(of_month),
            Days::NearestWeekday(wanted) => nearest_weekday(day, *wanted) == Some(of_month),
            Days::OfWeek(days) => days.has(of_week),
            Days::LastOfWeek(wanted) => of_week == *wanted && of_month + 7 > length,
            Days::NthOfWeek(wanted, nth) => of_week == *wanted && of_month.div_ceil(7) == *nth,
        }
    }
}

fn of_month(text: &str) -> Result<Days, Malformed> {
    if text == "L" {
        return Ok(Days::BeforeLast(0));
    }
    if text == "LW" {
        return Ok(Days::LastWeekday);
    }
    if let Some(before) = text.strip_prefix("L-") {
        let before = number(before)?;
        return (before <= 30)
            .then_some(Days::BeforeLast(before))
            .ok_or(Malformed);
    }
    match text.strip_suffix('W') {
        Some(day) => Kind::DAY.value(day).map(Days::NearestWeekday),
        None => Kind::DAY.parse(text).map(Days::OfMonth),
    }
}

fn of_week(text: &str) -> Result<Days, Malformed> {
    if text == "L" {
        return Kind::WEEKDAY.parse("SAT").map(Days::OfWeek);
    }
    if let Some((day, nth)) = text.split_once('#') {
        let (day, nth) = (Kind::WEEKDAY.value(day)?, number(nth)?);
        let exists = (1..=5).contains(&nth);
        return exists.then_some(Days::NthOfWeek(day, nth)).ok_or(Malformed);
    }
    match text.strip_suffix('L') {
        Some(day) => Kind::WEEKDAY.value(day).map(Days::LastOfWeek),
        None => Kind::WEEKDAY.parse(text).map(Days::OfWeek),
    }
}

/// The weekday nearest to a day of the month of `within`, in that month; `None` if the month does not
/// have the day.
fn nearest_weekday(within: Date, day: u32) -> Option<u32> {
    let length = unsigned(within.days_in_month());
    let wanted = within.with().day(signed(day)).build().ok()?;
    Some(match wanted.weekday().to_sunday_one_offset() {
        7 if day == 1 => 3,
        7 => day - 1,
        1 if day == length => day - 2,
        1 => day + 1,
        _ => day,
    })
}

/// The moment of a zone's time, the first where it comes twice; `None` where the zone skips it.
fn first_coming(time: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    let moment = zone.to_ambiguous_timestamp(time);
    match moment.offset() {
        AmbiguousOffset::Gap { .. } => None,
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => moment.earlier().ok(),
    }
}

fn date_of(year: u32, month: u32, day: i8) -> Option<Date> {
    let (year, month) = (i16::try_from(year).ok()?, i8::try_from(month).ok()?);
    Date::new(year, month, day).ok()
}

/// Parts of dates and times are small and not negative.
fn unsigned(part: i8) -> u32 {
    part.unsigned_abs().into()
}

fn signed(part: u32) -> i8 {
    i8::try_from(part).unwrap_or(0)
}
