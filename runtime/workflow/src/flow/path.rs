//! The data flow fields of JSONPath states.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::{Around, Assigned, Left, View};
use crate::fault::Fault;
use crate::path::{NotFound, Path, ReferencePath, Root};
use crate::scope::Random;
use crate::template::Template;

/// `InputPath` and `OutputPath`.
#[derive(Debug)]
pub(crate) enum Selection {
    /// `$`, or no field.
    Whole,
    /// `null`: an empty object.
    Nothing,
    At(Path),
}

/// `ResultPath`.
#[derive(Debug)]
pub(crate) enum Place {
    /// `$`, or no field: the result takes the input's place.
    Whole,
    /// `null`: the result is dropped.
    Nowhere,
    At(ReferencePath),
}

/// The fields.
#[derive(Debug)]
pub(crate) struct PathFlow {
    pub input_path: Selection,
    pub parameters: Option<Template>,
    pub result_selector: Option<Template>,
    pub assign: Option<Template>,
    pub result_path: Place,
    pub output_path: Selection,
}

impl Selection {
    pub(super) fn select(
        &self,
        around: &dyn Around,
        value: &Arc<Value>,
    ) -> Result<Arc<Value>, Fault> {
        match self {
            Selection::Whole => Ok(value.clone()),
            Selection::Nothing => Ok(Arc::new(Value::Object(Default::default()))),
            Selection::At(_) => self
                .find(around, value)
                .map(|found| Arc::new(found.into_owned())),
        }
    }

    /// What is selected, without copying what stands in the value.
    pub(super) fn find<'v>(
        &self,
        around: &'v dyn Around,
        value: &'v Value,
    ) -> Result<Cow<'v, Value>, Fault> {
        let path = match self {
            Selection::Whole => return Ok(Cow::Borrowed(value)),
            Selection::Nothing => return Ok(Cow::Owned(Value::Object(Default::default()))),
            Selection::At(path) => path,
        };
        let found = match path.root() {
            Root::Input => path.find(value),
            Root::Context => path.find(around.context()),
            Root::Variable(name) => match around.variable(name) {
                Some(variable) => path.find(variable),
                None => Err(NotFound::Variable { name: name.clone() }),
            },
        };
        found.map_err(|reason| Fault::path(path, &reason))
    }
}

impl Place {
    /// The input with the result at its place.
    fn put(&self, input: &Arc<Value>, result: Arc<Value>) -> Result<Arc<Value>, Fault> {
        match self {
            Place::Whole => Ok(result),
            Place::Nowhere => Ok(input.clone()),
            Place::At(path) => {
                let mut document = Value::clone(input);
                match path.put(&mut document, Arc::unwrap_or_clone(result)) {
                    Ok(()) => Ok(Arc::new(document)),
                    Err(error) => Err(Fault::conflict(&error.step, input)),
                }
            }
        }
    }
}

impl PathFlow {
    pub(super) fn parameters(
        &self,
        around: &dyn Around,
        effective: &Arc<Value>,
        random: &mut dyn Random,
    ) -> Result<Arc<Value>, Fault> {
        fill(self.parameters.as_ref(), around, effective, random)
    }

    /// The result after `ResultSelector`.
    pub(crate) fn selected(
        &self,
        around: &dyn Around,
        result: &Arc<Value>,
        random: &mut dyn Random,
    ) -> Result<Arc<Value>, Fault> {
        fill(self.result_selector.as_ref(), around, result, random)
    }

    /// The input with the selected result at `ResultPath`.
    pub(crate) fn placed(
        &self,
        input: &Arc<Value>,
        selected: Arc<Value>,
    ) -> Result<Arc<Value>, Fault> {
        self.result_path.put(input, selected)
    }

    pub(super) fn leave_with_result(
        &self,
        around: &dyn Around,
        input: &Arc<Value>,
        result: Arc<Value>,
        random: &mut dyn Random,
    ) -> Result<Left, Fault> {
        let selected = self.selected(around, &result, random)?;
        let assigned = self.assigned(around, &selected, random)?;
        let placed = self.placed(input, selected)?;
        let output = self.output_path.select(around, &placed)?;
        Ok(Left { output, assigned })
    }

    pub(super) fn leave_with_input(
        &self,
        around: &dyn Around,
        effective: Arc<Value>,
        random: &mut dyn Random,
    ) -> Result<Left, Fault> {
        let assigned = self.assigned(around, &effective, random)?;
        let output = self.output_path.select(around, &effective)?;
        Ok(Left { output, assigned })
    }

    pub(super) fn leave_with_error(
        &self,
        around: &dyn Around,
        input: &Arc<Value>,
        error_output: Arc<Value>,
        random: &mut dyn Random,
    ) -> Result<Left, Fault> {
        let assigned = self.assigned(around, &error_output, random)?;
        let output = self.placed(input, error_output)?;
        Ok(Left { output, assigned })
    }

    pub(super) fn assigned(
        &self,
        around: &dyn Around,
        input: &Arc<Value>,
        random: &mut dyn Random,
    ) -> Result<Assigned, Fault> {
        let Some(assign) = &self.assign else {
            return Ok(Assigned::new());
        };
        match assign.eval(&View::of_input(around, input), random) {
            Ok(Value::Object(assigned)) => Ok(assigned),
            Ok(_) => Ok(Assigned::new()),
            Err(error) => Err(Fault::expression(&error)),
        }
    }
}

/// The template filled in from `input`, or `input` where there is no template.
fn fill(
    template: Option<&Template>,
    around: &dyn Around,
    input: &Arc<Value>,
    random: &mut dyn Random,
) -> Result<Arc<Value>, Fault> {
    let Some(template) = template else {
        return Ok(input.clone());
    };
    match template.eval(&View::of_input(around, input), random) {
        Ok(value) => Ok(Arc::new(value)),
        Err(error) => Err(Fault::expression(&error)),
    }
}
