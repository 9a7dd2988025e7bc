//! Is a text JSON? Faults are worded as Step Functions words them, whose reader is Jackson, and
//! placed where it places them.
//!
//! It goes over the text once, keeps a stack of what is open, and also refuses what a reader would
//! pass over in silence: a name that an object has twice.

use std::collections::HashSet;

use super::{Code, Diagnostic};

/// How deep arrays and objects may be nested: as deep as `serde_json` reads.
const MAX_DEPTH: usize = 127;
/// How much of the text Jackson quotes.
const QUOTED_CHARS: usize = 500;
const VALUES: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/// What is wrong with a text, and behind which byte.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    code: Code,
    message: String,
    /// Where the bracket opens that is not closed as it should be.
    opened: Option<usize>,
    offset: usize,
}

impl Fault {
    fn new(message: impl Into<String>, offset: usize) -> Self {
        Self {
            code: Code::InvalidJsonDescription,
            message: message.into(),
            opened: None,
            offset,
        }
    }

    /// The diagnostic for this text.
    pub(super) fn diagnostic(&self, text: &str) -> Diagnostic {
        let source = source(text, self.offset);
        let message = match self.opened {
            Some(start) => self.message.replace("{}", &self::source(text, start)),
            None => self.message.clone(),
        };
        let mut diagnostic = Diagnostic::error(
            self.code,
            format!("{message}\n at {source}"),
            None,
            "Correct the JSON there.",
        );
        diagnostic.location = Some(source);
        diagnostic
    }
}

/// `[Source: (String)"…"; line: 1, column: 4]`
fn source(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let row = before.rsplit('\n').next().unwrap_or_default();
    let column = row.encode_utf16().count() + 1;
    let length = text.chars().count();
    let quoted: String = text.chars().take(QUOTED_CHARS).collect();
    let rest = match length.saturating_sub(QUOTED_CHARS) {
        0 => String::new(),
        more => format!("[truncated {more} chars]"),
    };
    format!("[Source: (String)\"{quoted}\"{rest}; line: {line}, column: {column}]")
}

fn described(c: char) -> String {
    let code = u32::from(c);
    if c.is_control() {
        format!("(CTRL-CHAR, code {code})")
    } else if code > 255 {
        format!("'{c}' (code {code} / 0x{code:x})")
    } else {
        format!("'{c}' (code {code})")
    }
}

enum Open<'a> {
    Object {
        start: usize,
        names: HashSet<&'a str>,
    },
    Array {
        start: usize,
    },
}

/// What comes next.
enum Expect {
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    CommaOrEnd,
}

/// Checks a text that is white space and at most one value.
pub(super) fn check(text: &str) -> Result<(), Fault> {
    let mut scan = Scan { text, at: 0 };
    let mut open: Vec<Open> = Vec::new();
    let mut expect = Expect::Value;
    scan.skip_space();
    if scan.peek().is_none() {
        return Ok(());
    }
    loop {
        scan.skip_space();
        let start = scan.at;
        let Some(c) = scan.next() else {
            return Err(end_of_input(text.len(), &open, &expect));
        };
        expect = match (expect, c) {
            (Expect::ValueOrEnd, ']')
            | (Expect::CommaOrEnd, ']' | '}')
            | (Expect::NameOrEnd, '}') => {
                close(&mut open, c, scan.at)?;
                Expect::CommaOrEnd
            }
            (Expect::Value | Expect::ValueOrEnd, '{' | '[') => {
                if open.len() >= MAX_DEPTH {
                    let mut fault = Fault::new("The document is nested too deeply", scan.at);
                    fault.code = Code::TooDeeplyNested;
                    return Err(fault);
                }
                if c == '{' {
                    let names = HashSet::new();
                    open.push(Open::Object { start, names });
                    Expect::NameOrEnd
                } else {
                    open.push(Open::Array { start });
                    Expect::ValueOrEnd
                }
            }
            (Expect::Value | Expect::ValueOrEnd, _) => {
                scan.scalar(c, start)?;
                Expect::CommaOrEnd
            }
            (Expect::Name | Expect::NameOrEnd, '"') => {
                let name = scan.string()?;
                if let Some(Open::Object { names, .. }) = open.last_mut()
                    && !names.insert(name)
                {
                    return Err(Fault::new(format!("Duplicate field '{name}'"), scan.at));
                }
                scan.colon()?;
                Expect::Value
            }
            (Expect::Name | Expect::NameOrEnd, _) => {
                return Err(scan.unexpected(c, "was expecting double-quote to start field name"));
            }
            (Expect::CommaOrEnd, ',') => match open.last() {
                Some(Open::Object { .. }) => Expect::Name,
                _ => Expect::Value,
            },
            (Expect::CommaOrEnd, _) => {
                let kind = open.last().map_or("root", Open::kind);
                return Err(scan.unexpected(
                    c,
                    &format!("was expecting comma to separate {kind} entries"),
                ));
            }
        };
        if open.is_empty() {
            scan.skip_space();
            return match scan.next() {
                None => Ok(()),
                Some(c) => Err(scan.unexpected(c, "was expecting the end of the document")),
            };
        }
    }
}

