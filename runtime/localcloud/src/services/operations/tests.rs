//! Keeps `operations.txt` and the README's table in step with what the services answer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::inside::no_headers;
use crate::request::{Call, Principal};
use crate::store::Scope;
use crate::{LocalCloud, Options};

const BEGIN: &str = "<!-- services: written by UPDATE_OPERATIONS=1 cargo test -p datamesh-localcloud --lib operations -->";
const END: &str = "<!-- /services -->";

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Every string of the services' sources that could be an operation's name, or what stands behind
/// the verb of one.
fn candidates(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            candidates(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let literals = text.split('"').filter(|literal| {
                let mut letters = literal.chars();
                letters
                    .next()
                    .is_some_and(|first| first.is_ascii_uppercase())
                    && literal.len() < 80
                    && literal.bytes().all(|byte| byte.is_ascii_alphanumeric())
            });
            for literal in literals {
                found.insert(literal.to_owned());
                found.extend(["Get", "Put", "Delete"].map(|verb| format!("{verb}{literal}")));
            }
        }
    }
}

/// What every service answers with anything else than that it does not have it.
fn answered() -> BTreeMap<&'static str, BTreeSet<String>> {
    let cloud = LocalCloud::open(Options::in_memory()).unwrap();
    let mut names = BTreeSet::new();
    candidates(&here("src/services"), &mut names);
    let mut answered: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    for service in &cloud.inner.services {
        let known = answered.entry(service.name()).or_default();
        for name in &names {
            let call = Call {
                service: service.name(),
                operation: name.clone(),
                scope: Scope {
                    account: "111122223333".to_owned(),
                    region: "eu-west-1".to_owned(),
                },
                principal: Principal {
                    access_key: "test".to_owned(),
                    arn: "arn:aws:iam::111122223333:root".to_owned(),
                    account: "111122223333".to_owned(),
                    user_id: "111122223333".to_owned(),
                    session: None,
                },
                method: &http::Method::POST,
                path: "/",
                query: Vec::new(),
                headers: no_headers(),
                body: b"",
                now_ms: 0,
                request_id: String::new(),
                waited: std::time::Duration::ZERO,
                cloud: &cloud.inner,
            };
            let handled = catch_unwind(AssertUnwindSafe(|| {
                cloud
                    .inner
                    .store
                    .transact(|tx| tx.attempt(|| service.handle(&call, tx)))
            }));
            let is_unknown = matches!(&handled, Ok(Err(error)) if
                error.message.contains("does not have the operation"));
            if !is_unknown {
                known.insert(name.clone());
            }
        }
    }
    answered
}

fn table(answered: &BTreeMap<&'static str, BTreeSet<String>>) -> String {
    let cloud = LocalCloud::open(Options::in_memory()).unwrap();
    let mut text = String::from("| service | protocol | operations | |\n|---|---|---|---|\n");
    for (service, operations) in answered {
        let protocol = cloud.inner.service(service).unwrap().protocol().name();
        let names: Vec<&str> = operations.iter().map(String::as_str).collect();
        let (count, names) = (names.len(), names.join(", "));
        text.push_str(&format!(
            "| `{service}` | {protocol} | {count} | {names} |\n"
        ));
    }
    let all: usize = answered.values().map(BTreeSet::len).sum();
    let services = answered.len();
    format!("{BEGIN}\n{services} services, {all} operations.\n\n{text}{END}")
}

#[test]
fn the_list_and_the_readme_say_what_the_services_have() {
    let answered = answered();
    let list: String = answered
        .iter()
        .flat_map(|(service, operations)| {
            let lines = operations.iter();
            lines.map(move |operation| format!("{service} {operation}\n"))
        })
        .collect();
    let readme = std::fs::read_to_string(here("README.md")).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let wanted = format!("{before}{}{after}", table(&answered));
    if std::env::var_os("UPDATE_OPERATIONS").is_some() {
        std::fs::write(here("src/services/operations.txt"), list).unwrap();
        std::fs::write(here("README.md"), wanted).unwrap();
        return;
    }
    let advice = "run it once with UPDATE_OPERATIONS=1";
    assert_eq!(super::LIST, list, "{advice}");
    assert_eq!(readme, wanted, "{advice}");
}
