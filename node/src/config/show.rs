//! The configuration as text: all settings as they are now, or an example file.

use toml::Value;

use super::layers::{Origin, Resolution};
use super::setting::Setting;
use super::settings::{SECTIONS, SETTINGS};

const WIDTH: usize = 100;
const VALUE_WIDTH: usize = 44;

/// All settings with their values and who set them, as TOML. Passwords in URLs are not shown.
pub fn current(resolution: &Resolution) -> String {
    in_sections(|setting| {
        let Some(resolved) = resolution.get(setting.key) else {
            return String::new();
        };
        let line = match &resolved.value {
            Some(value) => format!("{} = {}", setting.name(), redacted(value)),
            None => format!("# {} is not set", setting.name()),
        };
        match (&resolved.value, &resolved.origin) {
            (None, Origin::Default) => format!("{line}\n"),
            (_, origin) => format!("{line:VALUE_WIDTH$}  # {origin}\n"),
        }
    })
}

/// A file that holds every setting with its meaning and its default, all commented out.
pub fn example() -> String {
    let head = "\
# The settings of datameshd, each with its default. Flags beat the environment, which beats this file:
# listen.public is also --listen-public and DATAMESH_LISTEN_PUBLIC. The file is ./datamesh.toml, or what
# --config names. `datameshd config` prints what is in force and who set it.

";
    let body = in_sections(|setting| {
        let default = match setting.default {
            "" => format!("# {} =\n", setting.name()),
            default => format!("# {} = {default}\n", setting.name()),
        };
        format!("{}{default}", comment(setting.doc))
    });
    format!("{head}{body}")
}

fn in_sections(line: impl Fn(&Setting) -> String) -> String {
    let mut text = String::new();
    for (section, about) in SECTIONS {
        if !section.is_empty() {
            text.push_str(&format!("\n{}[{section}]\n", comment(about)));
        }
        for setting in SETTINGS
            .iter()
            .filter(|setting| setting.section() == section)
        {
            text.push_str(&line(setting));
        }
    }
    text
}

/// Wraps a sentence into comment lines.
fn comment(sentence: &str) -> String {
    let mut text = String::new();
    let mut line = String::from("#");
    for word in sentence.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    format!("{text}{line}\n")
}

/// A value without the password that a URL may have.
fn redacted(value: &Value) -> String {
    let Value::String(text) = value else {
        return value.to_string();
    };
    let Some((scheme, rest)) = text.split_once("://") else {
        return value.to_string();
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((_, host)) => {
            let hidden = format!("{scheme}://***@{host}{}", &rest[authority.len()..]);
            Value::String(hidden).to_string()
        }
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::super::layers::{Sources, resolve};
    use super::*;

    const EXAMPLE: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../datamesh.example.toml"
    ));

    #[test]
    fn the_example_file_is_what_the_program_prints() {
        assert_eq!(
            EXAMPLE,
            example(),
            "write it again with `datameshd config --example`"
        );
    }

    #[test]
    fn the_example_without_its_comment_marks_is_the_default() {
        let text: String = example()
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(entry) if is_entry(entry) => format!("{entry}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let file = Sources {
            file: Some(("example".into(), text)),
            ..Sources::default()
        };
        let (from_file, defaults) = (
            resolve(&file).unwrap(),
            resolve(&Sources::default()).unwrap(),
        );
        for (key, resolved) in defaults {
            assert_eq!(from_file[key].value, resolved.value, "{key}");
            let is_in_file = from_file[key].origin != Origin::Default;
            assert_eq!(is_in_file, resolved.value.is_some(), "{key}");
        }
    }

    fn is_entry(line: &str) -> bool {
        SETTINGS.iter().any(|setting| {
            line.strip_prefix(setting.name())
                .and_then(|rest| rest.strip_prefix(" = "))
                .is_some_and(|default| default == setting.default)
        })
    }

    #[test]
    fn what_is_in_force_names_who_set_it_and_hides_passwords() {
        let sources = Sources {
            flags: [(
                "aws.endpoint_url".to_owned(),
                "http://ann:secret@host:1/x".to_owned(),
            )]
            .into(),
            variables: vec![("DATAMESH_LOG_LEVEL".to_owned(), "debug".to_owned())],
            file: None,
        };
        let text = current(&resolve(&sources).unwrap());
        assert!(
            text.contains("endpoint_url = \"http://***@host:1/x\""),
            "{text}"
        );
        assert!(text.contains("# --aws-endpoint-url\n"), "{text}");
        let level = format!("{:44}  # DATAMESH_LOG_LEVEL\n", "level = \"debug\"");
        assert!(text.contains(&level), "{text}");
        assert!(text.contains("# region is not set\n"), "{text}");
        assert!(text.parse::<toml::Table>().is_ok(), "{text}");
    }
}
