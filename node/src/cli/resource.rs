//! What the kinds of resources have in common for a person: an identity, a state, a row, a record.

use jiff::Timestamp;

use super::grid::{Column, Field};

/// What a command waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// That nothing is under way any more.
    Settled,
    /// That it is gone.
    Deleted,
}

/// How far a resource is on the way to a goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Something is under way.
    Running,
    /// There.
    Done,
    /// At another end.
    Failed,
}

/// A domain, a project, an asset or a deployment.
pub trait Resource: prost::Message + Clone + Default {
    /// The noun: `domain`.
    const NOUN: &'static str;
    /// The message's name: `Domain`.
    const MESSAGE: &'static str;
    /// The columns of a list.
    const COLUMNS: &'static [Column];

    /// Its id.
    fn id(&self) -> &str;
    /// Its name.
    fn name(&self) -> &str;
    /// What `datamesh actor` calls the actor behind it.
    fn actor(&self) -> String {
        self.id().to_owned()
    }
    /// Its state in a few words: `ACTIVE`, `ACTIVE, set-up RUNNING`.
    fn state(&self) -> String;
    /// Why the state is what it is; empty where that needs no saying.
    fn reason(&self) -> &str;
    /// How far it is on the way to the goal.
    fn phase(&self, goal: Goal) -> Phase;
    /// Its record is gone: says so in its status.
    fn set_deleted(&mut self);
    /// Its row in a list, one field for each of [`Resource::COLUMNS`].
    fn row(&self, now: Timestamp) -> Vec<Field>;
    /// All that is known of it.
    fn record(&self, now: Timestamp) -> Vec<(&'static str, Field)>;
}

/// The phase of a life cycle that the three kinds share, by the name of the status.
pub fn phase_of(status: &str, goal: Goal) -> Phase {
    match (status, goal) {
        ("CREATING" | "UPDATING" | "DELETING", _) => Phase::Running,
        ("DELETED", Goal::Deleted) | ("ACTIVE", Goal::Settled) => Phase::Done,
        _ => Phase::Failed,
    }
}
