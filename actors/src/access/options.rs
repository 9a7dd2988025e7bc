use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How access is given, looked at and taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessOptions {
    /// Where Athena writes the results of the queries that verify: `s3://bucket/prefix/`, with `{account}` for
    /// the consumer's account. Empty where the work group says it.
    pub athena_output: String,
    /// The work group of these queries.
    pub athena_workgroup: String,
    /// The ARN of the role that reads in a consumer's account where none is named; `{account}` stands for the
    /// account.
    pub consumer_role: String,
    /// The database in a consumer's account that resource links are in; `{database}` stands for the shared one.
    pub link_database: String,
    /// Whether the locations of shared tables are registered with Lake Formation, in hybrid mode, where they are
    /// not registered yet: a table that is open to IAM can be shared only so. Else that is the owners'
    /// business.
    pub register_locations: bool,
    /// How long after a look at what is given the next one is due; never if zero.
    pub verify_every: Duration,
    /// What is done about drift that a scheduled look finds.
    pub drift: Drift,
    /// How many days owners have to decide a request; one that nobody decides in time is denied.
    pub request_days: u32,
    /// The ARN of the SNS topic that is told of what is given and taken; none if empty.
    pub topic: String,
}

/// What is done about drift that a scheduled look finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// It is told.
    #[default]
    Report,
    /// What is missing is put again, and what was given by hand is taken.
    Repair,
}

impl Default for AccessOptions {
    fn default() -> Self {
        const HOUR: u64 = 60 * 60;
        Self {
            athena_output: String::new(),
            athena_workgroup: "primary".to_owned(),
            consumer_role: "arn:aws:iam::{account}:role/datamesh-consumer".to_owned(),
            link_database: "shared_{database}".to_owned(),
            register_locations: true,
            verify_every: Duration::from_secs(6 * HOUR),
            drift: Drift::Report,
            request_days: 14,
            topic: String::new(),
        }
    }
}

impl AccessOptions {
    /// The role that reads in an account where a request names none.
    pub fn consumer_role(&self, account: &str) -> String {
        self.consumer_role.replace("{account}", account)
    }

    pub(crate) fn link_database(&self, database: &str) -> String {
        self.link_database.replace("{database}", database)
    }

    pub(crate) fn athena_output(&self, account: &str) -> Option<String> {
        let place = self.athena_output.replace("{account}", account);
        (!place.is_empty()).then_some(place)
    }

    pub(crate) fn athena_workgroup(&self) -> Option<String> {
        (!self.athena_workgroup.is_empty()).then(|| self.athena_workgroup.clone())
    }

    pub(crate) fn verify_every_ms(&self) -> i64 {
        i64::try_from(self.verify_every.as_millis()).unwrap_or(i64::MAX)
    }

    pub(crate) fn request_seconds(&self) -> i64 {
        i64::from(self.request_days).saturating_mul(24 * 60 * 60)
    }

    pub(crate) fn repairs(&self) -> bool {
        self.drift == Drift::Repair
    }
}
