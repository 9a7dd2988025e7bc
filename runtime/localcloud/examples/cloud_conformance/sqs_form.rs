//! SQS's query protocol as boto3 speaks it: parameters to forms, and XML to answers.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;
use serde_json::{Map, Value, json};

/// What a list or a map is called, and its elements in a form and in XML.
const NAMES: [(&str, &str); 8] = [
    ("Actions", "ActionName"),
    ("AttributeNames", "AttributeName"),
    ("AWSAccountIds", "AWSAccountId"),
    ("MessageAttributeNames", "MessageAttributeName"),
    ("MessageSystemAttributeNames", "MessageSystemAttributeName"),
    ("Messages", "Message"),
    ("QueueUrls", "QueueUrl"),
    ("TagKeys", "TagKey"),
];

/// The same for maps, and what a key is called.
const MAPS: [(&str, &str, &str); 5] = [
    ("Attributes", "Attribute", "Name"),
    ("MessageAttributes", "MessageAttribute", "Name"),
    ("MessageSystemAttributes", "MessageSystemAttribute", "Name"),
    ("Tags", "Tag", "Key"),
    ("tags", "Tag", "Key"),
];

/// The parameters of an operation, one line each.
pub fn flatten(operation: &str, params: &Value) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    flatten_into(operation, "", params, &mut lines);
    lines
}

fn flatten_into(operation: &str, prefix: &str, value: &Value, lines: &mut Vec<(String, String)>) {
    let Value::Object(members) = value else {
        let text = value.as_str().map_or(value.to_string(), str::to_owned);
        lines.push((prefix.trim_end_matches('.').to_owned(), text));
        return;
    };
    for (name, value) in members {
        let map = MAPS.iter().find(|(map, ..)| map == name);
        match (map, value) {
            (Some((_, entry, key)), Value::Object(entries)) => {
                for (index, (name, value)) in entries.iter().enumerate() {
                    let entry = format!("{prefix}{entry}.{}.", index + 1);
                    lines.push((format!("{entry}{key}"), name.clone()));
                    flatten_into(operation, &format!("{entry}Value."), value, lines);
                }
            }
            (_, Value::Array(items)) => {
                let known = NAMES.iter().find(|(list, _)| list == name);
                let element = match known {
                    Some((_, element)) => (*element).to_owned(),
                    None => format!("{operation}RequestEntry"),
                };
                for (index, item) in items.iter().enumerate() {
                    let element = format!("{prefix}{element}.{}.", index + 1);
                    flatten_into(operation, &element, item, lines);
                }
            }
            _ => flatten_into(operation, &format!("{prefix}{name}."), value, lines),
        }
    }
}

#[derive(Default)]
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// An answer as boto3 shows it; an error under `Error`.
pub fn shape(operation: &str, document: &[u8]) -> Result<Value, String> {
    let root = parse(document).ok_or("not XML")?;
    if let Some(error) = root.child("Error") {
        let members = error.children.iter().map(|child| {
            let text = (!child.text.is_empty()).then_some(child.text.as_str());
            (child.name.clone(), json!(text))
        });
        return Ok(json!({"Error": members.collect::<Map<_, _>>()}));
    }
    match root.child(&format!("{operation}Result")) {
        Some(result) => Ok(value(operation, result)),
        None => Ok(json!({})),
    }
}

fn value(operation: &str, element: &Element) -> Value {
    if element.children.is_empty() {
        return Value::from(element.text.as_str());
    }
    let mut members = Map::new();
    for child in &element.children {
        let name = child.name.as_str();
        let map = MAPS.iter().find(|(_, entry, _)| *entry == name);
        if let Some((map, _, key)) = map {
            let entries = members.entry(*map).or_insert_with(|| json!({}));
            let key = child.child(key).map(|key| key.text.clone());
            let value = child.child("Value").map(|child| value(operation, child));
            entries[key.unwrap_or_default()] = value.unwrap_or_default();
        } else if let Some(list) = list(operation, name) {
            let items = members.entry(list).or_insert_with(|| json!([]));
            if let Value::Array(items) = items {
                items.push(value(operation, child));
            }
        } else {
            members.insert(name.to_owned(), scalar(name, &child.text));
        }
    }
    Value::Object(members)
}

fn list(operation: &str, element: &str) -> Option<&'static str> {
    match (operation, element) {
        (_, "Message") if operation == "ReceiveMessage" => Some("Messages"),
        ("ListQueues", "QueueUrl") => Some("QueueUrls"),
        ("ListDeadLetterSourceQueues", "QueueUrl") => Some("queueUrls"),
        (_, "BatchResultErrorEntry") => Some("Failed"),
        ("ListMessageMoveTasks", "ListMessageMoveTasksResultEntry") => Some("Results"),
        (_, entry) if entry == format!("{operation}ResultEntry") => Some("Successful"),
        _ => None,
    }
}

fn scalar(name: &str, text: &str) -> Value {
    let is_number = name.starts_with("ApproximateNumberOf")
        || matches!(name, "StartedTimestamp" | "MaxNumberOfMessagesPerSecond");
    match (name, text.parse::<i64>()) {
        ("SenderFault", _) => Value::from(text == "true"),
        (_, Ok(number)) if is_number => Value::from(number),
        _ => Value::from(text),
    }
}

fn parse(document: &[u8]) -> Option<Element> {
    let mut reader = Reader::from_str(std::str::from_utf8(document).ok()?);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => open.push(Element {
                name: start.local_name().as_ref().to_owned(),
                ..Element::default()
            }),
            Event::Empty(empty) => open.last_mut()?.children.push(Element {
                name: empty.local_name().as_ref().to_owned(),
                ..Element::default()
            }),
            Event::End(_) => {
                let child = open.pop()?;
                open.last_mut()?.children.push(child);
            }
            Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let text = &mut open.last_mut()?.text;
                match reference.resolve_char_ref().ok()? {
                    Some(letter) => text.push(letter),
                    None => text.push_str(resolve_predefined_entity(&reference.xml10_content())?),
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    open.pop()?.children.pop()
}
