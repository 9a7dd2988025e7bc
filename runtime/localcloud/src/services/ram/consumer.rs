//! With whom a share is shared: RAM calls them principals.

use super::error;
use crate::error::ServiceError;
use crate::identity::is_account;

/// A principal of a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Consumer {
    /// 12 digits.
    Account(String),
    /// An IAM role or user.
    Identity {
        /// Its ARN.
        arn: String,
        /// 12 digits.
        account: String,
    },
    /// Every account of an organization.
    Organization {
        /// `arn:aws:organizations::<management account>:organization/<o-…>`.
        arn: String,
        /// `o-…`.
        organization: String,
    },
    /// Every account below an organizational unit, at any depth.
    Unit {
        /// `arn:aws:organizations::<management account>:ou/<o-…>/<ou-…>`.
        arn: String,
        /// `o-…`.
        organization: String,
        /// `ou-…`.
        unit: String,
    },
}

impl Consumer {
    /// Reads an account id, or the ARN of an organization, a unit, a role or a user.
    ///
    /// # Errors
    /// `MalformedArnException` for an ARN of something else, `InvalidParameterException` for what
    /// is none.
    pub(crate) fn parse(text: &str) -> Result<Self, ServiceError> {
        if is_account(text) {
            return Ok(Self::Account(text.to_owned()));
        }
        if !text.starts_with("arn:") {
            return Err(error::invalid(format!(
                "Invalid principal {text}: an account ID or an ARN is wanted."
            )));
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [_, _, service, "", account, resource] = parts.as_slice() else {
            return Err(error::malformed(text));
        };
        let path: Vec<&str> = resource.split('/').collect();
        let arn = text.to_owned();
        match (*service, path.as_slice()) {
            ("organizations", ["organization", organization]) => Ok(Self::Organization {
                arn,
                organization: (*organization).to_owned(),
            }),
            ("organizations", ["ou", organization, unit]) => Ok(Self::Unit {
                arn,
                organization: (*organization).to_owned(),
                unit: (*unit).to_owned(),
            }),
            ("iam", ["role" | "user", .., _]) if is_account(account) => Ok(Self::Identity {
                arn,
                account: (*account).to_owned(),
            }),
            _ => Err(error::malformed(text)),
        }
    }

    /// As shares show it.
    pub(crate) fn entity(&self) -> &str {
        match self {
            Self::Account(account) => account,
            Self::Identity { arn, .. }
            | Self::Organization { arn, .. }
            | Self::Unit { arn, .. } => arn,
        }
    }

    /// Whose list of received shares the share stands in: an account's, an organization's or a
    /// unit's.
    pub(super) fn receiver(&self) -> &str {
        match self {
            Self::Account(account) | Self::Identity { account, .. } => account,
            Self::Organization { organization, .. } => organization,
            Self::Unit { unit, .. } => unit,
        }
    }

    /// The one account that it stands for; `None` for an organization or a unit.
    pub(super) fn account(&self) -> Option<&str> {
        match self {
            Self::Account(account) | Self::Identity { account, .. } => Some(account),
            Self::Organization { .. } | Self::Unit { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Consumer;

    #[test]
    fn a_principal_is_an_account_or_an_arn() {
        let receiver = |text: &str| Consumer::parse(text).unwrap().receiver().to_owned();
        assert_eq!(receiver("111122223333"), "111122223333");
        assert_eq!(
            receiver("arn:aws:organizations::111122223333:organization/o-1"),
            "o-1"
        );
        assert_eq!(
            receiver("arn:aws:organizations::111122223333:ou/o-1/ou-r-1"),
            "ou-r-1"
        );
        assert_eq!(
            receiver("arn:aws:iam::444455556666:role/a/Reader"),
            "444455556666"
        );
        for (text, code) in [
            ("11112222333", "InvalidParameterException"),
            ("arn:aws:s3:::bucket", "MalformedArnException"),
            ("arn:aws:iam::444455556666:role", "MalformedArnException"),
        ] {
            assert_eq!(Consumer::parse(text).unwrap_err().code, code, "{text}");
        }
    }
}
