//! `datamesh.v1.DeploymentService`.

mod blueprint;
mod check;
mod order;
mod record;

use std::time::Duration;

use datamesh_actors::Status as Life;
use datamesh_actors::deployment::{
    BLUEPRINTS, CheckKind, Command, DEPLOYED, DEPLOYMENTS, Delete, Deploy, Deployed,
    DeploymentRecord, ENVIRONMENTS, EnvironmentRecord, EnvironmentStatus, NAMES, Rollback,
    blueprint as find_blueprint, environment_id,
};
use datamesh_actors::project::ProjectRecord;
use datamesh_proto::v1;
use datamesh_proto::v1::deployment_service_server::DeploymentService;
use prost_types::Timestamp;
use tonic::{Code, Request, Response, Status};

use self::check::{About, passed, status};
use self::order::{Order, before, no_environment};
use super::backend::{Backend, caller};
use super::failure::{internal, rejected, unread};
use super::follow::{Watched, wait, watch};
use super::page;
use super::record::Record;
use super::request_id::RequestId;
use crate::authz::{Action, allowed};
use crate::status::{invalid_field, with_reason};

/// `datamesh.v1.DeploymentService`.
pub struct Deployments(pub Backend);

#[tonic::async_trait]
impl DeploymentService for Deployments {
    async fn create_deployment(
        &self,
        request: Request<v1::CreateDeploymentRequest>,
    ) -> Result<Response<v1::Deployment>, Status> {
        let (backend, caller) = (&self.0, caller(&request)?);
        let mut request = request.into_inner();
        let order = Order::new(&mut request)?;
        let request_id = RequestId::new(&caller, "CreateDeployment", &request.request_id)?;
        environment("targetEnvironment", &request.target_environment)?;
        let id = request_id.new_id("dep-", &backend.runtime);
        let project = self
            .authorize(&request_id, Action::Deploy, &request.project_id)
            .await?;
        let repeat = match request_id.is_given() {
            true => backend.find::<DeploymentRecord>(&id).await?,
            false => None,
        };
        // What the environment before runs may be another thing by now: a repeat must not ask for that.
        if let Some(record) = repeat
            && order.is_open()
        {
            return self.answer(&id, record, request.wait).await;
        }
        let order = self.complete(&request, order).await?;
        let deploy = Deploy {
            deployment_id: id.clone(),
            template: order.template,
            blueprint: order.blueprint,
            parameters: order.parameters,
            digest: request.digest,
            dry_run: request.dry_run,
            promotion_id: request.promotion_id,
        };
        deploy.check().map_err(rejected)?;
        if !matches!(project.status, Life::Active | Life::Updating) {
            return Err(with_reason(
                Code::FailedPrecondition,
                "PROJECT_NOT_READY",
                format!(
                    "the project {} is {}: it can be deployed when it is ACTIVE",
                    project.project_id,
                    project.status.as_str()
                ),
            ));
        }
        let actor = environment_id(&request.project_id, &request.target_environment);
        let command = Command::Deploy(deploy);
        let _: EnvironmentRecord = backend.ask(&request_id, &actor, command).await?;
        let record = backend.get::<DeploymentRecord>(&id).await?;
        self.answer(&id, record, request.wait).await
    }

