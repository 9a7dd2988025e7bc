use datamesh_actors::Status as Life;
use datamesh_actors::domain::DomainRecord;
use datamesh_actors::project::{
    Command, Create, Delete, PROJECTS, ProjectRecord, SetupStatus, Update,
};
use datamesh_proto::v1;
use datamesh_proto::v1::project_service_server::ProjectService;
use tonic::{Code, Request, Response, Status};

use super::backend::{Backend, caller, not_found};
use super::failure::rejected;
use super::follow::{Watched, wait, watch};
use super::mask::Mask;
use super::page;
use super::record::Record;
use super::request_id::RequestId;
use crate::authz::{Action, allowed};
use crate::status::with_reason;

/// What of a project can be changed.
const CHANGEABLE: [&str; 2] = ["project_name", "description"];

/// `datamesh.v1.ProjectService`.
pub struct Projects(pub Backend);

#[tonic::async_trait]
impl ProjectService for Projects {
    async fn create_project(
        &self,
        request: Request<v1::CreateProjectRequest>,
    ) -> Result<Response<v1::Project>, Status> {
        let (backend, caller) = (&self.0, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "CreateProject", &request.request_id)?;
        let create = Create {
            domain_id: request.domain_id,
            project_name: request.project_name,
            description: request.description,
        };
        create.check().map_err(rejected)?;
        let id = request_id.new_id("proj-", &backend.runtime);
        self.admit(&request_id, &id, &create).await?;
        let changes = request.wait.then(|| backend.runtime.changes());
        let command = Command::Create(create);
        let mut record: ProjectRecord = backend.ask(&request_id, &id, command).await?;
        if let Some(changes) = changes {
            record = wait(backend, changes, record, is_made).await?;
        }
        Ok(Response::new(record.into_message()))
    }

    async fn get_project(
        &self,
        request: Request<v1::GetProjectRequest>,
    ) -> Result<Response<v1::Project>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let record: ProjectRecord = self.0.get(&request.into_inner().project_id).await?;
        Ok(Response::new(record.into_message()))
    }

    async fn list_projects(
        &self,
        request: Request<v1::ListProjectsRequest>,
    ) -> Result<Response<v1::ListProjectsResponse>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(PROJECTS, request.page_size, request.page_token)?;
        let status = page::enum_filter("status", request.status, v1::project::Status::as_str_name)?;
        page::filter(&mut query, "domainId", request.domain_id);
        page::filter(&mut query, "status", status);
        page::filter(&mut query, "projectName", request.project_name);
        let (records, next_page_token) = self.0.list::<ProjectRecord>(&query).await?;
        Ok(Response::new(v1::ListProjectsResponse {
            projects: records.into_iter().map(Record::into_message).collect(),
            next_page_token,
        }))
    }

    async fn update_project(
        &self,
        request: Request<v1::UpdateProjectRequest>,
    ) -> Result<Response<v1::Project>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "UpdateProject", &request.request_id)?;
        let mask = Mask::new(request.update_mask.as_ref(), &CHANGEABLE)?;
        let update = Update {
            project_name: mask.optional("project_name", request.project_name),
            description: mask.optional("description", request.description),
            etag: request.etag,
        };
        update.check().map_err(rejected)?;
        self.change(
            &request_id,
            Action::UpdateProject,
            &request.project_id,
            Command::Update(update),
            request.wait,
        )
        .await
    }

    async fn delete_project(
        &self,
        request: Request<v1::DeleteProjectRequest>,
    ) -> Result<Response<v1::Project>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "DeleteProject", &request.request_id)?;
        let delete = Delete { etag: request.etag };
        self.change(
            &request_id,
            Action::DeleteProject,
            &request.project_id,
            Command::Delete(delete),
            request.wait,
        )
        .await
    }

    type WatchProjectStream = Watched<v1::Project>;

    async fn watch_project(
        &self,
        request: Request<v1::WatchProjectRequest>,
    ) -> Result<Response<Self::WatchProjectStream>, Status> {
        let caller = caller(&request)?;
        allowed(&caller, Action::Read, &[])?;
        let id = request.into_inner().project_id;
        let stream = watch::<ProjectRecord>(self.0.clone(), &caller, id).await?;
        Ok(Response::new(stream))
    }
}

impl Projects {
    /// Whether the caller may create it, and it could be made as things are. A repeat of a creation that
    /// was taken is not judged again by how things are now.
    async fn admit(
        &self,
        request_id: &RequestId<'_>,
        id: &str,
        create: &Create,
    ) -> Result<(), Status> {
        let backend = &self.0;
        let repeat = request_id.is_given() && backend.find::<ProjectRecord>(id).await?.is_some();
        let Some(domain) = backend.find::<DomainRecord>(&create.domain_id).await? else {
            return Err(not_found::<DomainRecord>(&create.domain_id));
        };
        allowed(
            request_id.caller(),
            Action::CreateProject,
            &domain.owner_groups,
        )?;
        if repeat {
            return Ok(());
        }
        if !matches!(domain.status, Life::Active | Life::Updating) {
            return Err(with_reason(
                Code::FailedPrecondition,
                "DOMAIN_NOT_READY",
                format!(
                    "the domain {} is {}: projects can be created when it is ACTIVE",
                    domain.domain_id,
                    domain.status.as_str()
                ),
            ));
        }
        let name = create.project_name.as_str();
        let filters = [
            ("domainId", domain.domain_id.as_str()),
            ("projectName", name),
        ];
        backend
            .refuse_taken_name::<ProjectRecord>(id, name, &filters)
            .await
    }

    async fn change(
        &self,
        request_id: &RequestId<'_>,
        action: Action,
        id: &str,
        command: Command,
        waits: bool,
    ) -> Result<Response<v1::Project>, Status> {
        let backend = &self.0;
        backend
            .authorize::<ProjectRecord>(request_id, action, id, |project| &project.domain_id)
            .await?;
        let changes = waits.then(|| backend.runtime.changes());
        let mut record: ProjectRecord = backend.ask(request_id, id, command).await?;
        if let Some(changes) = changes {
            let ended = |r: &ProjectRecord| !matches!(r.status, Life::Updating | Life::Deleting);
            record = wait(backend, changes, record, ended).await?;
        }
        Ok(Response::new(record.into_message()))
    }
}

/// Whether a creation has reached its end, set-up included.
fn is_made(project: &ProjectRecord) -> bool {
    match project.status {
        Life::Creating => false,
        Life::Active => project.setup_status == SetupStatus::Completed,
        Life::Updating | Life::Deleting | Life::Deleted | Life::Failed => true,
    }
}
