//! `datamesh.v1.PromotionService`.

mod shown;

use std::sync::Arc;

use datamesh_actors::deployment::{ENVIRONMENTS, EnvironmentRecord, environment_id};
use datamesh_actors::project::ProjectRecord;
use datamesh_actors::promotion::{
    Cancel, Command, Create, PROMOTIONS, PromotionRecord, RUNNING, running,
};
use datamesh_actors::workflow::{PROMOTION, Workflows};
use datamesh_actors::{Person, Status as Life};
use datamesh_journal::ViewQuery;
use datamesh_proto::v1;
use datamesh_proto::v1::promotion_service_server::PromotionService;
use tonic::{Code, Request, Response, Status};

use super::backend::{Backend, caller};
use super::failure::{internal, rejected, unread};
use super::follow::{Watched, wait, watch};
use super::page;
use super::record::Record;
use super::request_id::RequestId;
use crate::authz::{Action, allowed};
use crate::status::with_reason;

/// `datamesh.v1.PromotionService`.
pub struct Promotions {
    /// The way to the actors.
    pub backend: Backend,
    /// The workflows: one of them promotes.
    pub workflows: Arc<Workflows>,
}

#[tonic::async_trait]
impl PromotionService for Promotions {
    async fn create_promotion(
        &self,
        request: Request<v1::CreatePromotionRequest>,
    ) -> Result<Response<v1::Promotion>, Status> {
        let (backend, caller) = (&self.backend, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "CreatePromotion", &request.request_id)?;
        let id = request_id.new_id("prom-req-", &backend.runtime);
        let earlier = match request_id.is_given() {
            true => backend.find::<PromotionRecord>(&id).await?,
            false => None,
        };
        let project: ProjectRecord = backend.get(&request.project_id).await?;
        let owners = backend.owners(&project.domain_id).await?;
        allowed(&caller, Action::PromoteProject, &owners)?;
        let target = match (request.target_environment.as_str(), &earlier) {
            ("", Some(earlier)) => earlier.target_environment.clone(),
            ("", None) => self.target(&project.project_id).await?,
            (named, _) => named.to_owned(),
        };
        let (document, workflow_digest) = self.document()?;
        let create = Create {
            project_id: request.project_id,
            project_name: project.project_name.clone(),
            target_environment: target,
            parameters: request.parameters.into_iter().collect(),
            comment: request.comment,
            requested_by: Person::from(&*caller),
            approval: serde_json::Value::Null,
            document,
            workflow_digest,
        };
        create.check().map_err(rejected)?;
        let changes = request.wait.then(|| backend.runtime.changes());
        let mut record = match earlier {
            // A repeat is not judged again by how things are now, nor by another document.
            Some(earlier) if same(&earlier, &create) => earlier,
            earlier => {
                if earlier.is_none() {
                    self.admit(&project, &create).await?;
                }
                let command = Command::Create(create);
                backend.ask(&request_id, &id, command).await?
            }
        };
        if let Some(changes) = changes {
            let ended = |record: &PromotionRecord| record.status.is_ended();
            record = wait(backend, changes, record, ended).await?;
        }
        Ok(Response::new(record.into_message()))
    }

