#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::time::Duration;

use super::*;

fn report() -> Report {
    let domain = v1::Domain {
        domain_id: "dom-1".into(),
        domain_name: "aviation".into(),
        owner_groups: vec!["aviation-data".into()],
        status: v1::domain::Status::Active as i32,
        data_lake_bucket: "data-lake-aviation".into(),
        data_zone_domain_id: "dzd_4f8k2m".into(),
        ..Default::default()
    };
    let project = v1::Project {
        project_id: "proj-1".into(),
        domain_id: "dom-1".into(),
        project_name: "network".into(),
        status: v1::project::Status::Active as i32,
        setup_status: v1::project::SetupStatus::Completed as i32,
        s3_location: "s3://data-lake-aviation/projects/proj-1/".into(),
        ..Default::default()
    };
    let airports = v1::Asset {
        asset_id: "asset-1".into(),
        project_id: "proj-1".into(),
        asset_name: "airports".into(),
        glue_table: "aviation.airports".into(),
        format: "csv".into(),
        status: v1::asset::Status::Active as i32,
        publish_status: v1::asset::PublishStatus::Published as i32,
        listing_id: "6h2k9s".into(),
        columns: vec![v1::Column::default(); 7],
        ..Default::default()
    };
    let routes = v1::Asset {
        asset_name: "routes".into(),
        glue_table: "aviation.routes".into(),
        publish_status: v1::asset::PublishStatus::Draft as i32,
        listing_id: String::new(),
        columns: vec![],
        ..airports.clone()
    };
    let event = |seconds, detail_type: &str, id: &str| v1::Event {
        time: Some(prost_types::Timestamp { seconds, nanos: 0 }),
        detail_type: detail_type.into(),
        detail: Some(prost_types::Struct {
            fields: [(
                "id".to_owned(),
                prost_types::Value {
                    kind: Some(prost_types::value::Kind::StringValue(id.into())),
                },
            )]
            .into(),
        }),
        ..Default::default()
    };
    let deployment = |environment: &str, changes| v1::Deployment {
        deployment_id: format!("dep-{environment}"),
        environment: environment.into(),
        status: v1::deployment::Status::Success as i32,
        change: "CREATE".into(),
        changes: vec![v1::ResourceChange::default(); changes],
        deployed_by: "amelia".into(),
        ..Default::default()
    };
    let promotion = v1::Promotion {
        request_id: "prom-req-1".into(),
        project_id: "proj-1".into(),
        source_environment: "dev".into(),
        target_environment: "staging".into(),
        status: v1::promotion::Status::Completed as i32,
        created_by: "amelia".into(),
        approved_by: "orville".into(),
        ..Default::default()
    };
    let entered = |r#type: &str, name: &str| v1::ExecutionEvent {
        r#type: r#type.into(),
        details: Some(prost_types::Struct {
            fields: [(
                "name".to_owned(),
                prost_types::Value {
                    kind: Some(prost_types::value::Kind::StringValue(name.into())),
                },
            )]
            .into(),
        }),
        ..Default::default()
    };
    let actor = |kind: &str, sequence| v1::Actor {
        kind: kind.into(),
        sequence,
        ..Default::default()
    };
    let operation = |calls, throttled| v1::PoolOperation {
        calls,
        throttled,
        ..Default::default()
    };
    Report {
        domains: vec![domain],
        projects: vec![project],
        assets: vec![airports, routes],
        events: vec![
            event(1_770_000_003, "AssetPublished", "asset-1"),
            event(1_770_000_002, "AssetCreated", "asset-1"),
            event(1_770_000_001, "ProjectSetupCompleted", "proj-1"),
            event(1_770_000_000, "ProjectCreated", "proj-1"),
        ],
        deployments: vec![deployment("staging", 5), deployment("dev", 5)],
        promotions: vec![promotion],
        subscriptions: vec![v1::Subscription {
            subscription_id: "sub-1".into(),
            project_id: "proj-1".into(),
            asset_name: "transactions".into(),
            status: v1::AgreementStatus::Revoked as i32,
            scope: Some(v1::AccessScope {
                columns: vec!["amount".into(), "merchant_id".into()],
                ..Default::default()
            }),
            fulfilment: Some(v1::Fulfilment {
                state: v1::fulfilment::State::Gone as i32,
                ..Default::default()
            }),
            ..Default::default()
        }],
        certificate: Some(certificate()),
        history: vec![
            v1::ExecutionEvent {
                r#type: "ExecutionStarted".into(),
                ..Default::default()
            },
            entered("TaskStateEntered", "ValidateSource"),
            entered("TaskStateExited", "ValidateSource"),
            entered("TaskStateEntered", "ApprovalGate"),
            entered("TaskStateExited", "ApprovalGate"),
            entered("SucceedStateEntered", "Promoted"),
            v1::ExecutionEvent {
                r#type: "ExecutionSucceeded".into(),
                ..Default::default()
            },
        ],
        actors: vec![
            actor("domain", 9),
            actor("project", 7),
            actor("asset", 6),
            actor("asset", 2),
        ],
        pools: vec![v1::Pool {
            service: "datazone".into(),
            account: "000000000000".into(),
            circuit: "CLOSED".into(),
            operations: vec![operation(12, 0), operation(7, 1)],
            ..Default::default()
        }],
        queues: vec![v1::Queue {
            queue: "datamesh-project-setup".into(),
            ..Default::default()
        }],
    }
}

