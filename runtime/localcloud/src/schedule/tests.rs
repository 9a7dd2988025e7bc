#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use jiff::Timestamp;
use jiff::civil::{DateTime, date};
use jiff::tz::TimeZone;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Dialect, Schedule, zone};

const MINUTE_MS: i64 = 60_000;

fn cron(text: &str) -> Schedule {
    Schedule::parse(&format!("cron({text})"), Dialect::Scheduler).unwrap()
}

fn ms(time: DateTime, zone: &TimeZone) -> i64 {
    zone.to_timestamp(time).unwrap().as_millisecond()
}

/// The next moments after a time, all in the zone's time.
#[track_caller]
fn comes(text: &str, zone_name: &str, after: &str, expected: &[&str]) {
    let (schedule, zone) = (cron(text), zone(zone_name).unwrap());
    let mut now_ms = ms(after.parse().unwrap(), &zone);
    let mut found = Vec::new();
    while found.len() < expected.len()
        && let Some(next_ms) = schedule.next_after(now_ms, 0, &zone)
    {
        let moment = Timestamp::from_millisecond(next_ms).unwrap();
        found.push(
            zone.to_datetime(moment)
                .strftime("%Y-%m-%d %H:%M")
                .to_string(),
        );
        now_ms = next_ms;
    }
    assert_eq!(found, expected, "cron({text}) after {after}");
}

#[track_caller]
fn is_taken(text: &str, by_rules: bool, by_scheduler: bool) {
    for (dialect, expected) in [
        (Dialect::Rules, by_rules),
        (Dialect::Scheduler, by_scheduler),
    ] {
        let taken = Schedule::parse(text, dialect).is_ok();
        assert_eq!(taken, expected, "{text:?} by {dialect:?}");
    }
}

#[test]
fn a_rate_has_a_number_and_a_unit() {
    is_taken("rate(1 minute)", true, true);
    is_taken("rate(90 days)", true, true);
    is_taken("rate(1 minutes)", false, true);
    is_taken("rate(2 hour)", false, true);
    for text in [
        "rate(0 minutes)",
        "rate(-5 minutes)",
        "rate(+5 minutes)",
        "rate(1.5 hours)",
        "rate(5)",
        "rate()",
        "rate(5 )",
        "rate( 5 minutes)",
        "rate(5 minutes )",
        "rate(5  minutes)",
        "rate(five minutes)",
        "rate(30 seconds)",
        "rate(2 weeks)",
        "rate(5 Minutes)",
        "rate(99999999999999999999 days)",
        "rate(9223372036854775807 days)",
        "rate(5 minutes",
        "rate 5 minutes",
        "RATE(5 minutes)",
        " rate(5 minutes)",
        "rate(5 minutes) ",
        "every(5 minutes)",
        "",
    ] {
        is_taken(text, false, false);
    }
}

