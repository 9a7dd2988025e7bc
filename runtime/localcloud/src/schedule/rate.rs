//! `rate(5 minutes)`.

use super::{Dialect, Malformed};

/// An interval: so many minutes, hours or days of 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    period_ms: i64,
}

impl Rate {
    pub(super) fn parse(inside: &str, dialect: Dialect) -> Result<Self, Malformed> {
        let (value, unit) = inside.split_once(' ').ok_or(Malformed)?;
        if !value.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Malformed);
        }
        let value: i64 = value.parse().map_err(|_| Malformed)?;
        let (singular, is_plural) = match unit.strip_suffix('s') {
            Some(singular) => (singular, true),
            None => (unit, false),
        };
        let unit_ms = match singular {
            "minute" => 60_000,
            "hour" => 3_600_000,
            "day" => 86_400_000,
            _ => return Err(Malformed),
        };
        let agrees = is_plural == (value > 1);
        if value < 1 || (dialect == Dialect::Rules && !agrees) {
            return Err(Malformed);
        }
        let period_ms = value.checked_mul(unit_ms).ok_or(Malformed)?;
        Ok(Self { period_ms })
    }

    pub(super) fn next_after(self, after_ms: i64, anchor_ms: i64) -> Option<i64> {
        if after_ms < anchor_ms {
            return Some(anchor_ms);
        }
        let passed = after_ms.checked_sub(anchor_ms)? / self.period_ms;
        let periods = self.period_ms.checked_mul(passed.checked_add(1)?)?;
        anchor_ms.checked_add(periods)
    }
}
