//! The connections of one port: how many are served, and who leaves when others want in.
//!
//! A connection holds a seat. When all seats are taken, whoever comes waits a moment in a small room while the one
//! that has been silent longest, if any is, is asked to leave. When nobody is silent, who waits is told to come
//! again; when the room is full too (`room.rs`), one is closed without a word. So there are never more than
//! nine for every eight seats, and who says nothing keeps nobody out.
//!
//! An answer is under way until the system has the last of it, however slowly it is read. Who takes nothing of what is
//! there for long ([`STUCK_OF`]) counts as silent all the same, and is cut.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use bytes::Buf;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::room::{Place, Room};

/// Beside the seats one of so many more connections, at least [`LEAST_ROOM`], wait for a seat or are refused.
const ROOM_OF: usize = 8;
const LEAST_ROOM: usize = 16;

/// Who takes nothing of what is written for so many times the patience is silent.
const STUCK_OF: u32 = 10;

/// How long who waits for a seat waits.
const SOON: Duration = Duration::from_millis(500);

pub(super) struct Connections {
    seats: Arc<Semaphore>,
    room: Arc<Room>,
    /// Nobody who is silent for less is asked to leave.
    patience: Duration,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    lines: HashMap<u64, Arc<Line>>,
}

/// One connection that is served.
pub(super) struct Line {
    state: Mutex<State>,
    /// How long it may take nothing of what is there and not count as silent.
    stuck_for: Duration,
    leave: CancellationToken,
}

struct State {
    under_way: usize,
    /// Pieces of answers that are there to be taken.
    pieces: usize,
    /// When a request began or ended, or something was there or taken, last.
    since: Instant,
}

/// A seat, until it is dropped.
pub(super) struct Seat {
    connections: Arc<Connections>,
    number: u64,
    line: Arc<Line>,
    _permit: OwnedSemaphorePermit,
}

/// A request and its answer, until this is dropped.
pub(super) struct UnderWay(Arc<Line>);

/// The body of an answer: it is under way until the last of it is taken.
pub(super) struct Counted {
    body: Body,
    under_way: Arc<UnderWay>,
}

/// A piece of an answer, until all of it is taken.
pub(super) struct Piece {
    bytes: Bytes,
    under_way: Arc<UnderWay>,
}

impl Connections {
    /// Seats for so many connections, at least one.
    pub(super) fn new(seats: usize, patience: Duration) -> Arc<Self> {
        let seats = seats.clamp(1, Semaphore::MAX_PERMITS / 2);
        let room = (seats / ROOM_OF).max(LEAST_ROOM);
        Arc::new(Self {
            seats: Arc::new(Semaphore::new(seats)),
            room: Room::new(room),
            patience,
            open: Mutex::default(),
        })
    }

    /// A seat, if one is free.
    pub(super) fn seat(self: &Arc<Self>) -> Option<Seat> {
        let permit = self.seats.clone().try_acquire_owned().ok()?;
        Some(self.take(permit))
    }

    /// A place in the room of those who wait for a seat, if there is one.
    pub(super) fn wait(&self) -> Option<Place> {
        self.room.enter()
    }

    /// A seat, once somebody who was silent has left. None if nobody did in time.
    pub(super) async fn seat_soon(self: &Arc<Self>) -> Option<Seat> {
        self.make_room();
        let seat = tokio::time::timeout(SOON, self.seats.clone().acquire_owned());
        let permit = seat.await.ok()?.ok()?;
        Some(self.take(permit))
    }

    fn take(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Seat {
        let line = Line::new(self.patience * STUCK_OF);
        let mut open = self.open.lock();
        open.next += 1;
        let number = open.next;
        open.lines.insert(number, line.clone());
        drop(open);
        Seat {
            connections: self.clone(),
            number,
            line,
            _permit: permit,
        }
    }

    /// Asks the one to leave that has been silent longest, of those who were not asked before.
    fn make_room(&self) {
        let now = Instant::now();
        let open = self.open.lock();
        let silent = open.lines.values().filter_map(|line| {
            let since = line.silent_since()?;
            let long = now.duration_since(since) >= self.patience;
            (long && !line.leave.is_cancelled()).then_some((since, line))
        });
        if let Some((_, line)) = silent.min_by_key(|(since, _)| *since) {
            line.leave.cancel();
        }
    }
}

impl Seat {
    pub(super) fn line(&self) -> Arc<Line> {
        self.line.clone()
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.connections.open.lock().lines.remove(&self.number);
    }
}

impl Line {
    /// A connection on which nothing was asked yet. Who takes nothing of its answers for `stuck_for` is silent.
    pub(super) fn new(stuck_for: Duration) -> Arc<Self> {
        let state = State {
            under_way: 0,
            pieces: 0,
            since: Instant::now(),
        };
        Arc::new(Self {
            state: Mutex::new(state),
            stuck_for,
            leave: CancellationToken::new(),
        })
    }

