//! `datamesh promotion …`

mod shown;

use clap::Subcommand;
use datamesh_proto::v1;

use super::cx::Cx;
use super::failure::Failure;
use super::follow::{self, Opening};
use super::globals::{Change, Paging};
use super::resource::Goal;
use super::session::Session;
use super::{json, listing, lookup, output, paged};

/// What can be done with promotions.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Ask for a promotion of a project to its next environment
    Create {
        /// The project: its id, its name, or domain/project
        project: String,
        /// Where to: staging or prod [default: prod if staging has what dev has, else staging]
        #[arg(long, default_value = "", hide_default_value = true)]
        to: String,
        /// A parameter that has another value in the target; may be repeated
        #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
        parameters: Vec<(String, String)>,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        comment: String,
        #[command(flatten)]
        change: Change,
    },
    /// Show a promotion
    Get {
        /// Its id
        promotion: String,
    },
    /// List promotions, newest first
    List {
        /// Only those of this project: its id, its name, or domain/project
        #[arg(long)]
        project: Option<String>,
        /// Only those in this state: PENDING, APPROVED, REJECTED, COMPLETED, FAILED, EXPIRED, CANCELLED,
        /// ROLLED_BACK
        #[arg(long, value_parser = status)]
        status: Option<v1::promotion::Status>,
        /// Only those to this environment
        #[arg(long, default_value = "", hide_default_value = true)]
        to: String,
        /// Only those that this person approved
        #[arg(long, default_value = "", hide_default_value = true)]
        approved_by: String,
        #[command(flatten)]
        paging: Paging,
    },
    /// Take a promotion back that has not begun to deploy
    Cancel {
        /// Its id
        promotion: String,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        #[command(flatten)]
        change: Change,
    },
    /// Print every change of a promotion
    Watch {
        /// Its id
        promotion: String,
    },
}

/// Does it.
///
/// # Errors
/// What the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let session = cx.api().await?;
    let format = cx.globals.output;
    match verb {
        Verb::Create {
            project,
            to,
            parameters,
            comment,
            change,
        } => {
            let request = v1::CreatePromotionRequest {
                project_id: lookup::project(&session, &project).await?,
                target_environment: to,
                parameters: parameters.into_iter().collect(),
                comment,
                request_id: change.request_id.clone().unwrap_or_default(),
                wait: false,
            };
            let created = session.promotions().create_promotion(request).await?;
            finish(cx, &session, &change, created.into_inner()).await
        }
        Verb::Get { promotion } => {
            let request = v1::GetPromotionRequest {
                promotion_id: promotion,
            };
            let promotion = session.promotions().get_promotion(request).await?;
            let promotion = promotion.into_inner();
            output::resource(cx.terminal, format, &promotion)
        }
        Verb::List {
            project,
            status,
            to,
            approved_by,
            paging,
        } => {
            let project_id = match project {
                Some(project) => lookup::project(&session, &project).await?,
                None => String::new(),
            };
            let asked = v1::ListPromotionsRequest {
                project_id,
                status: status.unwrap_or_default() as i32,
                target_environment: to,
                approved_by,
                ..Default::default()
            };
            list(cx, &session, asked, paging).await
        }
        Verb::Cancel {
            promotion,
            reason,
            change,
        } => {
            let request = v1::CancelPromotionRequest {
                promotion_id: promotion,
                reason,
                request_id: change.request_id.clone().unwrap_or_default(),
            };
            let cancelled = session.promotions().cancel_promotion(request).await?;
            let promotion = cancelled.into_inner();
            let promotion = match change.wait {
                true => {
                    let timeout = change.wait_timeout;
                    let open = |id| opening(&session, id);
                    follow::wait(cx.terminal, timeout, Goal::Settled, promotion, open).await?
                }
                false => promotion,
            };
            output::resource(cx.terminal, format, &promotion)
        }
        Verb::Watch { promotion } => {
            follow::watch(cx.terminal, format, opening(&session, promotion)).await
        }
    }
}

async fn list(
    cx: &mut Cx<'_>,
    session: &Session,
    asked: v1::ListPromotionsRequest,
    paging: Paging,
) -> Result<(), Failure> {
    let promotions = session.promotions();
    let read = paged::read(
        paging.limit,
        |page_size, page_token| {
            let mut promotions = promotions.clone();
            let request = v1::ListPromotionsRequest {
                page_size,
                page_token,
                ..asked.clone()
            };
            async move { promotions.list_promotions(request).await }
        },
        |page| (page.promotions, page.next_page_token),
    )
    .await?;
    listing::print(
        cx,
        read,
        "no promotions; ask for one with `datamesh promotion create PROJECT`",
        |promotions| {
            let next_page_token = String::new();
            json::of(
                &v1::ListPromotionsResponse {
                    promotions,
                    next_page_token,
                },
                "ListPromotionsResponse",
            )
        },
    )
}

async fn finish(
    cx: &mut Cx<'_>,
    session: &Session,
    change: &Change,
    first: v1::Promotion,
) -> Result<(), Failure> {
    let format = cx.globals.output;
    follow::finish(cx.terminal, format, change, Goal::Settled, first, |id| {
        opening(session, id)
    })
    .await
}

fn opening(session: &Session, promotion_id: String) -> Opening<v1::Promotion> {
    let mut promotions = session.promotions();
    Box::pin(async move {
        promotions
            .watch_promotion(v1::WatchPromotionRequest { promotion_id })
            .await
    })
}

fn status(name: &str) -> Result<v1::promotion::Status, String> {
    v1::promotion::Status::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "there is no such status".to_owned())
}

fn parameter(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .ok_or_else(|| "write NAME=VALUE".to_owned())
}
