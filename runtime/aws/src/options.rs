//! What an operator can set.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::duration_text;
use crate::rates::default_rate;

/// How this process talks to AWS.
///
/// Durations are written `250ms`, `30s`, `5m`, `1h`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// The home region. Unset: what the SDK's default chain finds (`AWS_REGION`,
    /// profile), else `us-east-1`.
    pub region: Option<String>,
    /// The home account, twelve digits: the one whose credentials the process
    /// holds. Calls for any other account assume a role there.
    pub account: String,
    /// Sends every call to this URL instead of AWS's endpoints. Unset: what
    /// `AWS_ENDPOINT_URL` says, else AWS.
    pub endpoint_url: Option<String>,
    /// The role to assume in an account that `roles` does not name. `{account}`
    /// and `{service}` are filled in. Unset: an account without a role is
    /// refused on AWS, and reached with its own credentials when embedded.
    pub role_arn_template: Option<String>,
    /// The role to assume, by account.
    pub roles: BTreeMap<String, String>,
    /// Calls per second in place of the shipped defaults, by `service:Operation`,
    /// `service:*` or `*:*`; the narrowest counts. Each entry of a `PutEvents` counts
    /// as a call.
    pub rates: BTreeMap<String, f64>,
    /// Calls that one pool may have under way at once. Long polls are not counted.
    pub max_in_flight: usize,
    /// The same for single services, by service.
    pub max_in_flight_by_service: BTreeMap<String, usize>,
    /// Calls that may wait for one pool; more are answered `Busy`.
    pub max_waiting: usize,
    /// When to stop calling a destination that does not answer.
    pub breaker: BreakerOptions,
    /// How long one call may take once it is sent. A long poll gets its wait on top.
    #[serde(with = "duration_text")]
    pub call_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            region: None,
            account: "000000000000".to_owned(),
            endpoint_url: None,
            role_arn_template: None,
            roles: BTreeMap::new(),
            rates: BTreeMap::new(),
            max_in_flight: 64,
            max_in_flight_by_service: BTreeMap::new(),
            max_waiting: 4096,
            breaker: BreakerOptions::default(),
            call_timeout: Duration::from_secs(30),
        }
    }
}

/// A circuit breaker's settings; [`crate::CircuitState`] says what they do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BreakerOptions {
    /// Failures in a row, all within `window`, that open the circuit. At least 1.
    pub failure_threshold: u32,
    /// How long a failure counts.
    #[serde(with = "duration_text")]
    pub window: Duration,
    /// How long an open circuit lets nothing through.
    #[serde(with = "duration_text")]
    pub open_for: Duration,
    /// Calls that a half-open circuit lets through, and that must all be
    /// answered, before it closes. At least 1.
    pub half_open_probes: u32,
}

impl Default for BreakerOptions {
    fn default() -> Self {
        Self {
            failure_threshold: 8,
            window: Duration::from_secs(30),
            open_for: Duration::from_secs(10),
            half_open_probes: 2,
        }
    }
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct InvalidOption {
    /// The setting's path below this crate's section: `rates."glue:GetTable"`.
    pub setting: String,
    /// What is wrong, for a person.
    pub reason: String,
}

impl Options {
    /// Checks what the types cannot: to be called once, before [`crate::Aws::new`].
    pub fn check(&self) -> Result<(), InvalidOption> {
        let bad = |setting: &str, reason: String| {
            Err(InvalidOption {
                setting: setting.to_owned(),
                reason,
            })
        };
        for account in self.roles.keys().chain([&self.account]) {
            if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
                return bad("account", format!("`{account}` is not twelve digits"));
            }
        }
        for (key, rate) in &self.rates {
            let setting = format!("rates.\"{key}\"");
            if key
                .split_once(':')
                .is_none_or(|(s, o)| s.is_empty() || o.is_empty())
            {
                return bad(
                    &setting,
                    "the key must be `service:Operation`, `service:*` or `*:*`".into(),
                );
            }
            if !rate.is_finite() || *rate <= 0.0 {
                return bad(&setting, format!("`{rate}` is not a rate above zero"));
            }
        }
        if let Some(template) = &self.role_arn_template
            && !template.contains("{account}")
        {
            return bad("role_arn_template", "it must contain `{account}`".into());
        }
        let counts = [
            ("max_in_flight", self.max_in_flight),
            ("max_waiting", self.max_waiting),
            (
                "breaker.failure_threshold",
                self.breaker.failure_threshold as usize,
            ),
            (
                "breaker.half_open_probes",
                self.breaker.half_open_probes as usize,
            ),
        ];
        let bulkheads = self.max_in_flight_by_service.values();
        for (setting, count) in counts
            .into_iter()
            .chain(bulkheads.map(|count| ("max_in_flight_by_service", *count)))
        {
            if count == 0 {
                return bad(setting, "it must be at least 1".into());
            }
        }
        Ok(())
    }