    async fn get_deployment(
        &self,
        request: Request<v1::GetDeploymentRequest>,
    ) -> Result<Response<v1::Deployment>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let id = request.into_inner().deployment_id;
        let record: DeploymentRecord = self.0.get(&id).await?;
        Ok(Response::new(record.into_message()))
    }

    async fn list_deployments(
        &self,
        request: Request<v1::ListDeploymentsRequest>,
    ) -> Result<Response<v1::ListDeploymentsResponse>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(DEPLOYMENTS, request.page_size, request.page_token)?;
        let status = page::enum_filter(
            "status",
            request.status,
            v1::deployment::Status::as_str_name,
        )?;
        page::filter(&mut query, "projectId", request.project_id);
        page::filter(&mut query, "environment", request.environment);
        page::filter(&mut query, "status", status);
        query.from = place(request.start_time);
        query.until = place(request.end_time);
        query.descending = true;
        let (records, next_page_token) = self.0.list::<DeploymentRecord>(&query).await?;
        Ok(Response::new(v1::ListDeploymentsResponse {
            deployments: records.into_iter().map(Record::into_message).collect(),
            next_page_token,
        }))
    }

    type WatchDeploymentStream = Watched<v1::Deployment>;

    async fn watch_deployment(
        &self,
        request: Request<v1::WatchDeploymentRequest>,
    ) -> Result<Response<Self::WatchDeploymentStream>, Status> {
        let caller = caller(&request)?;
        allowed(&caller, Action::Read, &[])?;
        let id = request.into_inner().deployment_id;
        let stream = watch::<DeploymentRecord>(self.0.clone(), &caller, id).await?;
        Ok(Response::new(stream))
    }

    async fn rollback_deployment(
        &self,
        request: Request<v1::RollbackDeploymentRequest>,
    ) -> Result<Response<v1::Deployment>, Status> {
        let (backend, caller) = (&self.0, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "RollbackDeployment", &request.request_id)?;
        let undone: DeploymentRecord = backend.get(&request.deployment_id).await?;
        self.authorize(&request_id, Action::Deploy, &undone.project_id)
            .await?;
        let rollback = Rollback {
            deployment_id: request.deployment_id,
            new_id: request_id.new_id("dep-", &backend.runtime),
            reason: request.reason,
            promotion_id: request.promotion_id,
        };
        rollback.check().map_err(rejected)?;
        let (of, new_id) = (rollback.deployment_id.clone(), rollback.new_id.clone());
        let command = Command::Rollback(rollback);
        let actor = undone.environment_id;
        let reply: EnvironmentRecord = backend.ask(&request_id, &actor, command).await?;
        // It may be undone already, by a deployment of another id.
        let id = match reply.latest {
            Some(latest) if latest.rolls_back == of => latest.deployment_id,
            _ => new_id,
        };
        let record: DeploymentRecord = backend.get(&id).await?;
        self.answer(&id, record, request.wait).await
    }

    async fn get_environment(
        &self,
        request: Request<v1::GetEnvironmentRequest>,
    ) -> Result<Response<v1::Environment>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let id = environment_id(&request.project_id, &request.environment);
        let record: EnvironmentRecord = self.0.get(&id).await?;
        Ok(Response::new(record.into_message()))
    }

    async fn list_environments(
        &self,
        request: Request<v1::ListEnvironmentsRequest>,
    ) -> Result<Response<v1::ListEnvironmentsResponse>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(ENVIRONMENTS, request.page_size, request.page_token)?;
        page::filter(&mut query, "projectId", request.project_id);
        page::filter(&mut query, "environment", request.environment);
        let (records, next_page_token) = self.0.list::<EnvironmentRecord>(&query).await?;
        Ok(Response::new(v1::ListEnvironmentsResponse {
            environments: records.into_iter().map(Record::into_message).collect(),
            next_page_token,
        }))
    }

    async fn delete_environment(
        &self,
        request: Request<v1::DeleteEnvironmentRequest>,
    ) -> Result<Response<v1::Environment>, Status> {
        let (backend, caller) = (&self.0, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "DeleteEnvironment", &request.request_id)?;
        environment("environment", &request.environment)?;
        self.authorize(&request_id, Action::Deploy, &request.project_id)
            .await?;
        let id = environment_id(&request.project_id, &request.environment);
        let command = Command::Delete(Delete {
            deployment_id: request_id.new_id("dep-", &backend.runtime),
            etag: request.etag,
        });
        let changes = request.wait.then(|| backend.runtime.changes());
        let mut record: EnvironmentRecord = backend.ask(&request_id, &id, command).await?;
        if let Some(changes) = changes {
            let ended = |r: &EnvironmentRecord| r.status != EnvironmentStatus::Deleting;
            record = wait(backend, changes, record, ended).await?;
        }
        Ok(Response::new(record.into_message()))
    }

    async fn detect_drift(
        &self,
        request: Request<v1::DetectDriftRequest>,
    ) -> Result<Response<v1::DetectDriftResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "DetectDrift", &request.request_id)?;
        let about = About {
            project_id: &request.project_id,
            environment: &request.environment,
            kind: CheckKind::Drift,
            digest: String::new(),
        };
        let check = self.check(&request_id, about).await?;
        let status = if check.ended {
            "COMPLETED"
        } else {
            "IN_PROGRESS"
        };
        Ok(Response::new(v1::DetectDriftResponse {
            status: status.to_owned(),
            drift_status: check.drift_status.as_str().to_owned(),
            checks: check.into_message(),
            project_id: request.project_id,
            environment: request.environment,
        }))
    }

    async fn validate_environment(
        &self,
        request: Request<v1::ValidateEnvironmentRequest>,
    ) -> Result<Response<v1::ValidateEnvironmentResponse>, Status> {
        let caller = caller(&request)?;
        let mut request = request.into_inner();
        or(&mut request.environment, NAMES[0]);
        let request_id = RequestId::new(&caller, "ValidateEnvironment", &request.request_id)?;
        let about = About {
            project_id: &request.project_id,
            environment: &request.environment,
            kind: CheckKind::Validate,
            digest: request.digest,
        };
        let check = self.check(&request_id, about).await?;
        let check = passed(check, "VALIDATION_FAILED", "it cannot be promoted")?;
        let deployed = self
            .deployed(&request.project_id, &request.environment)
            .await?;
        Ok(Response::new(v1::ValidateEnvironmentResponse {
            project_id: request.project_id,
            environment: request.environment,
            status: status(&check),
            checks: check.into_message(),
            cfn_template: deployed.template,
            parameters: deployed.parameters.into_iter().collect(),
            digest: deployed.digest,
        }))
    }

    async fn run_tests(
        &self,
        request: Request<v1::RunTestsRequest>,
    ) -> Result<Response<v1::RunTestsResponse>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "RunTests", &request.request_id)?;
        let about = About {
            project_id: &request.project_id,
            environment: &request.environment,
            kind: CheckKind::Test,
            digest: String::new(),
        };
        let check = self.check(&request_id, about).await?;
        let check = passed(check, "TESTS_FAILED", "tests failed")?;
        Ok(Response::new(v1::RunTestsResponse {
            project_id: request.project_id,
            environment: request.environment,
            status: status(&check),
            checks: check.into_message(),
        }))
    }

    async fn verify_environment(
        &self,
        request: Request<v1::VerifyEnvironmentRequest>,
    ) -> Result<Response<v1::VerifyEnvironmentResponse>, Status> {
        let caller = caller(&request)?;
        let mut request = request.into_inner();
        or(&mut request.environment, NAMES[2]);
        let request_id = RequestId::new(&caller, "VerifyEnvironment", &request.request_id)?;
        let about = About {
            project_id: &request.project_id,
            environment: &request.environment,
            kind: CheckKind::Verify,
            digest: request.digest,
        };
        let check = self.check(&request_id, about).await?;
        let check = passed(
            check,
            "VERIFICATION_FAILED",
            "it does not run what was deployed",
        )?;
        Ok(Response::new(v1::VerifyEnvironmentResponse {
            project_id: request.project_id,
            environment: request.environment,
            status: status(&check),
            checks: check.into_message(),
        }))
    }

    async fn list_blueprints(
        &self,
        request: Request<v1::ListBlueprintsRequest>,
    ) -> Result<Response<v1::ListBlueprintsResponse>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let limit = page::limit(request.page_size)?;
        let rest: Vec<_> = BLUEPRINTS
            .iter()
            .filter(|blueprint| blueprint.name > request.page_token.as_str())
            .collect();
        let last = rest.get(limit - 1).filter(|_| rest.len() > limit);
        Ok(Response::new(v1::ListBlueprintsResponse {
            next_page_token: last.map(|last| last.name.to_owned()).unwrap_or_default(),
            blueprints: rest
                .iter()
                .take(limit)
                .map(|one| blueprint::shown(one, false))
                .collect(),
        }))
    }

    async fn get_blueprint(
        &self,
        request: Request<v1::GetBlueprintRequest>,
    ) -> Result<Response<v1::Blueprint>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let name = request.into_inner().name;
        match find_blueprint(&name) {
            Some(found) => Ok(Response::new(blueprint::shown(found, true))),
            None => Err(with_reason(
                Code::NotFound,
                "BLUEPRINT_NOT_FOUND",
                format!("there is no blueprint {name}"),
            )),
        }
    }
}

