//! Which of some names was most likely meant by one that is not among them.

/// How many letters a name may differ by and still be the one that was meant.
const MOST_CHANGES: usize = 2;
/// Names longer than this are not compared.
const MAX_CHARS: usize = 80;
/// Only so many names are looked at.
const MAX_CANDIDATES: usize = 1_000;

/// The candidate that is nearest to a name, if one is near: case and space aside, at most two
/// letters differ, and fewer than half.
pub(super) fn closest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let folded = |text: &str| -> Vec<char> { text.trim().to_lowercase().chars().collect() };
    let name = folded(name);
    if name.len() > MAX_CHARS {
        return None;
    }
    candidates
        .take(MAX_CANDIDATES)
        .map(|candidate| (candidate, folded(candidate)))
        .filter(|(_, letters)| letters.len().abs_diff(name.len()) <= MOST_CHANGES)
        .map(|(candidate, letters)| (changes(&name, &letters), candidate))
        .filter(|(changes, _)| *changes <= MOST_CHANGES && changes * 2 < name.len().max(1))
        .min_by_key(|(changes, _)| *changes)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be put in, taken out or changed to make one text of the other.
fn changes(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (taken, letter) in one.iter().enumerate() {
        let mut diagonal = taken;
        let mut left = taken + 1;
        for (index, wanted) in other.iter().enumerate() {
            let above = row.get(index + 1).copied().unwrap_or_default();
            let here = (diagonal + usize::from(letter != wanted))
                .min(above + 1)
                .min(left + 1);
            if let Some(cell) = row.get_mut(index) {
                *cell = left;
            }
            diagonal = above;
            left = here;
        }
        if let Some(cell) = row.last_mut() {
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_name_that_was_meant() {
        let names = ["Approve", "Reject", "Deploy to staging", "A"];
        for (slip, meant) in [
            ("Aprove", Some("Approve")),
            ("approve ", Some("Approve")),
            ("Deploy_to-staging", Some("Deploy to staging")),
            ("Rejects", Some("Reject")),
            ("B", None),
            ("Promote", None),
            ("", None),
        ] {
            assert_eq!(closest(slip, names.into_iter()), meant, "{slip}");
        }
    }

    #[test]
    fn changes_are_counted() {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        for (one, other, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 2),
        ] {
            assert_eq!(
                changes(&letters(one), &letters(other)),
                expected,
                "{one} {other}"
            );
        }
    }
}
