use datamesh_proto::v1::project::{SetupStatus, Status};
use datamesh_proto::v1::project_service_server::ProjectService;
use datamesh_proto::v1::*;
use tonic::{Code, Request};

use super::domains::{AVIATION, CLIMATE};
use super::{Answer, States, ago, answer, not_found, refused, states};

pub struct Projects;

pub const NETWORK: &str = "proj-network222222222";

fn project(id: &str, domain: &str, name: &str, status: Status, setup: SetupStatus) -> Project {
    Project {
        project_id: id.into(),
        domain_id: domain.into(),
        project_name: name.into(),
        description: String::new(),
        status: status as i32,
        setup_status: setup as i32,
        s3_location: match setup {
            SetupStatus::Completed => format!("s3://data-lake-aviation/projects/{id}/"),
            _ => String::new(),
        },
        created_by: "ada".into(),
        created_at: ago(3_700),
        updated_at: ago(30),
        etag: "5".into(),
        ..Default::default()
    }
}

fn network(status: Status, setup: SetupStatus) -> Project {
    project(NETWORK, AVIATION, "network", status, setup)
}

#[tonic::async_trait]
impl ProjectService for Projects {
    type WatchProjectStream = States<Project>;

    async fn create_project(&self, _: Request<CreateProjectRequest>) -> Answer<Project> {
        answer(network(Status::Creating, SetupStatus::Pending))
    }

    async fn get_project(&self, request: Request<GetProjectRequest>) -> Answer<Project> {
        match request.into_inner().project_id.as_str() {
            NETWORK => answer(network(Status::Active, SetupStatus::Completed)),
            other => not_found(&format!("project `{other}`")),
        }
    }

    async fn list_projects(
        &self,
        request: Request<ListProjectsRequest>,
    ) -> Answer<ListProjectsResponse> {
        let request = request.into_inner();
        let all = [
            network(Status::Active, SetupStatus::Completed),
            project(
                "proj-shared444444444",
                AVIATION,
                "shared",
                Status::Active,
                SetupStatus::Running,
            ),
            project(
                "proj-shared555555555",
                CLIMATE,
                "shared",
                Status::Failed,
                SetupStatus::Pending,
            ),
        ];
        answer(ListProjectsResponse {
            projects: all
                .into_iter()
                .filter(|p| request.domain_id.is_empty() || p.domain_id == request.domain_id)
                .filter(|p| {
                    request.project_name.is_empty() || p.project_name == request.project_name
                })
                .collect(),
            next_page_token: String::new(),
        })
    }

    async fn update_project(&self, _: Request<UpdateProjectRequest>) -> Answer<Project> {
        refused(
            Code::PermissionDenied,
            "only `aviation-data` and admins may change this project",
        )
    }

    async fn delete_project(&self, _: Request<DeleteProjectRequest>) -> Answer<Project> {
        refused(Code::Unavailable, "the shard is busy")
    }

    async fn watch_project(
        &self,
        _: Request<WatchProjectRequest>,
    ) -> Answer<Self::WatchProjectStream> {
        states(vec![
            network(Status::Active, SetupStatus::Pending),
            network(Status::Active, SetupStatus::Running),
            network(Status::Active, SetupStatus::Completed),
        ])
    }
}
