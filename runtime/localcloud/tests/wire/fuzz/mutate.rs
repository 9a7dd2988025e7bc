//! How a request is changed: by what it is made of, or byte by byte.

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::corpus::{Case, Form};
use super::one_of;

/// Bytes that parsers dislike.
const TOKENS: [&[u8]; 24] = [
    b"",
    b"\0",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    "\u{10ffff}".as_bytes(),
    b"%",
    b"%00",
    b"%ff",
    b"%zz",
    b"../../..",
    b"//",
    b"?",
    b"\r\n",
    b"-1",
    b"99999999999999999999999999",
    b"1e999",
    b"ffffffffffffffff\r\n",
    b"null",
    b"{\"a\":",
    b"<![CDATA[",
    b"<!DOCTYPE a [<!ENTITY b \"c\">]>",
    b"&#x110000;",
    b"&b;",
];

/// What is repeated is no larger altogether.
const LARGEST: usize = 4_000_000;

/// A request of the corpus with one to three changes.
pub fn changed(corpus: &[Case], rng: &mut StdRng) -> Case {
    let mut case = one_of(corpus, rng).clone();
    for _ in 0..rng.random_range(1..=3) {
        match rng.random_range(0..10) {
            0..=4 => content(&mut case, rng),
            5 => bytes(&mut case.body, rng),
            6 => headers(&mut case, corpus, rng),
            7 => target(&mut case, rng),
            8 => case.body.clone_from(&one_of(corpus, rng).body),
            _ => {
                let methods = [
                    "GET", "PUT", "POST", "HEAD", "DELETE", "PATCH", "OPTIONS", "ODD",
                ];
                case.method = (*one_of(&methods, rng)).to_owned();
            }
        }
    }
    case
}

fn content(case: &mut Case, rng: &mut StdRng) {
    match case.form {
        Form::Json | Form::Rest => match serde_json::from_slice(&case.body) {
            Ok(mut value) => {
                json_value(&mut value, rng);
                case.body = value.to_string().into_bytes();
            }
            Err(_) => target(case, rng),
        },
        Form::Query => form(&mut case.body, rng),
        Form::S3 if case.body.starts_with(b"<") => xml(&mut case.body, rng),
        Form::S3 if rng.random_bool(0.5) => target(case, rng),
        Form::S3 => bytes(&mut case.body, rng),
    }
}

/// Changes bytes: overwritten, cut out, repeated, put in, cut off.
pub fn bytes(bytes: &mut Vec<u8>, rng: &mut StdRng) {
    let start = rng.random_range(0..=bytes.len());
    let end = (start + rng.random_range(0..16)).min(bytes.len());
    match rng.random_range(0..5) {
        0 => bytes[start..end].fill_with(|| rng.random()),
        1 => drop(bytes.drain(start..end)),
        2 => {
            let again = bytes[start..end].to_vec();
            let again = again.repeat(rng.random_range(1..200));
            drop(bytes.splice(start..start, again));
        }
        3 => drop(bytes.splice(start..end, token(rng).iter().copied())),
        _ => bytes.truncate(start),
    }
}

fn token(rng: &mut StdRng) -> &'static [u8] {
    TOKENS[rng.random_range(0..TOKENS.len())]
}

fn token_text(rng: &mut StdRng) -> String {
    String::from_utf8_lossy(token(rng)).into_owned()
}

fn odd_value(rng: &mut StdRng) -> Value {
    match rng.random_range(0..16) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(0),
        4 => json!(u64::MAX),
        5 => json!(i64::MIN),
        6 => json!(1e308),
        7 => json!(""),
        8 => json!("x".repeat(70_000)),
        9 => json!("\u{0}\u{fffd}\u{10ffff}"),
        10 => json!([]),
        11 => json!({}),
        12 => nested(100, rng.random_bool(0.5)),
        13 => nested(200, rng.random_bool(0.5)),
        14 => Value::Array(vec![json!("x"); 2_000]),
        _ => json!(token_text(rng)),
    }
}

fn nested(depth: usize, arrays: bool) -> Value {
    let wrap = |value| {
        if arrays {
            json!([value])
        } else {
            json!({"a": value})
        }
    };
    (0..depth).fold(json!(1), |value, _| wrap(value))
}

