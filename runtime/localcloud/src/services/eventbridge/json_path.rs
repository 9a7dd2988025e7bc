//! The JSON paths of targets: names, indices and `*`.

use serde_json::Value;

#[derive(Debug, PartialEq)]
pub(super) enum Step {
    Field(String),
    Element(usize),
    /// Every element of an array, or every field's value of an object.
    All,
}

/// The steps of a JSON path of names and indices: `$.detail.rows[0]['the id']`.
pub(super) fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix("['") {
            let (name, tail) = tail.split_once("']")?;
            steps.push(Step::Field(name.to_owned()));
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix('[') {
            let (index, tail) = tail.split_once(']')?;
            steps.push(match index {
                "*" => Step::All,
                index => Step::Element(index.parse().ok()?),
            });
            rest = tail;
        } else {
            let tail = rest.strip_prefix('.')?;
            let end = tail.find(['.', '[']).unwrap_or(tail.len());
            let (name, tail) = tail.split_at(end);
            if name.is_empty() {
                return None;
            }
            steps.push(match name {
                "*" => Step::All,
                name => Step::Field(name.to_owned()),
            });
            rest = tail;
        }
    }
    Some(steps)
}

/// What the steps lead to: one value, or with a `*` the array of all of them.
pub(super) fn follow(event: &Value, steps: &[Step]) -> Option<Value> {
    let mut found = vec![event];
    for step in steps {
        found = found
            .into_iter()
            .flat_map(|value| match step {
                Step::Field(name) => value.get(name).into_iter().collect(),
                Step::Element(index) => value.get(index).into_iter().collect(),
                Step::All => match value {
                    Value::Array(items) => items.iter().collect(),
                    Value::Object(fields) => fields.values().collect(),
                    _ => Vec::new(),
                },
            })
            .collect::<Vec<_>>();
    }
    if steps.contains(&Step::All) {
        return (!found.is_empty()).then(|| found.into_iter().cloned().collect());
    }
    found.first().map(|value| (*value).clone())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::{follow, steps};

    #[test]
    fn a_star_finds_all() {
        let event = json!({"detail": {"rows": [{"n": 1}, {"n": 2}]}});
        let path = |path: &str| follow(&event, &steps(path).unwrap());
        assert_eq!(path("$.detail.rows[*].n"), Some(json!([1, 2])));
        assert_eq!(path("$.detail.rows[*].m"), None);
    }

    #[test]
    fn paths_have_names_and_indices() {
        assert_eq!(steps("$.a['b c'][3].d-e").unwrap().len(), 4);
        for bad in ["a", "$..a", "$.a[", "$.a[x]", "$a"] {
            assert_eq!(steps(bad), None, "{bad}");
        }
    }
}
