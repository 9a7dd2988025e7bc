//! How a test ends: with the state's output, or with what its retriers and catchers make of an error.

use std::sync::Arc;

use super::run::Test;
use super::{TestStatus, Tested};
use crate::document::{Next, StateIndex};
use crate::fault::Failure;
use crate::flow::{Assigned, Left};
use crate::retry;

impl Test<'_> {
    pub(super) fn left(&mut self, status: TestStatus, left: Left, next: Next) -> Tested {
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

    pub(super) fn failed(&mut self, failure: &Failure) -> Tested {
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
}