/// Changes one place of a document; a text that is a document itself is changed within.
fn json_value(value: &mut Value, rng: &mut StdRng) {
    if rng.random_bool(0.15) {
        *value = odd_value(rng);
        return;
    }
    match value {
        Value::Object(members) if !members.is_empty() => {
            let names: Vec<String> = members.keys().cloned().collect();
            let name = one_of(&names, rng);
            match rng.random_range(0..10) {
                0 => drop(members.remove(name)),
                1 => {
                    let moved = members.remove(name).unwrap_or_default();
                    members.insert(format!("{name}x"), moved);
                }
                2 => drop(members.insert("unexpected".to_owned(), odd_value(rng))),
                _ => json_value(&mut members[name.as_str()], rng),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let place = rng.random_range(0..items.len());
            if rng.random_bool(0.2) {
                let item = items[place].clone();
                let most = LARGEST / item.to_string().len();
                items.extend(vec![item; rng.random_range(1..1_500).min(most)]);
            } else {
                json_value(&mut items[place], rng);
            }
        }
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(mut inner) if inner.is_object() => {
                json_value(&mut inner, rng);
                *text = inner.to_string();
            }
            _ => {
                let mut changed = text.clone().into_bytes();
                bytes(&mut changed, rng);
                *text = String::from_utf8_lossy(&changed).into_owned();
            }
        },
        other => *other = odd_value(rng),
    }
}

fn form(body: &mut Vec<u8>, rng: &mut StdRng) {
    let text = String::from_utf8_lossy(body).into_owned();
    let mut pairs: Vec<String> = text.split('&').map(str::to_owned).collect();
    let place = rng.random_range(0..pairs.len());
    let (name, value) = pairs[place]
        .split_once('=')
        .unwrap_or((pairs[place].as_str(), ""));
    let (name, value) = (name.to_owned(), value.to_owned());
    let token = token_text(rng);
    pairs[place] = match rng.random_range(0..9) {
        0 => String::new(),
        1 => format!("{name}={token}"),
        2 => format!("{name}={value}&{name}={token}"),
        3 => format!("{name}{}={value}", ".a".repeat(rng.random_range(1..5_000))),
        4 => format!("{name}.member.{}={value}", rng.random_range(0..100_000)),
        5 => format!("{name}.member.4294967296=x&{name}.entry.1000.key=y"),
        6 => format!("{name}={}", "x".repeat(100_000)),
        7 => format!("{name}.1000.{}b={value}", "member.1000.".repeat(8)),
        _ => {
            let mut value = value.into_bytes();
            bytes(&mut value, rng);
            format!("{name}={}", String::from_utf8_lossy(&value))
        }
    };
    *body = pairs.join("&").into_bytes();
}

fn xml(body: &mut Vec<u8>, rng: &mut StdRng) {
    let text = String::from_utf8_lossy(body).into_owned();
    let tags: Vec<usize> = text.match_indices('<').map(|(place, _)| place).collect();
    let place = *one_of(&tags, rng);
    let inserted = match rng.random_range(0..6) {
        0 => "<a>".repeat(rng.random_range(1..20_000)),
        1 => format!("{}{}", "<a>".repeat(60), "</a>".repeat(60)),
        2 => "<Object><Key>k</Key></Object>".repeat(rng.random_range(1..1_500)),
        3 => format!("<a{}/>", " b=\"c\"".repeat(2_000)),
        4 => token_text(rng),
        _ => {
            bytes(body, rng);
            return;
        }
    };
    *body = format!("{}{inserted}{}", &text[..place], &text[place..]).into_bytes();
}

fn headers(case: &mut Case, corpus: &[Case], rng: &mut StdRng) {
    let place = rng.random_range(0..case.headers.len());
    match rng.random_range(0..6) {
        0 => drop(case.headers.remove(place)),
        1 => {
            let mut again = case.headers[place].clone();
            bytes(&mut again.1, rng);
            case.headers.push(again);
        }
        2 => bytes(&mut case.headers[place].1, rng),
        3 => case.headers[place].1 = b"x".repeat(rng.random_range(1..20_000)),
        4 => {
            let other = one_of(corpus, rng);
            case.headers.push(one_of(&other.headers, rng).clone());
        }
        // Another operation's body.
        _ => case.headers.clone_from(&one_of(corpus, rng).headers),
    }
}

fn target(case: &mut Case, rng: &mut StdRng) {
    let names = [
        "uploads",
        "uploadId",
        "partNumber",
        "versionId",
        "versions",
        "tagging",
        "max-keys",
        "continuation-token",
        "key-marker",
        "version-id-marker",
        "delimiter",
        "encoding-type",
        "X-Amz-Expires",
        "maxResults",
        "nextToken",
        "Action",
        "delete",
        "cors",
    ];
    match rng.random_range(0..5) {
        0 => {
            let joint = if case.target.contains('?') { '&' } else { '?' };
            let value = token_text(rng);
            let value =
                percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC);
            case.target = format!("{}{joint}{}={value}", case.target, one_of(&names, rng));
        }
        1 => case
            .target
            .push_str(&"/a".repeat(rng.random_range(1..3_000))),
        _ => {
            let mut target = case.target.clone().into_bytes();
            bytes(&mut target, rng);
            case.target = String::from_utf8_lossy(&target).into_owned();
        }
    }
}
