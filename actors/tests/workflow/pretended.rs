use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use datamesh_actor::{EffectCx, EffectError, Effects};
use datamesh_actors::deployment::{
    self, ChangeSet, Environment, EnvironmentEffect, EnvironmentEffects, Review, Seen,
};
use datamesh_actors::execution::{self, ExecutionEffect, ExecutionEffects, WorkflowExecution};
use serde_json::{Value, json};

/// Environments whose CloudFormation always does what is wanted.
pub struct Stacks(pub EnvironmentEffects);

#[async_trait]
impl Effects<Environment> for Stacks {
    async fn run(
        &self,
        effect: &EnvironmentEffect,
        cx: &EffectCx,
    ) -> Result<deployment::Outcome, EffectError> {
        use deployment::Outcome;
        let stack = "arn:aws:cloudformation:eu-central-1:123456789012:stack/s/1";
        let seen = |there: bool, status: &str| Seen {
            stack_id: there.then(|| stack.to_owned()),
            status: status.to_owned(),
            ..Seen::default()
        };
        Ok(match effect {
            EnvironmentEffect::Attach(_) => Outcome::Attached {
                home: deployment::Home::default(),
            },
            EnvironmentEffect::ValidateTemplate(_) => Outcome::TemplateValid {
                capabilities: vec![],
            },
            EnvironmentEffect::Inspect(_) => Outcome::StackSeen {
                seen: seen(false, ""),
            },
            EnvironmentEffect::CreateChangeSet(_) => Outcome::ChangeSetCreated {
                stack_id: stack.to_owned(),
                change_set: ChangeSet {
                    id: "cs-1".to_owned(),
                    creates: true,
                },
            },
            EnvironmentEffect::ReviewChangeSet(_) => Outcome::ChangeSetReviewed {
                review: Review::Differs,
                changes: vec![],
                mark: None,
            },
            EnvironmentEffect::Execute(_) => Outcome::ChangeSetExecuted,
            EnvironmentEffect::LookAtStack(_) => Outcome::StackLooked {
                seen: seen(true, "CREATE_COMPLETE"),
                events: vec![],
                first_failure: None,
                begun: true,
            },
            EnvironmentEffect::PutPrefixes(_) => Outcome::PrefixesPut,
            _ => return self.0.run(effect, cx).await,
        })
    }
}

/// Messages that were published: how often, by their text.
pub type Published = Arc<Mutex<BTreeMap<String, u32>>>;

/// Executions whose messages go nowhere but into a list.
pub struct Messages {
    pub inner: ExecutionEffects,
    pub published: Published,
}

#[async_trait]
impl Effects<WorkflowExecution> for Messages {
    async fn run(
        &self,
        effect: &ExecutionEffect,
        cx: &EffectCx,
    ) -> Result<execution::Outcome, EffectError> {
        let ExecutionEffect::Publish(publish) = effect else {
            return self.inner.run(effect, cx).await;
        };
        let text = publish.parameters["Message"].to_string();
        *self.published.lock().unwrap().entry(text).or_insert(0) += 1;
        Ok(execution::Outcome::Answered {
            output: json!({"MessageId": "m-1"}),
            deployment_id: None,
        })
    }
}

/// The statuses that messages told, each once.
pub fn statuses(published: &Published) -> Vec<String> {
    let published = published.lock().unwrap();
    let status = |text: &String| {
        let message: Value = serde_json::from_str(text).unwrap();
        message["status"].as_str().unwrap_or_default().to_owned()
    };
    published.keys().map(status).collect()
}
