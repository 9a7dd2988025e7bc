use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::scope::fixed::{Counter, Fixed};

fn eval(expression: &str) -> Result<Value, String> {
    let scope = Fixed::with_input(
        json!({"n": 5, "list": [1, 2, 3], "one": [{"a": 1.0}], "big": 9223372036854775807_i64, "null": null}),
    );
    JsonataString::parse(&format!("{{% {expression} %}}"))
        .map_err(|error| error.to_string())?
        .eval("Output", &scope, &mut Counter(0))
        .map_err(|error| {
            let cause = error.cause();
            let start =
                format!("The JSONata expression '{expression}' specified for the field 'Output' ");
            cause.strip_prefix(&start).unwrap_or(&cause).to_owned()
        })
}

#[test]
fn values_pass_without_loss() {
    assert_eq!(
        eval("$states.input.big"),
        Ok(json!(9223372036854775807_i64))
    );
    assert_eq!(eval("$states.input.one"), Ok(json!([{"a": 1}])));
    assert_eq!(eval("$states.input.`null`"), Ok(json!(null)));
    assert_eq!(eval("$states.context.State.Name & $x"), Ok(json!("Stext")));
    assert_eq!(eval("[1/0, 0/0]"), Ok(json!(["Infinity", "NaN"])));
    assert_eq!(eval("1.0 + 1"), Ok(json!(2)));
}

#[test]
fn the_functions_of_step_functions() {
    assert_eq!(
        eval("$partition([1,2,3,4,5], 2.9)"),
        Ok(json!([[1, 2], [3, 4], [5]]))
    );
    assert_eq!(eval("$range(0, 6, 2)"), Ok(json!([0, 2, 4, 6])));
    assert_eq!(eval("$range(3, 3, 1)"), Ok(json!(3)));
    assert_eq!(eval("$range(-1.7, 2, 1)"), Ok(json!([-1, 0, 1, 2])));
    assert_eq!(
        eval("$hash('Hello', 'MD5')"),
        Ok(json!("8b1a9953c4611296a827abf8c47804d7"))
    );
    assert_eq!(eval("$random(42)"), Ok(json!(0.7275636800328681)));
    assert_eq!(eval("$parse('{\"a\":1.0}').a"), Ok(json!(1)));
    assert_eq!(
        eval("$map(['{\"a\":1}', '{\"a\":2}'], $parse).a"),
        Ok(json!([1, 2]))
    );
    assert_eq!(eval("$now()"), Ok(json!("2023-11-14T22:13:20.000Z")));
    assert_eq!(eval("$millis()"), Ok(json!(1_700_000_000_000_i64)));
    assert_eq!(
        eval("($n := $now; $n())"),
        Ok(json!("2023-11-14T22:13:20.000Z"))
    );
    assert_eq!(eval("$map([1], $millis)"), Ok(json!(1_700_000_000_000_i64)));
    assert_eq!(eval("$now('[Y0001]')"), Ok(json!("2023")));
    assert_eq!(eval("$length($uuid())"), Ok(json!(36)));
    assert_eq!(eval("$uuid() = $uuid()"), Ok(json!(false)));
}

