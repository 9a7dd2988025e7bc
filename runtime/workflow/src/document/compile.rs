//! From the text to numbered flows.

use std::collections::HashMap;

use serde_json::Value;

use super::fields::{Fields, Problem, Problems};
use super::state;
use super::{Flow, FlowIndex, Next, State, StateIndex};

/// The query language of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    JsonPath,
    Jsonata,
}

/// How deep processors may stand in one another.
const MAX_DEPTH: usize = 64;

/// What compilation has made so far.
pub(super) struct Compiler {
    pub(super) flows: Vec<Option<Flow>>,
    pub(super) problems: Problems,
    depth: usize,
}

/// The names that a flow's transitions may point to.
pub(super) struct Names<'a>(HashMap<&'a str, StateIndex>);

/// A compiled document: its flows, the first of which is the document itself, and its time limit in
/// seconds.
pub(crate) struct Compiled {
    pub(crate) flows: Vec<Flow>,
    pub(crate) timeout_seconds: Option<u64>,
}

/// Compiles a document. All that is wrong is told at once.
pub(crate) fn compile(document: &Value) -> Result<Compiled, Vec<Problem>> {
    let mut compiler = Compiler {
        flows: Vec::new(),
        problems: Problems::default(),
        depth: 0,
    };
    let mut timeout_seconds = None;
    if let Some(fields) = Fields::of(document, String::new(), &mut compiler.problems) {
        timeout_seconds = fields.get("TimeoutSeconds").and_then(Value::as_u64);
        let language = language(&fields, Language::JsonPath, &mut compiler.problems);
        compiler.flow(&fields, language);
    }
    if compiler.problems.0.is_empty() {
        Ok(Compiled {
            flows: compiler.flows.into_iter().flatten().collect(),
            timeout_seconds,
        })
    } else {
        Err(compiler.problems.0)
    }
}

/// The query language an object names, or else the one around it.
pub(super) fn language(fields: &Fields<'_>, around: Language, problems: &mut Problems) -> Language {
    match fields.text("QueryLanguage", problems) {
        None => around,
        Some("JSONPath") => Language::JsonPath,
        Some("JSONata") => Language::Jsonata,
        Some(_) => {
            problems.add(
                fields.at("QueryLanguage"),
                "The query language is JSONPath or JSONata",
            );
            around
        }
    }
}

impl Compiler {
    /// Compiles the flow that stands in `fields` and gives its number.
    pub(super) fn flow(&mut self, fields: &Fields<'_>, language: Language) -> FlowIndex {
        let index = self.flows.len();
        self.flows.push(None);
        if self.depth == MAX_DEPTH {
            let message = format!("Processors stand in one another at most {MAX_DEPTH} deep");
            self.problems.add(fields.location.clone(), message);
            return index as FlowIndex;
        }
        self.depth += 1;
        self.flows[index] = self.states(fields, language);
        self.depth -= 1;
        index as FlowIndex
    }

    fn states(&mut self, fields: &Fields<'_>, language: Language) -> Option<Flow> {
        let states = match fields.object("States", &mut self.problems) {
            Some(states) if !states.object.is_empty() => states,
            _ => {
                self.problems
                    .add(fields.location.clone(), "The field 'States' is required");
                return None;
            }
        };
        let names: HashMap<&str, StateIndex> = states
            .object
            .keys()
            .zip(0..)
            .map(|(name, index)| (name.as_str(), index))
            .collect();
        let names = Names(names);
        let start_at = names.find(fields, "StartAt", &mut self.problems);
        let compiled: Vec<State> = states
            .object
            .iter()
            .filter_map(|(name, value)| {
                let fields = Fields::of(value, states.at(name), &mut self.problems)?;
                state::compile(self, name, &fields, &names, language)
            })
            .collect();
        Some(Flow {
            start_at: start_at?,
            states: compiled,
        })
    }
}

impl Names<'_> {
    /// The state a required field points to.
    pub(super) fn find(
        &self,
        fields: &Fields<'_>,
        field: &str,
        problems: &mut Problems,
    ) -> Option<StateIndex> {
        let name = fields.required_text(field, problems);
        let found = self.0.get(name).copied();
        if found.is_none() && fields.get(field).is_some() {
            problems.add(fields.at(field), format!("There is no state '{name}' here"));
        }
        found
    }

    /// What follows a state that has `Next` or `End`.
    pub(super) fn next(&self, fields: &Fields<'_>, problems: &mut Problems) -> Next {
        if fields.get("End") == Some(&Value::Bool(true)) {
            return Next::End;
        }
        self.find(fields, "Next", problems)
            .map_or(Next::End, Next::State)
    }
}
