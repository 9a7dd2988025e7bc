//! `datamesh.v1.PermissionService`.

mod changes;
mod explain;
mod looked;
mod shown;
mod subject;
mod target;

use datamesh_actor::{Rejection, Violation};
use datamesh_actors::Person;
use datamesh_actors::access::Why;
use datamesh_actors::permission::{
    Command, Grant, PERMISSIONS, PermissionRecord, Revoke, permission_id,
};
use datamesh_proto::v1;
use datamesh_proto::v1::permission_service_server::PermissionService;
use tonic::{Request, Response, Status};

use super::access::millis;
use super::backend::{Backend, caller};
use super::failure::rejected;
use super::ledger::{change, may_change, status_name};
use super::page;
use super::request_id::RequestId;
use crate::authz::{Action, allowed};
use crate::status::invalid_field;

pub use target::filter_scope;

/// `datamesh.v1.PermissionService`.
pub struct Permissions(pub Backend);

#[tonic::async_trait]
impl PermissionService for Permissions {
    async fn grant_permission(
        &self,
        request: Request<v1::GrantPermissionRequest>,
    ) -> Result<Response<v1::GrantPermissionResponse>, Status> {
        let (backend, caller) = (&self.0, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "GrantPermission", &request.request_id)?;
        let target = target::target(request.target.unwrap_or_default(), &backend.home)?;
        may_change(backend, &request_id, &target.ledger.place()).await?;
        let by = Person::from(&*caller).name().to_owned();
        let grant = Grant {
            principal: request.principal,
            on: target.on,
            permissions: target::permissions("permissions", &request.permissions)?,
            grantable: target::permissions(
                "permissionsWithGrantOption",
                &request.permissions_with_grant_option,
            )?,
            filter: target.filter,
            opt_in: false,
            why: Why {
                requested_by: by.clone(),
                approved_by: by,
                reason: request.reason,
                agreement_id: String::new(),
                since_ms: 0,
                until_ms: request.valid_until.as_ref().map(millis),
            },
            dry_run: request.dry_run,
        };
        let ledger = target.ledger;
        // A repeat is answered as the first was, also when its end has passed meanwhile.
        let now_ms = match request_id.is_given() {
            true => i64::MIN,
            false => backend.runtime.clock().now_ms(),
        };
        grant.check(&ledger, now_ms).map_err(unfit)?;
        let id = (grant.on.first()).map(|on| permission_id(&ledger, &grant.principal, on));
        let id = id.ok_or_else(|| invalid_field("target", "is missing"))?;
        let before: Option<PermissionRecord> = backend.find(&id).await?;
        let changes = changes::to_put(backend, &ledger, &grant.wants(), before.as_ref()).await?;
        let (dry_run, principal) = (request.dry_run, grant.principal.clone());
        let planned = v1::Permission {
            permission_id: id.clone(),
            principal,
            ..v1::Permission::default()
        };
        let command = Command::Grant(Box::new(grant));
        change(
            backend,
            &request_id,
            &ledger,
            &id,
            command,
            request.wait && !dry_run,
        )
        .await?;
        Ok(Response::new(v1::GrantPermissionResponse {
            permission: Some(self.after(&id, planned).await?),
            changes,
            dry_run,
        }))
    }

    async fn revoke_permission(
        &self,
        request: Request<v1::RevokePermissionRequest>,
    ) -> Result<Response<v1::RevokePermissionResponse>, Status> {
        let (backend, caller) = (&self.0, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "RevokePermission", &request.request_id)?;
        let target = target::target(request.target.unwrap_or_default(), &backend.home)?;
        may_change(backend, &request_id, &target.ledger.place()).await?;
        let revoke = Revoke {
            principal: request.principal,
            on: target.on,
            permissions: target::permissions("permissions", &request.permissions)?,
            grantable: std::collections::BTreeSet::new(),
            dry_run: request.dry_run,
        };
        let ledger = target.ledger;
        revoke.check(&ledger).map_err(unfit)?;
        let id = (revoke.on.first()).map(|on| permission_id(&ledger, &revoke.principal, on));
        let id = id.ok_or_else(|| invalid_field("target", "is missing"))?;
        let before: Option<PermissionRecord> = backend.find(&id).await?;
        let changes = changes::to_take(&revoke.asked(), before.as_ref());
        let (dry_run, principal) = (request.dry_run, revoke.principal.clone());
        let planned = v1::Permission {
            permission_id: id.clone(),
            principal,
            ..v1::Permission::default()
        };
        let command = Command::Revoke(Box::new(revoke));
        change(
            backend,
            &request_id,
            &ledger,
            &id,
            command,
            request.wait && !dry_run,
        )
        .await?;
        Ok(Response::new(v1::RevokePermissionResponse {
            permission: Some(self.after(&id, planned).await?),
            changes,
            dry_run,
        }))
    }

