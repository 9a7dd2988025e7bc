//! Topics.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::tags::{self, Tag};
use super::topic_attributes::{check_attribute, check_name, check_settable};
use super::{attributes, error, fifo, subscription};
use crate::error::ServiceError;
use crate::protocol::query;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

const TOPICS: &str = "sns.topics";
const PAGE: usize = 100;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Topic {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) tags: BTreeMap<String, String>,
}

impl Topic {
    pub(super) fn is_fifo(&self) -> bool {
        self.name.ends_with(".fifo")
    }

    pub(super) fn is(&self, attribute: &str) -> bool {
        self.attributes
            .get(attribute)
            .is_some_and(|value| value == "true")
    }

    pub(super) fn save(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(scope, TOPICS, &self.name, self)
    }
}

/// Region, account and name of a topic's ARN, or of one of its subscriptions'.
pub(super) fn parts(arn: &str) -> Option<(Scope, &str)> {
    let parts: Vec<&str> = arn.split(':').collect();
    let ["arn", _, "sns", region, account, name, ..] = parts.as_slice() else {
        return None;
    };
    let scope = Scope {
        account: (*account).to_owned(),
        region: (*region).to_owned(),
    };
    Some((scope, name))
}

/// The topic behind an ARN, which must be the caller's own.
///
/// # Errors
/// `InvalidParameter` (400), `AuthorizationError` (403), `NotFound` (404).
pub(super) fn require(call: &Call<'_>, tx: &Tx<'_>, arn: &str) -> Result<Topic, ServiceError> {
    let (scope, name) = parts(arn).ok_or_else(|| error::invalid("TopicArn"))?;
    if scope.account != call.scope.account {
        return Err(ServiceError::new(
            403,
            "AuthorizationError",
            format!(
                "User: {} is not authorized to perform: SNS:{} on resource: {arn}",
                call.principal.arn, call.operation
            ),
        ));
    }
    if scope.region != call.scope.region {
        return Err(error::invalid("TopicArn"));
    }
    tx.get(&scope, TOPICS, name)?
        .filter(|topic: &Topic| topic.arn == arn)
        .ok_or_else(|| error::not_found("Topic"))
}

/// The topic behind an ARN, of any account.
pub(super) fn find(tx: &Tx<'_>, arn: &str) -> Result<Option<(Scope, Topic)>, ServiceError> {
    let Some((scope, name)) = parts(arn) else {
        return Ok(None);
    };
    let topic: Option<Topic> = tx.get(&scope, TOPICS, name)?;
    Ok(topic
        .filter(|topic| topic.arn == arn)
        .map(|topic| (scope, topic)))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    #[serde(default)]
    name: String,
    #[serde(default, deserialize_with = "attributes::map")]
    attributes: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "query::list")]
    tags: Vec<Tag>,
}

/// `CreateTopic`. Again, with nothing different: the topic that is there.
pub(super) fn create(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    check_name(&input.name, &input.attributes)?;
    for (name, value) in &input.attributes {
        if name != "FifoTopic" {
            check_attribute(&input.name, name, value)?;
        }
    }
    let topic = Topic {
        arn: format!(
            "arn:aws:sns:{}:{}:{}",
            call.scope.region, call.scope.account, input.name
        ),
        name: input.name,
        attributes: input.attributes,
        tags: tags::collect(input.tags),
    };
    match tx.get::<Topic>(&call.scope, TOPICS, &topic.name)? {
        None => topic.save(&call.scope, tx)?,
        Some(known) if !topic.tags.is_empty() && known.tags != topic.tags => {
            return Err(error::invalid(
                "Tags Reason: Topic already exists with different tags",
            ));
        }
        Some(known) => {
            let differs =
                |(name, value): (&String, &String)| known.attributes.get(name) != Some(value);
            if topic.attributes.iter().any(differs) {
                return Err(error::invalid(
                    "Attributes Reason: Topic already exists with different attributes",
                ));
            }
        }
    }
    Ok(json!({"TopicArn": topic.arn}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneTopic {
    #[serde(default)]
    topic_arn: String,
}

/// `DeleteTopic`, with its subscriptions. One that is not there is deleted already.
pub(super) fn delete(input: OneTopic, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let topic = match require(call, tx, &input.topic_arn) {
        Err(error) if error.status == 404 => return Ok(Value::Null),
        other => other?,
    };
    for subscription in subscription::of_topic(&topic, &call.scope, tx)? {
        subscription.remove(&call.scope, tx)?;
    }
    fifo::forget(&topic, &call.scope, tx)?;
    tx.delete(&call.scope, TOPICS, &topic.name)?;
    Ok(Value::Null)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    pub(super) next_token: Option<String>,
}

/// `ListTopics`, by name.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let (topics, next) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: TOPICS,
            prefix: "",
        },
        input.next_token.as_deref(),
        PAGE,
        error::bad_token,
        |_: &Topic| true,
    )?;
    let topics: Vec<Value> = topics
        .iter()
        .map(|topic| json!({"TopicArn": topic.arn}))
        .collect();
    Ok(json!({"Topics": topics, "NextToken": next}))
}

