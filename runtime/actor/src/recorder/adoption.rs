//! What is to be thought of the deeds that were under way when a process died. No I/O: the simulator can ask.
//!
//! A crash says that one of the deeds that were under way may be its cause, and not which. So each of them
//! is a *suspect*, and its crashes are counted until it ends once. Three rules make the count fair:
//!
//! - *One crash short of the limit, an effect is on probation*: tried alone among those that are. Only there can it
//!   reach the limit, so of many effects that ran together none is stopped for another's crash: where one kills, it
//!   was there at every crash, and is on probation itself by then.
//! - *A decision takes microseconds, so one that was open at two crashes in a row is the likeliest cause*: the
//!   effects that ran beside it cannot reach the limit by such a crash. One that was open once may be a chance:
//!   the decision on the end of the effect before.
//! - *In a row*: a decision that was not open when a process ended is no suspect any more, unless its entity still
//!   has to be quarantined. One that was forgiven (its quarantine is kept, or an operator lifted it) is remembered until
//!   it ends once or a process ends in order: if it is open again, it is the likeliest cause at once. An effect stays
//!   one until a try of it has ended, however that ended: it may not have had its turn.

use datamesh_journal::EntityKey;

use super::record::{Deed, What};

/// A deed that was under way when a process died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suspect {
    pub(crate) deed: Deed,
    /// How many times in a row; 0 for a decision that was forgiven, for its quarantine is kept or an operator lifted it,
    /// and that has not ended since.
    pub(crate) crashes: u8,
}

/// What the recorder of the process before says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Past {
    /// It ended in order.
    pub(crate) clean: bool,
    /// The suspects that had not ended once since.
    pub(crate) suspects: Vec<Suspect>,
    /// What was under way.
    pub(crate) running: Vec<Deed>,
}

impl Past {
    /// There was no process before: as if one had ended in order.
    pub(crate) fn nothing() -> Self {
        Self {
            clean: true,
            ..Self::default()
        }
    }
}

/// How a suspect is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// As everybody else; it is counted.
    Watched,
    /// An effect that is tried alone among such.
    Probation,
    /// It has crashed its host too often: it is not done again before an operator says so.
    Condemned,
}

impl Suspect {
    /// How it is met when `limit` crashes are too many.
    pub(crate) fn standing(&self, limit: u8) -> Standing {
        let effect = matches!(self.deed.what, What::Trying(_));
        match self.crashes {
            crashes if crashes >= limit => Standing::Condemned,
            crashes if crashes + 1 == limit && effect => Standing::Probation,
            _ => Standing::Watched,
        }
    }
}

/// The suspects after a start, in the order in which they are taken up: those with the fewest crashes first, so
/// that those without guilt are through soonest; of these the ones that were not under way at this death, for they wait
/// since an earlier one; and of these what takes access away. None for a limit of 0.
pub(crate) fn suspects(past: Past, limit: u8, most: usize) -> Vec<Suspect> {
    let mut known = past.suspects;
    let mut fresh: Vec<Suspect> = Vec::new();
    if limit == 0 {
        return fresh;
    }
    if !past.clean {
        let again = |deed: &Deed| {
            let same = |s: &Suspect| s.deed.entity == deed.entity && s.deed.what == deed.what;
            is_decision(&deed.what) && known.iter().any(same)
        };
        let decided = past.running.iter().any(again);
        for deed in past.running {
            let same = |s: &Suspect| s.deed.entity == deed.entity && s.deed.what == deed.what;
            if fresh.iter().any(same) {
                continue;
            }
            let before = known.iter().position(same);
            let before = before.map_or(0, |place| known.remove(place).crashes);
            let mut crashes = before.saturating_add(1).min(limit);
            if decided && !is_decision(&deed.what) {
                crashes = crashes.min(limit - 1).max(before);
            }
            fresh.push(Suspect { deed, crashes });
        }
    }
    // What was forgiven is remembered over deaths, and not over an orderly end: it may never come again.
    known.retain(|suspect| match suspect.crashes {
        0 => !past.clean,
        crashes => !is_decision(&suspect.deed.what) || crashes >= limit,
    });
    let waited = known.into_iter().map(|suspect| (false, suspect));
    let mut suspects: Vec<(bool, Suspect)> = waited
        .chain(fresh.into_iter().map(|suspect| (true, suspect)))
        .collect();
    suspects.sort_by_key(|(_, suspect)| std::cmp::Reverse(suspect.crashes));
    suspects.truncate(most);
    suspects.sort_by_key(|(fresh, suspect)| (suspect.crashes, *fresh, suspect.deed.rank));
    suspects.into_iter().map(|(_, suspect)| suspect).collect()
}

/// The entities that are taken up before all others, in their order: those of whom something is on probation or
/// condemned. The other suspects have their place in the slow start.
pub(crate) fn first_of(suspects: &[Suspect], limit: u8) -> Vec<EntityKey> {
    let first = suspects.iter();
    let first = first.filter(|suspect| suspect.standing(limit) != Standing::Watched);
    first.map(|suspect| suspect.deed.entity.clone()).collect()
}

