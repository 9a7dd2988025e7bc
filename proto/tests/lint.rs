//! The rules that the protos keep, checked over their descriptors: everything is documented, names
//! follow one convention, and every rpc has its own place in REST.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, HashMap};

use prost_reflect::{
    DescriptorPool, EnumDescriptor, FileDescriptor, MessageDescriptor, MethodDescriptor, Value,
};

/// Comments of one file, by the path of what they stand before.
struct Comments(HashMap<Vec<i32>, String>);

impl Comments {
    fn of(file: &FileDescriptor) -> Self {
        let info = file.file_descriptor_proto().source_code_info.as_ref();
        Self(
            info.expect("the descriptor set is built with source info")
                .location
                .iter()
                .filter_map(|l| Some((l.path.clone(), l.leading_comments.clone()?)))
                .collect(),
        )
    }

    fn check(&self, path: &[i32], name: &str, problems: &mut Vec<String>) {
        let text = self.0.get(path).map(|c| c.trim()).unwrap_or_default();
        if text.is_empty() {
            problems.push(format!("{name} has no comment"));
        } else if !text.ends_with(['.', ';', ':']) {
            problems.push(format!("the comment of {name} is not a sentence: {text:?}"));
        }
    }
}

fn pool() -> DescriptorPool {
    datamesh_proto::descriptors().unwrap()
}

fn our_files(pool: &DescriptorPool) -> Vec<FileDescriptor> {
    pool.files()
        .filter(|f| f.package_name() == "datamesh.v1")
        .collect()
}

fn our_methods(pool: &DescriptorPool) -> Vec<MethodDescriptor> {
    pool.services()
        .filter(|s| s.package_name() == "datamesh.v1")
        .flat_map(|s| s.methods().collect::<Vec<_>>())
        .collect()
}

fn messages_of(file: &FileDescriptor) -> Vec<MessageDescriptor> {
    fn descend(message: MessageDescriptor, found: &mut Vec<MessageDescriptor>) {
        if message.is_map_entry() {
            return;
        }
        for child in message.child_messages() {
            descend(child, found);
        }
        found.push(message);
    }
    let mut found = Vec::new();
    for message in file.messages() {
        descend(message, &mut found);
    }
    found
}

fn enums_of(file: &FileDescriptor) -> Vec<EnumDescriptor> {
    let nested = messages_of(file)
        .into_iter()
        .flat_map(|m| m.child_enums().collect::<Vec<_>>());
    file.enums().chain(nested).collect()
}

#[track_caller]
fn none(problems: Vec<String>) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

fn is_upper_camel(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
}

