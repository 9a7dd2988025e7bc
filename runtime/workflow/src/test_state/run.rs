//! Carrying a test out.

use std::sync::Arc;

use serde_json::{Value, json};

use super::document::STATE_NAME;
use super::inspection::Inspection;
use super::request::{Mock, RequestError, TestState};
use super::{TestStatus, Tested};
use crate::document::{Kind, Map, Next, State, StateIndex, WaitFor};
use crate::eval::{Options, Seeded};
use crate::execution::{Contents, context, seconds, timestamp_ms};
use crate::fault::{Failure, Fault};
use crate::flow::{Around, Assigned, DataFlow, Left, View, text};
use crate::retry;
use crate::scope::Random;

/// What surrounds the state.
struct Surroundings {
    context: Value,
    variables: serde_json::Map<String, Value>,
    now_ms: i64,
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
enum Done {
    Left(Left, Next),
    Failed(Failure),
}

/// A test under way.
struct Test<'a> {
    request: &'a TestState,
    state: &'a State,
    around: Surroundings,
    random: Seeded,
    inspection: Inspection,
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
        let mut start = Options::of_input(Value::clone(&self.input)).start;
        start.execution_arn = start.execution_arn.replacen(":execution:", ":express:", 1);
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

    fn left(&mut self, status: TestStatus, left: Left, next: Next) -> Tested {
        self.assign(left.assigned);
        let next = match next {
            Next::State(index) => self.name_of(index),
            Next::End => None,
        };
        let output = Arc::unwrap_or_clone(left.output);
        Tested {
            output: Some(output),
            next_state: next,
            ..Tested::new(status)
        }
    }

    fn assign(&mut self, assigned: Assigned) {
        self.around.variables.extend(assigned);
    }

    fn name_of(&self, index: StateIndex) -> Option<String> {
        self.request
            .machine
            .beside(self.state, index)
            .map(|state| state.name.clone())
    }

    fn failed(&mut self, failure: &Failure) -> Tested {
        let error = failure.error.as_deref();
        let retriers = self.state.retry.iter().enumerate();
        let taking = retriers.filter(|(_, r)| retry::takes(&r.error_equals, error, false));
        if let Some((index, retrier)) = taking.take(1).next()
            && u64::from(self.request.retries) < retrier.max_attempts
        {
            let seconds = retrier.delay_seconds(self.request.retries).round() as i64;
            self.inspection.retried(index, seconds);
            return Tested::failed(TestStatus::Retriable, failure);
        }
        let mut catchers = self.state.catch.iter();
        let taking = catchers.position(|c| retry::takes(&c.error_equals, error, false));
        let Some((index, catcher)) = taking.and_then(|i| Some((i, self.state.catch.get(i)?)))
        else {
            return Tested::failed(TestStatus::Failed, failure);
        };
        self.inspection.caught(index);
        let output = Arc::new(failure.error_output());
        let input = &self.request.input;
        match catcher
            .flow
            .leave_with_error(&self.around, input, output, &mut self.random)
        {
            Ok(left) => {
                let left = self.left(TestStatus::CaughtError, left, Next::State(catcher.next));
                let (error, cause) = (failure.error.clone(), failure.cause.clone());
                Tested {
                    error,
                    cause,
                    ..left
                }
            }
            Err(fault) => {
                let failure = Failure::new(fault.error, fault.cause);
                Tested::failed(TestStatus::Failed, &failure)
            }
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
                Ok(Done::Failed(Failure {
                    error,
                    cause,
                    heartbeat: false,
                }))
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
    fn mocked(&mut self, input: &Arc<Value>) -> Result<Done, Fault> {
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

    fn map(&mut self, map: &Map, input: &Arc<Value>, effective: &Value) -> Result<Done, Fault> {
        let view = View::of_input(&self.around, effective);
        let items = match (&map.reader, &self.request.reader_data) {
            (Some(reader), Some(data)) => reader.items(data, &view, &mut self.random)?,
            (Some(_), None) => Vec::new(),
            (None, _) => map.items(&view, &mut self.random)?,
        };
        if matches!(self.state.flow, DataFlow::JsonPath(_)) && map.reader.is_none() {
            let items = items.iter().map(|item| Value::clone(item)).collect();
            self.inspection.show("afterItemsPath", &items);
            self.show_selector(map, effective, &items)?;
        }
        let view = View::of_input(&self.around, effective);
        let numbers = map.numbers(&view, &mut self.random)?;
        self.inspection
            .number("maxConcurrency", numbers.max_concurrency.unwrap_or(0));
        if let Some(count) = numbers.tolerated_count {
            self.inspection.number("toleratedFailureCount", count);
        }
        if let Some(percentage) = numbers.tolerated_percentage {
            self.inspection
                .number("toleratedFailurePercentage", percentage);
        }
        let limited = numbers.tolerated_count.is_some() || numbers.tolerated_percentage.is_some();
        let failed = self.request.failed_iterations.unwrap_or(0);
        let succeeds = matches!(self.request.mock, Some(Mock::Result(_)));
        if succeeds && limited && failed > numbers.tolerated(items.len()) {
            return Ok(Done::Failed(Failure::exceeded_tolerance()));
        }
        self.mocked(input)
    }

    /// Shows what an item selector makes of each item.
    fn show_selector(&mut self, map: &Map, effective: &Value, items: &Value) -> Result<(), Fault> {
        let (Some(selector), Value::Array(items)) = (&map.item_selector, items) else {
            return Ok(());
        };
        let mut selected = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let mut context = self.around.context.clone();
            if let Value::Object(context) = &mut context {
                let item = json!({"Item": {"Index": index, "Value": item}});
                context.insert("Map".to_owned(), item);
            }
            let (variables, now_ms) = (self.around.variables.clone(), self.around.now_ms);
            let around = Surroundings {
                context,
                variables,
                now_ms,
            };
            let view = View::of_input(&around, effective);
            selected.push(selector.eval("ItemSelector", &view, &mut self.random)?);
        }
        self.inspection
            .show("afterItemSelector", &Value::Array(selected));
        Ok(())
    }
}
