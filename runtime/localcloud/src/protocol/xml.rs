//! XML as a tree of JSON values: an element with elements in it is an object, any other is a
//! string, and elements of one name beside each other are an array. Attributes are left out.

use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_predefined_entity};
use quick_xml::events::{BytesRef, Event};
use serde_json::{Map, Value};

/// Deeper documents are refused.
const DEEPEST: usize = 64;

/// How a writer renders an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lists {
    /// One element of the array's name an item: S3.
    Repeated,
    /// One element around one `member` an item: the query protocol. An array that is called `entry`
    /// is repeated in any case, as maps are.
    Members,
}

/// An element that is not closed yet.
#[derive(Debug, Default)]
struct Open {
    name: String,
    children: Map<String, Value>,
    text: String,
}

impl Open {
    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    fn add(&mut self, child: Self) {
        let value = if child.children.is_empty() {
            Value::String(child.text)
        } else {
            Value::Object(child.children)
        };
        match self.children.get_mut(&child.name) {
            None => {
                self.children.insert(child.name, value);
            }
            Some(Value::Array(items)) => items.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
}

/// Reads a document; `{"Root": …}`. `None` if it is not well-formed or too deep.
pub(crate) fn parse(document: &[u8]) -> Option<Value> {
    let mut reader = Reader::from_str(std::str::from_utf8(document).ok()?);
    let mut open = vec![Open::default()];
    loop {
        let event = reader.read_event().ok()?;
        match event {
            Event::Start(start) => {
                if open.len() > DEEPEST {
                    return None;
                }
                open.push(Open::named(start.local_name().as_ref()));
            }
            Event::Empty(empty) => {
                let child = Open::named(empty.local_name().as_ref());
                open.last_mut()?.add(child);
            }
            Event::End(_) => {
                let child = open.pop()?;
                open.last_mut()?.add(child);
            }
            Event::Text(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::CData(text) => open.last_mut()?.text.push_str(&text.xml10_content()),
            Event::GeneralRef(reference) => resolve(&reference, &mut open.last_mut()?.text)?,
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::DocType(_) => return None,
        }
    }
    let root = open.pop()?;
    (open.is_empty() && root.children.len() == 1).then_some(Value::Object(root.children))
}

fn resolve(reference: &BytesRef<'_>, text: &mut String) -> Option<()> {
    if let Some(character) = reference.resolve_char_ref().ok()? {
        text.push(character);
    } else {
        text.push_str(resolve_predefined_entity(&reference.xml10_content())?);
    }
    Some(())
}

/// Writes `value` as the element `name`, with its attributes as they are; nothing for a null.
pub(crate) fn write(out: &mut String, name: &str, attributes: &str, value: &Value, lists: Lists) {
    match value {
        Value::Null => {}
        Value::Array(items) if lists == Lists::Repeated || name == "entry" => {
            for item in items {
                write(out, name, attributes, item, lists);
            }
        }
        Value::Array(items) => element(out, name, attributes, |out| {
            for item in items {
                write(out, "member", "", item, lists);
            }
        }),
        Value::Object(members) => element(out, name, attributes, |out| {
            for (name, value) in members {
                write(out, name, "", value, lists);
            }
        }),
        Value::String(text) => {
            element(out, name, attributes, |out| {
                out.push_str(&escape(text.as_str()))
            });
        }
        other => element(out, name, attributes, |out| {
            out.push_str(&other.to_string())
        }),
    }
}

fn element(out: &mut String, name: &str, attributes: &str, content: impl FnOnce(&mut String)) {
    out.push_str(&format!("<{name}{attributes}>"));
    content(out);
    out.push_str(&format!("</{name}>"));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_are_read_into_a_tree() {
        let tree = parse(
            b"<?xml version=\"1.0\"?>\n<A xmlns=\"urn:x\"><B>1 &lt; 2&#33;</B><C><D>x</D><D/></C>\
              <E><![CDATA[<raw>]]></E></A>",
        );
        assert_eq!(
            tree.unwrap(),
            json!({"A": {"B": "1 < 2!", "C": {"D": ["x", ""]}, "E": "<raw>"}})
        );
    }

    #[test]
    fn what_is_not_well_formed_or_too_deep_is_refused() {
        assert_eq!(parse(b"<A><B></A>"), None);
        assert_eq!(parse(b"<A/><B/>"), None);
        assert_eq!(parse(b"<A>&unknown;</A>"), None);
        assert_eq!(parse("<A>".repeat(10_000).as_bytes()), None);
    }

    #[test]
    fn arrays_are_written_in_both_ways() {
        let value = json!({"L": ["a", "b"], "M": {"entry": [{"key": "k"}]}, "N": null, "F": true});
        let mut members = String::new();
        write(&mut members, "R", "", &value, Lists::Members);
        assert_eq!(
            members,
            "<R><L><member>a</member><member>b</member></L><M><entry><key>k</key></entry></M>\
             <F>true</F></R>"
        );
        let mut repeated = String::new();
        write(
            &mut repeated,
            "R",
            " xmlns=\"urn:x\"",
            &json!({"L": ["a", "b"]}),
            Lists::Repeated,
        );
        assert_eq!(repeated, "<R xmlns=\"urn:x\"><L>a</L><L>b</L></R>");
    }
}
