//! Reads JSON token by token, as the service's own parser does: with its errors, its words, and the
//! places that it names.
//!
//! What is refused depends on how far the parser has read. It reads the text of a value only when
//! somebody asks for it, and a field's name together with the beginning of the field's value. So do
//! we, else the line and column of an error, and which of two errors is found first, would differ.

use std::fmt::Write as _;

/// Deeper documents are refused, which bounds the recursion of whoever reads.
const MAX_DEPTH: usize = 500;
/// How many characters of the source an error shows.
const SHOWN: usize = 500;
/// How many characters of a word that is no token an error shows.
const SHOWN_WORD: usize = 256;

const EXPECTED_VALUE: &str =
    "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    StartObject,
    EndObject,
    StartArray,
    EndArray,
    Field(String),
    /// Its text is read by [`Reader::string`], if at all.
    String,
    /// The number as it was written.
    Number(String),
    True,
    False,
    Null,
    /// Nothing is left.
    End,
}

/// What is open: an object or an array, where it began, and whether something stands in it.
#[derive(Debug, Clone, Copy)]
struct Open {
    object: bool,
    start: usize,
    used: bool,
}

impl Open {
    fn name(self) -> &'static str {
        if self.object { "Object" } else { "Array" }
    }
}

pub(super) type Result<T> = std::result::Result<T, String>;

