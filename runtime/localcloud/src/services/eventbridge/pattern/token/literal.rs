//! Strings, numbers and words.

use super::{EXPECTED_VALUE, Reader, Result, SHOWN_WORD, Token, described};

impl Reader<'_> {
    /// The text of the string that the last token began.
    pub(in super::super) fn string(&mut self) -> Result<String> {
        self.in_string = false;
        self.text_until_quote("string value")
    }

    /// The rest of a string whose opening quote was read; `kind` says of what, for errors.
    pub(super) fn text_until_quote(&mut self, kind: &str) -> Result<String> {
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
                    ));
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

    pub(super) fn number(&mut self) -> Result<Token> {
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

    pub(super) fn word(&mut self) -> Result<Token> {
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
}

pub(super) fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '$')
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}
