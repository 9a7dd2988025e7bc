//! The words of JSONata's error messages. The evaluator has the reference implementation's error
//! codes, not always its words.

/// The message of an error code in the words of JSONata's reference implementation. `called` is the
/// function that the expression calls, if it calls just one: the evaluator does not always name it.
pub(super) fn worded(message: &str, called: Option<&str>) -> String {
    let (Some(code), Some(text)) = (message.get(..5), message.get(7..)) else {
        return message.to_owned();
    };
    if let Some(fixed) = fixed(code) {
        return format!("{code}: {fixed}");
    }
    let text = match code {
        "T2001" | "T2002" => quoted(text, "side of the ", " operator"),
        "T0410" | "T0411" | "T0412" => argument(code, text, called),
        "D3030" => text
            .strip_prefix("Cannot convert ")
            .and_then(|rest| rest.strip_suffix(" to number"))
            .map(|value| format!("Unable to cast value to a number: {}", value.replace('\'', "\""))),
        "D3100" => text.rsplit_once("got ").map(|(_, radix)| {
            format!(
                "The radix of the formatBase function must be between 2 and 36.  It was given {radix}"
            )
        }),
        "D3138" => text.split_once(" (").map(|(text, _)| text.to_owned()),
        _ => None,
    };
    text.map_or_else(|| message.to_owned(), |text| format!("{code}: {text}"))
}

/// The message of a text that can't be parsed, in those words and without its code.
pub(super) fn parse_problem(message: &str) -> String {
    let message = message.strip_prefix("Invalid syntax: ").unwrap_or(message);
    let coded = message.as_bytes().get(5) == Some(&b':');
    let text = if coded {
        message.get(7..).unwrap_or(message)
    } else {
        message
    };
    if let Some((expected, found)) = text
        .strip_prefix("Expected ")
        .and_then(|rest| rest.split_once(", got "))
    {
        return format!("Expected {}, got {}", symbol(expected), symbol(found));
    }
    if let Some(expected) = text
        .strip_prefix("Expected ")
        .and_then(|rest| rest.strip_suffix(" before end of expression"))
    {
        return format!("Expected {} before end of expression", symbol(expected));
    }
    if let Some(found) = text
        .strip_prefix("The symbol ")
        .and_then(|rest| rest.strip_suffix(" cannot be used as a unary operator"))
    {
        return format!(
            "The symbol {} cannot be used as a unary operator",
            symbol(found)
        );
    }
    if let Some(found) = text.strip_prefix("Syntax error: ") {
        return format!("Syntax error: {}", symbol(found));
    }
    text.to_owned()
}

/// A token as the reference implementation names it, from the parser's name for it.
fn symbol(token: &str) -> String {
    let symbol = match token {
        "LeftParen" => "(",
        "RightParen" => ")",
        "LeftBracket" => "[",
        "RightBracket" => "]",
        "LeftBrace" => "{",
        "RightBrace" => "}",
        "Comma" => ",",
        "Semicolon" => ";",
        "Dot" => ".",
        "DotDot" => "..",
        "Colon" => ":",
        "ColonEqual" => ":=",
        "Question" => "?",
        "QuestionQuestion" => "??",
        "QuestionColon" => "?:",
        "TildeArrow" => "~>",
        "Plus" => "+",
        "Minus" => "-",
        "Star" => "*",
        "StarStar" => "**",
        "Slash" => "/",
        "Percent" => "%",
        "Equal" => "=",
        "NotEqual" => "!=",
        "LessThan" => "<",
        "LessThanOrEqual" => "<=",
        "GreaterThan" => ">",
        "GreaterThanOrEqual" => ">=",
        "And" => "and",
        "Or" => "or",
        "In" => "in",
        "Ampersand" => "&",
        "Caret" => "^",
        "Pipe" => "|",
        "Hash" => "#",
        "At" => "@",
        "Eof" => "(end)",
        "True" => "true",
        "False" => "false",
        "Null" => "null",
        other => {
            let inner = other
                .split_once('(')
                .and_then(|(_, rest)| rest.strip_suffix(')'));
            let inner = inner.unwrap_or(other).trim_matches('"');
            return match inner.strip_suffix(".0").unwrap_or(inner) {
                number if number.parse::<f64>().is_ok() => number.to_owned(),
                text => format!("\"{text}\""),
            };
        }
    };
    format!("\"{symbol}\"")
}

