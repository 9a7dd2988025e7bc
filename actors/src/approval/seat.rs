//! In whose right somebody decides.
//!
//! Whoever a stage names, or has in one of its groups, has a seat in it. A yes takes a seat: one's own, or,
//! where one has none that is free, that of somebody who delegated theirs. Each seat is taken once, and each
//! person takes one at most, so that nobody counts twice. A delegation says who may take the seat beside its
//! owner; who has no seat of their own cannot delegate it on. Who asked has no seat, unless the policy gives
//! them one, and a seat that they would have given away is none.

use datamesh_actor::{Rejection, RejectionKind};

use super::policy::people_text;
use super::record::{ApprovalRecord, Stage};
use crate::person::Person;

impl Stage {
    /// Whether the person has a seat.
    pub(super) fn admits(&self, person: &Person) -> bool {
        self.users.iter().any(|name| person.is_called(name))
            || person
                .groups
                .iter()
                .any(|group| self.groups.contains(group))
    }

    /// Whether a yes has taken the person's seat.
    pub(super) fn has_taken(&self, person: &Person) -> bool {
        self.yeses
            .iter()
            .any(|yes| yes.in_place_of.as_ref().unwrap_or(&yes.by).is(person))
    }

    /// Whether the person has said yes, in whosever place.
    pub(super) fn has_heard(&self, person: &Person) -> bool {
        self.yeses.iter().any(|yes| yes.by.is(person))
    }
}

impl ApprovalRecord {
    /// The stage that is open, and its number from 1.
    pub(super) fn stage(&self) -> Option<(&Stage, u32)> {
        let index = self.open_stage()?;
        Some((self.stages.get(index)?, u32::try_from(index).ok()? + 1))
    }

    /// Whether the person's yes would be taken at this time, in milliseconds since the Unix epoch.
    pub fn awaits(&self, person: &Person, now_ms: i64) -> bool {
        now_ms < self.deadline_ms
            && self
                .stage()
                .is_some_and(|(stage, _)| self.seat(stage, person).is_ok())
    }

    /// In whose place the person would say yes in a stage; `None` in their own right.
    pub(super) fn seat(&self, stage: &Stage, person: &Person) -> Result<Option<Person>, Rejection> {
        self.not_the_requester(person)?;
        if stage.has_heard(person) {
            return Err(already(
                "you have said yes in this stage already".to_owned(),
            ));
        }
        let own = stage.admits(person);
        if own && !stage.has_taken(person) {
            return Ok(None);
        }
        let mut delegators = self.delegators(stage, person).peekable();
        let delegated = delegators.peek().is_some();
        match delegators.find(|from| !stage.has_taken(from)) {
            Some(from) => Ok(Some(from.bare())),
            None if own || delegated => Err(already(
                "somebody has said yes in this place already".to_owned(),
            )),
            None => Err(no_seat(stage)),
        }
    }

    /// In whose place the person would say no in a stage; `None` in their own right. Whoever has a seat may,
    /// taken or not.
    pub(super) fn voice(
        &self,
        stage: &Stage,
        person: &Person,
    ) -> Result<Option<Person>, Rejection> {
        self.not_the_requester(person)?;
        if stage.admits(person) {
            return Ok(None);
        }
        match self.delegators(stage, person).next() {
            Some(from) => Ok(Some(from.bare())),
            None => Err(no_seat(stage)),
        }
    }

    /// Whether the person is who asked, where that bars them.
    pub(super) fn bars(&self, person: &Person) -> bool {
        !self.allow_requester && self.requested_by.is(person)
    }

    pub(super) fn not_the_requester(&self, person: &Person) -> Result<(), Rejection> {
        if self.bars(person) {
            return Err(self_approval());
        }
        Ok(())
    }

    /// Those with a seat in the stage who let the person decide for them.
    fn delegators<'a>(
        &'a self,
        stage: &'a Stage,
        person: &'a Person,
    ) -> impl Iterator<Item = &'a Person> {
        self.delegations
            .iter()
            .filter(|delegation| person.is_called(&delegation.to))
            .map(|delegation| &delegation.from)
            .filter(|from| stage.admits(from) && !self.bars(from))
    }
}

/// Who asked would decide.
pub(super) fn self_approval() -> Rejection {
    Rejection::new(
        RejectionKind::Denied,
        "SELF_APPROVAL",
        "who asked for an approval cannot decide it: another person must, or cancel it",
    )
}

pub(super) fn already(message: String) -> Rejection {
    Rejection::precondition("ALREADY_APPROVED", message)
}

/// The person may not decide; says who may.
pub(super) fn no_seat(stage: &Stage) -> Rejection {
    Rejection::new(
        RejectionKind::Denied,
        "NOT_APPROVER",
        format!(
            "in the stage '{}' only these can decide: {}",
            stage.name,
            stage.people()
        ),
    )
}

impl Stage {
    /// Those who have a seat, as the lists show them.
    pub(super) fn people(&self) -> String {
        people_text(&self.groups, &self.users)
    }
}
