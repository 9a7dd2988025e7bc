//! All settings, a file for what belongs together.

use super::setting::{Kind, Setting};

mod access;
mod auth;
mod aws;
mod listen;
mod mesh;
mod process;
mod runtime;
mod workers;

const COUNT: Kind = Kind::Whole(1, 1_000_000_000);
const MILLISECONDS: Kind = Kind::Whole(1, 86_400_000);
const SECONDS: Kind = Kind::Whole(1, 31_536_000);

const fn setting(
    key: &'static str,
    kind: Kind,
    default: &'static str,
    doc: &'static str,
) -> Setting {
    Setting {
        key,
        kind,
        default,
        doc,
    }
}

/// What each section is about.
pub const SECTIONS: [(&str, &str); 13] = [
    ("", ""),
    ("listen", "The two ports."),
    ("auth", "Who may come in."),
    ("aws", "The way out to AWS."),
    (
        "aws.breaker",
        "When to stop calling a destination that does not answer.",
    ),
    ("mesh", "The names that the mesh uses in AWS."),
    ("workflows", "How workflows run."),
    (
        "access",
        "How access to data is given, looked at and taken.",
    ),
    ("runtime", "The machine that runs actors."),
    (
        "runtime.retry",
        "How effects are repeated. The runtime is the only retrier.",
    ),
    ("workers", "What is driven by queues."),
    ("localcloud", "The embedded AWS."),
    ("log", "What goes to standard error."),
];

/// The settings of each section, in the order in which they are shown.
const PARTS: [&[Setting]; 11] = [
    process::TOP,
    listen::LISTEN,
    auth::AUTH,
    aws::AWS,
    mesh::MESH,
    mesh::WORKFLOWS,
    access::ACCESS,
    runtime::RUNTIME,
    workers::WORKERS,
    process::LOCALCLOUD,
    process::LOG,
];

/// All settings.
pub const SETTINGS: &[Setting] = &joined::<{ count() }>();

const fn count() -> usize {
    let (mut count, mut part) = (0, 0);
    while part < PARTS.len() {
        count += PARTS[part].len();
        part += 1;
    }
    count
}

const fn joined<const N: usize>() -> [Setting; N] {
    let mut all = [PARTS[0][0]; N];
    let (mut at, mut part) = (0, 0);
    while part < PARTS.len() {
        let mut n = 0;
        while n < PARTS[part].len() {
            all[at] = PARTS[part][n];
            at += 1;
            n += 1;
        }
        part += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn every_default_fits_its_kind() {
        for setting in SETTINGS {
            match setting.default_value() {
                Some(value) => {
                    setting
                        .kind
                        .check(value)
                        .unwrap_or_else(|e| panic!("{}: {e}", setting.key));
                }
                None => assert_eq!(setting.default, "", "{}", setting.key),
            }
        }
    }

    #[test]
    fn every_setting_is_in_a_section_that_says_what_it_is_about_and_in_its_order() {
        let mut at = 0;
        for setting in SETTINGS {
            while SECTIONS[at].0 != setting.section() {
                at += 1;
                assert!(at < SECTIONS.len(), "{} is out of order", setting.key);
            }
            assert!(setting.doc.ends_with('.'), "{}", setting.key);
        }
    }
}
