//! Who somebody is, as their token says.

use serde::{Deserialize, Serialize};

/// Somebody who asks or decides, with what decides their rights at that moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Person {
    /// The `sub` of the token.
    pub user: String,
    /// The verified e-mail address; empty if the token has none.
    #[serde(default)]
    pub email: String,
    /// The groups they are in.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Whether one of them is the admin group.
    #[serde(default)]
    pub admin: bool,
}

impl Person {
    /// The name in lists and histories: the e-mail address, or the user where there is none.
    pub fn name(&self) -> &str {
        if self.email.is_empty() {
            &self.user
        } else {
            &self.email
        }
    }

    /// Whether both are the same human: the same user, or the same e-mail address. Two accounts that share
    /// a verified address are one.
    pub fn is(&self, other: &Self) -> bool {
        let named = !self.user.is_empty() && self.user == other.user;
        named || (!self.email.is_empty() && self.email.eq_ignore_ascii_case(&other.email))
    }

    /// Whether a name that somebody wrote down means them: their user id, or their e-mail address in any
    /// case.
    pub fn is_called(&self, name: &str) -> bool {
        !name.is_empty()
            && (self.user == name
                || (!self.email.is_empty() && self.email.eq_ignore_ascii_case(name)))
    }

    /// The same without the rights: who it was, for the record.
    pub fn bare(&self) -> Self {
        Self {
            user: self.user.clone(),
            email: self.email.clone(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(user: &str, email: &str) -> Person {
        Person {
            user: user.to_owned(),
            email: email.to_owned(),
            ..Person::default()
        }
    }

    #[test]
    fn one_user_or_one_address_is_one_human() {
        let ann = person("u-1", "ann@example.com");
        assert!(ann.is(&person("u-1", "")));
        assert!(ann.is(&person("u-2", "ANN@example.com")));
        assert!(!ann.is(&person("u-2", "bob@example.com")));
        assert!(!person("u-1", "").is(&person("u-2", "")));
        assert!(!person("", "").is(&person("", "")));
    }

    #[test]
    fn a_name_is_the_user_or_the_address() {
        let ann = person("u-1", "ann@example.com");
        assert!(ann.is_called("u-1") && ann.is_called("Ann@Example.com"));
        assert!(!ann.is_called("U-1") && !ann.is_called(""));
        assert!(!person("u-1", "").is_called(""));
        assert_eq!(
            (ann.name(), person("u-1", "").name()),
            ("ann@example.com", "u-1")
        );
    }
}
