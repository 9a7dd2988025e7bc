use datamesh_proto::v1::event_service_server::EventService;
use datamesh_proto::v1::*;
use tonic::Request;

use super::{Answer, States, ago, answer, fields, states};

pub struct Events;

fn events() -> Vec<Event> {
    vec![
        Event {
            event_id: "ev-1".into(),
            time: ago(60),
            source: "management-app.projects".into(),
            detail_type: "ProjectCreated".into(),
            detail: fields(&[
                ("projectId", "proj-network222222222"),
                ("domainId", "dom-aviation22222222"),
            ]),
        },
        Event {
            event_id: "ev-2".into(),
            time: ago(5),
            source: "management-app.assets".into(),
            detail_type: "AssetPublished".into(),
            detail: fields(&[
                ("assetId", "asset-airports2222222"),
                ("glueTable", "aviation.airports"),
            ]),
        },
    ]
}

#[tonic::async_trait]
impl EventService for Events {
    type TailEventsStream = States<Event>;

    async fn list_events(&self, _: Request<ListEventsRequest>) -> Answer<ListEventsResponse> {
        answer(ListEventsResponse {
            events: events(),
            next_page_token: String::new(),
        })
    }

    async fn tail_events(&self, _: Request<TailEventsRequest>) -> Answer<Self::TailEventsStream> {
        states(events())
    }
}
