//! The words of an expression.

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A key or a keyword, in lower case.
    Word(String),
    /// A name in back quotes, in lower case.
    Quoted(String),
    /// A text in single or double quotes.
    Text(String),
    Number(String),
    /// An operator, a bracket or a comma.
    Symbol(&'static str),
}

impl Token {
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(text) if text == word)
    }
}

const SYMBOLS: [&str; 11] = ["<>", "!=", "<=", ">=", "=", "<", ">", "(", ")", ",", "-"];

/// None if there is something that is no word.
pub(super) fn read(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' | '`' => {
                let (inner, length) = quoted(rest, first)?;
                tokens.push(match first {
                    '`' => Token::Quoted(inner.to_lowercase()),
                    _ => Token::Text(inner),
                });
                length
            }
            _ if first.is_ascii_digit() || first == '.' => {
                let ends = |letter: char| !letter.is_ascii_digit() && letter != '.';
                let length = rest.find(ends).unwrap_or(rest.len());
                tokens.push(Token::Number(rest[..length].to_owned()));
                length
            }
            _ if first.is_alphabetic() || first == '_' => {
                let ends = |letter: char| !letter.is_alphanumeric() && letter != '_';
                let length = rest.find(ends).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..length].to_lowercase()));
                length
            }
            _ => {
                let symbol = SYMBOLS
                    .into_iter()
                    .find(|symbol| rest.starts_with(symbol))?;
                tokens.push(Token::Symbol(symbol));
                symbol.len()
            }
        };
        rest = rest[length..].trim_start();
    }
    Some(tokens)
}

/// What stands between quotes, which are doubled to stand for one, and how long it is with them.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut inner = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != quote {
            inner.push(letter);
        } else if letters.next_if(|(_, next)| *next == quote).is_some() {
            inner.push(quote);
        } else {
            return Some((inner, at + 1));
        }
    }
    None
}
