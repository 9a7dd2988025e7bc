//! Tokens, good and forged.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use datamesh_gateway::auth::{AuthOptions, Authenticator, Issuer, IssuerError, Refusal};
use http::HeaderMap;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::canned::{Bench, NOW_MS, TestClock, fill};

const NOW: i64 = NOW_MS / 1000;

fn encoded(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn kid(issuer: &Issuer) -> String {
    let jwks: Value = serde_json::from_str(&issuer.jwks()).unwrap();
    jwks["keys"][0]["kid"].as_str().unwrap().to_owned()
}

/// The token with another header or other claims, and its signature as it was.
fn with(token: &str, part: usize, change: impl Fn(&mut Value)) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let mut json: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&parts[part]).unwrap()).unwrap();
    change(&mut json);
    parts[part] = encoded(&json);
    parts.join(".")
}

async fn refusal(bench: &Bench, token: &str) -> Refusal {
    bench
        .auth
        .verify(token)
        .await
        .expect_err("should be refused")
}

#[tokio::test]
async fn a_token_of_the_embedded_issuer_is_taken() {
    let bench = Bench::new();
    let caller = bench
        .auth
        .verify(&bench.token(&["admins", "sales"]))
        .await
        .unwrap();
    assert_eq!(caller.user, "ann@example.com");
    assert_eq!(caller.email.as_deref(), Some("ann@example.com"));
    assert_eq!(caller.groups, ["admins", "sales"]);
    assert!(caller.admin);
}

#[tokio::test]
async fn an_expired_token_is_refused_even_if_it_was_taken_before() {
    let bench = Bench::new();
    let token = bench.token(&[]);
    assert!(bench.auth.verify(&token).await.is_ok());
    bench.clock.advance(Duration::from_secs(3600 + 59));
    assert!(bench.auth.verify(&token).await.is_ok(), "clocks may differ");
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(refusal(&bench, &token).await, Refusal::Expired);
}