fn is_lower_snake(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('_')
        && !name.contains("__")
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn is_upper_snake(name: &str) -> bool {
    is_lower_snake(&name.to_ascii_lowercase()) && name == name.to_ascii_uppercase()
}

fn upper_snake(camel: &str) -> String {
    let mut out = String::new();
    for c in camel.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}

#[test]
fn everything_has_a_comment() {
    let pool = pool();
    let mut problems = Vec::new();
    for file in our_files(&pool) {
        let comments = Comments::of(&file);
        for service in file.services() {
            comments.check(service.path(), service.full_name(), &mut problems);
            for method in service.methods() {
                comments.check(method.path(), method.full_name(), &mut problems);
            }
        }
        for message in messages_of(&file) {
            comments.check(message.path(), message.full_name(), &mut problems);
            for field in message.fields() {
                comments.check(field.path(), field.full_name(), &mut problems);
            }
        }
        for enumeration in enums_of(&file) {
            comments.check(enumeration.path(), enumeration.full_name(), &mut problems);
            for value in enumeration.values() {
                let name = format!("{}.{}", enumeration.full_name(), value.name());
                comments.check(value.path(), &name, &mut problems);
            }
        }
    }
    none(problems);
}

#[test]
fn names_follow_the_conventions() {
    let pool = pool();
    let mut problems = Vec::new();
    for file in our_files(&pool) {
        for service in file.services() {
            if !is_upper_camel(service.name()) || !service.name().ends_with("Service") {
                problems.push(format!("{} is not …Service", service.full_name()));
            }
        }
        for message in messages_of(&file) {
            if !is_upper_camel(message.name()) {
                problems.push(format!("{} is not UpperCamel", message.full_name()));
            }
            for field in message.fields() {
                if !is_lower_snake(field.name()) {
                    problems.push(format!("{} is not lower_snake", field.full_name()));
                }
            }
        }
        for enumeration in enums_of(&file) {
            if !is_upper_camel(enumeration.name()) {
                problems.push(format!("{} is not UpperCamel", enumeration.full_name()));
            }
            for value in enumeration.values() {
                if !is_upper_snake(value.name()) {
                    problems.push(format!("{} is not UPPER_SNAKE", value.full_name()));
                }
            }
        }
    }
    none(problems);
}

#[test]
fn the_zero_of_an_enum_is_unspecified() {
    let pool = pool();
    let mut problems = Vec::new();
    for file in our_files(&pool) {
        for enumeration in enums_of(&file) {
            let wanted = format!("{}_UNSPECIFIED", upper_snake(enumeration.name()));
            let zero = enumeration.get_value(0);
            if zero.as_ref().map(|v| v.name()) != Some(wanted.as_str()) {
                problems.push(format!(
                    "the 0 of {} is not {wanted}",
                    enumeration.full_name()
                ));
            }
        }
    }
    none(problems);
}

#[test]
fn an_rpc_takes_its_own_request_and_answers_a_resource_or_its_own_response() {
    let pool = pool();
    let mut problems = Vec::new();
    for method in our_methods(&pool) {
        let name = method.name();
        if !is_upper_camel(name) {
            problems.push(format!("{} is not UpperCamel", method.full_name()));
        }
        if method.input().name() != format!("{name}Request") {
            problems.push(format!(
                "{} does not take {name}Request",
                method.full_name()
            ));
        }
        if method.is_client_streaming() {
            problems.push(format!("{} streams its requests", method.full_name()));
        }
        let output = method.output();
        let is_own = output.name() == format!("{name}Response");
        let is_resource = name.trim_end_matches('s').ends_with(output.name());
        if !is_own && !is_resource {
            problems.push(format!(
                "{} answers {}, which is neither its resource nor {name}Response",
                method.full_name(),
                output.name()
            ));
        }
    }
    none(problems);
}

/// The routes of a method: verb, path template, body.
fn routes(pool: &DescriptorPool, method: &MethodDescriptor) -> Vec<(String, String, String)> {
    fn rule(value: &Value, out: &mut Vec<(String, String, String)>) {
        let message = value.as_message().unwrap();
        let text = |name: &str| {
            let value = message.get_field_by_name(name).unwrap();
            value.as_str().unwrap_or_default().to_owned()
        };
        for verb in ["get", "put", "post", "delete", "patch"] {
            let path = text(verb);
            if !path.is_empty() {
                out.push((verb.to_owned(), path, text("body")));
            }
        }
        let more = message.get_field_by_name("additional_bindings").unwrap();
        for binding in more.as_list().unwrap() {
            rule(binding, out);
        }
    }
    let http = pool.get_extension_by_name("google.api.http").unwrap();
    let options = method.options();
    let mut out = Vec::new();
    if options.has_extension(&http) {
        rule(&options.get_extension(&http), &mut out);
    }
    out
}

/// The names between braces.
fn path_parameters(template: &str) -> Vec<&str> {
    template
        .split('{')
        .skip(1)
        .filter_map(|part| part.split('}').next())
        .collect()
}

#[test]
fn each_rpc_has_a_route_of_its_own() {
    let pool = pool();
    let mut problems = Vec::new();
    let mut taken: BTreeMap<(String, String), String> = BTreeMap::new();
    for method in our_methods(&pool) {
        let routes = routes(&pool, &method);
        if routes.is_empty() {
            problems.push(format!(
                "{} has no google.api.http rule",
                method.full_name()
            ));
        }
        for (verb, path, _) in routes {
            let shape = path_parameters(&path).iter().fold(path.clone(), |p, name| {
                p.replace(&format!("{{{name}}}"), "{}")
            });
            if let Some(other) = taken.insert((verb.clone(), shape), method.full_name().to_owned())
            {
                problems.push(format!(
                    "{verb} {path} is {other}'s and {}'s",
                    method.full_name()
                ));
            }
        }
    }
    none(problems);
}

#[test]
fn routes_fit_their_requests() {
    let pool = pool();
    let mut problems = Vec::new();
    for method in our_methods(&pool) {
        let prefix = match method.parent_service().name() {
            "AdminService" => "/admin/v1/",
            _ => "/api/v1/",
        };
        for (verb, path, body) in routes(&pool, &method) {
            let place = format!("{} at {verb} {path}", method.full_name());
            if !path.starts_with(prefix) {
                problems.push(format!("{place} is not under {prefix}"));
            }
            for parameter in path_parameters(&path) {
                if method.input().get_field_by_name(parameter).is_none() {
                    problems.push(format!("{place} has no field {parameter} in its request"));
                }
            }
            let wants_body = matches!(verb.as_str(), "post" | "put" | "patch");
            if wants_body != (body == "*") {
                problems.push(format!("{place} has the body {body:?}"));
            }
            if method.is_server_streaming() && verb != "get" {
                problems.push(format!("{place} streams but is not a GET"));
            }
        }
    }
    none(problems);
}

#[test]
fn what_changes_something_can_be_repeated_safely() {
    let pool = pool();
    let mut problems = Vec::new();
    for method in our_methods(&pool) {
        let reads = ["Get", "List", "Watch", "Tail"]
            .iter()
            .any(|prefix| method.name().starts_with(prefix));
        let operates = method.parent_service().name() == "AdminService";
        let has_id = method.input().get_field_by_name("request_id").is_some();
        if !reads && !operates && !has_id {
            problems.push(format!("{} takes no request_id", method.full_name()));
        }
        let lists = method.name().starts_with("List");
        let pages = method.input().get_field_by_name("page_token").is_some();
        let bounded = ["ListPools", "ListQueues"].contains(&method.name());
        if lists && !pages && !bounded {
            problems.push(format!("{} does not page", method.full_name()));
        }
    }
    none(problems);
}
