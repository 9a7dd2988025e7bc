/// How a listing is, in DataZone's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListingState {
    /// `ACTIVE`: the catalogue shows it.
    Active,
    /// `INACTIVE`: the catalogue does not show it.
    Inactive,
    /// There is no such listing.
    Gone,
    /// `CREATING`, or a word that is new to us: on its way.
    Moving(String),
}

impl ListingState {
    pub(super) fn parse(status: &str) -> Self {
        match status {
            "ACTIVE" => Self::Active,
            "INACTIVE" => Self::Inactive,
            other => Self::Moving(other.to_owned()),
        }
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Gone => "gone",
            Self::Moving(status) => status,
        }
    }
}
