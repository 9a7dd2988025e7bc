//! Choosing what comes next.

use super::branch::BranchId;
use super::step::Stepper;
use crate::document::{Choice, Next, State, StateIndex};
use crate::fault::Fault;
use crate::flow::View;

impl Stepper<'_, '_> {
    pub(super) fn choose(
        &mut self,
        id: BranchId,
        state: &State,
        rules: &[Choice],
        default: Option<StateIndex>,
    ) -> Result<(), Fault> {
        let chosen = {
            let Some((around, random)) = self.look(id, state, None, None) else {
                return Ok(());
            };
            let input = &around.branch.input;
            let effective = state.flow.effective_input(&around, input)?;
            let mut chosen = None;
            for (index, choice) in rules.iter().enumerate() {
                let field = || format!("Choices[{index}]/Condition");
                let view = View::of_input(&around, &effective);
                if choice.rule.holds(&field, &view, random)? {
                    let left =
                        state
                            .flow
                            .leave_by_rule(&choice.flow, &around, effective, random)?;
                    chosen = Some((left, choice.next));
                    break;
                }
            }
            chosen
        };
        match (chosen, default) {
            (Some((left, next)), _) => {
                self.leave(id, left, Next::State(next));
                Ok(())
            }
            (None, Some(default)) => self.go_on_with_input(id, state, Next::State(default)),
            (None, None) => Err(Fault::runtime(
                "Failed to transition out of the state. The state does not point to a next state.",
            )),
        }
    }
}
