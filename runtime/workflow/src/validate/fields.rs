//! Which fields each type of state has, and in which query language.

use Language::{JsonPath, Jsonata};

/// A state's query language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    JsonPath,
    Jsonata,
}

impl Language {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            JsonPath => "JSONPath",
            Jsonata => "JSONata",
        }
    }
}

/// The types of states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StateType {
    Pass,
    Task,
    Choice,
    Wait,
    Succeed,
    Fail,
    Parallel,
    Map,
}

impl StateType {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "Pass" => StateType::Pass,
            "Task" => StateType::Task,
            "Choice" => StateType::Choice,
            "Wait" => StateType::Wait,
            "Succeed" => StateType::Succeed,
            "Fail" => StateType::Fail,
            "Parallel" => StateType::Parallel,
            "Map" => StateType::Map,
            _ => return None,
        })
    }

    /// Whether it goes on by `Next` or ends by `End`.
    pub(super) fn has_next(self) -> bool {
        !matches!(
            self,
            StateType::Choice | StateType::Succeed | StateType::Fail
        )
    }

    /// Fields that it must have in either language, beside `Type`.
    pub(super) fn required(self) -> &'static [&'static str] {
        match self {
            StateType::Task => &["Resource"],
            StateType::Choice => &["Choices"],
            StateType::Parallel => &["Branches"],
            _ => &[],
        }
    }

    fn own(self) -> &'static [Field] {
        match self {
            StateType::Pass => PASS,
            StateType::Task => TASK,
            StateType::Choice => CHOICE,
            StateType::Wait => WAIT,
            StateType::Succeed => SUCCEED,
            StateType::Fail => FAIL,
            StateType::Parallel => PARALLEL,
            StateType::Map => MAP,
        }
    }
}

/// A field's name, and the one language that has it, if it is not both.
type Field = (&'static str, Option<Language>);

const EVERY: &[Field] = &[("Type", None), ("Comment", None), ("QueryLanguage", None)];

const PASS: &[Field] = &[
    ("Next", None),
    ("End", None),
    ("Assign", None),
    ("Result", Some(JsonPath)),
    ("ResultPath", Some(JsonPath)),
    ("Parameters", Some(JsonPath)),
    ("InputPath", Some(JsonPath)),
    ("OutputPath", Some(JsonPath)),
    ("Output", Some(Jsonata)),
];

const TASK: &[Field] = &[
    ("Next", None),
    ("End", None),
    ("Assign", None),
    ("Resource", None),
    ("Retry", None),
    ("Catch", None),
    ("TimeoutSeconds", None),
    ("HeartbeatSeconds", None),
    ("Credentials", None),
    ("TimeoutSecondsPath", Some(JsonPath)),
    ("HeartbeatSecondsPath", Some(JsonPath)),
    ("InputPath", Some(JsonPath)),
    ("OutputPath", Some(JsonPath)),
    ("Parameters", Some(JsonPath)),
    ("ResultSelector", Some(JsonPath)),
    ("ResultPath", Some(JsonPath)),
    ("Arguments", Some(Jsonata)),
    ("Output", Some(Jsonata)),
];

const CHOICE: &[Field] = &[
    ("Choices", None),
    ("Default", None),
    ("Assign", None),
    ("InputPath", Some(JsonPath)),
    ("OutputPath", Some(JsonPath)),
    ("Output", Some(Jsonata)),
];

const WAIT: &[Field] = &[
    ("Next", None),
    ("End", None),
    ("Assign", None),
    ("Seconds", None),
    ("Timestamp", None),
    ("SecondsPath", Some(JsonPath)),
    ("TimestampPath", Some(JsonPath)),
    ("InputPath", Some(JsonPath)),
    ("OutputPath", Some(JsonPath)),
    ("Output", Some(Jsonata)),
];

const SUCCEED: &[Field] = &[
    ("InputPath", Some(JsonPath)),
    ("OutputPath", Some(JsonPath)),
    ("Output", Some(Jsonata)),
];

const FAIL: &[Field] = &[
    ("Error", None),
    ("Cause", None),
    ("ErrorPath", Some(JsonPath)),
    ("CausePath", Some(JsonPath)),
];

const PARALLEL: &[Field] = &[
    ("Next", None),
    ("End", None),
    ("Assign", None),
    ("Branches", None),
    ("Retry", None),
    ("Catch", None),
    ("InputPath", Some(JsonPath)),
    ("OutputPath", Some(JsonPath)),
    ("Parameters", Some(JsonPath)),
    ("ResultSelector", Some(JsonPath)),
    ("ResultPath", Some(JsonPath)),
    ("Arguments", Some(Jsonata)),
    ("Output", Some(Jsonata)),
];

const MAP: &[Field] = &[
    ("Next", None),
    ("End", None),
    ("Assign", None),
    ("ItemProcessor", None),
    ("Iterator", None),
    ("ItemReader", None),
    ("ItemBatcher", None),
    ("ItemSelector", None),
    ("ResultWriter", None),
    ("Label", None),
    ("MaxConcurrency", None),
    ("ToleratedFailurePercentage", None),
    ("ToleratedFailureCount", None),
    ("Retry", None),
    ("Catch", None),
    ("MaxConcurrencyPath", Some(JsonPath)),
    ("ToleratedFailurePercentagePath", Some(JsonPath)),
    ("ToleratedFailureCountPath", Some(JsonPath)),
    ("ItemsPath", Some(JsonPath)),
    ("InputPath", Some(JsonPath)),
    ("OutputPath", Some(JsonPath)),
    ("Parameters", Some(JsonPath)),
    ("ResultSelector", Some(JsonPath)),
    ("ResultPath", Some(JsonPath)),
    ("Items", Some(Jsonata)),
    ("Output", Some(Jsonata)),
];

/// What is wrong with a field's being there at all, as Step Functions words it; None where it may.
pub(super) fn fault(state_type: StateType, language: Language, name: &str) -> Option<String> {
    let known = EVERY
        .iter()
        .chain(state_type.own())
        .find(|(field, _)| *field == name);
    match known {
        None => Some(format!("Field '{name}' is not supported")),
        Some((_, Some(only))) if *only != language => Some(format!(
            "The QueryLanguage is set to '{}', but field '{name}' is only supported for the '{}' \
             QueryLanguage",
            language.as_str(),
            only.as_str(),
        )),
        Some(_) => None,
    }
}

/// The names of the fields that a type has in a language.
pub(super) fn names(
    state_type: StateType,
    language: Language,
) -> impl Iterator<Item = &'static str> {
    EVERY
        .iter()
        .chain(state_type.own())
        .filter(move |(_, only)| only.is_none_or(|only| only == language))
        .map(|(name, _)| *name)
}
