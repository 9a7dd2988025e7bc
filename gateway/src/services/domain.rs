use datamesh_actors::Status as Life;
use datamesh_actors::domain::{Command, Create, DOMAINS, Delete, DomainRecord, Update};
use datamesh_proto::v1;
use datamesh_proto::v1::domain_service_server::DomainService;
use tonic::{Request, Response, Status};

use super::backend::{Backend, caller};
use super::failure::rejected;
use super::follow::{Watched, wait, watch};
use super::mask::Mask;
use super::page;
use super::record::Record;
use super::request_id::RequestId;
use crate::authz::{Action, allowed};

/// What of a domain can be changed.
const CHANGEABLE: [&str; 2] = ["description", "owner_groups"];

/// `datamesh.v1.DomainService`.
pub struct Domains(pub Backend);

#[tonic::async_trait]
impl DomainService for Domains {
    async fn create_domain(
        &self,
        request: Request<v1::CreateDomainRequest>,
    ) -> Result<Response<v1::Domain>, Status> {
        let (backend, caller) = (&self.0, caller(&request)?);
        let request = request.into_inner();
        allowed(&caller, Action::CreateDomain, &[])?;
        let request_id = RequestId::new(&caller, "CreateDomain", &request.request_id)?;
        let or_home = |given: String, home: &str| match given.as_str() {
            "" => home.to_owned(),
            _ => given,
        };
        let create = Create {
            domain_name: request.domain_name,
            description: request.description,
            owner_groups: request.owner_groups,
            aws_account_id: or_home(request.aws_account_id, &backend.home.account),
            region: or_home(request.region, &backend.home.region),
        };
        create.check().map_err(rejected)?;
        let id = request_id.new_id("dom-", &backend.runtime);
        // A repeat of a creation that was taken is not judged again by how things are now.
        let repeat = request_id.is_given() && backend.find::<DomainRecord>(&id).await?.is_some();
        if !repeat {
            let name = create.domain_name.as_str();
            backend
                .refuse_taken_name::<DomainRecord>(&id, name, &[("domainName", name)])
                .await?;
        }
        let changes = request.wait.then(|| backend.runtime.changes());
        let mut record: DomainRecord = backend
            .ask(&request_id, &id, Command::Create(create))
            .await?;
        if let Some(changes) = changes {
            record = wait(backend, changes, record, |r| r.status != Life::Creating).await?;
        }
        Ok(Response::new(record.into_message()))
    }

    async fn get_domain(
        &self,
        request: Request<v1::GetDomainRequest>,
    ) -> Result<Response<v1::Domain>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let record: DomainRecord = self.0.get(&request.into_inner().domain_id).await?;
        Ok(Response::new(record.into_message()))
    }

    async fn list_domains(
        &self,
        request: Request<v1::ListDomainsRequest>,
    ) -> Result<Response<v1::ListDomainsResponse>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(DOMAINS, request.page_size, request.page_token)?;
        let status = page::enum_filter("status", request.status, v1::domain::Status::as_str_name)?;
        page::filter(&mut query, "status", status);
        page::filter(&mut query, "domainName", request.domain_name);
        let (records, next_page_token) = self.0.list::<DomainRecord>(&query).await?;
        Ok(Response::new(v1::ListDomainsResponse {
            domains: records.into_iter().map(Record::into_message).collect(),
            next_page_token,
        }))
    }

    async fn update_domain(
        &self,
        request: Request<v1::UpdateDomainRequest>,
    ) -> Result<Response<v1::Domain>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "UpdateDomain", &request.request_id)?;
        let mask = Mask::new(request.update_mask.as_ref(), &CHANGEABLE)?;
        let none = request.owner_groups.is_empty();
        let update = Update {
            description: mask.optional("description", request.description),
            owner_groups: mask.repeated("owner_groups", request.owner_groups, none),
            etag: request.etag,
        };
        update.check().map_err(rejected)?;
        self.change(
            &request_id,
            Action::UpdateDomain,
            &request.domain_id,
            Command::Update(update),
            request.wait,
        )
        .await
    }

    async fn delete_domain(
        &self,
        request: Request<v1::DeleteDomainRequest>,
    ) -> Result<Response<v1::Domain>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "DeleteDomain", &request.request_id)?;
        let delete = Delete { etag: request.etag };
        self.change(
            &request_id,
            Action::DeleteDomain,
            &request.domain_id,
            Command::Delete(delete),
            request.wait,
        )
        .await
    }

    type WatchDomainStream = Watched<v1::Domain>;

    async fn watch_domain(
        &self,
        request: Request<v1::WatchDomainRequest>,
    ) -> Result<Response<Self::WatchDomainStream>, Status> {
        let caller = caller(&request)?;
        allowed(&caller, Action::Read, &[])?;
        let id = request.into_inner().domain_id;
        let stream = watch::<DomainRecord>(self.0.clone(), &caller, id).await?;
        Ok(Response::new(stream))
    }
}

impl Domains {
    async fn change(
        &self,
        request_id: &RequestId<'_>,
        action: Action,
        id: &str,
        command: Command,
        waits: bool,
    ) -> Result<Response<v1::Domain>, Status> {
        let backend = &self.0;
        backend
            .authorize::<DomainRecord>(request_id, action, id, |domain| &domain.domain_id)
            .await?;
        let changes = waits.then(|| backend.runtime.changes());
        let mut record: DomainRecord = backend.ask(request_id, id, command).await?;
        if let Some(changes) = changes {
            let ended = |r: &DomainRecord| !matches!(r.status, Life::Updating | Life::Deleting);
            record = wait(backend, changes, record, ended).await?;
        }
        Ok(Response::new(record.into_message()))
    }
}
