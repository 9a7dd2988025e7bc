//! Texts with masks: `<uuid:1>` stands for whatever was there, and twice for the same.

use std::collections::HashMap;

/// The account in all recordings.
const ACCOUNT: &str = "111111111111";
/// Words that stand for a moment when they are a whole value.
const MOMENTS: [&str; 4] = ["date", "datetime", "timestamp", "start-date"];

/// Names that recordings have in place of others, without brackets.
const PLACEHOLDERS: [&str; 2] = [ACCOUNT, "snf_role_arn"];

/// What each mask was found to stand for.
#[derive(Default)]
pub struct Masks {
    known: HashMap<String, String>,
    /// The case's own text, if names that it has nowhere are masks too: what a task was given comes
    /// from there, and was renamed if it is not there.
    pub own_text: Option<String>,
}

enum Part<'a> {
    Literal(&'a str),
    Mask(&'a str),
}

impl Masks {
    /// Whether a text is what a recorded text says. What its masks stand for is then remembered.
    pub fn fits(&mut self, recorded: &str, text: &str) -> bool {
        if recorded == text {
            return true;
        }
        if MOMENTS.contains(&recorded) && looks_like_moment(text) {
            return true;
        }
        let mut parts = parts(recorded);
        if let (Some(own), Some(Part::Literal(last))) = (&self.own_text, parts.last_mut()) {
            let last = *last;
            let name = last.rsplit([':', '/']).next().unwrap_or_default();
            if is_name(name) && !own.contains(name) {
                parts.pop();
                let before = last.strip_suffix(name).unwrap_or_default();
                if !before.is_empty() {
                    parts.push(Part::Literal(before));
                }
                parts.push(Part::Mask(name));
            }
        }
        let mut bound = Vec::new();
        let fits = self.match_parts(&parts, text, &mut bound);
        if fits {
            self.known.extend(bound);
        }
        fits
    }

    fn match_parts(&self, parts: &[Part], text: &str, bound: &mut Vec<(String, String)>) -> bool {
        let Some((part, rest)) = parts.split_first() else {
            return text.is_empty();
        };
        match part {
            Part::Literal(literal) => text
                .strip_prefix(literal)
                .is_some_and(|text| self.match_parts(rest, text, bound)),
            Part::Mask(mask) => {
                // A mask that came in with the case comes out as it is.
                if let Some(text) = text.strip_prefix(mask)
                    && self.match_parts(rest, text, bound)
                {
                    return true;
                }
                let here = bound.iter().find(|(name, _)| name == mask);
                let known = here
                    .map(|(_, value)| value)
                    .or_else(|| self.known.get(*mask));
                if let Some(value) = known.cloned() {
                    return text
                        .strip_prefix(value.as_str())
                        .is_some_and(|text| self.match_parts(rest, text, bound));
                }
                let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
                for end in ends {
                    let (value, after) = text.split_at(end);
                    bound.push(((*mask).to_owned(), value.to_owned()));
                    if self.match_parts(rest, after, bound) {
                        return true;
                    }
                    bound.pop();
                }
                false
            }
        }
    }
}

/// `lambda_function_name`, for example.
fn is_name(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    text.contains('_') && text.split('_').all(word)
}

/// `2024-…T…`, or a number of milliseconds, or the word itself in another mask.
fn looks_like_moment(text: &str) -> bool {
    let digits = text.chars().take(4).filter(char::is_ascii_digit).count();
    digits == 4 || MOMENTS.contains(&text)
}

fn parts(recorded: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = recorded;
    while let Some((start, end)) = next_mask(rest) {
        let (before, from) = rest.split_at(start);
        let (mask, after) = from.split_at(end - start);
        if !before.is_empty() {
            parts.push(Part::Literal(before));
        }
        parts.push(Part::Mask(mask));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest));
    }
    parts
}

/// Where the next mask begins and ends: `<name>`, `<name:1>`, or a placeholder.
fn next_mask(text: &str) -> Option<(usize, usize)> {
    let bracket = text.match_indices('<').find_map(|(start, _)| {
        let inner = text.get(start + 1..)?;
        let length = inner.find('>')?;
        let name = inner.get(..length)?;
        let named = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':'));
        named.then_some((start, start + length + 2))
    });
    let placeholders = PLACEHOLDERS.iter().filter_map(|placeholder| {
        let start = text.find(placeholder)?;
        Some((start, start + placeholder.len()))
    });
    bracket.into_iter().chain(placeholders).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_fits_any_text_and_then_the_same() {
        let mut masks = Masks::default();
        assert!(masks.fits(
            "arn:<partition>:states:<region>:x",
            "arn:aws:states:eu-west-1:x"
        ));
        assert!(masks.fits("<region>", "eu-west-1"));
        assert!(!masks.fits("<region>", "us-east-1"));
        assert!(
            masks.fits("<region>", "<region>"),
            "a mask that the case itself brought"
        );
    }

    #[test]
    fn a_name_that_the_case_does_not_have_was_put_there_by_the_recording() {
        let recorded = "arn:aws:lambda:eu-west-1:111111111111:function:function_name";
        let text = "arn:aws:lambda:eu-west-1:111111111111:function:f_1";
        assert!(!Masks::default().fits(recorded, text));
        let mut masks = Masks {
            own_text: Some(format!("{{\"Resource\": {text:?}}}")),
            ..Masks::default()
        };
        assert!(masks.fits(recorded, text));
        assert!(!masks.fits(text, recorded));
    }

    #[test]
    fn within_one_text_too() {
        let mut masks = Masks::default();
        assert!(masks.fits("<uuid:1> and <uuid:1>", "a b and a b"));
        assert!(!masks.fits("<id:1>-<id:1>", "a-b"));
        assert!(!masks.fits("plain <x>", "plain "));
        assert!(masks.fits("a < b", "a < b"));
        assert!(!masks.fits("a < b > c", "a < d > c"));
    }
}