    /// The rate to start from, in calls per second.
    pub(crate) fn rate(&self, service: &str, operation: &str) -> f64 {
        [(service, operation), (service, "*"), ("*", "*")]
            .iter()
            .find_map(|(s, o)| self.rates.get(&format!("{s}:{o}")).copied())
            .unwrap_or_else(|| default_rate(service, operation))
    }

    pub(crate) fn bulkhead(&self, service: &str) -> usize {
        self.max_in_flight_by_service
            .get(service)
            .copied()
            .unwrap_or(self.max_in_flight)
            .max(1)
    }

    /// The role to assume for a foreign account, if one is configured.
    pub(crate) fn role_for(&self, service: &str, account: &str) -> Option<String> {
        self.roles.get(account).cloned().or_else(|| {
            self.role_arn_template.as_ref().map(|template| {
                template
                    .replace("{account}", account)
                    .replace("{service}", service)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn the_defaults_pass_their_own_check() {
        assert_eq!(Options::default().check(), Ok(()));
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = serde_json::to_string(&Options::default()).unwrap();
        assert!(text.contains(r#""call_timeout":"30s""#), "{text}");
        assert_eq!(
            serde_json::from_str::<Options>(&text).unwrap(),
            Options::default()
        );
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        let error = serde_json::from_str::<Options>(r#"{"regoin": "eu-central-1"}"#).unwrap_err();
        assert!(error.to_string().contains("regoin"), "{error}");
    }

    #[test]
    fn an_override_beats_the_shipped_rate_and_the_narrow_one_beats_the_wide() {
        let options = Options {
            rates: [
                ("*:*".to_owned(), 100.0),
                ("glue:*".to_owned(), 7.0),
                ("glue:GetTable".to_owned(), 9.0),
            ]
            .into(),
            ..Options::default()
        };
        assert_eq!(options.rate("glue", "GetTable"), 9.0);
        assert_eq!(options.rate("glue", "CreateTable"), 7.0);
        assert_eq!(options.rate("datazone", "Search"), 100.0);
        assert_eq!(Options::default().rate("datazone", "Search"), 20.0);
    }

    #[test]
    fn a_named_role_beats_the_template() {
        let options = Options {
            role_arn_template: Some("arn:aws:iam::{account}:role/mesh-{service}".to_owned()),
            roles: [(
                "222222222222".to_owned(),
                "arn:aws:iam::222222222222:role/own".to_owned(),
            )]
            .into(),
            ..Options::default()
        };
        assert_eq!(
            options.role_for("glue", "222222222222").unwrap(),
            "arn:aws:iam::222222222222:role/own"
        );
        assert_eq!(
            options.role_for("glue", "333333333333").unwrap(),
            "arn:aws:iam::333333333333:role/mesh-glue"
        );
    }

    #[test]
    fn unusable_settings_are_named() {
        type Spoil = fn(&mut Options);
        let cases: [(Spoil, &str); 5] = [
            (|o| o.account = "12".into(), "account"),
            (|o| o.max_waiting = 0, "max_waiting"),
            (
                |o| o.breaker.half_open_probes = 0,
                "breaker.half_open_probes",
            ),
            (
                |o| o.role_arn_template = Some("arn".into()),
                "role_arn_template",
            ),
            (
                |o| {
                    o.rates.insert("glue:GetTable".into(), 0.0);
                },
                "rates.\"glue:GetTable\"",
            ),
        ];
        for (spoil, setting) in cases {
            let mut options = Options::default();
            spoil(&mut options);
            assert_eq!(options.check().unwrap_err().setting, setting);
        }
    }
}