impl Deployments {
    /// Looks up the project that something is about, and whether the caller may.
    async fn authorize(
        &self,
        request_id: &RequestId<'_>,
        action: Action,
        project_id: &str,
    ) -> Result<ProjectRecord, Status> {
        if project_id.is_empty() {
            return Err(invalid_field("projectId", "is missing"));
        }
        let project: ProjectRecord = self.0.get(project_id).await?;
        let owners = self.0.owners(&project.domain_id).await?;
        allowed(request_id.caller(), action, &owners)?;
        Ok(project)
    }

    /// Fills in what a request leaves out.
    async fn complete(
        &self,
        request: &v1::CreateDeploymentRequest,
        order: Order,
    ) -> Result<Order, Status> {
        if !order.template.is_empty() && !order.blueprint.is_empty() {
            return Err(invalid_field(
                "blueprint",
                "give it or cfnTemplate, not both",
            ));
        }
        let open = order.is_open();
        let source = match before(&request.target_environment) {
            Ok(source) => source,
            Err(refusal) if open => return Err(refusal),
            Err(_) => return Ok(order),
        };
        match self.deployed(&request.project_id, source).await {
            Ok(deployed) => Ok(order.after(&deployed)),
            Err(refusal) if open => Err(refusal),
            Err(_) => Ok(order),
        }
    }

