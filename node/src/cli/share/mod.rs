//! `datamesh share …`

mod certificate;
mod difference;
mod shown;

use clap::{Args, Subcommand};
use datamesh_proto::v1;

use super::access::{self, Scope, Until};
use super::cx::Cx;
use super::exit::Exit;
use super::failure::Failure;
use super::follow::{self, Opening};
use super::globals::{Change, Format, Paging, Repeat};
use super::resource::Goal;
use super::session::Session;
use super::{json, listing, lookup, output, paged};

pub use shown::{phase, reason};

/// What can be done with shares.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Share an asset's table with a principal of another account; who does not own it asks the owners
    Create(Create),
    /// List shares, newest first
    List(List),
    /// Show a share, with its requests and steps
    #[command(visible_alias = "get")]
    Show {
        /// Its id
        share: String,
    },
    /// Say yes to the open request: to all of it, or to less
    Approve {
        /// Its id
        share: String,
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
        share: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        repeat: Repeat,
    },
    /// Withdraw the open request
    Cancel {
        /// Its id
        share: String,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        #[command(flatten)]
        repeat: Repeat,
    },
    /// Take access back, whatever the share is doing
    Revoke {
        /// Its id
        share: String,
        /// Why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        change: Change,
    },
    /// Ask for more time after the present end
    Renew {
        /// Its id
        share: String,
        #[command(flatten)]
        until: Until,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        #[command(flatten)]
        repeat: Repeat,
    },
    /// Look now whether all is as it should be, and wait for what is seen
    Verify {
        /// Its id
        share: String,
        #[command(flatten)]
        repeat: Repeat,
    },
    /// Print what differed at the last look: + missing, ~ different, − given by hand
    Plan {
        /// Its id
        share: String,
    },
    /// Put what is missing again
    Reapply {
        /// Its id
        share: String,
        /// Only look, and print what would be done
        #[arg(long)]
        dry_run: bool,
        /// Also take what was given by hand
        #[arg(long)]
        remove_extra: bool,
        #[command(flatten)]
        repeat: Repeat,
    },
    /// Print the certificate of a share's revocation, and check its hash
    Certificate {
        /// Its id
        share: String,
        /// Print the canonical JSON that is hashed, and nothing else
        #[arg(long)]
        text: bool,
    },
    /// Print every change of a share
    Watch {
        /// Its id
        share: String,
    },
}

/// What is to be shared with whom.
#[derive(Args, Debug)]
pub struct Create {
    /// The asset: its id, its name, or domain/project/asset
    asset: String,
    /// The account that gets access: 12 digits
    account: String,
    /// The ARN of the role or user that reads [default: the one that the settings name]
    #[arg(
        long,
        value_name = "ARN",
        default_value = "",
        hide_default_value = true
    )]
    principal: String,
    /// The region of the consumer [default: that of the asset]
    #[arg(long, default_value = "", hide_default_value = true)]
    region: String,
    /// SELECT or DESCRIBE; as often as needed [default: both]
    #[arg(long = "permission", value_name = "PERMISSION")]
    permissions: Vec<String>,
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    until: Until,
    /// Why
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    change: Change,
}

/// Which shares.
#[derive(Args, Debug)]
pub struct List {
    /// Only those of this asset: its id, its name, or domain/project/asset
    #[arg(long)]
    asset: Option<String>,
    /// Only those of this domain's assets: its id or name
    #[arg(long)]
    domain: Option<String>,
    /// Only those to this account
    #[arg(long, default_value = "", hide_default_value = true)]
    account: String,
    /// Only those of this principal
    #[arg(
        long,
        value_name = "ARN",
        default_value = "",
        hide_default_value = true
    )]
    principal: String,
    /// Only those with this status: PENDING, APPROVED, DENIED, EXPIRED, REVOKED, CANCELLED
    #[arg(long, value_parser = access::status)]
    status: Option<v1::AgreementStatus>,
    /// Only those whose access is so far: WAITING, GRANTING, GRANTED, REVOKING, GONE, FAILED, UNREACHABLE
    #[arg(long, value_name = "STATE", value_parser = fulfilment)]
    access: Option<v1::fulfilment::State>,
    /// Only those that were last seen so: UNKNOWN, HEALTHY, DRIFTED, OUT_OF_REACH, VERIFYING
    #[arg(long, value_name = "STATE", value_parser = health)]
    health: Option<v1::access_health::State>,
    #[command(flatten)]
    paging: Paging,
}