#[test]
fn a_cron_has_six_fields_and_one_kind_of_day() {
    for text in [
        "0 12 * * ? *",
        "*/15 8-17 ? * MON-FRI *",
        "0 9 L * ? *",
        "0 9 L-3 * ? *",
        "0 9 LW * ? *",
        "0 9 3W * ? *",
        "0 9 1,15 jan,Jul ? 2026-2030/2",
        "0 9 ? * 2#1 2199",
        "0 9 ? * fri#5 *",
        "0 9 ? * 6L *",
        "0 9 ? * TUEL *",
        "0 9 ? * L *",
        "0 22-2 ? * FRI-MON *",
        "5/20 * 31 2 ? 1970",
        "0 9 * * ?   *",
    ] {
        is_taken(&format!("cron({text})"), true, true);
    }
    for text in [
        "",
        "0 12 * * *",
        "0 12 * * ? * *",
        "0 12 * * * *",
        "0 12 1 * MON *",
        "0 12 ? * ? *",
        "60 12 * * ? *",
        "0 24 * * ? *",
        "0 12 0 * ? *",
        "0 12 32 * ? *",
        "0 12 * 13 ? *",
        "0 12 * FOO ? *",
        "0 12 ? * 0 *",
        "0 12 ? * 8 *",
        "0 12 ? * MONDAY *",
        "0 12 * * ? 1969",
        "0 12 * * ? 2200",
        "0 12 * * ? 2030-2026",
        "*/0 12 * * ? *",
        "*/60 12 * * ? *",
        "0 */24 * * ? *",
        "1-2-3 12 * * ? *",
        "1/2/3 12 * * ? *",
        "-1 12 * * ? *",
        "1- 12 * * ? *",
        "1,,2 12 * * ? *",
        ", 12 * * ? *",
        "? 12 * * ? *",
        "0 12 W * ? *",
        "0 12 L-31 * ? *",
        "0 12 1,LW * ? *",
        "0 12 1-5W * ? *",
        "0 12 ? * 2#6 *",
        "0 12 ? * 2#0 *",
        "0 12 ? * 2#1,4#1 *",
        "0 12 ? * 2L,4L *",
        "0 12 ? * 2-4L *",
        " 0 12 * * ? *",
        "0 12 * * ? * ",
    ] {
        is_taken(&format!("cron({text})"), false, false);
    }
}

#[test]
fn only_the_scheduler_knows_single_moments() {
    is_taken("at(2026-02-28T23:59:59)", false, true);
    is_taken("at(2001-01-01T00:00:00)", false, true);
    for text in [
        "at(2026-02-30T12:00:00)",
        "at(2026-02-28T24:00:00)",
        "at(2026-02-28T12:00:60)",
        "at(2026-02-28T12:00)",
        "at(2026-02-28)",
        "at(2026-02-28 12:00:00)",
        "at(2026-02-28T12:00:00Z)",
        "at(2026-2-28T12:00:00)",
        "at()",
    ] {
        is_taken(text, false, false);
    }
}

#[test]
fn lists_ranges_and_steps_name_minutes() {
    let after = "2026-01-31T23:57:00";
    comes(
        "58,59 23 * * ? *",
        "UTC",
        after,
        &["2026-01-31 23:58", "2026-01-31 23:59", "2026-02-01 23:58"],
    );
    comes(
        "10/20 0-23/12 * * ? *",
        "UTC",
        after,
        &[
            "2026-02-01 00:10",
            "2026-02-01 00:30",
            "2026-02-01 00:50",
            "2026-02-01 12:10",
        ],
    );
    comes(
        "0 0 ? * FRI-MON *",
        "UTC",
        after,
        &["2026-02-01 00:00", "2026-02-02 00:00", "2026-02-06 00:00"],
    );
    comes(
        "0 23-1 * * ? *",
        "UTC",
        after,
        &["2026-02-01 00:00", "2026-02-01 01:00", "2026-02-01 23:00"],
    );
    comes(
        "0 12 29 2 ? *",
        "UTC",
        after,
        &["2028-02-29 12:00", "2032-02-29 12:00"],
    );
    comes("0 12 1 1 ? 2025,2027", "UTC", after, &["2027-01-01 12:00"]);
}

#[test]
fn days_are_counted_from_the_end_too() {
    let after = "2026-01-30T12:00:00";
    comes(
        "0 0 L * ? *",
        "UTC",
        after,
        &["2026-01-31 00:00", "2026-02-28 00:00", "2026-03-31 00:00"],
    );
    comes(
        "0 0 L-1 * ? *",
        "UTC",
        after,
        &["2026-02-27 00:00", "2026-03-30 00:00"],
    );
    comes(
        "0 0 LW * ? *",
        "UTC",
        after,
        &[
            "2026-02-27 00:00",
            "2026-03-31 00:00",
            "2026-04-30 00:00",
            "2026-05-29 00:00",
        ],
    );
    comes(
        "0 0 ? * 6L *",
        "UTC",
        after,
        &["2026-02-27 00:00", "2026-03-27 00:00"],
    );
    comes(
        "0 0 ? * L *",
        "UTC",
        after,
        &["2026-01-31 00:00", "2026-02-07 00:00"],
    );
    comes(
        "0 0 ? * TUE#5 *",
        "UTC",
        after,
        &["2026-03-31 00:00", "2026-06-30 00:00"],
    );
}

