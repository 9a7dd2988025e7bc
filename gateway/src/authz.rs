//! Who may do what, in one place.
//!
//! Everybody who is known may read. Members of a domain's owner groups work in it. Admins do all, and
//! only they create and delete domains and operate the runtime. Whose yes an approval takes, it knows itself.

use tonic::{Code, Status};

use crate::auth::Caller;
use crate::status;

/// What a caller wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Read, list or watch anything of the mesh.
    Read,
    /// Create a domain.
    CreateDomain,
    /// Change a domain.
    UpdateDomain,
    /// Delete a domain.
    DeleteDomain,
    /// Create a project in a domain.
    CreateProject,
    /// Change a project.
    UpdateProject,
    /// Delete a project.
    DeleteProject,
    /// Record an asset, and publish it.
    CreateAsset,
    /// Change an asset.
    UpdateAsset,
    /// Publish an asset, or take it out of the catalogue.
    PublishAsset,
    /// Delete an asset.
    DeleteAsset,
    /// Say something to an approval: the approval knows whose word counts.
    DecideApproval,
    /// Promote a project, or take its promotion back.
    PromoteProject,
    /// Start and stop executions of workflows, and end their tasks.
    RunWorkflow,
    /// Deploy to an environment, undo a deployment, remove what is deployed.
    Deploy,
    /// Have what is deployed checked.
    CheckEnvironment,
    /// Ask for access to data for a project, and for more time.
    Subscribe,
    /// Withdraw a subscription's request that another made.
    CancelSubscription,
    /// Take a subscription back that another asked for. The owners are those of both sides.
    RevokeSubscription,
    /// Ask for a share, and for more time: the owners of the asset's domain decide.
    RequestShare,
    /// Withdraw a share's request that another made.
    CancelShare,
    /// Take a share back that another asked for.
    RevokeShare,
    /// Have a share looked at, and put again.
    CheckShare,
    /// Grant and revoke permissions in an account, and put there what they stand on: asked for each domain that
    /// lives in it.
    ChangePermissions,
    /// Inspect and steer the runtime.
    Operate,
}

/// The caller may not. Says who may.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Only admins.
    #[error("only admins may {0}")]
    NotAdmin(&'static str),
    /// Only members of the domain's owner groups, and admins.
    #[error("only members of the domain's owner groups ({owners}) and admins may {what}")]
    NotOwner {
        /// What was wanted.
        what: &'static str,
        /// The groups.
        owners: String,
    },
}

/// Whether a caller may do something in a domain that these groups own. For what is not in a domain,
/// `domain_owners` is empty.
///
/// # Errors
/// Who may instead.
pub fn allowed(caller: &Caller, action: Action, domain_owners: &[String]) -> Result<(), Denied> {
    if caller.admin {
        return Ok(());
    }
    match action {
        Action::Read | Action::DecideApproval | Action::RequestShare => Ok(()),
        Action::CreateDomain
        | Action::DeleteDomain
        | Action::RunWorkflow
        | Action::CancelShare
        | Action::Operate => Err(Denied::NotAdmin(describe(action))),
        Action::UpdateDomain
        | Action::CreateProject
        | Action::UpdateProject
        | Action::DeleteProject
        | Action::CreateAsset
        | Action::UpdateAsset
        | Action::PublishAsset
        | Action::DeleteAsset
        | Action::PromoteProject
        | Action::Deploy
        | Action::CheckEnvironment
        | Action::Subscribe
        | Action::CancelSubscription
        | Action::RevokeSubscription
        | Action::RevokeShare
        | Action::CheckShare
        | Action::ChangePermissions => {
            if owns(caller, domain_owners) {
                return Ok(());
            }
            Err(Denied::NotOwner {
                what: describe(action),
                owners: domain_owners.join(", "),
            })
        }
    }
}

/// Whether a caller is in one of the groups that own a domain. An admin is not an owner by that.
pub fn owns(caller: &Caller, domain_owners: &[String]) -> bool {
    caller.groups.iter().any(|g| domain_owners.contains(g))
}

