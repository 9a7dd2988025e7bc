//! What can be allowed.

use std::fmt;

use aws_sdk_lakeformation::types;

macro_rules! permissions {
    ($($name:ident $meaning:literal,)*) => {
        /// What Lake Formation can allow on a resource.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Permission {
            $(#[doc = $meaning] $name,)*
            /// One that this crate does not know, by AWS's name.
            Other(String),
        }

        impl Permission {
            /// Every permission that this crate knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$name,)*];

            /// AWS's name: `DATA_LOCATION_ACCESS`.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => types::Permission::$name.as_str(),)*
                    Self::Other(name) => name,
                }
            }
        }
    };
}

permissions! {
    All "Everything that can be allowed on the resource: `Super` in the console.",
    Alter "Change its description.",
    Associate "Put an LF-Tag on things.",
    CreateCatalog "Make catalogues.",
    CreateDatabase "Make databases.",
    CreateLfTag "Make LF-Tags.",
    CreateLfTagExpression "Name LF-Tag expressions.",
    CreateTable "Make tables.",
    DataLocationAccess "Make tables that point to a location.",
    Delete "Remove rows.",
    Describe "See that it is there, and its description.",
    Drop "Remove it.",
    GrantWithLfTagExpression "Grant by LF-Tag expressions.",
    Insert "Add rows.",
    Select "Read rows.",
    SuperUser "Everything on a catalogue and all that is in it.",
}

impl Permission {
    /// Reads AWS's name.
    pub fn from_name(name: &str) -> Self {
        Self::KNOWN
            .iter()
            .find(|known| known.as_str() == name)
            .cloned()
            .unwrap_or_else(|| Self::Other(name.to_owned()))
    }

    pub(super) fn to_sdk(&self) -> types::Permission {
        types::Permission::from(self.as_str())
    }

    pub(super) fn all_to_sdk(permissions: &[Self]) -> Option<Vec<types::Permission>> {
        (!permissions.is_empty()).then(|| permissions.iter().map(Self::to_sdk).collect())
    }

    pub(super) fn all_from_sdk(permissions: Option<Vec<types::Permission>>) -> Vec<Self> {
        permissions
            .unwrap_or_default()
            .iter()
            .map(|permission| Self::from_name(permission.as_str()))
            .collect()
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_model_is_known_and_read_back() {
        for name in types::Permission::values() {
            let permission = Permission::from_name(name);
            assert!(Permission::KNOWN.contains(&permission), "{name}");
            assert_eq!(permission.as_str(), *name);
        }
        let new = Permission::from_name("TELEPORT");
        assert_eq!(new, Permission::Other("TELEPORT".to_owned()));
        assert_eq!(new.to_sdk().as_str(), "TELEPORT");
    }
}
