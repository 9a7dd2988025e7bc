use std::sync::atomic::{AtomicI64, Ordering};

use proptest::prelude::*;

use super::*;

struct Hand(AtomicI64);

impl Clock for Hand {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

fn gate(ordinary: usize, reserve: usize, each: usize) -> (Arc<Gate>, Arc<Hand>) {
    let clock = Arc::new(Hand(AtomicI64::new(0)));
    let places = Places {
        ordinary,
        reserve,
        each,
    };
    (Gate::new(places, clock.clone(), 1), clock)
}

fn actor(id: &str) -> EntityKey {
    EntityKey::new("counter", id)
}

fn tenant(name: &str) -> Tenant {
    Some(Arc::from(name))
}

/// Comes in with a new actor each time, until it is refused.
fn fill(gate: &Arc<Gate>, priority: Priority, name: &str, held: &mut Vec<Place>) -> (usize, Limit) {
    let before = held.len();
    loop {
        let id = format!("{name}-{}", held.len());
        match gate.enter(priority, tenant(name), &actor(&id)) {
            Ok(place) => held.push(place),
            Err(refused) => return (held.len() - before, refused.limit),
        }
    }
}

use Priority::{High, Normal};

#[test]
fn one_actor_gets_its_places_and_no_more() {
    let (gate, _) = gate(100, 50, 4);
    let hot = actor("hot");
    let mut held: Vec<_> = (0..4)
        .map(|n| gate.enter(Normal, tenant(&format!("t{n}")), &hot).unwrap())
        .collect();
    let refused = gate.enter(Normal, tenant("t5"), &hot).err().unwrap();
    assert_eq!(refused.limit, Limit::Actor);
    assert!(gate.enter(Normal, tenant("t5"), &actor("quiet")).is_ok());
    held.push(gate.enter(High, tenant("t5"), &hot).unwrap());
    held.push(gate.enter(High, tenant("t5"), &hot).unwrap());
    assert!(gate.enter(High, tenant("t5"), &hot).is_err());
    held.truncate(3);
    assert!(gate.enter(Normal, tenant("t5"), &hot).is_ok());
}

#[test]
fn who_is_alone_gets_seven_eighths_and_who_comes_next_gets_in() {
    let (gate, _) = gate(88, 0, 1_000);
    let mut held = Vec::new();
    assert_eq!(fill(&gate, Normal, "ann", &mut held), (77, Limit::Tenant));
    let (bobs, limit) = fill(&gate, Normal, "bob", &mut held);
    assert_eq!((bobs, limit), (6, Limit::Tenant));
    let (cyns, _) = fill(&gate, Normal, "cyn", &mut held);
    assert_eq!(cyns, 3);
    assert!(gate.enter(Normal, tenant("dan"), &actor("d")).is_ok());
}

#[test]
fn what_is_given_back_goes_to_who_has_less_than_the_share() {
    let (gate, clock) = gate(90, 0, 1_000);
    let (mut anns, mut bobs) = (Vec::new(), Vec::new());
    fill(&gate, Normal, "ann", &mut anns);
    // Ann asks again at once for whatever she gave back, and before Bob does.
    while anns.pop().is_some() {
        fill(&gate, Normal, "ann", &mut anns);
        fill(&gate, Normal, "bob", &mut bobs);
        if bobs.len() >= 30 {
            break;
        }
    }
    assert_eq!(bobs.len(), 30, "a third, and a third stays for who is next");
    // Bob has his answers, and may soon want as much again.
    drop(bobs);
    fill(&gate, Normal, "ann", &mut anns);
    assert!(anns.len() <= 60, "{}", anns.len());
    // He does not: all but what is kept is Ann's again.
    clock.0.store(2_000, Ordering::SeqCst);
    fill(&gate, Normal, "ann", &mut anns);
    assert_eq!(anns.len(), 79);
}

#[test]
fn who_asks_for_little_claims_little() {
    let (gate, _) = gate(88, 0, 1_000);
    let bob = gate.enter(Normal, tenant("bob"), &actor("b")).unwrap();
    let mut anns = Vec::new();
    fill(&gate, Normal, "ann", &mut anns);
    assert_eq!(anns.len(), 76, "what is kept, and Bob's");
    drop(bob);
    fill(&gate, Normal, "ann", &mut anns);
    assert_eq!(anns.len(), 76, "what is kept, and what Bob may want again");
}

/// As when answers come in bunches, one for each write of the journal: the greedy one is there first each time.
#[test]
fn who_is_first_each_time_takes_no_more_than_half_from_those_who_want_some() {
    let (gate, _) = gate(120, 0, 1_000);
    let (mut hogs, mut others) = (0, 0);
    for _ in 0..50 {
        let mut held = Vec::new();
        hogs += fill(&gate, Normal, "hog", &mut held).0;
        for other in 0..10 {
            for n in 0..6 {
                let a = actor(&format!("{other}-{n}"));
                let place = gate.enter(Normal, tenant(&format!("t{other}")), &a);
                others += usize::from(place.is_ok());
                held.extend(place);
            }
        }
    }
    assert!(others * 10 >= hogs * 8, "hog {hogs}, others {others}");
}

#[test]
fn a_gate_of_one_place_has_one() {
    for places in 1..16 {
        let (gate, _) = gate(places, 0, 100);
        let mut held = Vec::new();
        let (anns, _) = fill(&gate, Normal, "ann", &mut held);
        let next = gate.enter(Normal, tenant("bob"), &actor("b"));
        assert!(anns >= places.div_ceil(2), "{anns} of {places}");
        assert_eq!(next.is_ok(), places > 1, "of {places}");
    }
}

#[test]
fn as_many_as_come_share_alike_once_the_first_has_let_go() {
    let (gate, _) = gate(110, 0, 1_000);
    let names: Vec<_> = (0..10).map(|n| format!("t{n}")).collect();
    let mut held: Vec<Vec<Place>> = (0..10).map(|_| Vec::new()).collect();
    // Each in turn gives one back and asks for as many as it gets; the first begins with nearly all.
    fill(&gate, Normal, &names[0], &mut held[0]);
    for _ in 0..200 {
        for (name, mine) in names.iter().zip(&mut held) {
            mine.pop();
            fill(&gate, Normal, name, mine);
        }
    }
    for mine in &held {
        assert!((9..=12).contains(&mine.len()), "{}", mine.len());
    }
}

#[test]
fn the_system_is_one_tenant_among_the_others() {
    let (gate, _) = gate(10, 0, 100);
    let _held: Vec<_> = (0..8)
        .map(|_| gate.enter(Normal, None, &actor("a")).unwrap())
        .collect();
    let refused = gate.enter(Normal, None, &actor("a")).err().unwrap();
    assert_eq!(refused.limit, Limit::Tenant);
    assert!(gate.enter(Normal, tenant("ann"), &actor("a")).is_ok());
}

#[test]
fn the_reserve_is_for_high_work_of_everybody() {
    let (gate, _) = gate(8, 4, 100);
    let mut held = Vec::new();
    for n in 0..8 {
        held.push(
            gate.enter(Normal, tenant(&format!("t{n}")), &actor("a"))
                .unwrap(),
        );
    }
    let full = gate
        .enter(Normal, tenant("new"), &actor("a"))
        .err()
        .unwrap();
    assert_eq!(full.limit, Limit::Shard);
    // One who revokes much leaves places for others who do.
    assert_eq!(fill(&gate, High, "ann", &mut held), (2, Limit::Tenant));
    assert_eq!(fill(&gate, High, "bob", &mut held), (1, Limit::Tenant));
    assert_eq!(fill(&gate, High, "cyn", &mut held), (1, Limit::Shard));
    assert_eq!((gate.taken().now, gate.capacity()), (12, 12));
}

#[test]
fn who_has_used_up_the_share_can_still_revoke() {
    let (gate, _) = gate(10, 5, 100);
    let mut held = Vec::new();
    assert_eq!(fill(&gate, Normal, "ann", &mut held), (8, Limit::Tenant));
    assert!(gate.enter(High, tenant("ann"), &actor("share")).is_ok());
}

#[test]
fn a_place_gets_its_name_later() {
    let (gate, _) = gate(3, 2, 1);
    let mut first = gate.enter_unnamed(Normal).unwrap();
    let mut second = gate.enter_unnamed(Normal).unwrap();
    let mut third = gate.enter_unnamed(Normal).unwrap();
    first.name(tenant("ann"), Normal).unwrap();
    let refused = second.name(tenant("ann"), Normal).unwrap_err();
    assert_eq!(refused.limit, Limit::Tenant);
    second.name(tenant("ann"), High).unwrap();
    third.name(tenant("bob"), Normal).unwrap();
    assert_eq!(gate.taken().now, 3);
    drop((first, second, third));
    assert_nothing_is_left(&gate);
}

#[test]
fn what_panics_gives_its_place_back() {
    let (gate, _) = gate(4, 2, 4);
    let place = gate.enter(Normal, None, &actor("a")).unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _place = place;
        panic!("as the test wants it");
    }));
    assert!(panicked.is_err());
    assert_nothing_is_left(&gate);
}

