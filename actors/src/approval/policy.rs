//! Who must say yes, in which order, and until when.

use serde::{Deserialize, Serialize};

use crate::validate::{self, MAX_GROUPS, Violations};

/// Most stages of an approval.
pub const MAX_STAGES: usize = 10;
/// Most people named in a stage or an escalation.
pub const MAX_USERS: usize = 50;
/// Most yeses that a stage can ask for.
pub const MAX_THRESHOLD: u32 = 50;
/// The longest an approval can be open, in seconds: a year, which is as long as a Step Functions execution
/// lives.
pub const MAX_DEADLINE_SECONDS: i64 = 31_536_000;

type Rule = fn(&str) -> Result<(), String>;

/// The rules of an approval.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Policy {
    /// The stages, in order: 1 to 10. The next opens when the one before has its yeses.
    pub stages: Vec<StagePolicy>,
    /// How long it is open, in seconds: 1 to 31,536,000.
    pub deadline_seconds: i64,
    /// Whether it goes to more people when nobody decides.
    #[serde(default)]
    pub escalation: Option<Escalation>,
    /// Whether who asked may decide too.
    #[serde(default)]
    pub allow_requester: bool,
}

/// Of whom how many must say yes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StagePolicy {
    /// Its name: 1 to 64 characters.
    pub name: String,
    /// Members of these groups may decide: up to 20.
    #[serde(default)]
    pub groups: Vec<String>,
    /// These people may decide, by e-mail address or user id: up to 50.
    #[serde(default)]
    pub users: Vec<String>,
    /// How many different people must say yes: 1 to 50.
    pub threshold: u32,
}

/// Who may decide too when time passes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Escalation {
    /// After so many seconds; before the deadline.
    pub after_seconds: i64,
    /// Members of these groups: up to 20.
    #[serde(default)]
    pub groups: Vec<String>,
    /// These people: up to 50.
    #[serde(default)]
    pub users: Vec<String>,
}

impl Policy {
    /// Notes what is wrong with it, field by field, under `field`.
    pub(super) fn check(&self, field: &str, found: &mut Violations) {
        let stages = self.stages.len();
        if stages == 0 || stages > MAX_STAGES {
            let rule = format!("give 1 to {MAX_STAGES} stages, not {stages}");
            found.check(&format!("{field}.stages"), Err(rule));
        }
        for (index, stage) in self.stages.iter().take(MAX_STAGES).enumerate() {
            stage.check(&format!("{field}.stages[{index}]"), found);
        }
        let longest = MAX_DEADLINE_SECONDS;
        if !(1..=longest).contains(&self.deadline_seconds) {
            let rule = format!("must be 1 to {longest} seconds");
            found.check(&format!("{field}.deadlineSeconds"), Err(rule));
        }
        if let Some(escalation) = &self.escalation {
            escalation.check(&format!("{field}.escalation"), self.deadline_seconds, found);
        }
    }
}

impl StagePolicy {
    fn check(&self, field: &str, found: &mut Violations) {
        found.check(&format!("{field}.name"), validate::stage_name(&self.name));
        people(field, &self.groups, &self.users, found);
        let rule = match self.threshold {
            0 => Err("must be 1 or more".to_owned()),
            n if n > MAX_THRESHOLD => Err(format!("must be {MAX_THRESHOLD} or less")),
            _ => Ok(()),
        };
        found.check(&format!("{field}.threshold"), rule);
    }
}

impl Escalation {
    fn check(&self, field: &str, deadline_seconds: i64, found: &mut Violations) {
        if self.after_seconds < 1 || self.after_seconds >= deadline_seconds {
            found.check(
                &format!("{field}.afterSeconds"),
                Err("must be 1 or more, and less than deadlineSeconds".to_owned()),
            );
        }
        people(field, &self.groups, &self.users, found);
    }
}

fn people(field: &str, groups: &[String], users: &[String], found: &mut Violations) {
    if groups.is_empty() && users.is_empty() {
        found.check(field, Err("names no groups and no users".to_owned()));
    }
    let lists = [
        ("groups", groups, MAX_GROUPS, validate::group as Rule),
        ("users", users, MAX_USERS, validate::user as Rule),
    ];
    for (list, names, most, rule) in lists {
        if names.len() > most {
            let rule = format!("has {} names, of {most} at most", names.len());
            found.check(&format!("{field}.{list}"), Err(rule));
            continue;
        }
        for (index, name) in names.iter().enumerate() {
            found.check(&format!("{field}.{list}[{index}]"), rule(name));
        }
    }
}

/// The names without repeats, in their order.
pub(super) fn distinct(names: &[String]) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for name in names {
        if !distinct.contains(name) {
            distinct.push(name.clone());
        }
    }
    distinct
}

impl Escalation {
    /// Who they are, as the lists show them.
    pub(super) fn people(&self) -> String {
        people_text(&self.groups, &self.users)
    }
}

/// People as the lists show them: users, and groups as `group:…`.
pub(super) fn people_text(groups: &[String], users: &[String]) -> String {
    let groups = groups.iter().map(|group| format!("group:{group}"));
    let people: Vec<String> = users.iter().cloned().chain(groups).collect();
    people.join(", ")
}
