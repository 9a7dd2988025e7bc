//! What a run is made of: everything that is not drawn from the seed.

use crate::bug::Bug;

/// On which side of a write a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The commit does not arrive.
    Before,
    /// The commit is durable, and nobody hears of it.
    After,
}

/// A run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What everything random is drawn from.
    pub seed: u64,
    /// Processes over one journal.
    pub pods: usize,
    /// Ledgers.
    pub entities: usize,
    /// Commands that clients want done.
    pub commands: usize,
    /// Whether anything fails by chance.
    pub trouble: bool,
    /// The process that writes this commit, counted over the whole journal from 1, dies.
    pub crash_at: Option<(usize, Side)>,
    /// A bug to be planted.
    pub bug: Option<Bug>,
}

impl Plan {
    /// Three pods, four ledgers, sixty commands, and every trouble there is.
    pub fn troubled(seed: u64) -> Self {
        Self {
            seed,
            pods: 3,
            entities: 4,
            commands: 60,
            trouble: true,
            crash_at: None,
            bug: None,
        }
    }

    /// Two pods, two ledgers, twelve commands, and nothing fails.
    pub fn calm(seed: u64) -> Self {
        Self {
            pods: 2,
            entities: 2,
            commands: 12,
            trouble: false,
            ..Self::troubled(seed)
        }
    }

    /// The same with a bug.
    #[must_use]
    pub fn with(self, bug: Option<Bug>) -> Self {
        Self { bug, ..self }
    }

    /// The command that plays this run again and shows it.
    pub fn replay(&self) -> String {
        let mut command = format!(
            "cargo run -p datamesh-sim --bin sim -- --seed {}",
            self.seed
        );
        if !self.trouble {
            command.push_str(" --calm");
        }
        match self.crash_at {
            Some((commit, Side::Before)) => command.push_str(&format!(" --crash-before {commit}")),
            Some((commit, Side::After)) => command.push_str(&format!(" --crash-after {commit}")),
            None => {}
        }
        if let Some(bug) = self.bug {
            command.push_str(&format!(" --bug {bug}"));
        }
        command.push_str(" --trace");
        command
    }
}
