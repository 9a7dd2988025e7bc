//! Plays a subscription across accounts: a project asks for some columns of another domain's table, the
//! owners say yes, the project queries them in its own account, is refused what it did not ask for, is
//! revoked, and is refused all.
//!
//! Every request id is fixed, and a subscription that was made before is left as it is.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use datamesh_aws::{Aws, AwsError, CallCx, Token, athena};
use datamesh_proto::v1;
use datamesh_proto::v1::AgreementStatus;
use datamesh_proto::v1::fulfilment::State;
use jiff::Timestamp;
use tokio::time::{Instant, sleep, timeout};

use super::player::{How, PATIENCE, Step};
use super::script::SubscriptionScript;
use crate::cli::session::Session;
use crate::cli::{Exit, Failure};

/// Between two looks at a query.
const PAUSE: Duration = Duration::from_millis(50);

const DAY_SECONDS: i64 = 86_400;

/// Plays one subscription.
pub struct Sharer<'a> {
    /// What is asked.
    pub script: &'a SubscriptionScript,
    /// The way to AWS, for the analyst of the project.
    pub aws: &'a Aws,
    /// The asset.
    pub asset: &'a v1::Asset,
    /// The project that asks.
    pub project: &'a v1::Project,
    /// The domain of that project.
    pub domain: &'a v1::Domain,
    /// The connection of who asks.
    pub asker: &'a Session,
    /// The connection of who decides.
    pub approver: &'a Session,
    /// When it is played.
    pub now: Timestamp,
    /// How many queries were run.
    pub queries: AtomicU32,
}