impl Open<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Open::Object { .. } => "Object",
            Open::Array { .. } => "Array",
        }
    }

    fn start(&self) -> usize {
        match self {
            Open::Object { start, .. } | Open::Array { start } => *start,
        }
    }
}

fn close(open: &mut Vec<Open>, bracket: char, offset: usize) -> Result<(), Fault> {
    match (open.last(), bracket) {
        (Some(Open::Object { .. }), '}') | (Some(Open::Array { .. }), ']') => {
            open.pop();
            Ok(())
        }
        (Some(other), _) => {
            let (kind, expected) = match other {
                Open::Object { .. } => ("Object", '}'),
                Open::Array { .. } => ("Array", ']'),
            };
            let message = format!(
                "Unexpected close marker '{bracket}': expected '{expected}' (for {kind} starting at {{}})"
            );
            let mut fault = Fault::new(message, offset);
            fault.opened = Some(other.start());
            Err(fault)
        }
        (None, _) => Err(Fault::new(
            format!("Unexpected close marker '{bracket}'"),
            offset,
        )),
    }
}

fn end_of_input(end: usize, open: &[Open], expect: &Expect) -> Fault {
    let Some(last) = open.last() else {
        return Fault::new("Unexpected end-of-input", end);
    };
    let kind = last.kind();
    if matches!(expect, Expect::Value | Expect::Name) {
        return Fault::new(
            format!("Unexpected end-of-input within/between {kind} entries"),
            end,
        );
    }
    let message =
        format!("Unexpected end-of-input: expected close marker for {kind} (start marker at {{}})");
    let mut fault = Fault::new(message, end);
    fault.opened = Some(last.start());
    fault
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn skip_space(&mut self) {
        while let Some(' ' | '\t' | '\n' | '\r') = self.peek() {
            self.at += 1;
        }
    }

    fn unexpected(&self, c: char, wanted: &str) -> Fault {
        let message = format!("Unexpected character ({}): {wanted}", described(c));
        Fault::new(message, self.at)
    }

    fn colon(&mut self) -> Result<(), Fault> {
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
    fn scalar(&mut self, c: char, start: usize) -> Result<(), Fault> {
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
    fn string(&mut self) -> Result<&'a str, Fault> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn fault(text: &str) -> String {
        let fault = check(text).unwrap_err();
        let message = fault.diagnostic(text).message;
        let place = message.rsplit("; ").next().unwrap().to_owned();
        let message = message.split("\n at ").next().unwrap();
        format!("{message} @ {place}")
    }

    #[test]
    fn valid_texts_pass() {
        for text in [
            "",
            " ",
            "{}",
            "[]",
            "1",
            r#"{"a":[1,-2.5e+3,"x\n",null,true,{}]}"#,
            "[[],[]]",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn faults_are_worded_as_jackson_words_them() {
        assert_eq!(
            fault("not a definition"),
            "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token \
             'null', 'true' or 'false') @ line: 1, column: 4]"
        );
        assert_eq!(
            fault("{\n\"a\":1,}"),
            "Unexpected character ('}' (code 125)): was expecting double-quote to start field name \
             @ line: 2, column: 8]"
        );
        assert_eq!(
            fault(r#"{"a" 1}"#),
            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and \
             value @ line: 1, column: 7]"
        );
        assert_eq!(
            fault(r#"{"a":1 "b":2}"#),
            "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries \
             @ line: 1, column: 9]"
        );
        assert_eq!(
            fault("{\"a\":1"),
            "Unexpected end-of-input: expected close marker for Object (start marker at [Source: \
             (String)\"{\"a\":1\"; line: 1, column: 1]) @ line: 1, column: 7]"
        );
        assert_eq!(
            fault("[1}"),
            "Unexpected close marker '}': expected ']' (for Array starting at [Source: \
             (String)\"[1}\"; line: 1, column: 1]) @ line: 1, column: 4]"
        );
    }

    #[test]
    fn a_name_twice_is_a_fault() {
        let text = r#"{"States":{"A":{},"B":{},"A":{}}}"#;
        assert_eq!(fault(text), "Duplicate field 'A' @ line: 1, column: 29]");
        assert_eq!(check(r#"[{"a":1},{"a":2}]"#), Ok(()));
    }

    #[test]
    fn deep_nesting_ends_in_a_fault() {
        let text = "[".repeat(100_000);
        assert_eq!(check(&text).unwrap_err().code, Code::TooDeeplyNested);
    }
}
