//! A statement, cut into tokens.

use super::{Failure, place};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a name without quotes.
    Word,
    /// A name in double quotes or backticks.
    Quoted,
    /// A text in single quotes.
    Text,
    Number,
    /// An operator or a bracket.
    Symbol,
}

/// A token: where it stands, and what it says, without quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) at: usize,
    end: usize,
}

impl Token {
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    pub(super) fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Word | Kind::Quoted)
    }

    pub(super) fn is_literal(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Number)
    }

    /// As it was written.
    pub(super) fn raw<'a>(&self, sql: &'a str) -> &'a str {
        sql.get(self.at..self.end).unwrap_or_default()
    }
}

/// Cuts a statement into tokens; comments and white space fall away.
pub(super) fn read(sql: &str) -> Result<Vec<Token>, Failure> {
    let mut tokens = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let at = sql.len() - rest.len();
        if first.is_whitespace() {
            rest = &rest[first.len_utf8()..];
            continue;
        }
        if rest.starts_with("--") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
            continue;
        }
        if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
            continue;
        }
        let (kind, text, length) = match first {
            '\'' => quoted(sql, rest, at, '\'', Kind::Text)?,
            '"' => quoted(sql, rest, at, '"', Kind::Quoted)?,
            '`' => quoted(sql, rest, at, '`', Kind::Quoted)?,
            c if c.is_ascii_digit() => number(rest),
            c if c.is_alphabetic() || c == '_' || c == '$' => word(rest),
            _ => symbol(rest),
        };
        rest = &rest[length..];
        tokens.push(Token {
            kind,
            text,
            at,
            end: at + length,
        });
    }
    Ok(tokens)
}

type Cut = (Kind, String, usize);

fn quoted(sql: &str, rest: &str, at: usize, quote: char, kind: Kind) -> Result<Cut, Failure> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((index, letter)) = letters.next() {
        if letter != quote {
            text.push(letter);
        } else if letters.peek().is_some_and(|(_, next)| *next == quote) {
            text.push(quote);
            letters.next();
        } else {
            return Ok((kind, text, index + 1));
        }
    }
    Err(Failure::user(format!(
        "{}: the quote {quote} is not closed",
        place(sql, at)
    )))
}

fn number(rest: &str) -> Cut {
    let mut length = 0;
    let mut before = ' ';
    for letter in rest.chars() {
        let sign = matches!(letter, '+' | '-') && matches!(before, 'e' | 'E');
        if !(letter.is_ascii_alphanumeric() || letter == '.' || sign) {
            break;
        }
        length += letter.len_utf8();
        before = letter;
    }
    (Kind::Number, rest[..length].to_owned(), length)
}

fn word(rest: &str) -> Cut {
    let length = rest
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
        .unwrap_or(rest.len());
    (Kind::Word, rest[..length].to_owned(), length)
}

fn symbol(rest: &str) -> Cut {
    const LONG: [&str; 6] = ["<>", "<=", ">=", "!=", "||", "=="];
    let length = match LONG.iter().find(|symbol| rest.starts_with(**symbol)) {
        Some(symbol) => symbol.len(),
        None => rest.chars().next().map_or(1, char::len_utf8),
    };
    (Kind::Symbol, rest[..length].to_owned(), length)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn quotes_comments_and_operators_are_told_apart() {
        let sql = "SELECT \"a\"\"b\", 'it''s' /* no */ FROM t -- end\nWHERE x<>1.5e-3";
        let tokens: Vec<(Kind, String)> = read(sql)
            .unwrap()
            .into_iter()
            .map(|token| (token.kind, token.text))
            .collect();
        let expected = [
            (Kind::Word, "SELECT"),
            (Kind::Quoted, "a\"b"),
            (Kind::Symbol, ","),
            (Kind::Text, "it's"),
            (Kind::Word, "FROM"),
            (Kind::Word, "t"),
            (Kind::Word, "WHERE"),
            (Kind::Word, "x"),
            (Kind::Symbol, "<>"),
            (Kind::Number, "1.5e-3"),
        ]
        .map(|(kind, text)| (kind, text.to_owned()));
        assert_eq!(tokens, expected);
        let open = read("SELECT 'open").unwrap_err();
        assert_eq!(open.message, "line 1:8: the quote ' is not closed");
    }
}
