use std::sync::Arc;

use datamesh_actor::{ActorStatus, ActorSummary};
use datamesh_journal::{EntityKey, EntityQuery, WorkQuery};
use datamesh_proto::v1;
use datamesh_proto::v1::admin_service_server::AdminService;
use tonic::{Request, Response, Status};

use super::actor_view::{effect, history_entry, opened, summary};
use super::backend::{Backend, caller};
use super::bulk::{self, order, status_filter};
use super::failure::{unfulfilled, unread};
use super::infrastructure::Infrastructure;
use super::stuck::stuck;
use super::{page, timeline};
use crate::auth::Caller;
use crate::authz::{Action, allowed};

/// How many pages of the journal one call looks through for actors in memory.
const MAX_PAGES: usize = 20;

/// `datamesh.v1.AdminService`.
pub struct Admin {
    pub backend: Backend,
    pub infrastructure: Arc<dyn Infrastructure>,
}

#[tonic::async_trait]
impl AdminService for Admin {
    async fn list_actors(
        &self,
        request: Request<v1::ListActorsRequest>,
    ) -> Result<Response<v1::ListActorsResponse>, Status> {
        operator(&request)?;
        let request = request.into_inner();
        let (mark, resident) = status_filter(request.status)?;
        let mut query = EntityQuery {
            kind: some(request.kind),
            mark,
            paused_effects: request.paused_effects,
            after: some(request.page_token),
            limit: page::limit(request.page_size)?,
        };
        let mut actors = Vec::new();
        for _ in 0..MAX_PAGES {
            let found = self.backend.runtime.list(&query).await.map_err(unread)?;
            let wanted = |actor: &ActorSummary| match actor.status {
                // It may be one.
                ActorStatus::Resident | ActorStatus::Unanswered => true,
                _ => !resident,
            };
            actors.extend(found.items.into_iter().filter(wanted).map(summary));
            query.after = found.next;
            if query.after.is_none() || !resident || actors.len() >= query.limit {
                break;
            }
        }
        Ok(Response::new(v1::ListActorsResponse {
            actors,
            next_page_token: query.after.unwrap_or_default(),
        }))
    }

    async fn get_actor(
        &self,
        request: Request<v1::GetActorRequest>,
    ) -> Result<Response<v1::Actor>, Status> {
        operator(&request)?;
        let request = request.into_inner();
        self.actor(&EntityKey::new(request.kind, request.id)).await
    }

    async fn get_actor_history(
        &self,
        request: Request<v1::GetActorHistoryRequest>,
    ) -> Result<Response<v1::GetActorHistoryResponse>, Status> {
        operator(&request)?;
        let request = request.into_inner();
        let key = EntityKey::new(request.kind, request.id);
        let limit = page::limit(request.page_size)?;
        let runtime = &self.backend.runtime;
        let commits = runtime.history(&key, request.after, limit).await;
        let commits = commits.map_err(unread)?;
        if commits.is_empty() {
            // None after this one, or no such actor?
            runtime.actor(&key).await.map_err(unfulfilled)?;
        }
        Ok(Response::new(v1::GetActorHistoryResponse {
            entries: commits.into_iter().map(history_entry).collect(),
        }))
    }

    async fn get_actor_timeline(
        &self,
        request: Request<v1::GetActorTimelineRequest>,
    ) -> Result<Response<v1::GetActorTimelineResponse>, Status> {
        operator(&request)?;
        let request = request.into_inner();
        let key = EntityKey::new(request.kind, request.id);
        let limit = page::limit(request.page_size)?;
        let runtime = &self.backend.runtime;
        let actor = runtime.actor(&key).await.map_err(unfulfilled)?;
        let commits = runtime.history(&key, request.after, limit + 1).await;
        let mut commits = commits.map_err(unread)?;
        let more = commits.len() > limit;
        commits.truncate(limit);
        let last = commits.last().map(|commit| commit.seq);
        let next_after = last.filter(|_| more).unwrap_or(0);
        let mut entries: Vec<_> = commits.into_iter().flat_map(timeline::told).collect();
        if !more {
            entries.extend(timeline::open(&actor, runtime.clock().now_ms()));
        }
        Ok(Response::new(v1::GetActorTimelineResponse {
            entries,
            next_after,
        }))
    }

    async fn pause_actor(
        &self,
        request: Request<v1::PauseActorRequest>,
    ) -> Result<Response<v1::Actor>, Status> {
        let caller = operator(&request)?;
        let request = request.into_inner();
        let key = EntityKey::new(request.kind, request.id);
        let order = order(&caller, request.reason);
        tracing::info!(by = caller.user, actor = %key, reason = order.reason, "an operator pauses an actor");
        let paused = self.backend.runtime.pause(&key, &order).await;
        paused.map_err(unfulfilled)?;
        self.actor(&key).await
    }