/// `GetTopicAttributes`.
pub(super) fn get_attributes(
    input: OneTopic,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let topic = require(call, tx, &input.topic_arn)?;
    let subscriptions = subscription::of_topic(&topic, &call.scope, tx)?;
    let confirmed = subscriptions.iter().filter(|known| known.confirmed).count();
    let mut shown: BTreeMap<String, String> = [
        ("TopicArn", topic.arn.clone()),
        ("Owner", call.scope.account.clone()),
        ("DisplayName", String::new()),
        ("SubscriptionsConfirmed", confirmed.to_string()),
        (
            "SubscriptionsPending",
            (subscriptions.len() - confirmed).to_string(),
        ),
        ("SubscriptionsDeleted", "0".to_owned()),
        ("Policy", policy_of_owner(&topic, call)),
        (
            "EffectiveDeliveryPolicy",
            effective_delivery_policy(&topic).to_string(),
        ),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    if topic.is_fifo() {
        shown.insert("FifoTopic".to_owned(), "true".to_owned());
        shown.insert("ContentBasedDeduplication".to_owned(), "false".to_owned());
    }
    shown.extend(topic.attributes);
    Ok(json!({"Attributes": attributes::show(&shown)}))
}

/// How SNS delivers over HTTP: its defaults, and what the topic's own policy says in their place.
fn effective_delivery_policy(topic: &Topic) -> Value {
    let mut policy = json!({
        "http": {
            "defaultHealthyRetryPolicy": {
                "minDelayTarget": 20,
                "maxDelayTarget": 20,
                "numRetries": 3,
                "numMaxDelayRetries": 0,
                "numNoDelayRetries": 0,
                "numMinDelayRetries": 0,
                "backoffFunction": "linear",
            },
            "disableSubscriptionOverrides": false,
            "defaultRequestPolicy": {"headerContentType": "text/plain; charset=UTF-8"},
        },
    });
    let own = topic.attributes.get("DeliveryPolicy");
    let own: Option<Value> = own.and_then(|text| serde_json::from_str(text).ok());
    if let Some(Value::Object(http)) = own.map(|mut own| own["http"].take()) {
        for (name, value) in http {
            policy["http"][name] = value;
        }
    }
    policy
}

/// What a topic gets that was created without a policy.
pub(super) fn policy_of_owner(topic: &Topic, call: &Call<'_>) -> String {
    json!({
        "Version": "2008-10-17",
        "Id": "__default_policy_ID",
        "Statement": [{
            "Sid": "__default_statement_ID",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": [
                "SNS:GetTopicAttributes",
                "SNS:SetTopicAttributes",
                "SNS:AddPermission",
                "SNS:RemovePermission",
                "SNS:DeleteTopic",
                "SNS:Subscribe",
                "SNS:ListSubscriptionsByTopic",
                "SNS:Publish",
            ],
            "Resource": topic.arn,
            "Condition": {"StringEquals": {"AWS:SourceOwner": call.scope.account}},
        }],
    })
    .to_string()
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetInput {
    #[serde(default)]
    topic_arn: String,
    #[serde(default)]
    attribute_name: String,
    #[serde(default)]
    attribute_value: String,
}

/// `SetTopicAttributes`: one. An empty value takes it back.
pub(super) fn set_attribute(
    input: SetInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut topic = require(call, tx, &input.topic_arn)?;
    if input.attribute_value.is_empty() {
        check_settable(&input.attribute_name)?;
    } else {
        check_attribute(&topic.name, &input.attribute_name, &input.attribute_value)?;
    }
    if input.attribute_value.is_empty() {
        topic.attributes.remove(&input.attribute_name);
    } else {
        topic
            .attributes
            .insert(input.attribute_name, input.attribute_value);
    }
    topic.save(&call.scope, tx)?;
    Ok(Value::Null)
}