    /// A request begins.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        self.change(|state| state.under_way += 1);
        UnderWay(self.clone())
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock();
        change(&mut state);
        state.since = Instant::now();
    }

    /// Since when nothing is under way, or nothing is taken for too long; none if something is.
    fn silent_since(&self) -> Option<Instant> {
        let state = self.state.lock();
        if state.pieces > 0 {
            let silent = state.since + self.stuck_for;
            return (silent <= Instant::now()).then_some(silent);
        }
        (state.under_way == 0).then_some(state.since)
    }

    /// Waits until nothing was under way for so long, or somebody else wants the seat.
    pub(super) async fn is_to_leave(&self, idle: Duration) {
        tokio::select! {
            () = self.is_silent(idle) => {}
            () = self.leave.cancelled() => {}
        }
    }

    /// Waits until nothing was under way for so long.
    async fn is_silent(&self, idle: Duration) {
        loop {
            let now = Instant::now();
            match self.silent_since() {
                Some(since) if now.duration_since(since) >= idle => return,
                Some(since) => tokio::time::sleep_until(since + idle).await,
                None => tokio::time::sleep(idle).await,
            }
        }
    }

    /// Waits so long, and then until nothing is under way.
    pub(super) async fn has_parted(&self, time: Duration) {
        loop {
            tokio::time::sleep(time).await;
            if self.silent_since().is_some() {
                return;
            }
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let end = |state: &mut State| state.under_way = state.under_way.saturating_sub(1);
        self.0.change(end);
    }
}

impl Counted {
    pub(super) fn new(body: Body, under_way: UnderWay) -> Self {
        let under_way = Arc::new(under_way);
        Self { body, under_way }
    }
}

impl HttpBody for Counted {
    type Data = Piece;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, axum::Error>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx));
        let piece = |bytes| Piece::new(bytes, self.under_way.clone());
        Poll::Ready(frame.map(|frame| Ok(frame?.map_data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Piece {
    fn new(bytes: Bytes, under_way: Arc<UnderWay>) -> Self {
        under_way.0.change(|state| state.pieces += 1);
        Self { bytes, under_way }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.under_way.0.change(|_| {});
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        let end = |state: &mut State| state.pieces = state.pieces.saturating_sub(1);
        self.under_way.0.change(end);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn the_one_that_was_silent_longest_makes_room() {
        let connections = Connections::new(3, PATIENCE);
        let mut seats: Vec<_> = (0..3).map(|_| connections.seat().unwrap()).collect();
        assert!(connections.seat().is_none());
        tokio::time::sleep(PATIENCE).await;
        let busy = seats[0].line().begin();
        drop(seats[1].line().begin());
        let waits = tokio::spawn({
            let connections = connections.clone();
            async move { connections.seat_soon().await.is_some() }
        });
        let idle = Duration::from_secs(100);
        // The second one asked for something just now.
        seats[2].line().is_to_leave(idle).await;
        assert!(!seats[0].line().leave.is_cancelled());
        assert!(!seats[1].line().leave.is_cancelled());
        seats.pop();
        assert!(waits.await.unwrap(), "it has the seat of the silent one");
        drop(busy);
    }

    #[tokio::test]
    async fn nobody_who_is_busy_or_came_just_now_makes_room() {
        let connections = Connections::new(2, Duration::from_secs(60));
        let seats = [connections.seat().unwrap(), connections.seat().unwrap()];
        connections.make_room();
        assert!(seats.iter().all(|seat| !seat.line().leave.is_cancelled()));

        let connections = Connections::new(2, Duration::ZERO);
        let seats = [connections.seat().unwrap(), connections.seat().unwrap()];
        let _busy = seats[0].line().begin();
        assert!(connections.seat_soon().await.is_none(), "nobody left yet");
        assert!(!seats[0].line().leave.is_cancelled());
        assert!(seats[1].line().leave.is_cancelled());
    }

    #[tokio::test]
    async fn there_are_never_more_than_said() {
        let connections = Connections::new(100, PATIENCE);
        let seats: Vec<_> = std::iter::from_fn(|| connections.seat()).collect();
        let heard = || {
            let place = connections.wait()?;
            place.is_heard();
            Some(place)
        };
        let room: Vec<_> = std::iter::from_fn(heard).collect();
        assert_eq!((seats.len(), room.len()), (100, 16));
        drop(seats);
        assert!(connections.open.lock().lines.is_empty());
        assert!(connections.seat().is_some());
    }

    #[tokio::test]
    async fn a_line_is_silent_from_the_end_of_its_last_request() {
        let connections = Connections::new(1, PATIENCE);
        let line = connections.seat().unwrap().line();
        let began = Instant::now();
        let request = line.begin();
        let ends = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(70)).await;
            drop(request);
        });
        line.is_silent(Duration::from_millis(30)).await;
        assert!(began.elapsed() >= Duration::from_millis(100));
        ends.await.unwrap();
    }
}
