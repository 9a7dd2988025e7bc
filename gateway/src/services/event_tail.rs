//! Following the events of the mesh.
//!
//! An event's place in the list is the time of the decision that made it. Decisions of different actors
//! become durable in another order than they were made in, so an event can appear *before* one that was
//! already sent: going on from the last place would miss it. So each look goes back over the last ten
//! seconds and sends what was not sent yet; a commit takes far less from its decision to the list.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use datamesh_actor::Change;
use datamesh_actors::{EVENTS, MeshEvent};
use datamesh_journal::ViewQuery;
use datamesh_proto::v1;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tonic::Status;

use super::backend::Backend;
use super::event::shown;
use super::failure::{draining, internal, unread};
use super::follow::Watched;

/// How far each look goes back, in milliseconds.
const WINDOW_MS: i64 = 10_000;

/// After a change, others are waited for this long, so that a busy mesh is not read at each of them.
const PAUSE: Duration = Duration::from_millis(20);

/// Rows that are read at once.
const PAGE: usize = 200;

/// Sends the newest `last` events, oldest of them first, then each new one.
pub async fn tail(
    backend: Backend,
    last: usize,
    detail_type: String,
) -> Result<Watched<v1::Event>, Status> {
    let permit = backend.stream_permit()?;
    let changes = backend.runtime.changes();
    let mut tail = Tail {
        newest_ms: backend.runtime.clock().now_ms(),
        backend,
        changes,
        detail_type,
        seen: HashSet::new(),
        times: VecDeque::new(),
        ready: VecDeque::new(),
        _permit: permit,
    };
    tail.begin(last).await?;
    Ok(Box::pin(futures::stream::unfold(
        Some(tail),
        async |state| {
            let mut tail = state?;
            match tail.next().await {
                Ok(event) => Some((Ok(shown(event)), Some(tail))),
                Err(status) => Some((Err(status), None)),
            }
        },
    )))
}

struct Tail {
    backend: Backend,
    changes: Receiver<Change>,
    detail_type: String,
    /// The time of the newest event that was seen.
    newest_ms: i64,
    /// The ids of the events of the window that were seen.
    seen: HashSet<String>,
    /// The same with their times, in the order they were seen in.
    times: VecDeque<(i64, String)>,
    ready: VecDeque<MeshEvent>,
    _permit: OwnedSemaphorePermit,
}

impl Tail {
    /// Takes note of what is there already, and keeps the newest of it for sending.
    async fn begin(&mut self, last: usize) -> Result<(), Status> {
        let mut query = self.query();
        let mut kept = Vec::new();
        loop {
            let page = self.backend.runtime.journal().views(&query).await;
            let page = page.map_err(unread)?;
            for row in &page.items {
                let event: MeshEvent =
                    serde_json::from_str(row.doc.get()).map_err(|e| internal(&e))?;
                let recent = event.time_ms >= self.newest_ms - WINDOW_MS;
                if kept.len() >= last && !recent {
                    self.ready = kept.into_iter().rev().collect();
                    return Ok(());
                }
                if recent {
                    self.note(&event);
                }
                if kept.len() < last {
                    kept.push(event);
                }
            }
            if page.next.is_none() {
                self.ready = kept.into_iter().rev().collect();
                return Ok(());
            }
            query.after = page.next;
        }
    }

    async fn next(&mut self) -> Result<MeshEvent, Status> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            tokio::select! {
                () = anything(&mut self.changes) => {}
                () = self.backend.drain.cancelled() => return Err(draining()),
            }
            self.look().await?;
        }
    }

    /// Reads the window and keeps what is new for sending.
    async fn look(&mut self) -> Result<(), Status> {
        let floor_ms = self.newest_ms - WINDOW_MS;
        let mut query = self.query();
        let mut fresh = Vec::new();
        'pages: loop {
            let page = self.backend.runtime.journal().views(&query).await;
            let page = page.map_err(unread)?;
            for row in &page.items {
                if self.seen.contains(&row.key) {
                    continue;
                }
                let event: MeshEvent =
                    serde_json::from_str(row.doc.get()).map_err(|e| internal(&e))?;
                if event.time_ms < floor_ms {
                    break 'pages;
                }
                fresh.push(event);
            }
            if page.next.is_none() {
                break;
            }
            query.after = page.next;
        }
        for event in fresh.into_iter().rev() {
            self.note(&event);
            self.ready.push_back(event);
        }
        self.forget();
        Ok(())
    }

    fn query(&self) -> ViewQuery {
        let mut query = ViewQuery {
            collection: EVENTS.to_owned(),
            descending: true,
            limit: PAGE,
            ..ViewQuery::default()
        };
        super::page::filter(&mut query, "detailType", self.detail_type.as_str());
        query
    }

    fn note(&mut self, event: &MeshEvent) {
        self.newest_ms = self.newest_ms.max(event.time_ms);
        self.seen.insert(event.event_id.clone());
        self.times
            .push_back((event.time_ms, event.event_id.clone()));
    }

    /// Forgets what no look will find again.
    fn forget(&mut self) {
        let floor_ms = self.newest_ms - WINDOW_MS;
        let seen = &mut self.seen;
        self.times.retain(|(time_ms, id)| {
            let keep = *time_ms >= floor_ms;
            if !keep {
                seen.remove(id);
            }
            keep
        });
    }
}

/// Ends when anything has changed, and takes note of all changes so far.
async fn anything(changes: &mut Receiver<Change>) {
    match changes.recv().await {
        Ok(_) | Err(RecvError::Lagged(_)) => {}
        Err(RecvError::Closed) => std::future::pending().await,
    }
    tokio::time::sleep(PAUSE).await;
    while !matches!(
        changes.try_recv(),
        Err(TryRecvError::Empty | TryRecvError::Closed)
    ) {}
}