#[test]
fn problems_are_worded_as_step_functions_does() {
    for (expression, cause) in [
        ("$states.input.absent", "returned nothing (undefined)."),
        (
            "$fn := function($x){$x}",
            "returned an unsupported result type.",
        ),
        (
            "$eval('1+1')",
            "threw an error during evaluation. T1006: Attempted to invoke a non-function",
        ),
        (
            "1 + {}",
            "threw an error during evaluation. T2002: The right side of the \"+\" operator must evaluate to a number",
        ),
        (
            "$sqrt(-1)",
            "threw an error during evaluation. D3060: The sqrt function cannot be applied to a negative number: -1",
        ),
        (
            "$sum(['a'])",
            "threw an error during evaluation. T0412: Argument 1 of function \"sum\" must be an array of \"numbers\"",
        ),
        (
            "$parse(null)",
            "threw an error during evaluation. T0410: Argument 1 of function \"parse\" does not match function signature",
        ),
        (
            "$split('a','b',-1)",
            "threw an error during evaluation. D3020: Third argument of split function must evaluate to a positive number",
        ),
        (
            "$range(1, 360146, 1)",
            "threw an error during evaluation: Expression evaluation memory limit exceeded: Check for excessive memory usage",
        ),
        (
            "$sum([1..900000])",
            "threw an error during evaluation: Expression evaluation memory limit exceeded: Check for excessive memory usage",
        ),
        (
            "($f := function($x){ $f($x+1) }; $f(1))",
            "threw an error during evaluation: Expression evaluation timeout: Check for infinite loop",
        ),
        (
            "($f := function($x){ $x <= 0 ? 0 : 1 + $f($x-1) }; $f(32))",
            "threw an error during evaluation: Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive",
        ),
        (
            "($f := function($s, $n){ $n = 0 ? $s : $f($s & $s, $n - 1) }; $length($f('x', 23)))",
            "threw an error during evaluation: Expression evaluation memory limit exceeded: Check for excessive memory usage",
        ),
    ] {
        assert_eq!(eval(expression), Err(cause.to_owned()), "{expression}");
    }
    assert_eq!(
        eval("($f := function($x){ $x <= 0 ? 0 : 1 + $f($x-1) }; $f(31))"),
        Ok(json!(31))
    );
    assert_eq!(eval("$count([1..873782])"), Ok(json!(873782)));
    assert_eq!(
        eval("($f := function($s, $n){ $n = 0 ? $s : $f($s & $s, $n - 1) }; $length($f('x', 22)))"),
        Ok(json!(4194304))
    );
    assert_eq!(eval(&format!("1{}", "+1".repeat(99))), Ok(json!(100)));
    assert!(eval(&format!("1{}", "+1".repeat(100))).is_err());
    assert_eq!(
        eval(&format!("{}1{}", "(".repeat(99), ")".repeat(99))),
        Ok(json!(1))
    );
    assert!(eval(&format!("{}1{}", "(".repeat(100), ")".repeat(100))).is_err());
}

#[test]
fn texts_that_are_no_expression_are_refused_in_the_words_of_jsonata() {
    for (text, message) in [
        ("a[1,2)", "Expected \"]\", got \",\""),
        (
            "\"unterminated",
            "String literal must be terminated by a matching quote",
        ),
        ("1 +", "Unexpected end of expression"),
        (
            "{\"a\":}",
            "The symbol \"}\" cannot be used as a unary operator",
        ),
        ("(1", "Expected \")\" before end of expression"),
        ("1 2", "Syntax error: 2"),
        ("", "Unexpected end of expression"),
    ] {
        let error = JsonataString::parse(&format!("{{% {text} %}}")).unwrap_err();
        assert_eq!(error.message, message, "{text}");
    }
}

#[test]
fn references_to_a_context_item_are_found() {
    for (text, names) in [
        ("$states.input.items[value > 3].name", vec![]),
        ("phone", vec!["phone"]),
        ("$map($states.input.a, function($x){ b })", vec!["b"]),
        ("{'k': c.d, 'l': [$$, $]}", vec!["c", "$$", "$"]),
        ("$states.input.{'a': b}", vec![]),
        ("$states.input^(b)", vec![]),
        ("$sum(e) ~> $string()", vec!["e"]),
    ] {
        let expression = JsonataString::parse(&format!("{{% {text} %}}")).unwrap();
        assert_eq!(expression.top_level_references(), names, "{text}");
    }
    let expression = JsonataString::parse("{% $states.errorOutput.Cause %}").unwrap();
    assert!(expression.reads_error_output());
}

