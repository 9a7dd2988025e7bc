use datamesh_proto::v1::actor::Status;
use datamesh_proto::v1::admin_service_server::AdminService;
use datamesh_proto::v1::*;
use tonic::Request;

use super::projects::NETWORK;
use super::{Answer, ago, answer, fields, not_found};

pub struct Admin;

fn network(status: Status, reason: &str) -> Actor {
    Actor {
        kind: "project".into(),
        id: NETWORK.into(),
        status: status as i32,
        reason: reason.into(),
        sequence: 12,
        updated_at: ago(30),
        pending_effects: 1,
        paused_effects: 1,
        last_error: "ThrottlingException: Rate exceeded".into(),
        ..Default::default()
    }
}

fn effect() -> Effect {
    Effect {
        effect_id: "4.0".into(),
        kind: "project".into(),
        id: NETWORK.into(),
        name: "CreateDataZoneProject".into(),
        idempotency: "READ_BACK".into(),
        status: effect::Status::Paused as i32,
        attempts: 8,
        next_attempt_at: None,
        last_error: "ThrottlingException: Rate exceeded".into(),
        input: None,
    }
}

#[tonic::async_trait]
impl AdminService for Admin {
    async fn list_actors(&self, _: Request<ListActorsRequest>) -> Answer<ListActorsResponse> {
        answer(ListActorsResponse {
            actors: vec![
                Actor {
                    kind: "domain".into(),
                    id: "dom-aviation22222222".into(),
                    status: Status::Passive as i32,
                    sequence: 3,
                    updated_at: ago(86_400),
                    ..Default::default()
                },
                network(Status::Resident, ""),
            ],
            next_page_token: String::new(),
        })
    }

    async fn get_actor(&self, request: Request<GetActorRequest>) -> Answer<Actor> {
        let request = request.into_inner();
        if request.id != NETWORK {
            return not_found(&format!("actor {}/{}", request.kind, request.id));
        }
        answer(Actor {
            state: fields(&[
                ("projectName", "network"),
                ("domainId", "dom-aviation22222222"),
            ]),
            effects: vec![effect()],
            timers: vec![Timer {
                name: "setup-overdue".into(),
                due_at: ago(-600),
            }],
            ..network(Status::Resident, "")
        })
    }

    async fn get_actor_history(
        &self,
        _: Request<GetActorHistoryRequest>,
    ) -> Answer<GetActorHistoryResponse> {
        let entry = |sequence, cause: &str, by: &str, events: &[&str]| HistoryEntry {
            sequence,
            time: ago(100 - i64::try_from(sequence).unwrap()),
            cause: cause.into(),
            by: by.into(),
            events: events
                .iter()
                .map(|r#type| HistoryEvent {
                    r#type: (*r#type).into(),
                    data: None,
                })
                .collect(),
        };
        answer(GetActorHistoryResponse {
            entries: vec![
                entry(1, "Create", "ada", &["ProjectRequested"]),
                entry(
                    2,
                    "CreateDataZoneProject settled",
                    "",
                    &["ProjectMade", "EventAnnounced"],
                ),
            ],
        })
    }

    async fn pause_actor(&self, request: Request<PauseActorRequest>) -> Answer<Actor> {
        answer(network(Status::Paused, &request.into_inner().reason))
    }

    async fn resume_actor(&self, _: Request<ResumeActorRequest>) -> Answer<Actor> {
        answer(network(Status::Resident, ""))
    }

    async fn list_effects(&self, _: Request<ListEffectsRequest>) -> Answer<ListEffectsResponse> {
        answer(ListEffectsResponse {
            effects: vec![effect()],
            next_page_token: String::new(),
        })
    }

    async fn retry_effects(&self, _: Request<RetryEffectsRequest>) -> Answer<RetryEffectsResponse> {
        answer(RetryEffectsResponse { retried: 1 })
    }

    async fn list_pools(&self, _: Request<ListPoolsRequest>) -> Answer<ListPoolsResponse> {
        let operation = |operation: &str, calls, throttled| PoolOperation {
            operation: operation.into(),
            configured_rate: 20.0,
            current_rate: 12.5,
            calls,
            throttled,
            ..Default::default()
        };
        answer(ListPoolsResponse {
            pools: vec![Pool {
                service: "datazone".into(),
                account: "000000000000".into(),
                region: "us-east-1".into(),
                circuit: "CLOSED".into(),
                in_flight: 2,
                max_in_flight: 64,
                operations: vec![
                    operation("CreateProject", 4, 1),
                    operation("GetDomain", 9, 0),
                ],
                ..Default::default()
            }],
        })
    }

    async fn list_queues(&self, _: Request<ListQueuesRequest>) -> Answer<ListQueuesResponse> {
        answer(ListQueuesResponse {
            queues: vec![Queue {
                queue: "datamesh-project-setup".into(),
                visible: 0,
                in_flight: 1,
                dead_letter_queue: "datamesh-project-setup-dlq".into(),
                dead_letters: 2,
            }],
        })
    }

    async fn redrive_queue(&self, _: Request<RedriveQueueRequest>) -> Answer<RedriveQueueResponse> {
        answer(RedriveQueueResponse { messages: 2 })
    }
}
