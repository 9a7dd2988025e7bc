//! Waiting for a time.

use serde_json::Value;

use super::branch::{BranchId, Phase};
use super::step::Stepper;
use crate::choice::instant;
use crate::document::{Amount, AmountSource, State, Text, TextSource, WaitFor};
use crate::fault::{Fault, out_of_range};
use crate::flow::{View, integer, text};
use crate::scope::Random;
use crate::template::Expression;

/// The longest a wait state may wait, in seconds.
const LONGEST_WAIT_SECONDS: i64 = i32::MAX as i64;

impl Stepper<'_, '_> {
    pub(super) fn wait(
        &mut self,
        id: BranchId,
        state: &State,
        wait: &WaitFor,
    ) -> Result<(), Fault> {
        let now_ms = self.now_ms;
        let until_ms = {
            let Some((around, random)) = self.look(id, state, None, None) else {
                return Ok(());
            };
            let effective = state.flow.effective_input(&around, &around.branch.input)?;
            let view = View::of_input(&around, &effective);
            match wait {
                WaitFor::Seconds(amount) => {
                    let seconds = seconds(amount, &view, random)?;
                    now_ms.saturating_add(seconds.saturating_mul(1000))
                }
                WaitFor::Timestamp(timestamp) => timestamp_ms(timestamp, &view, random)?,
            }
        };
        if until_ms.saturating_sub(now_ms) / 1000 > LONGEST_WAIT_SECONDS {
            return Err(Fault::runtime("Wait state delay is too long."));
        }
        if until_ms <= now_ms {
            return self.go_on_with_input(id, state, state.next);
        }
        if let Some(branch) = self.execution.branches.get_mut(&id) {
            branch.phase = Phase::Wait { until_ms };
        }
        Ok(())
    }

    /// The time has come.
    pub(super) fn waited(&mut self, id: BranchId) {
        let Some((_, state)) = self.at(id) else {
            return;
        };
        if let Err(fault) = self.go_on_with_input(id, state, state.next) {
            self.fault(id, fault);
        }
    }
}

/// How many seconds to wait; never less than none.
pub(crate) fn seconds(
    amount: &Amount,
    view: &View<'_>,
    random: &mut dyn Random,
) -> Result<i64, Fault> {
    let AmountSource::At(path) = &amount.source else {
        let seconds = integer(amount, view, random)?;
        if seconds < 0 {
            let cause = format!("The wait of {seconds} seconds is negative.");
            return Err(amount.out_of_range(&seconds.into(), &cause));
        }
        return Ok(seconds);
    };
    let problem = |what: String| Err(Fault::runtime(format!("The SecondsPath parameter {what}")));
    let found = match path.select(view) {
        Ok(found) => found,
        Err(_) => return problem(format!("does not reference an input value: {path}")),
    };
    match &*found {
        Value::Number(number) if number.is_i64() => match number.as_i64() {
            Some(seconds @ 0..) => Ok(seconds),
            _ => problem(format!("references a negative value: {path} == {number}")),
        },
        Value::String(text) => problem(format!(
            "cannot be parsed as a long value: {path} == {text}"
        )),
        other => problem(format!(
            "cannot be parsed as a long value: {path} == {other}"
        )),
    }
}

/// The time to wait for, in milliseconds since 1970.
pub(crate) fn timestamp_ms(
    timestamp: &Text,
    view: &View<'_>,
    random: &mut dyn Random,
) -> Result<i64, Fault> {
    let (found, place) = match &timestamp.source {
        TextSource::Expression(Expression::Path(path)) => match path.select(view) {
            Ok(found) => match &*found {
                Value::String(found) => (found.clone(), format!("{path} == ")),
                other => (other.to_string(), format!("{path} == ")),
            },
            Err(_) => {
                return Err(Fault::runtime(format!(
                    "The {} parameter does not reference an input value: {path}",
                    timestamp.field
                )));
            }
        },
        _ => (text(timestamp, view, random)?, String::new()),
    };
    match (instant(&found), &timestamp.source) {
        (Some(instant), _) => Ok(instant.as_millisecond()),
        (None, TextSource::Computed(expression)) => Err(out_of_range(
            expression.text(),
            timestamp.field,
            &found.into(),
        )),
        (None, _) => Err(Fault::runtime(format!(
            "The {} parameter does not reference a valid ISO-8601 extended offset date-time \
             format string: {place}{found}",
            timestamp.field
        ))),
    }
}