    async fn get_promotion(
        &self,
        request: Request<v1::GetPromotionRequest>,
    ) -> Result<Response<v1::Promotion>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let id = request.into_inner().promotion_id;
        let record: PromotionRecord = self.backend.get(&id).await?;
        Ok(Response::new(record.into_message()))
    }

    async fn list_promotions(
        &self,
        request: Request<v1::ListPromotionsRequest>,
    ) -> Result<Response<v1::ListPromotionsResponse>, Status> {
        use v1::promotion::Status as Shown;

        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(PROMOTIONS, request.page_size, request.page_token)?;
        query.descending = true;
        let status = page::enum_filter("status", request.status, Shown::as_str_name)?;
        page::filter(&mut query, "projectId", request.project_id);
        page::filter(&mut query, "status", status);
        page::filter(&mut query, "approvedBy", request.approved_by);
        page::filter(&mut query, "targetEnvironment", request.target_environment);
        query.from = page::bound(request.start_time);
        query.until = page::bound(request.end_time);
        let (records, next_page_token) = self.backend.list::<PromotionRecord>(&query).await?;
        Ok(Response::new(v1::ListPromotionsResponse {
            promotions: records.into_iter().map(Record::into_message).collect(),
            next_page_token,
        }))
    }

    async fn cancel_promotion(
        &self,
        request: Request<v1::CancelPromotionRequest>,
    ) -> Result<Response<v1::Promotion>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "CancelPromotion", &request.request_id)?;
        let record: PromotionRecord = self.backend.get(&request.promotion_id).await?;
        let by = Person::from(&*caller);
        if record.created_by != by.name() {
            let project: Option<ProjectRecord> = self.backend.find(&record.project_id).await?;
            let owners = match project {
                Some(project) => self.backend.owners(&project.domain_id).await?,
                None => Vec::new(),
            };
            allowed(&caller, Action::PromoteProject, &owners)?;
        }
        let cancel = Command::Cancel(Cancel {
            by: by.name().to_owned(),
            reason: request.reason,
        });
        let record: PromotionRecord = self
            .backend
            .ask(&request_id, &request.promotion_id, cancel)
            .await?;
        Ok(Response::new(record.into_message()))
    }

    type WatchPromotionStream = Watched<v1::Promotion>;

    async fn watch_promotion(
        &self,
        request: Request<v1::WatchPromotionRequest>,
    ) -> Result<Response<Self::WatchPromotionStream>, Status> {
        let caller = caller(&request)?;
        allowed(&caller, Action::Read, &[])?;
        let id = request.into_inner().promotion_id;
        let stream = watch::<PromotionRecord>(self.backend.clone(), &caller, id).await?;
        Ok(Response::new(stream))
    }
}

impl Promotions {
    fn document(&self) -> Result<(String, String), Status> {
        let workflow = self.workflows.get(PROMOTION).ok_or_else(|| {
            with_reason(
                Code::NotFound,
                "WORKFLOW_NOT_FOUND",
                "there is no workflow that promotes",
            )
        })?;
        Ok((workflow.document.clone(), workflow.digest.clone()))
    }

    /// Where to, if nobody says: prod if staging has what dev has, else staging.
    async fn target(&self, project_id: &str) -> Result<String, Status> {
        let dev = self.deployed(project_id, "dev").await?;
        let staging = self.deployed(project_id, "staging").await?;
        let next = match !staging.is_empty() && (dev == staging || dev.is_empty()) {
            true => "prod",
            false => "staging",
        };
        Ok(next.to_owned())
    }

    /// The digest of what an environment runs; empty if it runs nothing.
    async fn deployed(&self, project_id: &str, environment: &str) -> Result<String, Status> {
        let id = environment_id(project_id, environment);
        let journal = self.backend.runtime.journal();
        let row = journal.view(ENVIRONMENTS, &id).await.map_err(unread)?;
        let Some(row) = row else {
            return Ok(String::new());
        };
        let record: EnvironmentRecord =
            serde_json::from_str(row.doc.get()).map_err(|e| internal(&e))?;
        Ok(record.digest)
    }

    /// Whether it could be done as things are. It is a courtesy: the actors have the last word.
    async fn admit(&self, project: &ProjectRecord, create: &Create) -> Result<(), Status> {
        if !matches!(project.status, Life::Active | Life::Updating) {
            return Err(with_reason(
                Code::FailedPrecondition,
                "PROJECT_NOT_READY",
                format!(
                    "the project {} is {}: it can be promoted when it is ACTIVE",
                    project.project_id,
                    project.status.as_str()
                ),
            ));
        }
        let target = &create.target_environment;
        let query = ViewQuery {
            collection: PROMOTIONS.to_owned(),
            fields: vec![(RUNNING.to_owned(), running(&create.project_id, target))],
            limit: 1,
            ..ViewQuery::default()
        };
        let (under_way, _) = self.backend.list::<PromotionRecord>(&query).await?;
        if let Some(other) = under_way.first() {
            return Err(with_reason(
                Code::FailedPrecondition,
                "PROMOTION_RUNNING",
                format!(
                    "the promotion {} to {target} is under way: wait for its end, or cancel it",
                    other.request_id
                ),
            ));
        }
        let source = Create::source_of(target).unwrap_or_default();
        if self.deployed(&create.project_id, source).await?.is_empty() {
            return Err(with_reason(
                Code::FailedPrecondition,
                "NOTHING_DEPLOYED",
                format!("nothing is deployed in {source}: deploy there first"),
            ));
        }
        Ok(())
    }
}

fn same(earlier: &PromotionRecord, create: &Create) -> bool {
    earlier.project_id == create.project_id
        && earlier.target_environment == create.target_environment
        && earlier.comment == create.comment
}
