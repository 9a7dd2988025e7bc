use std::collections::{BTreeMap, BTreeSet};

use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::home::{ALWAYS_GIVEN, GIVEN};
use super::record::{Deployed, EnvironmentRecord};
use super::running::{Goal, Running};
use super::secrets::{MASK, Secrets};
use super::template::Template;
use super::{Environment, State, blueprint, digest, plan};
use crate::turn::Turn;
use crate::validate::{self, Violations};

/// Brings a template into the environment, as a change set of its stack. Sent again with the same id it
/// changes nothing.
///
/// Refused with `DEPLOYMENT_RUNNING` while another deployment is under way, with `ENVIRONMENT_HELD` while a
/// promotion of which it is not a part holds the environment, and with `DIGEST_MISMATCH` if another digest
/// was expected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deploy {
    /// `dep-…`, the new deployment's id.
    pub deployment_id: String,
    /// The template's text, JSON or YAML, of 51,200 bytes at most; empty for that of the blueprint.
    pub template: String,
    /// The blueprint that the template is, or was made from; empty if none is.
    pub blueprint: String,
    /// The values of the template's parameters. [`MASK`] for a hidden one keeps the value it has.
    pub parameters: BTreeMap<String, String>,
    /// The digest that is expected; empty for no check.
    pub digest: String,
    /// Whether only the difference is wanted.
    pub dry_run: bool,
    /// The promotion that deploys; empty if none does.
    pub promotion_id: String,
}

impl Deploy {
    /// Says what is wrong with it, field by field, as far as that can be said without the environment.
    pub fn check(&self) -> Result<(), Rejection> {
        let template = self.read()?;
        let mut found = Violations::default();
        let values = self.shown_values(&template);
        let wrong = template.check(&values, |parameter| {
            !is_given(&parameter.name) && !parameter.no_echo
        });
        note(&mut found, wrong);
        found.refuse()
    }

    /// The template, read.
    fn read(&self) -> Result<Template, Rejection> {
        let mut found = Violations::default();
        found.check("deploymentId", validate::id(&self.deployment_id));
        if !self.promotion_id.is_empty() {
            found.check("promotionId", validate::id(&self.promotion_id));
        }
        let template = match (self.template.is_empty(), self.blueprint.is_empty()) {
            (true, true) => Err(("cfnTemplate", "give it, or a blueprint".to_owned())),
            (false, _) => Template::parse(&self.template).map_err(|e| ("cfnTemplate", e)),
            (true, false) => match blueprint::find(&self.blueprint) {
                Some(blueprint) => Template::parse(blueprint.text).map_err(|e| ("blueprint", e)),
                None => Err((
                    "blueprint",
                    format!("there is none of this name, but {}", blueprint::names()),
                )),
            },
        };
        let template = template.unwrap_or_else(|(field, fault)| {
            found.check(field, Err(fault));
            Template::default()
        });
        found.refuse()?;
        Ok(template)
    }

    /// The values that can be checked: a mask stands for a value that is not here.
    fn shown_values(&self, template: &Template) -> BTreeMap<String, String> {
        let masked = |name: &str, value: &str| {
            value == MASK && template.parameter(name).is_some_and(|p| p.no_echo)
        };
        let values = self.parameters.iter();
        values
            .filter(|(name, value)| !masked(name, value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Environment>, Rejection> {
        self.check()?;
        if state.deployment(&self.deployment_id).is_some() {
            return Ok(Decision::none());
        }
        let record = state.record(ctx.id())?;
        state.refuse_unless_held_by(&self.promotion_id)?;
        state.refuse_while_running()?;
        let order = self.order(state, &record)?;
        if !self.digest.is_empty() && self.digest != order.wanted.digest {
            return Err(Rejection::precondition(
                "DIGEST_MISMATCH",
                format!(
                    "template and parameters have the digest {}, and {} was expected",
                    order.wanted.digest, self.digest
                ),
            ));
        }
        let goal = if self.dry_run {
            Goal::Preview
        } else {
            Goal::Deploy
        };
        let mut turn = Turn::new(state, ctx);
        let mut running = Running {
            goal,
            keep: order.keep,
            ..plan::running(&turn, &record, &self.deployment_id, &self.promotion_id)
        };
        running.deployment.dry_run = self.dry_run;
        running.want(order.wanted);
        plan::start(&mut turn, running, order.secrets);
        Ok(turn.done())
    }

    /// What is to be deployed, with the hidden values apart.
    fn order(&self, state: &State, record: &EnvironmentRecord) -> Result<Order, Rejection> {
        let template = self.read()?;
        let mut found = Violations::default();
        let mut shown = self.parameters.clone();
        for (name, value) in [
            (ALWAYS_GIVEN[0], &record.environment),
            (ALWAYS_GIVEN[1], &record.project_id),
        ] {
            if let Some(parameter) = template.parameter(name) {
                found.check(&field(name), parameter.check(value));
            }
            if let Some(asked) = shown.remove(name)
                && asked != *value
            {
                found.check(&field(name), Err(format!("is given by datamesh: {value}")));
            }
        }
        for name in GIVEN {
            if self.template.is_empty() && shown.contains_key(name) {
                found.check(&field(name), Err("is given by datamesh".to_owned()));
            }
        }
        let mut secrets = Secrets::default();
        let mut keep = BTreeSet::new();
        for parameter in template.parameters.iter().filter(|p| p.no_echo) {
            let name = &parameter.name;
            let kept = state.has_value(name);
            let asked = shown.get(name).cloned();
            match asked {
                Some(value) if value != MASK => {
                    secrets.0.insert(name.clone(), value);
                }
                _ if kept => {
                    keep.insert(name.clone());
                }
                _ if parameter.default.is_none() => {
                    let fault = "is hidden and has no value here yet: give it";
                    found.check(&field(name), Err(fault.to_owned()));
                }
                Some(_) => {}
                None => continue,
            }
            shown.insert(name.clone(), MASK.to_owned());
        }
        found.refuse()?;
        let text = match blueprint::find(&self.blueprint) {
            Some(blueprint) if self.template.is_empty() => blueprint.text.to_owned(),
            _ => self.template.clone(),
        };
        Ok(Order {
            wanted: Deployed {
                digest: digest::digest(&text, &shown),
                template: text,
                parameters: shown,
                blueprint: self.blueprint.clone(),
            },
            keep,
            secrets,
        })
    }
}

/// What is to be deployed.
struct Order {
    wanted: Deployed,
    keep: BTreeSet<String>,
    secrets: Secrets,
}

fn is_given(name: &str) -> bool {
    ALWAYS_GIVEN.contains(&name) || GIVEN.contains(&name)
}

fn field(parameter: &str) -> String {
    let shown: String = parameter
        .chars()
        .filter(|c| !c.is_control())
        .take(40)
        .collect();
    format!("parameters[\"{shown}\"]")
}

fn note(found: &mut Violations, wrong: Vec<(String, String)>) {
    for (name, description) in wrong {
        found.check(&field(&name), Err(description));
    }
}
