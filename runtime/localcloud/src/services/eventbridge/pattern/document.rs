//! Reads an event, keeping what matching depends on and a JSON map would lose: repeated keys, and
//! numbers as they were written.

use super::token::{Reader, Result, Token};

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

/// Reads the first JSON value of `text`; what follows it is not looked at.
pub(super) fn read(text: &str) -> Result<Document> {
    let mut reader = Reader::new(text);
    let token = reader.next()?;
    value(&mut reader, token)
}

fn value(reader: &mut Reader<'_>, token: Token) -> Result<Document> {
    Ok(match token {
        Token::StartObject => {
            let mut fields = Vec::new();
            while let Token::Field(name) = reader.next()? {
                let token = reader.next()?;
                fields.push((name, value(reader, token)?));
            }
            Document::Object(fields)
        }
        Token::StartArray => {
            let mut items = Vec::new();
            loop {
                match reader.next()? {
                    Token::EndArray => break Document::Array(items),
                    token => items.push(value(reader, token)?),
                }
            }
        }
        Token::String => Document::String(reader.string()?),
        Token::Number(text) => Document::Number(text),
        Token::True => Document::Bool(true),
        Token::False => Document::Bool(false),
        Token::Null => Document::Null,
        Token::Field(_) | Token::EndObject | Token::EndArray | Token::End => {
            return reader.error("Unexpected end-of-input");
        }
    })
}
