//! The life that domains, projects and assets share.

use serde::{Deserialize, Serialize};

use datamesh_actor::Rejection;

/// Where a thing is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// Being made.
    #[default]
    Creating,
    /// Ready.
    Active,
    /// A change is on its way.
    Updating,
    /// Being removed.
    Deleting,
    /// Gone; the record stays as a tombstone, the list row is removed.
    Deleted,
    /// Could not be made or not wholly removed; deleting it removes what is left.
    Failed,
}

/// What can happen to a [`Status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Everything was made.
    Made,
    /// It could not be made.
    Unmade,
    /// A change was asked for that takes time.
    Change,
    /// The change ended, well or not.
    Changed,
    /// Its end was asked for.
    Delete,
    /// Its end was refused and all of it is still there.
    Kept,
    /// Its end was refused half-way.
    Stuck,
    /// Nothing is left of it.
    Gone,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::Creating,
        Self::Active,
        Self::Updating,
        Self::Deleting,
        Self::Deleted,
        Self::Failed,
    ];

    /// The status after a move, or `None` when the move is not legal here.
    pub fn after(self, to: Move) -> Option<Self> {
        match (self, to) {
            (Self::Creating, Move::Made) => Some(Self::Active),
            (Self::Creating, Move::Unmade) => Some(Self::Failed),
            (Self::Active, Move::Change) => Some(Self::Updating),
            (Self::Updating, Move::Changed) => Some(Self::Active),
            (Self::Creating | Self::Active | Self::Updating | Self::Failed, Move::Delete) => {
                Some(Self::Deleting)
            }
            (Self::Deleting, Move::Kept) => Some(Self::Active),
            (Self::Deleting, Move::Stuck) => Some(Self::Failed),
            (Self::Deleting, Move::Gone) => Some(Self::Deleted),
            (
                Self::Creating,
                Move::Change | Move::Changed | Move::Kept | Move::Stuck | Move::Gone,
            )
            | (
                Self::Active,
                Move::Made | Move::Unmade | Move::Changed | Move::Kept | Move::Stuck | Move::Gone,
            )
            | (
                Self::Updating,
                Move::Made | Move::Unmade | Move::Change | Move::Kept | Move::Stuck | Move::Gone,
            )
            | (
                Self::Deleting,
                Move::Made | Move::Unmade | Move::Change | Move::Changed | Move::Delete,
            )
            | (
                Self::Failed,
                Move::Made
                | Move::Unmade
                | Move::Change
                | Move::Changed
                | Move::Kept
                | Move::Stuck
                | Move::Gone,
            )
            | (Self::Deleted, _) => None,
        }
    }

    /// Takes the move if it is legal; an illegal one changes nothing.
    pub(crate) fn take(&mut self, to: Move) {
        if let Some(next) = self.after(to) {
            *self = next;
        }
    }

    /// The name in the API: `ACTIVE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "CREATING",
            Self::Active => "ACTIVE",
            Self::Updating => "UPDATING",
            Self::Deleting => "DELETING",
            Self::Deleted => "DELETED",
            Self::Failed => "FAILED",
        }
    }

    /// Refuses a change of a thing that is not at rest.
    pub(crate) fn ready_for_change(self, what: &str) -> Result<(), Rejection> {
        match self {
            Self::Active => Ok(()),
            Self::Creating | Self::Updating | Self::Deleting => Err(Rejection::precondition(
                "NOT_READY",
                format!(
                    "the {what} is {}: try again when it is ACTIVE",
                    self.as_str()
                ),
            )),
            Self::Failed | Self::Deleted => Err(Rejection::precondition(
                "NOT_READY",
                format!(
                    "the {what} is {}: it can only be deleted and made anew",
                    self.as_str()
                ),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOVES: [Move; 8] = [
        Move::Made,
        Move::Unmade,
        Move::Change,
        Move::Changed,
        Move::Delete,
        Move::Kept,
        Move::Stuck,
        Move::Gone,
    ];

    #[test]
    fn only_these_moves_are_legal() {
        let legal = [
            (Status::Creating, Move::Made, Status::Active),
            (Status::Creating, Move::Unmade, Status::Failed),
            (Status::Creating, Move::Delete, Status::Deleting),
            (Status::Active, Move::Change, Status::Updating),
            (Status::Active, Move::Delete, Status::Deleting),
            (Status::Updating, Move::Changed, Status::Active),
            (Status::Updating, Move::Delete, Status::Deleting),
            (Status::Deleting, Move::Kept, Status::Active),
            (Status::Deleting, Move::Stuck, Status::Failed),
            (Status::Deleting, Move::Gone, Status::Deleted),
            (Status::Failed, Move::Delete, Status::Deleting),
        ];
        for from in Status::ALL {
            for to in MOVES {
                let expected = legal
                    .iter()
                    .find(|(f, m, _)| *f == from && *m == to)
                    .map(|(_, _, next)| *next);
                assert_eq!(from.after(to), expected, "{from:?} {to:?}");
            }
        }
    }

    #[test]
    fn nothing_comes_back_from_the_dead() {
        let mut status = Status::Deleted;
        for to in MOVES {
            status.take(to);
            assert_eq!(status, Status::Deleted);
        }
    }
}
