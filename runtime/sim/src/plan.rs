//! What a run is made of: everything that is not drawn from the seed on the way.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::bug::Bug;

/// On which side of a write a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The commit does not arrive.
    Before,
    /// The commit is durable, and nobody hears of it.
    After,
}

/// What takes down every process that touches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Poison {
    /// A deed, when it is tried.
    Deed,
    /// A command, when its ledger decides on it.
    Command,
    /// A timer, when its ledger decides on it.
    Timer,
    /// An entry, when its ledger is replayed.
    Replay,
}

/// A run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What everything random is drawn from.
    pub seed: u64,
    /// Processes over one journal.
    pub pods: usize,
    /// Shards of each process.
    pub shards: usize,
    /// Ledgers.
    pub entities: usize,
    /// Commands that clients want done.
    pub commands: usize,
    /// Receipts of commands that a ledger keeps, in memory and in the journal.
    pub receipts: usize,
    /// A ledger without work leaves memory after so many seconds.
    pub passivate_after_s: u64,
    /// Ledgers that a shard has in memory, beside those with work.
    pub residents: usize,
    /// What they may weigh, in bytes.
    pub resident_bytes: usize,
    /// Effects of a shard that have not ended, at which commands that ask for more are refused.
    pub unsettled: usize,
    /// Commits that a process may have in flight.
    pub in_flight: usize,
    /// Effects that a process may have under way.
    pub effects: usize,
    /// Ledgers that are taken up at once after a crash.
    pub claim_first: usize,
    /// Whether anything fails by chance.
    pub trouble: bool,
    /// Whether processes die by chance, and go down.
    pub mortal: bool,
    /// What kills processes, if anything does.
    pub poison: Option<Poison>,
    /// Whether it kills no more when the trouble is over, and an operator sees to what was stopped. If not, the
    /// run ends when everything else has.
    pub cured: bool,
    /// The process that writes this commit, counted over the whole journal from 1, dies.
    pub crash_at: Option<(usize, Side)>,
    /// A bug to be planted.
    pub bug: Option<Bug>,
}

impl Plan {
    /// One to three pods, four ledgers, sixty commands, and every trouble there is. In one of three runs the
    /// ledgers forget their receipts soon, and in one of three they hardly stay in memory. In one of three no
    /// process dies of chance: a start mends much. In five of eight something poisonous kills processes.
    pub fn troubled(seed: u64) -> Self {
        // Not the stream that the run draws from.
        let mut rng = StdRng::seed_from_u64(!seed);
        let mut one_of = |choices: &[usize]| choices[rng.next_u64() as usize % choices.len()];
        let plan = Self {
            seed,
            pods: one_of(&[1, 2, 3, 3]),
            shards: one_of(&[1, 2, 3]),
            entities: 4,
            commands: 60,
            receipts: one_of(&[512, 512, 4]),
            passivate_after_s: one_of(&[0, 1, 3]) as u64,
            in_flight: one_of(&[4, 12]),
            trouble: true,
            mortal: one_of(&[0, 1, 1]) == 1,
            effects: one_of(&[2, 4, 64]),
            claim_first: one_of(&[1, 2, 3]),
            poison: [
                None,
                None,
                None,
                Some(Poison::Deed),
                Some(Poison::Deed),
                Some(Poison::Command),
                Some(Poison::Timer),
                Some(Poison::Replay),
            ][one_of(&[0, 1, 2, 3, 4, 5, 6, 7])],
            cured: true,
            residents: one_of(&[1, 2, 64]),
            unsettled: one_of(&[1, 3, 64]),
            resident_bytes: one_of(&[1_000, 1 << 30, 1 << 30]),
            crash_at: None,
            bug: None,
        };
        Self {
            // Deadly deeds are to meet.
            unsettled: match plan.poison {
                Some(Poison::Deed) => 64,
                _ => plan.unsettled,
            },
            ..plan
        }
    }

    /// One pod, a dozen ledgers, forty commands of which one is poison, nobody who sees to it, and no other
    /// trouble.
    pub fn poisoned(seed: u64) -> Self {
        Self {
            pods: 1,
            entities: 12,
            commands: 40,
            receipts: 512,
            trouble: false,
            mortal: false,
            poison: match seed % 3 {
                0 => Some(Poison::Deed),
                1 => Some(Poison::Command),
                _ => Some(Poison::Timer),
            },
            cured: false,
            ..Self::troubled(seed)
        }
    }

    /// Two pods, two ledgers, twelve commands, and nothing fails.
    pub fn calm(seed: u64) -> Self {
        Self {
            pods: 2,
            shards: 2,
            entities: 2,
            commands: 12,
            receipts: 512,
            passivate_after_s: 3,
            in_flight: 12,
            trouble: false,
            mortal: true,
            poison: None,
            ..Self::troubled(seed)
        }
    }

    /// The same with a bug.
    #[must_use]
    pub fn with(self, bug: Option<Bug>) -> Self {
        Self { bug, ..self }
    }

    /// The same with a process that dies at this commit.
    #[must_use]
    pub fn crashing_at(self, commit: usize, side: Side) -> Self {
        Self {
            crash_at: Some((commit, side)),
            ..self
        }
    }

    /// How many commands are poison, if any is. Where somebody sees to it there are two deadly deeds of one ledger,
    /// that meet.
    pub(crate) fn poisons(&self) -> u64 {
        1 + u64::from(self.cured && self.poison == Some(Poison::Deed))
    }

    /// Whether processes die of one thing only, if at all: none of chance, and not of two deadly deeds.
    pub(crate) fn one_kills(&self) -> bool {
        !self.mortal && self.crash_at.is_none() && self.poisons() == 1
    }

    /// What it is made of, in a line.
    pub fn describe(&self) -> String {
        format!(
            "seed {}: {} pods of {} shards, {} commits in flight, {} effects under way and {} unsettled, {} ledgers of \
             {} receipts that leave memory after {} s, or when there are more than {} or {} bytes, and are taken up {} \
             at first, {} commands{}{}{}",
            self.seed,
            self.pods,
            self.shards,
            self.in_flight,
            self.effects,
            self.unsettled,
            self.entities,
            self.receipts,
            self.passivate_after_s,
            self.residents,
            self.resident_bytes,
            self.claim_first,
            self.commands,
            if self.trouble { "" } else { ", no trouble" },
            if self.mortal { "" } else { ", no deaths" },
            match self.poison {
                Some(Poison::Deed) => ", a deadly deed",
                Some(Poison::Command) => ", a deadly command",
                Some(Poison::Timer) => ", a deadly timer",
                Some(Poison::Replay) => ", a deadly replay",
                None => "",
            },
        )
    }

    /// The command that plays this run again and shows it.
    pub fn replay(&self) -> String {
        let mut command = format!(
            "cargo run -p datamesh-sim --bin sim -- --seed {}",
            self.seed
        );
        if !self.cured {
            command.push_str(" --poisoned");
        } else if !self.trouble {
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
