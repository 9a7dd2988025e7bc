//! Where the keys of the issuer come from, and when they are looked at again.

use std::path::PathBuf;
use std::sync::Arc;

use datamesh_actor::Clock;
use futures::future::BoxFuture;
use parking_lot::{Mutex, RwLock};

use super::cache::Cache;
use super::fetch::FetchError;
use super::keys::KeySet;
use super::refusal::Refusal;
use super::token::Token;

/// An unknown `kid` makes us look again, but not more often than this: anybody can invent a `kid`.
const MIN_INTERVAL_MS: i64 = 30_000;

/// Keys are looked at again after this long, so that those the issuer has withdrawn are not taken.
const MAX_AGE_MS: i64 = 3_600_000;

/// Keys that could not be looked at for longer than this are not believed any more.
const MAX_STALE_MS: i64 = 24 * 3_600_000;

/// Fetches a JWKS.
pub type Fetch = Box<dyn Fn() -> BoxFuture<'static, Result<String, FetchError>> + Send + Sync>;

/// Where a JWKS is.
pub enum Source {
    /// Here; it does not change.
    Fixed,
    /// In a file, read again as if it were fetched.
    File(PathBuf),
    /// Somewhere to be fetched from.
    Remote(Fetch),
}

/// The issuer's keys, kept fresh.
pub struct Keys {
    source: Source,
    clock: Arc<dyn Clock>,
    set: RwLock<KeySet>,
    times: Mutex<Times>,
    fetching: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct Times {
    tried_ms: Option<i64>,
    fetched_ms: Option<i64>,
}

impl Keys {
    /// Keys that are here and do not change.
    pub fn fixed(set: KeySet, clock: Arc<dyn Clock>) -> Self {
        let keys = Self::new(Source::Fixed, clock);
        *keys.set.write() = set;
        keys
    }

    /// Keys that are looked for when the first token comes.
    pub fn new(source: Source, clock: Arc<dyn Clock>) -> Self {
        Self {
            source,
            clock,
            set: RwLock::default(),
            times: Mutex::default(),
            fetching: Arc::default(),
        }
    }

    /// Looks for keys again if that of the token is not known or all are old. Empties the cache of
    /// verified tokens when they change.
    pub async fn refresh_for(
        self: &Arc<Self>,
        token: &Token<'_>,
        cache: &Arc<Cache>,
    ) -> Result<(), Refusal> {
        let kid = token.header.kid.as_deref().ok_or(Refusal::UnknownKey)?;
        if matches!(self.source, Source::Fixed) {
            return Ok(());
        }
        self.freshen(kid, cache).await;
        let now = self.clock.now_ms();
        match self.times.lock().fetched_ms {
            Some(fetched) if now.saturating_sub(fetched) < MAX_STALE_MS => Ok(()),
            _ => Err(Refusal::KeysUnavailable),
        }
    }

    /// Verifies a signature with the keys as they are.
    pub fn verify(&self, token: &Token<'_>) -> Result<(), Refusal> {
        self.set.read().verify(token)
    }

    /// Looks at the source again if the key is unknown or the keys are old, and the last look was not
    /// just now. If it fails, the keys we have stay. Who has no key waits for the look that is under way.
    async fn freshen(self: &Arc<Self>, kid: &str, cache: &Arc<Cache>) {
        if !self.is_due(kid) {
            if !self.set.read().contains(kid) {
                drop(self.fetching.lock().await);
            }
            return;
        }
        let one_at_a_time = self.fetching.clone().lock_owned().await;
        if !self.is_due(kid) {
            return;
        }
        self.times.lock().tried_ms = Some(self.clock.now_ms());
        let (keys, cache) = (self.clone(), cache.clone());
        // A look of its own: a client that hangs up must not end it for all others.
        let look = tokio::spawn(async move {
            keys.look(&cache).await;
            drop(one_at_a_time);
        });
        if let Err(error) = look.await {
            tracing::error!(%error, "the look at the keys of the token issuer broke");
        }
    }

    async fn look(&self, cache: &Cache) {
        let now = self.clock.now_ms();
        match self.fetch().await {
            Ok(set) => {
                *self.set.write() = set;
                cache.clear();
                self.times.lock().fetched_ms = Some(now);
            }
            Err(error) => tracing::warn!(%error, "cannot fetch the keys of the token issuer"),
        }
    }

    fn is_due(&self, kid: &str) -> bool {
        let now = self.clock.now_ms();
        let times = self.times.lock();
        let rested = times
            .tried_ms
            .is_none_or(|tried| now.saturating_sub(tried) >= MIN_INTERVAL_MS);
        let old = times
            .fetched_ms
            .is_none_or(|fetched| now.saturating_sub(fetched) >= MAX_AGE_MS);
        drop(times);
        rested && (old || !self.set.read().contains(kid))
    }

    async fn fetch(&self) -> Result<KeySet, FetchError> {
        let jwks = match &self.source {
            Source::Fixed => return Ok(KeySet::default()),
            Source::File(path) => tokio::fs::read_to_string(path).await?,
            Source::Remote(fetch) => fetch().await?,
        };
        Ok(KeySet::parse(&jwks)?)
    }
}