#[test]
fn no_single_step_makes_too_much() {
    let exceeded = "threw an error during evaluation: Expression evaluation memory limit exceeded: \
                    Check for excessive memory usage";
    for expression in [
        "$pad('x', 100000000)",
        "$join([1..100000].('0123456789'), $pad('', 100))",
        "$replace($pad('a', 100000, 'a'), 'a', $pad('b', 1000))",
        "$replace($pad('a', 100000, 'a'), /a/, $pad('b', 1000))",
        "$count([1..3].[[1..800000]])",
        "($f := function($x,$n){$n=0 ? $x : $f([[$x],[$x]], $n-1)}; $f(1, 60))",
        "($f := function($x,$n){$n=0 ? $x : $f([[$x],[$x]], $n-1)}; $string($f(1, 60)))",
        "$reduce([1..60], function($a,$i){[[$a],[$a]]}, 1)",
        "$reduce([1..60], function($a,$i){{'l': $a, 'r': $a}}, 1) = 1",
    ] {
        assert_eq!(eval(expression), Err(exceeded.to_owned()), "{expression}");
    }
    assert_eq!(eval("$count($distinct([1..100000]))"), Ok(json!(100_000)));
}

#[test]
fn what_is_put_around_a_step_does_not_show() {
    for (expression, value) in [
        ("[1..3, 7]", json!([1, 2, 3, 7])),
        ("[3..1]", json!([])),
        ("[1..$states.input.n].($ * 2)", json!([2, 4, 6, 8, 10])),
        (
            "$distinct([1, '1', 1, {'a': 1, 'b': 2}, {'b': 2, 'a': 1}])",
            json!([1, "1", {"a": 1, "b": 2}]),
        ),
        ("[3, 3, 1] ~> $distinct()", json!([3, 1])),
        ("$string([1, 1.5])", json!("[1,1.5]")),
        (
            "$states.input.list ~> $map($string)",
            json!(["1", "2", "3"]),
        ),
        (
            "$join(['a', 'b'], '-') & 1 & null & [true]",
            json!("a-b1null[true]"),
        ),
        ("$replace('a.b.c', /\\./, '-')", json!("a-b-c")),
        ("$replace('abc', /(b)/, '<$1>')", json!("a<b>c")),
        (
            "'abc' ~> $replace('b', 'x') ~> $pad(-5, '.')",
            json!("..axc"),
        ),
        (
            "($string := function($x){'mine'}; $string(1))",
            json!("mine"),
        ),
        (
            "($f := function($x){$x > 0 ? {'n': $f($x - 1)} : [[]]}; $f(2))",
            json!({"n": {"n": [[]]}}),
        ),
        ("$count([[1, 2], [3]])", json!(2)),
        ("[[1..2]]", json!([[1, 2]])),
        ("$append([1], [2..3])", json!([1, 2, 3])),
        ("$zip([1..2], ['a', 'b'])", json!([[1, "a"], [2, "b"]])),
        (
            "$merge([{'a': 1}, {'b': [1..2]}])",
            json!({"a": 1, "b": [1, 2]}),
        ),
        ("$sum([1..10]) + $count([1..3])", json!(58)),
        (
            "$map([1..2], function($v, $i){[$i, $v]})",
            json!([[0, 1], [1, 2]]),
        ),
        (
            "$states.input.list.{'n': $, 'l': [1..$]}",
            json!([{"n": 1, "l": [1]}, {"n": 2, "l": [1, 2]}, {"n": 3, "l": [1, 2, 3]}]),
        ),
        (
            "$sift({'a': [1], 'b': 2}, function($v){$count($v) = 1 and $v != 2})",
            json!({"a": [1]}),
        ),
    ] {
        assert_eq!(eval(expression), Ok(value), "{expression}");
    }
    assert_eq!(
        eval("[1.5..3]"),
        Err(
            "threw an error during evaluation. T2003: The left side of the range operator (..) \
             must evaluate to an integer"
                .to_owned()
        )
    );
}

#[test]
fn the_function_that_failed_is_named() {
    for (expression, problem) in [
        (
            "$map([1,2,3], $abs('x'))",
            "T0410: Argument 1 of function \"abs\" does not match function signature",
        ),
        (
            "$count([1]) + $sum(['a'])",
            "T0412: Argument 1 of function \"sum\" must be an array of \"numbers\"",
        ),
        (
            "$partition('a', 1)",
            "T0412: Argument 1 of function \"partition\" must be an array of undefined",
        ),
        (
            "$number('x')",
            "D3030: Unable to cast value to a number: \"x\"",
        ),
        (
            "$formatBase(10, 50)",
            "D3100: The radix of the formatBase function must be between 2 and 36.  It was given 50",
        ),
        (
            "$single([1,2], function($x){true})",
            "D3138: The $single() function expected exactly 1 matching result.  Instead it matched more.",
        ),
    ] {
        let cause = format!("threw an error during evaluation. {problem}");
        assert_eq!(eval(expression), Err(cause), "{expression}");
    }
}

