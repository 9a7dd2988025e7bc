use serde_json::{Value, json};

use super::*;
use crate::flow::Around;

struct Nothing(Value);

impl Around for Nothing {
    fn context(&self) -> &Value {
        &self.0
    }

    fn variable(&self, _: &str) -> Option<&Value> {
        None
    }

    fn now_ms(&self) -> i64 {
        0
    }
}

struct NoRandom;

impl Random for NoRandom {
    fn next_u64(&mut self) -> u64 {
        0
    }
}

fn hold(rule: Value, input: Value) -> Result<bool, Fault> {
    let around = Nothing(json!({}));
    let rule = Rule::parse(&rule).unwrap();
    rule.holds(
        &|| "Choices[0]".to_owned(),
        &View::of_input(&around, &input),
        &mut NoRandom,
    )
}

#[track_caller]
fn check(rule: Value, input: Value, holds: bool) {
    assert_eq!(hold(rule.clone(), input), Ok(holds), "{rule}");
}

#[test]
fn every_order_of_every_type() {
    let cases = [
        ("String", json!("b"), [json!("a"), json!("b"), json!("c")]),
        ("Numeric", json!(2), [json!(1.5), json!(2.0), json!(3)]),
        (
            "Timestamp",
            json!("2024-01-02T00:00:00Z"),
            [
                json!("2024-01-01T23:59:59.999Z"),
                json!("2024-01-02T01:00:00+01:00"),
                json!("2024-01-02T00:00:01Z"),
            ],
        ),
    ];
    let orders = [
        ("Equals", [false, true, false]),
        ("LessThan", [true, false, false]),
        ("LessThanEquals", [true, true, false]),
        ("GreaterThan", [false, false, true]),
        ("GreaterThanEquals", [false, true, true]),
    ];
    for (kind, operand, variables) in cases {
        for (order, expected) in orders {
            for (variable, holds) in variables.iter().zip(expected) {
                let literal = json!({"Variable": "$.v", format!("{kind}{order}"): operand});
                check(literal, json!({"v": variable}), holds);
                let path = json!({"Variable": "$.v", format!("{kind}{order}Path"): "$.o"});
                check(path, json!({"v": variable, "o": operand}), holds);
            }
        }
    }
}

#[test]
fn values_of_another_type_do_not_compare() {
    check(
        json!({"Variable": "$.v", "NumericEquals": 1}),
        json!({"v": "1"}),
        false,
    );
    check(
        json!({"Variable": "$.v", "StringEquals": "1"}),
        json!({"v": 1}),
        false,
    );
    check(
        json!({"Variable": "$.v", "BooleanEquals": false}),
        json!({"v": null}),
        false,
    );
    let timestamp = json!({"Variable": "$.v", "TimestampEquals": "2024-01-02T00:00:00Z"});
    check(timestamp, json!({"v": "2024-01-02"}), false);
}

#[test]
fn types() {
    for (operator, value) in [
        ("IsNull", json!(null)),
        ("IsBoolean", json!(false)),
        ("IsNumeric", json!(0.5)),
        ("IsString", json!("")),
        ("IsTimestamp", json!("2024-01-02T00:00:00Z")),
    ] {
        let rule = json!({"Variable": "$.v", operator: true});
        check(rule.clone(), json!({"v": value}), true);
        check(rule, json!({"v": [1]}), false);
    }
    check(
        json!({"Variable": "$.v", "IsTimestamp": true}),
        json!({"v": "2024-01-02t00:00:00z"}),
        false,
    );
}

#[test]
fn only_presence_may_be_asked_of_what_is_missing() {
    check(
        json!({"Variable": "$.v", "IsPresent": true}),
        json!({}),
        false,
    );
    check(
        json!({"Variable": "$.v", "IsPresent": false}),
        json!({}),
        true,
    );
    check(
        json!({"Variable": "$.v", "IsPresent": true}),
        json!({"v": null}),
        true,
    );
    let error = hold(json!({"Variable": "$.v", "IsNull": true}), json!({})).unwrap_err();
    assert_eq!(
        error.cause,
        "Invalid path '$.v': The choice state's condition path references an invalid value."
    );
}

#[test]
fn and_or_not_stop_as_soon_as_they_know() {
    let missing = json!({"Variable": "$.missing", "NumericEquals": 1});
    let one = json!({"Variable": "$.v", "NumericEquals": 1});
    let two = json!({"Variable": "$.v", "NumericEquals": 2});
    check(json!({"And": [one, {"Not": two}]}), json!({"v": 1}), true);
    check(json!({"And": [two, missing]}), json!({"v": 1}), false);
    check(json!({"Or": [one, missing]}), json!({"v": 1}), true);
}
