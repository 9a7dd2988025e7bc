//! `datamesh.v1.LakeFormationService`.

mod spec;

use datamesh_actor::{Rejection, Violation};
use datamesh_actors::Person;
use datamesh_actors::access::Why;
use datamesh_actors::permission::{
    Command, Keep, LAKE_RESOURCES, Ledger, LetGo, ResourceRecord, resource_id,
};
use datamesh_proto::v1;
use datamesh_proto::v1::lake_formation_service_server::LakeFormationService;
use tonic::{Request, Response, Status};

use super::backend::{Backend, caller};
use super::failure::rejected;
use super::json::timestamp;
use super::ledger::{self, change, may_change};
use super::page;
use super::record::Record;
use super::request_id::RequestId;
use crate::authz::{Action, allowed};
use crate::status::invalid_field;

/// The kinds of resources, as a list is filtered by them.
const KINDS: [&str; 8] = [
    "location",
    "administrator",
    "crossAccountVersion",
    "tagKey",
    "tag",
    "filter",
    "optIn",
    "link",
];

/// `datamesh.v1.LakeFormationService`.
pub struct LakeResources(pub Backend);

#[tonic::async_trait]
impl LakeFormationService for LakeResources {
    async fn put_lake_resource(
        &self,
        request: Request<v1::PutLakeResourceRequest>,
    ) -> Result<Response<v1::LakeResource>, Status> {
        let (backend, caller) = (&self.0, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "PutLakeResource", &request.request_id)?;
        let (ledger, thing) = spec::thing(request.spec.unwrap_or_default(), &backend.home)?;
        may_change(backend, &request_id, &ledger.place()).await?;
        let id = resource_id(&ledger, &thing.key());
        let by = Person::from(&*caller).name().to_owned();
        let keep = Keep {
            thing,
            why: Why {
                requested_by: by.clone(),
                approved_by: by,
                reason: request.reason,
                ..Why::default()
            },
        };
        keep.check(&ledger).map_err(unfit)?;
        let command = Command::Keep(Box::new(keep));
        change(backend, &request_id, &ledger, &id, command, request.wait).await?;
        let record: ResourceRecord = backend.get(&id).await?;
        Ok(Response::new(record.into_message()))
    }

    async fn get_lake_resource(
        &self,
        request: Request<v1::GetLakeResourceRequest>,
    ) -> Result<Response<v1::LakeResource>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let record: ResourceRecord = self.0.get(&request.into_inner().resource_id).await?;
        Ok(Response::new(record.into_message()))
    }

    async fn list_lake_resources(
        &self,
        request: Request<v1::ListLakeResourcesRequest>,
    ) -> Result<Response<v1::ListLakeResourcesResponse>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(LAKE_RESOURCES, request.page_size, request.page_token)?;
        if !request.kind.is_empty() && !KINDS.contains(&request.kind.as_str()) {
            let rule = format!("must be one of {}", KINDS.join(", "));
            return Err(invalid_field("kind", rule));
        }
        page::filter(&mut query, "account", request.account);
        page::filter(&mut query, "kind", request.kind);
        page::filter(&mut query, "database", request.database);
        let (records, next_page_token) = self.0.list::<ResourceRecord>(&query).await?;
        Ok(Response::new(v1::ListLakeResourcesResponse {
            resources: records.into_iter().map(Record::into_message).collect(),
            next_page_token,
        }))
    }

    async fn delete_lake_resource(
        &self,
        request: Request<v1::DeleteLakeResourceRequest>,
    ) -> Result<Response<v1::LakeResource>, Status> {
        let (backend, caller) = (&self.0, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "DeleteLakeResource", &request.request_id)?;
        let id = request.resource_id;
        let record: ResourceRecord = backend.get(&id).await?;
        may_change(backend, &request_id, &record.ledger.place()).await?;
        let command = Command::LetGo(LetGo {
            key: record.thing.key(),
            reason: request.reason,
        });
        change(
            backend,
            &request_id,
            &record.ledger,
            &id,
            command,
            request.wait,
        )
        .await?;
        let record: ResourceRecord = backend.get(&id).await?;
        Ok(Response::new(record.into_message()))
    }
}

impl Record for ResourceRecord {
    type Actor = Ledger;
    type Message = v1::LakeResource;
    const COLLECTION: &'static str = LAKE_RESOURCES;
    const NOUN: &'static str = "resource";
    const NOT_FOUND: &'static str = "LAKE_RESOURCE_NOT_FOUND";

    fn id(&self) -> &str {
        &self.resource_id
    }

    fn into_message(self) -> v1::LakeResource {
        v1::LakeResource {
            resource_id: self.resource_id,
            spec: Some(spec::shown(self.ledger, self.thing)),
            status: ledger::status(self.status).into(),
            status_reason: self.status_reason,
            holders: self.holders.into_iter().map(ledger::holder).collect(),
            updated_at: Some(timestamp(self.updated_ms)),
        }
    }
}

/// What the ledger says is wrong, by the fields of the request.
fn unfit(rejection: Rejection) -> Status {
    let violations = rejection.violations.into_iter();
    let violations = violations.map(|violation| Violation {
        field: format!("spec.{}", violation.field),
        ..violation
    });
    rejected(Rejection::invalid(violations.collect()))
}

#[cfg(test)]
mod tests {
    use datamesh_actors::access::Thing;
    use datamesh_actors::permission::kind_of;

    use super::*;

    #[test]
    fn the_kinds_that_are_filtered_by_are_those_of_the_list() {
        let sharing = Thing::Sharing { version: 3 };
        let admin = Thing::Admin {
            principal: "ann".to_owned(),
        };
        for thing in [sharing, admin] {
            assert!(KINDS.contains(&kind_of(&thing)), "{thing}");
        }
    }
}
