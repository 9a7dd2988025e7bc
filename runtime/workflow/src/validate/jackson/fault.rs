//! What is wrong with a text that is no JSON, and where.

use super::super::{Code, Diagnostic};

/// How much of the text Jackson quotes.
const QUOTED_CHARS: usize = 500;

/// What is wrong with a text, and behind which byte.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Fault {
    pub(super) code: Code,
    pub(super) message: String,
    /// Where the bracket opens that is not closed as it should be.
    pub(super) opened: Option<usize>,
    pub(super) offset: usize,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>, offset: usize) -> Self {
        Self {
            code: Code::InvalidJsonDescription,
            message: message.into(),
            opened: None,
            offset,
        }
    }

    /// The diagnostic for this text.
    pub(in super::super) fn diagnostic(&self, text: &str) -> Diagnostic {
        let source = source(text, self.offset);
        let (line, column) = place(text, self.offset);
        let message = match self.opened {
            Some(start) => self.message.replace("{}", &self::source(text, start)),
            None => self.message.clone(),
        };
        let mut diagnostic = Diagnostic::error(
            self.code,
            format!("{message}\n at {source}"),
            None,
            format!("Correct the JSON at line {line}, column {column}."),
        );
        diagnostic.location = Some(source);
        diagnostic
    }
}

/// Line and column, from 1; columns are counted in UTF-16, as Java does.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let row = before.rsplit('\n').next().unwrap_or_default();
    (line, row.encode_utf16().count() + 1)
}

/// `[Source: (String)"…"; line: 1, column: 4]`
fn source(text: &str, offset: usize) -> String {
    let (line, column) = place(text, offset);
    let length = text.chars().count();
    let quoted: String = text.chars().take(QUOTED_CHARS).collect();
    let rest = match length.saturating_sub(QUOTED_CHARS) {
        0 => String::new(),
        more => format!("[truncated {more} chars]"),
    };
    format!("[Source: (String)\"{quoted}\"{rest}; line: {line}, column: {column}]")
}

/// A character as Jackson describes it.
pub(super) fn described(c: char) -> String {
    let code = u32::from(c);
    if c.is_control() {
        format!("(CTRL-CHAR, code {code})")
    } else if code > 255 {
        format!("'{c}' (code {code} / 0x{code:x})")
    } else {
        format!("'{c}' (code {code})")
    }
}
