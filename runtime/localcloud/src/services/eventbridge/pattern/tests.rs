#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Event, Pattern};

#[track_caller]
fn check(pattern: &str, event: &str, expected: bool) {
    let matched = Pattern::new(pattern)
        .unwrap_or_else(|e| panic!("{pattern}: {e}"))
        .matches(&Event::new(event).unwrap());
    assert_eq!(matched, expected, "{pattern} on {event}");
}

#[track_caller]
fn refuse(pattern: &str, reason: &str) {
    let error = Pattern::new(pattern).expect_err(pattern).to_string();
    assert_eq!(
        error.lines().next().unwrap(),
        format!("Event pattern is not valid. Reason: {reason}"),
        "{pattern}"
    );
}

#[test]
fn values_match_by_type_and_value() {
    let pattern = r#"{"v": ["7", 1.5, true, null]}"#;
    for (value, expected) in [
        (r#""7""#, true),
        ("7", false),
        ("1.50", true),
        ("15e-1", true),
        (r#""1.5""#, false),
        ("true", true),
        ("false", false),
        ("null", true),
        (r#""null""#, false),
        (r#"["no", "7"]"#, true),
        ("{}", false),
        ("[]", false),
    ] {
        check(pattern, &format!(r#"{{"v": {value}}}"#), expected);
    }
    // More digits than a double holds.
    check(
        r#"{"n":[100000000000000001]}"#,
        r#"{"n":100000000000000002}"#,
        false,
    );
}

#[test]
fn every_field_of_the_pattern_must_match() {
    let pattern = r#"{"source": ["mesh"], "detail": {"domain": ["sales", "stock"], "n": [1]}}"#;
    check(
        pattern,
        r#"{"source":"mesh","detail":{"domain":"stock","n":1,"x":0}}"#,
        true,
    );
    check(
        pattern,
        r#"{"source":"mesh","detail":{"domain":"stock","n":2}}"#,
        false,
    );
    check(
        pattern,
        r#"{"source":"mesh","detail":{"domain":"stock"}}"#,
        false,
    );
}

#[test]
fn text_filters() {
    for (filter, value, expected) in [
        (r#"{"prefix":"Pro"}"#, "ProjectCreated", true),
        (r#"{"prefix":"pro"}"#, "ProjectCreated", false),
        (
            r#"{"prefix":{"equals-ignore-case":"pRO"}}"#,
            "ProjectCreated",
            true,
        ),
        (r#"{"suffix":"Created"}"#, "ProjectCreated", true),
        (
            r#"{"suffix":{"equals-ignore-case":"CREATED"}}"#,
            "ProjectCreated",
            true,
        ),
        (r#"{"suffix":"Deleted"}"#, "ProjectCreated", false),
        (
            r#"{"equals-ignore-case":"PROJECTcreated"}"#,
            "ProjectCreated",
            true,
        ),
        (
            r#"{"equals-ignore-case":"PROJECT"}"#,
            "ProjectCreated",
            false,
        ),
        (r#"{"wildcard":"P*Cre*"}"#, "ProjectCreated", true),
        (r#"{"wildcard":"P*Del*"}"#, "ProjectCreated", false),
        (r#"{"cidr":"10.1.0.0/16"}"#, "10.1.2.3", true),
        (r#"{"cidr":"10.1.0.0/16"}"#, "10.2.2.3", false),
        (r#""0:0:0:0:0:0:0:1""#, "::1", true),
    ] {
        check(
            &format!(r#"{{"v":[{filter}]}}"#),
            &format!(r#"{{"v":"{value}"}}"#),
            expected,
        );
    }
    check(r#"{"v":[{"prefix":"1"}]}"#, r#"{"v":12}"#, false);
}

#[test]
fn numeric_ranges() {
    for (filter, value, expected) in [
        (r#"[">", 0, "<=", 5]"#, "5", true),
        (r#"[">", 0, "<=", 5]"#, "0", false),
        (r#"[">=", -1.5]"#, "-1.5", true),
        (r#"["<", 3e2]"#, "299.9", true),
        (r#"["<", 3e2]"#, "300", false),
        (r#"["=", 301.8]"#, "3.018e2", true),
        (r#"["=", 1]"#, r#""1""#, false),
    ] {
        check(
            &format!(r#"{{"v":[{{"numeric":{filter}}}]}}"#),
            &format!(r#"{{"v":{value}}}"#),
            expected,
        );
    }
}

#[test]
fn anything_but_wants_a_field_that_is_none_of_these() {
    for (refused, value, expected) in [
        (r#""a""#, r#""b""#, true),
        (r#""a""#, r#""a""#, false),
        (r#""1""#, "1", true),
        ("[1, 2]", "2.0", false),
        ("[1, 2]", "3", true),
        (r#"["a", "b"]"#, r#""b""#, false),
        (r#"["a", "b"]"#, "null", true),
        (r#"{"prefix":"ab"}"#, r#""abc""#, false),
        (r#"{"prefix":["x","ab"]}"#, r#""abc""#, false),
        (r#"{"suffix":[".txt",".md"]}"#, r#""a.rs""#, true),
        (r#"{"suffix":".rs"}"#, r#""a.rs""#, false),
        (
            r#"{"equals-ignore-case":["OFF","DOWN"]}"#,
            r#""down""#,
            false,
        ),
        (r#"{"wildcard":"*/tmp/*"}"#, r#""/a/tmp/b""#, false),
        (r#"{"wildcard":["*/tmp/*","x*"]}"#, r#""/a/b""#, true),
        // An array matches by any of its elements.
        (r#""a""#, r#"["a","b"]"#, true),
    ] {
        check(
            &format!(r#"{{"v":[{{"anything-but":{refused}}}]}}"#),
            &format!(r#"{{"v":{value}}}"#),
            expected,
        );
    }
    check(r#"{"v":[{"anything-but":"a"}]}"#, "{}", false);
}

#[test]
fn exists_looks_at_leaves_only() {
    check(
        r#"{"a":{"b":[{"exists":true}]}}"#,
        r#"{"a":{"b":null}}"#,
        true,
    );
    check(r#"{"a":[{"exists":true}]}"#, r#"{"a":{"b":1}}"#, false);
    check(r#"{"a":[{"exists":false}]}"#, r#"{"a":{"b":1}}"#, true);
    check(r#"{"a":[{"exists":false}]}"#, r#"{"a":1}"#, false);
    check(r#"{"a":["x",{"exists":false}]}"#, "{}", true);
    check(r#"{"a":["x",{"exists":false}]}"#, r#"{"a":"y"}"#, false);
}

#[test]
fn or_has_one_branch_per_alternative_and_may_nest() {
    let pattern = r#"{"source":["s"],"detail":{"$or":[
        {"n":[{"numeric":[">",10]}]},
        {"k":["a"],"$or":[{"x":[1]},{"y":[2]}]}
    ]}}"#;
    check(pattern, r#"{"source":"s","detail":{"n":11}}"#, true);
    check(pattern, r#"{"source":"s","detail":{"k":"a","y":2}}"#, true);
    check(pattern, r#"{"source":"s","detail":{"k":"a"}}"#, false);
    check(pattern, r#"{"source":"t","detail":{"n":11}}"#, false);
}

#[test]
fn what_is_no_alternative_is_a_field_named_or() {
    let pattern = r#"{"$or":{"a":[1]}}"#;
    check(pattern, r#"{"$or":{"a":1}}"#, true);
    check(pattern, r#"{"a":1}"#, false);
    check(r#"{"$or":[1,2]}"#, r#"{"$or":2}"#, true);
    check(
        r#"{"$or":[{"prefix":"b"},{"suffix":"c"}]}"#,
        r#"{"$or":"abc"}"#,
        true,
    );
    refuse(r#"{"$or":[{"a":[1]}]}"#, "Unrecognized match type a");
}

#[test]
fn an_error_names_the_place_up_to_which_the_pattern_was_read() {
    for (pattern, place) in [
        (r#"["a"]"#, "column: 2]"),
        (r#"{"a":[{"prefix":7}]}"#, "column: 18]"),
        (r#"{"a":[{"wildcard":"x**"}]}"#, "column: 24]"),
        (r#"{"a":"b"}"#, "column: 7]"),
    ] {
        let error = Pattern::new(pattern).unwrap_err().to_string();
        let line = error.lines().nth(1).unwrap();
        assert_eq!(
            line,
            format!(" at [Source: (String)\"{pattern}\"; line: 1, {place}")
        );
    }
    let error = Pattern::new(r#"{"a":[{"cidr":"x"}]}"#).unwrap_err();
    assert_eq!(error.to_string().lines().count(), 1);
}

#[test]
fn a_wildcard_has_five_stars_at_most() {
    check(
        r#"{"a":[{"wildcard":"*b*c*d*e*f"}]}"#,
        r#"{"a":"bcdef"}"#,
        true,
    );
    refuse(
        r#"{"a":[{"wildcard":"*b*c*d*e*f*"}]}"#,
        "Rule is too complex - try using fewer wildcard characters or fewer repeating character \
         sequences after a wildcard character",
    );
}

#[test]
fn numbers_compare_to_six_digits_and_within_five_billion() {
    check(r#"{"a":[1.0000001]}"#, r#"{"a":1}"#, true);
    check(r#"{"a":[1.000001]}"#, r#"{"a":1}"#, false);
    check(r#"{"a":[{"numeric":[">",0]}]}"#, r#"{"a":6e9}"#, false);
    check(r#"{"a":[{"anything-but":1}]}"#, r#"{"a":6e9}"#, true);
}

#[test]
fn or_branches_are_limited() {
    let pair = |n: usize| format!(r#"{{"$or":[{{"a{n}":[1]}},{{"b{n}":[1]}}]}}"#);
    let nested = (0..12).fold(r#"{"z":[1]}"#.to_owned(), |inner, n| {
        format!(r#"{{"k{n}":{inner},{}"#, &pair(n)[1..])
    });
    assert!(
        Pattern::new(&nested)
            .unwrap_err()
            .to_string()
            .contains("too complex")
    );
}

#[test]
fn fields_of_different_array_elements_do_not_combine() {
    let event = r#"{"rows":[{"id":1,"tags":[{"k":"a","v":1},{"k":"b","v":2}]},
                            {"id":2,"tags":[{"k":"a","v":3}]}]}"#;
    check(
        r#"{"rows":{"id":[1],"tags":{"k":["b"],"v":[2]}}}"#,
        event,
        true,
    );
    check(r#"{"rows":{"id":[2],"tags":{"k":["b"]}}}"#, event, false);
    check(r#"{"rows":{"tags":{"k":["a"],"v":[2]}}}"#, event, false);
    check(r#"{"rows":{"id":[2],"tags":{"v":[3]}}}"#, event, true);
}

#[test]
fn dotted_names_are_paths() {
    check(r#"{"a.b":["x"]}"#, r#"{"a":{"b":"x"}}"#, true);
    check(r#"{"a":{"b":["x"]}}"#, r#"{"a.b":"x"}"#, true);
}

#[test]
fn repeated_keys_count() {
    check(r#"{"a":["x"],"a":["y"]}"#, r#"{"a":"y"}"#, true);
    check(r#"{"a":["x"],"a":["y"]}"#, r#"{"a":"x"}"#, false);
    check(
        r#"{"d":{"a":[1]},"d":{"b":[2]}}"#,
        r#"{"d":{"a":1,"b":3}}"#,
        false,
    );
    check(r#"{"a":["x"]}"#, r#"{"a":"x","a":"y"}"#, true);
}

#[test]
fn escapes_are_characters() {
    check(
        r#"{"a":["\u00fc\ud83d\ude80\n"]}"#,
        "{\"a\":\"ü🚀\\n\"}",
        true,
    );
}

#[test]
fn what_is_not_a_pattern_is_explained() {
    for (pattern, reason) in [
        ("{}", "Empty objects are not allowed"),
        (r#"{"a":{}}"#, "Empty objects are not allowed"),
        (r#"{"a":[]}"#, "Empty arrays are not allowed"),
        (r#"{"a":1}"#, r#""a" must be an object or an array"#),
        (
            r#"{"a":[[1]]}"#,
            "Match value must be String, number, true, false, or null",
        ),
        (r#"{"a":[{}]}"#, "Match expression name not found"),
        (r#"{"a":[{"like":"x"}]}"#, "Unrecognized match type like"),
        (
            r#"{"a":[{"prefix":"x","suffix":"y"}]}"#,
            "Only one key allowed in match expression",
        ),
        (
            r#"{"a":[{"exists":"yes"}]}"#,
            "exists match pattern must be either true or false.",
        ),
        (
            r#"{"a":[{"numeric":[1]}]}"#,
            "Invalid member in numeric match: 1",
        ),
        (
            r#"{"a":[{"numeric":["~",1]}]}"#,
            "Unrecognized numeric range operator: ~",
        ),
        (
            r#"{"a":[{"numeric":["<","1"]}]}"#,
            "Value of < must be numeric",
        ),
        (
            r#"{"a":[{"numeric":["<",1,2]}]}"#,
            "Too many elements in numeric expression",
        ),
        (
            r#"{"a":[{"numeric":[">",5,"<",5]}]}"#,
            "Bottom must be less than top",
        ),
        (
            r#"{"a":[{"numeric":["=",6e9]}]}"#,
            "Value must be between -5.0E9 and 5.0E9, inclusive",
        ),
        (
            r#"{"a":[{"anything-but":true}]}"#,
            "Value of anything-but must be an array or single string/number value.",
        ),
        (
            r#"{"a":[{"anything-but":["x",1]}]}"#,
            "Inside anything but list, either all values are number or string, mixed type is not supported",
        ),
        (
            r#"{"a":[{"anything-but":{"cidr":"::/1"}}]}"#,
            "Unsupported anything-but pattern: cidr",
        ),
        (
            "nope",
            "Unrecognized token 'nope': was expecting (JSON String, Number, Array, Object or \
                  token 'null', 'true' or 'false')",
        ),
        ("17", "Filter is not an object"),
        (
            r#"{"a":[1] "b":[2]}"#,
            "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries",
        ),
    ] {
        refuse(pattern, reason);
    }
    assert!(Pattern::new(&"{\"a\":".repeat(100_000)).is_err());
}

#[test]
fn an_event_is_an_object() {
    assert!(Event::new("[1]").is_err());
    assert!(Event::new("{").is_err());
    assert!(Event::new("{}").is_ok());
}

/// `{"detail":{"a":[…],"b":[…]}}`, each array of `count` objects.
fn with_arrays(names: &[&str], count: usize) -> String {
    let items: Vec<String> = (0..count)
        .map(|n| format!(r#"{{"x":{n},"y":{n},"in":[{{"x":{n},"y":{n}}}]}}"#))
        .collect();
    let items = items.join(",");
    let arrays: Vec<String> = names
        .iter()
        .map(|n| format!(r#""{n}":[{items}]"#))
        .collect();
    format!(r#"{{"detail":{{{}}}}}"#, arrays.join(","))
}

#[test]
fn arrays_that_share_nothing_do_not_multiply() {
    let pattern = r#"{"detail":{
        "a":{"x":[{"exists":true}],"y":[{"exists":true}],"in":{"x":[{"exists":true}],"y":[4000]}},
        "b":{"x":[{"exists":true}],"y":[{"exists":true}]},
        "c":{"x":[{"exists":true}],"y":[{"exists":true}],"in":{"y":[{"exists":true}]}}}}"#;
    check(pattern, &with_arrays(&["a", "b", "c"], 5_000), true);
    check(pattern, &with_arrays(&["a", "b", "c"], 4_000), false);
}

#[test]
fn leaves_agree_through_arrays_in_arrays() {
    let pattern = r#"{"a":{"in":{"x":[1],"y":[2]},"z":[3]}}"#;
    for (event, expected) in [
        (r#"{"a":[{"in":[{"x":1,"y":2}],"z":3}]}"#, true),
        (r#"{"a":[{"in":[{"x":1},{"y":2}],"z":3}]}"#, false),
        (r#"{"a":[{"in":[{"x":1,"y":2}],"z":4},{"z":3}]}"#, false),
        (r#"{"a":[{"in":{"x":1}},{"in":[{"y":2}]},{"z":3}]}"#, false),
        (
            r#"{"a":[{"z":3,"in":[{"x":0},[{"y":2,"x":1}]]},{"in":[{"x":1}]}]}"#,
            true,
        ),
    ] {
        check(pattern, event, expected);
    }
}

#[test]
fn a_key_that_is_repeated_around_large_arrays_ends() {
    let items = vec![r#"{"x":1,"y":1,"z":1}"#; 3_000].join(",");
    let event = format!(r#"{{"a":[{items}],"a":[{items}],"a":[{items}]}}"#);
    let pattern = r#"{"a":{"x":[1],"y":[1],"z":[1,2]}}"#;
    let event = Event::new(&event).unwrap();
    Pattern::new(pattern).unwrap().matches(&event);
    check(
        pattern,
        r#"{"a":[{"x":1}],"a":[{"y":1}],"a":[{"z":1}]}"#,
        true,
    );
}

#[test]
fn a_long_name_around_many_leaves_is_kept_once() {
    let name = "n".repeat(500_000);
    let items = vec![r#"{"x":1}"#; 60_000].join(",");
    let event = format!(r#"{{"{name}":[{items}]}}"#);
    check(&format!(r#"{{"{name}":{{"x":[1]}}}}"#), &event, true);
}

#[test]
fn a_name_with_dots_is_a_path() {
    check(r#"{"a":{"b":[1]}}"#, r#"{"a.b":1}"#, true);
    check(r#"{"a.b.":[1]}"#, r#"{"a":{"b":{"":1}}}"#, true);
    check(r#"{"":[1]}"#, r#"{"":1}"#, true);
    check(r#"{".x":[1]}"#, r#"{"x":1}"#, false);
    check(r#"{"x":[1]}"#, r#"{"":{"x":1}}"#, true);
}
