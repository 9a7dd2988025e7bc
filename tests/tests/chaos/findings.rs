use std::collections::BTreeMap;
use std::fmt;

/// What was found at the end that must not be.
#[derive(Debug, Default)]
pub struct Findings {
    /// Acknowledged, and not so.
    pub losses: Vec<String>,
    /// So, and nobody asked for it, or more often than asked for.
    pub duplicates: Vec<String>,
    /// Everything else that must not be.
    pub wrong: Vec<String>,
}

impl Findings {
    /// Compares what is there with what was acknowledged.
    pub fn compare<K: Ord + fmt::Debug, V: PartialEq + fmt::Debug>(
        &mut self,
        what: &str,
        found: &BTreeMap<K, V>,
        acknowledged: &BTreeMap<K, V>,
    ) {
        for (key, wanted) in acknowledged {
            match found.get(key) {
                None => self.losses.push(format!("{what} {key:?} is not there")),
                Some(seen) if seen != wanted => self.losses.push(format!(
                    "{what} {key:?} is {seen:?}, acknowledged was {wanted:?}"
                )),
                Some(_) => {}
            }
        }
        for (key, seen) in found {
            if !acknowledged.contains_key(key) {
                let extra = format!("{what} {key:?} is there and nobody asked for it: {seen:?}");
                self.duplicates.push(extra);
            }
        }
    }

    /// Looks whether something happened as often as it was to.
    pub fn count(&mut self, what: &str, found: u64, wanted: u64) {
        let text = format!("{what}: {found} times, acknowledged {wanted} times");
        match found.cmp(&wanted) {
            std::cmp::Ordering::Less => self.losses.push(text),
            std::cmp::Ordering::Equal => {}
            std::cmp::Ordering::Greater => self.duplicates.push(text),
        }
    }

    /// Whether nothing was found.
    pub fn none(&self) -> bool {
        self.losses.is_empty() && self.duplicates.is_empty() && self.wrong.is_empty()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (sort, found) in [
            ("lost", &self.losses),
            ("duplicate", &self.duplicates),
            ("wrong", &self.wrong),
        ] {
            for one in found {
                writeln!(f, "{sort}: {one}")?;
            }
        }
        write!(
            f,
            "{} losses, {} duplicates, {} other findings",
            self.losses.len(),
            self.duplicates.len(),
            self.wrong.len()
        )
    }
}
