use serde::{Deserialize, Serialize};

/// How access is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessOptions {
    /// How many days owners have for a decision; a request that nobody decides in time is denied.
    pub request_days: u32,
    /// The ARN of the SNS topic that owners and askers listen to; nothing is published if empty.
    pub topic: String,
    /// The ARN of the role that a consumer reads as, if a request names no other; `{account}` stands for the
    /// consumer's account.
    pub consumer_role: String,
}

impl Default for AccessOptions {
    fn default() -> Self {
        Self {
            request_days: 14,
            topic: String::new(),
            consumer_role: "arn:aws:iam::{account}:role/datamesh-consumer".to_owned(),
        }
    }
}

impl AccessOptions {
    /// The role that reads in an account, if a request names no other.
    pub fn consumer_role(&self, account: &str) -> String {
        self.consumer_role.replace("{account}", account)
    }
}
