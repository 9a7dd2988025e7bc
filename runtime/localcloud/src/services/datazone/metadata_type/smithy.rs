//! Reads the Smithy model of a form type, as far as content can be checked against it: the structures, their
//! members, which of them are required, and the kind of value that each holds.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A structure's members.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Structure {
    members: BTreeMap<String, Member>,
}

#[derive(Debug, PartialEq)]
struct Member {
    target: String,
    is_required: bool,
}

/// Everything that a model defines and imports.
#[derive(Debug, Default)]
pub(super) struct Model {
    structures: BTreeMap<String, Structure>,
    /// Other shapes: the Smithy keyword, and what a list is of.
    others: BTreeMap<String, (String, Option<String>)>,
    /// `use amazon.datazone#GlueTableFormType`, with a dot for the sign.
    pub(super) imports: Vec<String>,
}

/// Reads a model in the Smithy IDL.
///
/// # Errors
/// What is wrong, for a person.
pub(super) fn read(text: &str) -> Result<Model, String> {
    let mut reader = Reader {
        tokens: tokens(text)?,
        at: 0,
    };
    let mut model = Model::default();
    while reader.statement(&mut model)? {}
    Ok(model)
}

/// Words, strings (with their quotes), and single signs. Comments and commas are left out.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(first) = chars.next() {
        if first == '/' && chars.peek() == Some(&'/') {
            for _ in chars.by_ref().take_while(|c| *c != '\n') {}
        } else if first == '"' {
            let mut string = String::from('"');
            loop {
                match chars.next() {
                    Some('"') => break,
                    Some('\\') => string.extend(chars.next()),
                    Some(inner) => string.push(inner),
                    None => return Err("a string does not end".to_owned()),
                }
            }
            tokens.push(string);
        } else if is_word(first) {
            let mut word = String::from(first);
            while let Some(next) = chars.next_if(|c| is_word(*c)) {
                word.push(next);
            }
            tokens.push(word);
        } else if !first.is_whitespace() && first != ',' {
            tokens.push(first.to_string());
        }
    }
    Ok(tokens)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '#' | '$' | '-')
}

struct Reader {
    tokens: Vec<String>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).map(String::as_str)
    }

    fn take(&mut self) -> Result<String, String> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token.ok_or_else(|| "the model ends too early".to_owned())
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        let found = self.take()?;
        if found == wanted {
            return Ok(());
        }
        Err(format!("{wanted} is wanted where {found} is"))
    }

    fn word(&mut self) -> Result<String, String> {
        let found = self.take()?;
        if found.starts_with(is_word) {
            return Ok(found);
        }
        Err(format!("a name is wanted where {found} is"))
    }

    /// `false` at the end.
    fn statement(&mut self, model: &mut Model) -> Result<bool, String> {
        self.traits()?;
        let Some(keyword) = self.peek().map(str::to_owned) else {
            return Ok(false);
        };
        self.at += 1;
        if keyword.starts_with('$') {
            self.expect(":")?;
            self.take()?;
            return Ok(true);
        }
        let name = self.word()?;
        match keyword.as_str() {
            "namespace" | "metadata" => {}
            "use" => model.imports.push(name.replace('#', ".")),
            "structure" | "union" => {
                self.mixins()?;
                let structure = self.structure()?;
                if model.structures.insert(name.clone(), structure).is_some() {
                    return Err(format!("{name} is defined twice"));
                }
            }
            "list" | "map" => {
                let structure = self.structure()?;
                let of = structure.members.get("member");
                let of = of.map(|member| member.target.clone());
                model.others.insert(name, (keyword, of));
            }
            "enum" | "intEnum" => {
                self.block()?;
                model.others.insert(name, (keyword, None));
            }
            "string" | "integer" | "long" | "short" | "byte" | "double" | "float" | "boolean"
            | "timestamp" | "document" | "bigInteger" | "bigDecimal" | "blob" => {
                model.others.insert(name, (keyword, None));
            }
            other => return Err(format!("{other} is not known")),
        }
        Ok(true)
    }

    /// `@required @length(min: 1)`; says whether `@required` is among them.
    fn traits(&mut self) -> Result<bool, String> {
        let mut required = false;
        while self.peek() == Some("@") {
            self.at += 1;
            required |= self.word()? == "required";
            if self.peek() == Some("(") {
                self.group("(", ")")?;
            }
        }
        Ok(required)
    }

    fn mixins(&mut self) -> Result<(), String> {
        if self.peek() == Some("with") {
            self.at += 1;
            self.group("[", "]")?;
        }
        Ok(())
    }

    /// Skips over a group with all groups in it.
    fn group(&mut self, open: &str, close: &str) -> Result<(), String> {
        self.expect(open)?;
        let mut depth = 1;
        while depth > 0 {
            let token = self.take()?;
            if token == open {
                depth += 1;
            } else if token == close {
                depth -= 1;
            }
        }
        Ok(())
    }

    fn block(&mut self) -> Result<(), String> {
        self.group("{", "}")
    }

    fn structure(&mut self) -> Result<Structure, String> {
        self.expect("{")?;
        let mut structure = Structure::default();
        loop {
            let is_required = self.traits()?;
            if self.peek() == Some("}") {
                self.at += 1;
                return Ok(structure);
            }
            let name = self.word()?;
            self.expect(":")?;
            let target = self.word()?;
            if self.peek() == Some("=") {
                self.at += 1;
                self.take()?;
            }
            let member = Member {
                target,
                is_required,
            };
            if structure.members.insert(name.clone(), member).is_some() {
                return Err(format!("the member {name} is there twice"));
            }
        }
    }
}

