use tokio::sync::oneshot;

use crate::ask::AskError;
use crate::engine::BUSY_RETRY;
use crate::entity::Entity;
use crate::slot::Answer;

/// The answer to a command, once it is there.
pub struct Reply<E: Entity> {
    answer: oneshot::Receiver<Answer>,
    reply: std::marker::PhantomData<fn() -> E>,
}

impl<E: Entity> Reply<E> {
    pub(super) fn new(answer: oneshot::Receiver<Answer>) -> Self {
        Self {
            answer,
            reply: std::marker::PhantomData,
        }
    }

    /// The answer; `None` while there is none. A pod that went away answers `Retry`.
    pub fn look(&mut self) -> Option<Result<E::Reply, AskError>> {
        match self.answer.try_recv() {
            Ok(Ok(json)) => Some(
                serde_json::from_str(json.get()).map_err(|e| AskError::Internal(e.to_string())),
            ),
            Ok(Err(error)) => Some(Err(error)),
            Err(oneshot::error::TryRecvError::Empty) => None,
            Err(oneshot::error::TryRecvError::Closed) => Some(Err(AskError::Retry {
                retry_after: BUSY_RETRY,
                reason: "the actor went away before it answered".into(),
            })),
        }
    }
}
