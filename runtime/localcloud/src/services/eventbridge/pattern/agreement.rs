//! Whether one leaf can be chosen for each path of a pattern so that all of them agree: no two come
//! from different elements of one array.
//!
//! The paths are visited in their order, so that those through one array follow each other, with all
//! choices so far that differ in what a later path can contradict. An array that only one path goes
//! through contradicts nothing, and one whose last path was visited no longer does: where keys are
//! not repeated there are never more choices than leaves.

use std::collections::{BTreeSet, HashMap};

use super::event::{Field, Leaves};

/// How many pairs of a choice and a leaf are looked at, at most. Only an event that repeats keys
/// around large arrays has as many; it does not match then.
const MOST_STEPS: usize = 1_000_000;

/// Array number to element number, sorted by array number.
type Membership = Vec<(u32, u32)>;

/// The first and the last of the paths that go through an array.
#[derive(Debug, Clone, Copy)]
struct Use {
    first: usize,
    last: usize,
}

/// Whether there is such a choice; `paths` has the leaves that each path may choose from.
pub(super) fn is_possible(leaves: &Leaves, paths: &[Vec<&Field>]) -> bool {
    if paths.iter().any(Vec::is_empty) {
        return false;
    }
    let shared = shared_arrays(leaves, paths);
    if shared.is_empty() {
        return true;
    }
    let mut agreed: Vec<Membership> = vec![Membership::new()];
    let mut steps = MOST_STEPS;
    for (at, fields) in paths.iter().enumerate() {
        let memberships: BTreeSet<Membership> = fields
            .iter()
            .map(|field| {
                let elements = leaves.elements_of(field);
                let mut membership: Membership = elements
                    .filter(|element| shared.contains_key(&element.array))
                    .map(|element| (element.array, element.index))
                    .collect();
                membership.reverse();
                membership
            })
            .collect();
        let mut next = BTreeSet::new();
        for membership in &memberships {
            let mut take = |known: &Membership| {
                let mut merged = merge(known, membership);
                merged.retain(|(array, _)| shared[array].last > at);
                next.insert(merged);
            };
            if !each_compatible(&agreed, 0, membership, &mut steps, &mut take) {
                return false;
            }
        }
        if next.is_empty() {
            return false;
        }
        agreed = next.into_iter().collect();
    }
    true
}

/// The arrays that more than one path goes through.
fn shared_arrays(leaves: &Leaves, paths: &[Vec<&Field>]) -> HashMap<u32, Use> {
    let mut uses: HashMap<u32, Use> = HashMap::new();
    for (at, fields) in paths.iter().enumerate() {
        for field in fields {
            for element in leaves.elements_of(field) {
                let known = uses.entry(element.array);
                let known = known.or_insert(Use {
                    first: at,
                    last: usize::MAX,
                });
                // Those around it were seen with it.
                if known.last == at {
                    break;
                }
                known.last = at;
            }
        }
    }
    uses.retain(|_, known| known.first != known.last);
    uses
}

/// Visits each of `known` (sorted, all with the same first `depth` elements) that names no other
/// element of an array than `membership` does. `false` when there are no steps left.
fn each_compatible(
    known: &[Membership],
    depth: usize,
    membership: &Membership,
    steps: &mut usize,
    take: &mut impl FnMut(&Membership),
) -> bool {
    let mut rest = known;
    while let Some(first) = rest.first() {
        let Some(left) = steps.checked_sub(1) else {
            return false;
        };
        *steps = left;
        let Some(&(array, element)) = first.get(depth) else {
            take(first);
            rest = &rest[1..];
            continue;
        };
        let named = membership.binary_search_by_key(&array, |&(array, _)| array);
        // Either the one element that is named, or each in its turn.
        let (wanted, last) = match named {
            Ok(at) => (membership[at], u32::MAX),
            Err(_) => ((array, element), element),
        };
        let begin = rest.partition_point(|known| known[depth] < wanted);
        let end = rest.partition_point(|known| known[depth] <= wanted);
        if !each_compatible(&rest[begin..end], depth + 1, membership, steps, take) {
            return false;
        }
        rest = &rest[rest.partition_point(|known| known[depth] <= (array, last))..];
    }
    true
}

/// What two compatible memberships say together.
fn merge(a: &Membership, b: &Membership) -> Membership {
    let mut merged: Membership = a.iter().chain(b).copied().collect();
    merged.sort_unstable();
    merged.dedup();
    merged
}
