use proptest::prelude::*;
use serde_json::json;

use super::*;

fn query(path: &str, root: &Value) -> Result<Value, String> {
    Path::parse(path)
        .unwrap()
        .query(root)
        .map_err(|error| error.to_string())
}

#[track_caller]
fn selects(root: &Value, path: &str, expected: Value) {
    assert_eq!(query(path, root), Ok(expected), "{path}");
}

#[track_caller]
fn fails(root: &Value, path: &str, problem: &str) {
    assert_eq!(query(path, root), Err(problem.to_owned()), "{path}");
}

fn store() -> Value {
    json!({"store": {
        "book": [
            {"category": "reference", "title": "Sayings", "price": 8.95},
            {"category": "fiction", "title": "Sword", "price": 12.99, "isbn": "0-1"},
            {"category": "fiction", "title": "Moby", "price": 8.99, "isbn": "0-2"},
        ],
        "bicycle": {"color": "red", "price": 19.95},
    }})
}

#[test]
fn a_definite_path_gives_the_value() {
    let doc = json!({"a": {"b c": [1, 2, {"d": null}]}, "x-y": 1, "dé": 2, "q'": 3});
    selects(&doc, "$", doc.clone());
    selects(&doc, "$.a['b c'][1]", json!(2));
    selects(&doc, "$.a['b c'][-1].d", json!(null));
    selects(&doc, "$['a']['b c'][0]", json!(1));
    selects(&doc, "$.x-y", json!(1));
    selects(&doc, "$.dé", json!(2));
    selects(&doc, "$['q\\'']", json!(3));
    selects(&doc, "$.a.[\"b c\"][0]", json!(1));
}

#[test]
fn an_indefinite_path_gives_an_array() {
    let doc = store();
    selects(
        &doc,
        "$.store.book[*].title",
        json!(["Sayings", "Sword", "Moby"]),
    );
    selects(&doc, "$.store.book[0,2].title", json!(["Sayings", "Moby"]));
    selects(&doc, "$.store.book[1:].title", json!(["Sword", "Moby"]));
    selects(&doc, "$.store.book[:2].title", json!(["Sayings", "Sword"]));
    selects(&doc, "$.store.book[-1:].title", json!(["Moby"]));
    selects(&doc, "$.store.book[0:1].title", json!(["Sayings"]));
    selects(&doc, "$..price", json!([8.95, 12.99, 8.99, 19.95]));
    selects(&doc, "$..book[2].title", json!(["Moby"]));
    selects(&doc, "$.store.*.color", json!(["red"]));
    selects(&doc, "$.store.book[*].none", json!([]));
    selects(
        &doc,
        "$.store.bicycle['color','none','price']",
        json!({"color": "red", "price": 19.95}),
    );
}

#[test]
fn filters_compare_as_jayway_does() {
    let doc = store();
    let titles = |filter: &str| query(&format!("$.store.book[?({filter})].title"), &doc).unwrap();
    assert_eq!(titles("@.price < 10"), json!(["Sayings", "Moby"]));
    assert_eq!(
        titles("@.price < 10 && @.category == 'fiction'"),
        json!(["Moby"])
    );
    assert_eq!(titles("@.isbn"), json!(["Sword", "Moby"]));
    assert_eq!(titles("!@.isbn"), json!(["Sayings"]));
    assert_eq!(titles("@.isbn != '0-1'"), json!(["Sayings", "Moby"]));
    assert_eq!(titles("@.title =~ /m.*/i"), json!(["Moby"]));
    assert_eq!(titles("@.title =~ /ob/"), json!([]));
    assert_eq!(
        titles("@.category in ['reference', 'other']"),
        json!(["Sayings"])
    );
    assert_eq!(
        titles("@.category nin ['reference']"),
        json!(["Sword", "Moby"])
    );
    assert_eq!(titles("@.title contains 'wor'"), json!(["Sword"]));
    assert_eq!(titles("@.title size 4"), json!(["Moby"]));
    assert_eq!(titles("@.price == '8.95'"), json!(["Sayings"]));
    assert_eq!(titles("@.price === '8.95'"), json!([]));
    assert_eq!(
        titles("(@.price > 9 || @.title == 'Moby') && @.isbn"),
        json!(["Sword", "Moby"])
    );
    assert_eq!(
        titles("@.price > $.store.book[0].price"),
        json!(["Sword", "Moby"])
    );
    assert_eq!(titles("@['price'] >= 12.99"), json!(["Sword"]));
    selects(&doc, "$..[?(@.isbn)].isbn", json!(["0-1", "0-2"]));
}

#[test]
fn functions_end_a_path() {
    let doc = json!({"n": [1, 2, 3.5], "o": {"a": 1, "b": 2}, "t": ["x", "y"]});
    selects(&doc, "$.n.length()", json!(3));
    selects(&doc, "$.o.length()", json!(2));
    selects(&doc, "$.o.keys()", json!(["a", "b"]));
    selects(&doc, "$.n.sum()", json!(6.5));
    selects(&doc, "$.n.max()", json!(3.5));
    selects(&doc, "$.t.concat(\"-\", $.t)", json!("xy-xy"));
    selects(&doc, "$.t.first()", json!("x"));
    selects(&doc, "$.n.index(-1)", json!(3.5));
    selects(&doc, "$..a.length()", json!(1));
    selects(&doc, "$.t.append(\"z\")", json!(["x", "y", "z"]));
}

