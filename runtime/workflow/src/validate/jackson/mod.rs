//! Is a text JSON? Faults are worded as Step Functions words them, whose reader is Jackson, and
//! placed where it places them.
//!
//! It goes over the text once, keeps a stack of what is open, and also refuses what a reader would
//! pass over in silence: a name that an object has twice.

mod fault;
mod scan;

use std::collections::HashSet;

use super::Code;
use fault::Fault;
use scan::Scan;

/// How deep arrays and objects may be nested: as deep as `serde_json` reads.
const MAX_DEPTH: usize = 127;

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
    let mut scan = Scan::new(text);
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
