//! Map states.

use serde_json::{Map, Value};

use super::fields::Language;
use super::location::Location;
use super::machine::Checker;
use super::state::State;
use super::{Code, MachineType, names, resource};

/// The greatest `MaxConcurrency`, `ToleratedFailureCount`, `MaxItems` and the like.
const MAX_COUNT: u64 = 100_000_000;

impl Checker {
    /// A Map state.
    pub(super) fn map(&mut self, state: State) {
        self.exclusive(state, "ItemProcessor", "Iterator");
        self.exclusive(state, "ItemSelector", "Parameters");
        for name in ["MaxConcurrency", "ToleratedFailureCount"] {
            if let Some((at, value)) = state.field(name) {
                self.whole_number(&at, value, 0, MAX_COUNT, state.language);
            }
        }
        if let Some((at, value)) = state.field("ToleratedFailurePercentage") {
            self.number(&at, value, 0.0, 100.0, state.language);
        }
        for name in [
            "MaxConcurrency",
            "ToleratedFailureCount",
            "ToleratedFailurePercentage",
        ] {
            let path = format!("{name}Path");
            self.exclusive(state, name, &path);
            self.paths(state, &[&path]);
        }
        self.paths(state, &["ItemsPath"]);
        self.items(state);
        if let Some((at, selector)) = state.field("ItemSelector") {
            self.template(&at, selector, state.language);
        }
        if let Some((at, label)) = state.field("Label")
            && let Some(label) = self.string(&at, label)
        {
            self.label(&at, label);
        }
        let distributed = self.processor(state);
        for name in ["ItemReader", "ItemBatcher", "ResultWriter"] {
            if state.fields.contains_key(name) && !distributed {
                let advice =
                    "Set ItemProcessor.ProcessorConfig.Mode to DISTRIBUTED, or take it out.";
                self.unsupported(state.at, name, advice);
            }
        }
        self.reader(state);
        self.batcher(state);
        self.writer(state);
    }

    /// The processor; whether it is a distributed one.
    fn processor(&mut self, state: State) -> bool {
        let Some((at, processor)) = state
            .field("ItemProcessor")
            .or_else(|| state.field("Iterator"))
        else {
            self.require(state.at, state.fields, &["ItemProcessor"]);
            return false;
        };
        let Some(fields) = self.object(&at, processor) else {
            return false;
        };
        let children = match fields.get("ProcessorConfig") {
            Some(config) => self.processor_config(&at.field("ProcessorConfig"), config),
            None => None,
        };
        let allowed = ["Comment", "StartAt", "States", "ProcessorConfig"];
        let own = self.machine_type;
        self.machine_type = children.unwrap_or(own);
        self.machine(&at, fields, &allowed);
        self.machine_type = own;
        children.is_some()
    }

    /// What kind of executions a distributed Map starts for its items; None for an inline one.
    fn processor_config(&mut self, at: &Location, config: &Value) -> Option<MachineType> {
        let fields = self.object(at, config)?;
        let mode = fields.get("Mode").map_or(Some("INLINE"), Value::as_str);
        match mode {
            Some("INLINE") => None,
            Some("DISTRIBUTED") => {
                self.distributed(at, fields);
                match fields.get("ExecutionType").and_then(Value::as_str) {
                    Some("EXPRESS") => Some(MachineType::Express),
                    _ => Some(MachineType::Standard),
                }
            }
            _ => {
                self.schema_error(
                    &at.field("Mode"),
                    "Value is not one of: [INLINE, DISTRIBUTED]",
                    "Use INLINE or DISTRIBUTED.",
                );
                None
            }
        }
    }

