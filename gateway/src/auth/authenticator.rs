use std::sync::Arc;

use datamesh_actor::Clock;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::Caller;
use super::cache::Cache;
use super::claims::check;
use super::fetch::{UrlError, from_url};
use super::issuer::Issuer;
use super::keys::{KeySet, is_allowed};
use super::options::AuthOptions;
use super::refusal::Refusal;
use super::source::{Fetch, Keys, Source};
use super::token::Token;

/// Says who is calling, from the token in a request.
pub struct Authenticator {
    options: AuthOptions,
    keys: Arc<Keys>,
    cache: Arc<Cache>,
    clock: Arc<dyn Clock>,
}

/// Why tokens cannot be checked as configured.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// None or several sources of keys.
    #[error("[auth] needs exactly one of embedded = true, jwks_url and jwks_file")]
    Source,
    /// Embedded, but without its issuer.
    #[error("the embedded issuer is not open")]
    NoIssuer,
    /// Nobody to be from or for.
    #[error("[auth] needs an issuer and an audience")]
    NoAudience,
    /// The URL of the keys.
    #[error("[auth] {0}")]
    Url(#[from] UrlError),
    /// The embedded keys.
    #[error("the embedded issuer has no usable keys: {0}")]
    Keys(#[from] serde_json::Error),
}

impl Authenticator {
    /// Takes the tokens that `options` describe. `issuer` is the embedded one, if there is one.
    ///
    /// # Errors
    /// When the options contradict each other. Keys that cannot be fetched are no error here: they are
    /// fetched when the first token comes.
    pub fn new(
        options: AuthOptions,
        issuer: Option<&Issuer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AuthError> {
        let keys = match (options.embedded, &options.jwks_url, &options.jwks_file) {
            (true, None, None) => {
                let jwks = issuer.ok_or(AuthError::NoIssuer)?.jwks();
                Keys::fixed(KeySet::parse(&jwks)?, clock.clone())
            }
            (false, Some(url), None) => Keys::new(Source::Remote(from_url(url)?), clock.clone()),
            (false, None, Some(path)) => Keys::new(Source::File(path.clone()), clock.clone()),
            _ => return Err(AuthError::Source),
        };
        Self::with_keys(options, keys, clock)
    }

    /// Takes keys from a fetcher of one's own, as tests do.
    ///
    /// # Errors
    /// When the options have no issuer or audience.
    pub fn with_fetch(
        options: AuthOptions,
        fetch: Fetch,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AuthError> {
        let keys = Keys::new(Source::Remote(fetch), clock.clone());
        Self::with_keys(options, keys, clock)
    }

    fn with_keys(
        options: AuthOptions,
        keys: Keys,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AuthError> {
        if options.issuer.is_empty() || options.audience.iter().all(String::is_empty) {
            return Err(AuthError::NoAudience);
        }
        Ok(Self {
            options,
            keys: Arc::new(keys),
            cache: Arc::default(),
            clock,
        })
    }

    /// The clock that tokens are checked by.
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Who sent a request with these headers.
    ///
    /// # Errors
    /// Why that is not known.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Caller>, Refusal> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let value = values.next().ok_or(Refusal::Missing)?;
        if values.next().is_some() {
            return Err(Refusal::NotBearer);
        }
        let (scheme, token) = value
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .ok_or(Refusal::NotBearer)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Refusal::NotBearer);
        }
        self.verify(token.trim()).await
    }

    /// Whose token it is.
    ///
    /// # Errors
    /// Why it is not taken.
    pub async fn verify(&self, text: &str) -> Result<Arc<Caller>, Refusal> {
        let now = self.clock.now_ms().div_euclid(1000);
        if let Some(caller) = self.cache.get(text, now) {
            return Ok(caller);
        }
        let token = Token::parse(text)?;
        if !is_allowed(&token.header.alg) || token.header.crit.is_some() {
            return Err(Refusal::Algorithm);
        }
        self.keys.refresh_for(&token, &self.cache).await?;
        let generation = self.cache.generation();
        self.keys.verify(&token)?;
        let caller = Arc::new(check(&token.claims()?, &self.options, now)?);
        self.cache.put(generation, text, caller.clone(), now);
        Ok(caller)
    }
}
