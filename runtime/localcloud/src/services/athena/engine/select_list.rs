//! What a SELECT selects: where each item ends, whether it has a name, and its type where that is plain.

use super::casts;
use super::tokens::{Kind, Token};

/// The name of an expression that has none; Athena calls it `_col0`, by its position.
pub(super) const UNNAMED: &str = "#";

/// One item of a SELECT list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// The token behind it.
    pub(super) end: usize,
    /// A column, or something with an alias; also `*`.
    pub(super) is_named: bool,
    /// `*` or `t.*`.
    pub(super) is_star: bool,
    /// Athena's type, if the expression itself tells it.
    pub(super) kind: Option<String>,
}

/// Words that end a SELECT list.
const AFTER: [&str; 12] = [
    "from",
    "where",
    "group",
    "having",
    "order",
    "union",
    "intersect",
    "except",
    "limit",
    "offset",
    "fetch",
    "window",
];
/// Words that an expression ends with, or that another expression follows: they are no alias, and none
/// stands behind the latter.
const IN_EXPRESSIONS: [&str; 19] = [
    "and", "or", "not", "is", "null", "like", "in", "between", "end", "case", "when", "then",
    "else", "true", "false", "over", "escape", "distinct", "exists",
];
const VALUES: [&str; 4] = ["null", "true", "false", "end"];
const CLOCK: [&str; 3] = ["current_date", "current_timestamp", "localtimestamp"];

/// The items of the list that starts at a token.
pub(super) fn read(tokens: &[Token], start: usize) -> Vec<Item> {
    let mut items = Vec::new();
    let mut first = start;
    if tokens
        .get(first)
        .is_some_and(|token| any(token, &["distinct", "all"]))
    {
        first += 1;
    }
    let (mut depth, mut at) = (0_usize, first);
    loop {
        let token = tokens.get(at);
        let outermost = depth == 0;
        let ends =
            token.is_none_or(|token| outermost && (token.is_symbol(")") || any(token, &AFTER)));
        if ends || (outermost && token.is_some_and(|token| token.is_symbol(","))) {
            items.push(item(&tokens[first.min(at)..at], at));
            first = at + 1;
        }
        match token.filter(|_| !ends) {
            None => break,
            Some(token) if token.is_symbol("(") => depth += 1,
            Some(token) if token.is_symbol(")") => depth = depth.saturating_sub(1),
            Some(_) => {}
        }
        at += 1;
    }
    items
}

fn item(tokens: &[Token], end: usize) -> Item {
    let is_star = tokens.last().is_some_and(|last| last.is_symbol("*"));
    let is_column = tokens
        .iter()
        .all(|token| token.is_name() || token.is_symbol("."))
        && tokens.len() % 2 == 1
        && tokens
            .iter()
            .skip(1)
            .step_by(2)
            .all(|dot| dot.is_symbol("."))
        && !tokens
            .first()
            .is_some_and(|one| any(one, &VALUES) || any(one, &CLOCK));
    let expression = without_alias(tokens);
    Item {
        end,
        is_star,
        is_named: is_star || is_column || expression.len() < tokens.len(),
        kind: kind(expression).map(str::to_owned),
    }
}

fn without_alias(tokens: &[Token]) -> &[Token] {
    match tokens {
        [expression @ .., word, alias] if word.is_word("as") && alias.is_name() => expression,
        [expression @ .., before, alias] => {
            let is_alias = alias.kind == Kind::Quoted
                || (alias.kind == Kind::Word && !any(alias, &IN_EXPRESSIONS));
            let is_value = before.kind != Kind::Symbol && !any(before, &IN_EXPRESSIONS)
                || before.is_symbol(")")
                || any(before, &VALUES);
            match is_alias && is_value {
                true => &tokens[..=expression.len()],
                false => tokens,
            }
        }
        _ => tokens,
    }
}