#[tokio::test]
async fn what_is_changed_after_it_was_signed_is_refused() {
    let bench = Bench::new();
    let token = bench.token(&["sales"]);
    let forged = with(&token, 1, |claims| claims["groups"] = json!(["admins"]));
    assert_eq!(refusal(&bench, &forged).await, Refusal::Signature);
    let forged = with(&token, 0, |header| header["kid"] = json!("another"));
    assert_eq!(refusal(&bench, &forged).await, Refusal::UnknownKey);
    let forged = with(&token, 0, |header| header["crit"] = json!(["b64"]));
    assert_eq!(refusal(&bench, &forged).await, Refusal::Algorithm);
    let cut = &token[..token.len() - 4];
    assert_eq!(refusal(&bench, cut).await, Refusal::Signature);
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused() {
    let bench = Bench::new();
    for alg in ["none", "None", "nOnE", ""] {
        let token = with(&bench.token(&[]), 0, |header| header["alg"] = json!(alg));
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        assert_eq!(
            refusal(&bench, &unsigned).await,
            Refusal::Algorithm,
            "{alg}"
        );
    }
}

/// The public key is known to all; a verifier that takes HMAC would take it as the secret.
#[tokio::test]
async fn a_token_signed_with_the_public_key_as_a_secret_is_refused() {
    let bench = Bench::new();
    let jwks: Value = serde_json::from_str(&bench.issuer.jwks()).unwrap();
    let key = &jwks["keys"][0];
    for secret in [key.to_string(), key["x"].as_str().unwrap().to_owned()] {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some(kid(&bench.issuer));
        let claims = json!({"iss": "datamesh", "aud": "datamesh", "sub": "eve", "exp": NOW + 60});
        let secret = EncodingKey::from_secret(secret.as_bytes());
        let token = jsonwebtoken::encode(&header, &claims, &secret).unwrap();
        assert_eq!(refusal(&bench, &token).await, Refusal::Algorithm);
    }
}

#[tokio::test]
async fn a_key_in_the_token_itself_is_never_used() {
    let bench = Bench::new();
    let folder = tempfile::tempdir().unwrap();
    let eve = Issuer::open(folder.path(), &AuthOptions::default(), fill(9)).unwrap();
    let hour = Duration::from_secs(3600);
    let token = eve
        .token("eve", &["admins".to_owned()], hour, NOW_MS)
        .unwrap();
    assert_eq!(refusal(&bench, &token).await, Refusal::UnknownKey);
    let ours = kid(&bench.issuer);
    let jwks: Value = serde_json::from_str(&eve.jwks()).unwrap();
    let token = with(&token, 0, |header| {
        header["kid"] = json!(ours);
        header["jwk"] = jwks["keys"][0].clone();
    });
    assert_eq!(refusal(&bench, &token).await, Refusal::Signature);
}

#[tokio::test]
async fn what_is_no_token_is_malformed() {
    let bench = Bench::new();
    let long = "a".repeat(20_000);
    for text in ["", "a", "a.b", "a.b.c", "a.b.c.d", "....", "é.é.é", &long] {
        assert_eq!(refusal(&bench, text).await, Refusal::Malformed, "{text}");
    }
}

#[tokio::test]
async fn the_header_must_be_bearer_and_there_once() {
    let bench = Bench::new();
    let good = format!("bearer {}", bench.token(&[]));
    let mut headers = HeaderMap::new();
    assert_eq!(
        bench.auth.authenticate(&headers).await,
        Err(Refusal::Missing)
    );
    headers.insert("authorization", "Basic YTpi".parse().unwrap());
    assert_eq!(
        bench.auth.authenticate(&headers).await,
        Err(Refusal::NotBearer)
    );
    headers.insert("authorization", good.parse().unwrap());
    assert!(bench.auth.authenticate(&headers).await.is_ok());
    headers.append("authorization", good.parse().unwrap());
    assert_eq!(
        bench.auth.authenticate(&headers).await,
        Err(Refusal::NotBearer)
    );
}

/// An issuer elsewhere, whose keys can change and whose server can fail.
struct Elsewhere {
    jwks: Arc<Mutex<Option<String>>>,
    fetches: Arc<AtomicUsize>,
    clock: Arc<TestClock>,
    auth: Authenticator,
}

impl Elsewhere {
    fn new(options: AuthOptions) -> Self {
        let jwks: Arc<Mutex<Option<String>>> = Arc::default();
        let fetches = Arc::new(AtomicUsize::new(0));
        let clock = TestClock::new();
        let (source, counter) = (jwks.clone(), fetches.clone());
        let fetch = Box::new(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            let answer = source.lock().clone();
            let answer = answer.ok_or_else(|| std::io::Error::other("no route to host").into());
            Box::pin(async move { answer }) as futures::future::BoxFuture<'static, _>
        });
        let auth = Authenticator::with_fetch(options, fetch, clock.clone()).unwrap();
        Self {
            jwks,
            fetches,
            clock,
            auth,
        }
    }
}