#[test]
fn the_nearest_weekday_is_in_the_same_month() {
    let after = "2026-01-30T12:00:00";
    // 1 February and 1 March 2026 are Sundays, 1 August is a Saturday, 31 May a Sunday.
    comes(
        "0 0 1W 2,3,8 ? *",
        "UTC",
        after,
        &["2026-02-02 00:00", "2026-03-02 00:00", "2026-08-03 00:00"],
    );
    comes(
        "0 0 15W * ? *",
        "UTC",
        after,
        &["2026-02-16 00:00", "2026-03-16 00:00", "2026-04-15 00:00"],
    );
    comes(
        "0 0 31W * ? *",
        "UTC",
        after,
        &["2026-03-31 00:00", "2026-05-29 00:00"],
    );
}

#[test]
fn what_a_zone_skips_is_skipped_and_what_comes_twice_counts_once() {
    // Vienna goes from 02:00 to 03:00 on 29 March 2026, and from 03:00 to 02:00 on 25 October.
    comes(
        "30 2 * * ? *",
        "Europe/Vienna",
        "2026-03-28T03:00:00",
        &["2026-03-30 02:30", "2026-03-31 02:30"],
    );
    comes(
        "30 2 * * ? *",
        "Europe/Vienna",
        "2026-10-24T03:00:00",
        &["2026-10-25 02:30", "2026-10-26 02:30"],
    );
    comes(
        "0 2,3 * * ? *",
        "Europe/Vienna",
        "2026-10-24T22:00:00",
        &["2026-10-25 02:00", "2026-10-25 03:00"],
    );
    let vienna = zone("Europe/Vienna").unwrap();
    let first =
        cron("30 2 * * ? *").next_after(ms(date(2026, 10, 25).at(0, 0, 0, 0), &vienna), 0, &vienna);
    assert_eq!(
        first,
        Some(ms(date(2026, 10, 25).at(0, 30, 0, 0), &TimeZone::UTC))
    );
}

#[test]
fn an_impossible_date_never_comes() {
    comes("0 0 31 2 ? *", "UTC", "2026-01-01T00:00:00", &[]);
    comes("0 0 1 1 ? 2025", "UTC", "2026-01-01T00:00:00", &[]);
    let schedule = cron("* * * * ? *");
    assert_eq!(schedule.next_after(i64::MAX, 0, &TimeZone::UTC), None);
}

#[test]
fn a_rate_counts_from_its_anchor() {
    let rate = Schedule::parse("rate(5 minutes)", Dialect::Rules).unwrap();
    let next = |after_ms| rate.next_after(after_ms, 7, &TimeZone::UTC);
    assert_eq!(next(0), Some(7));
    assert_eq!(next(7), Some(300_007));
    assert_eq!(next(300_006), Some(300_007));
    assert_eq!(next(300_007), Some(600_007));
    assert_eq!(next(i64::MAX), None);
}

#[test]
fn a_single_moment_comes_once_in_its_zone() {
    let at = Schedule::parse("at(2026-03-29T02:30:00)", Dialect::Scheduler).unwrap();
    let utc_ms = ms(date(2026, 3, 29).at(2, 30, 0, 0), &TimeZone::UTC);
    assert_eq!(at.next_after(0, 0, &TimeZone::UTC), Some(utc_ms));
    assert_eq!(at.next_after(utc_ms, 0, &TimeZone::UTC), None);
    // Vienna skips it: it comes as much later.
    let skipped_ms = ms(date(2026, 3, 29).at(1, 30, 0, 0), &TimeZone::UTC);
    assert_eq!(
        at.next_after(0, 0, &zone("Europe/Vienna").unwrap()),
        Some(skipped_ms)
    );
}

