use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::scope::fixed::{Counter, Fixed};

fn eval(expression: &str, input: Value) -> Result<Value, String> {
    Intrinsic::parse(expression)
        .unwrap_or_else(|error| panic!("{error}"))
        .eval(&Fixed::with_input(input), &mut Counter(0))
        .map_err(|error| error.cause())
}

#[track_caller]
fn gives(expression: &str, input: Value, expected: Value) {
    assert_eq!(eval(expression, input), Ok(expected), "{expression}");
}

#[track_caller]
fn refuses(expression: &str, input: Value, problem: &str) {
    let cause = format!(
        "There was an error while evaluating the intrinsic function: {expression}. {problem}"
    );
    assert_eq!(eval(expression, input), Err(cause));
}

#[test]
fn format_fills_in_values_as_java_prints_them() {
    gives(
        "States.Format('{} is {}.', $.a, 1)",
        json!({"a": "x"}),
        json!("x is 1."),
    );
    gives(
        "States.Format('{}', $.a)",
        json!({"a": {"k": [1.5, null]}}),
        json!("{k=[1.5, null]}"),
    );
    gives(
        "States.Format('\\{{}\\} it\\'s \\\\', 7)",
        json!({}),
        json!("{7} it's \\"),
    );
    gives(
        "States.Format($.t, $x)",
        json!({"t": "<{}>"}),
        json!("<text>"),
    );
    gives(
        "States.Format('{}', States.StringToJson($.j))",
        json!({"j": "\"q\""}),
        json!("\"q\""),
    );
    let mismatch = "Invalid arguments in States.Format: \
                    number of arguments do not match the occurrences of {}";
    refuses("States.Format('{} {}', 1)", json!({}), mismatch);
    refuses("States.Format('{}', 1, 2)", json!({}), mismatch);
    let unmatched = "Invalid template in States.Format: matching '}' not found for '{'";
    refuses("States.Format('Hello {', 1)", json!({}), unmatched);
}