#[test]
fn hints_grow_while_nothing_is_answered() {
    let (gate, clock) = gate(2, 0, 4);
    let _held = gate.enter(Normal, None, &actor("a")).unwrap();
    let mut last = Duration::ZERO;
    for now_ms in [0, 1_000, 2_000, 4_000, 60_000] {
        clock.0.store(now_ms, Ordering::SeqCst);
        let refused = gate.enter(Normal, None, &actor("a")).err().unwrap();
        // Each is spread by a quarter.
        let most = refused.retry_after.mul_f64(5.0 / 3.0);
        assert!(most >= last, "{refused:?} after {last:?}");
        last = refused.retry_after;
    }
    assert!(last >= Duration::from_secs(3), "{last:?}");
    assert!(last <= Duration::from_secs(5), "{last:?}");
    assert_eq!(gate.taken().refused, [0, 5, 0]);
}

fn assert_nothing_is_left(gate: &Gate) {
    let state = gate.state.lock();
    assert_eq!(state.taken, 0);
    assert!(state.of_actors.is_empty());
    assert_eq!((state.normal.held(), state.high.held()), (0, 0));
}

proptest! {
    /// Whatever comes and goes, and in whichever order: no limit is passed, and nothing is left over.
    #[test]
    fn the_counts_are_those_of_the_places(steps in prop::collection::vec((0..6_u8, 0..4_u8, 0..3_u8), 1..200)) {
        let (gate, clock) = gate(12, 6, 5);
        let mut held: Vec<Place> = Vec::new();
        for (what, who, whom) in steps {
            clock.0.fetch_add(300, Ordering::SeqCst);
            let who = (who > 0).then(|| Arc::from(format!("t{who}")));
            let whom = actor(&format!("a{whom}"));
            match what {
                0 | 1 => held.extend(gate.enter(Normal, who, &whom)),
                2 => held.extend(gate.enter(High, who, &whom)),
                3 => held.extend(gate.enter_unnamed(Normal)),
                4 => {
                    let last = held.last_mut();
                    let _ = last.map(|place| place.name(who, High));
                }
                _ if !held.is_empty() => drop(held.swap_remove(usize::from(what) % held.len())),
                _ => {}
            }
            let state = gate.state.lock();
            prop_assert_eq!(state.taken, held.len());
            prop_assert!(state.taken <= 18);
            prop_assert!(state.of_actors.values().all(|count| (1..=7).contains(count)));
            let named = state.normal.held() + state.high.held();
            prop_assert_eq!(named, held.iter().filter(|place| place.tenant.is_some()).count());
        }
        held.clear();
        assert_nothing_is_left(&gate);
    }
    /// However the tenants before took their places: who comes next finds one, unless more came at once than
    /// half of what is kept has room for.
    #[test]
    fn who_comes_next_finds_a_place(takes in prop::collection::vec((0..5_u8, 1..40_usize, any::<bool>()), 1..60)) {
        let (gate, _) = gate(160, 80, 1_000);
        let mut held: Vec<Vec<Place>> = (0..5).map(|_| Vec::new()).collect();
        for (who, many, gives) in takes {
            let mine = &mut held[usize::from(who)];
            if gives {
                mine.truncate(mine.len().saturating_sub(many));
                continue;
            }
            for n in 0..many {
                let a = actor(&format!("{who}-{n}"));
                mine.extend(gate.enter(Normal, tenant(&format!("t{who}")), &a));
            }
        }
        let next = gate.enter(Normal, tenant("new"), &actor("new"));
        prop_assert!(next.is_ok(), "{:?}", held.iter().map(Vec::len).collect::<Vec<_>>());
        prop_assert!(gate.enter(High, tenant("new"), &actor("new")).is_ok());
    }

    /// Of those who all want more than they can get, each comes to have the share, whoever asks first and
    /// however many there are.
    #[test]
    fn nobody_who_asks_stays_below_the_share(n in 2..12_usize) {
        const ALL: usize = 240;
        let (gate, _) = gate(ALL, 0, 1_000);
        let names: Vec<_> = (0..n).map(|n| format!("t{n}")).collect();
        let mut held: Vec<Vec<Place>> = (0..n).map(|_| Vec::new()).collect();
        for _ in 0..ALL {
            for (name, mine) in names.iter().zip(&mut held) {
                mine.pop();
                fill(&gate, Normal, name, mine);
            }
        }
        for mine in &held {
            prop_assert!(mine.len() + 1 >= ALL / (n + 1), "{:?}", held.iter().map(Vec::len).collect::<Vec<_>>());
        }
    }
}