#[test]
fn what_is_not_there_is_named_as_jayway_names_it() {
    let doc = json!({"a": {"b": "text", "n": null, "l": [1]}});
    fails(&doc, "$.x", "No results for path: $['x']");
    fails(&doc, "$.a.x", "No results for path: $['a']['x']");
    fails(&doc, "$.x.y", "Missing property in path $['x']");
    fails(&doc, "$.a.l[3]", "No results for path: $['a']['l'][3]");
    fails(
        &doc,
        "$.a.b[0]",
        "Filter: [0] can only be applied to arrays. Current context is: text",
    );
    fails(&doc, "$.a.n[0]", "The path $['a']['n'] is null");
    fails(
        &doc,
        "$.a.b.c",
        "Expected to find an object with property ['c'] in path $['a']['b'] but found \
         'java.lang.String'. This is not a json object according to the JsonProvider: \
         'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
    );
}

#[test]
fn texts_that_are_no_path_are_refused() {
    for text in [
        "",
        "a",
        ".a",
        "$a b",
        "$.",
        "$..",
        "$...a",
        "$.a b",
        "$[",
        "$[]",
        "$['a",
        "$['a'",
        "$[a]",
        "$[1",
        "$[?]",
        "$[?(]",
        "$[?(@.a ==)]",
        "$[?(@.a ~ 1)]",
        "$.f()",
        "$..length()",
        "$[:]",
        "$[99999999999]",
        "$1a",
        "$.a[?(@.b =~ /(/)]",
        "$.a[?(@.b == 'x)]",
    ] {
        assert!(Path::parse(text).is_err(), "{text}");
    }
    let deep = format!("$[?({}@.a{})]", "(".repeat(1000), ")".repeat(1000));
    assert!(Path::parse(&deep).is_err());
    assert!(Path::parse(&format!("${}", ".a".repeat(100_000))).is_err());
}

#[test]
fn roots_and_kinds_are_told_apart() {
    let path = |text| Path::parse(text).unwrap();
    assert_eq!(path("$$.State.Name").root(), &Root::Context);
    assert_eq!(
        path("$order.lines[0]").root(),
        &Root::Variable("order".to_owned())
    );
    assert!(path("$.a[0].b").is_definite());
    assert!(path("$.a['b','c']").is_definite());
    for indefinite in [
        "$.a[*]",
        "$..a",
        "$.a[0,1]",
        "$.a[1:]",
        "$.a[?(@.b)]",
        "$['a','b'].c",
    ] {
        assert!(!path(indefinite).is_definite(), "{indefinite}");
    }
    assert!(path("$.a[0].b").is_reference());
    assert!(!path("$.a[-1]").is_reference());
    assert!(ReferencePath::parse("$.a[*]").is_err());
}

#[test]
fn a_reference_path_makes_what_is_missing() {
    let put = |document: Value, path: &str| {
        let mut document = document;
        ReferencePath::parse(path)
            .unwrap()
            .put(&mut document, json!("new"))
            .map(|()| document)
            .map_err(|error| error.to_string())
    };
    assert_eq!(put(json!({"a": 1}), "$"), Ok(json!("new")));
    assert_eq!(
        put(json!({"a": 1}), "$.b.c"),
        Ok(json!({"a": 1, "b": {"c": "new"}}))
    );
    assert_eq!(
        put(json!({"a": [1, 2]}), "$.a[1]"),
        Ok(json!({"a": [1, "new"]}))
    );
    assert_eq!(
        put(json!({"a": [1]}), "$.a[2]"),
        Ok(json!({"a": [1, null, "new"]}))
    );
    assert_eq!(
        put(json!("text"), "$.a"),
        Err("Unable to apply step \"a\" to input \"text\"".to_owned())
    );
    assert!(put(json!({"a": [1]}), "$.a.b").is_err());
    assert!(put(json!({}), "$.a[100000000]").is_err());
}

#[test]
fn evaluation_is_bounded() {
    let wide = Value::Array((0..200).map(|n| json!({"n": n})).collect());
    let cross = "$[?(@.n in $[*].n)][?($[*].n)][?($[*].n)].n";
    let nested = (0..900).fold(json!([[1]]), |value, _| json!([value]));
    for (path, root) in [("$..*..*..*", &nested), (cross, &json!([wide]))] {
        let path = Path::parse(path).unwrap();
        let _ = path.query(root);
    }
    assert_eq!(
        Path::parse("$..*..*").unwrap().query(&nested),
        Err(NotFound::TooMany { limit: MAX_MATCHES })
    );
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[$@.\\[\\]()?*,:'\"/\\\\a-c0-9&|!=<>~ -]{0,40}") {
        let document = json!({"a": [{"b": 1, "c": [null, "x"]}, 2], "b": {"a": true}});
        if let Ok(path) = Path::parse(&format!("${text}")) {
            let _ = path.query(&document);
            prop_assert_eq!(Path::parse(path.text()).unwrap(), path);
        }
        if let Ok(path) = ReferencePath::parse(&format!("$.{text}")) {
            let mut document = document.clone();
            if path.put(&mut document, json!(7)).is_ok() {
                prop_assert_eq!(path.path().query(&document).unwrap(), json!(7));
            }
        }
    }

    #[test]
    fn any_characters_are_read_or_refused(text in ".{0,30}") {
        let _ = Path::parse(&text);
        let _ = Path::parse(&format!("$[?({text})]"));
        let _ = Path::parse(&format!("$.a['{text}']"));
    }
}
