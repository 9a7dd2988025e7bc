//! AWS Resource Access Manager: shares, who and what is in them, and invitations.
//!
//! Inside an organization that shares (`EnableSharingWithAwsOrganization`) a principal is in a share
//! at once; outside it, once it has accepted its invitation, which lapses after 12 hours (Lake
//! Formation's shares) or 7 days. What RAM does after its answer takes
//! [`LocalCloud::set_sharing_delay`](crate::LocalCloud::set_sharing_delay) of the cloud's clock.
//! Every status is derived when it is asked for: see `standing`. What has ended is shown for two
//! more hours.
//!
//! Lake Formation makes and deletes shares of its own: see [`lake_formation`]. Whether a resource
//! exists is not asked, and managed permissions are listed, but not evaluated.
//!
//! Documents: in the owner's scope `ram.shares` by id; `ram.principals` and `ram.resources` by
//! `share/entity`, and under `ram.ended_…` those that have ended; `ram.lake_formation`. In the
//! receiver's scope `ram.invitations` by id and `ram.received`. In the caller's `ram.tokens`.

mod admit;
mod associate;
mod association;
mod catalogue;
mod consumer;
mod create_resource_share;
mod delete_resource_share;
mod enable_sharing;
mod error;
mod get_associations;
mod get_resource_shares;
mod idempotency;
mod invitation;
mod invitations;
pub(crate) mod lake_formation;
mod list_principals;
mod list_resources;
mod page;
mod received;
mod resource;
mod share;
mod standing;
mod update_resource_share;

use http::request::Parts;

pub(crate) use consumer::Consumer;

use crate::error::ServiceError;
use crate::protocol::Protocol;
use crate::protocol::rest_json::{self, Route};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;

pub(crate) struct Ram;

const ROUTES: &[Route] = &[
    Route::new("POST", "/createresourceshare", "CreateResourceShare"),
    Route::new("POST", "/updateresourceshare", "UpdateResourceShare"),
    Route::new("DELETE", "/deleteresourceshare", "DeleteResourceShare"),
    Route::new("POST", "/associateresourceshare", "AssociateResourceShare"),
    Route::new(
        "POST",
        "/disassociateresourceshare",
        "DisassociateResourceShare",
    ),
    Route::new("POST", "/getresourceshares", "GetResourceShares"),
    Route::new(
        "POST",
        "/getresourceshareassociations",
        "GetResourceShareAssociations",
    ),
    Route::new(
        "POST",
        "/getresourceshareinvitations",
        "GetResourceShareInvitations",
    ),
    Route::new(
        "POST",
        "/acceptresourceshareinvitation",
        "AcceptResourceShareInvitation",
    ),
    Route::new(
        "POST",
        "/rejectresourceshareinvitation",
        "RejectResourceShareInvitation",
    ),
    Route::new(
        "POST",
        "/listpendinginvitationresources",
        "ListPendingInvitationResources",
    ),
    Route::new("POST", "/listresources", "ListResources"),
    Route::new("POST", "/listprincipals", "ListPrincipals"),
    Route::new("POST", "/listpermissions", "ListPermissions"),
    Route::new("POST", "/listresourcetypes", "ListResourceTypes"),
    Route::new(
        "POST",
        "/enablesharingwithawsorganization",
        "EnableSharingWithAwsOrganization",
    ),
];

/// Calls an operation with its input from query and body, and writes its output.
macro_rules! answer {
    ($operation:expr, $call:expr, $tx:expr) => {
        rest_json::write(
            200,
            &$operation(rest_json::read($call, ROUTES)?, $call, $tx)?,
        )
    };
}

impl Service for Ram {
    fn name(&self) -> &'static str {
        "ram"
    }

    fn protocol(&self) -> Protocol {
        Protocol::RestJson
    }

    fn operation(&self, request: &Parts, _body: &[u8]) -> Option<String> {
        rest_json::resolve(ROUTES, &request.method, request.uri.path())
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "CreateResourceShare" => {
                answer!(create_resource_share::create_resource_share, call, tx)
            }
            "UpdateResourceShare" => {
                answer!(update_resource_share::update_resource_share, call, tx)
            }
            "DeleteResourceShare" => {
                answer!(delete_resource_share::delete_resource_share, call, tx)
            }
            "AssociateResourceShare" => answer!(associate::associate, call, tx),
            "DisassociateResourceShare" => answer!(associate::disassociate, call, tx),
            "GetResourceShares" => answer!(get_resource_shares::get_resource_shares, call, tx),
            "GetResourceShareAssociations" => {
                answer!(get_associations::get_associations, call, tx)
            }
            "GetResourceShareInvitations" => answer!(invitations::get, call, tx),
            "AcceptResourceShareInvitation" => answer!(invitations::accept, call, tx),
            "RejectResourceShareInvitation" => answer!(invitations::reject, call, tx),
            "ListPendingInvitationResources" => answer!(invitations::list_resources, call, tx),
            "ListResources" => answer!(list_resources::list_resources, call, tx),
            "ListPrincipals" => answer!(list_principals::list_principals, call, tx),
            "ListPermissions" => answer!(catalogue::list_permissions, call, tx),
            "ListResourceTypes" => answer!(catalogue::list_resource_types, call, tx),
            "EnableSharingWithAwsOrganization" => {
                answer!(enable_sharing::enable_sharing, call, tx)
            }
            _ => Err(call.unknown_operation()),
        }
    }

    fn throttled(&self) -> ServiceError {
        ServiceError::new(429, "ThrottlingException", "Rate exceeded")
    }
}
