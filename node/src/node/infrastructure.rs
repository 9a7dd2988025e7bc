//! The pools and queues, as the operator's door shows them.

use datamesh_aws::{Aws, CircuitState, ErrorClass, OperationSnapshot, PoolSnapshot};
use datamesh_gateway::services::Infrastructure;
use datamesh_gateway::status::with_reason;
use datamesh_proto::v1;
use datamesh_workers::{QueueError, QueueSummary, Workers};
use tonic::{Code, Status};

/// What lies beside the actors.
pub struct Beside {
    /// The pools.
    pub aws: Aws,
    /// Who works on the queues; `None` if this process does not.
    pub workers: Option<Workers>,
}

#[tonic::async_trait]
impl Infrastructure for Beside {
    fn pools(&self) -> Vec<v1::Pool> {
        self.aws.pools().into_iter().map(pool).collect()
    }

    async fn queues(&self) -> Result<Vec<v1::Queue>, Status> {
        let Some(workers) = &self.workers else {
            return Ok(Vec::new());
        };
        let queues = workers
            .queues()
            .await
            .map_err(|error| refused(error.into()))?;
        Ok(queues.into_iter().map(queue).collect())
    }

    async fn redrive(&self, queue: &str) -> Result<u64, Status> {
        let Some(workers) = &self.workers else {
            return Err(with_reason(
                Code::FailedPrecondition,
                "NO_WORKERS",
                "this process does not work on queues",
            ));
        };
        workers.redrive(queue).await.map_err(refused)
    }
}

fn refused(error: QueueError) -> Status {
    let (code, reason) = match error {
        QueueError::Unknown(_) => (Code::NotFound, "QUEUE_NOT_FOUND"),
        QueueError::Aws(_) => (Code::Unavailable, "AWS_UNAVAILABLE"),
    };
    with_reason(code, reason, error.to_string())
}

fn pool(snapshot: PoolSnapshot) -> v1::Pool {
    let circuit = match snapshot.circuit.state {
        CircuitState::Closed => "CLOSED",
        CircuitState::Open => "OPEN",
        CircuitState::HalfOpen => "HALF_OPEN",
    };
    v1::Pool {
        service: snapshot.key.service.to_owned(),
        account: snapshot.key.account,
        region: snapshot.key.region,
        role: snapshot.key.role.unwrap_or_default(),
        circuit: circuit.to_owned(),
        circuit_since: Some(moment(snapshot.circuit.since_ms)),
        in_flight: count(snapshot.in_flight),
        max_in_flight: count(snapshot.max_in_flight),
        operations: snapshot.operations.into_iter().map(operation).collect(),
        last_error: snapshot
            .last_error
            .map(|last| last.error.to_string())
            .unwrap_or_default(),
    }
}

fn operation(snapshot: OperationSnapshot) -> v1::PoolOperation {
    // What is not there, or is there already, is an answer, and no failure of the pool's.
    let failed = snapshot
        .errors
        .iter()
        .filter(|(class, _)| matches!(class, ErrorClass::Transient | ErrorClass::Terminal))
        .map(|(_, errors)| errors)
        .sum();
    v1::PoolOperation {
        operation: snapshot.operation,
        configured_rate: snapshot.configured_rate,
        current_rate: snapshot.current_rate,
        calls: snapshot.calls,
        throttled: snapshot.throttled,
        failed,
        waiting: count(snapshot.waiting.values().sum()),
    }
}

fn queue(summary: QueueSummary) -> v1::Queue {
    v1::Queue {
        queue: summary.queue,
        visible: summary.visible,
        in_flight: summary.in_flight,
        dead_letter_queue: summary.dead_letter_queue,
        dead_letters: summary.dead_letters,
    }
}

fn moment(ms: u64) -> prost_types::Timestamp {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    prost_types::Timestamp {
        seconds: ms.div_euclid(1_000),
        nanos: i32::try_from(ms.rem_euclid(1_000) * 1_000_000).unwrap_or(0),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