fn describe(action: Action) -> &'static str {
    match action {
        Action::Read => "read it",
        Action::CreateDomain => "create domains",
        Action::UpdateDomain => "change it",
        Action::DeleteDomain => "delete domains",
        Action::CreateProject => "create projects in it",
        Action::UpdateProject => "change its projects",
        Action::DeleteProject => "delete its projects",
        Action::CreateAsset => "create assets in it",
        Action::UpdateAsset => "change its assets",
        Action::PublishAsset => "publish its assets",
        Action::DeleteAsset => "delete its assets",
        Action::DecideApproval => "decide it",
        Action::PromoteProject => "promote its projects",
        Action::RunWorkflow => "run workflows",
        Action::Deploy => "deploy its projects",
        Action::CheckEnvironment => "have its environments checked",
        Action::Subscribe => "ask for access for its projects",
        Action::CancelSubscription => "cancel what another asked for its projects",
        Action::RevokeSubscription => "revoke what another asked for",
        Action::RequestShare => "ask for shares",
        Action::CancelShare => "cancel what another asked for",
        Action::RevokeShare => "revoke what another asked for",
        Action::CheckShare => "have its shares checked",
        Action::ChangePermissions => "change permissions in its account",
        Action::Operate => "see and steer the runtime",
    }
}

impl From<Denied> for Status {
    fn from(denied: Denied) -> Self {
        let reason = match denied {
            Denied::NotAdmin(_) => "NOT_ADMIN",
            Denied::NotOwner { .. } => "NOT_OWNER",
        };
        status::with_reason(Code::PermissionDenied, reason, denied.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(groups: &[&str]) -> Caller {
        Caller {
            user: "ann".to_owned(),
            groups: groups.iter().map(|&g| g.to_owned()).collect(),
            admin: groups.contains(&"admins"),
            ..Caller::default()
        }
    }

    #[test]
    fn who_may_do_what() {
        use Action::{
            CancelShare, CancelSubscription, ChangePermissions, CheckEnvironment, CheckShare,
            CreateAsset, CreateDomain, CreateProject, DecideApproval, DeleteAsset, DeleteDomain,
            DeleteProject, Deploy, Operate, PromoteProject, PublishAsset, Read, RequestShare,
            RevokeShare, RevokeSubscription, RunWorkflow, Subscribe, UpdateAsset, UpdateDomain,
            UpdateProject,
        };
        let owners = ["finance".to_owned(), "sales".to_owned()];
        // action, stranger, owner, admin
        let table = [
            (Read, true, true, true),
            (CreateDomain, false, false, true),
            (UpdateDomain, false, true, true),
            (DeleteDomain, false, false, true),
            (CreateProject, false, true, true),
            (UpdateProject, false, true, true),
            (DeleteProject, false, true, true),
            (CreateAsset, false, true, true),
            (UpdateAsset, false, true, true),
            (PublishAsset, false, true, true),
            (DeleteAsset, false, true, true),
            (DecideApproval, true, true, true),
            (PromoteProject, false, true, true),
            (RunWorkflow, false, false, true),
            (Deploy, false, true, true),
            (CheckEnvironment, false, true, true),
            (Subscribe, false, true, true),
            (CancelSubscription, false, true, true),
            (RevokeSubscription, false, true, true),
            (RequestShare, true, true, true),
            (CancelShare, false, false, true),
            (RevokeShare, false, true, true),
            (CheckShare, false, true, true),
            (ChangePermissions, false, true, true),
            (Operate, false, false, true),
        ];
        for (action, stranger, owner, admin) in table {
            for (groups, expected) in [
                (&["marketing"][..], stranger),
                (&[][..], stranger),
                (&["sales"][..], owner),
                (&["admins"][..], admin),
            ] {
                let result = allowed(&caller(groups), action, &owners);
                assert_eq!(result.is_ok(), expected, "{groups:?} {action:?}");
            }
        }
    }

    #[test]
    fn an_admin_owns_what_their_groups_own() {
        let owners = ["sales".to_owned()];
        assert!(owns(&caller(&["sales"]), &owners));
        assert!(!owns(&caller(&["admins"]), &owners));
    }

    #[test]
    fn nobody_owns_a_domain_without_owners() {
        let result = allowed(&caller(&["sales"]), Action::CreateProject, &[]);
        assert!(result.is_err());
    }

    #[test]
    fn a_refusal_says_who_may() {
        let owners = ["finance".to_owned()];
        let denied = allowed(&caller(&[]), Action::CreateProject, &owners);
        assert_eq!(
            denied.map_err(|d| d.to_string()),
            Err("only members of the domain's owner groups (finance) and admins may create projects in it".to_owned())
        );
    }
}