#[test]
fn zones_have_their_own_names() {
    for name in ["UTC", "Europe/Vienna", "America/New_York", "Asia/Kolkata"] {
        assert!(zone(name).is_some(), "{name}");
    }
    for name in ["", "Vienna", "europe/vienna", "+01:00", "Mars/Olympus"] {
        assert!(zone(name).is_none(), "{name}");
    }
}

/// A field of any form.
fn any_field(rng: &mut StdRng, low: u32, high: u32) -> String {
    let value = rng.random_range(low..=high);
    let other = rng.random_range(low..=high);
    let step = rng.random_range(1..=(high - low));
    match rng.random_range(0..6) {
        0 => "*".to_owned(),
        1 => value.to_string(),
        2 => format!("{},{}", value, other),
        3 => format!("{}-{}", value.min(other), value.max(other)),
        4 => format!("*/{step}"),
        _ => format!("{value}/{step}"),
    }
}

/// An expression that fits some minute of the years 2026 to 2028, most likely.
fn any_cron(rng: &mut StdRng) -> String {
    let days = ["*", "L", "L-2", "LW", "15W", "1W"];
    let weekdays = ["*", "MON-FRI", "L", "6L", "3#2", "1#5"];
    let (day, weekday) = match rng.random_range(0..4) {
        0 => (
            days[rng.random_range(0..days.len())].to_owned(),
            "?".to_owned(),
        ),
        1 => (
            "?".to_owned(),
            weekdays[rng.random_range(0..weekdays.len())].to_owned(),
        ),
        2 => (any_field(rng, 1, 31), "?".to_owned()),
        _ => ("?".to_owned(), any_field(rng, 1, 7)),
    };
    let (minute, hour, month) = (
        any_field(rng, 0, 59),
        any_field(rng, 0, 23),
        any_field(rng, 1, 12),
    );
    format!("{minute} {hour} {day} {month} {weekday} *")
}

#[test]
fn the_next_moment_is_the_first_minute_that_fits() {
    let mut rng = StdRng::seed_from_u64(5);
    let zones = [
        "UTC",
        "Europe/Vienna",
        "America/New_York",
        "Australia/Lord_Howe",
    ];
    let start_ms = ms(date(2026, 1, 1).at(0, 0, 0, 0), &TimeZone::UTC);
    for _ in 0..150 {
        let text = any_cron(&mut rng);
        let Schedule::Cron(minutes) = cron(&text) else {
            panic!("{text} is a cron");
        };
        let zone = zone(zones[rng.random_range(0..zones.len())]).unwrap();
        let after_ms =
            start_ms + rng.random_range(0..365 * 1_440) * MINUTE_MS - rng.random_range(0..2);
        let next_ms = cron(&text).next_after(after_ms, 0, &zone);
        let local = |at_ms| zone.to_datetime(Timestamp::from_millisecond(at_ms).unwrap());
        if let Some(next_ms) = next_ms {
            assert!(next_ms > after_ms, "{text}");
            assert!(
                minutes.has(local(next_ms)),
                "{text} does not fit {}",
                local(next_ms)
            );
        }
        // Every minute of the next two days, unless it is the second coming of its time.
        let first = (after_ms.div_euclid(MINUTE_MS) + 1) * MINUTE_MS;
        let by_hand = (0..2 * 1_440)
            .map(|minute| first + minute * MINUTE_MS)
            .find(|at_ms| {
                let time = local(*at_ms);
                minutes.has(time)
                    && zone
                        .to_ambiguous_timestamp(time)
                        .earlier()
                        .unwrap()
                        .as_millisecond()
                        == *at_ms
            });
        match by_hand {
            Some(_) => assert_eq!(next_ms, by_hand, "{text} after {}", local(after_ms)),
            None => assert!(next_ms.is_none_or(|at_ms| at_ms >= first + 2 * 1_440 * MINUTE_MS)),
        }
    }
}
