//! The patterns of `StringMatches`: `*` stands for any text; `\*` is a star, `\\` a backslash.

/// A pattern: the literal pieces between its stars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern(Vec<String>);

impl Pattern {
    pub(crate) fn parse(text: &str) -> Self {
        let mut pieces = vec![String::new()];
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            let escaped = char == '\\' && matches!(chars.peek(), Some('*' | '\\'));
            match char {
                '*' => pieces.push(String::new()),
                _ => {
                    let literal = if escaped {
                        chars.next().unwrap_or(char)
                    } else {
                        char
                    };
                    if let Some(piece) = pieces.last_mut() {
                        piece.push(literal);
                    }
                }
            }
        }
        Self(pieces)
    }

    /// Whether the whole text fits. Takes time in proportion to the text for each piece.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self.0.as_slice() {
            [] => text.is_empty(),
            [whole] => text == whole,
            [first, middle @ .., last] => {
                let Some(rest) = text.strip_prefix(first.as_str()) else {
                    return false;
                };
                let Some(mut rest) = rest.strip_suffix(last.as_str()) else {
                    return false;
                };
                for piece in middle {
                    match rest.find(piece.as_str()) {
                        Some(at) => rest = &rest[at + piece.len()..],
                        None => return false,
                    }
                }
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, text: &str, matches: bool) {
        assert_eq!(
            Pattern::parse(pattern).matches(text),
            matches,
            "{pattern} on {text}"
        );
    }

    #[test]
    fn stars_stand_for_any_text() {
        check("foo*.log", "foo23.log", true);
        check("*.log", "zebra.log", true);
        check("foo*.*", "foobar.zebra", true);
        check("foo*.log", "foo23.txt", false);
        check("a*a", "a", false);
        check("*", "", true);
        check("a*b*c", "a-c-b-c", true);
        check("plain", "plain!", false);
    }

    #[test]
    fn a_backslash_takes_a_stars_meaning_away() {
        check(r"a\*b", "a*b", true);
        check(r"a\*b", "axb", false);
        check(r"a\\*b", r"a\xb", true);
    }
}
