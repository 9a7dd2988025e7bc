//! Subscriptions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::subscription_attributes::{check_attribute, check_endpoint, scope_of};
use super::topic::{self, ListInput, Topic};
use super::{attributes, error};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

const SUBSCRIPTIONS: &str = "sns.subscriptions";
/// ARNs by topic, protocol and endpoint.
const BY_ENDPOINT: &str = "sns.subscriptions_by_endpoint";
const PAGE: usize = 100;
const PENDING: &str = "PendingConfirmation";

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Subscription {
    pub(super) arn: String,
    topic: String,
    topic_arn: String,
    pub(super) protocol: String,
    pub(super) endpoint: String,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) confirmed: bool,
}

impl Subscription {
    fn key(&self) -> String {
        let id = self.arn.rsplit(':').next().unwrap_or_default();
        format!("{}/{id}", self.topic)
    }

    fn save(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let index = by_endpoint(&self.topic, &self.protocol, &self.endpoint);
        tx.put(scope, BY_ENDPOINT, &index, &self.arn)?;
        tx.put(scope, SUBSCRIPTIONS, &self.key(), self)
    }

    pub(super) fn remove(&self, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let index = by_endpoint(&self.topic, &self.protocol, &self.endpoint);
        tx.delete(scope, BY_ENDPOINT, &index)?;
        tx.delete(scope, SUBSCRIPTIONS, &self.key())?;
        Ok(())
    }

    pub(super) fn is(&self, attribute: &str) -> bool {
        self.attributes
            .get(attribute)
            .is_some_and(|value| value == "true")
    }

    fn show(&self, call: &Call<'_>) -> Value {
        json!({
            "SubscriptionArn": if self.confirmed { self.arn.as_str() } else { PENDING },
            "Owner": call.scope.account,
            "Protocol": self.protocol,
            "Endpoint": self.endpoint,
            "TopicArn": self.topic_arn,
        })
    }
}

fn by_endpoint(topic: &str, protocol: &str, endpoint: &str) -> String {
    format!("{topic}\n{protocol}\n{endpoint}")
}

/// The subscriptions of a topic, in the order of their ids.
pub(super) fn of_topic(
    topic: &Topic,
    scope: &Scope,
    tx: &Tx<'_>,
) -> Result<Vec<Subscription>, ServiceError> {
    paging::all(
        tx,
        Listing {
            scope,
            collection: SUBSCRIPTIONS,
            prefix: &format!("{}/", topic.name),
        },
    )
}

