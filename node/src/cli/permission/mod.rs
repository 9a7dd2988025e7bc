//! `datamesh permission …`

mod shown;
mod target;

use clap::Subcommand;
use datamesh_proto::v1;

use super::access::Until;
use super::cx::Cx;
use super::failure::Failure;
use super::globals::{Format, Paging};
use super::resource::Resource;
use super::session::Session;
use super::{json, listing, output, paged};

pub use shown::{holder_text, status as shown_status};
use target::On;

/// What can be done with permissions.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// Grant permissions of Lake Formation
    Grant {
        #[command(flatten)]
        on: On,
        /// What: SELECT, DESCRIBE, …; several with commas
        #[arg(long = "permission", value_delimiter = ',', required = true)]
        permissions: Vec<String>,
        /// Which of them may be given on; several with commas
        #[arg(long = "grantable", value_delimiter = ',')]
        grantable: Vec<String>,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        #[command(flatten)]
        until: Until,
        #[command(flatten)]
        how: How,
    },
    /// Take permissions back
    Revoke {
        #[command(flatten)]
        on: On,
        /// What; several with commas [default: all]
        #[arg(long = "permission", value_delimiter = ',')]
        permissions: Vec<String>,
        /// Why
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        #[command(flatten)]
        how: How,
    },
    /// Show a permission, and who needs it
    Get {
        /// Its id
        permission: String,
    },
    /// List permissions that are kept here
    List {
        /// Only those of this principal
        #[arg(long, default_value = "", hide_default_value = true)]
        principal: String,
        /// Only those in this account's Lake Formation
        #[arg(long, default_value = "", hide_default_value = true)]
        account: String,
        /// Only those in this database
        #[arg(long, default_value = "", hide_default_value = true)]
        database: String,
        /// Only those on this table
        #[arg(long, default_value = "", hide_default_value = true)]
        table: String,
        /// Only those in this state: PUTTING, IN_FORCE, TAKING, TAKEN, NOT_PUT, MISSING
        #[arg(long, value_parser = status)]
        status: Option<v1::permission::Status>,
        #[command(flatten)]
        paging: Paging,
    },
}

/// How a change is done.
#[derive(clap::Args, Clone, Debug)]
pub struct How {
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Makes the command safe to repeat: the same id with the same content is done once
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
    /// Wait for the end, a minute at most
    #[arg(short, long)]
    wait: bool,
}

/// Does it.
///
/// # Errors
/// What the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let session = cx.api().await?;
    match verb {
        Verb::Grant {
            on,
            permissions,
            grantable,
            reason,
            until,
            how,
        } => {
            let request = v1::GrantPermissionRequest {
                principal: on.principal.clone(),
                target: Some(on.target()),
                permissions,
                permissions_with_grant_option: grantable,
                reason,
                valid_until: until.at(cx.terminal.now())?,
                dry_run: how.dry_run,
                request_id: how.request_id.unwrap_or_default(),
                wait: how.wait,
            };
            let granted = session.permissions().grant_permission(request).await?;
            let granted = granted.into_inner();
            let document = || json::of(&granted, "GrantPermissionResponse");
            let change = Changed {
                permission: granted.permission.as_ref(),
                sign: '+',
                changes: &granted.changes,
                dry_run: granted.dry_run,
            };
            change.print(cx, document)
        }
        Verb::Revoke {
            on,
            permissions,
            reason,
            how,
        } => {
            let request = v1::RevokePermissionRequest {
                principal: on.principal.clone(),
                target: Some(on.target()),
                permissions,
                reason,
                dry_run: how.dry_run,
                request_id: how.request_id.unwrap_or_default(),
                wait: how.wait,
            };
            let revoked = session.permissions().revoke_permission(request).await?;
            let revoked = revoked.into_inner();
            let document = || json::of(&revoked, "RevokePermissionResponse");
            let change = Changed {
                permission: revoked.permission.as_ref(),
                sign: '-',
                changes: &revoked.changes,
                dry_run: revoked.dry_run,
            };
            change.print(cx, document)
        }
        Verb::Get { permission } => {
            let request = v1::GetPermissionRequest {
                permission_id: permission,
            };
            let permission = session.permissions().get_permission(request).await?;
            let permission = permission.into_inner();
            output::resource(cx.terminal, cx.globals.output, &permission)
        }
        Verb::List {
            principal,
            account,
            database,
            table,
            status,
            paging,
        } => {
            let asked = v1::ListPermissionsRequest {
                principal,
                account,
                database,
                table,
                status: status.unwrap_or_default() as i32,
                ..Default::default()
            };
            list(cx, &session, asked, paging).await
        }
    }
}

/// What a grant or a revoke does or did.
struct Changed<'a> {
    permission: Option<&'a v1::Permission>,
    sign: char,
    changes: &'a [String],
    dry_run: bool,
}

impl Changed<'_> {
    fn print(
        &self,
        cx: &mut Cx<'_>,
        document: impl FnOnce() -> Result<serde_json::Value, Failure>,
    ) -> Result<(), Failure> {
        match cx.globals.output {
            Format::Table | Format::Wide => {}
            format => return output::document(cx.terminal, format, &document()?),
        }
        let mut text = String::new();
        for change in self.changes {
            text.push_str(&format!("{} {}\n", self.sign, super::text::plain(change)));
        }
        if self.changes.is_empty() {
            text.push_str("nothing to change\n");
        }
        if self.dry_run {
            text.push_str("nothing was done: --dry-run\n");
        }
        output::write(cx.terminal, &text)?;
        match (self.permission, self.dry_run) {
            (Some(permission), false) => {
                let record = permission.record(cx.terminal.now());
                output::write(cx.terminal, "\n")?;
                let text = super::grid::record(&record, cx.terminal);
                output::write(cx.terminal, &text)
            }
            _ => Ok(()),
        }
    }
}

async fn list(
    cx: &mut Cx<'_>,
    session: &Session,
    asked: v1::ListPermissionsRequest,
    paging: Paging,
) -> Result<(), Failure> {
    let permissions = session.permissions();
    let read = paged::read(
        paging.limit,
        |page_size, page_token| {
            let mut permissions = permissions.clone();
            let request = v1::ListPermissionsRequest {
                page_size,
                page_token,
                ..asked.clone()
            };
            async move { permissions.list_permissions(request).await }
        },
        |page| (page.permissions, page.next_page_token),
    )
    .await?;
    listing::print(
        cx,
        read,
        "no permissions; grant one with `datamesh permission grant`",
        |permissions| {
            let next_page_token = String::new();
            json::of(
                &v1::ListPermissionsResponse {
                    permissions,
                    next_page_token,
                },
                "ListPermissionsResponse",
            )
        },
    )
}

fn status(name: &str) -> Result<v1::permission::Status, String> {
    v1::permission::Status::from_str_name(&name.to_ascii_uppercase())
        .ok_or_else(|| "there is no such status".to_owned())
}
