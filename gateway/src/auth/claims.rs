//! What the claims of a verified token must say (RFC 7519, section 4; for Cognito "Verifying JSON web
//! tokens" of its developer guide).

use serde_json::{Map, Value};

use super::Caller;
use super::options::AuthOptions;
use super::refusal::Refusal;

/// Clocks may differ by this much, in seconds.
pub const LEEWAY_SECONDS: i64 = 60;

/// Checks the claims at a time (seconds since the Unix epoch).
pub fn check(
    claims: &Map<String, Value>,
    options: &AuthOptions,
    now: i64,
) -> Result<Caller, Refusal> {
    if text(claims, "iss") != Some(&options.issuer) {
        return Err(Refusal::Issuer);
    }
    let expires = seconds(claims, "exp")?.ok_or(Refusal::Claim("exp"))?;
    if has_expired(expires, now) {
        return Err(Refusal::Expired);
    }
    if let Some(not_before) = seconds(claims, "nbf")?
        && not_before > now.saturating_add(LEEWAY_SECONDS)
    {
        return Err(Refusal::NotYetValid);
    }
    if !is_for_us(claims, &options.audience) {
        return Err(Refusal::Audience);
    }
    let user = text(claims, "sub")
        .filter(|user| !user.is_empty())
        .ok_or(Refusal::Claim("sub"))?;
    let groups = groups(claims, &options.groups_claim)?;
    Ok(Caller {
        user: user.to_owned(),
        email: verified_email(claims).map(str::to_owned),
        admin: groups.contains(&options.admin_group),
        groups,
        expires,
    })
}

/// Whether a token with this `exp` is no longer taken.
pub fn has_expired(expires: i64, now: i64) -> bool {
    now >= expires.saturating_add(LEEWAY_SECONDS)
}

/// A token with `aud` must name us there. Cognito's access tokens have none: they say `token_use`
/// access and name the app client in `client_id`.
fn is_for_us(claims: &Map<String, Value>, audience: &[String]) -> bool {
    let ours = |value: &Value| {
        value
            .as_str()
            .is_some_and(|value| audience.iter().any(|a| a == value))
    };
    let usage = claims.get("token_use").map(Value::as_str);
    if !matches!(usage, None | Some(Some("access" | "id"))) {
        return false;
    }
    match claims.get("aud") {
        Some(Value::Array(several)) => several.iter().any(ours),
        Some(one) => ours(one),
        None => usage == Some(Some("access")) && claims.get("client_id").is_some_and(ours),
    }
}

fn groups(claims: &Map<String, Value>, groups_claim: &str) -> Result<Vec<String>, Refusal> {
    let mut groups: Vec<String> = Vec::new();
    for claim in [groups_claim, "cognito:groups"] {
        match claims.get(claim) {
            None | Some(Value::Null) => {}
            Some(Value::String(group)) => groups.push(group.clone()),
            Some(Value::Array(several)) => {
                for group in several {
                    groups.push(group.as_str().ok_or(Refusal::Claim("groups"))?.to_owned());
                }
            }
            Some(_) => return Err(Refusal::Claim("groups")),
        }
    }
    groups.sort_unstable();
    groups.dedup();
    Ok(groups)
}

/// What a user could have entered without owning it names nobody (OpenID Connect Core 1.0, 5.1). Some
/// issuers write `email_verified` as text.
fn verified_email(claims: &Map<String, Value>) -> Option<&str> {
    let verified = match claims.get("email_verified")? {
        Value::Bool(verified) => *verified,
        verified => verified == "true",
    };
    text(claims, "email").filter(|email| verified && !email.is_empty())
}

fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

