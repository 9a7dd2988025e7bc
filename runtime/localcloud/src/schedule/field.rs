//! One field of a `cron` expression: `*`, values, names, ranges and steps, in a list.

use super::Malformed;

/// The values that a field can have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    pub(super) low: u32,
    pub(super) high: u32,
    /// The largest step.
    step: u32,
    /// Whether a range may go over the end: `FRI-MON`, `22-2`.
    wraps: bool,
    /// Names of the values, from the lowest on.
    names: &'static [&'static str],
}

const NONE: &[&str] = &[];
const MONTHS: &[&str] = &[
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

impl Kind {
    pub(super) const MINUTE: Self = Self::new(0, 59, 59, NONE);
    pub(super) const HOUR: Self = Self::new(0, 23, 23, NONE);
    pub(super) const DAY: Self = Self::new(1, 31, 31, NONE);
    pub(super) const MONTH: Self = Self::new(1, 12, 12, MONTHS);
    pub(super) const WEEKDAY: Self = Self::new(1, 7, 7, WEEKDAYS);
    pub(super) const YEAR: Self = Self {
        wraps: false,
        ..Self::new(1970, 2199, 229, NONE)
    };

    const fn new(low: u32, high: u32, step: u32, names: &'static [&'static str]) -> Self {
        Self {
            low,
            high,
            step,
            wraps: true,
            names,
        }
    }

    /// A number or a name.
    pub(super) fn value(self, text: &str) -> Result<u32, Malformed> {
        if let Some(at) = self.names.iter().position(|n| n.eq_ignore_ascii_case(text)) {
            return Ok(self.low + u32::try_from(at).unwrap_or(0));
        }
        let value = number(text)?;
        if (self.low..=self.high).contains(&value) {
            Ok(value)
        } else {
            Err(Malformed)
        }
    }

    /// The field's values. Commas at its end say nothing: AWS takes `cron(0/5, 9-18, ? * MON-FRI *)`.
    pub(super) fn parse(self, text: &str) -> Result<Field, Malformed> {
        let text = without_end(text);
        let mut field = Field {
            low: self.low,
            chosen: vec![false; (self.high - self.low + 1) as usize],
        };
        for part in text.split(',') {
            for value in self.part(part)? {
                field.chosen[(value - self.low) as usize] = true;
            }
        }
        Ok(field)
    }

    /// `*`, `3`, `3-9`, each perhaps with `/2`. A single value with a step goes on to the end.
    fn part(self, text: &str) -> Result<Vec<u32>, Malformed> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, Some(number(step)?)),
            None => (text, None),
        };
        if step.is_some_and(|step| step < 1 || step > self.step) {
            return Err(Malformed);
        }
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (self.low, self.high),
            Some((from, to)) => (self.value(from)?, self.value(to)?),
            None if step.is_some() => (self.value(range)?, self.high),
            None => (self.value(range)?, self.value(range)?),
        };
        if from > to && !self.wraps {
            return Err(Malformed);
        }
        let size = self.high - self.low + 1;
        let length = if from > to {
            to + size - from
        } else {
            to - from
        };
        let stepped = (0..=length).step_by(step.unwrap_or(1) as usize);
        Ok(stepped
            .map(|offset| (from - self.low + offset) % size + self.low)
            .collect())
    }
}

/// A field without commas at its end.
pub(super) fn without_end(text: &str) -> &str {
    text.trim_end_matches(',')
}

/// Digits only: no sign.
pub(super) fn number(text: &str) -> Result<u32, Malformed> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_err(|_| Malformed)
    } else {
        Err(Malformed)
    }
}

/// The chosen values of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    low: u32,
    chosen: Vec<bool>,
}

impl Field {
    pub(super) fn has(&self, value: u32) -> bool {
        value
            .checked_sub(self.low)
            .and_then(|at| self.chosen.get(at as usize))
            .is_some_and(|chosen| *chosen)
    }

    /// The chosen values from `value` on.
    pub(super) fn from(&self, value: u32) -> impl Iterator<Item = u32> {
        let skipped = value.saturating_sub(self.low) as usize;
        let values = self.chosen.iter().enumerate().skip(skipped);
        values
            .filter(|(_, chosen)| **chosen)
            .map(|(at, _)| self.low + u32::try_from(at).unwrap_or(0))
    }
}
