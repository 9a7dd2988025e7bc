//! Waiting for a time.

use super::branch::{BranchId, Phase};
use super::step::Stepper;
use crate::choice::instant;
use crate::document::{State, TextSource, WaitFor};
use crate::fault::Fault;
use crate::flow::{View, integer, text};
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
                WaitFor::Seconds(seconds) => {
                    let seconds = integer(seconds, &view, random)?;
                    if seconds < 0 {
                        return Err(Fault::runtime(format!(
                            "The wait of {seconds} seconds is negative."
                        )));
                    }
                    now_ms.saturating_add(seconds.saturating_mul(1000))
                }
                WaitFor::Timestamp(timestamp) => {
                    let found = text(timestamp, &view, random)?;
                    match instant(&found) {
                        Some(instant) => instant.as_millisecond(),
                        None => return Err(no_timestamp(timestamp, &found)),
                    }
                }
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

fn no_timestamp(timestamp: &crate::document::Text, found: &str) -> Fault {
    let place = match &timestamp.source {
        TextSource::Expression(Expression::Path(path)) => format!("{path} == "),
        _ => String::new(),
    };
    Fault::runtime(format!(
        "The {} parameter does not reference a valid ISO-8601 extended offset date-time format \
         string: {place}{found}",
        timestamp.field
    ))
}