fn issuer(seed: u8) -> Issuer {
    let folder = tempfile::tempdir().unwrap();
    Issuer::open(folder.path(), &AuthOptions::default(), fill(seed)).unwrap()
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_when_a_new_one_is_used() {
    let elsewhere = Elsewhere::new(AuthOptions::default());
    let (old, new) = (issuer(1), issuer(2));
    let hour = Duration::from_secs(3600);
    *elsewhere.jwks.lock() = Some(old.jwks());
    let first = old.token("ann", &[], hour, NOW_MS).unwrap();
    for _ in 0..3 {
        assert!(elsewhere.auth.verify(&first).await.is_ok());
    }
    assert_eq!(elsewhere.fetches.load(Ordering::SeqCst), 1);

    *elsewhere.jwks.lock() = Some(new.jwks());
    let second = new.token("ann", &[], hour, NOW_MS).unwrap();
    let too_soon = elsewhere.auth.verify(&second).await;
    assert_eq!(
        too_soon,
        Err(Refusal::UnknownKey),
        "anybody can invent a kid"
    );
    assert_eq!(elsewhere.fetches.load(Ordering::SeqCst), 1);

    elsewhere.clock.advance(Duration::from_secs(30));
    assert!(elsewhere.auth.verify(&second).await.is_ok());
    assert_eq!(elsewhere.fetches.load(Ordering::SeqCst), 2);
    let withdrawn = elsewhere.auth.verify(&first).await;
    assert_eq!(
        withdrawn,
        Err(Refusal::UnknownKey),
        "also what was verified before"
    );
}

#[tokio::test]
async fn without_keys_nobody_is_refused_for_good() {
    let elsewhere = Elsewhere::new(AuthOptions::default());
    let issuer = issuer(1);
    let token = issuer
        .token("ann", &[], Duration::from_secs(3600), NOW_MS)
        .unwrap();
    let refusal = elsewhere.auth.verify(&token).await.unwrap_err();
    assert_eq!(refusal, Refusal::KeysUnavailable);
    assert_eq!(
        tonic::Status::from(refusal).code(),
        tonic::Code::Unavailable
    );
    *elsewhere.jwks.lock() = Some(issuer.jwks());
    elsewhere.clock.advance(Duration::from_secs(30));
    assert!(elsewhere.auth.verify(&token).await.is_ok());
}

#[tokio::test]
async fn keys_that_were_fetched_stay_when_the_issuer_is_away() {
    let elsewhere = Elsewhere::new(AuthOptions::default());
    let issuer = issuer(1);
    *elsewhere.jwks.lock() = Some(issuer.jwks());
    let week = Duration::from_secs(7 * 86_400);
    let token = issuer.token("ann", &[], week, NOW_MS).unwrap();
    assert!(elsewhere.auth.verify(&token).await.is_ok());
    *elsewhere.jwks.lock() = None;
    elsewhere.clock.advance(Duration::from_secs(22 * 3600));
    let other = issuer.token("bob", &[], week, NOW_MS).unwrap();
    assert!(elsewhere.auth.verify(&other).await.is_ok());
    elsewhere.clock.advance(Duration::from_secs(2 * 3600));
    for token in [&token, &other] {
        let refused = elsewhere.auth.verify(token).await;
        assert_eq!(refused, Err(Refusal::KeysUnavailable), "not for ever");
    }
    *elsewhere.jwks.lock() = Some(issuer.jwks());
    elsewhere.clock.advance(Duration::from_secs(30));
    assert!(elsewhere.auth.verify(&token).await.is_ok());
}

#[tokio::test]
async fn a_key_that_was_withdrawn_is_not_taken_for_longer_than_an_hour() {
    let elsewhere = Elsewhere::new(AuthOptions::default());
    let (old, new) = (issuer(1), issuer(2));
    *elsewhere.jwks.lock() = Some(old.jwks());
    let day = Duration::from_secs(86_400);
    let token = old.token("ann", &[], day, NOW_MS).unwrap();
    assert!(elsewhere.auth.verify(&token).await.is_ok());
    *elsewhere.jwks.lock() = Some(new.jwks());
    elsewhere.clock.advance(Duration::from_secs(3599));
    assert!(elsewhere.auth.verify(&token).await.is_ok());
    elsewhere.clock.advance(Duration::from_secs(1));
    assert_eq!(
        elsewhere.auth.verify(&token).await,
        Err(Refusal::UnknownKey)
    );
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_end_the_fetch() {
    let issuer = issuer(1);
    let (gate, waits) = tokio::sync::watch::channel(false);
    let jwks = issuer.jwks();
    let fetch = Box::new(move || {
        let (jwks, mut waits) = (jwks.clone(), waits.clone());
        Box::pin(async move {
            let _ = waits.wait_for(|open| *open).await;
            Ok(jwks)
        }) as futures::future::BoxFuture<'static, _>
    });
    let options = AuthOptions::default();
    let auth = Authenticator::with_fetch(options, fetch, TestClock::new()).unwrap();
    let hour = Duration::from_secs(3600);
    let token = issuer.token("ann", &[], hour, NOW_MS).unwrap();
    let mut hangs_up = Box::pin(auth.verify(&token));
    assert!(futures::poll!(&mut hangs_up).is_pending());
    drop(hangs_up);
    let mut waits = Box::pin(auth.verify(&token));
    assert!(futures::poll!(&mut waits).is_pending());
    gate.send_replace(true);
    assert_eq!(waits.await.unwrap().user, "ann");
}

#[tokio::test]
async fn keys_are_read_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jwks.json");
    let issuer = issuer(1);
    std::fs::write(&path, issuer.jwks()).unwrap();
    let options = AuthOptions {
        embedded: false,
        jwks_file: Some(path),
        ..AuthOptions::default()
    };
    let auth = Authenticator::new(options, None, TestClock::new()).unwrap();
    let hour = Duration::from_secs(3600);
    let token = issuer.token("ann", &[], hour, NOW_MS).unwrap();
    assert_eq!(auth.verify(&token).await.unwrap().user, "ann");
}

/// Signed once with a key that nobody has any more; shaped like an access token of Cognito.
#[tokio::test]
async fn an_rs256_access_token_of_cognito_is_taken() {
    let golden: Value = serde_json::from_str(include_str!("cognito.json")).unwrap();
    let options = AuthOptions {
        embedded: false,
        issuer: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example".to_owned(),
        audience: vec!["4example23456789".to_owned()],
        ..AuthOptions::default()
    };
    let elsewhere = Elsewhere::new(options);
    *elsewhere.jwks.lock() = Some(golden["jwks"].to_string());
    let token = golden["token"].as_str().unwrap();
    let caller = elsewhere.auth.verify(token).await.unwrap();
    assert_eq!(caller.user, "6a1e8f0c-1111-4222-8333-444455556666");
    assert_eq!(caller.groups, ["finance-domain"]);
    let forged = with(token, 1, |claims| {
        claims["cognito:groups"] = json!(["admins"])
    });
    let result = elsewhere.auth.verify(&forged).await;
    assert_eq!(result, Err(Refusal::Signature));
}

#[test]
fn the_key_is_made_once_and_is_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let first = Issuer::open(folder.path(), &AuthOptions::default(), fill(1)).unwrap();
    let again = Issuer::open(folder.path(), &AuthOptions::default(), |_| {
        panic!("there is a key already")
    });
    assert_eq!(first.jwks(), again.unwrap().jwks());
    let path = folder.path().join("token-key.pem");
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(
        !first.jwks().contains("\"d\""),
        "the private half is not published"
    );
}

