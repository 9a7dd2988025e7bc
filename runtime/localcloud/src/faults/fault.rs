//! A fault: which requests it is for, what it does to them, and how often.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::FaultEffect;

/// How often a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// This often, and is then gone. In JSON a number.
    Count(u32),
    /// Until it is removed. In JSON `"always"`.
    Always,
}

impl Serialize for Times {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(times) => serializer.serialize_u32(*times),
            Self::Always => serializer.serialize_str("always"),
        }
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Number(u32),
            Word(String),
        }
        match Form::deserialize(deserializer) {
            Ok(Form::Number(times)) => Ok(Self::Count(times)),
            Ok(Form::Word(word)) if word == "always" => Ok(Self::Always),
            _ => Err(D::Error::custom("write a whole number, or \"always\"")),
        }
    }
}

/// A fault, and the requests that it is for. A filter of `None` fits every request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// SigV4 signing name: `sqs`, `s3`, `datazone`, `glue`, `events`, `sts`, `iam`, `kms`, `sns`,
    /// `dynamodb`, `cloudformation`, `lakeformation`, `ram`, `organizations`, … What one service
    /// asks of another is struck, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// `SendMessage`, for example; `List*` for all whose names begin so. Two of RAM's own steps can
    /// be named too, with any effect but a latency: `SendInvitation` (the invitation is lost: the
    /// association waits until it lapses) and `Associate` (the association stays `ASSOCIATING`).
    /// `SendMessageBatch.Entry` (and so for every batch, see [`FaultEffect::HalfBatch`]) strikes
    /// single entries of the batch, and not the request: an entry fails with the error, the
    /// throttle or the server error; the other effects leave it alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// 12 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// What happens, unless there is a script.
    #[serde(default = "pass", skip_serializing_if = "is_pass")]
    pub effect: FaultEffect,
    /// What happens to the requests that fit, one after the other: `ok, throttle, ok, 500`. Empty:
    /// the effect, each time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub script: Vec<FaultEffect>,
    /// How often it strikes, or how often the script is played.
    #[serde(default = "once")]
    pub times: Times,
    /// The chance to strike, from 0 to 1, drawn from the seeded generator for each request.
    #[serde(default = "surely")]
    pub probability: f64,
}

fn pass() -> FaultEffect {
    FaultEffect::Pass
}

fn is_pass(effect: &FaultEffect) -> bool {
    *effect == FaultEffect::Pass
}

fn once() -> Times {
    Times::Count(1)
}

fn surely() -> f64 {
    1.0
}

impl Fault {
    /// Strikes every request, once, surely; narrow it by setting the fields.
    pub fn once(effect: FaultEffect) -> Self {
        Self {
            service: None,
            operation: None,
            account: None,
            effect,
            script: Vec::new(),
            times: once(),
            probability: surely(),
        }
    }

    /// The requests that fit are struck by one of these each, in this order; then it is gone.
    pub fn script(turns: impl IntoIterator<Item = FaultEffect>) -> Self {
        Self {
            script: turns.into_iter().collect(),
            ..Self::once(FaultEffect::Pass)
        }
    }

    /// Whether it makes sense; `knows` says which services there are. The library injects without
    /// asking, the control API asks.
    ///
    /// # Errors
    /// A sentence that names the field.
    pub(crate) fn check(&self, knows: impl Fn(&str) -> bool) -> Result<(), String> {
        if let Some(service) = &self.service
            && !knows(service)
        {
            return Err(format!(
                "service: the embedded AWS does not have the service {service}"
            ));
        }
        if let Some(account) = &self.account
            && !crate::identity::is_account(account)
        {
            return Err(format!("account: {account:?} is not 12 digits"));
        }
        if !(0.0..=1.0).contains(&self.probability) {
            return Err("probability: write a number from 0 to 1".to_owned());
        }
        if self.times == Times::Count(0) {
            return Err("times: write 1 or more, or \"always\"".to_owned());
        }
        let effects = match self.script.as_slice() {
            [] if self.effect == FaultEffect::Pass => {
                return Err("effect: say what happens, in `effect` or in `script`".to_owned());
            }
            [] => std::slice::from_ref(&self.effect),
            _ if self.effect != FaultEffect::Pass => {
                return Err("script: a fault has an effect or a script, not both".to_owned());
            }
            turns => turns,
        };
        for effect in effects {
            self.check_effect(effect)?;
        }
        Ok(())
    }

