//! The data flow fields of JSONata states.

use std::sync::Arc;

use serde_json::Value;

use super::{Around, Assigned, Left, View};
use crate::fault::Fault;
use crate::jsonata::JsonataTemplate;
use crate::scope::Random;

/// The fields.
#[derive(Debug)]
pub(crate) struct JsonataFlow {
    pub arguments: Option<JsonataTemplate>,
    pub assign: Option<JsonataTemplate>,
    pub output: Option<JsonataTemplate>,
}

impl JsonataFlow {
    pub(super) fn arguments(
        &self,
        around: &dyn Around,
        input: &Arc<Value>,
        random: &mut dyn Random,
    ) -> Result<Arc<Value>, Fault> {
        match &self.arguments {
            None => Ok(input.clone()),
            Some(arguments) => {
                let view = View::of_input(around, input);
                Ok(Arc::new(arguments.eval("Arguments", &view, random)?))
            }
        }
    }

    /// What a state leaves whose output is `fallback` unless `Output` says otherwise. `Assign` and
    /// `Output` both see the variables as they were before.
    pub(super) fn leave(
        &self,
        view: &View<'_>,
        fallback: &Arc<Value>,
        random: &mut dyn Random,
    ) -> Result<Left, Fault> {
        let assigned = match &self.assign {
            None => Assigned::new(),
            Some(assign) => match assign.eval("Assign", view, random)? {
                Value::Object(assigned) => assigned,
                _ => Assigned::new(),
            },
        };
        let output = match &self.output {
            None => fallback.clone(),
            Some(output) => Arc::new(output.eval("Output", view, random)?),
        };
        Ok(Left { output, assigned })
    }
}