#[derive(Debug)]
pub(super) struct Reader<'a> {
    text: &'a str,
    /// Bytes that were read.
    at: usize,
    open: Vec<Open>,
    /// The value whose beginning was read with the name of its field.
    ahead: Option<Token>,
    /// Whether the rest of a string is still to be read.
    in_string: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            open: Vec::new(),
            ahead: None,
            in_string: false,
        }
    }

    /// An error at the place that was read up to: the message, and a line that names the place.
    pub(super) fn error<T>(&self, message: impl AsRef<str>) -> Result<T> {
        Err(self.message(message.as_ref()))
    }

    fn message(&self, message: &str) -> String {
        format!("{message}\n at {}", self.place(self.at))
    }

    fn place(&self, at: usize) -> String {
        let read = self.text.get(..at).unwrap_or(self.text);
        let line = read.matches('\n').count() + 1;
        let row = read.rsplit('\n').next().unwrap_or_default();
        let column = row.encode_utf16().count() + 1;
        format!(
            "[Source: (String){}; line: {line}, column: {column}]",
            self.source()
        )
    }

    fn source(&self) -> String {
        let length = self.text.chars().count();
        let mut shown = String::from("\"");
        for c in self.text.chars().take(SHOWN) {
            match c {
                '\n' | '\r' => shown.push(c),
                c if c.is_control() => {
                    // Writing to a String cannot fail.
                    let _ = write!(shown, "\\u{:04X}", c as u32);
                }
                c => shown.push(c),
            }
        }
        shown.push('"');
        if length > SHOWN {
            let _ = write!(shown, "[truncated {} chars]", length - SHOWN);
        }
        shown
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Result<Token> {
        if let Some(token) = self.ahead.take() {
            return self.enter(token);
        }
        if self.in_string {
            self.string()?;
        }
        self.skip_whitespace();
        let Some(open) = self.open.last().copied() else {
            return match self.peek() {
                None => Ok(Token::End),
                Some(_) => {
                    let token = self.value_start()?;
                    self.enter(token)
                }
            };
        };
        let Some(c) = self.peek() else {
            return self.end_inside(open);
        };
        if c == '}' || c == ']' {
            return self.close(c, open);
        }
        if open.used {
            self.take();
            if c != ',' {
                return self.unexpected(
                    c,
                    &format!("was expecting comma to separate {} entries", open.name()),
                );
            }
            self.skip_whitespace();
            if self.peek().is_none() {
                return self.error(format!(
                    "Unexpected end-of-input within/between {} entries",
                    open.name()
                ));
            }
        }
        if let Some(open) = self.open.last_mut() {
            open.used = true;
        }
        if open.object {
            return self.field();
        }
        let token = self.value_start()?;
        self.enter(token)
    }

    /// A field's name, and the beginning of its value, which the next call gives.
    fn field(&mut self) -> Result<Token> {
        let c = self.take().unwrap_or_default();
        if c != '"' {
            return self.unexpected(c, "was expecting double-quote to start field name");
        }
        let name = self.text_until_quote("name")?;
        self.skip_whitespace();
        match self.take() {
            Some(':') => {}
            Some(c) => {
                return self
                    .unexpected(c, "was expecting a colon to separate field name and value");
            }
            None => return self.error("Unexpected end-of-input within/between Object entries"),
        }
        self.skip_whitespace();
        if self.peek().is_none() {
            return self.error("Unexpected end-of-input within/between Object entries");
        }
        self.ahead = Some(self.value_start()?);
        Ok(Token::Field(name))
    }

    /// Takes what a value begins with: all of it, but of a structure or a string.
    fn value_start(&mut self) -> Result<Token> {
        let Some(c) = self.peek() else {
            return self.error("Unexpected end-of-input");
        };
        match c {
            '-' | '0'..='9' => return self.number(),
            c if is_word_start(c) => return self.word(),
            _ => {}
        }
        self.take();
        match c {
            '{' => Ok(Token::StartObject),
            '[' => Ok(Token::StartArray),
            '"' => {
                self.in_string = true;
                Ok(Token::String)
            }
            c => self.unexpected(c, &format!("expected a valid value {EXPECTED_VALUE}")),
        }
    }

    /// A structure counts as open from when its token is given out.
    fn enter(&mut self, token: Token) -> Result<Token> {
        let object = match token {
            Token::StartObject => true,
            Token::StartArray => false,
            other => return Ok(other),
        };
        if self.open.len() >= MAX_DEPTH {
            return self.error(format!(
                "Document nesting depth ({}) exceeds the maximum allowed ({MAX_DEPTH})",
                MAX_DEPTH + 1
            ));
        }
        self.open.push(Open {
            object,
            start: self.at - 1,
            used: false,
        });
        Ok(token)
    }

    fn close(&mut self, c: char, open: Open) -> Result<Token> {
        self.take();
        let wanted = if open.object { '}' } else { ']' };
        if c != wanted {
            return self.error(format!(
                "Unexpected close marker '{c}': expected '{wanted}' (for {} starting at {})",
                open.name(),
                self.place(open.start)
            ));
        }
        self.open.pop();
        Ok(if open.object {
            Token::EndObject
        } else {
            Token::EndArray
        })
    }

    fn end_inside<T>(&self, open: Open) -> Result<T> {
        self.error(format!(
            "Unexpected end-of-input: expected close marker for {} (start marker at {})",
            open.name(),
            self.place(open.start)
        ))
    }

    /// The text of the string that the last token began.
    pub(super) fn string(&mut self) -> Result<String> {
        self.in_string = false;
        self.text_until_quote("value")
    }

    fn text_until_quote(&mut self, kind: &str) -> Result<String> {
        let mut text = String::new();
        loop {
            match self.take() {
                None if kind == "name" => {
                    return self.error("Unexpected end-of-input in field name");
                }
                None => {
                    return self.error(
                        "Unexpected end-of-input: was expecting closing quote for a string value",
                    );
                }
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(c) if (c as u32) < 0x20 => {
                    return self.error(format!(
                        "Illegal unquoted character ({}): has to be escaped using backslash to be \
                         included in {kind}",
                        described(c)
                    )
                    .replace("included in value", "included in string value"));
                }
                Some(c) => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        match self.take() {
            Some(c @ ('"' | '\\' | '/')) => Ok(c),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('u') => self.unicode_escape(),
            Some(c) => self.error(format!("Unrecognized character escape {}", described(c))),
            None => self.error("Unexpected end-of-input in character escape sequence"),
        }
    }

    /// Half of a surrogate pair alone has no character.
    fn unicode_escape(&mut self) -> Result<char> {
        let high = self.hex4()?;
        if !(0xd800..0xdc00).contains(&high) {
            return Ok(char::from_u32(high).unwrap_or('\u{fffd}'));
        }
        if !self.text[self.at..].starts_with("\\u") {
            return Ok('\u{fffd}');
        }
        self.at += 2;
        let low = self.hex4()?;
        let code = if (0xdc00..0xe000).contains(&low) {
            0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
        } else {
            0xfffd
        };
        Ok(char::from_u32(code).unwrap_or('\u{fffd}'))
    }

    fn hex4(&mut self) -> Result<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(c) = self.take() else {
                return self.error("Unexpected end-of-input in character escape sequence");
            };
            let Some(digit) = c.to_digit(16) else {
                return self.unexpected(c, "expected a hex-digit for character escape sequence");
            };
            code = code * 16 + digit;
        }
        Ok(code)
    }

    fn number(&mut self) -> Result<Token> {
        let start = self.at;
        if self.peek() == Some('-') {
            self.take();
            self.digits("expected digit (0-9) to follow minus sign, for valid numeric value")?;
        } else {
            self.digits("expected a digit")?;
        }
        let whole = self.text[start..self.at].trim_start_matches('-');
        if whole.len() > 1 && whole.starts_with('0') {
            return self.error("Invalid numeric value: Leading zeroes not allowed");
        }
        if self.peek() == Some('.') {
            self.take();
            self.digits("Decimal point not followed by a digit")?;
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.take();
            if matches!(self.peek(), Some('+' | '-')) {
                self.take();
            }
            self.digits("Exponent indicator not followed by a digit")?;
        }
        Ok(Token::Number(self.text[start..self.at].to_owned()))
    }

    /// At least one digit.
    fn digits(&mut self, otherwise: &str) -> Result<()> {
        let start = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.take();
        }
        if self.at > start {
            return Ok(());
        }
        match self.take() {
            Some(c) => self.error(format!(
                "Unexpected character ({}) in numeric value: {otherwise}",
                described(c)
            )),
            None => self.error("Unexpected end-of-input"),
        }
    }

    fn word(&mut self) -> Result<Token> {
        let start = self.at;
        while self.peek().is_some_and(is_word) {
            self.take();
        }
        let word = &self.text[start..self.at];
        match word {
            "true" => Ok(Token::True),
            "false" => Ok(Token::False),
            "null" => Ok(Token::Null),
            _ => {
                let mut shown: String = word.chars().take(SHOWN_WORD).collect();
                if shown.len() < word.len() {
                    shown.push_str("...");
                }
                self.error(format!(
                    "Unrecognized token '{shown}': was expecting {EXPECTED_VALUE}"
                ))
            }
        }
    }

    fn unexpected<T>(&self, c: char, otherwise: &str) -> Result<T> {
        self.error(format!(
            "Unexpected character ({}): {otherwise}",
            described(c)
        ))
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn skip_whitespace(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '$')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

fn described(c: char) -> String {
    match c as u32 {
        code @ 0..0x20 => format!("(CTRL-CHAR, code {code})"),
        code @ 0..=0xff => format!("'{c}' (code {code})"),
        code => format!("'{c}' (code {code} / 0x{code:x})"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Reader, Token};

    /// The error that reading all of `text` ends with, and the line and column that it names.
    #[track_caller]
    fn error_of(text: &str) -> (String, String) {
        let mut reader = Reader::new(text);
        let error = loop {
            match reader.next() {
                Ok(Token::End) => unreachable!("{text} was read"),
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        let (message, _) = error.split_once("\n at [Source: (String)").unwrap();
        let (_, place) = error.rsplit_once("; line: ").unwrap();
        (message.to_owned(), place.trim_end_matches(']').to_owned())
    }

    #[test]
    fn errors_name_the_place_that_was_read_up_to() {
        for (text, message, place) in [
            (
                r#"{"a": [1] "b": []}"#,
                "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
                "1, column: 12",
            ),
            (
                "{\n  'a': 1}",
                "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
                "2, column: 4",
            ),
            (
                r#"{"a": nil}"#,
                "Unrecognized token 'nil': was expecting (JSON String, Number, Array, Object or \
                 token 'null', 'true' or 'false')",
                "1, column: 10",
            ),
            (
                r#"{"a": 01}"#,
                "Invalid numeric value: Leading zeroes not allowed",
                "1, column: 9",
            ),
            (
                r#"{"a": [-]}"#,
                "Unexpected character (']' (code 93)) in numeric value: expected digit (0-9) to \
                 follow minus sign, for valid numeric value",
                "1, column: 10",
            ),
            (
                r#"{"a": ["x"#,
                "Unexpected end-of-input: was expecting closing quote for a string value",
                "1, column: 10",
            ),
            (
                "{\"a\": [\"x\ty\"]}",
                "Illegal unquoted character ((CTRL-CHAR, code 9)): has to be escaped using \
                 backslash to be included in string value",
                "1, column: 11",
            ),
        ] {
            assert_eq!(
                error_of(text),
                (message.to_owned(), place.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_stays_open_is_named_with_its_beginning() {
        let mut reader = Reader::new(r#"{"a": [1"#);
        let error = loop {
            if let Err(error) = reader.next() {
                break error;
            }
        };
        let source = r#"[Source: (String)"{"a": [1"; line: 1, column:"#;
        assert_eq!(
            error,
            format!(
                "Unexpected end-of-input: expected close marker for Array (start marker at \
                 {source} 7])\n at {source} 9]"
            )
        );
        assert_eq!(
            error_of("[1}").0.split(" (for").next().unwrap(),
            "Unexpected close marker '}': expected ']'"
        );
    }

    #[test]
    fn long_sources_are_cut() {
        let text = format!("[{}", "1,".repeat(300));
        let mut reader = Reader::new(&text);
        let error = loop {
            if let Err(error) = reader.next() {
                break error;
            }
        };
        assert!(
            error.contains("\"[truncated 101 chars]; line: 1"),
            "{error}"
        );
    }
}