#[test]
fn json_is_read_printed_and_merged() {
    gives(
        "States.StringToJson($.t)",
        json!({"t": " {\"a\": [1]} "}),
        json!({"a": [1]}),
    );
    gives("States.StringToJson('')", json!({}), json!(null));
    refuses(
        "States.StringToJson('{')",
        json!({}),
        "Invalid arguments in States.StringToJson",
    );
    gives(
        "States.JsonToString($)",
        json!({"a": 1.0, "b": "x\"y"}),
        json!(r#"{"a":1.0,"b":"x\"y"}"#),
    );
    let objects = json!({"a": {"x": {"p": 1}, "y": 2}, "b": {"x": 3, "z": 4}});
    gives(
        "States.JsonMerge($.a, $.b, false)",
        objects.clone(),
        json!({"x": 3, "y": 2, "z": 4}),
    );
    assert!(eval("States.JsonMerge($.a, $.b, true)", objects).is_err());
}

#[test]
fn arrays_are_made_cut_and_searched() {
    gives(
        "States.Array(1, 'a', $.n, null)",
        json!({"n": [true]}),
        json!([1, "a", [true], null]),
    );
    gives(
        "States.ArrayPartition($, 2.9)",
        json!([1, 2, 3]),
        json!([[1, 2], [3]]),
    );
    refuses(
        "States.ArrayPartition($, 0)",
        json!([1]),
        "Invalid arguments in States.ArrayPartition",
    );
    gives(
        "States.ArrayContains($, $[1].a)",
        json!([1, {"a": 1}]),
        json!(true),
    );
    gives(
        "States.ArrayRange(1, 9, 2)",
        json!({}),
        json!([1, 3, 5, 7, 9]),
    );
    gives(
        "States.ArrayRange(5.4, -0.6, -2.4)",
        json!({}),
        json!([5, 3, 1]),
    );
    gives("States.ArrayRange(5, 1, 1)", json!({}), json!([]));
    refuses(
        "States.ArrayRange(1, 1001, 1)",
        json!({}),
        "Invalid arguments in States.ArrayRange",
    );
    refuses(
        "States.ArrayRange(1, 2, 0)",
        json!({}),
        "Invalid arguments in States.ArrayRange",
    );
    gives(
        "States.ArrayGetItem($, 1.2)",
        json!([10, 20, 30]),
        json!(20),
    );
    gives("States.ArrayGetItem($, 999)", json!([]), json!(null));
    refuses(
        "States.ArrayGetItem($, 3)",
        json!([1, 2, 3]),
        "Invalid arguments in States.ArrayGetItem",
    );
    gives("States.ArrayLength($[*].none)", json!([1, 2]), json!(0));
    gives("States.ArrayUnique($)", json!([3, 1, 3]), json!([1, 3]));
}

#[test]
fn texts_are_encoded_hashed_and_split() {
    gives(
        "States.Base64Encode('Data to encode')",
        json!({}),
        json!("RGF0YSB0byBlbmNvZGU="),
    );
    gives(
        "States.Base64Decode(' YWJjZA== ')",
        json!({}),
        json!("abcd"),
    );
    gives("States.Base64Decode('44GT44KT')", json!({}), json!("こん"));
    gives(
        "States.Hash('hello', 'MD5')",
        json!({}),
        json!("5d41402abc4b2a76b9719d911017c592"),
    );
    gives(
        "States.Hash('hello', 'SHA-1')",
        json!({}),
        json!("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"),
    );
    refuses(
        "States.Hash('hello', 'sha-1')",
        json!({}),
        "Invalid arguments in States.Hash",
    );
    let long = json!({"s": "a".repeat(10_001)});
    refuses(
        "States.Hash($.s, 'MD5')",
        long.clone(),
        "Invalid arguments in States.Hash",
    );
    refuses(
        "States.Base64Encode($.s)",
        long,
        "Invalid arguments in States.Base64Encode",
    );
    gives(
        "States.StringSplit('1.2,,3', '.,')",
        json!({}),
        json!(["1", "2", "3"]),
    );
}

#[test]
fn numbers_are_added_rounded_and_drawn() {
    for (left, right, sum) in [
        (1.5, 1.51, 4),
        (-1.5, -1.51, -3),
        (-0.5, 0.5, 1),
        (1.49, -1.49, 0),
        (-2.5, 0.0, -2),
    ] {
        gives(
            "States.MathAdd($.l, $.r)",
            json!({"l": left, "r": right}),
            json!(sum),
        );
    }
    gives(
        "States.MathAdd(2147483646, 1)",
        json!({}),
        json!(2147483647),
    );
    refuses(
        "States.MathAdd(2147483647, 1)",
        json!({}),
        "Invalid arguments in States.MathAdd",
    );
    refuses(
        "States.MathAdd('1', 1)",
        json!({}),
        "Invalid arguments in States.MathAdd",
    );
    for seed in 0..50 {
        let drawn = eval("States.MathRandom(-3, 3, $)", json!(seed))
            .unwrap()
            .as_i64()
            .unwrap();
        assert!((-3..3).contains(&drawn));
    }
    assert_eq!(
        eval("States.MathRandom(1, 999, 7)", json!({})),
        eval("States.MathRandom(1, 999, 7)", json!({}))
    );
    refuses(
        "States.MathRandom(1.4, 1.6)",
        json!({}),
        "Invalid arguments in States.MathRandom",
    );
    let uuid = eval("States.UUID()", json!({})).unwrap();
    let uuid = uuid.as_str().unwrap();
    assert_eq!(uuid.len(), 36);
    assert_eq!(&uuid[14..15], "4");
}

#[test]
fn a_missing_argument_is_named_with_the_whole_expression() {
    let input = json!({"other": 1});
    let missing = |call: &str, path: &str| {
        Err(format!(
            "The function '{call}' had the following error: The JsonPath argument for the field \
             '{path}' could not be found in the input '{{\"other\":1}}'"
        ))
    };
    for (call, path) in [
        ("States.Format('{}',$.nope)", "$.nope"),
        ("States.Format('{} {}', $.other, $.a.b)", "$.a.b"),
        ("States.Format('{}', States.Format('{}', $.nope))", "$.nope"),
        ("States.Format('{}', $$.Nope.Deep)", "$.Nope.Deep"),
    ] {
        assert_eq!(eval(call, input.clone()), missing(call, path));
    }
    assert_eq!(
        eval("States.Format('{}', $.other[0])", input),
        Err(
            "The function 'States.Format('{}', $.other[0])' had the following error: Filter: [0] \
             can only be applied to arrays. Current context is: 1"
                .to_owned()
        )
    );
}

#[test]
fn texts_that_are_no_call_are_refused() {
    for text in [
        "",
        "States",
        "States.",
        "States.Nope()",
        "States.Format",
        "States.Format(",
        "States.Format()",
        "States.UUID(1)",
        "States.Array(1,)",
        "States.Array([1])",
        "States.Array(.5)",
        "States.Array(1.)",
        "States.Array('a)",
        "States.Array('\\n')",
        "States.Array($.)",
        "States.Array(1) x",
        "States.MathAdd(1)",
        "States.MathAdd(1, 2, 3)",
        "states.Format('a')",
    ] {
        assert!(Intrinsic::parse(text).is_err(), "{text}");
    }
    let nested = |depth: usize| format!("{}1{}", "States.Array(".repeat(depth), ")".repeat(depth));
    assert!(Intrinsic::parse(&nested(10)).is_ok());
    assert!(Intrinsic::parse(&nested(11)).is_err());
    assert!(Intrinsic::parse(&nested(100_000)).is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[$.\\[\\]()',{}\\\\a-c0-9 ?@=-]{0,40}") {
        for name in ["Format", "Array", "ArrayGetItem", "MathAdd"] {
            if let Ok(intrinsic) = Intrinsic::parse(&format!("States.{name}({text})")) {
                let scope = Fixed::with_input(json!({"a": [1, "{}"]}));
                let _ = intrinsic.eval(&scope, &mut Counter(0));
            }
        }
    }

    #[test]
    fn any_characters_are_read_or_refused(text in ".{0,40}") {
        let _ = Intrinsic::parse(&text);
        let _ = Intrinsic::parse(&format!("States.Format('{text}', $.{text})"));
    }
}
