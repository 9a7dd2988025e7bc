//! The tokens of JSON.

use super::fault::{Fault, described};

const VALUES: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/// A text, and how far it is read.
pub(super) struct Scan<'a> {
    text: &'a str,
    /// Bytes.
    pub(super) at: usize,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn skip_space(&mut self) {
        while let Some(' ' | '\t' | '\n' | '\r') = self.peek() {
            self.at += 1;
        }
    }

    pub(super) fn unexpected(&self, c: char, wanted: &str) -> Fault {
        let message = format!("Unexpected character ({}): {wanted}", described(c));
        Fault::new(message, self.at)
    }

    pub(super) fn colon(&mut self) -> Result<(), Fault> {
        self.skip_space();
        match self.next() {
            Some(':') => Ok(()),
            Some(c) => {
                Err(self.unexpected(c, "was expecting a colon to separate field name and value"))
            }
            None => Err(Fault::new(
                "Unexpected end-of-input within/between Object entries",
                self.at,
            )),
        }
    }

    /// A string, number or word that begins with `c`.
    pub(super) fn scalar(&mut self, c: char, start: usize) -> Result<(), Fault> {
        match c {
            '"' => self.string().map(|_| ()),
            '-' | '0'..='9' => self.number(c),
            c if c.is_alphabetic() || c == '_' || c == '$' => self.word(start),
            c => Err(self.unexpected(c, &format!("expected a valid value {VALUES}"))),
        }
    }

    fn word(&mut self, start: usize) -> Result<(), Fault> {
        while self
            .peek()
            .is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$')
        {
            self.next();
        }
        match self.text.get(start..self.at).unwrap_or_default() {
            "true" | "false" | "null" => Ok(()),
            word => Err(Fault::new(
                format!("Unrecognized token '{word}': was expecting {VALUES}"),
                self.at,
            )),
        }
    }

    fn number(&mut self, first: char) -> Result<(), Fault> {
        let mut digit = first;
        if first == '-' {
            digit =
                self.digit("expected digit (0-9) to follow minus sign, for valid numeric value")?;
        }
        if digit == '0' && self.peek().is_some_and(|c| c.is_ascii_digit()) {
            let message = "Invalid numeric value: Leading zeroes not allowed";
            return Err(Fault::new(message, self.at));
        }
        self.skip_digits();
        if self.peek() == Some('.') {
            self.next();
            self.digit("Decimal point not followed by a digit")?;
            self.skip_digits();
        }
        if let Some('e' | 'E') = self.peek() {
            self.next();
            if let Some('+' | '-') = self.peek() {
                self.next();
            }
            self.digit("Exponent indicator not followed by a digit")?;
            self.skip_digits();
        }
        Ok(())
    }

    fn skip_digits(&mut self) {
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn digit(&mut self, wanted: &str) -> Result<char, Fault> {
        match self.next() {
            Some(c) if c.is_ascii_digit() => Ok(c),
            Some(c) => Err(Fault::new(
                format!(
                    "Unexpected character ({}) in numeric value: {wanted}",
                    described(c)
                ),
                self.at,
            )),
            None => Err(Fault::new(
                "Unexpected end-of-input in numeric value",
                self.at,
            )),
        }
    }

    /// The rest of a string behind its opening quote: what stands between the quotes.
    pub(super) fn string(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        loop {
            let end = self.at;
            match self.next() {
                None => {
                    return Err(Fault::new(
                        "Unexpected end-of-input: was expecting closing quote for a string value",
                        self.at,
                    ));
                }
                Some('"') => return Ok(self.text.get(start..end).unwrap_or_default()),
                Some('\\') => self.escape()?,
                Some(c) if u32::from(c) < 0x20 => {
                    let message = format!(
                        "Illegal unquoted character ({}): has to be escaped using backslash to be \
                         included in string value",
                        described(c)
                    );
                    return Err(Fault::new(message, self.at));
                }
                Some(_) => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        match self.next() {
            Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => Ok(()),
            Some('u') => {
                for _ in 0..4 {
                    match self.next() {
                        Some(c) if c.is_ascii_hexdigit() => {}
                        Some(c) => {
                            let wanted = "expected a hex-digit for character escape sequence";
                            return Err(self.unexpected(c, wanted));
                        }
                        None => {
                            return Err(Fault::new(
                                "Unexpected end-of-input in character escape sequence",
                                self.at,
                            ));
                        }
                    }
                }
                Ok(())
            }
            Some(c) => Err(Fault::new(
                format!("Unrecognized character escape {}", described(c)),
                self.at,
            )),
            None => Err(Fault::new(
                "Unexpected end-of-input in character escape sequence",
                self.at,
            )),
        }
    }
}
