use datamesh_actors::{EVENTS, MeshEvent};
use datamesh_proto::v1;
use datamesh_proto::v1::event_service_server::EventService;
use tonic::{Request, Response, Status};

use super::backend::{Backend, caller};
use super::event_tail::tail;
use super::failure::{internal, unread};
use super::follow::Watched;
use super::json::{timestamp, to_struct};
use super::page;
use crate::authz::{Action, allowed};
use crate::status::invalid_field;

/// `datamesh.v1.EventService`.
pub struct Events(pub Backend);

#[tonic::async_trait]
impl EventService for Events {
    async fn list_events(
        &self,
        request: Request<v1::ListEventsRequest>,
    ) -> Result<Response<v1::ListEventsResponse>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(EVENTS, request.page_size, request.page_token)?;
        query.descending = request.newest_first;
        page::filter(&mut query, "source", request.source);
        page::filter(&mut query, "detailType", request.detail_type);
        let page = self.0.runtime.journal().views(&query).await;
        let page = page.map_err(unread)?;
        let mut events = Vec::with_capacity(page.items.len());
        for row in &page.items {
            let event = serde_json::from_str(row.doc.get()).map_err(|e| internal(&e))?;
            events.push(shown(event));
        }
        Ok(Response::new(v1::ListEventsResponse {
            events,
            next_page_token: page.next.unwrap_or_default(),
        }))
    }

    type TailEventsStream = Watched<v1::Event>;

    async fn tail_events(
        &self,
        request: Request<v1::TailEventsRequest>,
    ) -> Result<Response<Self::TailEventsStream>, Status> {
        let caller = caller(&request)?;
        allowed(&caller, Action::Read, &[])?;
        let request = request.into_inner();
        let last = usize::try_from(request.last)
            .ok()
            .filter(|&last| last <= page::MAX)
            .ok_or_else(|| invalid_field("last", format!("must be 0 to {}", page::MAX)))?;
        let stream = tail(self.0.clone(), &caller, last, request.detail_type).await?;
        Ok(Response::new(stream))
    }
}

/// As the protos show it.
pub fn shown(event: MeshEvent) -> v1::Event {
    v1::Event {
        event_id: event.event_id,
        time: Some(timestamp(event.time_ms)),
        source: event.source,
        detail_type: event.detail_type,
        detail: Some(to_struct(event.detail)),
    }
}
