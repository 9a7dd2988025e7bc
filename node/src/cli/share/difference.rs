//! What differs between what a share gives and what was seen, as a plan.

use datamesh_proto::v1;
use datamesh_proto::v1::share_plan_line::Action;
use jiff::Timestamp;

use crate::cli::text;

/// The plan: a line a difference with its account, and what it comes to. `+` is missing and is put, `~` is
/// changed, `−` was given by hand and is taken where that is asked.
pub fn plan(plan: &v1::SharePlan, now: Timestamp) -> String {
    let mut lines = String::new();
    for line in &plan.lines {
        lines.push_str(&format!(
            "{} {}   {}\n",
            mark(line),
            text::plain(&line.account),
            text::plain(&line.thing)
        ));
    }
    if !plan.unreachable.is_empty() {
        lines.push_str(&format!("not seen: {}\n", text::plain(&plan.unreachable)));
    }
    let seen = match plan.seen_at.as_ref() {
        None => "never looked at: `datamesh share verify` looks".to_owned(),
        seen_at => format!("{}, seen {} ago", summary(plan), text::age(seen_at, now)),
    };
    lines.push_str(&seen);
    lines.push('\n');
    lines
}

fn summary(plan: &v1::SharePlan) -> String {
    if plan.lines.is_empty() {
        return match plan.unreachable.is_empty() {
            true => "no difference".to_owned(),
            false => "no difference where it could be seen".to_owned(),
        };
    }
    let count = |wanted: Action| plan.lines.iter().filter(|l| l.action() == wanted).count();
    let parts: Vec<String> = [
        (count(Action::Add), "to add"),
        (count(Action::Change), "to change"),
        (count(Action::Remove), "given by hand"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    parts.join(", ")
}

fn mark(line: &v1::SharePlanLine) -> &'static str {
    match line.action() {
        Action::Add => "+",
        Action::Remove => "−",
        Action::Change | Action::Unspecified => "~",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn line(action: Action, thing: &str) -> v1::SharePlanLine {
        v1::SharePlanLine {
            action: action.into(),
            account: "111122223333".to_owned(),
            thing: thing.to_owned(),
        }
    }

    #[test]
    fn a_plan_has_a_line_for_each_difference() {
        let now = Timestamp::new(1_000, 0).unwrap();
        let seen_at = Some(prost_types::Timestamp {
            seconds: 940,
            nanos: 0,
        });
        let drifted = v1::SharePlan {
            lines: vec![
                line(Action::Add, "SELECT on table sales"),
                line(Action::Change, "filter datamesh-1"),
                line(Action::Remove, "ALTER on table sales"),
            ],
            seen_at,
            ..v1::SharePlan::default()
        };
        assert_eq!(
            plan(&drifted, now),
            "\
+ 111122223333   SELECT on table sales
~ 111122223333   filter datamesh-1
− 111122223333   ALTER on table sales
1 to add, 1 to change, 1 given by hand, seen 1m ago
"
        );
        let healthy = v1::SharePlan {
            seen_at,
            ..v1::SharePlan::default()
        };
        assert_eq!(plan(&healthy, now), "no difference, seen 1m ago\n");
        let dark = v1::SharePlan {
            unreachable: "444455556666: AccessDenied".to_owned(),
            ..healthy
        };
        assert_eq!(
            plan(&dark, now),
            "not seen: 444455556666: AccessDenied\nno difference where it could be seen, seen 1m ago\n"
        );
        assert_eq!(
            plan(&v1::SharePlan::default(), now),
            "never looked at: `datamesh share verify` looks\n"
        );
    }
}
