//! The room of those for whom there was no seat: they wait for one, or for their refusal.
//!
//! When it is full, whoever came first of those that have said nothing yet is shown out for whoever comes. Who waits for a
//! seat has said something with the first byte, who is to be refused with a whole request; and when three quarters are
//! taken, nobody waits for a seat. So who says nothing, or little, keeps nobody from being told that there is no seat, or
//! that the process is well.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

pub(super) struct Room {
    places: usize,
    guests: Mutex<Guests>,
}

#[derive(Default)]
struct Guests {
    next: u64,
    /// By their number: who came first is first.
    silent: BTreeMap<u64, CancellationToken>,
    /// How many have said something.
    heard: usize,
}

/// A place in the room, until it is dropped or its guest is shown out.
pub(super) struct Place {
    room: Arc<Room>,
    number: u64,
    crowded: bool,
    leave: CancellationToken,
}

impl Room {
    /// With so many places.
    pub(super) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self {
            places,
            guests: Mutex::default(),
        })
    }

    /// A place, if there is one or somebody silent has one.
    pub(super) fn enter(self: &Arc<Self>) -> Option<Place> {
        let mut guests = self.guests.lock();
        if guests.silent.len() + guests.heard >= self.places {
            let (_, leave) = guests.silent.pop_first()?;
            leave.cancel();
        }
        let taken = guests.silent.len() + guests.heard;
        guests.next += 1;
        let (number, leave) = (guests.next, CancellationToken::new());
        guests.silent.insert(number, leave.clone());
        Some(Place {
            room: self.clone(),
            number,
            crowded: taken * 4 >= self.places * 3,
            leave,
        })
    }
}

impl Place {
    /// Its guest said something: it is not shown out any more.
    pub(super) fn is_heard(&self) {
        let mut guests = self.room.guests.lock();
        if guests.silent.remove(&self.number).is_some() {
            guests.heard += 1;
        }
    }

    /// It has said nothing yet after all.
    pub(super) fn is_silent(&self) {
        let mut guests = self.room.guests.lock();
        if self.leave.is_cancelled() || guests.silent.contains_key(&self.number) {
            return;
        }
        guests.heard -= 1;
        guests.silent.insert(self.number, self.leave.clone());
    }

    /// Whether the room was so full when it came that it is not to wait for a seat.
    pub(super) fn is_crowded(&self) -> bool {
        self.crowded
    }

    /// Waits until its guest is shown out, if ever.
    pub(super) async fn is_lost(&self) {
        self.leave.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut guests = self.room.guests.lock();
        if guests.silent.remove(&self.number).is_none() && !self.leave.is_cancelled() {
            guests.heard -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn whoever_is_silent_longest_makes_room_and_who_was_heard_stays() {
        let room = Room::new(3);
        let heard = room.enter().unwrap();
        heard.is_heard();
        heard.is_heard();
        let silent = room.enter().unwrap();
        let later = room.enter().unwrap();
        let next = room.enter().unwrap();
        assert!(silent.leave.is_cancelled() && !heard.leave.is_cancelled());
        later.is_heard();
        next.is_heard();
        assert!(room.enter().is_none(), "all were heard");
        drop(silent);
        assert!(room.enter().is_none(), "its place is taken already");
        later.is_silent();
        let instead = room.enter().unwrap();
        assert!(later.leave.is_cancelled());
        instead.is_heard();
        assert!(room.enter().is_none());
        drop(heard);
        assert!(room.enter().is_some());
        drop((later, next, instead));
        let guests = room.guests.lock();
        assert_eq!((guests.silent.len(), guests.heard), (0, 0));
    }

    #[test]
    fn nobody_waits_for_a_seat_when_three_quarters_are_taken() {
        let room = Room::new(8);
        let guests: Vec<_> = (0..8).map(|_| room.enter().unwrap()).collect();
        let crowded = guests.iter().filter(|guest| guest.is_crowded());
        assert_eq!(crowded.count(), 2);
    }
}
