//! The circuit breaker: stops calling a destination that does not answer.
//!
//! It is a pure state machine; the caller hands in the time. Only what speaks of
//! the destination's health moves it. A refusal, a conflict or a throttle is an
//! answer from a destination that lives, so it counts as healthy.
//!
//! Answers can come long after the circuit has moved on: a call that started
//! while it was closed may time out while it is half-open. Every admitted call
//! therefore carries a [`Ticket`] with the *era* it was admitted in, an era ends
//! with every change of state, and an answer to an earlier era changes nothing.

use std::collections::VecDeque;
use std::time::Duration;

use serde::Serialize;

use crate::options::BreakerOptions;

/// The three states of a circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CircuitState {
    /// Calls pass. `failure_threshold` failures in a row, all within `window`, open it.
    Closed,
    /// Calls wait. After `open_for` it is half-open.
    Open,
    /// Up to `half_open_probes` calls pass. That many answers close it; one failure opens it.
    HalfOpen,
}

/// What a finished call says about its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Health {
    /// It answered, with whatever.
    Alive,
    /// Server fault, timeout or broken connection.
    Failing,
    /// The call was given up before there was an answer.
    Unknown,
}

/// Admission of one call; goes back through [`Breaker::settle`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    era: u64,
}

/// Whether a call may pass now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passage {
    Free,
    /// Not before this time.
    NotBefore(Duration),
    /// Not before a probe under way is settled.
    ProbesOut,
}

#[derive(Debug)]
enum State {
    Closed { failures: VecDeque<Duration> },
    Open { until: Duration },
    HalfOpen { under_way: u32, answered: u32 },
}

#[derive(Debug)]
pub(crate) struct Breaker {
    options: BreakerOptions,
    state: State,
    era: u64,
    since: Duration,
    consecutive_failures: u32,
}

impl Breaker {
    pub(crate) fn new(options: BreakerOptions, now: Duration) -> Self {
        Self {
            options,
            state: State::Closed {
                failures: VecDeque::new(),
            },
            era: 0,
            since: now,
            consecutive_failures: 0,
        }
    }

    /// Says whether a call may pass, turning an open circuit half-open when its time has come.
    pub(crate) fn passage(&mut self, now: Duration) -> Passage {
        match self.state {
            State::Closed { .. } => Passage::Free,
            State::Open { until } if now < until => Passage::NotBefore(until),
            State::Open { .. } => {
                let half_open = State::HalfOpen {
                    under_way: 0,
                    answered: 0,
                };
                self.enter(half_open, now);
                Passage::Free
            }
            State::HalfOpen {
                under_way,
                answered,
            } if under_way + answered < self.probes() => Passage::Free,
            State::HalfOpen { .. } => Passage::ProbesOut,
        }
    }

    /// Lets one call pass. Only after [`Breaker::passage`] said [`Passage::Free`].
    pub(crate) fn admit(&mut self) -> Ticket {
        if let State::HalfOpen { under_way, .. } = &mut self.state {
            *under_way += 1;
        }
        Ticket { era: self.era }
    }

    /// Takes a call's ticket back.
    pub(crate) fn settle(&mut self, ticket: Ticket, health: Health, now: Duration) {
        match health {
            Health::Alive => self.consecutive_failures = 0,
            Health::Failing => {
                self.consecutive_failures = self.consecutive_failures.saturating_add(1);
            }
            Health::Unknown => {}
        }
        if ticket.era != self.era {
            return;
        }
        let threshold = self.options.failure_threshold.max(1) as usize;
        let probes = self.probes();
        match (&mut self.state, health) {
            (State::Closed { failures }, Health::Alive) => failures.clear(),
            (State::Closed { failures }, Health::Failing) => {
                let window = self.options.window;
                failures.retain(|at| now.saturating_sub(*at) <= window);
                failures.push_back(now);
                if failures.len() >= threshold {
                    self.open(now);
                }
            }
            (
                State::HalfOpen {
                    under_way,
                    answered,
                },
                Health::Alive,
            ) => {
                *under_way = under_way.saturating_sub(1);
                *answered += 1;
                if *answered >= probes {
                    let closed = State::Closed {
                        failures: VecDeque::new(),
                    };
                    self.enter(closed, now);
                }
            }
            (State::HalfOpen { .. }, Health::Failing) => self.open(now),
            (State::HalfOpen { under_way, .. }, Health::Unknown) => {
                *under_way = under_way.saturating_sub(1);
            }
            (State::Closed { .. }, Health::Unknown) | (State::Open { .. }, _) => {}
        }
    }

    pub(crate) fn state(&self) -> CircuitState {
        match self.state {
            State::Closed { .. } => CircuitState::Closed,
            State::Open { .. } => CircuitState::Open,
            State::HalfOpen { .. } => CircuitState::HalfOpen,
        }
    }

    /// When the present state was entered.
    pub(crate) fn since(&self) -> Duration {
        self.since
    }

    /// Failures since the last answer, over all eras.
    pub(crate) fn consecutive_failures(&self) -> u32 {
        self.consecutive_failures
    }

    fn probes(&self) -> u32 {
        self.options.half_open_probes.max(1)
    }

    fn open(&mut self, now: Duration) {
        let until = now + self.options.open_for;
        self.enter(State::Open { until }, now);
    }

