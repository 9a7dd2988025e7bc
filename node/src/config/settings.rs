//! All settings, in the order in which they are shown.

use super::setting::{Kind, Setting};

const COUNT: Kind = Kind::Whole(1, 1_000_000_000);
const MILLISECONDS: Kind = Kind::Whole(1, 86_400_000);
const SECONDS: Kind = Kind::Whole(1, 31_536_000);

const fn setting(
    key: &'static str,
    kind: Kind,
    default: &'static str,
    doc: &'static str,
) -> Setting {
    Setting {
        key,
        kind,
        default,
        doc,
    }
}

/// What each section is about.
pub const SECTIONS: [(&str, &str); 13] = [
    ("", ""),
    ("listen", "The two ports."),
    ("auth", "Who may come in."),
    ("aws", "The way out to AWS."),
    (
        "aws.breaker",
        "When to stop calling a destination that does not answer.",
    ),
    ("mesh", "The names that the mesh uses in AWS."),
    ("workflows", "How workflows run."),
    (
        "access",
        "How access to data is given, looked at and taken.",
    ),
    ("runtime", "The machine that runs actors."),
    (
        "runtime.retry",
        "How effects are repeated. The runtime is the only retrier.",
    ),
    ("workers", "What is driven by queues."),
    ("localcloud", "The embedded AWS."),
    ("log", "What goes to standard error."),
];

