//! Reads a pattern or an event, keeping what matching depends on and a JSON map would lose:
//! repeated keys, and numbers as they were written. The errors are worded as the service words them.

/// One JSON value, with keys in their order, repeated ones included.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Document {
    Object(Vec<(String, Document)>),
    Array(Vec<Document>),
    String(String),
    /// The number as it was written.
    Number(String),
    Bool(bool),
    Null,
}

/// Deeper documents are refused, which bounds the recursion.
const MAX_DEPTH: usize = 500;

const EXPECTED_VALUE: &str =
    "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/// Reads the first JSON value of `text`; what follows it is not looked at.
pub(super) fn read(text: &str) -> Result<Document, String> {
    let mut reader = Reader {
        chars: text.chars().peekable(),
        depth: 0,
    };
    reader.skip_whitespace();
    reader.value()
}

struct Reader<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    depth: usize,
}

impl Reader<'_> {
    fn skip_whitespace(&mut self) {
        while self
            .chars
            .next_if(|c| matches!(c, ' ' | '\t' | '\n' | '\r'))
            .is_some()
        {}
    }

    fn value(&mut self) -> Result<Document, String> {
        match self.chars.peek().copied() {
            None => Err("Unexpected end-of-input".to_owned()),
            Some('{') => self.nested(Self::object),
            Some('[') => self.nested(Self::array),
            Some('"') => {
                self.chars.next();
                Ok(Document::String(self.string()?))
            }
            Some(c) if c == '-' || c.is_ascii_digit() => self.number(),
            Some(c) if is_word(c) => self.word(),
            Some(c) => Err(unexpected(
                c,
                &format!("expected a valid value {EXPECTED_VALUE}"),
            )),
        }
    }

    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Document, String>,
    ) -> Result<Document, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!(
                "Document nesting depth ({}) exceeds the maximum allowed ({MAX_DEPTH})",
                self.depth
            ));
        }
        self.chars.next();
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Document, String> {
        let mut fields = Vec::new();
        self.skip_whitespace();
        if self.chars.next_if_eq(&'}').is_some() {
            return Ok(Document::Object(fields));
        }
        loop {
            self.skip_whitespace();
            self.require('"', "was expecting double-quote to start field name")?;
            let name = self.string()?;
            self.skip_whitespace();
            self.require(
                ':',
                "was expecting a colon to separate field name and value",
            )?;
            self.skip_whitespace();
            fields.push((name, self.value()?));
            self.skip_whitespace();
            if self.chars.next_if_eq(&'}').is_some() {
                return Ok(Document::Object(fields));
            }
            self.require(',', "was expecting comma to separate Object entries")?;
        }
    }

    fn array(&mut self) -> Result<Document, String> {
        let mut items = Vec::new();
        self.skip_whitespace();
        if self.chars.next_if_eq(&']').is_some() {
            return Ok(Document::Array(items));
        }
        loop {
            self.skip_whitespace();
            items.push(self.value()?);
            self.skip_whitespace();
            if self.chars.next_if_eq(&']').is_some() {
                return Ok(Document::Array(items));
            }
            self.require(',', "was expecting comma to separate Array entries")?;
        }
    }

    fn require(&mut self, wanted: char, otherwise: &str) -> Result<(), String> {
        match self.chars.next() {
            Some(c) if c == wanted => Ok(()),
            Some(c) => Err(unexpected(c, otherwise)),
            None => Err("Unexpected end-of-input".to_owned()),
        }
    }

    /// The rest of a string whose opening quote has been taken.
    fn string(&mut self) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.chars.next() {
                None => {
                    return Err(
                        "Unexpected end-of-input: was expecting closing quote for a string value"
                            .to_owned(),
                    );
                }
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(c) if (c as u32) < 0x20 => {
                    return Err(format!(
                        "Illegal unquoted character ((CTRL-CHAR, code {})): has to be escaped using \
                         backslash to be included in string value",
                        c as u32
                    ));
                }
                Some(c) => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        match self.chars.next() {
            Some(c @ ('"' | '\\' | '/')) => Ok(c),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('u') => {
                let high = self.hex4()?;
                if !(0xd800..0xdc00).contains(&high) {
                    return Ok(char::from_u32(high).unwrap_or('\u{fffd}'));
                }
                // A high surrogate alone has no character; with its other half it has one.
                let mut rest = self.chars.clone();
                if rest.next() == Some('\\') && rest.next() == Some('u') {
                    self.chars.next();
                    self.chars.next();
                    let low = self.hex4()?;
                    if (0xdc00..0xe000).contains(&low) {
                        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                }
                Ok('\u{fffd}')
            }
            Some(c) => Err(format!(
                "Unrecognized character escape '{c}' (code {})",
                c as u32
            )),
            None => Err("Unexpected end-of-input in character escape sequence".to_owned()),
        }
    }

    fn hex4(&mut self) -> Result<u32, String> {
        (0..4).try_fold(0, |code, _| {
            let digit = self.chars.next().and_then(|c| c.to_digit(16)).ok_or(
                "Unexpected character: expected a hex-digit for character escape sequence",
            )?;
            Ok(code * 16 + digit)
        })
    }

    fn number(&mut self) -> Result<Document, String> {
        let mut text = String::new();
        while let Some(c) = self
            .chars
            .next_if(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E'))
        {
            text.push(c);
        }
        let written_as_json = serde_json::from_str::<serde_json::Number>(&text).is_ok();
        if written_as_json {
            Ok(Document::Number(text))
        } else {
            Err(format!("Invalid numeric value: {text}"))
        }
    }

    fn word(&mut self) -> Result<Document, String> {
        let mut word = String::new();
        while let Some(c) = self.chars.next_if(|c| is_word(*c)) {
            word.push(c);
        }
        match word.as_str() {
            "true" => Ok(Document::Bool(true)),
            "false" => Ok(Document::Bool(false)),
            "null" => Ok(Document::Null),
            _ => Err(format!(
                "Unrecognized token '{word}': was expecting {EXPECTED_VALUE}"
            )),
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

fn unexpected(c: char, otherwise: &str) -> String {
    format!(
        "Unexpected character ('{c}' (code {})): {otherwise}",
        c as u32
    )
}
