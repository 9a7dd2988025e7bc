//! Every request that a stack makes fails once, one after the other.

use std::collections::BTreeSet;
use std::time::Duration;

use datamesh_localcloud::{Fault, FaultEffect, Times};

use crate::resources::everything;
use crate::stage::Stage;

/// Service and operation of what was asked of other services; CloudFormation's own left out.
fn asked(stage: &Stage) -> BTreeSet<(String, String)> {
    let seen = stage.cloud.faults().seen().into_iter();
    seen.map(|seen| (seen.service, seen.operation))
        .filter(|(service, _)| service != "cloudformation")
        .collect()
}

/// A stage that remembers every request.
fn watched() -> Stage {
    let stage = Stage::new();
    stage.cloud.faults().inject(Fault {
        times: Times::Always,
        ..Fault::once(FaultEffect::Latency(Duration::ZERO))
    });
    stage
}

fn strike(stage: &Stage, (service, operation): &(String, String)) {
    stage.cloud.faults().inject(Fault {
        service: Some(service.clone()),
        operation: Some(operation.clone()),
        ..Fault::once(FaultEffect::ServerError)
    });
}

/// The name of a queue rests for a minute after it was deleted.
async fn every_name_is_free_again(stage: &Stage) {
    stage.clock.advance(Duration::from_secs(61));
    stage.created("mesh", &everything()).await;
}

#[tokio::test]
async fn whichever_request_of_a_create_fails_nothing_is_left_behind() {
    let watched = watched();
    watched.created("mesh", &everything()).await;
    let requests = asked(&watched);
    assert!(requests.len() > 20, "{requests:?}");
    for request in &requests {
        let stage = Stage::new();
        strike(&stage, request);
        stage.create("mesh", &everything()).await;
        let ended = stage.settled("mesh").await;
        assert!(
            ["CREATE_COMPLETE", "ROLLBACK_COMPLETE"].contains(&ended.as_str()),
            "{request:?}: {ended}"
        );
        stage.cloud.faults().clear();
        assert_eq!(stage.delete("mesh").await, "DELETE_COMPLETE", "{request:?}");
        every_name_is_free_again(&stage).await;
    }
}

#[tokio::test]
async fn whichever_request_of_a_delete_fails_the_next_delete_ends_it() {
    let watched = watched();
    watched.created("mesh", &everything()).await;
    let creates = asked(&watched);
    watched.delete("mesh").await;
    let requests: Vec<(String, String)> = asked(&watched).difference(&creates).cloned().collect();
    assert!(requests.len() > 10, "{requests:?}");
    for request in &requests {
        let stage = Stage::new();
        stage.created("mesh", &everything()).await;
        strike(&stage, request);
        assert_eq!(stage.delete("mesh").await, "DELETE_FAILED", "{request:?}");
        assert_eq!(stage.delete("mesh").await, "DELETE_COMPLETE", "{request:?}");
        every_name_is_free_again(&stage).await;
    }
}

#[tokio::test]
async fn whichever_request_of_an_update_fails_the_stack_is_as_before() {
    let changed = everything().replace("of the lake", "of another lake");
    let changed = changed.replace("\"EXTERNAL_TABLE\"", "\"VIRTUAL_VIEW\"");
    let changed = changed.replace("s3:*", "s3:GetObject");
    let changed = changed.replace("\"until\"", "\"expires\"");
    assert_ne!(changed, everything());
    let watched = watched();
    watched.created("mesh", &everything()).await;
    let creates = asked(&watched);
    assert_eq!(watched.updated("mesh", &changed).await, "UPDATE_COMPLETE");
    let requests: Vec<(String, String)> = asked(&watched).difference(&creates).cloned().collect();
    assert!(requests.len() > 3, "{requests:?}");
    for request in &requests {
        let stage = Stage::new();
        stage.created("mesh", &everything()).await;
        strike(&stage, request);
        let ended = stage.updated("mesh", &changed).await;
        assert_eq!(ended, "UPDATE_ROLLBACK_COMPLETE", "{request:?}");
        let nothing = stage.client.update_stack().stack_name("mesh");
        let nothing = nothing.template_body(everything());
        let nothing =
            nothing.capabilities(aws_sdk_cloudformation::types::Capability::CapabilityNamedIam);
        let words = crate::stage::refusal(nothing.send().await).1;
        assert_eq!(words, "No updates are to be performed.", "{request:?}");
        assert_eq!(
            stage.updated("mesh", &changed).await,
            "UPDATE_COMPLETE",
            "{request:?}"
        );
    }
}
