//! `datamesh subscription …`

mod shown;

use clap::{Args, Subcommand};
use datamesh_proto::v1;

use super::access::{self, Scope, Until};
use super::cx::Cx;
use super::failure::Failure;
use super::follow::{self, Opening};
use super::globals::{Change, Paging, Repeat};
use super::resource::Goal;
use super::session::Session;
use super::{json, listing, lookup, output, paged};

/// What can be done with subscriptions.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Ask for access to a published asset for a project
    Request(Ask),
    /// List subscriptions, newest first
    List(List),
    /// Show a subscription, with its requests
    #[command(visible_alias = "get")]
    Show {
        /// Its id
        subscription: String,
    },
    /// Say yes to the open request: to all of it, or to less
    Approve {
        /// Its id
        subscription: String,
        #[command(flatten)]
        scope: Scope,
        #[command(flatten)]
        until: Until,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        #[command(flatten)]
        change: Change,
    },
    /// Say no to the open request; what is given goes on as it was
    Reject {
        /// Its id
        subscription: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        repeat: Repeat,
    },
    /// Withdraw the open request
    Cancel {
        /// Its id
        subscription: String,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        #[command(flatten)]
        repeat: Repeat,
    },
    /// Take access back, whatever the subscription is doing
    Revoke {
        /// Its id
        subscription: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        change: Change,
    },
    /// Ask for more time after the present end
    Renew {
        /// Its id
        subscription: String,
        #[command(flatten)]
        until: Until,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        repeat: Repeat,
    },
    /// Print every change of a subscription
    Watch {
        /// Its id
        subscription: String,
    },
}

/// What is asked for whom.
#[derive(Args, Debug)]
pub struct Ask {
    /// The asset: its id, its name, or domain/project/asset
    asset: String,
    /// The project that is to get access: its id, its name, or domain/project
    #[arg(long)]
    project: String,
    /// Why
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    until: Until,
    /// The ARN of the role or user that reads [default: the one that the settings name]
    #[arg(
        long,
        value_name = "ARN",
        default_value = "",
        hide_default_value = true
    )]
    principal: String,
    /// The account where it reads [default: that of the project's domain]
    #[arg(long, default_value = "", hide_default_value = true)]
    account: String,
    /// Its region [default: that of the project's domain]
    #[arg(long, default_value = "", hide_default_value = true)]
    region: String,
    #[command(flatten)]
    repeat: Repeat,
}

/// Which subscriptions.
#[derive(Args, Debug)]
pub struct List {
    /// Only those to this asset: its id, its name, or domain/project/asset
    #[arg(long)]
    asset: Option<String>,
    /// Only those to this domain's assets: its id or name
    #[arg(long)]
    domain: Option<String>,
    /// Only those of this project: its id, its name, or domain/project
    #[arg(long)]
    project: Option<String>,
    /// Only those with this status: PENDING, APPROVED, DENIED, EXPIRED, REVOKED, CANCELLED
    #[arg(long, value_parser = access::status)]
    status: Option<v1::AgreementStatus>,
    /// Only those that this person asked for
    #[arg(
        long,
        value_name = "PERSON",
        default_value = "",
        hide_default_value = true
    )]
    asked_by: String,
    #[command(flatten)]
    paging: Paging,
}