/// All settings.
pub const SETTINGS: &[Setting] = &[
    setting(
        "data_dir",
        Kind::Path,
        "",
        "The folder that holds everything: the journal, the embedded AWS, the issuer's key. One datameshd \
         at a time. If it is not set: $XDG_DATA_HOME/datamesh, else ~/.local/share/datamesh.",
    ),
    setting(
        "drain_timeout",
        Kind::Duration,
        "\"20s\"",
        "After SIGTERM or Ctrl-C, how long requests and effects that are under way may take to end. What \
         does not end is found at the next start and goes on.",
    ),
    setting(
        "listen.public",
        Kind::Address,
        "\"127.0.0.1:8080\"",
        "Where gRPC and REST are served; port 0 takes any that is free.",
    ),
    setting(
        "listen.admin",
        Kind::Address,
        "\"127.0.0.1:9090\"",
        "Where the operator's gRPC and REST and /metrics are served.",
    ),
    setting(
        "listen.max_body_bytes",
        Kind::Whole(1_024, 67_108_864),
        "1048576",
        "The largest body of a REST request and the largest gRPC message, in bytes.",
    ),
    setting(
        "listen.max_requests",
        COUNT,
        "4096",
        "Requests that are worked on at once on each port; more are refused with 503, and an eighth as \
         many again is kept for what takes access away. A user may have as many of them as are free.",
    ),
    setting(
        "listen.max_connections",
        COUNT,
        "4096",
        "Connections on each port; more wait to be accepted.",
    ),
    setting(
        "listen.request_timeout_seconds",
        Kind::Whole(65, 3_600),
        "75",
        "A request without an answer is given up after this many seconds; `wait` may take 60 of them.",
    ),
    setting(
        "listen.metrics_open_to_loopback",
        Kind::Switch,
        "true",
        "Whether /metrics needs no token from who connects from this machine.",
    ),
    setting(
        "auth.mode",
        Kind::Choice(&["embedded", "oidc"]),
        "\"embedded\"",
        "`embedded`: datamesh is its own issuer, with a key that it makes at its first start, and \
         `datamesh token` prints tokens. `oidc`: an OpenID provider such as Cognito issues them.",
    ),
    setting(
        "auth.issuer",
        Kind::Text,
        "\"datamesh\"",
        "What the claim `iss` must be; for Cognito \
         https://cognito-idp.<region>.amazonaws.com/<user pool id>.",
    ),
    setting(
        "auth.audience",
        Kind::List,
        "[\"datamesh\"]",
        "Of these, one must be in the claim `aud`, or be the claim `client_id`; for Cognito the ids of \
         the app clients.",
    ),
    setting(
        "auth.jwks_url",
        Kind::Text,
        "",
        "Where the provider's keys are: https://…, or http:// on this machine only.",
    ),
    setting(
        "auth.jwks_file",
        Kind::Path,
        "",
        "A file that holds the provider's keys.",
    ),
    setting(
        "auth.groups_claim",
        Kind::Text,
        "\"groups\"",
        "The claim that holds the groups. Cognito's `cognito:groups` is always read too.",
    ),
    setting(
        "auth.admin_group",
        Kind::Text,
        "\"admins\"",
        "The group whose members may do everything.",
    ),
    setting(
        "aws.mode",
        Kind::Choice(&["embedded", "aws"]),
        "\"embedded\"",
        "`embedded`: an AWS inside this process, on its data folder. `aws`: AWS itself, or what \
         `endpoint_url` names, with the credentials of the SDK's default chain.",
    ),
    setting(
        "aws.account",
        Kind::Text,
        "\"000000000000\"",
        "The home account, 12 digits: the one whose credentials the process holds. In mode `aws`, if nobody \
         sets it: what STS says.",
    ),
    setting(
        "aws.region",
        Kind::Text,
        "",
        "The home region. If it is not set: what the SDK's default chain finds, else us-east-1.",
    ),
    setting(
        "aws.endpoint_url",
        Kind::Text,
        "",
        "Sends every call to this URL. If it is not set: AWS_ENDPOINT_URL, else AWS. Only in mode `aws`.",
    ),
    setting(
        "aws.provision",
        Kind::Switch,
        "true",
        "Whether to create the event bus, the queues and their rules at the start if they are missing.",
    ),
    setting(
        "aws.role_arn_template",
        Kind::Text,
        "",
        "The role to assume in an account that `roles` does not name; `{account}` and `{service}` are \
         filled in.",
    ),
    setting(
        "aws.roles",
        Kind::Texts,
        "{}",
        "The role to assume, by account.",
    ),
    setting(
        "aws.rates",
        Kind::Numbers,
        "{}",
        "Calls per second in place of the shipped defaults, by `service:Operation` or `service:*`.",
    ),
    setting(
        "aws.max_in_flight",
        COUNT,
        "64",
        "Calls that one pool may have under way at once.",
    ),
    setting(
        "aws.max_in_flight_by_service",
        Kind::Numbers,
        "{}",
        "The same for single services.",
    ),
    setting(
        "aws.max_waiting",
        COUNT,
        "4096",
        "Calls that may wait for one pool.",
    ),
    setting(
        "aws.call_timeout",
        Kind::Duration,
        "\"30s\"",
        "How long one call may take once it is sent. A long poll gets its wait on top.",
    ),
    setting(
        "aws.breaker.failure_threshold",
        COUNT,
        "8",
        "Failures in a row, all within `window`, that open the circuit.",
    ),
    setting(
        "aws.breaker.window",
        Kind::Duration,
        "\"30s\"",
        "How long a failure counts.",
    ),
    setting(
        "aws.breaker.open_for",
        Kind::Duration,
        "\"10s\"",
        "How long an open circuit lets nothing through.",
    ),
    setting(
        "aws.breaker.half_open_probes",
        COUNT,
        "2",
        "Calls that a half-open circuit lets through, and that must all be answered before it closes.",
    ),
    setting(
        "mesh.bus",
        Kind::Text,
        "\"datamesh-events\"",
        "The event bus, in the home account and region.",
    ),
    setting(
        "mesh.domain_execution_role",
        Kind::Text,
        "\"arn:aws:iam::{account}:role/service-role/AmazonDataZoneDomainExecution\"",
        "The ARN of the role that DataZone acts as in a domain; `{account}` is the domain's account.",
    ),
    setting(
        "mesh.environment_accounts",
        Kind::Texts,
        "{}",
        "The account of an environment of every project, by its name, `{ \"prod\" = \"…\" }`; the others are \
         where their project is.",
    ),
    setting(
        "workflows.promotion",
        Kind::Path,
        "",
        "A document in the Amazon States Language that promotes projects in place of the shipped one, which \
         `datamesh workflow export promotion` writes. ${Account} and ${Region} are filled in. A document with \
         errors stops the start.",
    ),
    setting(
        "workflows.own_hosts",
        Kind::List,
        "[\"internal-alb.vpc.local\", \"localhost\", \"127.0.0.1\"]",
        "The hosts in a document's `http:invoke` that are this API. Workflows call no other.",
    ),
    setting(
        "workflows.approval_deadline",
        Kind::Duration,
        "\"7d\"",
        "How long an approval is open for which a document names no deadline.",
    ),
    setting(
        "access.athena_output",
        Kind::Text,
        "",
        "Where Athena writes the results of the queries that verify, `s3://bucket/prefix/`; `{account}` is the \
         consumer's account. The work group says it if unset.",
    ),
    setting(
        "access.athena_workgroup",
        Kind::Text,
        "\"primary\"",
        "The work group of these queries.",
    ),
    setting(
        "access.consumer_role",
        Kind::Text,
        "\"arn:aws:iam::{account}:role/datamesh-consumer\"",
        "The ARN of the role that reads where none is named; `{account}` is the consumer's account.",
    ),
    setting(
        "access.link_database",
        Kind::Text,
        "\"shared_{database}\"",
        "The database of resource links in a consumer's account; `{database}` is the shared one.",
    ),
    setting(
        "access.register_locations",
        Kind::Switch,
        "true",
        "Whether the locations of shared tables are registered with Lake Formation, in hybrid mode.",
    ),
    setting(
        "access.verify_every",
        Kind::Duration,
        "\"6h\"",
        "How long after a look at what is given the next one is due.",
    ),
    setting(
        "access.drift",
        Kind::Choice(&["report", "repair"]),
        "\"report\"",
        "What is done about drift that a scheduled look finds.",
    ),
    setting(
        "access.request_days",
        COUNT,
        "14",
        "How many days owners have to decide a request.",
    ),
    setting(
        "access.topic",
        Kind::Text,
        "",
        "The ARN of the SNS topic that is told of what is given and taken.",
    ),
    setting(
        "runtime.shards",
        Kind::Whole(0, 1_024),
        "0",
        "Threads that own entities; 0 is one a core.",
    ),
    setting(
        "runtime.mailbox",
        COUNT,
        "4096",
        "Commands that a shard holds at most; a third of these places is kept for what takes access away. \
         docs/overload.md says more.",
    ),
    setting(
        "runtime.entity_mailbox",
        COUNT,
        "128",
        "Commands of one entity without an answer, and commits of it that may be in flight; half as many \
         again for what takes access away.",
    ),
    setting(
        "runtime.in_flight",
        COUNT,
        "4096",
        "Commits in flight, over all shards, at which commands are refused; those of a shard bound its \
         commands without an answer too.",
    ),
    setting(
        "runtime.passivate_after_s",
        SECONDS,
        "60",
        "An entity without work leaves memory after this many seconds.",
    ),
    setting(
        "runtime.snapshot_every",
        COUNT,
        "64",
        "Commits between two snapshots of an entity.",
    ),
    setting(
        "runtime.receipts",
        COUNT,
        "512",
        "Receipts of commands that an entity keeps: a repeat of one of these is answered as before.",
    ),
    setting(
        "runtime.effects",
        COUNT,
        "16384",
        "Effects that may be under way at once.",
    ),
    setting(
        "runtime.effect_limit_s",
        SECONDS,
        "300",
        "A try of an effect that has not ended after this many seconds counts as failed.",
    ),
    setting(
        "runtime.panic_limit",
        COUNT,
        "5",
        "This many panics of an entity within `panic_window_s` quarantine it.",
    ),
    setting(
        "runtime.panic_window_s",
        SECONDS,
        "60",
        "See `panic_limit`; in seconds.",
    ),
    setting(
        "runtime.crash_limit",
        Kind::Whole(0, 250),
        "3",
        "What was under way each of so many times in a row that datameshd died is stopped and waits for an \
         operator: an effect is paused, an actor that was deciding is quarantined. 0 is off.",
    ),
    setting(
        "runtime.claim_first",
        COUNT,
        "16",
        "Actors with unsettled effects that are taken up at once after a crash; each step is twice the one \
         before.",
    ),
    setting(
        "runtime.claim_most",
        COUNT,
        "4096",
        "Actors of the largest step, which is also the first one after an orderly end.",
    ),
    setting(
        "runtime.claim_pause_ms",
        MILLISECONDS,
        "1000",
        "The next step begins when most effects of the one before have ended, or after this many \
         milliseconds.",
    ),
    setting(
        "runtime.timer_poll_ms",
        MILLISECONDS,
        "1000",
        "Longest sleep between two looks for timers that are due, in milliseconds.",
    ),
    setting(
        "runtime.retry.initial_ms",
        MILLISECONDS,
        "200",
        "Pause before the second try, in milliseconds.",
    ),
    setting(
        "runtime.retry.factor",
        Kind::Number,
        "2.0",
        "Each pause is this many times the one before.",
    ),
    setting(
        "runtime.retry.max_ms",
        MILLISECONDS,
        "60000",
        "No pause is longer, in milliseconds.",
    ),
    setting(
        "runtime.retry.attempts",
        COUNT,
        "12",
        "Tries before the effect is paused for an operator. Throttles do not count.",
    ),
    setting(
        "workers.enabled",
        Kind::Switch,
        "true",
        "Whether this process works on queues.",
    ),
    setting(
        "workers.rule",
        Kind::Text,
        "\"project-creation-automation\"",
        "The rule that sends the events of new projects to the queue.",
    ),
    setting(
        "workers.queue",
        Kind::Text,
        "\"datamesh-project-setup\"",
        "The queue of the events of new projects.",
    ),
    setting(
        "workers.dead_letter_queue",
        Kind::Text,
        "\"datamesh-project-setup-dlq\"",
        "Where its messages go that were received too often.",
    ),
    setting(
        "workers.max_receives",
        Kind::Whole(1, 1_000),
        "5",
        "Receives of a message before it is a dead letter.",
    ),
    setting(
        "workers.visibility_s",
        Kind::Whole(1, 43_200),
        "60",
        "How long a received message is hidden from others, and the longest that one may take, in seconds.",
    ),
    setting(
        "workers.wait_s",
        Kind::Whole(1, 20),
        "20",
        "How long one call waits for messages, in seconds.",
    ),
    setting(
        "workers.concurrency",
        Kind::Whole(1, 10_000),
        "16",
        "Messages that may be under way at once.",
    ),
    setting(
        "workers.poison_pause_s",
        Kind::Whole(0, 43_200),
        "10",
        "A message that could not be understood or was refused comes again after this many seconds.",
    ),
    setting(
        "workers.later_pause_s",
        Kind::Whole(1, 900),
        "15",
        "A message whose time has not come waits this many seconds, and four times longer each time.",
    ),
    setting(
        "localcloud.listen",
        Kind::Address,
        "",
        "Where other AWS clients reach the embedded AWS (AWS_ENDPOINT_URL). Whoever reaches it may use it \
         in any name: keep it on this machine. If it is not set, nobody does.",
    ),
    setting(
        "localcloud.control",
        Kind::Address,
        "",
        "Where `datamesh cloud` injects faults, drives the clock, and resets and copies the embedded AWS. \
         The token is made at each start and stands in the data folder. If it is not set, nobody does.",
    ),
    setting(
        "log.format",
        Kind::Choice(&["text", "json"]),
        "\"text\"",
        "How a line is written.",
    ),
    setting(
        "log.level",
        Kind::Text,
        "\"info\"",
        "error, warn, info, debug or trace; or filters like `info,datamesh_actor=debug`.",
    ),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn every_default_fits_its_kind() {
        for setting in SETTINGS {
            match setting.default_value() {
                Some(value) => {
                    setting
                        .kind
                        .check(value)
                        .unwrap_or_else(|e| panic!("{}: {e}", setting.key));
                }
                None => assert_eq!(setting.default, "", "{}", setting.key),
            }
        }
    }

    #[test]
    fn every_setting_is_in_a_section_that_says_what_it_is_about_and_in_its_order() {
        let mut at = 0;
        for setting in SETTINGS {
            while SECTIONS[at].0 != setting.section() {
                at += 1;
                assert!(at < SECTIONS.len(), "{} is out of order", setting.key);
            }
            assert!(setting.doc.ends_with('.'), "{}", setting.key);
        }
    }
}
