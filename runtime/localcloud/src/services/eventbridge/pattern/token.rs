//! Reads JSON token by token, as the service's own parser does: with its errors, its words, and the
//! places that it names.
//!
//! What is refused depends on how far the parser has read. It reads the text of a value only when
//! somebody asks for it, and a field's name together with the beginning of the field's value. So do
//! we, else the line and column of an error, and which of two errors is found first, would differ.

mod literal;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use literal::is_word_start;

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

fn described(c: char) -> String {
    match c as u32 {
        code @ 0..0x20 => format!("(CTRL-CHAR, code {code})"),
        code @ 0..=0xff => format!("'{c}' (code {code})"),
        code => format!("'{c}' (code {code} / 0x{code:x})"),
    }
}
