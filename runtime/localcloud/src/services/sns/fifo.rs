//! FIFO topics: sequence numbers, and messages that came already.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::error;
use super::topic::Topic;
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::{Scope, Tx};

const SEQUENCES: &str = "sns.sequences";
/// By `topic/scope/deduplication id`.
const SEEN: &str = "sns.deduplication";
/// The same by age, `topic/<until when>/<key>`, so that each new message drops a few old ones and
/// nothing piles up.
const BY_AGE: &str = "sns.deduplication-by-age";
const DROPPED_AT_ONCE: usize = 10;
/// How long a message keeps its likes away: 5 minutes.
const WINDOW_MS: i64 = 300_000;
/// The first sequence number is one more.
const FIRST_SEQUENCE: u64 = 10_000_000_000_000_000_000;
const LONGEST_ID: usize = 128;

/// The place of a message in its topic.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) group: String,
    pub(super) deduplication_id: String,
}

/// What was made of a message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Accepted {
    pub(super) message_id: String,
    /// 20 digits.
    pub(super) sequence_number: String,
    until_ms: i64,
}

/// What a FIFO topic wants of a message; none for a standard topic.
///
/// # Errors
/// `InvalidParameter`: something is missing, or is not for this kind of topic.
pub(super) fn place(
    topic: &Topic,
    group: Option<&str>,
    deduplication_id: Option<&str>,
    text: &str,
) -> Result<Option<Place>, ServiceError> {
    for (name, id) in [
        ("MessageGroupId", group),
        ("MessageDeduplicationId", deduplication_id),
    ] {
        let allowed = |id: &str| {
            (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if id.is_some_and(|id| !allowed(id)) {
            return Err(error::invalid(format!(
                "{name} Reason: {name} can only include alphanumeric and punctuation characters. 1 \
                 to 128 in length"
            )));
        }
    }
    if !topic.is_fifo() {
        if deduplication_id.is_some() {
            return Err(error::invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId \
                 parameter that is not valid for this topic type",
            ));
        }
        return Ok(None);
    }
    let Some(group) = group else {
        return Err(error::invalid(
            "The MessageGroupId parameter is required for FIFO topics",
        ));
    };
    let deduplication_id = match deduplication_id {
        Some(id) => id.to_owned(),
        None if topic.is("ContentBasedDeduplication") => {
            hex::encode(Sha256::digest(text.as_bytes()))
        }
        None => {
            return Err(error::invalid(
                "The topic should either have ContentBasedDeduplication enabled or \
                 MessageDeduplicationId provided explicitly",
            ));
        }
    };
    Ok(Some(Place {
        group: group.to_owned(),
        deduplication_id,
    }))
}

/// What was made of the same message in the last five minutes.
pub(super) fn seen(
    topic: &Topic,
    place: &Place,
    scope: &Scope,
    now_ms: i64,
    tx: &Tx<'_>,
) -> Result<Option<Accepted>, ServiceError> {
    let seen: Option<Accepted> = tx.get(scope, SEEN, &key(topic, place))?;
    Ok(seen.filter(|seen| seen.until_ms > now_ms))
}

/// Gives a new message its number, and remembers it.
pub(super) fn accept(
    topic: &Topic,
    place: &Place,
    scope: &Scope,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Accepted, ServiceError> {
    let last: u64 = tx.get(scope, SEQUENCES, &topic.name)?.unwrap_or(0);
    tx.put(scope, SEQUENCES, &topic.name, &(last + 1))?;
    let accepted = Accepted {
        message_id: call.cloud.uuid(),
        sequence_number: (FIRST_SEQUENCE + last + 1).to_string(),
        until_ms: call.now_ms + WINDOW_MS,
    };
    drop_old(topic, scope, call.now_ms, tx)?;
    let key = key(topic, place);
    tx.put(scope, SEEN, &key, &accepted)?;
    let by_age = format!("{}/{:016}/{key}", topic.name, accepted.until_ms);
    tx.put(scope, BY_AGE, &by_age, &(key, accepted.until_ms))?;
    Ok(accepted)
}

fn drop_old(topic: &Topic, scope: &Scope, now_ms: i64, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let prefix = format!("{}/", topic.name);
    let oldest: Vec<(String, (String, i64))> =
        tx.scan(scope, BY_AGE, &prefix, None, DROPPED_AT_ONCE)?;
    for (by_age, (key, until_ms)) in oldest {
        if until_ms > now_ms {
            break;
        }
        tx.delete(scope, BY_AGE, &by_age)?;
        // The key may have a newer entry by now.
        let seen: Option<Accepted> = tx.get(scope, SEEN, &key)?;
        if seen.is_some_and(|seen| seen.until_ms == until_ms) {
            tx.delete(scope, SEEN, &key)?;
        }
    }
    Ok(())
}

/// Forgets all about a topic that goes.
pub(super) fn forget(topic: &Topic, scope: &Scope, tx: &Tx<'_>) -> Result<(), ServiceError> {
    tx.delete(scope, SEQUENCES, &topic.name)?;
    let prefix = format!("{}/", topic.name);
    for collection in [SEEN, BY_AGE] {
        tx.delete_prefix(scope, collection, &prefix)?;
    }
    Ok(())
}

/// A topic's messages have their likes in the whole topic, or in their group.
fn key(topic: &Topic, place: &Place) -> String {
    let by_group = topic
        .attributes
        .get("FifoThroughputScope")
        .is_some_and(|scope| scope == "MessageGroup");
    let group = if by_group { place.group.as_str() } else { "" };
    format!("{}/{group}\n{}", topic.name, place.deduplication_id)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::time::Duration;

    use serde_json::Value;

    use super::*;
    use crate::stage::{ACCOUNT, REGION, Stage};

    #[test]
    fn old_messages_are_not_remembered_for_ever() {
        let stage = Stage::new();
        let ask = |query: &str| {
            let path = format!("/?Version=2010-03-31&{query}");
            let (status, _) = stage.send("sns", ("GET", &path), None, &Value::Null);
            assert_eq!(status, 200, "{query}");
        };
        let publish = |id: u32| {
            ask(&format!(
                "Action=Publish&TopicArn=arn:aws:sns:{REGION}:{ACCOUNT}:t.fifo&Message=m\
                 &MessageGroupId=g&MessageDeduplicationId={id}"
            ));
        };
        let remembered = || {
            let scope = Scope {
                account: ACCOUNT.to_owned(),
                region: REGION.to_owned(),
            };
            let count = |tx: &Tx<'_>| {
                let count = |collection| tx.count(&scope, collection, "t.fifo/", "t.fifo0");
                Ok((count(SEEN)?, count(BY_AGE)?))
            };
            stage.cloud.inner.store.transact(count).unwrap().0
        };
        ask(
            "Action=CreateTopic&Name=t.fifo&Attributes.entry.1.key=FifoTopic\
             &Attributes.entry.1.value=true",
        );
        (0..15).for_each(publish);
        assert_eq!(remembered(), (15, 15));
        stage.advance(Duration::from_millis(WINDOW_MS.unsigned_abs()));
        publish(0);
        assert_eq!(remembered(), (6, 6));
        publish(0);
        publish(15);
        assert_eq!(remembered(), (2, 2));
        ask(&format!(
            "Action=DeleteTopic&TopicArn=arn:aws:sns:{REGION}:{ACCOUNT}:t.fifo"
        ));
        assert_eq!(remembered(), (0, 0));
    }
}
