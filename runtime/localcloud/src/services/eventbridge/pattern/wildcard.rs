//! `{"wildcard": "*/dir/*.png"}`: `*` stands for any number of characters, `\*` for a star and
//! `\\` for a backslash.

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Char(char),
    AnyRun,
}

/// More stars than this make a rule too complex.
///
/// The service looks at how many beginnings of the expression a text can fit at the same time, and does not say
/// how many it allows; each star adds one.
const MAX_RUNS: usize = 5;

/// A compiled wildcard expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wildcard {
    parts: Vec<Part>,
}

impl Wildcard {
    /// Positions in errors count bytes from the quote that opens the string, as the service's do.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, escaped @ ('*' | '\\'))) => parts.push(Part::Char(escaped)),
                    _ => return Err(format!("Invalid escape character at pos {}", at + 1)),
                },
                '*' if parts.last() == Some(&Part::AnyRun) => {
                    return Err(format!("Consecutive wildcard characters at pos {at}"));
                }
                '*' => parts.push(Part::AnyRun),
                c => parts.push(Part::Char(c)),
            }
        }
        Ok(Self { parts })
    }

    /// Refuses an expression that costs too much to match, in the service's words.
    pub(super) fn check_complexity(&self) -> Result<(), String> {
        let runs = self.parts.iter().filter(|part| **part == Part::AnyRun);
        if runs.count() > MAX_RUNS {
            return Err(
                "Rule is too complex - try using fewer wildcard characters or fewer repeating \
                 character sequences after a wildcard character"
                    .to_owned(),
            );
        }
        Ok(())
    }

    /// Matches the whole of `text`, in time proportional to its length times the expression's.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let (mut part, mut at) = (0, 0);
        let mut last_run: Option<(usize, usize)> = None;
        loop {
            match self.parts.get(part) {
                Some(Part::AnyRun) => {
                    last_run = Some((part, at));
                    part += 1;
                }
                Some(Part::Char(c)) if text.get(at) == Some(c) => {
                    part += 1;
                    at += 1;
                }
                None if at == text.len() => return true,
                _ => match &mut last_run {
                    // Let the last run take one character more and try again from there.
                    Some((run, taken)) if *taken < text.len() => {
                        *taken += 1;
                        part = *run + 1;
                        at = *taken;
                    }
                    _ => return false,
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Wildcard;

    #[test]
    fn whole_text_is_matched() {
        for (expression, text, expected) in [
            ("a*z", "abcz", true),
            ("a*z", "az", true),
            ("a*z", "abc", false),
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("*ab*ab", "xabyabab", true),
            ("*ab*ab", "xab", false),
            (r"1\*2", "1*2", true),
            (r"1\*2", "132", false),
            (r"c:\\*", r"c:\dir", true),
            ("ü*", "über", true),
        ] {
            let matched = Wildcard::new(expression).unwrap().matches(text);
            assert_eq!(matched, expected, "{expression} on {text}");
        }
    }

    #[test]
    fn two_stars_in_a_row_and_stray_escapes_are_refused() {
        assert_eq!(
            Wildcard::new("ab**").unwrap_err(),
            "Consecutive wildcard characters at pos 3"
        );
        assert_eq!(
            Wildcard::new(r"a\b").unwrap_err(),
            "Invalid escape character at pos 2"
        );
    }
}
