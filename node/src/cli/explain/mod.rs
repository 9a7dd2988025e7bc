//! `datamesh access …`

mod page;

use clap::Subcommand;
use datamesh_proto::v1;

use super::cx::Cx;
use super::failure::Failure;
use super::globals::Format;
use super::{json, lookup, output};

/// What can be asked of access.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Say whether somebody can read a table or column, through what, and what is missing if not
    Explain {
        /// The ARN of the role or user
        #[arg(long, value_name = "ARN")]
        principal: String,
        /// The table: database.table, or an asset by its id, its name or domain/project/asset
        #[arg(long)]
        table: String,
        /// Only this column
        #[arg(long, default_value = "", hide_default_value = true)]
        column: String,
        /// The account whose catalogue the table is in [default: that of the asset, else of the principal]
        #[arg(long, default_value = "", hide_default_value = true)]
        account: String,
        /// The region [default: that of the server]
        #[arg(long, default_value = "", hide_default_value = true)]
        region: String,
    },
}

/// Does it.
///
/// # Errors
/// What the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let Verb::Explain {
        principal,
        table,
        column,
        account,
        region,
    } = verb;
    let session = cx.api().await?;
    let table = match table.contains('.') {
        true => table,
        false => lookup::asset(&session, &table).await?,
    };
    let request = v1::GetAccessExplanationRequest {
        principal,
        table,
        column,
        account,
        region,
    };
    let explanation = session
        .permissions()
        .get_access_explanation(request)
        .await?;
    let explanation = explanation.into_inner();
    match cx.globals.output {
        Format::Table | Format::Wide => {
            let text = page::render(&explanation, cx.terminal);
            output::write(cx.terminal, &text)
        }
        format => {
            let document = json::of(&explanation, "AccessExplanation")?;
            output::document(cx.terminal, format, &document)
        }
    }
}
