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
        asked_at: ago(90),
        tried_alone: false,
    }
}

fn quarantined() -> Actor {
    Actor {
        stopped_at: ago(3_600),
        stopped_by: "command PublishAsset by ann".into(),
        ..network(
            Status::Quarantined,
            "5 panics within 60 s, the last one: index out of bounds",
        )
    }
}

/// Of 3 actors 2 are touched; of effects, one that may have been done.
fn report(dry_run: bool, name: &str) -> BulkReport {
    let effect = match name {
        "" => String::new(),
        name => format!(" 4.0-{name}"),
    };
    BulkReport {
        matched: 3,
        touched: 2,
        counts: vec![BulkCount {
            kind: "project".into(),
            name: name.into(),
            count: 2,
        }],
        names: vec![
            format!("project/{NETWORK}{effect}"),
            format!("project/proj-routes2222222222{effect}"),
        ],
        skipped: vec![BulkSkip {
            reason: match name {
                "" => "it is paused already".into(),
                _ => "it is settled, or not paused".into(),
            },
            count: 1,
            names: vec![format!("project/proj-fares22222222222{effect}")],
        }],
        may_be_done: u32::from(!name.is_empty() && !dry_run),
        dry_run,
        next_page_token: String::new(),
    }
}

fn entry(sequence: u64, kind: timeline_entry::Kind, name: &str) -> TimelineEntry {
    TimelineEntry {
        sequence,
        time: ago(100 - i64::try_from(sequence).unwrap() * 10),
        kind: kind as i32,
        name: name.into(),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl AdminService for Admin {
    async fn list_actors(&self, request: Request<ListActorsRequest>) -> Answer<ListActorsResponse> {
        if request.into_inner().status() == Status::Quarantined {
            return answer(ListActorsResponse {
                actors: vec![quarantined()],
                next_page_token: String::new(),
            });
        }
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
            stuck: "CreateDataZoneProject waits for an operator: 8 tries failed, because \
                    ThrottlingException: Rate exceeded; retry it once that is mended, or cancel it"
                .into(),
            ..network(Status::Resident, "")
        })
    }

    async fn get_actor_timeline(
        &self,
        request: Request<GetActorTimelineRequest>,
    ) -> Answer<GetActorTimelineResponse> {
        use timeline_entry::Kind;
        let seconds = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
        let entries = vec![
            TimelineEntry {
                by: "ada".into(),
                command_id: "c-1".into(),
                ..entry(1, Kind::Command, "CreateProject")
            },
            entry(1, Kind::Event, "ProjectRequested"),
            TimelineEntry {
                effect_id: "1.0-ReserveName".into(),
                ..entry(1, Kind::EffectAsked, "ReserveName")
            },
            TimelineEntry {
                due_at: ago(-600),
                ..entry(1, Kind::TimerSet, "setup-overdue")
            },
            TimelineEntry {
                effect_id: "1.0-ReserveName".into(),
                attempts: 2,
                took: seconds(3),
                ..entry(2, Kind::EffectDone, "ReserveName")
            },
            entry(2, Kind::Event, "NameReserved"),
            TimelineEntry {
                effect_id: "2.0-CreateDataZoneProject".into(),
                ..entry(2, Kind::EffectAsked, "CreateDataZoneProject")
            },
            TimelineEntry {
                by: "ann".into(),
                detail: "an audit".into(),
                ..entry(3, Kind::Operator, "pause")
            },
            TimelineEntry {
                effect_id: "2.0-CreateDataZoneProject".into(),
                attempts: 4,
                took: seconds(45),
                due_at: ago(-12),
                detail: "ThrottlingException: datazone:CreateProject: Rate exceeded; the account \
                         makes too many calls at once"
                    .into(),
                ..entry(0, Kind::EffectPending, "CreateDataZoneProject")
            },
            TimelineEntry {
                due_at: ago(-600),
                ..entry(0, Kind::TimerPending, "setup-overdue")
            },
        ];
        let after = request.into_inner().after;
        answer(GetActorTimelineResponse {
            entries: entries
                .into_iter()
                .filter(|entry| entry.sequence == 0 || entry.sequence > after)
                .collect(),
            next_after: 0,
        })
    }

    async fn pause_actors(
        &self,
        request: Request<PauseActorsRequest>,
    ) -> Answer<PauseActorsResponse> {
        let dry_run = request.into_inner().dry_run;
        answer(PauseActorsResponse {
            report: Some(report(dry_run, "")),
        })
    }

    async fn resume_actors(
        &self,
        request: Request<ResumeActorsRequest>,
    ) -> Answer<ResumeActorsResponse> {
        let dry_run = request.into_inner().dry_run;
        answer(ResumeActorsResponse {
            report: Some(BulkReport {
                skipped: Vec::new(),
                matched: 2,
                ..report(dry_run, "")
            }),
        })
    }

    async fn cancel_effects(
        &self,
        request: Request<CancelEffectsRequest>,
    ) -> Answer<CancelEffectsResponse> {
        let request = request.into_inner();
        if !request.effect_id.is_empty() {
            return answer(CancelEffectsResponse {
                cancelled: 1,
                report: None,
                message: "it was cancelled, and was not done".into(),
            });
        }
        answer(CancelEffectsResponse {
            cancelled: if request.dry_run { 0 } else { 2 },
            report: Some(report(request.dry_run, "CreateDataZoneProject")),
            message: String::new(),
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

    async fn retry_effects(
        &self,
        request: Request<RetryEffectsRequest>,
    ) -> Answer<RetryEffectsResponse> {
        let request = request.into_inner();
        if !request.effect_id.is_empty() {
            return answer(RetryEffectsResponse {
                retried: 1,
                report: None,
            });
        }
        answer(RetryEffectsResponse {
            retried: 2,
            report: Some(report(request.dry_run, "CreateDataZoneProject")),
        })
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
