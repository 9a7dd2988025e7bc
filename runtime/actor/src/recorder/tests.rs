#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::PathBuf;

use super::adoption::Standing;
use super::*;

const LIMIT: u8 = 3;

fn key(id: &str) -> EntityKey {
    EntityKey::new("toy", id)
}

/// A recorder's file in a folder that lives as long as this.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("recorder")
    }

    /// The next process starts.
    fn start(&self) -> Found {
        Recorder::open(&self.path(), 2, LIMIT).unwrap()
    }
}

/// The suspects in words, and their crashes.
fn known(found: &Found) -> Vec<(String, u8)> {
    let rows = found.suspects.iter();
    rows.map(|s| (s.deed.in_words(), s.crashes)).collect()
}

/// Leaves what is under way as a process that dies does.
fn die<T>(under_way: T) {
    std::mem::forget(under_way);
}

#[test]
fn what_was_under_way_is_found_and_what_had_ended_is_not() {
    let place = Place::new();
    let first = place.start();
    assert!(!first.crashed, "there was none before");
    let recorder = &first.recorder;
    drop(recorder.deciding(0, &key("a"), "command Before", None));
    recorder.trying(&key("a"), "1.0-Ended", Rank::Normal).end();
    die((
        recorder.deciding(1, &key("a"), "command Publish", Some("ann")),
        recorder.trying(&key("b"), "2.0-Revoke", Rank::Revoke),
        recorder.trying(&key("b"), "2.1-Tell", Rank::Normal),
    ));

    let second = place.start();
    assert!(second.crashed);
    assert_eq!(
        known(&second),
        [
            ("effect 2.0-Revoke".to_owned(), 1),
            ("command Publish by ann".to_owned(), 1),
            ("effect 2.1-Tell".to_owned(), 1)
        ]
    );
}

#[test]
fn a_suspect_that_ends_once_is_none_and_one_that_is_given_up_stays_one() {
    let place = Place::new();
    let first = place.start();
    let all = ["1.0-A", "2.0-B", "3.0-C"];
    for effect in all {
        die(first.recorder.trying(&key("a"), effect, Rank::Normal));
    }
    let second = place.start();
    let again = |effect| second.recorder.trying(&key("a"), effect, Rank::Normal);
    again("1.0-A").end();
    drop(again("2.0-B"));
    second.recorder.close();

    let third = place.start();
    assert!(!third.crashed);
    assert_eq!(
        known(&third),
        [
            ("effect 2.0-B".to_owned(), 1),
            ("effect 3.0-C".to_owned(), 1)
        ]
    );
    let what = What::Trying("3.0-C".to_owned());
    third.recorder.forgive(&key("a"), what);
    assert_eq!(known(&place.start()).len(), 1);
}

#[test]
fn the_third_crash_condemns() {
    let place = Place::new();
    for standing in [Standing::Watched, Standing::Probation, Standing::Condemned] {
        let process = place.start();
        die(process.recorder.trying(&key("a"), "1.0-A", Rank::Normal));
        let next = place.start();
        assert_eq!(next.suspects[0].standing(LIMIT), standing);
        // It dies before it has done anything: that counts for nothing.
        assert_eq!(place.start().suspects, next.suspects);
    }
}

/// An operator resumes what cannot be replayed, and it kills again, as often as they like.
#[test]
fn a_decision_that_was_forgiven_and_kills_again_is_blamed_before_the_effects_beside_it() {
    let place = Place::new();
    let mut effects = Vec::new();
    let mut process = place.start();
    for _ in 0..3 {
        for crashes in 1..=3 {
            let recorder = &process.recorder;
            die((
                recorder.trying(&key("b"), "1.0-Tell", Rank::Normal),
                recorder.deciding(0, &key("a"), "replay", None),
            ));
            process = place.start();
            let known = known(&process);
            assert!(known.contains(&("replay".to_owned(), crashes)), "{known:?}");
            let effect = process.suspects.iter().find(|s| s.deed.entity == key("b"));
            effects.push(effect.unwrap().standing(LIMIT));
        }
        let replay = || What::Deciding("replay".to_owned());
        process.recorder.forgive(&key("a"), replay());
        // Also when other processes lived and died meanwhile.
        process = place.start();
    }
    assert_eq!(effects[0], Standing::Watched);
    assert!(
        effects[1..].iter().all(|s| *s == Standing::Probation),
        "{effects:?}"
    );
}

/// Somebody kills it again and again, and between two kills everything ends that was under way.
#[test]
fn kills_at_random_moments_do_not_pile_up() {
    let place = Place::new();
    let mut left = None;
    for round in 0..10 {
        let process = place.start();
        if let Some(effect) = left {
            let again: Watch = process.recorder.trying(&key("a"), effect, Rank::Normal);
            again.end();
        }
        let effect = ["1.0-A", "2.0-B"][round % 2];
        die(process.recorder.trying(&key("a"), effect, Rank::Normal));
        left = Some(effect);
        let counts = known(&place.start());
        assert!(
            counts.iter().all(|(_, crashes)| *crashes == 1),
            "{counts:?}"
        );
    }
}

#[test]
fn slots_are_used_again_so_the_file_stays_short() {
    let place = Place::new();
    let recorder = place.start().recorder;
    for _ in 0..1_000 {
        let two = [1, 2].map(|_| recorder.trying(&key("a"), "1.0-A", Rank::Normal));
        two.into_iter().for_each(Watch::end);
    }
    let length = fs::metadata(place.path()).unwrap().len();
    assert!(length <= 5 * SLOT as u64, "{length} bytes");
}

#[test]
fn a_damaged_file_is_a_crash_without_suspects() {
    let place = Place::new();
    for damage in [vec![], vec![0xff; 3 * SLOT + 7], b"something else".to_vec()] {
        fs::write(place.path(), damage).unwrap();
        let found = place.start();
        assert!(found.crashed);
        assert_eq!(found.suspects, []);
    }
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let place = Place::new();
    let path = place.0.path().join("nowhere/recorder");
    let error = Recorder::open(&path, 1, LIMIT).err().unwrap().to_string();
    assert!(error.contains("nowhere/recorder"), "{error}");
    assert!(error.contains("check that its folder"), "{error}");
}

/// `cargo test -p datamesh-actor --release -- --ignored what_the_recorder_costs --nocapture`
#[test]
#[ignore = "a measurement"]
#[allow(clippy::disallowed_methods, clippy::print_stdout)]
fn what_the_recorder_costs() {
    const ROUNDS: u32 = 200_000;
    let place = Place::new();
    let recorder = place.start().recorder;
    let key = EntityKey::new("project", "proj-8f3k2m5n7p9q1r3s5t7v");
    let begun = std::time::Instant::now();
    for _ in 0..ROUNDS {
        drop(recorder.deciding(0, &key, "command PublishAsset", Some("team-a@example.com")));
    }
    println!("a decision: {:?}", begun.elapsed() / ROUNDS);
    let begun = std::time::Instant::now();
    for _ in 0..ROUNDS {
        recorder
            .trying(&key, "12.0-CreateProject", Rank::Normal)
            .end();
    }
    println!("a try: {:?}", begun.elapsed() / ROUNDS);
}
