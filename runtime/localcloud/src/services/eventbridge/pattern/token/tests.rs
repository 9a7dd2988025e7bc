#![allow(clippy::unwrap_used)]

use super::{Reader, Token};

/// The error that reading all of `text` ends with, and the line and column that it names.
#[track_caller]
fn error_of(text: &str) -> (String, String) {
    let mut reader = Reader::new(text);
    let error = loop {
        match reader.next() {
            Ok(Token::End) => unreachable!("{text} was read"),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    let (message, _) = error.split_once("\n at [Source: (String)").unwrap();
    let (_, place) = error.rsplit_once("; line: ").unwrap();
    (message.to_owned(), place.trim_end_matches(']').to_owned())
}

#[test]
fn errors_name_the_place_that_was_read_up_to() {
    for (text, message, place) in [
        (
            r#"{"a": [1] "b": []}"#,
            "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
            "1, column: 12",
        ),
        (
            "{\n  'a': 1}",
            "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
            "2, column: 4",
        ),
        (
            r#"{"a": nil}"#,
            "Unrecognized token 'nil': was expecting (JSON String, Number, Array, Object or \
             token 'null', 'true' or 'false')",
            "1, column: 10",
        ),
        (
            r#"{"a": 01}"#,
            "Invalid numeric value: Leading zeroes not allowed",
            "1, column: 9",
        ),
        (
            r#"{"a": [-]}"#,
            "Unexpected character (']' (code 93)) in numeric value: expected digit (0-9) to \
             follow minus sign, for valid numeric value",
            "1, column: 10",
        ),
        (
            r#"{"a": ["x"#,
            "Unexpected end-of-input: was expecting closing quote for a string value",
            "1, column: 10",
        ),
        (
            "{\"a\": [\"x\ty\"]}",
            "Illegal unquoted character ((CTRL-CHAR, code 9)): has to be escaped using \
             backslash to be included in string value",
            "1, column: 11",
        ),
    ] {
        assert_eq!(
            error_of(text),
            (message.to_owned(), place.to_owned()),
            "{text}"
        );
    }
}

#[test]
fn what_stays_open_is_named_with_its_beginning() {
    let mut reader = Reader::new(r#"{"a": [1"#);
    let error = loop {
        if let Err(error) = reader.next() {
            break error;
        }
    };
    let source = r#"[Source: (String)"{"a": [1"; line: 1, column:"#;
    assert_eq!(
        error,
        format!(
            "Unexpected end-of-input: expected close marker for Array (start marker at \
             {source} 7])\n at {source} 9]"
        )
    );
    assert_eq!(
        error_of("[1}").0.split(" (for").next().unwrap(),
        "Unexpected close marker '}': expected ']'"
    );
}

#[test]
fn long_sources_are_cut() {
    let text = format!("[{}", "1,".repeat(300));
    let mut reader = Reader::new(&text);
    let error = loop {
        if let Err(error) = reader.next() {
            break error;
        }
    };
    assert!(
        error.contains("\"[truncated 101 chars]; line: 1"),
        "{error}"
    );
}
