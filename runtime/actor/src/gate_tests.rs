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
fn who_is_alone_gets_half_and_who_comes_next_gets_in() {
    let (gate, _) = gate(90, 0, 1_000);
    let mut held = Vec::new();
    assert_eq!(fill(&gate, Normal, "ann", &mut held), (45, Limit::Tenant));
    let (bobs, limit) = fill(&gate, Normal, "bob", &mut held);
    assert_eq!((bobs, limit), (23, Limit::Tenant));
    assert!(gate.enter(Normal, tenant("cyn"), &actor("c")).is_ok());
}

#[test]
fn as_many_as_come_share_alike_once_the_first_has_let_go() {
    let (gate, _) = gate(110, 0, 1_000);
    let names: Vec<_> = (0..10).map(|n| format!("t{n}")).collect();
    let mut held: Vec<Vec<Place>> = (0..10).map(|_| Vec::new()).collect();
    // Each in turn gives one back and asks for as many as it gets; the first begins with half.
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
    let _held: Vec<_> = (0..5)
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
    assert_eq!(fill(&gate, Normal, "ann", &mut held), (5, Limit::Tenant));
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
    assert!(state.of_tenants.is_empty());
}

proptest! {
    /// Whatever comes and goes, and in whichever order: no limit is passed, and nothing is left over.
    #[test]
    fn the_counts_are_those_of_the_places(steps in prop::collection::vec((0..6_u8, 0..4_u8, 0..3_u8), 1..200)) {
        let (gate, _) = gate(12, 6, 5);
        let mut held: Vec<Place> = Vec::new();
        for (what, who, whom) in steps {
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
            let named: usize = state.of_tenants.values().map(|held| held.normal + held.high).sum();
            prop_assert_eq!(named, held.iter().filter(|place| place.tenant.is_some()).count());
        }
        held.clear();
        assert_nothing_is_left(&gate);
    }
}
