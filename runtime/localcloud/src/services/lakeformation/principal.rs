//! Who can hold permissions: the `DataLakePrincipalIdentifier`.

use serde::{Deserialize, Serialize};

use super::error;
use crate::error::ServiceError;
use crate::identity::is_account;
use crate::request::Call;

/// Everybody whom IAM lets in: what makes a catalog behave as before Lake Formation.
pub(crate) const IAM_ALLOWED: &str = "IAM_ALLOWED_PRINCIPALS";

/// What stands behind the account in the group of all IAM principals of an account.
const GROUP: &str = ":IAMPrincipals";

/// `DataLakePrincipal` on the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PrincipalInput {
    #[serde(default)]
    pub(super) data_lake_principal_identifier: String,
}

impl PrincipalInput {
    pub(super) fn of(text: &str) -> Self {
        Self {
            data_lake_principal_identifier: text.to_owned(),
        }
    }
}

/// A principal, as what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Principal {
    /// [`IAM_ALLOWED`].
    IamAllowed,
    /// A role or a user: its account and ARN.
    Iam { account: String, arn: String },
    /// All IAM principals of this account.
    Group { account: String },
    /// A whole account, whose admins pass on what it gets.
    Account { account: String },
    /// An organization or an organizational unit, by its ARN.
    Organization { arn: String },
}

impl Principal {
    /// Reads an identifier.
    ///
    /// # Errors
    /// `InvalidInputException` that names it.
    pub(super) fn parse(text: &str) -> Result<Self, ServiceError> {
        let wrong = || error::invalid(format!("Invalid principal, {text}"));
        if text == IAM_ALLOWED {
            return Ok(Self::IamAllowed);
        }
        if is_account(text) {
            return Ok(Self::Account {
                account: text.to_owned(),
            });
        }
        if let Some(account) = text.strip_suffix(GROUP) {
            return is_account(account)
                .then(|| Self::Group {
                    account: account.to_owned(),
                })
                .ok_or_else(wrong);
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", _partition, service, "", account, rest] = parts.as_slice() else {
            return Err(wrong());
        };
        let account = (*account).to_owned();
        let arn = text.to_owned();
        match *service {
            _ if !is_account(&account) => Err(wrong()),
            "iam" if *rest == "root" => Ok(Self::Account { account }),
            "iam" if named(rest, &["role/", "user/"]) => Ok(Self::Iam { account, arn }),
            "organizations" if named(rest, &["organization/o-", "ou/o-"]) => {
                Ok(Self::Organization { arn })
            }
            _ => Err(wrong()),
        }
    }

    /// As it is kept and shown.
    pub(super) fn text(&self) -> String {
        match self {
            Self::IamAllowed => IAM_ALLOWED.to_owned(),
            Self::Iam { arn, .. } | Self::Organization { arn } => arn.clone(),
            Self::Group { account } => group(account),
            Self::Account { account } => account.clone(),
        }
    }

    /// Is it outside of this account?
    pub(super) fn is_foreign(&self, account: &str) -> bool {
        match self {
            Self::IamAllowed => false,
            Self::Iam { account: own, .. }
            | Self::Group { account: own }
            | Self::Account { account: own } => own != account,
            Self::Organization { .. } => true,
        }
    }
}

/// Does the text start with one of these and go on?
fn named(text: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| {
        text.strip_prefix(start)
            .is_some_and(|rest| !rest.is_empty())
    })
}

/// The group of all IAM principals of an account.
pub(super) fn group(account: &str) -> String {
    format!("{account}{GROUP}")
}

/// The caller as permissions know it: its role, or its account's root.
pub(crate) fn caller<'a>(call: &'a Call<'_>) -> &'a str {
    call.principal
        .session
        .as_ref()
        .map_or(&call.principal.arn, |session| &session.role_arn)
}

/// Is this the root of an account?
pub(super) fn is_root(principal: &str) -> bool {
    principal.ends_with(":root")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Principal;

    #[test]
    fn identifiers_are_told_apart() {
        for (text, kept) in [
            ("IAM_ALLOWED_PRINCIPALS", "IAM_ALLOWED_PRINCIPALS"),
            ("111122223333", "111122223333"),
            ("arn:aws:iam::111122223333:root", "111122223333"),
            ("111122223333:IAMPrincipals", "111122223333:IAMPrincipals"),
            (
                "arn:aws:iam::111122223333:role/path/analyst",
                "arn:aws:iam::111122223333:role/path/analyst",
            ),
            (
                "arn:aws:organizations::111122223333:ou/o-abc/ou-abc-def",
                "arn:aws:organizations::111122223333:ou/o-abc/ou-abc-def",
            ),
        ] {
            assert_eq!(Principal::parse(text).unwrap().text(), kept);
        }
    }

    #[test]
    fn what_is_no_principal_is_refused() {
        for text in [
            "",
            "analyst",
            "1111",
            "x:IAMPrincipals",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::1:role/analyst",
            "arn:aws:s3:::bucket",
            "arn:aws:sts::111122223333:assumed-role/analyst/session",
        ] {
            let error = Principal::parse(text).unwrap_err();
            assert_eq!(error.message, format!("Invalid principal, {text}"));
        }
    }
}
