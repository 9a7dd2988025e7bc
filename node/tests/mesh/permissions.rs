use datamesh_proto::v1::lake_formation_service_server::LakeFormationService;
use datamesh_proto::v1::permission::Status;
use datamesh_proto::v1::permission_service_server::PermissionService;
use datamesh_proto::v1::*;
use tonic::{Code, Request};

use super::{Answer, ago, answer, not_found, refused};

pub struct Permissions;

const ID: &str = "perm-ann22222222222222222";
const LAKE: &str = "lake-level222222222222222";
const ANN: &str = "arn:aws:iam::111122223333:role/Ann";

fn holder(holder: &str, agreement_id: &str) -> PermissionHolder {
    PermissionHolder {
        holder: holder.into(),
        agreement_id: agreement_id.into(),
        requested_by: "ada@example.com".into(),
        approved_by: "ben@example.com".into(),
        reason: "a report".into(),
        since: ago(3_600),
        until: ago(-86_400),
    }
}

fn permission(status: Status) -> Permission {
    Permission {
        permission_id: ID.into(),
        principal: ANN.into(),
        target: Some(PermissionTarget {
            account: "111122223333".into(),
            region: "eu-central-1".into(),
            database: "sales".into(),
            table: "orders".into(),
            scope: Some(AccessScope {
                columns: vec!["id".into(), "total".into()],
                ..Default::default()
            }),
            ..Default::default()
        }),
        permissions: vec!["SELECT".into()],
        status: status as i32,
        holders: vec![holder(ID, "")],
        updated_at: ago(30),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl PermissionService for Permissions {
    async fn grant_permission(
        &self,
        request: Request<GrantPermissionRequest>,
    ) -> Answer<GrantPermissionResponse> {
        let request = request.into_inner();
        let columns = ["id", "total"];
        answer(GrantPermissionResponse {
            permission: Some(permission(Status::InForce)),
            changes: columns
                .map(|column| format!("SELECT on table orders, column {column} to {ANN}"))
                .to_vec(),
            dry_run: request.dry_run,
        })
    }

    async fn revoke_permission(
        &self,
        request: Request<RevokePermissionRequest>,
    ) -> Answer<RevokePermissionResponse> {
        let request = request.into_inner();
        if request.target.is_some_and(|target| target.table == "*") {
            return refused(
                Code::FailedPrecondition,
                "it is needed by share-1: revoke there, and it goes with the last of them",
            );
        }
        answer(RevokePermissionResponse {
            permission: Some(Permission {
                holders: Vec::new(),
                ..permission(Status::Taken)
            }),
            changes: vec![format!("SELECT on table orders, column id to {ANN}")],
            dry_run: request.dry_run,
        })
    }

    async fn get_permission(&self, request: Request<GetPermissionRequest>) -> Answer<Permission> {
        match request.into_inner().permission_id.as_str() {
            ID => answer(permission(Status::InForce)),
            id => not_found(&format!("permission {id}")),
        }
    }

    async fn list_permissions(
        &self,
        request: Request<ListPermissionsRequest>,
    ) -> Answer<ListPermissionsResponse> {
        let shared = Permission {
            permission_id: "perm-account2222222222222".into(),
            principal: "444455556666".into(),
            permissions: vec!["SELECT".into(), "DESCRIBE".into()],
            permissions_with_grant_option: vec!["SELECT".into()],
            status: Status::Missing as i32,
            status_reason: "MISSING: some of it was taken away by hand: repair puts it again"
                .into(),
            holders: vec![holder("share-1", "sub-1")],
            ..permission(Status::InForce)
        };
        let permissions = match request.into_inner().database.as_str() {
            "empty" => vec![],
            _ => vec![permission(Status::InForce), shared],
        };
        answer(ListPermissionsResponse {
            permissions,
            next_page_token: String::new(),
        })
    }

    async fn get_access_explanation(
        &self,
        request: Request<GetAccessExplanationRequest>,
    ) -> Answer<AccessExplanation> {
        let request = request.into_inner();
        let asked = AccessExplanation {
            principal: request.principal.clone(),
            table: "sales.orders".into(),
            account: "111122223333".into(),
            seen_at: ago(1),
            ..Default::default()
        };
        if request.principal != ANN {
            return answer(AccessExplanation {
                hidden_columns: vec!["id".into(), "total".into(), "email".into()],
                missing: vec![format!(
                    "{} has no SELECT on table orders in account 111122223333: ask for a \
                     subscription, or have an owner grant it",
                    request.principal
                )],
                ..asked
            });
        }
        answer(AccessExplanation {
            can_read: true,
            readable_columns: vec!["id".into(), "total".into()],
            hidden_columns: vec!["email".into()],
            row_filters: vec!["country = 'IT'".into()],
            paths: vec![AccessPath {
                via: "FILTER".into(),
                detail: "SELECT on table orders, filter italy".into(),
                since: ago(3_600),
                until: ago(-86_400),
                approved_by: "ben@example.com".into(),
                agreement_id: "sub-1".into(),
            }],
            missing: vec!["no way leads to email: ask for SELECT on it of table orders".into()],
            ..asked
        })
    }
}

fn resource(status: Status) -> LakeResource {
    LakeResource {
        resource_id: LAKE.into(),
        spec: Some(LakeSpec {
            account: "111122223333".into(),
            region: "eu-central-1".into(),
            kind: Some(lake_spec::Kind::TagKey(LakeTagKey {
                key: "level".into(),
                values: vec!["open".into(), "secret".into()],
            })),
        }),
        status: status as i32,
        holders: vec![holder(LAKE, "")],
        updated_at: ago(30),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl LakeFormationService for Permissions {
    async fn put_lake_resource(
        &self,
        request: Request<PutLakeResourceRequest>,
    ) -> Answer<LakeResource> {
        let request = request.into_inner();
        let spec = request.spec.unwrap_or_default();
        let status = match request.wait {
            true => Status::InForce,
            false => Status::Putting,
        };
        answer(LakeResource {
            spec: Some(LakeSpec {
                account: "111122223333".into(),
                region: "eu-central-1".into(),
                ..spec
            }),
            ..resource(status)
        })
    }

    async fn get_lake_resource(
        &self,
        request: Request<GetLakeResourceRequest>,
    ) -> Answer<LakeResource> {
        match request.into_inner().resource_id.as_str() {
            LAKE => answer(resource(Status::InForce)),
            id => not_found(&format!("resource {id}")),
        }
    }

    async fn list_lake_resources(
        &self,
        request: Request<ListLakeResourcesRequest>,
    ) -> Answer<ListLakeResourcesResponse> {
        let resources = match request.into_inner().kind.as_str() {
            "link" => vec![],
            _ => vec![resource(Status::InForce)],
        };
        answer(ListLakeResourcesResponse {
            resources,
            next_page_token: String::new(),
        })
    }

    async fn delete_lake_resource(
        &self,
        _: Request<DeleteLakeResourceRequest>,
    ) -> Answer<LakeResource> {
        answer(LakeResource {
            holders: Vec::new(),
            ..resource(Status::Taken)
        })
    }
}