fn is_decision(what: &What) -> bool {
    matches!(what, What::Deciding(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::Rank;

    const LIMIT: u8 = 3;

    fn effect(id: &str) -> Deed {
        Deed {
            entity: EntityKey::new("toy", id),
            what: What::Trying("1.0-Do".to_owned()),
            by: None,
            rank: Rank::Normal,
        }
    }

    fn decision(id: &str) -> Deed {
        Deed {
            what: What::Deciding("command Do".to_owned()),
            ..effect(id)
        }
    }

    fn after(past: Past) -> Vec<Suspect> {
        suspects(past, LIMIT, 100)
    }

    /// A process that starts with these suspects and dies while it does this.
    fn crash(suspects: Vec<Suspect>, running: &[Deed]) -> Vec<Suspect> {
        after(Past {
            clean: false,
            suspects,
            running: running.to_vec(),
        })
    }

    fn show(suspects: &[Suspect]) -> Vec<(&str, u8, Standing)> {
        let row = |s: &'_ Suspect| (s.crashes, s.standing(LIMIT));
        let rows = suspects.iter().map(|s| (&*s.deed.entity.id, row(s)));
        rows.map(|(id, (crashes, standing))| (id, crashes, standing))
            .collect()
    }

    #[test]
    fn of_many_effects_that_ran_together_only_the_guilty_one_is_stopped() {
        let all = ["a", "b", "c"].map(effect);
        let twice = crash(crash(Vec::new(), &all), &all);
        assert_eq!(
            show(&twice),
            [
                ("a", 2, Standing::Probation),
                ("b", 2, Standing::Probation),
                ("c", 2, Standing::Probation)
            ]
        );
        // `a` ends and is no suspect any more; `b` is tried alone and takes the process with it.
        let third = crash(twice[1..].to_vec(), &[effect("b"), effect("new")]);
        assert_eq!(
            show(&third),
            [
                ("new", 1, Standing::Watched),
                ("c", 2, Standing::Probation),
                ("b", 3, Standing::Condemned)
            ]
        );
    }

    #[test]
    fn a_decision_is_stopped_after_three_crashes_in_a_row() {
        let mut suspects = Vec::new();
        for crashes in 1..=3 {
            suspects = crash(suspects, &[decision("a")]);
            assert_eq!(suspects[0].crashes, crashes);
        }
        assert_eq!(suspects[0].standing(LIMIT), Standing::Condemned);

        let twice = crash(crash(Vec::new(), &[decision("a")]), &[decision("a")]);
        let other = crash(twice.clone(), &[decision("b")]);
        assert_eq!(show(&other), [("b", 1, Standing::Watched)]);
        let in_order = Past {
            clean: true,
            suspects: twice,
            running: Vec::new(),
        };
        assert_eq!(after(in_order), []);
        let other = crash(suspects.clone(), &[decision("b")]);
        assert_eq!(
            show(&other),
            [("b", 1, Standing::Watched), ("a", 3, Standing::Condemned)],
            "its quarantine may not be kept yet"
        );
    }

    #[test]
    fn an_effect_beside_a_decision_that_is_open_again_cannot_reach_the_limit() {
        let both = [effect("e"), decision("d")];
        let mut suspects = Vec::new();
        for _ in 0..5 {
            suspects = crash(suspects, &both);
        }
        assert_eq!(
            show(&suspects),
            [("e", 2, Standing::Probation), ("d", 3, Standing::Condemned)]
        );
        // One that is open for the first time may be there by chance.
        let by_chance = crash(suspects[..1].to_vec(), &[effect("e"), decision("x")]);
        assert_eq!(
            show(&by_chance),
            [("x", 1, Standing::Watched), ("e", 3, Standing::Condemned)]
        );
    }

    #[test]
    fn an_orderly_end_counts_nothing_and_forgets_nothing() {
        let once = crash(Vec::new(), &[effect("a")]);
        let past = Past {
            clean: true,
            suspects: once.clone(),
            running: vec![effect("a"), effect("b")],
        };
        assert_eq!(after(past), once);
    }

    #[test]
    fn what_takes_access_away_is_taken_up_first_and_the_list_is_bounded() {
        let mut revoke = effect("r");
        revoke.rank = Rank::Revoke;
        let once = crash(Vec::new(), &[effect("a"), revoke, effect("b")]);
        let ids = |suspects: &[Suspect]| -> Vec<String> {
            let ids = suspects.iter().map(|s| s.deed.entity.id.to_string());
            ids.collect()
        };
        assert_eq!(ids(&once), ["r", "a", "b"]);
        let past = Past {
            clean: false,
            suspects: once,
            running: vec![effect("b")],
        };
        assert_eq!(ids(&suspects(past, LIMIT, 1)), ["b"], "the worst stay");
    }

    /// Calls outlast lives: of those on probation one is tried in each life, and each death makes two more suspects.
    #[test]
    fn who_waits_for_a_try_alone_is_not_overtaken_by_those_who_come_later() {
        let pair = |life: usize| [0, 1].map(|n| effect(&format!("{life:02}-{n}")));
        let mut waits = crash(crash(Vec::new(), &pair(0)), &pair(0));
        let mut tried: Vec<String> = Vec::new();
        for life in 1..20 {
            let on_probation = |s: &&Suspect| s.standing(LIMIT) == Standing::Probation;
            let first = waits.iter().find(on_probation).unwrap().deed.clone();
            tried.push(first.entity.id.to_string());
            let mut running = vec![first];
            // Those of the life before are met a second time.
            running.extend(pair(life - 1).into_iter().filter(|_| life > 1));
            running.extend(pair(life));
            waits = crash(waits, &running);
            // Whoever is condemned is paused.
            waits.retain(|s| s.standing(LIMIT) != Standing::Condemned);
        }
        let mut in_turn = tried.clone();
        in_turn.sort();
        assert_eq!(tried, in_turn);
    }

    #[test]
    fn a_limit_of_nothing_counts_nothing() {
        let past = Past {
            running: vec![effect("a")],
            ..Past::default()
        };
        assert_eq!(suspects(past, 0, 100), []);
    }
}
