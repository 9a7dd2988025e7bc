//! A document, compiled.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::document::{self, Flow, FlowIndex, Problem, State, StateIndex};
use crate::validate::{Diagnostic, MachineType, validate};

/// A compiled document. It does not change, so any number of executions may share it.
#[derive(Debug)]
pub struct Machine {
    digest: String,
    flows: Vec<Flow>,
    timeout_seconds: Option<u64>,
}

impl Machine {
    /// Compiles the text of a document for a standard workflow. Everything that is wrong is told at
    /// once, and warnings with it; warnings alone do not keep a document from being compiled.
    pub fn compile(text: &str) -> Result<Self, Vec<Diagnostic>> {
        Self::compile_as(text, MachineType::Standard)
    }

    /// As [`Machine::compile`], for a workflow of that type.
    pub fn compile_as(text: &str, machine_type: MachineType) -> Result<Self, Vec<Diagnostic>> {
        let diagnostics = validate(text, machine_type);
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(diagnostics);
        }
        Self::compile_unchecked(text)
    }

    /// Compiles a document that need not be valid as a whole: only what compilation itself needs is
    /// checked.
    pub(crate) fn compile_unchecked(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let document: Value =
            serde_json::from_str(text).map_err(|error| vec![Problem::json(&error).into()])?;
        let compiled = document::compile(&document).map_err(|problems| {
            problems
                .into_iter()
                .map(Diagnostic::from)
                .collect::<Vec<_>>()
        })?;
        Ok(Self {
            digest: hex::encode(Sha256::digest(text.as_bytes())),
            flows: compiled.flows,
            timeout_seconds: compiled.timeout_seconds,
        })
    }

    /// The SHA-256 of the document's text, in hexadecimal. An execution is pinned to it.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// How long an execution may take (`TimeoutSeconds`); none when there is no limit.
    pub fn timeout_seconds(&self) -> Option<u64> {
        self.timeout_seconds
    }

    pub(crate) fn start_at(&self, flow: FlowIndex) -> StateIndex {
        self.flows
            .get(flow as usize)
            .map_or(0, |flow| flow.start_at)
    }

    pub(crate) fn state(&self, flow: FlowIndex, state: StateIndex) -> Option<&State> {
        self.flows.get(flow as usize)?.states.get(state as usize)
    }

    /// The state of that name in the document itself or in one of its processors.
    pub(crate) fn named(&self, name: &str) -> Option<&State> {
        self.flows
            .iter()
            .flat_map(|flow| &flow.states)
            .find(|state| state.name == name)
    }

    /// The state of that number in the flow that `state` stands in.
    pub(crate) fn beside(&self, state: &State, index: StateIndex) -> Option<&State> {
        let stands_in = |flow: &&Flow| flow.states.iter().any(|other| std::ptr::eq(other, state));
        self.flows
            .iter()
            .find(stands_in)?
            .states
            .get(index as usize)
    }
}
