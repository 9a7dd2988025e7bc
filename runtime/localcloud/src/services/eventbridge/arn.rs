//! The ARNs of buses, rules, archives, replays and targets.

use crate::store::Scope;

pub(super) fn of_bus(scope: &Scope, bus: &str) -> String {
    format!(
        "arn:aws:events:{}:{}:event-bus/{bus}",
        scope.region, scope.account
    )
}

/// The default bus does not appear in the ARNs of its rules.
pub(super) fn of_rule(scope: &Scope, bus: &str, rule: &str) -> String {
    let path = if bus == super::bus::DEFAULT {
        rule.to_owned()
    } else {
        format!("{bus}/{rule}")
    };
    format!(
        "arn:aws:events:{}:{}:rule/{path}",
        scope.region, scope.account
    )
}

pub(super) fn of_archive(scope: &Scope, archive: &str) -> String {
    format!(
        "arn:aws:events:{}:{}:archive/{archive}",
        scope.region, scope.account
    )
}

pub(super) fn of_replay(scope: &Scope, replay: &str) -> String {
    format!(
        "arn:aws:events:{}:{}:replay/{replay}",
        scope.region, scope.account
    )
}

/// Where a resource of EventBridge lives and what it is called: `kind` is what its ARN has before
/// the name (`event-bus/`, `rule/`, `archive/`).
pub(super) fn named<'a>(arn: &'a str, kind: &str) -> Option<(Scope, &'a str)> {
    let [_, _, service, region, account, resource] = parts(arn)?;
    let name = resource
        .strip_prefix(kind)
        .filter(|_| service == "events")?;
    let scope = Scope {
        account: account.to_owned(),
        region: region.to_owned(),
    };
    Some((scope, name))
}

/// `arn:partition:service:region:account:resource`, in parts; `None` if it is not an ARN.
pub(super) fn parts(arn: &str) -> Option<[&str; 6]> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let parts: [&str; 6] = parts.try_into().ok()?;
    let [arn, partition, service, _, _, resource] = parts;
    (arn == "arn" && ![partition, service, resource].contains(&"")).then_some(parts)
}

/// Whether this is a queue's ARN.
pub(super) fn is_queue(arn: &str) -> bool {
    parts(arn).is_some_and(|[_, _, service, ..]| service == "sqs")
}

/// Whether this is the ARN of a FIFO queue.
pub(super) fn is_fifo_queue(arn: &str) -> bool {
    is_queue(arn) && arn.ends_with(".fifo")
}