    fn distributed(&mut self, at: &Location, config: &Map<String, Value>) {
        if self.machine_type == MachineType::Express {
            self.schema_error(
                at,
                "Express state machine does not support 'DISTRIBUTED' Map state",
                "Set Mode to INLINE, or create a STANDARD state machine.",
            );
        }
        self.require(at, config, &["ExecutionType"]);
        if let Some(kind) = config.get("ExecutionType")
            && !matches!(kind.as_str(), Some("STANDARD" | "EXPRESS"))
        {
            self.schema_error(
                &at.field("ExecutionType"),
                "Value is not one of: [STANDARD, EXPRESS]",
                "Use STANDARD or EXPRESS.",
            );
        }
    }

    /// `Items`: an array or an expression.
    fn items(&mut self, state: State) {
        let Some((at, items)) = state.field("Items") else {
            return;
        };
        match items {
            Value::Array(_) | Value::Object(_) => self.template(&at, items, Language::Jsonata),
            Value::String(text) if self.jsonata(&at, text) => {}
            _ => self.schema_error(
                &at,
                "Value must be an array or a JSONata expression",
                "Write an array, or \"{% … %}\".",
            ),
        }
    }

    fn label(&mut self, at: &Location, label: &str) {
        if let Some(fault) = names::label_fault(label) {
            self.error(
                Code::InvalidLabelName,
                Some(at),
                fault,
                "Use 1 to 40 letters, digits, - and _.",
            );
        } else if !self.labels.insert(label.to_owned()) {
            self.error(
                Code::DuplicateLabelName,
                Some(at),
                format!("Duplicate label name: {label}"),
                "Labels are unique in the whole document: choose another.",
            );
        }
    }

    fn reader(&mut self, state: State) {
        let Some((at, reader)) = state.field("ItemReader") else {
            return;
        };
        let Some(fields) = self.object(&at, reader) else {
            return;
        };
        self.require(&at, fields, &["Resource"]);
        self.storage(&at, fields, state.language);
        if let Some(config) = fields.get("ReaderConfig") {
            let at = at.field("ReaderConfig");
            if let Some(config) = self.object(&at, config) {
                self.count_or_path(&at, config, "MaxItems", state.language);
            }
        }
    }

    fn batcher(&mut self, state: State) {
        let Some((at, batcher)) = state.field("ItemBatcher") else {
            return;
        };
        let Some(fields) = self.object(&at, batcher) else {
            return;
        };
        for name in ["MaxItemsPerBatch", "MaxInputBytesPerBatch"] {
            self.count_or_path(&at, fields, name, state.language);
        }
        if let Some(input) = fields.get("BatchInput") {
            self.template(&at.field("BatchInput"), input, state.language);
        }
    }

    fn writer(&mut self, state: State) {
        let Some((at, writer)) = state.field("ResultWriter") else {
            return;
        };
        if let Some(fields) = self.object(&at, writer) {
            self.storage(&at, fields, state.language);
        }
    }

    /// Where a reader reads, or a writer writes.
    fn storage(&mut self, at: &Location, fields: &Map<String, Value>, language: Language) {
        if let Some(value) = fields.get("Resource") {
            let at = at.field("Resource");
            if let Some(text) = self.string(&at, value)
                && !resource::is_storage(text)
            {
                self.unrecognized_resource(&at, text);
            }
        }
        for (name, only) in [
            ("Parameters", Language::JsonPath),
            ("Arguments", Language::Jsonata),
        ] {
            let Some(value) = fields.get(name) else {
                continue;
            };
            if language == only {
                self.template(&at.field(name), value, only);
            } else {
                self.wrong_language(at, name, language, only);
            }
        }
    }

    fn count_or_path(
        &mut self,
        at: &Location,
        fields: &Map<String, Value>,
        name: &str,
        language: Language,
    ) {
        if let Some(value) = fields.get(name) {
            self.whole_number(&at.field(name), value, 0, MAX_COUNT, language);
        }
        let path = format!("{name}Path");
        if let Some(value) = fields.get(&path) {
            let at = at.field(&path);
            if let Some(text) = self.string(&at, value) {
                self.path(&at, text);
            }
        }
    }
}
