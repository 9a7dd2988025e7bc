//! Where an execution stands.

use super::Execution;
use super::branch::Phase;
use crate::machine::Machine;

impl Execution {
    /// The names of the states that it is in, in the order in which they were entered: each once, a parallel
    /// state or a map before those in it. Empty once it has ended.
    pub fn current_states(&self, machine: &Machine) -> Vec<String> {
        if self.status.has_ended() {
            return Vec::new();
        }
        let mut entered: Vec<(i64, &str)> = self
            .branches
            .values()
            .filter(|branch| branch.phase != Phase::Enter)
            .filter_map(|branch| {
                let state = machine.state(branch.flow, branch.state)?;
                Some((branch.entered_event, state.name.as_str()))
            })
            .collect();
        entered.sort_unstable();
        let mut names: Vec<String> = Vec::new();
        for (_, name) in entered {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }
}