    fn check_effect(&self, effect: &FaultEffect) -> Result<(), String> {
        let of = |services: &[&str]| {
            let named = self.service.as_deref();
            named.is_some_and(|named| services.contains(&named))
        };
        match effect {
            FaultEffect::HalfBatch { .. } if !self.script.is_empty() => Err(
                "script: `half-batch` counts the entries by itself; script them with an operation \
                 such as `SendMessageBatch.Entry`"
                    .to_owned(),
            ),
            FaultEffect::Stale(_) if of(&["s3", "sts"]) => {
                Err("effect: s3 and sts have no stale reads".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Whether the fault is for this request.
    pub(super) fn fits(&self, service: &str, operation: &str, account: &str) -> bool {
        let is = |wanted: &Option<String>, actual: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == actual)
        };
        self.times != Times::Count(0)
            && is(&self.service, service)
            && is(&self.account, account)
            && self
                .operation
                .as_deref()
                .is_none_or(|wanted| match wanted.strip_suffix('*') {
                    Some(beginning) => operation.starts_with(beginning),
                    None => wanted == operation,
                })
    }
}

/// A fault that struck.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seen {
    /// The fault's id.
    pub fault: u64,
    /// SigV4 signing name.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The caller's account.
    pub account: String,
    /// What happened to it.
    pub effect: FaultEffect,
}

/// A fault that waits for requests.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// See [`Faults::inject`](super::Faults::inject).
    pub id: u64,
    /// The fault; `times` are those that are left.
    #[serde(flatten)]
    pub fault: Fault,
    /// How often it struck.
    pub struck: u64,
    /// Which turn of the script is next, from 0.
    #[serde(skip)]
    pub(super) turn: usize,
}

impl Standing {
    /// What happens to the request that fits next.
    pub(super) fn effect(&self) -> &FaultEffect {
        self.fault
            .script
            .get(self.turn)
            .unwrap_or(&self.fault.effect)
    }

    /// It struck: the script goes on, and at its end, or without one, one time is over.
    pub(super) fn count(&mut self) {
        self.struck += 1;
        self.turn += 1;
        if self.turn < self.fault.script.len() {
            return;
        }
        self.turn = 0;
        if let Times::Count(left) = &mut self.fault.times {
            *left = left.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde_json::json;

    use super::*;

    #[test]
    fn a_fault_reads_as_it_is_written() {
        let text = json!({
            "service": "sqs", "operation": "Send*", "account": "111122223333",
            "script": ["ok", "throttle"], "times": "always", "probability": 0.5,
        });
        let fault: Fault = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(fault.script, [FaultEffect::Pass, FaultEffect::Throttle]);
        assert_eq!(serde_json::to_value(&fault).unwrap(), text);
        assert!(fault.fits("sqs", "SendMessage", "111122223333"));
        assert!(!fault.fits("sqs", "ReceiveMessage", "111122223333"));
    }

    #[test]
    fn a_fault_without_sense_is_refused() {
        let knows = |name: &str| matches!(name, "sqs" | "s3");
        for (text, reason) in [
            (json!({}), "effect: say what happens"),
            (json!({"effect": "500", "service": "sq"}), "service: "),
            (json!({"effect": "500", "account": "1"}), "account: "),
            (json!({"effect": "500", "times": 0}), "times: "),
            (json!({"effect": "500", "probability": 2}), "probability: "),
            (json!({"effect": "500", "script": ["ok"]}), "not both"),
            (json!({"script": ["half-batch"]}), "SendMessageBatch.Entry"),
            (
                json!({"effect": "stale:5s", "service": "s3"}),
                "no stale reads",
            ),
        ] {
            let fault: Fault = serde_json::from_value(text).unwrap();
            let refused = fault.check(knows).unwrap_err();
            assert!(refused.contains(reason), "{refused}");
        }
    }
}
