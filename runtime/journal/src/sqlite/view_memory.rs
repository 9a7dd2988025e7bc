use std::collections::HashMap;

/// How many rows a generation holds.
const GENERATION: usize = 8_192;

/// What the writer must know of a view's row to replace it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// Its number in the file.
    pub(super) id: i64,
    pub(super) sort: String,
    /// Its fields, as JSON.
    pub(super) fields: String,
}

/// The rows that were changed more than once lately, so that the next change needs no look into the file.
/// Two generations, of which the older is forgotten when the younger is full. Rows that are written once and
/// never again, as those of events are, do not come in.
///
/// Like the heads it runs ahead of the file within a group, and is forgotten with a group that is rolled back.
#[derive(Debug, Default)]
pub(super) struct ViewMemory {
    young: Rows,
    old: Rows,
    count: usize,
}

/// By collection, then by key.
type Rows = HashMap<String, HashMap<String, Stored>>;

impl ViewMemory {
    /// Takes out what is known of a row; who goes on with it puts it back.
    pub(super) fn take(&mut self, collection: &str, key: &str) -> Option<Stored> {
        if let Some(found) = self
            .young
            .get_mut(collection)
            .and_then(|rows| rows.remove(key))
        {
            self.count -= 1;
            return Some(found);
        }
        self.old.get_mut(collection)?.remove(key)
    }

    pub(super) fn put(&mut self, collection: &str, key: &str, row: Stored) {
        if self.count >= GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.count = 0;
        }
        let rows = match self.young.get_mut(collection) {
            Some(rows) => rows,
            None => self.young.entry(collection.to_owned()).or_default(),
        };
        if rows.insert(key.to_owned(), row).is_none() {
            self.count += 1;
        }
    }

    /// Forgets everything: what is remembered may be from a group that was rolled back.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn row(id: i64) -> Stored {
        Stored {
            id,
            sort: "s".to_owned(),
            fields: "[]".to_owned(),
        }
    }

    #[test]
    fn it_holds_two_generations_and_keeps_what_is_used() {
        let mut memory = ViewMemory::default();
        memory.put("c", "used", row(0));
        for n in 1..100_000 {
            memory.put("c", &n.to_string(), row(n));
            if n % 1_000 == 0 {
                let used = memory.take("c", "used").unwrap();
                memory.put("c", "used", used);
            }
        }
        let held: usize = [&memory.young, &memory.old]
            .into_iter()
            .flat_map(HashMap::values)
            .map(HashMap::len)
            .sum();
        assert!(held <= 2 * GENERATION, "{held}");
        assert_eq!(memory.take("c", "used"), Some(row(0)));
        assert_eq!(memory.take("c", "used"), None);
        assert_eq!(memory.take("c", "1"), None, "forgotten long ago");
    }
}