impl Sharer<'_> {
    /// Asks, approves, queries, revokes, and queries again, telling `told` of each step.
    ///
    /// # Errors
    /// The first thing that did not reach its end, and access where there must be none.
    pub async fn play(
        &self,
        told: &mut (dyn FnMut(Step) -> Result<(), Failure> + Send),
    ) -> Result<(), Failure> {
        let started = Instant::now();
        let path = format!("{} of {}", self.script.project, self.script.asset);
        if let Some(found) = self.found().await? {
            return told(step("subscription", path, How::Found, &found, started));
        }
        let asked = self.ask().await?;
        let given = self.approve(asked).await?;
        told(step(
            "subscription",
            path.clone(),
            How::Made,
            &given,
            started,
        ))?;

        let link = self.link(&given).await?;
        let columns = self.script.columns.join(", ");
        told(
            self.query(&format!("SELECT {columns} FROM {link} LIMIT 5"), true)
                .await?,
        )?;
        let beyond = &self.script.beyond;
        told(
            self.query(&format!("SELECT {beyond} FROM {link} LIMIT 5"), false)
                .await?,
        )?;

        let started = Instant::now();
        let gone = self.revoke(&given).await?;
        told(step("revocation", path, How::Made, &gone, started))?;
        told(
            self.query(&format!("SELECT {columns} FROM {link} LIMIT 5"), false)
                .await?,
        )
    }

    async fn found(&self) -> Result<Option<v1::Subscription>, Failure> {
        let find = v1::ListSubscriptionsRequest {
            asset_id: self.asset.asset_id.clone(),
            project_id: self.project.project_id.clone(),
            page_size: 1,
            ..Default::default()
        };
        let mut subscriptions = self.asker.subscriptions();
        let found = subscriptions.list_subscriptions(find).await?.into_inner();
        Ok(found.subscriptions.into_iter().next())
    }

    async fn ask(&self) -> Result<v1::Subscription, Failure> {
        let now_seconds = self.now.as_second();
        let request = v1::CreateSubscriptionRequest {
            asset_id: self.asset.asset_id.clone(),
            project_id: self.project.project_id.clone(),
            reason: self.script.reason.clone(),
            scope: Some(v1::AccessScope {
                columns: self.script.columns.clone(),
                ..Default::default()
            }),
            valid_until: Some(prost_types::Timestamp {
                seconds: now_seconds + self.script.days * DAY_SECONDS,
                nanos: 0,
            }),
            principal: self.principal(),
            request_id: format!("sample/{}/{}", self.script.project, self.script.asset),
            ..Default::default()
        };
        let mut subscriptions = self.asker.subscriptions();
        Ok(subscriptions
            .create_subscription(request)
            .await?
            .into_inner())
    }

    /// Says yes as soon as the owners are asked, and follows the subscription until access is there.
    async fn approve(&self, asked: v1::Subscription) -> Result<v1::Subscription, Failure> {
        let mut approved = false;
        let given = self.follow(&asked.subscription_id, async |seen| {
            if !approved && !seen.approval_id.is_empty() {
                let yes = v1::ApproveSubscriptionRequest {
                    subscription_id: seen.subscription_id.clone(),
                    reason: "fine for a campaign".to_owned(),
                    request_id: format!("sample/{}/approve", seen.subscription_id),
                    ..Default::default()
                };
                self.approver
                    .subscriptions()
                    .approve_subscription(yes)
                    .await?;
                approved = true;
            }
            Ok(match state(seen) {
                State::Granted => Seen::Reached,
                State::Failed | State::Unreachable => Seen::Otherwise,
                _ if seen.status() == AgreementStatus::Denied => Seen::Otherwise,
                _ => Seen::Going,
            })
        });
        given.await
    }

    async fn revoke(&self, given: &v1::Subscription) -> Result<v1::Subscription, Failure> {
        let request = v1::RevokeSubscriptionRequest {
            subscription_id: given.subscription_id.clone(),
            reason: self.script.revoke.clone(),
            request_id: format!("sample/{}/revoke", given.subscription_id),
            ..Default::default()
        };
        let mut subscriptions = self.approver.subscriptions();
        subscriptions.revoke_subscription(request).await?;
        self.follow(&given.subscription_id, async |seen| {
            Ok(match state(seen) {
                State::Gone => Seen::Reached,
                State::Failed | State::Unreachable => Seen::Otherwise,
                _ => Seen::Going,
            })
        })
        .await
    }

    /// Watches a subscription until `look` says that it is where it was to be.
    async fn follow(
        &self,
        subscription_id: &str,
        mut look: impl AsyncFnMut(&v1::Subscription) -> Result<Seen, Failure>,
    ) -> Result<v1::Subscription, Failure> {
        let watch = v1::WatchSubscriptionRequest {
            subscription_id: subscription_id.to_owned(),
        };
        let mut last = v1::Subscription::default();
        let followed = async {
            let mut subscriptions = self.asker.subscriptions();
            let mut changes = subscriptions.watch_subscription(watch).await?.into_inner();
            while let Some(seen) = changes.message().await? {
                last = seen;
                match look(&last).await? {
                    Seen::Going => {}
                    Seen::Reached => return Ok(true),
                    Seen::Otherwise => return Ok(false),
                }
            }
            Err(Failure::new(
                Exit::Unavailable,
                "the server ended the watch of a subscription",
            ))
        };
        match timeout(PATIENCE, followed).await {
            Ok(Ok(true)) => Ok(last),
            Ok(Ok(false)) => Err(Failure::new(
                Exit::EndedFailed,
                format!(
                    "the subscription {subscription_id} is {}: {}",
                    shown(&last),
                    last.status_reason
                ),
            )),
            Ok(Err(failure)) => Err(failure),
            Err(_) => Err(Failure::new(
                Exit::Unavailable,
                format!(
                    "the subscription {subscription_id} is still {} after {}s",
                    shown(&last),
                    PATIENCE.as_secs()
                ),
            )
            .hint(format!(
                "`datamesh subscription show {subscription_id}` says what it waits for"
            ))),
        }
    }

    /// Where the table is in the project's own account.
    async fn link(&self, given: &v1::Subscription) -> Result<String, Failure> {
        let get = v1::GetShareRequest {
            share_id: given.share_id.clone(),
        };
        let share = self.asker.shares().get_share(get).await?.into_inner();
        let link = match share.resource_link.is_empty() {
            true => share.glue_table,
            false => share.resource_link,
        };
        let (database, table) = link.split_once('.').unwrap_or(("default", &link));
        Ok(format!("\"{database}\".\"{table}\""))
    }

    /// A query of the project's analyst in Athena; `allowed` says how it must end.
    async fn query(&self, sql: &str, allowed: bool) -> Result<Step, Failure> {
        let started = Instant::now();
        let ended = self.run(sql).await.map_err(|error| {
            Failure::new(
                Exit::Unexpected,
                format!("the query {sql:?} could not be run: {error}"),
            )
        })?;
        let (state, well) = match ended {
            Ok(rows) => (format!("{rows} rows"), allowed),
            Err(reason) if allowed => (reason, false),
            Err(_) => ("refused".to_owned(), true),
        };
        if !well {
            return Err(Failure::new(
                Exit::EndedFailed,
                format!(
                    "the query {sql:?} of {} ended so: {state}",
                    self.principal()
                ),
            ));
        }
        Ok(Step {
            noun: "query",
            path: sql.replace('"', ""),
            how: How::Made,
            state,
            took: started.elapsed(),
        })
    }

    /// The number of rows, or why it was refused.
    async fn run(&self, sql: &str) -> Result<Result<usize, String>, AwsError> {
        // Each query is one of its own: what may be read changes in between.
        let nth = self.queries.fetch_add(1, Ordering::Relaxed);
        let token = Token::derive(sql, &format!("{}/{nth}", self.now));
        let analyst = CallCx::in_account(&self.domain.aws_account_id)
            .region(&self.domain.region)
            .role(self.principal());
        let athena = self.aws.athena(&analyst);
        let query = athena::StartQuery {
            sql: sql.to_owned(),
            catalog: None,
            database: None,
            output_location: Some(format!("s3://{}/queries/", self.domain.data_lake_bucket)),
            work_group: None,
            parameters: Vec::new(),
            token,
        };
        let id = athena.start_query(query).await?;
        loop {
            let query = athena.get_query(&id).await?;
            match query.state {
                athena::QueryState::Succeeded => {
                    let page = athena.query_results(&id, Default::default()).await?;
                    // The first row has the names of the columns.
                    return Ok(Ok(page.rows.len().saturating_sub(1)));
                }
                athena::QueryState::Failed | athena::QueryState::Cancelled => {
                    return Ok(Err(query.reason.unwrap_or_default()));
                }
                _ => sleep(PAUSE).await,
            }
        }
    }

    fn principal(&self) -> String {
        format!(
            "arn:aws:iam::{}:role/{}",
            self.domain.aws_account_id, self.script.role
        )
    }
}

enum Seen {
    Going,
    Reached,
    Otherwise,
}

fn state(subscription: &v1::Subscription) -> State {
    let fulfilment = subscription.fulfilment.as_ref();
    fulfilment.map_or(State::Unspecified, |fulfilment| fulfilment.state())
}

/// `APPROVED, GRANTED`.
fn shown(subscription: &v1::Subscription) -> String {
    format!(
        "{}, {}",
        subscription.status().as_str_name(),
        state(subscription).as_str_name()
    )
}

fn step(
    noun: &'static str,
    path: String,
    how: How,
    subscription: &v1::Subscription,
    started: Instant,
) -> Step {
    Step {
        noun,
        path,
        how,
        state: shown(subscription),
        took: started.elapsed(),
    }
}