#[test]
fn a_key_that_was_not_finished_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["token-key.4711.new", "another.new", "token-key.old.new"] {
        std::fs::write(folder.path().join(name), "half a k").unwrap();
    }
    let made = Issuer::open(folder.path(), &AuthOptions::default(), fill(1)).unwrap();
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["another.new", "token-key.old.new", "token-key.pem"]);
    let existing = Issuer::open_existing(folder.path(), &AuthOptions::default());
    assert_eq!(existing.unwrap().jwks(), made.jwks());
}

#[test]
fn where_no_key_is_none_is_made_for_who_only_signs() {
    let folder = tempfile::tempdir().unwrap();
    let result = Issuer::open_existing(folder.path(), &AuthOptions::default());
    assert!(matches!(result, Err(IssuerError::File { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_broken_key_file_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token-key.pem");
    std::fs::write(&path, "nonsense").unwrap();
    let result = Issuer::open(folder.path(), &AuthOptions::default(), fill(1));
    assert!(matches!(result, Err(IssuerError::NotAKey { .. })));
    assert_eq!(std::fs::read_to_string(path).unwrap(), "nonsense");
}

#[test]
fn contradictions_in_the_options_are_found_at_start() {
    let build = |change: fn(&mut AuthOptions)| {
        let mut options = AuthOptions::default();
        change(&mut options);
        let issuer = issuer(1);
        Authenticator::new(options, Some(&issuer), TestClock::new())
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(build(|_| {}), None);
    assert_eq!(
        build(|o| o.jwks_file = Some("keys.json".into())).unwrap(),
        "[auth] needs exactly one of embedded = true, jwks_url and jwks_file"
    );
    assert_eq!(
        build(|o| {
            o.embedded = false;
            o.jwks_url = Some("http://example.com/jwks.json".to_owned());
        })
        .unwrap(),
        "[auth] jwks_url must start with https:// (http:// is taken on this machine only)"
    );
    assert!(build(|o| o.audience = vec![]).is_some());
}
