//! Regular expressions in filters. They are matched in time that grows with the text's length only.

use regex_lite::RegexBuilder;

/// `/pattern/flags`, which must match the whole text.
#[derive(Debug, Clone)]
pub(super) struct Regex {
    pattern: String,
    flags: String,
    compiled: regex_lite::Regex,
}

impl Regex {
    /// Compiles a pattern. The flags are Java's: `i`, `m`, `s`, `x`; `u`, `U` and `d` change
    /// nothing here.
    pub(super) fn compile(pattern: &str, flags: &str) -> Result<Self, String> {
        if let Some(unknown) = flags.chars().find(|flag| !"imsxuUd".contains(*flag)) {
            return Err(format!("'{unknown}' is no flag of a regular expression"));
        }
        let compiled = RegexBuilder::new(&format!("^(?:{pattern})$"))
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m'))
            .dot_matches_new_line(flags.contains('s'))
            .ignore_whitespace(flags.contains('x'))
            .size_limit(1 << 20)
            .build()
            .map_err(|error| format!("the regular expression can't be used: {error}"))?;
        Ok(Self {
            pattern: pattern.to_owned(),
            flags: flags.to_owned(),
            compiled,
        })
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.compiled.is_match(text)
    }
}

impl PartialEq for Regex {
    fn eq(&self, other: &Self) -> bool {
        self.pattern == other.pattern && self.flags == other.flags
    }
}
