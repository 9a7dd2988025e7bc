//! Permissions.
//!
//! **Giving.** Many in one call, each answered by itself. An entry that was refused is split into its atoms,
//! so that one that cannot be does not keep back its neighbours.
//!
//! **Taking.** Lake Formation takes all of an entry or none of it, and says "no permissions revoked" when one
//! atom is not held. That is no proof: it is also said of a grant that is not to be seen yet. So what is
//! refused is read again: what is not held is away, also when its principal, table or database is gone; the
//! rest is taken atom by atom. A crash in the middle leaves some taken; the repeat finds them away.

use std::collections::{BTreeMap, BTreeSet};

use datamesh_aws::lakeformation::{MAX_ENTRIES, is_nothing_to_revoke};
use datamesh_aws::{AwsError, ErrorClass};

use super::entries::{Deed, Planned, plan};
use super::held::Held;
use super::lake::Lake;
use super::listing::{GrantLists, listed_by};
use super::thing_error::{ThingError, Trouble};
use crate::access::{Grant, Object};

/// An atom and its place in the ledger's list.
type Atom<'a> = (usize, &'a Grant);
/// What became of things, by their place in the ledger's list.
type Answers = BTreeMap<usize, Result<(), ThingError>>;

/// Gives permissions.
pub(super) async fn put(lake: &Lake<'_>, atoms: &[Atom<'_>]) -> Answers {
    let mut answers = Answers::new();
    let refused = send(
        lake,
        Deed::Give,
        plan(lake.ledger, Deed::Give, atoms),
        &mut answers,
    )
    .await;
    let (alone, together): (Vec<_>, Vec<_>) = refused
        .into_iter()
        .partition(|(planned, _)| planned.members.len() == 1);
    settle(alone, &mut answers);
    let members = members(&together);
    let split = one_by_one(lake, Deed::Give, atoms, &members);
    settle(
        send(lake, Deed::Give, split, &mut answers).await,
        &mut answers,
    );
    answers
}

/// Takes permissions.
pub(super) async fn remove(lake: &Lake<'_>, atoms: &[Atom<'_>]) -> Answers {
    let mut answers = Answers::new();
    let refused = send(
        lake,
        Deed::Take,
        plan(lake.ledger, Deed::Take, atoms),
        &mut answers,
    )
    .await;
    if refused.is_empty() {
        return answers;
    }
    let doubtful = members(&refused);
    let doubted: Vec<Atom<'_>> = only(atoms, &doubtful);
    let held = match held(lake, &doubted).await {
        Ok(held) => held,
        Err(error) => {
            answers.extend(doubted.iter().map(|(at, _)| (*at, Err(error.clone()))));
            return answers;
        }
    };
    let (left, away): (Vec<Atom<'_>>, Vec<_>) =
        doubted.into_iter().partition(|(_, grant)| held.has(grant));
    answers.extend(away.into_iter().map(|(at, _)| (at, Ok(()))));
    let left: BTreeSet<usize> = left.into_iter().map(|(at, _)| at).collect();
    let again = one_by_one(lake, Deed::Take, atoms, &left);
    let refused = send(lake, Deed::Take, again, &mut answers).await;
    settle(refused, &mut answers);
    answers
}

/// What anybody holds on what these are on.
///
/// # Errors
/// When not all could be read.
pub(super) async fn held(lake: &Lake<'_>, atoms: &[Atom<'_>]) -> Result<Held, ThingError> {
    let objects: BTreeSet<Object> = atoms
        .iter()
        .map(|(_, grant)| listed_by(&grant.on))
        .collect();
    GrantLists::new(lake).on(&objects).await
}

/// Sends entries, as many in one call as it takes. What is done and what may work later is written into
/// `answers`; what was refused is returned.
async fn send(
    lake: &Lake<'_>,
    deed: Deed,
    planned: Vec<Planned>,
    answers: &mut Answers,
) -> Vec<(Planned, AwsError)> {
    let mut refused = Vec::new();
    for chunk in planned.chunks(MAX_ENTRIES) {
        let entries = chunk.iter().map(|planned| planned.entry.clone()).collect();
        let sent = match deed {
            Deed::Give => lake.lakeformation().batch_grant(entries).await,
            Deed::Take => lake.lakeformation().batch_revoke(entries).await,
        };
        let results = sent.unwrap_or_else(|error| vec![Err(error); chunk.len()]);
        for (planned, result) in chunk.iter().zip(results) {
            let answer = match result {
                Err(error)
                    if matches!(error.class, ErrorClass::Terminal | ErrorClass::NotFound)
                        && ThingError::from(error.clone()).trouble == Trouble::Refused =>
                {
                    refused.push((planned.clone(), error));
                    continue;
                }
                other => other.map_err(ThingError::from),
            };
            let members = planned.members.iter();
            answers.extend(members.map(|at| (*at, answer.clone())));
        }
    }
    refused
}

fn settle(refused: Vec<(Planned, AwsError)>, answers: &mut Answers) {
    for (planned, error) in refused {
        // It was read as held, and Lake Formation says that it is not: one of the two is late.
        let contradicts = is_nothing_to_revoke(&error);
        let mut error = ThingError::from(error);
        if contradicts {
            error.trouble = Trouble::Later;
        }
        let members = planned.members.into_iter();
        answers.extend(members.map(|at| (at, Err(error.clone()))));
    }
}

fn members(planned: &[(Planned, AwsError)]) -> BTreeSet<usize> {
    let members = planned.iter().flat_map(|(planned, _)| &planned.members);
    members.copied().collect()
}

fn only<'a>(atoms: &[Atom<'a>], wanted: &BTreeSet<usize>) -> Vec<Atom<'a>> {
    let atoms = atoms.iter().copied();
    atoms.filter(|(at, _)| wanted.contains(at)).collect()
}

fn one_by_one(
    lake: &Lake<'_>,
    deed: Deed,
    atoms: &[Atom<'_>],
    wanted: &BTreeSet<usize>,
) -> Vec<Planned> {
    let atoms = only(atoms, wanted).into_iter();
    atoms
        .flat_map(|atom| plan(lake.ledger, deed, &[atom]))
        .collect()
}