impl Model {
    /// Whether the model defines this structure.
    pub(super) fn defines(&self, name: &str) -> bool {
        self.structures.contains_key(name)
    }

    /// Checks the content of a form of the structure `name`.
    ///
    /// # Errors
    /// The member that is missing or of another kind.
    pub(super) fn check(&self, name: &str, content: &Map<String, Value>) -> Result<(), String> {
        let Some(structure) = self.structures.get(name) else {
            return Ok(());
        };
        for (name, member) in &structure.members {
            match content.get(name) {
                None | Some(Value::Null) if member.is_required => {
                    return Err(format!("the required field {name} is missing"));
                }
                None | Some(Value::Null) => {}
                Some(value) => self
                    .check_value(&member.target, value)
                    .map_err(|wanted| format!("the field {name} is not {wanted}"))?,
            }
        }
        Ok(())
    }

    fn check_value(&self, target: &str, value: &Value) -> Result<(), String> {
        if let (Some(_), Value::Object(fields)) = (self.structures.get(target), value) {
            return self
                .check(target, fields)
                .map_err(|reason| format!("a {target}: {reason}"));
        }
        let other = self.others.get(target);
        let kind = other.map_or(target, |(kind, _)| kind.as_str());
        let kind = kind.rsplit('#').next().unwrap_or(kind);
        let fits = match kind.to_ascii_lowercase().as_str() {
            "string" | "enum" => value.is_string(),
            "integer" | "long" | "short" | "byte" | "biginteger" | "intenum" => {
                value.is_i64() || value.is_u64()
            }
            "double" | "float" | "bigdecimal" => value.is_number(),
            "boolean" => value.is_boolean(),
            "timestamp" => value.is_string() || value.is_number(),
            "list" => {
                let of = other.and_then(|(_, of)| of.as_deref());
                return match (value, of) {
                    (Value::Array(items), Some(of)) => {
                        items.iter().try_for_each(|item| self.check_value(of, item))
                    }
                    (Value::Array(_), None) => Ok(()),
                    _ => Err("a list".to_owned()),
                };
            }
            "map" => value.is_object(),
            _ if self.structures.contains_key(target) => false,
            _ => true,
        };
        if fits {
            Ok(())
        } else {
            Err(format!("a {kind}"))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    const MODEL: &str = r#"
        $version: "2.0"
        namespace acme
        use amazon.datazone#AssetCommonDetailsFormType
        // Who answers for an asset.
        @amazon.datazone#displayname(defaultName: "Steward")
        structure Steward {
            @required
            @length(min: 1, max: 64)
            name: String
            phone: Integer,
            aliases: Names
            since: Timestamp
        }
        list Names { member: String }
    "#;

    #[track_caller]
    fn checks(content: Value, reason: Option<&str>) {
        let content = content.as_object().unwrap();
        let result = read(MODEL).unwrap().check("Steward", content);
        assert_eq!(result.err().as_deref(), reason);
    }

    #[test]
    fn a_model_says_what_content_must_be() {
        checks(
            json!({"name": "Ada", "phone": 7, "aliases": ["A"], "more": 1}),
            None,
        );
        checks(
            json!({"phone": 7}),
            Some("the required field name is missing"),
        );
        checks(json!({"name": 7}), Some("the field name is not a String"));
        checks(
            json!({"name": "Ada", "phone": "7"}),
            Some("the field phone is not a Integer"),
        );
        checks(
            json!({"name": "Ada", "aliases": [7]}),
            Some("the field aliases is not a String"),
        );
        checks(
            json!({"name": "Ada", "aliases": "A"}),
            Some("the field aliases is not a list"),
        );
    }

    #[test]
    fn imports_are_known() {
        let model = read(MODEL).unwrap();
        assert_eq!(
            model.imports,
            ["amazon.datazone.AssetCommonDetailsFormType"]
        );
        assert!(model.defines("Steward") && !model.defines("Names"));
    }

    #[test]
    fn what_is_no_model_is_refused_with_a_reason() {
        for (text, reason) in [
            (
                "structure Steward { name: String",
                "the model ends too early",
            ),
            (
                "structure Steward { name String }",
                ": is wanted where String is",
            ),
            ("structure A {} structure A {}", "A is defined twice"),
            ("class A {}", "class is not known"),
            (
                "structure A { @pattern(\"x) a: String }",
                "a string does not end",
            ),
        ] {
            assert_eq!(read(text).unwrap_err(), reason, "{text}");
        }
    }
}
