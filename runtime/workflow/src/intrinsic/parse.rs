//! Reads the text of an intrinsic expression.

use serde_json::Value;

use super::{Argument, Call, Function, IntrinsicError};
use crate::path::Path;

/// How deep calls may nest: the language reference's "up to 10 intrinsic functions".
const MAX_NESTING: usize = 10;

/// Reads a whole expression.
pub(super) fn call(text: &str) -> Result<Call, IntrinsicError> {
    let mut reader = Reader {
        text,
        chars: text.chars().collect(),
        at: 0,
    };
    reader.skip_blanks();
    let call = reader.call(1)?;
    reader.skip_blanks();
    match reader.peek() {
        None => Ok(call),
        Some(_) => Err(reader.error("nothing may follow the call")),
    }
}

struct Reader<'t> {
    text: &'t str,
    chars: Vec<char>,
    at: usize,
}

impl Reader<'_> {
    fn error(&self, problem: impl Into<String>) -> IntrinsicError {
        IntrinsicError {
            problem: problem.into(),
            position: self.at,
            text: self.text.to_owned(),
        }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.at += 1;
        }
        found
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn slice(&self, from: usize, to: usize) -> String {
        self.chars
            .get(from..to)
            .unwrap_or_default()
            .iter()
            .collect()
    }

    fn call(&mut self, nesting: usize) -> Result<Call, IntrinsicError> {
        if nesting > MAX_NESTING {
            return Err(self.error(format!("calls nest at most {MAX_NESTING} deep")));
        }
        let start = self.at;
        while self
            .peek()
            .is_some_and(|c| c == '.' || c == '_' || c.is_alphanumeric())
        {
            self.at += 1;
        }
        let name = self.slice(start, self.at);
        let Some(function) = Function::named(&name) else {
            self.at = start;
            return Err(self.error(format!("there is no intrinsic function '{name}'")));
        };
        if !self.take('(') {
            return Err(self.error("'(' is expected after the function's name"));
        }
        let arguments = self.arguments(nesting)?;
        if !function.takes(arguments.len()) {
            self.at = start;
            return Err(self.error(format!(
                "{name} does not take {} arguments",
                arguments.len()
            )));
        }
        Ok(Call {
            text: self.slice(start, self.at),
            function,
            arguments,
        })
    }

    fn arguments(&mut self, nesting: usize) -> Result<Vec<Argument>, IntrinsicError> {
        let mut arguments = Vec::new();
        self.skip_blanks();
        if self.take(')') {
            return Ok(arguments);
        }
        loop {
            self.skip_blanks();
            arguments.push(self.argument(nesting)?);
            self.skip_blanks();
            if self.take(')') {
                return Ok(arguments);
            }
            if !self.take(',') {
                return Err(self.error("',' or ')' is expected after an argument"));
            }
        }
    }

    fn argument(&mut self, nesting: usize) -> Result<Argument, IntrinsicError> {
        match self.peek() {
            Some('\'') => self.quoted().map(|text| Argument::Literal(Value::String(text))),
            Some('$') => self.path().map(Argument::Path),
            Some(c) if c == '-' || c.is_ascii_digit() => self.word(),
            Some(c) if c.is_alphabetic() => {
                if self.slice(self.at, self.at + 7) == "States." {
                    self.call(nesting + 1).map(Argument::Call)
                } else {
                    self.word()
                }
            }
            _ => Err(self.error("an argument is expected: a path, a text in single quotes, a number, true, false, null or a call")),
        }
    }

    /// A text in single quotes, in which `\'`, `\\`, `\{` and `\}` are the only escapes. All but `\'`
    /// stay escaped until the call, since `States.Format` reads its template with them.
    fn quoted(&mut self) -> Result<String, IntrinsicError> {
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            match (c, self.peek()) {
                ('\'', _) => return Ok(text),
                ('\\', Some('\'')) => {
                    text.push('\'');
                    self.at += 1;
                }
                ('\\', Some(escaped @ ('\\' | '{' | '}'))) => {
                    text.push('\\');
                    text.push(escaped);
                    self.at += 1;
                }
                ('\\', Some(other)) => {
                    return Err(
                        self.error(format!("'\\{other}' is no escape; '\\\\' is a backslash"))
                    );
                }
                (c, _) => text.push(c),
            }
        }
        Err(self.error("the quoted text has no end"))
    }

    fn word(&mut self) -> Result<Argument, IntrinsicError> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|c| c.is_alphanumeric() || "+-.".contains(c))
        {
            self.at += 1;
        }
        let text = self.slice(start, self.at);
        match serde_json::from_str(&text) {
            Ok(value) => Ok(Argument::Literal(value)),
            Err(_) => {
                self.at = start;
                Err(self.error(format!("'{text}' is no value")))
            }
        }
    }

    /// The path that begins here, up to the comma or the parenthesis that ends the argument.
    fn path(&mut self) -> Result<Path, IntrinsicError> {
        let start = self.at;
        let mut open = 0_usize;
        let mut quote = None;
        while let Some(c) = self.peek() {
            match (quote, c) {
                (Some(_), '\\') => self.at += 1,
                (Some(end), c) if c == end => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') if open > 0 => quote = Some(c),
                (None, '(' | '[') => open += 1,
                (None, ')' | ',') if open == 0 => break,
                (None, ')' | ']') => open = open.saturating_sub(1),
                (None, _) => {}
            }
            self.at += 1;
        }
        self.at = self.at.min(self.chars.len());
        let text = self.slice(start, self.at);
        Path::parse(text.trim()).map_err(|error| IntrinsicError {
            problem: error.problem,
            position: start + error.position,
            text: self.text.to_owned(),
        })
    }
}

impl Function {
    fn named(name: &str) -> Option<Self> {
        Some(match name.strip_prefix("States.")? {
            "Format" => Self::Format,
            "StringToJson" => Self::StringToJson,
            "JsonToString" => Self::JsonToString,
            "Array" => Self::Array,
            "ArrayPartition" => Self::ArrayPartition,
            "ArrayContains" => Self::ArrayContains,
            "ArrayRange" => Self::ArrayRange,
            "ArrayGetItem" => Self::ArrayGetItem,
            "ArrayLength" => Self::ArrayLength,
            "ArrayUnique" => Self::ArrayUnique,
            "Base64Encode" => Self::Base64Encode,
            "Base64Decode" => Self::Base64Decode,
            "Hash" => Self::Hash,
            "JsonMerge" => Self::JsonMerge,
            "MathRandom" => Self::MathRandom,
            "MathAdd" => Self::MathAdd,
            "StringSplit" => Self::StringSplit,
            "UUID" => Self::Uuid,
            _ => return None,
        })
    }

    fn takes(self, arguments: usize) -> bool {
        match self {
            Self::Format => arguments >= 1,
            Self::Array => true,
            Self::Uuid => arguments == 0,
            Self::StringToJson
            | Self::JsonToString
            | Self::ArrayLength
            | Self::ArrayUnique
            | Self::Base64Encode
            | Self::Base64Decode => arguments == 1,
            Self::ArrayPartition
            | Self::ArrayContains
            | Self::ArrayGetItem
            | Self::Hash
            | Self::MathAdd
            | Self::StringSplit => arguments == 2,
            Self::ArrayRange | Self::JsonMerge => arguments == 3,
            Self::MathRandom => arguments == 2 || arguments == 3,
        }
    }
}
