//! One state.

use serde_json::Value;

use super::compile::{Compiler, Language, Names, language};
use super::fields::{Fields, Problems};
use super::{Catcher, Choice, Kind, Next, State, flow, map, task, wait};
use crate::choice;
use crate::retry::Retrier;

/// Compiles a state; `around` is the query language of the flow it stands in.
pub(super) fn compile(
    compiler: &mut Compiler,
    name: &str,
    fields: &Fields<'_>,
    names: &Names<'_>,
    around: Language,
) -> Option<State> {
    let language = language(fields, around, &mut compiler.problems);
    let problems = &mut compiler.problems;
    let kind = match fields.required_text("Type", problems) {
        "Pass" => Kind::Pass {
            result: fields.get("Result").cloned(),
        },
        "Task" => Kind::Task(Box::new(task::compile(fields, language, problems))),
        "Choice" => choices(fields, names, language, problems),
        "Wait" => Kind::Wait(wait::compile(fields, language, problems)?),
        "Succeed" => Kind::Succeed,
        "Fail" => Kind::Fail {
            error: wait::text(fields, ["Error", "ErrorPath"], language, problems),
            cause: wait::text(fields, ["Cause", "CausePath"], language, problems),
        },
        "Parallel" => parallel(compiler, fields, around),
        "Map" => Kind::Map(Box::new(map::compile(compiler, fields, language, around)?)),
        "" => return None,
        other => {
            problems.add(
                fields.at("Type"),
                format!("There is no state type '{other}'"),
            );
            return None;
        }
    };
    let problems = &mut compiler.problems;
    let next = match kind {
        Kind::Choice { .. } | Kind::Succeed | Kind::Fail { .. } => Next::End,
        _ => names.next(fields, problems),
    };
    Some(State {
        name: name.to_owned(),
        flow: flow::compile(fields, language, matches!(kind, Kind::Map(_)), problems),
        retry: retriers(fields, problems),
        catch: catchers(fields, names, language, problems),
        kind,
        next,
    })
}

fn parallel(compiler: &mut Compiler, fields: &Fields<'_>, around: Language) -> Kind {
    let mut branches = Vec::new();
    for (index, branch) in fields
        .array("Branches", &mut compiler.problems)
        .iter()
        .enumerate()
    {
        let location = format!("{}/{index}", fields.at("Branches"));
        if let Some(branch) = Fields::of(branch, location, &mut compiler.problems) {
            let language = language(&branch, around, &mut compiler.problems);
            branches.push(compiler.flow(&branch, language));
        }
    }
    Kind::Parallel { branches }
}

fn choices(
    fields: &Fields<'_>,
    names: &Names<'_>,
    language: Language,
    problems: &mut Problems,
) -> Kind {
    let mut rules = Vec::new();
    for (index, value) in fields.array("Choices", problems).iter().enumerate() {
        let location = format!("{}/{index}", fields.at("Choices"));
        let Some(entry) = Fields::of(value, location.clone(), problems) else {
            continue;
        };
        let rule = match language {
            Language::JsonPath => choice::Rule::parse(value),
            Language::Jsonata => choice::Rule::parse_condition(value),
        };
        let rule = problems.keep(location, rule);
        let next = names.find(&entry, "Next", problems);
        let flow = flow::compile(&entry, language, false, problems);
        if let (Some(rule), Some(next)) = (rule, next) {
            rules.push(Choice { rule, flow, next });
        }
    }
    let default = match fields.get("Default") {
        Some(_) => names.find(fields, "Default", problems),
        None => None,
    };
    Kind::Choice { rules, default }
}

fn retriers(fields: &Fields<'_>, problems: &mut Problems) -> Vec<Retrier> {
    let retriers = fields.array("Retry", problems).iter().enumerate();
    retriers
        .filter_map(|(index, value)| {
            let retrier = serde_json::from_value(value.clone());
            problems.keep(format!("{}/{index}", fields.at("Retry")), retrier)
        })
        .collect()
}

fn catchers(
    fields: &Fields<'_>,
    names: &Names<'_>,
    language: Language,
    problems: &mut Problems,
) -> Vec<Catcher> {
    let mut catchers = Vec::new();
    for (index, value) in fields.array("Catch", problems).iter().enumerate() {
        let location = format!("{}/{index}", fields.at("Catch"));
        let Some(entry) = Fields::of(value, location, problems) else {
            continue;
        };
        let errors = entry.array("ErrorEquals", problems).iter();
        let error_equals = errors
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let flow = flow::compile(&entry, language, false, problems);
        if let Some(next) = names.find(&entry, "Next", problems) {
            catchers.push(Catcher {
                error_equals,
                flow,
                next,
            });
        }
    }
    catchers
}
