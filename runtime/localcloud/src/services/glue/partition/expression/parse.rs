//! From words to a condition: OR binds loosest, then AND, then NOT.

use regex_lite::Regex;

use super::literal::{Kind, Literal};
use super::tokens::Token;
use super::{Comparison, Condition, error, invalid};
use crate::error::ServiceError;

/// How deep brackets and NOTs may be nested.
const DEEPEST: usize = 100;

/// Reads a whole expression.
pub(super) fn condition(
    tokens: &[Token],
    keys: &[(String, String)],
) -> Result<Condition, ServiceError> {
    let mut reader = Reader {
        tokens,
        keys,
        depth: 0,
    };
    let condition = reader.or()?;
    match reader.tokens {
        [] => Ok(condition),
        _ => Err(invalid()),
    }
}

struct Reader<'a> {
    /// What is left.
    tokens: &'a [Token],
    keys: &'a [(String, String)],
    depth: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let there = self.tokens.first().is_some_and(|token| token.is_word(word));
        if there {
            self.next();
        }
        there
    }

    fn take_symbol(&mut self, symbol: &'static str) -> bool {
        let there = self.tokens.first() == Some(&Token::Symbol(symbol));
        if there {
            self.next();
        }
        there
    }

    fn or(&mut self) -> Result<Condition, ServiceError> {
        let mut left = self.and()?;
        while self.take_word("or") {
            left = Condition::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Condition, ServiceError> {
        let mut left = self.not()?;
        while self.take_word("and") {
            left = Condition::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Condition, ServiceError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(invalid());
        }
        let condition = if self.take_word("not") {
            Condition::Not(Box::new(self.not()?))
        } else if self.take_symbol("(") {
            let inner = self.or()?;
            if !self.take_symbol(")") {
                return Err(invalid());
            }
            inner
        } else {
            self.term()?
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn term(&mut self) -> Result<Condition, ServiceError> {
        let Some(Token::Word(name) | Token::Quoted(name)) = self.tokens.first() else {
            return self.turned();
        };
        self.next();
        let at = self.key(name)?;
        if let Some(comparison) = self.comparison() {
            return Ok(Condition::Compare(at, comparison, self.literal(at)?));
        }
        if self.take_word("is") {
            let negated = self.take_word("not");
            return match self.take_word("null") {
                true => Ok(maybe_not(negated, Condition::IsNull(at))),
                false => Err(invalid()),
            };
        }
        let negated = self.take_word("not");
        let condition = if self.take_word("between") {
            let from = self.literal(at)?;
            if !self.take_word("and") {
                return Err(invalid());
            }
            Condition::Between(at, from, self.literal(at)?)
        } else if self.take_word("in") {
            Condition::In(at, self.list(at)?)
        } else if self.take_word("like") {
            match self.next() {
                Some(Token::Text(pattern)) => Condition::Like(at, like(pattern)?),
                _ => return Err(invalid()),
            }
        } else {
            return Err(invalid());
        };
        Ok(maybe_not(negated, condition))
    }

    /// A comparison whose value comes first: `3 < hour`.
    fn turned(&mut self) -> Result<Condition, ServiceError> {
        let before = self.tokens;
        self.raw()?;
        let comparison = self.comparison().ok_or_else(invalid)?;
        let Some(Token::Word(name) | Token::Quoted(name)) = self.next() else {
            return Err(invalid());
        };
        let at = self.key(name)?;
        let behind = std::mem::replace(&mut self.tokens, before);
        let literal = self.literal(at)?;
        self.tokens = behind;
        Ok(Condition::Compare(at, comparison.turned(), literal))
    }

    fn key(&self, name: &str) -> Result<usize, ServiceError> {
        let at = self.keys.iter().position(|(key, _)| key == name);
        let at = at.ok_or_else(invalid)?;
        let kind = &self.keys[at].1;
        if Kind::of(kind) == Kind::Other {
            return Err(error::invalid(format!(
                "Partition key {name} has the type {kind}, which expressions do not support."
            )));
        }
        Ok(at)
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let Some(Token::Symbol(symbol)) = self.tokens.first() else {
            return None;
        };
        let comparison = match *symbol {
            "=" => Comparison::Equal,
            "<>" | "!=" => Comparison::NotEqual,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return None,
        };
        self.next();
        Some(comparison)
    }

    /// A value as it is written.
    fn raw(&mut self) -> Result<String, ServiceError> {
        let typed = self.take_word("date") || self.take_word("timestamp");
        let minus = !typed && self.take_symbol("-");
        match self.next() {
            Some(Token::Text(text)) if !minus => Ok(text.clone()),
            Some(Token::Number(number)) if minus => Ok(format!("-{number}")),
            Some(Token::Number(number)) if !typed => Ok(number.clone()),
            _ => Err(invalid()),
        }
    }

    /// A value for the key at this place.
    fn literal(&mut self, at: usize) -> Result<Literal, ServiceError> {
        let (name, kind) = &self.keys[at];
        let raw = self.raw()?;
        Kind::of(kind).read(&raw).ok_or_else(|| {
            error::invalid(format!(
                "{raw} is no value of partition key {name}: {kind}."
            ))
        })
    }

    fn list(&mut self, at: usize) -> Result<Vec<Literal>, ServiceError> {
        if !self.take_symbol("(") {
            return Err(invalid());
        }
        let mut list = vec![self.literal(at)?];
        while self.take_symbol(",") {
            list.push(self.literal(at)?);
        }
        match self.take_symbol(")") {
            true => Ok(list),
            false => Err(invalid()),
        }
    }
}

fn maybe_not(negated: bool, condition: Condition) -> Condition {
    match negated {
        true => Condition::Not(Box::new(condition)),
        false => condition,
    }
}

/// `%` stands for any text, `_` for any letter.
fn like(pattern: &str) -> Result<Regex, ServiceError> {
    let mut text = String::from("^(?s:");
    for letter in pattern.chars() {
        match letter {
            '%' => text.push_str(".*"),
            '_' => text.push('.'),
            other => text.push_str(&regex_lite::escape(&other.to_string())),
        }
    }
    text.push_str(")$");
    Regex::new(&text).map_err(|_| invalid())
}
