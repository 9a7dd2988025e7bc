//! Carrying a test out.

use std::sync::Arc;

use serde_json::Value;

use super::document::STATE_NAME;
use super::inspection::Inspection;
use super::request::{Mock, RequestError, TestState};
use super::{TestStatus, Tested};
use crate::document::{Kind, Next, State, WaitFor};
use crate::eval::{Options, Seeded};
use crate::execution::{Contents, context, seconds, timestamp_ms};
use crate::fault::{Failure, Fault};
use crate::flow::{Around, DataFlow, Left, View, text};
use crate::scope::Random;

/// What surrounds the state.
pub(super) struct Surroundings {
    pub context: Value,
    pub variables: serde_json::Map<String, Value>,
    pub now_ms: i64,
}

impl Around for Surroundings {
    fn context(&self) -> &Value {
        &self.context
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    fn now_ms(&self) -> i64 {
        self.now_ms
    }
}

/// Where a state's work led.
pub(super) enum Done {
    Left(Left, Next),
    Failed(Failure),
}

/// A test under way.
pub(super) struct Test<'a> {
    pub request: &'a TestState,
    pub state: &'a State,
    pub around: Surroundings,
    pub random: Seeded,
    pub inspection: Inspection,
}

impl TestState {
    /// Carries the test out. Nothing is called and nothing is waited for: a task, a map or a
    /// parallel state needs a mock.
    pub fn run(&self) -> Result<Tested, RequestError> {
        let state = self.tested()?;
        let works = matches!(
            state.kind,
            Kind::Task(_) | Kind::Map(_) | Kind::Parallel { .. }
        );
        if works && self.mock.is_none() {
            return Err(RequestError::Field {
                field: "mock",
                problem: "nothing is called here: give the state a result or an errorOutput"
                    .to_owned(),
            });
        }
        let mut test = Test {
            request: self,
            state,
            around: self.surroundings(state),
            random: Seeded::new(0),
            inspection: Inspection::default(),
        };
        let mut tested = test.run();
        let variables = &test.around.variables;
        if !variables.is_empty() {
            test.inspection
                .show("variables", &Value::Object(variables.clone()));
        }
        tested.inspection = self.inspects.then_some(test.inspection);
        Ok(tested)
    }

    fn surroundings(&self, state: &State) -> Surroundings {
        let start = Options::of_input(Value::clone(&self.input)).express().start;
        let now_ms = start.started_ms;
        let context = self.context.clone().unwrap_or_else(|| {
            let mut context = context(&Contents {
                start: &start,
                state: STATE_NAME,
                entered_ms: now_ms,
                retry_count: state.kind.can_retry().then_some(self.retries),
                token: matches!(state.kind, Kind::Task(_))
                    .then_some("token")
                    .filter(|_| {
                        matches!(&state.kind, Kind::Task(task)
                        if task.pattern == crate::Pattern::WaitForTaskToken)
                    }),
                item: None,
                redrive_count: None,
            });
            context["Execution"]["RoleArn"] = self.role_arn.clone();
            context
        });
        Surroundings {
            context,
            variables: self.variables.clone(),
            now_ms,
        }
    }
}

