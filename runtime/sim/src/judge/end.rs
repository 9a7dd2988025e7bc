//! The end of a run: everything has come to its end, and happened as often as it was to.

use datamesh_actor::pod::Pod;
use datamesh_actor::{Entity, Idempotency};
use datamesh_journal::EntityKey;

use crate::history::History;
use crate::ledger::{Command, Ledger};
use crate::world::World;

impl World {
    /// Everything has come to its end: no process believes that it has a commit in flight.
    pub(crate) fn judge_rest(&mut self) {
        for pod in 0..self.pods.len() {
            let process = self.pods[pod].process.as_ref();
            let left = process.map_or(0, Pod::unanswered);
            if left > 0 {
                self.wrong(format!(
                    "pod {pod} rests, and counts {left} commits in flight"
                ));
            }
            let process = self.pods[pod].process.as_ref();
            let taken = process.map_or(0, Pod::places_taken);
            if taken > 0 {
                self.wrong(format!("pod {pod} rests, and {taken} places are taken"));
            }
        }
    }

    pub(crate) fn never_rested(&mut self) {
        let open: Vec<String> = self
            .wishes
            .iter()
            .enumerate()
            .filter(|(_, wish)| wish.answer.is_none())
            .map(|(n, wish)| format!("w{n} for {} is not answered", wish.entity))
            .chain(
                self.journal
                    .open_work()
                    .into_iter()
                    .map(|(key, work)| format!("{key} {} is not done", work.id)),
            )
            .collect();
        self.wrong(format!("it never came to rest: {}", open.join(", ")));
    }

    pub(super) fn judge_wish(&mut self, wish: usize) -> Option<String> {
        let wanted = self.wishes.get(wish)?;
        let number = match &wanted.command {
            Command::Enter(number)
            | Command::Do(number, _)
            | Command::Wake(number, _)
            | Command::Poison(number, _) => *number,
            Command::Read | Command::Refuse | Command::Panic => return None,
        };
        let none = History::default();
        let key = EntityKey::new(Ledger::KIND, wanted.entity.as_str());
        let history = self.histories.get(&key).unwrap_or(&none);
        let places = history.entered.get(&number).map_or(&[][..], Vec::as_slice);
        let Some(first) = places.first() else {
            let lost = || format!("w{wish} was acknowledged and never counted");
            return wanted.answer.is_some().then(lost);
        };
        if wanted.given_up {
            return Some(format!(
                "w{wish} was refused, never sent again, and counted"
            ));
        }
        for pair in places.windows(2) {
            let others = history.receipts_between(pair[0], pair[1]);
            if others < self.plan.receipts {
                return Some(format!(
                    "w{wish} counted again after {others} others, and {} receipts are kept",
                    self.plan.receipts
                ));
            }
        }
        let again = u32::try_from(places.len() - 1).unwrap_or(u32::MAX);
        for answer in wanted.answer.iter().chain(&wanted.others) {
            if !places.iter().any(|place| history.pages[*place] == *answer) {
                return Some(format!(
                    "w{wish} was answered with {} entries and stands at {}",
                    answer.entries, history.pages[*first].entries
                ));
            }
        }
        let entries = history.pages[*first].entries;
        if entries <= wanted.floor {
            return Some(format!(
                "w{wish} stands at {entries} entries, and {} were told before it was sent",
                wanted.floor
            ));
        }
        if matches!(wanted.command, Command::Do(..)) {
            let settled = history.settled.get(&number).copied().unwrap_or(0);
            let open = |place: &&usize| {
                let mut asked = history.asked.values();
                asked.any(|asked| asked.place == **place && !asked.settled)
            };
            let open = places.iter().filter(open).count();
            if settled + open != places.len() {
                return Some(format!(
                    "w{wish} counted {} times; its effect was settled {settled} times and waits {open} times",
                    places.len()
                ));
            }
        }
        if matches!(wanted.command, Command::Wake(..)) {
            let woken = history.woken.get(&number).copied().unwrap_or(0);
            // Set again before it came, it comes once.
            if (woken == 0 && !self.is_left(&key)) || woken > places.len() {
                return Some(format!("the timer of w{wish} came {woken} times"));
            }
        }
        self.counts.counted_again += again;
        None
    }

    /// At most once in effect for each time that its command counted: by token and by name whatever happens; by
    /// a look before, unless a pod that began before the first deed was done did it too, for that one had no
    /// reason to look.
    pub(super) fn judge_deeds(&mut self) {
        let done = self.outside.done();
        for (n, second) in done.iter().enumerate() {
            let (number, part) = second.deed;
            let counted: usize = self
                .histories
                .values()
                .filter_map(|history| history.entered.get(&number))
                .map(Vec::len)
                .sum();
            let before: Vec<_> = done[..n]
                .iter()
                .filter(|first| first.deed == second.deed)
                .collect();
            let mut by_this = before.iter().filter(|first| first.key == second.key);
            let born_ms = self.born_ms.get(&second.life).copied().unwrap_or(0);
            let twice = match second.how {
                Idempotency::Token | Idempotency::NaturalKey => {
                    by_this.next().is_some() || before.len() >= counted
                }
                Idempotency::ReadBack => {
                    by_this.any(|first| first.life == second.life || born_ms > first.at_ms)
                }
                Idempotency::AtLeastOnce => counted == 0,
            };
            if twice {
                self.wrong(format!(
                    "part {part} of deed {number} was done {} times and asked for {counted} times ({:?})",
                    before.len() + 1,
                    second.how
                ));
            }
        }
    }
}