    async fn resume_actor(
        &self,
        request: Request<v1::ResumeActorRequest>,
    ) -> Result<Response<v1::Actor>, Status> {
        let caller = operator(&request)?;
        let request = request.into_inner();
        let key = EntityKey::new(request.kind, request.id);
        tracing::info!(by = caller.user, actor = %key, "an operator resumes an actor");
        let order = order(&caller, String::new());
        let resumed = self.backend.runtime.resume(&key, &order).await;
        resumed.map_err(unfulfilled)?;
        self.actor(&key).await
    }

    async fn pause_actors(
        &self,
        request: Request<v1::PauseActorsRequest>,
    ) -> Result<Response<v1::PauseActorsResponse>, Status> {
        let caller = operator(&request)?;
        let request = request.into_inner();
        let done = bulk::pause_actors(&self.backend.runtime, &caller, request);
        Ok(Response::new(done.await?))
    }

    async fn resume_actors(
        &self,
        request: Request<v1::ResumeActorsRequest>,
    ) -> Result<Response<v1::ResumeActorsResponse>, Status> {
        let caller = operator(&request)?;
        let request = request.into_inner();
        let done = bulk::resume_actors(&self.backend.runtime, &caller, request);
        Ok(Response::new(done.await?))
    }

    async fn list_effects(
        &self,
        request: Request<v1::ListEffectsRequest>,
    ) -> Result<Response<v1::ListEffectsResponse>, Status> {
        operator(&request)?;
        let request = request.into_inner();
        let query = WorkQuery {
            entity_kind: some(request.kind),
            paused: request.paused,
            after: some(request.page_token),
            limit: page::limit(request.page_size)?,
            ..WorkQuery::default()
        };
        let found = self.backend.runtime.effects(&query).await.map_err(unread)?;
        Ok(Response::new(v1::ListEffectsResponse {
            effects: found.items.into_iter().map(effect).collect(),
            next_page_token: found.next.unwrap_or_default(),
        }))
    }

    async fn retry_effects(
        &self,
        request: Request<v1::RetryEffectsRequest>,
    ) -> Result<Response<v1::RetryEffectsResponse>, Status> {
        let caller = operator(&request)?;
        let request = request.into_inner();
        let done = bulk::retry_effects(&self.backend.runtime, &caller, request);
        Ok(Response::new(done.await?))
    }

    async fn cancel_effects(
        &self,
        request: Request<v1::CancelEffectsRequest>,
    ) -> Result<Response<v1::CancelEffectsResponse>, Status> {
        let caller = operator(&request)?;
        let request = request.into_inner();
        let done = bulk::cancel_effects(&self.backend.runtime, &caller, request);
        Ok(Response::new(done.await?))
    }

    async fn list_pools(
        &self,
        request: Request<v1::ListPoolsRequest>,
    ) -> Result<Response<v1::ListPoolsResponse>, Status> {
        operator(&request)?;
        Ok(Response::new(v1::ListPoolsResponse {
            pools: self.infrastructure.pools(),
        }))
    }

    async fn list_queues(
        &self,
        request: Request<v1::ListQueuesRequest>,
    ) -> Result<Response<v1::ListQueuesResponse>, Status> {
        operator(&request)?;
        Ok(Response::new(v1::ListQueuesResponse {
            queues: self.infrastructure.queues().await?,
        }))
    }

    async fn redrive_queue(
        &self,
        request: Request<v1::RedriveQueueRequest>,
    ) -> Result<Response<v1::RedriveQueueResponse>, Status> {
        operator(&request)?;
        let queue = request.into_inner().queue;
        Ok(Response::new(v1::RedriveQueueResponse {
            messages: self.infrastructure.redrive(&queue).await?,
        }))
    }
}

impl Admin {
    async fn actor(&self, key: &EntityKey) -> Result<Response<v1::Actor>, Status> {
        let runtime = &self.backend.runtime;
        let detail = runtime.actor(key).await.map_err(unfulfilled)?;
        // How many commits one has that is quarantined is not known here: it is not in memory.
        let updated_ms = match detail.seq.checked_sub(1) {
            None => None,
            Some(before) => {
                let last = runtime.history(key, before, 1).await.map_err(unread)?;
                last.first().map(|commit| commit.at_ms)
            }
        };
        let pools = self.infrastructure.pools();
        let stuck = stuck(&key.kind, &detail, &pools, self.now_ms());
        Ok(Response::new(v1::Actor {
            stuck,
            ..opened(key, detail, updated_ms)
        }))
    }

    fn now_ms(&self) -> i64 {
        self.backend.runtime.clock().now_ms()
    }
}

fn operator<T>(request: &Request<T>) -> Result<Arc<Caller>, Status> {
    let caller = caller(request)?;
    allowed(&caller, Action::Operate, &[])?;
    Ok(caller)
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