impl Test<'_> {
    fn run(&mut self) -> Tested {
        let input = self.request.input.clone();
        self.inspection.show("input", &input);
        match self.work(&input) {
            Ok(Done::Left(left, next)) => self.left(TestStatus::Succeeded, left, next),
            Ok(Done::Failed(failure)) => self.failed(&failure),
            Err(fault) => self.failed(&Failure::new(fault.error, fault.cause)),
        }
    }

    fn work(&mut self, input: &Arc<Value>) -> Result<Done, Fault> {
        let state = self.state;
        let effective = state.flow.effective_input(&self.around, input)?;
        let shows_input = !matches!(state.kind, Kind::Parallel { .. } | Kind::Fail { .. });
        if shows_input && matches!(state.flow, DataFlow::JsonPath(_)) {
            self.inspection.show("afterInputPath", &effective);
        }
        match &state.kind {
            Kind::Pass { result } => {
                let arguments = state
                    .flow
                    .arguments(&self.around, &effective, &mut self.random)?;
                if matches!(state.flow, DataFlow::JsonPath(_)) {
                    self.inspection.show("afterParameters", &arguments);
                }
                if let Some(result) = result {
                    self.inspection.show("result", result);
                }
                let passed = result.clone().map_or(arguments, Arc::new);
                self.show_result(input, &passed)?;
                let flow = &state.flow;
                let left = flow.leave_with_pass(&self.around, input, passed, &mut self.random)?;
                Ok(Done::Left(left, state.next))
            }
            Kind::Succeed => self.go_on(effective, state.next),
            Kind::Wait(wait) => {
                self.check_wait(wait, &effective)?;
                self.go_on(effective, state.next)
            }
            Kind::Fail { error, cause } => {
                let view = View::of_input(&self.around, input);
                let random: &mut dyn Random = &mut self.random;
                let error = error
                    .as_ref()
                    .map(|error| text(error, &view, random))
                    .transpose()?;
                let cause = cause
                    .as_ref()
                    .map(|cause| text(cause, &view, random))
                    .transpose()?;
                Ok(Done::Failed(Failure::given(error, cause)))
            }
            Kind::Choice { rules, default } => {
                for (index, choice) in rules.iter().enumerate() {
                    let field = || format!("Choices[{index}]/Condition");
                    let view = View::of_input(&self.around, &effective);
                    if choice.rule.holds(&field, &view, &mut self.random)? {
                        let rule = &choice.flow;
                        let left = state.flow.leave_by_rule(
                            rule,
                            &self.around,
                            effective,
                            &mut self.random,
                        )?;
                        return Ok(Done::Left(left, Next::State(choice.next)));
                    }
                }
                match default {
                    Some(default) => self.go_on(effective, Next::State(*default)),
                    None => Err(Fault::runtime(
                        "Failed to transition out of the state. The state does not point to a \
                         next state.",
                    )),
                }
            }
            Kind::Task(_) => {
                let arguments = state
                    .flow
                    .arguments(&self.around, &effective, &mut self.random)?;
                let stage = match state.flow {
                    DataFlow::JsonPath(_) => "afterParameters",
                    DataFlow::Jsonata(_) => "afterArguments",
                };
                self.inspection.show(stage, &arguments);
                if let Some(Mock::Result(result)) = &self.request.mock {
                    self.inspection.show("result", result);
                }
                self.mocked(input)
            }
            Kind::Parallel { .. } => {
                state
                    .flow
                    .arguments(&self.around, &effective, &mut self.random)?;
                self.mocked(input)
            }
            Kind::Map(map) => self.map(map, input, &effective),
        }
    }

    fn go_on(&mut self, effective: Arc<Value>, next: Next) -> Result<Done, Fault> {
        let left = self
            .state
            .flow
            .leave_with_input(&self.around, effective, &mut self.random)?;
        Ok(Done::Left(left, next))
    }

    fn check_wait(&mut self, wait: &WaitFor, effective: &Value) -> Result<(), Fault> {
        let view = View::of_input(&self.around, effective);
        match wait {
            WaitFor::Seconds(amount) => seconds(amount, &view, &mut self.random).map(drop),
            WaitFor::Timestamp(timestamp) => {
                timestamp_ms(timestamp, &view, &mut self.random).map(drop)
            }
        }
    }

    /// The work is done as the mock says.
    pub(super) fn mocked(&mut self, input: &Arc<Value>) -> Result<Done, Fault> {
        match &self.request.mock {
            Some(Mock::Error(failure)) => Ok(Done::Failed(failure.clone())),
            Some(Mock::Result(result)) => {
                self.show_result(input, result)?;
                let (flow, result) = (&self.state.flow, result.clone());
                let left = flow.leave_with_result(&self.around, input, result, &mut self.random)?;
                Ok(Done::Left(left, self.state.next))
            }
            None => Ok(Done::Failed(Failure::default())),
        }
    }

    /// Shows what becomes of a result in JSONPath.
    fn show_result(&mut self, input: &Arc<Value>, result: &Arc<Value>) -> Result<(), Fault> {
        if let DataFlow::JsonPath(flow) = &self.state.flow {
            let selected = flow.selected(&self.around, result, &mut self.random)?;
            self.inspection.show("afterResultSelector", &selected);
            let placed = flow.placed(input, selected)?;
            self.inspection.show("afterResultPath", &placed);
        }
        Ok(())
    }
}
