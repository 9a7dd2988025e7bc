//! Following a record: until it reaches an end (`wait`), or for as long as the caller stays (`Watch…`).
//!
//! The runtime tells of each durable commit by entity and number. Whoever follows subscribes first and
//! reads then, so that no change falls between; when told of a change (or that some were lost) it reads
//! again. A record without a row is deleted.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use datamesh_actor::{Change, Entity};
use futures::Stream;
use futures::future::BoxFuture;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tonic::Status;

use super::backend::Backend;
use super::record::Record;
use super::stream_pass::StreamPass;
use crate::auth::Caller;

/// How long a call that waits takes at most.
pub const WAIT: Duration = Duration::from_secs(60);

/// The answer of a `Watch…` rpc.
pub type Watched<M> = Pin<Box<dyn Stream<Item = Result<M, Status>> + Send>>;

/// Waits until `ended` says so, for 60 seconds at most, and answers with what is then. `changes` was
/// subscribed before the command was sent.
pub async fn wait<R: Record>(
    backend: &Backend,
    mut changes: Receiver<Change>,
    record: R,
    ended: impl Fn(&R) -> bool,
) -> Result<R, Status> {
    let mut latest = record;
    let deadline = tokio::time::sleep(WAIT);
    tokio::pin!(deadline);
    loop {
        // The reply may be that of an earlier call, so even the first look is at the row.
        match backend.find::<R>(latest.id()).await? {
            Some(record) => latest = record,
            None => return Ok(latest.deleted()),
        }
        if ended(&latest) {
            return Ok(latest);
        }
        tokio::select! {
            () = changed::<R::Actor>(&mut changes, latest.actor_id()) => {}
            () = &mut deadline => return Ok(latest),
            () = backend.drain.cancelled() => return Ok(latest),
        }
    }
}

/// Waits until `look` finds what is waited for in what an actor wrote, for 60 seconds at most; `None` if it
/// did not by then. `changes` was subscribed before the command was sent.
pub async fn found<'a, A: Entity, T>(
    backend: &Backend,
    mut changes: Receiver<Change>,
    actor_id: &str,
    look: impl Fn() -> BoxFuture<'a, Result<Option<T>, Status>>,
) -> Result<Option<T>, Status> {
    let deadline = tokio::time::sleep(WAIT);
    tokio::pin!(deadline);
    loop {
        if let Some(found) = look().await? {
            return Ok(Some(found));
        }
        tokio::select! {
            () = changed::<A>(&mut changes, actor_id) => {}
            () = &mut deadline => return Ok(None),
            () = backend.drain.cancelled() => return Ok(None),
        }
    }
}

/// Sends the record now and after each change, until it is deleted or the caller's token expires.
pub async fn watch<R: Record>(
    backend: Backend,
    caller: &Arc<Caller>,
    id: String,
) -> Result<Watched<R::Message>, Status> {
    let pass = backend.stream_pass(caller)?;
    let changes = backend.runtime.changes();
    let record: R = backend.get(&id).await?;
    let watch = Watch {
        backend,
        changes,
        id,
        actor_id: record.actor_id().to_owned(),
        next: Some(record),
        sent: None,
        pass,
    };
    Ok(Box::pin(futures::stream::unfold(
        Some(watch),
        async |state| {
            let mut watch = state?;
            match watch.next().await? {
                Step::Send(record) => Some((Ok(record.into_message()), Some(watch))),
                Step::Last(record) => Some((Ok(record.into_message()), None)),
                Step::Fail(status) => Some((Err(status), None)),
            }
        },
    )))
}

struct Watch<R> {
    backend: Backend,
    changes: Receiver<Change>,
    id: String,
    actor_id: String,
    next: Option<R>,
    sent: Option<R>,
    pass: StreamPass,
}

enum Step<R> {
    Send(R),
    Last(R),
    Fail(Status),
}

impl<R: Record> Watch<R> {
    async fn next(&mut self) -> Option<Step<R>> {
        if let Some(first) = self.next.take() {
            return Some(self.send(first));
        }
        loop {
            tokio::select! {
                () = changed::<R::Actor>(&mut self.changes, &self.actor_id) => {}
                status = self.pass.over() => return Some(Step::Fail(status)),
            }
            match self.backend.find::<R>(&self.id).await {
                Err(status) => return Some(Step::Fail(status)),
                Ok(None) => return self.sent.take().map(|record| Step::Last(record.deleted())),
                Ok(Some(record)) if self.sent.as_ref() == Some(&record) => {}
                Ok(Some(record)) => return Some(self.send(record)),
            }
        }
    }

    fn send(&mut self, record: R) -> Step<R> {
        self.sent = Some(record.clone());
        if record.is_last() {
            Step::Last(record)
        } else {
            Step::Send(record)
        }
    }
}

/// Ends when the entity has changed, or may have.
async fn changed<A: Entity>(changes: &mut Receiver<Change>, id: &str) {
    loop {
        match changes.recv().await {
            Ok(change) if &*change.key.kind == A::KIND && &*change.key.id == id => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