    fn enter(&mut self, state: State, now: Duration) {
        self.state = state;
        self.since = now;
        self.era += 1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use CircuitState::{Closed, HalfOpen, Open};
    use Health::{Alive, Failing, Unknown};

    const SECOND: Duration = Duration::from_secs(1);

    fn options() -> BreakerOptions {
        BreakerOptions {
            failure_threshold: 3,
            window: 10 * SECOND,
            open_for: 5 * SECOND,
            half_open_probes: 2,
        }
    }

    /// A breaker brought to `state` at second 100.
    fn at(state: CircuitState) -> (Breaker, Duration) {
        let mut now = 100 * SECOND;
        let mut breaker = Breaker::new(options(), now);
        if state != Closed {
            for _ in 0..3 {
                call(&mut breaker, Failing, now);
            }
        }
        if state == HalfOpen {
            now += 5 * SECOND;
            assert_eq!(breaker.passage(now), Passage::Free);
        }
        assert_eq!(breaker.state(), state);
        (breaker, now)
    }

    #[track_caller]
    fn call(breaker: &mut Breaker, health: Health, now: Duration) {
        assert_eq!(breaker.passage(now), Passage::Free);
        let ticket = breaker.admit();
        breaker.settle(ticket, health, now);
    }

    enum Event {
        Answers(&'static [Health]),
        Passes(u64),
    }

    #[track_caller]
    fn transition(from: CircuitState, event: Event, to: CircuitState) {
        let (mut breaker, now) = at(from);
        match event {
            Event::Answers(healths) => {
                for health in healths {
                    call(&mut breaker, *health, now);
                }
            }
            Event::Passes(seconds) => {
                breaker.passage(now + seconds as u32 * SECOND);
            }
        }
        assert_eq!(breaker.state(), to);
    }

    #[test]
    fn transitions() {
        use Event::{Answers, Passes};
        transition(Closed, Answers(&[Alive; 5]), Closed);
        transition(Closed, Answers(&[Failing; 2]), Closed);
        transition(Closed, Answers(&[Failing; 3]), Open);
        transition(
            Closed,
            Answers(&[Failing, Failing, Alive, Failing, Failing]),
            Closed,
        );
        transition(
            Closed,
            Answers(&[Failing, Unknown, Failing, Unknown]),
            Closed,
        );
        transition(Closed, Answers(&[Failing, Unknown, Failing, Failing]), Open);
        transition(Closed, Passes(1000), Closed);
        transition(Open, Passes(4), Open);
        transition(Open, Passes(5), HalfOpen);
        transition(HalfOpen, Answers(&[Alive]), HalfOpen);
        transition(HalfOpen, Answers(&[Alive, Alive]), Closed);
        transition(HalfOpen, Answers(&[Unknown, Unknown, Unknown]), HalfOpen);
        transition(HalfOpen, Answers(&[Failing]), Open);
        transition(HalfOpen, Answers(&[Alive, Failing]), Open);
        transition(HalfOpen, Passes(1000), HalfOpen);
    }

    #[test]
    fn an_open_circuit_names_the_time_of_its_next_probe() {
        let (mut breaker, now) = at(Open);
        assert_eq!(breaker.passage(now), Passage::NotBefore(now + 5 * SECOND));
    }

    #[test]
    fn failures_older_than_the_window_are_forgotten() {
        let (mut breaker, now) = at(Closed);
        call(&mut breaker, Failing, now);
        call(&mut breaker, Failing, now);
        call(&mut breaker, Failing, now + 11 * SECOND);
        assert_eq!(breaker.state(), Closed);
        call(&mut breaker, Failing, now + 12 * SECOND);
        call(&mut breaker, Failing, now + 12 * SECOND);
        assert_eq!(breaker.state(), Open);
    }

    #[test]
    fn half_open_lets_through_only_its_probes() {
        let (mut breaker, now) = at(HalfOpen);
        let first = breaker.admit();
        assert_eq!(breaker.passage(now), Passage::Free);
        let second = breaker.admit();
        assert_eq!(breaker.passage(now), Passage::ProbesOut);
        breaker.settle(first, Unknown, now);
        assert_eq!(breaker.passage(now), Passage::Free);
        breaker.settle(second, Alive, now);
        let third = breaker.admit();
        assert_eq!(breaker.passage(now), Passage::ProbesOut);
        breaker.settle(third, Alive, now);
        assert_eq!(breaker.state(), Closed);
    }

    #[test]
    fn answers_from_an_earlier_era_change_nothing() {
        let mut breaker = Breaker::new(options(), Duration::ZERO);
        let late: Vec<_> = (0..5).map(|_| breaker.admit()).collect();
        for ticket in &late[..3] {
            breaker.settle(*ticket, Failing, SECOND);
        }
        assert_eq!(breaker.state(), Open);
        breaker.settle(late[3], Alive, 2 * SECOND);
        assert_eq!(breaker.state(), Open);
        assert_eq!(breaker.passage(6 * SECOND), Passage::Free);
        breaker.settle(late[4], Failing, 6 * SECOND);
        assert_eq!(breaker.state(), HalfOpen);
    }

    #[test]
    fn every_opening_counts_its_own_time() {
        let (mut breaker, now) = at(HalfOpen);
        call(&mut breaker, Failing, now + SECOND);
        assert_eq!(
            breaker.passage(now + 2 * SECOND),
            Passage::NotBefore(now + 6 * SECOND)
        );
        assert_eq!(breaker.since(), now + SECOND);
        assert_eq!(breaker.consecutive_failures(), 4);
    }
}
