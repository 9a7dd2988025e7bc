//! The syntax of schedule expressions: `rate(5 minutes)` and `cron(0 12 * * ? *)`.

/// Whether `PutRule` takes this expression.
pub(super) fn is_valid(expression: &str) -> bool {
    let inside = |kind: &str| {
        expression
            .strip_prefix(kind)?
            .strip_prefix('(')?
            .strip_suffix(')')
    };
    match (inside("rate"), inside("cron")) {
        (Some(rate), _) => is_rate(rate),
        (_, Some(cron)) => is_cron(cron),
        _ => false,
    }
}

/// A positive number and its unit, singular for one.
fn is_rate(text: &str) -> bool {
    let Some((number, unit)) = text.split_once(' ') else {
        return false;
    };
    match number.parse::<u32>() {
        Ok(1) => ["minute", "hour", "day"].contains(&unit),
        Ok(2..) => ["minutes", "hours", "days"].contains(&unit),
        _ => false,
    }
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Minutes, hours, day of month, month, day of week, year; one of the two days is `?`.
fn is_cron(text: &str) -> bool {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day, month, weekday, year] = fields[..] else {
        return false;
    };
    is_field(minute, 0, 59, &[])
        && is_field(hour, 0, 23, &[])
        && is_field(month, 1, 12, &MONTHS)
        && is_field(year, 1970, 2199, &[])
        && match (day, weekday) {
            ("?", weekday) => is_weekday(weekday),
            (day, "?") => is_day(day),
            _ => false,
        }
}

fn is_day(field: &str) -> bool {
    match field.strip_suffix('W') {
        Some("L") => true,
        Some(day) => is_value(day, 1, 31, &[]),
        None => field == "L" || is_field(field, 1, 31, &[]),
    }
}

fn is_weekday(field: &str) -> bool {
    if let Some((day, week)) = field.split_once('#') {
        return is_value(day, 1, 7, &DAYS) && is_value(week, 1, 5, &[]);
    }
    match field.strip_suffix('L') {
        Some(day) => day.is_empty() || is_value(day, 1, 7, &DAYS),
        None => is_field(field, 1, 7, &DAYS),
    }
}

/// A list of values, ranges and steps.
fn is_field(field: &str, low: u32, high: u32, names: &[&str]) -> bool {
    field.split(',').all(|part| {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().is_ok_and(|step| step > 0)),
            None => (part, true),
        };
        let range = match range.split_once('-') {
            _ if range == "*" => true,
            Some((from, to)) => is_value(from, low, high, names) && is_value(to, low, high, names),
            None => is_value(range, low, high, names),
        };
        step && range
    })
}

fn is_value(text: &str, low: u32, high: u32, names: &[&str]) -> bool {
    names.contains(&text.to_ascii_uppercase().as_str())
        || text
            .parse::<u32>()
            .is_ok_and(|value| (low..=high).contains(&value))
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn rates_have_a_number_and_its_unit() {
        for (expression, expected) in [
            ("rate(1 minute)", true),
            ("rate(5 minutes)", true),
            ("rate(1 days)", false),
            ("rate(2 hour)", false),
            ("rate(0 minutes)", false),
            ("rate(5)", false),
            ("every(5 minutes)", false),
        ] {
            assert_eq!(is_valid(expression), expected, "{expression}");
        }
    }

    #[test]
    fn crons_have_six_fields_and_one_kind_of_day() {
        for (expression, expected) in [
            ("cron(0 12 * * ? *)", true),
            ("cron(0/15 8-17 ? * MON-FRI *)", true),
            ("cron(0 9 L * ? *)", true),
            ("cron(0 9 3W * ? *)", true),
            ("cron(0 9 ? * 2#1 2026-2030)", true),
            ("cron(0 9 ? * 6L *)", true),
            ("cron(0 12 * * * *)", false),
            ("cron(60 12 * * ? *)", false),
            ("cron(0 12 * * ?)", false),
        ] {
            assert_eq!(is_valid(expression), expected, "{expression}");
        }
    }
}
