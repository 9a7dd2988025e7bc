use serde::{Deserialize, Serialize};

/// Whether others can find an asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PublishStatus {
    /// Not asked for yet.
    #[default]
    Draft,
    /// On its way into the catalogue.
    Publishing,
    /// In the catalogue.
    Published,
    /// On its way out of the catalogue.
    Unpublishing,
    /// Taken out of the catalogue.
    Unpublished,
    /// Could not be published.
    PublishFailed,
}

/// What can happen to a [`PublishStatus`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishMove {
    /// The publication was asked for.
    Publish,
    /// The catalogue has it.
    Listed,
    /// The publication failed.
    Unlisted,
    /// The end of the publication was asked for.
    Unpublish,
    /// The catalogue does not have it any more.
    Delisted,
    /// The catalogue would not let go of it.
    Kept,
    /// The catalogue would not let go of it, and its last publication had failed.
    KeptAsFailed,
}

impl PublishStatus {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::Draft,
        Self::Publishing,
        Self::Published,
        Self::Unpublishing,
        Self::Unpublished,
        Self::PublishFailed,
    ];

    /// The status after a move, or `None` when the move is not legal here. A change of a published asset is
    /// published anew, so that `Listed` and `Unlisted` are legal there too.
    pub fn after(self, to: PublishMove) -> Option<Self> {
        match (self, to) {
            (Self::Draft | Self::Unpublished | Self::PublishFailed, PublishMove::Publish) => {
                Some(Self::Publishing)
            }
            (Self::Publishing | Self::Published, PublishMove::Listed) => Some(Self::Published),
            (Self::Publishing | Self::Published, PublishMove::Unlisted) => {
                Some(Self::PublishFailed)
            }
            (Self::Published | Self::PublishFailed, PublishMove::Unpublish) => {
                Some(Self::Unpublishing)
            }
            (Self::Unpublishing, PublishMove::Delisted) => Some(Self::Unpublished),
            (Self::Unpublishing, PublishMove::Kept) => Some(Self::Published),
            (Self::Unpublishing, PublishMove::KeptAsFailed) => Some(Self::PublishFailed),
            (
                Self::Draft | Self::Unpublished,
                PublishMove::Listed
                | PublishMove::Unlisted
                | PublishMove::Unpublish
                | PublishMove::Delisted
                | PublishMove::Kept
                | PublishMove::KeptAsFailed,
            )
            | (
                Self::PublishFailed,
                PublishMove::Listed
                | PublishMove::Unlisted
                | PublishMove::Delisted
                | PublishMove::Kept
                | PublishMove::KeptAsFailed,
            )
            | (
                Self::Publishing,
                PublishMove::Publish
                | PublishMove::Unpublish
                | PublishMove::Delisted
                | PublishMove::Kept
                | PublishMove::KeptAsFailed,
            )
            | (
                Self::Published,
                PublishMove::Publish
                | PublishMove::Delisted
                | PublishMove::Kept
                | PublishMove::KeptAsFailed,
            )
            | (
                Self::Unpublishing,
                PublishMove::Publish
                | PublishMove::Listed
                | PublishMove::Unlisted
                | PublishMove::Unpublish,
            ) => None,
        }
    }

    pub(super) fn take(&mut self, to: PublishMove) {
        if let Some(next) = self.after(to) {
            *self = next;
        }
    }

    /// Whether it is on its way in or out.
    pub fn is_moving(self) -> bool {
        matches!(self, Self::Publishing | Self::Unpublishing)
    }

    /// The name in the API: `PUBLISHED`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Publishing => "PUBLISHING",
            Self::Published => "PUBLISHED",
            Self::Unpublishing => "UNPUBLISHING",
            Self::Unpublished => "UNPUBLISHED",
            Self::PublishFailed => "PUBLISH_FAILED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_moves_are_legal() {
        use PublishMove as Move;
        use PublishStatus as Status;
        let legal = [
            (Status::Draft, Move::Publish, Status::Publishing),
            (Status::Unpublished, Move::Publish, Status::Publishing),
            (Status::PublishFailed, Move::Publish, Status::Publishing),
            (Status::Publishing, Move::Listed, Status::Published),
            (Status::Published, Move::Listed, Status::Published),
            (Status::Publishing, Move::Unlisted, Status::PublishFailed),
            (Status::Published, Move::Unlisted, Status::PublishFailed),
            (Status::Published, Move::Unpublish, Status::Unpublishing),
            (Status::PublishFailed, Move::Unpublish, Status::Unpublishing),
            (Status::Unpublishing, Move::Delisted, Status::Unpublished),
            (Status::Unpublishing, Move::Kept, Status::Published),
            (
                Status::Unpublishing,
                Move::KeptAsFailed,
                Status::PublishFailed,
            ),
        ];
        let moves = [
            Move::Publish,
            Move::Listed,
            Move::Unlisted,
            Move::Unpublish,
            Move::Delisted,
            Move::Kept,
            Move::KeptAsFailed,
        ];
        for from in Status::ALL {
            for to in moves {
                let expected = legal
                    .iter()
                    .find(|(f, m, _)| *f == from && *m == to)
                    .map(|(_, _, next)| *next);
                assert_eq!(from.after(to), expected, "{from:?} {to:?}");
            }
        }
    }
}
