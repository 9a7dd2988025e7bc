use serde_json::json;

use super::*;

fn query(path: &str, root: Value) -> Result<Value, String> {
    Path::parse(path)
        .unwrap()
        .query(&root)
        .map_err(|error| error.to_string())
}

#[test]
fn a_definite_path_gives_the_value() {
    let doc = json!({"a": {"b c": [1, 2, {"d": null}]}});
    assert_eq!(query("$", doc.clone()).unwrap(), doc);
    assert_eq!(query("$.a['b c'][1]", doc.clone()).unwrap(), json!(2));
    assert_eq!(query("$.a['b c'][-1].d", doc).unwrap(), json!(null));
}
