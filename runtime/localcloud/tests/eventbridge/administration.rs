//! Tags, policies, and who has which target.

use aws_sdk_eventbridge::types::Tag;

use super::*;

#[tokio::test]
async fn rules_and_buses_have_tags() {
    let events = events().await;
    events.rule("r", &json!({"source": ["s"]})).await;
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    for arn in [
        format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/{BUS}/r"),
        format!("arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{BUS}"),
    ] {
        let set = events.client.tag_resource().resource_arn(&arn);
        let set = set.tags(tag("team", "sales")).tags(tag("stage", "test"));
        set.send().await.unwrap();
        let unset = events.client.untag_resource().resource_arn(&arn);
        unset.tag_keys("stage").send().await.unwrap();
        let list = events.client.list_tags_for_resource().resource_arn(&arn);
        assert_eq!(list.send().await.unwrap().tags(), [tag("team", "sales")]);
    }
    let gone = format!("arn:aws:events:{REGION}:{ACCOUNT}:rule/{BUS}/gone");
    let list = events.client.list_tags_for_resource().resource_arn(gone);
    let error = list.send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());
}

#[tokio::test]
async fn a_bus_has_a_policy_of_statements() {
    let events = events().await;
    let put = events.client.put_permission().event_bus_name(BUS);
    let put = put.action("events:PutEvents").principal(OTHER_ACCOUNT);
    put.clone().statement_id("other").send().await.unwrap();
    let describe = || events.client.describe_event_bus().name(BUS).send();
    let policy = describe().await.unwrap().policy().unwrap().to_owned();
    let policy: Value = serde_json::from_str(&policy).unwrap();
    assert_eq!(policy["Statement"][0]["Sid"], "other");
    assert_eq!(
        policy["Statement"][0]["Principal"]["AWS"],
        format!("arn:aws:iam::{OTHER_ACCOUNT}:root")
    );
    let remove = |id: &str| {
        let remove = events.client.remove_permission().event_bus_name(BUS);
        remove.statement_id(id).send()
    };
    let error = remove("nobody").await.unwrap_err().into_service_error();
    assert_eq!(
        error.message(),
        Some("Statement with the provided id does not exist.")
    );
    remove("other").await.unwrap();
    assert_eq!(describe().await.unwrap().policy(), None);
    let error = remove("other").await.unwrap_err().into_service_error();
    assert_eq!(error.message(), Some("EventBus does not have a policy."));
    let bad = put.statement_id("s").action("events:PutRule").send().await;
    let error = bad.unwrap_err().into_service_error();
    assert_eq!(
        error.message(),
        Some("Provided value in parameter 'action' is not supported.")
    );
}

#[tokio::test]
async fn a_bus_can_be_changed_the_default_one_too() {
    let events = events().await;
    for name in [BUS, "default"] {
        let update = events.client.update_event_bus().name(name);
        update.description("changed").send().await.unwrap();
        let describe = events.client.describe_event_bus().name(name);
        let described = describe.send().await.unwrap();
        assert_eq!(described.description(), Some("changed"));
    }
    let listed = events.client.list_event_buses().send().await.unwrap();
    assert_eq!(listed.event_buses().len(), 2);
}

#[tokio::test]
async fn the_rules_of_a_target_are_known() {
    let events = events().await;
    let (_, arn) = events.queue("q").await;
    for rule in ["b", "a", "c"] {
        events.rule(rule, &json!({"source": ["s"]})).await;
        events
            .target(rule, target("1", &arn).build().unwrap())
            .await;
        events
            .target(rule, target("2", &arn).build().unwrap())
            .await;
    }
    let list = || {
        let list = events.client.list_rule_names_by_target();
        list.event_bus_name(BUS).target_arn(&arn)
    };
    let page = list().limit(2).send().await.unwrap();
    assert_eq!(page.rule_names(), ["a", "b"]);
    let page = list().next_token(page.next_token().unwrap()).send().await;
    assert_eq!(page.unwrap().rule_names(), ["c"]);
    let remove = events.client.remove_targets().rule("a").event_bus_name(BUS);
    remove.ids("1").ids("2").send().await.unwrap();
    assert_eq!(list().send().await.unwrap().rule_names(), ["b", "c"]);
}

#[tokio::test]
async fn a_changed_rule_counts_from_the_next_event_on() {
    let events = events().await;
    let (url, arn) = events.queue("q").await;
    events.rule("r", &json!({"source": ["other"]})).await;
    events.target("r", target("q", &arn).build().unwrap()).await;
    events.put(entry("A", &json!({}))).await;
    assert!(events.received(&url).await.is_empty());
    events
        .rule("r", &json!({"source": ["datamesh.projects"]}))
        .await;
    events.put(entry("B", &json!({}))).await;
    assert_eq!(events.received(&url).await.len(), 1);
}