fn certificate() -> v1::ShareCertificate {
    let absent = v1::CertificateReread {
        account: "000000000000".into(),
        operation: "lakeformation:ListPermissions".into(),
        found: "absent".into(),
        ..Default::default()
    };
    let refused = v1::CertificateReread {
        account: "222222222222".into(),
        operation: "athena:StartQueryExecution".into(),
        found: "refused: Table 'shared_finance.transactions' does not exist".into(),
        ..Default::default()
    };
    v1::ShareCertificate {
        share_id: "share-1".into(),
        complete: true,
        removed: vec!["SELECT on table transactions to 222222222222".into(); 2],
        rereads: vec![absent.clone(), absent, refused],
        issued_at: Some(prost_types::Timestamp {
            seconds: 1_770_000_004,
            nanos: 0,
        }),
        hash: "bd555983e73cc970".into(),
        audit_number: 6,
        audit_hash: "c5c368c736193039".into(),
        ..Default::default()
    }
}

#[test]
fn the_report_reads_like_its_transcript() {
    let terminal = Terminal {
        width: Some(100),
        ..Terminal::silent()
    };
    let next = Next {
        command: "target/debug/datamesh".into(),
        environment: vec!["DATAMESH_DATA_DIR=/srv/mesh".into()],
        public: "http://127.0.0.1:8080".into(),
        admin: "http://127.0.0.1:9090".into(),
        admin_group: "admins".into(),
    };
    let steps = [
        ("domain", "aviation", How::Made, "ACTIVE"),
        ("project", "aviation/network", How::Found, "ACTIVE"),
    ];
    let mut seen: String = steps
        .map(|(noun, path, how, state)| {
            let step = Step {
                noun,
                path: path.into(),
                how,
                state: state.into(),
                took: Duration::from_millis(420),
            };
            step_line(&step, false)
        })
        .concat();
    seen.push_str(&render(&report(), &next, &terminal));

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/sample-report.txt");
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        std::fs::write(&file, &seen).unwrap();
    }
    assert_eq!(seen, std::fs::read_to_string(&file).unwrap());
}

#[test]
fn what_waits_for_an_operator_is_not_hidden() {
    let mut report = report();
    report.actors[0].pending_effects = 2;
    report.actors[0].paused_effects = 1;
    assert!(actors(&report).contains("2 effects under way, 1 of them paused"));
}