/// The type of an expression that is a comparison, a cast, a literal of a date or a count.
fn kind(expression: &[Token]) -> Option<&str> {
    const COMPARES: [&str; 9] = ["=", "<>", "!=", "<", ">", "<=", ">=", "like", "between"];
    const JOINS: [&str; 6] = ["and", "or", "not", "in", "is", "exists"];
    let (mut depth, mut compares) = (0_usize, false);
    let mut closes_at = None;
    for (at, token) in expression.iter().enumerate() {
        let text = token.text.to_lowercase();
        let opens = token.is_symbol("(") || token.is_word("case");
        let closes = token.is_symbol(")") || token.is_word("end");
        if opens {
            depth += 1;
        } else if closes {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                closes_at.get_or_insert(at);
            }
        }
        let is_operator = matches!(token.kind, Kind::Symbol | Kind::Word)
            && (COMPARES.contains(&text.as_str()) || JOINS.contains(&text.as_str()));
        compares |= depth == 0 && is_operator;
    }
    let first = expression.first()?;
    let is_call = expression.get(1).is_some_and(|next| next.is_symbol("("))
        && closes_at == Some(expression.len() - 1);
    if compares || (expression.len() == 1 && any(first, &["true", "false"])) {
        return Some("boolean");
    }
    if is_call && any(first, &["cast", "try_cast"]) {
        let mut depth = 0_i32;
        let at = expression.iter().position(|token| {
            depth += i32::from(token.is_symbol("(")) - i32::from(token.is_symbol(")"));
            depth == 1 && token.is_word("as")
        })?;
        return Some(named(&expression.get(at + 1)?.text));
    }
    match expression {
        [word, text] if text.kind == Kind::Text && any(word, &["date"]) => Some("date"),
        [word, text] if text.kind == Kind::Text && any(word, &["timestamp"]) => Some("timestamp"),
        [word] if any(word, &["current_date"]) => Some("date"),
        [word] if any(word, &["localtimestamp"]) => Some("timestamp"),
        [word] if any(word, &["current_timestamp"]) => Some("timestamp with time zone"),
        _ if is_call && any(first, &["now"]) => Some("timestamp with time zone"),
        _ if is_call && any(first, &["regexp_like"]) => Some("boolean"),
        _ if is_call && any(first, &["count", "count_if", "approx_distinct", "length"]) => {
            Some("bigint")
        }
        _ => None,
    }
}

/// Athena's name of a type.
fn named(kind: &str) -> &'static str {
    match casts::base(&kind.to_lowercase()) {
        "tinyint" => "tinyint",
        "smallint" => "smallint",
        "int" | "integer" => "integer",
        "bigint" => "bigint",
        "float" | "real" => "float",
        "double" => "double",
        "decimal" => "decimal",
        "boolean" => "boolean",
        "date" => "date",
        "timestamp" => "timestamp",
        _ => "varchar",
    }
}

fn any(token: &Token, words: &[&str]) -> bool {
    words.iter().any(|word| token.is_word(word))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::services::athena::engine::tokens;

    #[test]
    fn names_and_types_are_told_from_the_expression() {
        for (text, is_named, kind) in [
            ("a", true, None),
            ("t.a", true, None),
            ("t.*", true, None),
            ("a b", true, None),
            ("count(*) n", true, Some("bigint")),
            ("count(*)", false, Some("bigint")),
            ("a + 1", false, None),
            ("1", false, None),
            ("a > 1 AS \"big\"", true, Some("boolean")),
            ("a IS NULL", false, Some("boolean")),
            ("NOT a", false, Some("boolean")),
            ("CASE WHEN a > 1 THEN 'x' END", false, None),
            ("CASE WHEN a > 1 THEN 'x' END c", true, None),
            ("cast(a AS decimal(10, 2))", false, Some("decimal")),
            ("coalesce(a > 1, b)", false, None),
            ("date '2026-01-31'", false, Some("date")),
            ("current_date", false, Some("date")),
            ("true", false, Some("boolean")),
        ] {
            let sql = format!("{text}, z FROM t");
            let items = read(&tokens::read(&sql).unwrap(), 0);
            let read = (items[0].is_named, items[0].kind.as_deref());
            assert_eq!(read, (is_named, kind), "{text}");
            assert_eq!(items.len(), 2, "{text}");
        }
    }
}