/// Does it.
///
/// # Errors
/// What the server answers; exit code 1 for a certificate whose hash is not that of its text.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let session = cx.api().await?;
    let mut shares = session.shares();
    let answer = match verb {
        Verb::Create(create) => return self::create(create, &session, cx).await,
        Verb::List(list) => return self::list(list, &session, cx).await,
        Verb::Show { share } => return show(share, &session, cx).await,
        Verb::Plan { share } => return plan(share, &session, cx).await,
        Verb::Certificate { share, text } => return certify(share, text, &session, cx).await,
        Verb::Watch { share } => {
            let format = cx.globals.output;
            return follow::watch(cx.terminal, format, opening(&session, share)).await;
        }
        Verb::Approve {
            share,
            scope,
            until,
            reason,
            change,
        } => {
            let request = v1::ApproveShareRequest {
                share_id: share,
                scope: scope.into_message(),
                valid_until: until.at(cx.terminal.now())?,
                reason,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = shares.approve_share(request).await?.into_inner();
            return finish(first, &change, &session, cx).await;
        }
        Verb::Revoke {
            share,
            reason,
            change,
        } => {
            let request = v1::RevokeShareRequest {
                share_id: share,
                reason,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let first = shares.revoke_share(request).await?.into_inner();
            return finish(first, &change, &session, cx).await;
        }
        Verb::Reapply {
            share,
            dry_run,
            remove_extra,
            repeat,
        } => {
            let request = v1::ReapplyShareRequest {
                share_id: share.clone(),
                dry_run,
                remove_extra,
                request_id: repeat.request_id,
                wait: true,
            };
            let answer = shares.reapply_share(request).await?;
            if dry_run {
                return plan(share, &session, cx).await;
            }
            answer
        }
        Verb::Reject {
            share,
            reason,
            repeat,
        } => {
            let request = v1::RejectShareRequest {
                share_id: share,
                reason,
                request_id: repeat.request_id,
            };
            shares.reject_share(request).await?
        }
        Verb::Cancel {
            share,
            reason,
            repeat,
        } => {
            let request = v1::CancelShareRequest {
                share_id: share,
                reason,
                request_id: repeat.request_id,
            };
            shares.cancel_share(request).await?
        }
        Verb::Renew {
            share,
            until,
            reason,
            repeat,
        } => {
            let request = v1::RenewShareRequest {
                share_id: share,
                valid_until: until.at(cx.terminal.now())?,
                reason,
                request_id: repeat.request_id,
            };
            shares.renew_share(request).await?
        }
        Verb::Verify { share, repeat } => {
            let request = v1::VerifyShareRequest {
                share_id: share,
                request_id: repeat.request_id,
                wait: true,
            };
            shares.verify_share(request).await?
        }
    };
    output::resource(cx.terminal, cx.globals.output, &answer.into_inner())
}

async fn create(create: Create, session: &Session, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let request = v1::CreateShareRequest {
        asset_id: lookup::asset(session, &create.asset).await?,
        target_account: create.account,
        permissions: create.permissions,
        target_region: create.region,
        principal: create.principal,
        scope: create.scope.into_message(),
        valid_until: create.until.at(cx.terminal.now())?,
        reason: create.reason,
        request_id: create.change.request_id.clone().unwrap_or_default(),
        wait: false,
    };
    let first = session.shares().create_share(request).await?.into_inner();
    finish(first, &create.change, session, cx).await
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
    let asked = v1::ListSharesRequest {
        asset_id,
        domain_id,
        target_account: list.account,
        principal: list.principal,
        status: list.status.unwrap_or_default().into(),
        fulfilment_state: list.access.unwrap_or_default().into(),
        health_state: list.health.unwrap_or_default().into(),
        ..v1::ListSharesRequest::default()
    };
    let shares = session.shares();
    let read = paged::read(
        list.paging.limit,
        |page_size, page_token| {
            let mut shares = shares.clone();
            let request = v1::ListSharesRequest {
                page_size,
                page_token,
                ..asked.clone()
            };
            async move { shares.list_shares(request).await }
        },
        |page| (page.shares, page.next_page_token),
    )
    .await?;
    listing::print(
        cx,
        read,
        "no shares; make one with `datamesh share create ASSET ACCOUNT`",
        |shares| {
            let answer = v1::ListSharesResponse {
                shares,
                next_page_token: String::new(),
            };
            json::of(&answer, "ListSharesResponse")
        },
    )
}

async fn show(share_id: String, session: &Session, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let request = v1::GetShareRequest { share_id };
    let share = session.shares().get_share(request).await?.into_inner();
    let format = cx.globals.output;
    output::resource(cx.terminal, format, &share)?;
    let fulfilment = share.fulfilment.as_ref();
    let tables = access::tables(&share.requests, fulfilment, format, cx.terminal);
    output::write(cx.terminal, &tables)
}

async fn plan(share_id: String, session: &Session, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let request = v1::GetSharePlanRequest { share_id };
    let plan = session.shares().get_share_plan(request).await?.into_inner();
    match cx.globals.output {
        Format::Table | Format::Wide => {
            let text = difference::plan(&plan, cx.terminal.now());
            output::write(cx.terminal, &text)
        }
        format => output::document(cx.terminal, format, &json::of(&plan, "SharePlan")?),
    }
}

async fn certify(
    share_id: String,
    text: bool,
    session: &Session,
    cx: &mut Cx<'_>,
) -> Result<(), Failure> {
    let request = v1::GetShareCertificateRequest { share_id };
    let answer = session.shares().get_share_certificate(request).await?;
    let certificate = answer.into_inner();
    match (text, cx.globals.output) {
        (true, _) => output::write(cx.terminal, &certificate.text)?,
        (false, format @ (Format::Table | Format::Wide)) => {
            let page = certificate::page(&certificate, format, cx.terminal);
            output::write(cx.terminal, &page)?;
        }
        (false, format) => {
            let document = json::of(&certificate, "ShareCertificate")?;
            output::document(cx.terminal, format, &document)?;
        }
    }
    match certificate::holds(&certificate) {
        true => Ok(()),
        false => {
            let what = "the hash of this certificate is not that of its text";
            Err(Failure::new(Exit::Unexpected, what)
                .hint("compare it with the entry CERTIFIED of `datamesh audit`"))
        }
    }
}

async fn finish(
    first: v1::Share,
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

fn opening(session: &Session, share_id: String) -> Opening<v1::Share> {
    let mut shares = session.shares();
    Box::pin(async move { shares.watch_share(v1::WatchShareRequest { share_id }).await })
}

fn fulfilment(name: &str) -> Result<v1::fulfilment::State, String> {
    v1::fulfilment::State::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "there is no such state".to_owned())
}

fn health(name: &str) -> Result<v1::access_health::State, String> {
    v1::access_health::State::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "there is no such state".to_owned())
}
