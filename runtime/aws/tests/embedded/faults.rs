use datamesh_aws::datazone::Search;
use datamesh_aws::ram::ListShares;
use datamesh_aws::s3::PutObject;
use datamesh_aws::{BreakerOptions, CircuitState, ErrorClass, Options, PageRequest};
use datamesh_localcloud::{Fault, FaultEffect, Times};

use crate::catalogue::{domain_and_project, new_asset};
use crate::setup::World;

fn fault(service: &str, operation: &str, effect: FaultEffect) -> Fault {
    Fault {
        service: Some(service.into()),
        operation: Some(operation.into()),
        ..Fault::once(effect)
    }
}

#[tokio::test]
async fn a_deed_whose_answer_was_lost_is_repeated_with_its_token_and_done_once() {
    let world = World::new();
    let (domain, project) = domain_and_project(&world).await;
    let datazone = world.aws.datazone(&world.home);
    for effect in [FaultEffect::TimeoutBefore, FaultEffect::TimeoutAfter] {
        world
            .cloud
            .faults()
            .inject(fault("datazone", "CreateAsset", effect));
        let error = datazone
            .create_asset(new_asset(&domain, &project, "orders"))
            .await
            .unwrap_err();
        assert_eq!(error.class, ErrorClass::Transient, "{error}");
        assert!(error.may_have_happened, "{error}");
    }
    let asset = datazone
        .create_asset(new_asset(&domain, &project, "orders"))
        .await
        .unwrap();
    let inventory = Search {
        domain_id: domain.id,
        project_id: Some(project.id),
        ..Search::default()
    };
    let items = datazone.search(inventory).await.unwrap().items;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].id, asset.id);
}

#[tokio::test]
async fn every_service_says_throttle_in_its_own_way_and_is_understood() {
    let world = World::new();
    let cx = &world.home;
    for service in [
        "cloudformation",
        "datazone",
        "events",
        "glue",
        "lakeformation",
        "ram",
        "s3",
        "sns",
        "sqs",
        "sts",
    ] {
        world.cloud.faults().inject(Fault {
            service: Some(service.into()),
            ..Fault::once(FaultEffect::Throttle)
        });
    }
    let errors = [
        world
            .aws
            .cloudformation(cx)
            .describe_stack("s")
            .await
            .map(drop)
            .unwrap_err(),
        world
            .aws
            .sns(cx)
            .list_topics(PageRequest::default())
            .await
            .map(drop)
            .unwrap_err(),
        world
            .aws
            .datazone(cx)
            .get_domain("dzd_1")
            .await
            .map(drop)
            .unwrap_err(),
        world
            .aws
            .events(cx)
            .describe_event_bus("b")
            .await
            .map(drop)
            .unwrap_err(),
        world
            .aws
            .glue(cx)
            .get_database("d")
            .await
            .map(drop)
            .unwrap_err(),
        world
            .aws
            .lakeformation(cx)
            .get_settings()
            .await
            .map(drop)
            .unwrap_err(),
        world
            .aws
            .ram(cx)
            .list_shares(ListShares::default())
            .await
            .map(drop)
            .unwrap_err(),
        world
            .aws
            .s3(cx)
            .get_object("lake", "k")
            .await
            .map(drop)
            .unwrap_err(),
        world
            .aws
            .sqs(cx)
            .get_queue_url("q")
            .await
            .map(drop)
            .unwrap_err(),
        world
            .aws
            .sts(cx)
            .get_caller_identity()
            .await
            .map(drop)
            .unwrap_err(),
    ];
    for error in errors {
        assert_eq!(error.class, ErrorClass::Throttle, "{error}");
        assert!(!error.may_have_happened, "{error}");
    }
    for pool in world.aws.pools() {
        let operation = &pool.operations[0];
        assert_eq!(operation.throttled, 1, "{pool:?}");
        assert_eq!(
            operation.current_rate,
            operation.configured_rate / 2.0,
            "{pool:?}"
        );
        assert_eq!(pool.circuit.state, CircuitState::Closed, "{pool:?}");
    }
}

#[tokio::test]
async fn server_faults_open_the_circuit_of_their_service_only() {
    let world = World::with(Options {
        breaker: BreakerOptions {
            failure_threshold: 3,
            ..BreakerOptions::default()
        },
        ..Options::default()
    });
    let s3 = world.aws.s3(&world.home);
    s3.create_bucket("lake").await.unwrap();
    world.cloud.faults().inject(Fault {
        times: Times::Always,
        ..fault("s3", "PutObject", FaultEffect::ServerError)
    });
    for _ in 0..3 {
        let put = PutObject {
            bucket: "lake".into(),
            key: "k".into(),
            ..PutObject::default()
        };
        let error = s3.put_object(put).await.unwrap_err();
        assert_eq!(error.class, ErrorClass::Transient, "{error}");
    }
    world
        .aws
        .sts(&world.home)
        .get_caller_identity()
        .await
        .unwrap();
    let states: Vec<_> = world
        .aws
        .pools()
        .iter()
        .map(|pool| (pool.key.service, pool.circuit.state))
        .collect();
    assert_eq!(
        states,
        [("s3", CircuitState::Open), ("sts", CircuitState::Closed)]
    );
}