#[test]
fn values_that_can_not_be_compared_are_named() {
    for (expression, problem) in [
        (
            "1 < 'a'",
            "T2009: The values 1 and \"a\" either side of operator \"<\" must be of the same data type",
        ),
        (
            "$exists($x) and $x >= $states.input.n",
            "T2009: The values \"text\" and 5 either side of operator \">=\" must be of the same data type",
        ),
        (
            "$states.input.one > 3 ? 1 : 2",
            "T2010: The expressions either side of operator \">\" must evaluate to numeric or string values",
        ),
    ] {
        let cause = format!("threw an error during evaluation. {problem}");
        assert_eq!(eval(expression), Err(cause), "{expression}");
    }
}

#[test]
fn what_is_not_read_is_not_missed() {
    for (expression, value) in [
        ("$states.input.one[0].a + $states.input.n", json!(6)),
        ("$count($states.input.one.a)", json!(1)),
        ("$keys($states)", json!(["input", "context"])),
        (
            "$exists($states.input) and $states.input.n = 5",
            json!(true),
        ),
        ("$count($keys($states.input)) + $states.input.n", json!(10)),
        ("($s := $states; $s.input.n + $states.input.n)", json!(10)),
        ("$states.input.list[$ > $states.input.n - 4]", json!([2, 3])),
        ("$states.input.*[0] + 0", json!(5)),
        ("$states.input.one.(a + %.n)", json!(6)),
        (
            "$states.input.one@$o.{'a': $o.a, 'n': n}",
            json!({"a": 1, "n": 5}),
        ),
        ("$states[0].input.n + 0", json!(5)),
        ("$length($x) + $count($x.y)", json!(4)),
    ] {
        assert_eq!(eval(expression), Ok(value), "{expression}");
    }
}

#[test]
fn templates_name_the_place_of_a_failure() {
    let scope = Fixed::with_input(json!({"a": 1}));
    let eval = |template: Value| {
        JsonataTemplate::parse(&template)
            .unwrap()
            .eval("Output", &scope, &mut Counter(0))
            .map_err(|error| error.field)
    };
    assert_eq!(
        eval(json!({"v": "{% $states.input.a + 1 %}", "l": [null, "x {% 1 %}"]})),
        Ok(json!({"v": 2, "l": [null, "x {% 1 %}"]}))
    );
    assert_eq!(
        eval(json!({"a": {"b": [1, "{% $none %}"]}})),
        Err("Output/a/b[1]".to_owned())
    );
    assert_eq!(eval(json!("{% $none %}")), Err("Output".to_owned()));
}

proptest! {
    #[test]
    fn any_text_is_evaluated_or_refused(text in "[$.\\[\\](){}'\"a-c0-9 +*/&|?:=<>,;%@#^~!-]{0,30}") {
        let _ = eval(&text);
    }

    #[test]
    fn any_characters_are_evaluated_or_refused(text in ".{0,30}") {
        let _ = eval(&text);
        let _ = eval(&format!("$states.input.'{text}'"));
    }
}

#[test]
fn deep_expressions_end_clearly_on_a_small_stack() {
    let deep = [
        format!("{}1{}", "(".repeat(990), ")".repeat(990)),
        format!("{}1{}", "[".repeat(990), "]".repeat(990)),
        format!("1{}", "&'a'".repeat(990)),
        format!("{}1{}", "{'a':".repeat(490), "}".repeat(490)),
        format!("{}1{}", "function($x){".repeat(490), "}".repeat(490)),
        format!("$x{}", ".a".repeat(5_000)),
        "(".repeat(100_000),
    ];
    for expression in deep {
        let thread = std::thread::Builder::new().stack_size(1 << 20);
        let evaluation = thread.spawn(move || eval(&expression)).unwrap();
        assert!(evaluation.join().unwrap().is_err());
    }
}
