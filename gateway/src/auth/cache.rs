//! Tokens that were verified, by their SHA-256: a caller sends the same token many times, and checking
//! an ES256 signature takes longer than most requests.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use super::Caller;
use super::claims::has_expired;

/// At most this many tokens are remembered.
const CAPACITY: usize = 8192;

/// A token is remembered for this long, in seconds; then its key is looked for again.
const MAX_AGE_SECONDS: i64 = 3_600;

/// Remembers verified tokens until they expire, for an hour at most, or until the keys change.
#[derive(Default)]
pub struct Cache {
    tokens: Mutex<Tokens>,
}

#[derive(Default)]
struct Tokens {
    entries: HashMap<[u8; 32], Entry>,
    /// Counts how often all was forgotten.
    generation: u64,
}

struct Entry {
    caller: Arc<Caller>,
    /// In seconds since the Unix epoch.
    forget: i64,
}

impl Entry {
    fn is_good(&self, now: i64) -> bool {
        now < self.forget && !has_expired(self.caller.expires, now)
    }
}

impl Cache {
    /// Who sent this token, if it was verified before and has not expired.
    pub fn get(&self, token: &str, now: i64) -> Option<Arc<Caller>> {
        let tokens = self.tokens.lock();
        let entry = tokens.entries.get(&digest(token))?;
        entry.is_good(now).then(|| entry.caller.clone())
    }

    /// The generation to be handed to [`Cache::put`], taken before a token is verified.
    pub fn generation(&self) -> u64 {
        self.tokens.lock().generation
    }

    /// Remembers a token that was verified in this generation; if the keys changed meanwhile, it is not
    /// remembered. When the cache is full, what is no longer good goes; if nothing has, all goes.
    pub fn put(&self, generation: u64, token: &str, caller: Arc<Caller>, now: i64) {
        let mut tokens = self.tokens.lock();
        if tokens.generation != generation {
            return;
        }
        if tokens.entries.len() >= CAPACITY {
            tokens.entries.retain(|_, entry| entry.is_good(now));
        }
        if tokens.entries.len() >= CAPACITY {
            tokens.entries.clear();
        }
        let forget = now.saturating_add(MAX_AGE_SECONDS);
        tokens
            .entries
            .insert(digest(token), Entry { caller, forget });
    }

    /// Forgets all: the keys have changed.
    pub fn clear(&self) {
        let mut tokens = self.tokens.lock();
        tokens.entries.clear();
        tokens.generation += 1;
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(expires: i64) -> Arc<Caller> {
        Arc::new(Caller {
            expires,
            ..Caller::default()
        })
    }

    #[test]
    fn a_token_is_forgotten_when_it_expires() {
        let cache = Cache::default();
        cache.put(0, "token", caller(1_000), 0);
        assert!(cache.get("token", 1_059).is_some());
        assert!(cache.get("token", 1_060).is_none());
        assert!(cache.get("another", 0).is_none());
    }

    #[test]
    fn a_token_is_remembered_for_an_hour_at_most() {
        let cache = Cache::default();
        cache.put(0, "token", caller(i64::MAX), 0);
        assert!(cache.get("token", 3_599).is_some());
        assert!(cache.get("token", 3_600).is_none());
    }

    #[test]
    fn it_never_grows_beyond_its_capacity() {
        let cache = Cache::default();
        for index in 0..CAPACITY + 10 {
            cache.put(0, &format!("token-{index}"), caller(i64::MAX), 0);
        }
        assert_eq!(cache.tokens.lock().entries.len(), 10);
    }

    #[test]
    fn a_token_verified_with_keys_that_have_changed_is_not_remembered() {
        let cache = Cache::default();
        let generation = cache.generation();
        cache.clear();
        cache.put(generation, "token", caller(i64::MAX), 0);
        assert!(cache.get("token", 0).is_none());
    }
}