fn require(call: &Call<'_>, tx: &Tx<'_>, arn: &str) -> Result<Subscription, ServiceError> {
    let (_, topic) = topic::parts(arn).ok_or_else(|| error::invalid("SubscriptionArn"))?;
    let id = arn.rsplit(':').next().unwrap_or_default();
    tx.get(&call.scope, SUBSCRIPTIONS, &format!("{topic}/{id}"))?
        .filter(|known: &Subscription| known.arn == arn)
        .ok_or_else(|| error::not_found("Subscription"))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SubscribeInput {
    #[serde(default)]
    topic_arn: String,
    #[serde(default)]
    protocol: String,
    #[serde(default)]
    endpoint: String,
    #[serde(default, deserialize_with = "attributes::map")]
    attributes: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    return_subscription_arn: Option<bool>,
}

/// `Subscribe`. Again, with nothing different: the subscription that is there.
pub(super) fn subscribe(
    input: SubscribeInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    const PROTOCOLS: [&str; 9] = [
        "application",
        "email",
        "email-json",
        "firehose",
        "http",
        "https",
        "lambda",
        "sms",
        "sqs",
    ];
    let topic = topic::require(call, tx, &input.topic_arn)?;
    if !PROTOCOLS.contains(&input.protocol.as_str()) {
        return Err(error::invalid(format!(
            "Amazon SNS does not support this protocol string: {}",
            input.protocol
        )));
    }
    check_endpoint(&input.protocol, &input.endpoint)?;
    if input.protocol == "sqs" && input.endpoint.ends_with(".fifo") && !topic.is_fifo() {
        return Err(error::invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard \
             SNS topics",
        ));
    }
    for (name, value) in &input.attributes {
        check_attribute(name, value, scope_of(&input.attributes)).map_err(|mut error| {
            error.message = error.message.replacen(
                "Invalid parameter: ",
                "Invalid parameter: Attributes Reason: ",
                1,
            );
            error
        })?;
    }
    let index = by_endpoint(&topic.name, &input.protocol, &input.endpoint);
    let known = match tx.get::<String>(&call.scope, BY_ENDPOINT, &index)? {
        Some(arn) => Some(require(call, tx, &arn)?),
        None => None,
    };
    let subscription = match known {
        Some(known) => {
            let differs =
                |(name, value): (&String, &String)| known.attributes.get(name) != Some(value);
            if input.attributes.iter().any(differs) {
                return Err(error::invalid(
                    "Attributes Reason: Subscription already exists with different attributes",
                ));
            }
            known
        }
        None => {
            let made = Subscription {
                arn: format!("{}:{}", topic.arn, call.cloud.uuid()),
                topic: topic.name.clone(),
                topic_arn: topic.arn.clone(),
                confirmed: ["sqs", "lambda", "firehose", "sms", "application"]
                    .contains(&input.protocol.as_str()),
                protocol: input.protocol,
                endpoint: input.endpoint,
                attributes: input.attributes,
            };
            made.save(&call.scope, tx)?;
            made
        }
    };
    let shown = subscription.confirmed || input.return_subscription_arn == Some(true);
    let arn = if shown {
        subscription.arn.as_str()
    } else {
        "pending confirmation"
    };
    Ok(json!({"SubscriptionArn": arn}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneSubscription {
    #[serde(default)]
    subscription_arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfirmInput {
    #[serde(default)]
    topic_arn: String,
}

/// `ConfirmSubscription`: no endpoint that has to confirm was ever sent a token from here.
pub(super) fn confirm(
    input: ConfirmInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    topic::require(call, tx, &input.topic_arn)?;
    Err(error::invalid("Token"))
}

/// `Unsubscribe`. A subscription that is not there is ended already.
pub(super) fn unsubscribe(
    input: OneSubscription,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    match require(call, tx, &input.subscription_arn) {
        Err(error) if error.status == 404 => {}
        other => other?.remove(&call.scope, tx)?,
    }
    Ok(Value::Null)
}

/// `ListSubscriptions`.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    page("", input.next_token.as_deref(), call, tx)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ByTopicInput {
    #[serde(default)]
    topic_arn: String,
    next_token: Option<String>,
}

/// `ListSubscriptionsByTopic`.
pub(super) fn list_by_topic(
    input: ByTopicInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let topic = topic::require(call, tx, &input.topic_arn)?;
    let prefix = format!("{}/", topic.name);
    page(&prefix, input.next_token.as_deref(), call, tx)
}

fn page(
    prefix: &str,
    next_token: Option<&str>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let (subscriptions, next) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: SUBSCRIPTIONS,
            prefix,
        },
        next_token,
        PAGE,
        error::bad_token,
        |_: &Subscription| true,
    )?;
    let shown: Vec<Value> = subscriptions.iter().map(|known| known.show(call)).collect();
    Ok(json!({"Subscriptions": shown, "NextToken": next}))
}

/// `GetSubscriptionAttributes`.
pub(super) fn get_attributes(
    input: OneSubscription,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let known = require(call, tx, &input.subscription_arn)?;
    let mut shown = known.attributes.clone();
    let facts = [
        ("SubscriptionArn", known.arn.clone()),
        ("TopicArn", known.topic_arn.clone()),
        ("Protocol", known.protocol.clone()),
        ("Endpoint", known.endpoint.clone()),
        ("Owner", call.scope.account.clone()),
        ("PendingConfirmation", (!known.confirmed).to_string()),
        ("ConfirmationWasAuthenticated", known.confirmed.to_string()),
        (
            "RawMessageDelivery",
            known.is("RawMessageDelivery").to_string(),
        ),
    ];
    shown.extend(facts.map(|(name, value)| (name.to_owned(), value)));
    if shown.contains_key("FilterPolicy") {
        let scope = scope_of(&known.attributes).to_owned();
        shown.insert("FilterPolicyScope".to_owned(), scope);
    }
    Ok(json!({"Attributes": attributes::show(&shown)}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetInput {
    #[serde(default)]
    subscription_arn: String,
    #[serde(default)]
    attribute_name: String,
    #[serde(default)]
    attribute_value: String,
}

/// `SetSubscriptionAttributes`: one. An empty value takes it back.
pub(super) fn set_attribute(
    input: SetInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut known = require(call, tx, &input.subscription_arn)?;
    if input.attribute_value.is_empty() {
        known.attributes.remove(&input.attribute_name);
    } else {
        let scope = scope_of(&known.attributes);
        check_attribute(&input.attribute_name, &input.attribute_value, scope)?;
        known
            .attributes
            .insert(input.attribute_name, input.attribute_value);
    }
    known.save(&call.scope, tx)?;
    Ok(Value::Null)
}
