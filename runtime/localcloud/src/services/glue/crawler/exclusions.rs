//! Which objects a target leaves out: glob patterns for the path behind the target's, as the
//! documentation of crawlers has them. `*` and `?` stay within a folder, `**` does not; `[abc]`,
//! `[!a-c]` and `{csv,json}` choose.

use regex_lite::Regex;

use super::error;
use crate::error::ServiceError;

/// The exclusions of a target.
#[derive(Debug, Default)]
pub(super) struct Exclusions(Vec<Regex>);

impl Exclusions {
    /// # Errors
    /// `InvalidInputException` for a pattern whose brackets are not closed.
    pub(super) fn new(patterns: &[String]) -> Result<Self, ServiceError> {
        let compiled = patterns.iter().map(|pattern| {
            let broken = || error::invalid(format!("Exclude pattern {pattern} is not valid."));
            let text = expression(pattern).ok_or_else(broken)?;
            Regex::new(&text).map_err(|_| broken())
        });
        compiled.collect::<Result<_, _>>().map(Self)
    }

    /// Whether the object of this path, relative to the target's, is left out.
    pub(super) fn take(&self, path: &str) -> bool {
        self.0.iter().any(|pattern| pattern.is_match(path))
    }
}

fn expression(pattern: &str) -> Option<String> {
    let mut text = String::from("^(?s:");
    let mut in_braces = false;
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '*' if letters.next_if_eq(&'*').is_some() => text.push_str(".*"),
            '*' => text.push_str("[^/]*"),
            '?' => text.push_str("[^/]"),
            '\\' => text.push_str(&regex_lite::escape(&letters.next()?.to_string())),
            '{' if !in_braces => {
                in_braces = true;
                text.push_str("(?:");
            }
            '}' if in_braces => {
                in_braces = false;
                text.push(')');
            }
            ',' if in_braces => text.push('|'),
            '[' => {
                text.push('[');
                if letters.next_if(|next| matches!(next, '!' | '^')).is_some() {
                    text.push('^');
                }
                loop {
                    match letters.next()? {
                        ']' => break,
                        '-' => text.push('-'),
                        other => text.push_str(&regex_lite::escape(&other.to_string())),
                    }
                }
                text.push(']');
            }
            other => text.push_str(&regex_lite::escape(&other.to_string())),
        }
    }
    text.push_str(")$");
    (!in_braces).then_some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Exclusions;

    #[test]
    fn patterns_choose_paths() {
        for (pattern, path, expected) in [
            ("*.csv", "a.csv", true),
            ("*.csv", "2026/a.csv", false),
            ("**.csv", "2026/a.csv", true),
            ("2026/**", "2026/01/a.csv", true),
            ("2026/*", "2026/01/a.csv", false),
            ("*.{csv,tmp}", "a.tmp", true),
            ("part-?.json", "part-1.json", true),
            ("part-[0-4].json", "part-7.json", false),
            ("part-[!0-4].json", "part-7.json", true),
            ("a.b", "axb", false),
        ] {
            let exclusions = Exclusions::new(&[pattern.to_owned()]).unwrap();
            assert_eq!(exclusions.take(path), expected, "{pattern} on {path}");
        }
        assert!(Exclusions::new(&["a[b".to_owned()]).is_err());
        assert!(Exclusions::new(&["{a".to_owned()]).is_err());
    }
}