/// A NumericDate: seconds, maybe with a fraction.
fn seconds(claims: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => {
            #[allow(clippy::cast_possible_truncation)] // `as` saturates, which is what is wanted.
            let whole = number.as_i64().or(number.as_f64().map(|f| f as i64));
            whole.map(Some).ok_or(Refusal::Claim(name))
        }
        Some(_) => Err(Refusal::Claim(name)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const POOL: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Abc";

    fn options() -> AuthOptions {
        AuthOptions {
            issuer: POOL.to_owned(),
            audience: vec!["client-1".to_owned(), "client-2".to_owned()],
            ..AuthOptions::default()
        }
    }

    fn access() -> Value {
        json!({
            "sub": "5f1c", "iss": POOL, "client_id": "client-1", "token_use": "access",
            "scope": "openid", "exp": NOW + 3600, "iat": NOW, "username": "ann",
            "cognito:groups": ["finance-domain", "admins"]
        })
    }

    fn id() -> Value {
        json!({
            "sub": "5f1c", "iss": POOL, "aud": "client-2", "token_use": "id", "exp": NOW + 3600,
            "email": "ann@example.com", "email_verified": true, "cognito:username": "ann", "cognito:groups": ["sales"]
        })
    }

    fn checked(claims: &Value) -> Result<Caller, Refusal> {
        check(claims.as_object().unwrap(), &options(), NOW)
    }

    #[test]
    fn an_access_token_of_cognito_names_its_client() {
        assert_eq!(
            checked(&access()).unwrap(),
            Caller {
                user: "5f1c".into(),
                email: None,
                groups: vec!["admins".into(), "finance-domain".into()],
                admin: true,
                expires: NOW + 3600,
            }
        );
    }

    #[test]
    fn an_id_token_of_cognito_names_its_audience() {
        let caller = checked(&id()).unwrap();
        assert_eq!(caller.email.as_deref(), Some("ann@example.com"));
        assert!(!caller.admin);
    }

    #[test]
    fn an_email_that_was_not_verified_names_nobody() {
        for unverified in [json!(false), json!("false"), json!(null), json!(1)] {
            let mut claims = id();
            claims["email_verified"] = unverified;
            assert_eq!(checked(&claims).unwrap().email, None);
        }
        let mut claims = id();
        remove(&mut claims, "email_verified");
        assert_eq!(checked(&claims).unwrap().email, None);
    }

    #[test]
    fn one_of_several_audiences_is_enough() {
        let mut claims = id();
        claims["aud"] = json!(["other", "client-1"]);
        assert!(checked(&claims).is_ok());
    }

    #[test]
    fn what_is_wrong_is_refused() {
        type Change = fn(&mut Value);
        let cases: [(&str, Change, Refusal); 12] = [
            ("another pool", |c| c["iss"] = json!("x"), Refusal::Issuer),
            ("no issuer", |c| c["iss"] = json!(null), Refusal::Issuer),
            ("expired", |c| c["exp"] = json!(NOW - 60), Refusal::Expired),
            ("no expiry", |c| remove(c, "exp"), Refusal::Claim("exp")),
            (
                "expiry as text",
                |c| c["exp"] = json!("9"),
                Refusal::Claim("exp"),
            ),
            (
                "later",
                |c| c["nbf"] = json!(NOW + 61),
                Refusal::NotYetValid,
            ),
            (
                "another client",
                |c| c["client_id"] = json!("x"),
                Refusal::Audience,
            ),
            (
                "a refresh token",
                |c| c["token_use"] = json!("refresh"),
                Refusal::Audience,
            ),
            (
                "aud of another",
                |c| c["aud"] = json!("x"),
                Refusal::Audience,
            ),
            ("no use", |c| remove(c, "token_use"), Refusal::Audience),
            ("no subject", |c| remove(c, "sub"), Refusal::Claim("sub")),
            (
                "groups",
                |c| c["groups"] = json!([1]),
                Refusal::Claim("groups"),
            ),
        ];
        for (name, change, refusal) in cases {
            let mut claims = access();
            change(&mut claims);
            assert_eq!(checked(&claims).unwrap_err(), refusal, "{name}");
        }
    }

    fn remove(claims: &mut Value, name: &str) {
        claims.as_object_mut().unwrap().remove(name);
    }

    #[test]
    fn clocks_may_differ_by_a_minute() {
        let mut claims = access();
        claims["exp"] = json!(NOW - 59);
        assert!(checked(&claims).is_ok());
        claims["exp"] = json!(NOW as f64 + 0.5);
        claims["nbf"] = json!(NOW + 60);
        assert!(checked(&claims).is_ok());
    }
}