/// Does it.
///
/// # Errors
/// What the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let session = cx.api().await?;
    let mut subscriptions = session.subscriptions();
    let answer = match verb {
        Verb::Request(ask) => {
            let request = ask.request(&session, cx).await?;
            subscriptions.create_subscription(request).await?
        }
        Verb::List(list) => return self::list(list, &session, cx).await,
        Verb::Show { subscription } => return show(subscription, &session, cx).await,
        Verb::Watch { subscription } => {
            let format = cx.globals.output;
            return follow::watch(cx.terminal, format, opening(&session, subscription)).await;
        }
        Verb::Approve {
            subscription,
            scope,
            until,
            reason,
            change,
        } => {
            let request = v1::ApproveSubscriptionRequest {
                subscription_id: subscription,
                scope: scope.into_message(),
                valid_until: until.at(cx.terminal.now())?,
                reason,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = subscriptions.approve_subscription(request).await?;
            return finish(first.into_inner(), &change, &session, cx).await;
        }
        Verb::Revoke {
            subscription,
            reason,
            change,
        } => {
            let request = v1::RevokeSubscriptionRequest {
                subscription_id: subscription,
                reason,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = subscriptions.revoke_subscription(request).await?;
            return finish(first.into_inner(), &change, &session, cx).await;
        }
        Verb::Reject {
            subscription,
            reason,
            repeat,
        } => {
            let request = v1::RejectSubscriptionRequest {
                subscription_id: subscription,
                reason,
                request_id: repeat.request_id,
            };
            subscriptions.reject_subscription(request).await?
        }
        Verb::Cancel {
            subscription,
            reason,
            repeat,
        } => {
            let request = v1::CancelSubscriptionRequest {
                subscription_id: subscription,
                reason,
                request_id: repeat.request_id,
            };
            subscriptions.cancel_subscription(request).await?
        }
        Verb::Renew {
            subscription,
            until,
            reason,
            repeat,
        } => {
            let request = v1::RenewSubscriptionRequest {
                subscription_id: subscription,
                valid_until: until.at(cx.terminal.now())?,
                reason,
                request_id: repeat.request_id,
            };
            subscriptions.renew_subscription(request).await?
        }
    };
    output::resource(cx.terminal, cx.globals.output, &answer.into_inner())
}

impl Ask {
    async fn request(
        self,
        session: &Session,
        cx: &Cx<'_>,
    ) -> Result<v1::CreateSubscriptionRequest, Failure> {
        Ok(v1::CreateSubscriptionRequest {
            asset_id: lookup::asset(session, &self.asset).await?,
            project_id: lookup::project(session, &self.project).await?,
            reason: self.reason,
            scope: self.scope.into_message(),
            valid_until: self.until.at(cx.terminal.now())?,
            principal: self.principal,
            consumer_account: self.account,
            consumer_region: self.region,
            request_id: self.repeat.request_id,
        })
    }
}

async fn list(list: List, session: &Session, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let asset_id = match list.asset {
        Some(asset) => lookup::asset(session, &asset).await?,
        None => String::new(),
    };
    let domain_id = match list.domain {
        Some(domain) => lookup::domain(session, &domain).await?,
        None => String::new(),
    };
    let project_id = match list.project {
        Some(project) => lookup::project(session, &project).await?,
        None => String::new(),
    };
    let asked = v1::ListSubscriptionsRequest {
        asset_id,
        domain_id,
        project_id,
        status: list.status.unwrap_or_default().into(),
        created_by: list.asked_by,
        ..v1::ListSubscriptionsRequest::default()
    };
    let subscriptions = session.subscriptions();
    let read = paged::read(
        list.paging.limit,
        |page_size, page_token| {
            let mut subscriptions = subscriptions.clone();
            let request = v1::ListSubscriptionsRequest {
                page_size,
                page_token,
                ..asked.clone()
            };
            async move { subscriptions.list_subscriptions(request).await }
        },
        |page| (page.subscriptions, page.next_page_token),
    )
    .await?;
    listing::print(
        cx,
        read,
        "no subscriptions; ask for one with `datamesh subscription request ASSET --project PROJECT`",
        |subscriptions| {
            let answer = v1::ListSubscriptionsResponse {
                subscriptions,
                next_page_token: String::new(),
            };
            json::of(&answer, "ListSubscriptionsResponse")
        },
    )
}

async fn show(subscription_id: String, session: &Session, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let request = v1::GetSubscriptionRequest { subscription_id };
    let answer = session.subscriptions().get_subscription(request).await?;
    let subscription = answer.into_inner();
    let format = cx.globals.output;
    output::resource(cx.terminal, format, &subscription)?;
    let fulfilment = subscription.fulfilment.as_ref();
    let tables = access::tables(&subscription.requests, fulfilment, format, cx.terminal);
    output::write(cx.terminal, &tables)
}

async fn finish(
    first: v1::Subscription,
    change: &Change,
    session: &Session,
    cx: &mut Cx<'_>,
) -> Result<(), Failure> {
    let format = cx.globals.output;
    follow::finish(cx.terminal, format, change, Goal::Settled, first, |id| {
        opening(session, id)
    })
    .await
}

fn opening(session: &Session, subscription_id: String) -> Opening<v1::Subscription> {
    let mut subscriptions = session.subscriptions();
    Box::pin(async move {
        subscriptions
            .watch_subscription(v1::WatchSubscriptionRequest { subscription_id })
            .await
    })
}