    /// What is deployed in an environment.
    async fn deployed(&self, project_id: &str, environment: &str) -> Result<Deployed, Status> {
        let id = environment_id(project_id, environment);
        let row = self.0.runtime.journal().view(DEPLOYED, &id).await;
        let row = row.map_err(unread)?.ok_or_else(|| {
            with_reason(
                Code::FailedPrecondition,
                "NOTHING_DEPLOYED",
                format!(
                    "nothing is deployed in {environment} of the project {project_id}: deploy there first"
                ),
            )
        })?;
        serde_json::from_str(row.doc.get()).map_err(|e| internal(&e))
    }

    /// Answers with a deployment, at its end if that is waited for.
    async fn answer(
        &self,
        id: &str,
        record: DeploymentRecord,
        waits: bool,
    ) -> Result<Response<v1::Deployment>, Status> {
        let backend = &self.0;
        if !waits {
            return Ok(Response::new(record.into_message()));
        }
        // Subscribed first and read then, so that no change falls between.
        let changes = backend.runtime.changes();
        let record: DeploymentRecord = backend.get(id).await?;
        let record = wait(backend, changes, record, DeploymentRecord::is_ended).await?;
        Ok(Response::new(record.into_message()))
    }
}

/// Refuses an environment that is none.
fn environment(field: &str, name: &str) -> Result<(), Status> {
    if NAMES.contains(&name) {
        Ok(())
    } else {
        Err(no_environment(field))
    }
}

fn or(text: &mut String, default: &str) {
    if text.is_empty() {
        default.clone_into(text);
    }
}

/// The place of a moment in a list that is sorted by time; empty for no moment.
fn place(time: Option<Timestamp>) -> String {
    let Some(time) = time else {
        return String::new();
    };
    let nanos = u64::try_from(time.nanos).unwrap_or_default();
    let since = u64::try_from(time.seconds)
        .map(|seconds| Duration::from_secs(seconds) + Duration::from_nanos(nanos));
    format!("{:015}", since.unwrap_or_default().as_millis())
}
