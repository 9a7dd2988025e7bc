//! A deed that kills every process that tries it is found out and stopped, and the others are done. Many pods
//! live and die on one journal here, without any other trouble.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use datamesh_actor::pod::{BlackBox, Builder, Pod, Try, Wanted};
use datamesh_actor::{Entity, Idempotency, Meta, Options};
use datamesh_journal::EntityKey;
use datamesh_sim::journal::SimJournal;
use datamesh_sim::ledger::{Command, Deed, Ledger};
use datamesh_sim::outside::{Fate, Outside};

const LIMIT: u32 = 3;

/// What outlives the pods.
struct Machine {
    journal: Arc<SimJournal>,
    outside: Outside,
    black_box: BlackBox,
    now_ms: i64,
}

fn key(id: usize) -> EntityKey {
    EntityKey::new(Ledger::KIND, format!("l{id}"))
}

fn deed(number: usize) -> Command {
    let number = u32::try_from(number).unwrap();
    let deed = Deed {
        number,
        how: Idempotency::NaturalKey,
        parts: 1,
        impossible: false,
    };
    Command::Do(number, deed)
}

impl Machine {
    fn new() -> Self {
        Self {
            journal: Arc::new(SimJournal::new(512, None)),
            outside: Outside::new(None),
            black_box: BlackBox::default(),
            now_ms: 1_000_000,
        }
    }

    fn boot(&self) -> Pod {
        let options = Options {
            shards: 2,
            crash_limit: LIMIT,
            claim_first: 2,
            claim_most: 8,
            ..Options::default()
        };
        Builder::default()
            .register::<Ledger>(self.outside.clone())
            .after(&self.black_box)
            .start(options, 7)
    }

    /// Carries out what the pod wants but the tries, which it gives back.
    fn perform(&mut self, pod: &mut Pod) -> Vec<Try> {
        let mut tries = Vec::new();
        loop {
            let mut wanted: VecDeque<Wanted> = pod.wanted().into();
            if wanted.is_empty() {
                return tries;
            }
            while let Some(want) = wanted.pop_front() {
                match want {
                    Wanted::Load(load) => {
                        let loaded = self.journal.read(load.key());
                        pod.loaded(self.now_ms, &load, Ok(loaded));
                    }
                    Wanted::Append { commit, ticket } => {
                        let fate = self.journal.write(*commit);
                        pod.appended(self.now_ms, &ticket, fate);
                    }
                    Wanted::Try { after, attempt } => {
                        assert_eq!(after, Duration::ZERO);
                        tries.push(attempt);
                    }
                    Wanted::Arm { .. } | Wanted::Changed { .. } => {}
                    _ => panic!("nothing else is wanted here"),
                }
            }
        }
    }

    /// One life: everything unsettled is taken up; deeds end one after the other, unless `poison` is among those
    /// that run: then the process dies. Answers how many ran when it did.
    fn live(&mut self, poison: &EntityKey) -> Option<usize> {
        let mut pod = self.boot();
        loop {
            self.now_ms += 20;
            let over = pod.claim(self.now_ms, &*self.journal.clone()).unwrap();
            let mut tries = self.perform(&mut pod);
            for attempt in &tries {
                self.black_box.begins(attempt);
            }
            if tries.iter().any(|attempt| attempt.cx().entity == *poison) {
                self.black_box.crashed(LIMIT);
                return Some(tries.len());
            }
            while let Some(attempt) = tries.pop() {
                self.outside.expect(Fate::Done, 1, self.now_ms);
                let end = attempt.run();
                self.black_box.ends(&end);
                pod.ended(self.now_ms, end);
                let more = self.perform(&mut pod);
                for attempt in &more {
                    self.black_box.begins(attempt);
                }
                if more.iter().any(|attempt| attempt.cx().entity == *poison) {
                    self.black_box.crashed(LIMIT);
                    return Some(tries.len() + more.len());
                }
                tries.extend(more);
            }
            if over && pod.wanted().is_empty() {
                return None;
            }
        }
    }
}

#[test]
fn a_deed_that_kills_its_process_is_stopped_and_the_others_are_done() {
    const LEDGERS: usize = 40;
    for poison in [0, 7, LEDGERS - 1] {
        let mut machine = Machine::new();
        let mut pod = machine.boot();
        for n in 0..LEDGERS {
            let id = key(n).id.to_string();
            let meta = Meta::default();
            drop(pod.command::<Ledger>(machine.now_ms, &id, deed(n), meta));
        }
        // All of them run when the first process dies.
        let tries = machine.perform(&mut pod);
        assert_eq!(tries.len(), LEDGERS);
        for attempt in &tries {
            machine.black_box.begins(attempt);
        }
        machine.black_box.crashed(LIMIT);
        drop(pod);

        let mut crashes = 1;
        while let Some(running) = machine.live(&key(poison)) {
            crashes += 1;
            assert!(crashes <= LIMIT, "it kills one process after another");
            if crashes == LIMIT {
                assert_eq!(running, 1, "the last time it was tried alone");
            }
        }
        assert_eq!(crashes, LIMIT);
        let open = machine.journal.open_work();
        assert_eq!(open.len(), 1, "everything else is done");
        assert_eq!((&open[0].0, open[0].1.due_ms), (&key(poison), None));
        let paused = machine
            .journal
            .newest(&key(poison), |_, commit, _| commit.cause.what.clone());
        assert_eq!(paused.as_deref(), Some("paused Deed (ProcessDied)"));
    }
}