    async fn get_permission(
        &self,
        request: Request<v1::GetPermissionRequest>,
    ) -> Result<Response<v1::Permission>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let record = self.0.get(&request.into_inner().permission_id).await?;
        Ok(Response::new(shown::shown(&self.0, record).await?))
    }

    async fn list_permissions(
        &self,
        request: Request<v1::ListPermissionsRequest>,
    ) -> Result<Response<v1::ListPermissionsResponse>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(PERMISSIONS, request.page_size, request.page_token)?;
        let status = page::enum_filter("status", request.status, |status| status_name(*status))?;
        page::filter(&mut query, "principal", request.principal);
        page::filter(&mut query, "account", request.account);
        page::filter(&mut query, "database", request.database);
        page::filter(&mut query, "table", request.table);
        page::filter(&mut query, "status", status);
        let (records, next_page_token) = self.0.list::<PermissionRecord>(&query).await?;
        let mut permissions = Vec::with_capacity(records.len());
        for record in records {
            permissions.push(shown::shown(&self.0, record).await?);
        }
        Ok(Response::new(v1::ListPermissionsResponse {
            permissions,
            next_page_token,
        }))
    }

    async fn get_access_explanation(
        &self,
        request: Request<v1::GetAccessExplanationRequest>,
    ) -> Result<Response<v1::AccessExplanation>, Status> {
        let caller = caller(&request)?;
        allowed(&caller, Action::Read, &[])?;
        let explanation = explain::explain(&self.0, &caller, request.into_inner()).await?;
        Ok(Response::new(explanation))
    }
}

impl Permissions {
    /// The permission as it is now; what is `planned` where nothing of it is known.
    async fn after(&self, id: &str, planned: v1::Permission) -> Result<v1::Permission, Status> {
        match self.0.find::<PermissionRecord>(id).await? {
            Some(record) => shown::shown(&self.0, record).await,
            None => Ok(planned),
        }
    }
}

/// What the ledger says is wrong, by the fields of the request.
fn unfit(rejection: Rejection) -> Status {
    let violations = rejection.violations.into_iter();
    let violations = violations.map(|violation| Violation {
        field: match violation.field.as_str() {
            "on" => "target",
            "grantable" => "permissionsWithGrantOption",
            "filter" => "target.scope",
            "until" => "validUntil",
            field => field,
        }
        .to_owned(),
        ..violation
    });
    rejected(Rejection::invalid(violations.collect()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::collections::BTreeSet;

    use datamesh_actors::access::{LedgerId, Object, Permission};

    use super::*;

    #[test]
    fn what_does_not_fit_is_said_of_the_requests_fields() {
        let ledger = LedgerId::parse("111122223333:eu-central-1:111122223333:sales").unwrap();
        let grant = |principal: &str, on: Object, permission| Grant {
            principal: principal.to_owned(),
            on: BTreeSet::from([on]),
            permissions: BTreeSet::from([permission]),
            grantable: BTreeSet::new(),
            filter: None,
            opt_in: false,
            why: Why::default(),
            dry_run: false,
        };
        let ann = "arn:aws:iam::111122223333:role/Ann";
        let table = [
            (
                grant(ann, Object::Database, Permission::Select),
                "permissions: SELECT cannot be given on database",
            ),
            (
                grant("ann", Object::Database, Permission::Describe),
                "principal: must be the ARN",
            ),
            (
                grant(
                    ann,
                    Object::Location("arn:aws:s3:::lake".to_owned()),
                    Permission::DataLocationAccess,
                ),
                "target: ",
            ),
        ];
        for (grant, expected) in table {
            let status = unfit(grant.check(&ledger, 0).unwrap_err());
            assert!(status.message().contains(expected), "{status}");
        }
    }
}
