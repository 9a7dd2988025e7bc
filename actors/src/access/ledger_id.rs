use std::fmt;

use serde::{Deserialize, Serialize};

use crate::world::Place;

/// Whose Lake Formation, and which database in it: the id of a ledger.
///
/// As text `123456789012:eu-central-1:123456789012:sales`, or `123456789012:eu-central-1` for what belongs to
/// the whole account.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LedgerId {
    /// The account in whose Lake Formation it is written.
    pub account: String,
    /// The region.
    pub region: String,
    /// The account whose catalogue the database is in: another one for what was shared with this account.
    /// Empty for the account's own ledger.
    pub catalog: String,
    /// The database. Empty for the account's own ledger.
    pub database: String,
}

impl LedgerId {
    /// The ledger of what belongs to a whole account.
    pub fn account(place: &Place) -> Self {
        Self {
            account: place.account.clone(),
            region: place.region.clone(),
            ..Self::default()
        }
    }

    /// The ledger of a database, in the Lake Formation of `place`.
    pub fn database(place: &Place, catalog: &str, database: &str) -> Self {
        Self {
            catalog: catalog.to_owned(),
            database: database.to_owned(),
            ..Self::account(place)
        }
    }

    /// Reads what [`LedgerId`] writes; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, ':').map(str::to_owned);
        let (account, region) = (parts.next()?, parts.next()?);
        let (catalog, database) = match (parts.next(), parts.next()) {
            (None, None) => (String::new(), String::new()),
            (Some(catalog), Some(database)) if !catalog.is_empty() && !database.is_empty() => {
                (catalog, database)
            }
            _ => return None,
        };
        (!account.is_empty() && !region.is_empty()).then_some(Self {
            account,
            region,
            catalog,
            database,
        })
    }

    /// Whether it is of a whole account.
    pub fn is_account(&self) -> bool {
        self.database.is_empty()
    }

    /// Where it is written.
    pub fn place(&self) -> Place {
        Place {
            account: self.account.clone(),
            region: self.region.clone(),
        }
    }
}

impl fmt::Display for LedgerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.account, self.region)?;
        if self.is_account() {
            return Ok(());
        }
        write!(f, ":{}:{}", self.catalog, self.database)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let place = Place {
            account: "123456789012".to_owned(),
            region: "eu-central-1".to_owned(),
        };
        for id in [
            LedgerId::account(&place),
            LedgerId::database(&place, "210987654321", "sales"),
        ] {
            assert_eq!(LedgerId::parse(&id.to_string()), Some(id));
        }
        for other in ["", "1", "1:", "1:r:c", "1:r:c:", "1:r::d"] {
            assert_eq!(LedgerId::parse(other), None, "{other}");
        }
    }
}
