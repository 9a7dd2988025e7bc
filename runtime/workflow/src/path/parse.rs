//! Reads a path's text.

use super::failure::PathError;
use super::function::{Argument, Function};
use super::step::Step;
use super::{Root, filter_parse};

/// How many steps a path may have.
const MAX_STEPS: usize = 256;
/// How deep filters and functions may stand in each other.
pub(super) const MAX_NESTING: usize = 16;

/// A place in a path's text.
pub(super) struct Cursor<'t> {
    text: &'t str,
    chars: Vec<char>,
    pub(super) at: usize,
    pub(super) nesting: usize,
}

/// Reads a whole path: where it starts, and its steps.
pub(super) fn path(text: &str) -> Result<(Root, Vec<Step>), PathError> {
    let mut cursor = Cursor::new(text, 0);
    let root = cursor.root()?;
    let steps = cursor.steps()?;
    Ok((root, steps))
}

/// Reads the steps of a path inside a filter or a function, without its `@` or `$`.
pub(super) fn inner_steps(text: &str, nesting: usize) -> Result<Vec<Step>, PathError> {
    Cursor::new(text, nesting).steps()
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str, nesting: usize) -> Self {
        Self {
            text,
            chars: text.chars().collect(),
            at: 0,
            nesting,
        }
    }

    pub(super) fn error(&self, problem: impl Into<String>) -> PathError {
        PathError {
            problem: problem.into(),
            position: self.at,
            text: self.text.to_owned(),
        }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    pub(super) fn peek_after(&self, offset: usize) -> Option<char> {
        self.chars.get(self.at + offset).copied()
    }

    pub(super) fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.at += 1;
        }
        found
    }

    pub(super) fn expect(&mut self, expected: char) -> Result<(), PathError> {
        if self.take(expected) {
            return Ok(());
        }
        Err(match self.peek() {
            Some(c) => self.error(format!("'{expected}' is expected, not '{c}'")),
            None => self.error(format!("'{expected}' is expected before the end")),
        })
    }

    pub(super) fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    pub(super) fn slice(&self, from: usize, to: usize) -> String {
        self.chars
            .get(from..to)
            .unwrap_or_default()
            .iter()
            .collect()
    }

    fn root(&mut self) -> Result<Root, PathError> {
        if !self.take('$') {
            return Err(self.error("a path begins with '$'"));
        }
        if self.take('$') {
            return Ok(Root::Context);
        }
        let start = self.at;
        while self.peek().is_some_and(|c| c == '_' || c.is_alphanumeric()) {
            self.at += 1;
        }
        if start == self.at {
            return Ok(Root::Input);
        }
        if self.chars.get(start).is_some_and(|c| c.is_numeric()) {
            self.at = start;
            return Err(self.error("a variable's name begins with a letter"));
        }
        Ok(Root::Variable(self.slice(start, self.at)))
    }

    fn steps(&mut self) -> Result<Vec<Step>, PathError> {
        let mut steps = Vec::new();
        if !matches!(self.peek(), None | Some('.' | '[')) {
            return Err(self.error("'.' or '[' is expected after the start of the path"));
        }
        while self.peek().is_some() {
            if self.take('.') {
                if self.take('.') {
                    if self.peek() == Some('.') {
                        return Err(self.error("three dots"));
                    }
                    steps.push(Step::Scan);
                }
                if self.peek().is_none() {
                    return Err(self.error("a path must not end with a '.' or '..'"));
                }
                if self.peek() == Some('.') {
                    return Err(self.error("a name is expected after '.'"));
                }
            }
            let step = self.step()?;
            if matches!((steps.last(), &step), (Some(Step::Scan), Step::Function(_))) {
                return Err(self.error("'..' must lead to a field, an index, '*' or a filter"));
            }
            steps.push(step);
            if steps.len() > MAX_STEPS {
                return Err(self.error(format!("a path has at most {MAX_STEPS} steps")));
            }
        }
        Ok(steps)
    }

    fn step(&mut self) -> Result<Step, PathError> {
        match self.peek() {
            Some('[') => self.bracket(),
            Some('*') => {
                self.at += 1;
                Ok(Step::Wildcard)
            }
            _ => self.name(),
        }
    }

    /// A field's name after a dot, or a function with its arguments.
    fn name(&mut self) -> Result<Step, PathError> {
        let start = self.at;
        while let Some(c) = self.peek() {
            match c {
                '.' | '[' | '(' => break,
                c if c.is_whitespace() => {
                    return Err(self.error(
                        "write the name in brackets and quotes if it contains blanks: ['a name']",
                    ));
                }
                _ => self.at += 1,
            }
        }
        let name = self.slice(start, self.at);
        if name.is_empty() {
            return Err(self.error("a name is expected"));
        }
        if self.peek() != Some('(') {
            return Ok(Step::Fields(vec![name]));
        }
        let arguments = self.arguments()?;
        match Function::named(&name, arguments) {
            Some(function) => Ok(Step::Function(function)),
            None => {
                self.at = start;
                Err(self.error(format!("there is no function '{name}'")))
            }
        }
    }

    /// `(…)` after a function's name: paths and JSON values, with commas between them.
    fn arguments(&mut self) -> Result<Vec<Argument>, PathError> {
        if self.nesting >= MAX_NESTING {
            return Err(self.error(format!("functions nest at most {MAX_NESTING} deep")));
        }
        self.expect('(')?;
        let mut arguments = Vec::new();
        loop {
            self.skip_blanks();
            if self.take(')') {
                return Ok(arguments);
            }
            let start = self.at;
            self.skip_argument()?;
            let text = self.slice(start, self.at);
            arguments.push(self.argument(text.trim())?);
            if !self.take(',') && self.peek() != Some(')') {
                return Err(self.error("',' or ')' is expected"));
            }
        }
    }

    fn argument(&self, text: &str) -> Result<Argument, PathError> {
        if let Some(inner) = text.strip_prefix('$') {
            return inner_steps(inner, self.nesting + 1).map(Argument::Path);
        }
        serde_json::from_str(text)
            .map(Argument::Literal)
            .map_err(|_| self.error(format!("'{text}' is neither a path nor a JSON value")))
    }

    /// Moves to the comma or the closing parenthesis that ends an argument.
    fn skip_argument(&mut self) -> Result<(), PathError> {
        let mut open = 0_usize;
        while let Some(c) = self.peek() {
            match c {
                '\'' | '"' => {
                    self.quoted(c)?;
                    continue;
                }
                '(' | '[' | '{' => open += 1,
                ')' | ',' if open == 0 => return Ok(()),
                ')' | ']' | '}' => open = open.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
        Err(self.error("')' is expected before the end"))
    }

    fn bracket(&mut self) -> Result<Step, PathError> {
        self.expect('[')?;
        self.skip_blanks();
        let step = match self.peek() {
            Some('\'' | '"') => self.names()?,
            Some('*') => {
                self.at += 1;
                Step::Wildcard
            }
            Some('?') => {
                self.at += 1;
                self.skip_blanks();
                Step::Filter(filter_parse::filter(self)?)
            }
            Some(c) if c.is_ascii_digit() || c == '-' || c == ':' => self.indexes()?,
            _ => {
                return Err(
                    self.error("an index, a quoted name, '*' or a filter is expected after '['")
                );
            }
        };
        self.skip_blanks();
        self.expect(']')?;
        Ok(step)
    }

    fn names(&mut self) -> Result<Step, PathError> {
        let mut names = Vec::new();
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(quote @ ('\'' | '"')) => names.push(self.quoted(quote)?),
                _ => return Err(self.error("a quoted name is expected")),
            }
            self.skip_blanks();
            if !self.take(',') {
                return Ok(Step::Fields(names));
            }
        }
    }

    /// A text in quotes, with its escapes resolved.
    pub(super) fn quoted(&mut self, quote: char) -> Result<String, PathError> {
        self.expect(quote)?;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            match c {
                c if c == quote => return Ok(text),
                '\\' => text.push(self.escaped()?),
                c => text.push(c),
            }
        }
        Err(self.error("the quoted text has no end"))
    }

    fn escaped(&mut self) -> Result<char, PathError> {
        let Some(c) = self.peek() else {
            return Err(self.error("the quoted text has no end"));
        };
        self.at += 1;
        Ok(match c {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => {
                let digits = self.slice(self.at, self.at + 4);
                let code = u32::from_str_radix(&digits, 16)
                    .ok()
                    .and_then(char::from_u32);
                let Some(code) = code else {
                    return Err(self.error("four hexadecimal digits are expected after '\\u'"));
                };
                self.at += 4;
                code
            }
            other => other,
        })
    }

    /// `0`, `0,2`, `-1`, `1:`, `:2` or `1:2`.
    fn indexes(&mut self) -> Result<Step, PathError> {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|c| c.is_ascii_digit() || "-,: ".contains(c))
        {
            self.at += 1;
        }
        let text = self.slice(start, self.at);
        if !text.contains(':') {
            let indexes = text
                .split(',')
                .map(|part| self.index(part))
                .collect::<Result<Vec<_>, _>>()?;
            return Ok(Step::Indexes(indexes));
        }
        let mut ends = text.split(':').map(|part| match part.trim() {
            "" => Ok(None),
            part => self.index(part).map(Some),
        });
        let from = ends.next().transpose()?.flatten();
        let to = ends.next().transpose()?.flatten();
        if from.is_none() && to.is_none() {
            return Err(self.error("a slice has at least one end"));
        }
        Ok(Step::Slice(from, to))
    }

    fn index(&self, text: &str) -> Result<i64, PathError> {
        let text = text.trim();
        match text.parse::<i32>() {
            Ok(index) => Ok(i64::from(index)),
            Err(_) => Err(self.error(format!("'{text}' is no index"))),
        }
    }
}
