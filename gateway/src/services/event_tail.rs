//! Following the events of the mesh.
//!
//! An event's place in the list is the time of the decision that made it. Decisions of different actors
//! become durable in another order than they were made in, so an event can appear *before* one that was
//! already sent: going on from the last place would miss it. So twice a second while there are changes a
//! sweep goes back over the last ten seconds and sends what was not sent yet; a commit takes far less from
//! its decision to the list. Between the sweeps a glance at the newest is enough.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use datamesh_actor::Change;
use datamesh_actors::{EVENTS, MeshEvent};
use datamesh_journal::ViewQuery;
use datamesh_proto::v1;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::Instant;
use tonic::{Code, Status};

use super::backend::Backend;
use super::event::shown;
use super::failure::{internal, unread};
use super::follow::Watched;
use super::stream_pass::StreamPass;
use crate::auth::Caller;
use crate::status::with_reason;

/// How far each look goes back, in milliseconds.
const WINDOW_MS: i64 = 10_000;

/// After a change, others are waited for this long, so that a busy mesh is not read at each of them.
const PAUSE: Duration = Duration::from_millis(20);

/// After a change, what a glance does not find is looked for within this time.
const SWEEP_EVERY: Duration = Duration::from_millis(500);

/// Rows that are read at once.
const PAGE: usize = 200;

/// A client for whom more events than this wait has fallen behind: it is told so, and reads the list.
const MOST_WAITING: usize = 10_000;

/// How far back to look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// To the first page that holds nothing new.
    Glance,
    /// Over the whole window.
    Sweep,
}

/// Sends the newest `last` events, oldest of them first, then each new one.
pub async fn tail(
    backend: Backend,
    caller: &Arc<Caller>,
    last: usize,
    detail_type: String,
) -> Result<Watched<v1::Event>, Status> {
    let pass = backend.stream_pass(caller)?;
    let changes = backend.runtime.changes();
    let mut tail = Tail {
        newest_ms: backend.runtime.clock().now_ms(),
        backend,
        changes,
        detail_type,
        seen: HashSet::new(),
        times: VecDeque::new(),
        ready: VecDeque::new(),
        sweep_at: None,
        pass,
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
    /// When the next sweep is due; `None` if nothing has changed since the last.
    sweep_at: Option<Instant>,
    pass: StreamPass,
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
            let sweep_at = self.sweep_at;
            let look = tokio::select! {
                // A change that is forgotten here came before the sweep, which finds it.
                () = anything(&mut self.changes) => Look::Glance,
                () = until(sweep_at) => Look::Sweep,
                status = self.pass.over() => return Err(status),
            };
            self.sweep_at = match look {
                Look::Glance => sweep_at.or_else(|| Some(Instant::now() + SWEEP_EVERY)),
                Look::Sweep => None,
            };
            self.look(look).await?;
        }
    }

    /// Reads the window, or the newest of it, and keeps what is new for sending.
    async fn look(&mut self, look: Look) -> Result<(), Status> {
        let floor_ms = self.newest_ms - WINDOW_MS;
        let mut query = self.query();
        let mut fresh = Vec::new();
        'pages: loop {
            let page = self.backend.runtime.journal().views(&query).await;
            let page = page.map_err(unread)?;
            let known = fresh.len();
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
            if fresh.len() > MOST_WAITING {
                return Err(fell_behind());
            }
            if page.next.is_none() || (look == Look::Glance && fresh.len() == known) {
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

fn fell_behind() -> Status {
    with_reason(
        Code::ResourceExhausted,
        "FELL_BEHIND",
        format!(
            "more than {MOST_WAITING} events wait for this client: list them, then follow again"
        ),
    )
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
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