/// The messages about an argument: its number, and the function.
fn argument(code: &str, text: &str, called: Option<&str>) -> Option<String> {
    let mut numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse::<usize>().ok());
    let number = match (numbers.next(), numbers.next()) {
        (Some(expected), Some(actual)) if text.contains("mismatch") => expected.min(actual) + 1,
        (Some(number), _) => number,
        (None, _) => 1,
    };
    let named = text
        .split_once("of function ")
        .and_then(|(_, rest)| rest.split(' ').next())
        .map(|name| name.trim_matches(['"', '$']))
        .filter(|name| !matches!(*name, "does" | "must"));
    let function = named.or(called)?;
    Some(match code {
        "T0410" => {
            format!(
                "Argument {number} of function \"{function}\" does not match function signature"
            )
        }
        "T0411" => format!(
            "Context value is not a compatible type with argument {number} of function \
             \"{function}\""
        ),
        _ => {
            let kind = text
                .rsplit(' ')
                .next()
                .unwrap_or_default()
                .trim_matches(['"', '$']);
            let items = plural(kind);
            let items = if items == "undefined" {
                items.to_owned()
            } else {
                format!("\"{items}\"")
            };
            format!("Argument {number} of function \"{function}\" must be an array of {items}")
        }
    })
}

/// The word for the items of an array of this type.
fn plural(kind: &str) -> &str {
    match kind {
        "Number" => "numbers",
        "String" => "strings",
        "Bool" | "Boolean" => "booleans",
        "Object" => "objects",
        "Array" => "arrays",
        "Function" => "functions",
        other => other,
    }
}

/// The messages that name nothing of the expression.
fn fixed(code: &str) -> Option<&'static str> {
    Some(match code {
        "D3001" => "Attempting to invoke string function on Infinity or NaN",
        "D1002" => "Cannot negate a non-numeric value",
        "D3010" => "Second argument of replace function cannot be an empty string",
        "D3020" => "Third argument of split function must evaluate to a positive number",
        "D3070" => {
            "The single argument form of the sort function can only be applied to an array of \
             strings or an array of numbers.  Use the second argument to specify a comparison \
             function"
        }
        "D3080" => "The picture string must only contain a maximum of two sub-pictures",
        "D3081" => {
            "The sub-picture must not contain more than one instance of the 'decimal-separator' \
             character"
        }
        "D3082" => {
            "The sub-picture must not contain more than one instance of the 'percent' character"
        }
        "D3083" => {
            "The sub-picture must not contain more than one instance of the 'per-mille' character"
        }
        "D3084" => "The sub-picture must not contain both a 'percent' and a 'per-mille' character",
        "D3085" => {
            "The mantissa part of a sub-picture must contain at least one character that is either \
             an 'optional digit character' or a member of the 'decimal digit family'"
        }
        "D3086" => {
            "The sub-picture must not contain a passive character that is preceded by an active \
             character and that is followed by another active character"
        }
        "D3087" => {
            "The sub-picture must not contain a 'grouping-separator' character that appears \
             adjacent to a 'decimal-separator' character"
        }
        "D3088" => {
            "The sub-picture must not contain a 'grouping-separator' at the end of the integer part"
        }
        "D3089" => {
            "The sub-picture must not contain two adjacent instances of the 'grouping-separator' \
             character"
        }
        "D3090" => {
            "The integer part of the sub-picture must not contain a member of the 'decimal digit \
             family' that is followed by an instance of the 'optional digit character'"
        }
        "D3091" => {
            "The fractional part of the sub-picture must not contain an instance of the 'optional \
             digit character' that is followed by a member of the 'decimal digit family'"
        }
        "D3092" => {
            "A sub-picture that contains a 'percent' or 'per-mille' character must not contain a \
             character treated as an 'exponent-separator'"
        }
        "D3093" => {
            "The exponent part of the sub-picture must comprise only of one or more characters \
             that are members of the 'decimal digit family'"
        }
        "T1006" => "Attempted to invoke a non-function",
        "T1008" => "Attempted to partially apply a non-function",
        "T2003" => "The left side of the range operator (..) must evaluate to an integer",
        "T2004" => "The right side of the range operator (..) must evaluate to an integer",
        "T2006" => "The right side of the function application operator ~> must be a function",
        "T2008" => {
            "The expressions within an order-by clause must evaluate to numeric or string values"
        }
        _ => return None,
    })
}

/// The text with the word between `before` and `after` in quotes.
fn quoted(text: &str, before: &str, after: &str) -> Option<String> {
    let (start, rest) = text.split_once(before)?;
    let (word, end) = rest.split_once(after)?;
    let word = word.trim_matches('"');
    Some(format!("{start}{before}\"{word}\"{after}{end}"))
}
