//! The difference of a change set, as a plan.

use datamesh_proto::v1;

/// The plan: a line a resource, and what it comes to. `+` is made, `~` is changed, `±` is made anew, `−` is
/// removed.
pub fn plan(changes: &[v1::ResourceChange]) -> String {
    let width = |text: fn(&v1::ResourceChange) -> &String| {
        let widths = changes.iter().map(|change| text(change).chars().count());
        widths.max().unwrap_or_default()
    };
    let names = width(|change| &change.logical_resource_id);
    let kinds = width(|change| &change.resource_type);
    let mut lines = String::new();
    for change in changes {
        let why = match mark(change) {
            "±" => format!("made anew: {}", change.scope.join(", ")),
            "~" if change.replacement == "Conditional" => {
                format!("perhaps made anew: {}", change.scope.join(", "))
            }
            "~" => change.scope.join(", "),
            _ => String::new(),
        };
        let line = format!(
            "{} {:names$}   {:kinds$}   {why}",
            mark(change),
            change.logical_resource_id,
            change.resource_type,
        );
        lines.push_str(line.trim_end());
        lines.push('\n');
    }
    lines.push_str(&summary(changes));
    lines.push('\n');
    lines
}

/// What a difference comes to, in a sentence without a point.
pub fn summary(changes: &[v1::ResourceChange]) -> String {
    if changes.is_empty() {
        return "no difference".to_owned();
    }
    let count = |wanted: &str| changes.iter().filter(|c| mark(c) == wanted).count();
    let parts = [
        (count("+"), "to add"),
        (count("~"), "to change"),
        (count("±"), "to make anew"),
        (count("−"), "to remove"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    parts.join(", ")
}

fn mark(change: &v1::ResourceChange) -> &'static str {
    match (change.action.as_str(), change.replacement.as_str()) {
        ("Add" | "Import", _) => "+",
        ("Remove", _) => "−",
        (_, "True") => "±",
        _ => "~",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(action: &str, name: &str, replacement: &str) -> v1::ResourceChange {
        v1::ResourceChange {
            action: action.to_owned(),
            logical_resource_id: name.to_owned(),
            resource_type: "AWS::SQS::Queue".to_owned(),
            replacement: replacement.to_owned(),
            scope: match action {
                "Modify" => vec!["Properties".to_owned()],
                _ => vec![],
            },
            ..Default::default()
        }
    }

    #[test]
    fn a_plan_has_a_line_for_each_resource() {
        let changes = [
            change("Add", "Queue", ""),
            change("Modify", "Role", "False"),
            change("Modify", "Key", "True"),
            change("Modify", "Bucket", "Conditional"),
            change("Remove", "Old", ""),
        ];
        assert_eq!(
            plan(&changes),
            "\
+ Queue    AWS::SQS::Queue
~ Role     AWS::SQS::Queue   Properties
± Key      AWS::SQS::Queue   made anew: Properties
~ Bucket   AWS::SQS::Queue   perhaps made anew: Properties
− Old      AWS::SQS::Queue
1 to add, 2 to change, 1 to make anew, 1 to remove
"
        );
        assert_eq!(plan(&[]), "no difference\n");
    }
}
