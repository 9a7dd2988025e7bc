//! Agreements: what was asked of access to data, and what was decided. Pure; shares and subscriptions each
//! keep one.
//!
//! An agreement is an append-only list of requests. Nothing in it is a status: what holds at a moment is
//! derived from the requests and the time. At most one request is open. A renewal is a request of its own,
//! whose window follows the present one; whatever becomes of it, the present one goes on as it was, and ends
//! when it was to end. Asking for more time never gives time.

mod request;
mod status;

#[cfg(test)]
mod tests;

use datamesh_actor::Rejection;
use serde::{Deserialize, Serialize};

pub use request::{Decision, Kind, Request, Scope, Verdict, Window};
pub use status::AgreementStatus;

/// What was asked and decided, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Agreement {
    /// The requests, numbered from 1.
    pub requests: Vec<Request>,
}

/// Most requests of one agreement.
pub const MAX_REQUESTS: usize = 1_000;

/// What somebody may have at a moment, and on what that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms<'a> {
    /// The request that gave it.
    pub request: &'a Request,
    /// Its decision.
    pub decision: &'a Decision,
    /// When it ends, in milliseconds since the Unix epoch; `None` for never.
    pub until_ms: Option<i64>,
}

impl Agreement {
    /// The request that waits for a decision.
    pub fn open(&self) -> Option<&Request> {
        self.requests.last().filter(|last| last.decision.is_none())
    }

    /// The number of the next request.
    pub fn next_number(&self) -> u32 {
        u32::try_from(self.requests.len()).map_or(u32::MAX, |count| count.saturating_add(1))
    }

    /// Whether this request may be made now. An approved revoke ends an agreement: what comes after it is
    /// a new one.
    ///
    /// # Errors
    /// `REQUEST_OPEN` while another waits for its decision (a revoke need not wait: it withdraws it),
    /// `NOT_LIVE` for a renewal or revoke of what does not hold, `ALREADY_LIVE` for a second grant,
    /// `ENDED` after a revoke, `TOO_MANY_REQUESTS`.
    pub fn may_ask(&self, kind: Kind, now_ms: i64) -> Result<(), Rejection> {
        if self.requests.len() >= MAX_REQUESTS {
            return Err(Rejection::precondition(
                "TOO_MANY_REQUESTS",
                format!("it has {MAX_REQUESTS} requests already: ask for a new one"),
            ));
        }
        if self.revoked().is_some() {
            return Err(Rejection::precondition(
                "ENDED",
                "it was revoked: ask for a new one",
            ));
        }
        if let Some(open) = self.open().filter(|_| kind != Kind::Revoke) {
            return Err(Rejection::precondition(
                "REQUEST_OPEN",
                format!(
                    "request {} ({}) waits for its decision: one is open at a time",
                    open.number,
                    open.kind.as_str()
                ),
            ));
        }
        let live = self.terms(now_ms).is_some() || self.begins_ms(now_ms).is_some();
        match kind {
            Kind::Grant if live => Err(Rejection::precondition(
                "ALREADY_LIVE",
                "it is granted already: ask for a renewal",
            )),
            Kind::Renew if !live => Err(Rejection::precondition(
                "NOT_LIVE",
                "nothing is granted that could be renewed: ask for a new one",
            )),
            Kind::Revoke if !live && self.open().is_none() => Err(Rejection::precondition(
                "NOT_LIVE",
                "nothing is granted that could be revoked",
            )),
            Kind::Grant | Kind::Renew | Kind::Revoke => Ok(()),
        }
    }

    /// What holds at this moment. Where an approved renewal follows without a gap, the end is that of the
    /// last in the row.
    pub fn terms(&self, now_ms: i64) -> Option<Terms<'_>> {
        if self.revoked().is_some() {
            return None;
        }
        let (request, decision) = self
            .granted()
            .rfind(|(_, decision)| decision.window.holds(now_ms))?;
        let mut until_ms = decision.window.until_ms;
        for (_, later) in self
            .granted()
            .filter(|(later, _)| later.number > request.number)
        {
            match until_ms {
                Some(end) if later.window.from_ms <= end => until_ms = later.window.until_ms,
                Some(_) | None => {}
            }
        }
        Some(Terms {
            request,
            decision,
            until_ms,
        })
    }

    /// When what was approved and does not hold yet begins, if there is such.
    pub fn begins_ms(&self, now_ms: i64) -> Option<i64> {
        if self.revoked().is_some() {
            return None;
        }
        self.granted()
            .map(|(_, decision)| decision.window.from_ms)
            .filter(|from_ms| *from_ms > now_ms)
            .min()
    }

    /// The next moment at which what holds changes by itself.
    pub fn changes_ms(&self, now_ms: i64) -> Option<i64> {
        if self.revoked().is_some() {
            return None;
        }
        self.granted()
            .flat_map(|(_, decision)| [Some(decision.window.from_ms), decision.window.until_ms])
            .flatten()
            .filter(|at_ms| *at_ms > now_ms)
            .min()
    }

    /// When the last approved window ends: a renewal's begins there.
    pub fn ends_ms(&self) -> Option<i64> {
        self.granted()
            .last()
            .and_then(|(_, decision)| decision.window.until_ms)
    }

    /// The revoke that ended it.
    pub fn revoked(&self) -> Option<&Request> {
        self.requests.iter().find(|request| {
            request.kind == Kind::Revoke
                && request
                    .decision
                    .as_ref()
                    .is_some_and(|decision| decision.verdict == Verdict::Approved)
        })
    }

    /// How it stands at this moment.
    pub fn status(&self, now_ms: i64) -> AgreementStatus {
        if self.revoked().is_some() {
            return AgreementStatus::Revoked;
        }
        if self.terms(now_ms).is_some() || self.begins_ms(now_ms).is_some() {
            return AgreementStatus::Approved;
        }
        if self.granted().next().is_some() {
            return AgreementStatus::Expired;
        }
        match self.requests.last().map(|last| &last.decision) {
            None | Some(None) => AgreementStatus::Pending,
            Some(Some(decision)) => match decision.verdict {
                Verdict::Cancelled => AgreementStatus::Cancelled,
                Verdict::Approved | Verdict::Denied => AgreementStatus::Denied,
            },
        }
    }

    /// Adds a request. The caller asked [`Agreement::may_ask`] first; a revoke withdraws the open one.
    pub fn add(&mut self, request: Request) {
        if let Some(open) = self.requests.last_mut().filter(|r| r.decision.is_none()) {
            open.decision = Some(Decision {
                verdict: Verdict::Cancelled,
                by: request.by.clone(),
                at_ms: request.at_ms,
                reason: "it was revoked".to_owned(),
                scope: Scope::default(),
                window: Window::default(),
            });
        }
        self.requests.push(request);
    }

    /// Decides the open request of this number; `false` if there is none.
    pub fn decide(&mut self, number: u32, decision: Decision) -> bool {
        match self.requests.last_mut() {
            Some(last) if last.number == number && last.decision.is_none() => {
                last.decision = Some(decision);
                true
            }
            _ => false,
        }
    }

    /// The grants and renewals that were approved, oldest first.
    fn granted(&self) -> impl DoubleEndedIterator<Item = (&Request, &Decision)> {
        self.requests
            .iter()
            .filter(|request| request.kind != Kind::Revoke)
            .filter_map(|request| Some((request, request.decision.as_ref()?)))
            .filter(|(_, decision)| decision.verdict == Verdict::Approved)
    }
}
