//! Where settings come from: flags, then the environment, then the file, then the defaults.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::error::ConfigError;
use super::nearest::nearest;
use super::setting::Setting;
use super::settings::SETTINGS;

/// Variables with our prefix that are no settings: those of the command line, and the file's name.
const OTHER_VARIABLES: [&str; 8] = [
    "DATAMESH_CONFIG",
    "DATAMESH_SERVER",
    "DATAMESH_ADMIN_SERVER",
    "DATAMESH_TOKEN",
    "DATAMESH_TOKEN_FILE",
    "DATAMESH_OUTPUT",
    "DATAMESH_CLOUD_CONTROL",
    "DATAMESH_CLOUD_TOKEN",
];

/// Who set a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag(String),
    /// The environment.
    Variable(String),
    /// The file.
    File(PathBuf),
    /// Nobody.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "--{flag}"),
            Self::Variable(variable) => f.write_str(variable),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// The value of a setting, and who set it.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The value; `None` if it is not set and has no default.
    pub value: Option<Value>,
    /// Who set it.
    pub origin: Origin,
}

/// Every setting with its value, by key.
pub type Resolution = BTreeMap<&'static str, Resolved>;

/// What is read before the settings are known.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// What the command line says, by the setting's key.
    pub flags: BTreeMap<String, String>,
    /// The environment.
    pub variables: Vec<(String, String)>,
    /// The file, and what is in it.
    pub file: Option<(PathBuf, String)>,
}

/// Finds the value of every setting.
///
/// # Errors
/// An unknown name, or a value that does not fit its setting.
pub fn resolve(sources: &Sources) -> Result<Resolution, ConfigError> {
    let file = match &sources.file {
        Some((path, text)) => read_file(path, text)?,
        None => BTreeMap::new(),
    };
    let variables = read_variables(&sources.variables)?;
    SETTINGS
        .iter()
        .map(|setting| {
            let resolved = resolve_one(setting, sources, &variables, &file)?;
            Ok((setting.key, resolved))
        })
        .collect()
}

fn resolve_one(
    setting: &Setting,
    sources: &Sources,
    variables: &BTreeMap<&'static str, &str>,
    file: &BTreeMap<&'static str, Value>,
) -> Result<Resolved, ConfigError> {
    let (value, origin) = if let Some(text) = sources.flags.get(setting.key) {
        (setting.kind.read(text), Origin::Flag(setting.flag()))
    } else if let Some(text) = variables.get(setting.key) {
        (
            setting.kind.read(text),
            Origin::Variable(setting.variable()),
        )
    } else if let (Some(value), Some((path, _))) = (file.get(setting.key), &sources.file) {
        (
            setting.kind.check(value.clone()),
            Origin::File(path.clone()),
        )
    } else {
        return Ok(Resolved {
            value: setting.default_value(),
            origin: Origin::Default,
        });
    };
    match value {
        Ok(value) => Ok(Resolved {
            value: Some(value),
            origin,
        }),
        Err(reason) => Err(ConfigError::Wrong {
            setting: setting.key.to_owned(),
            reason,
            origin,
        }),
    }
}

/// The settings in the environment. A name with our prefix that is no setting is an error, so that a slip
/// is not silently ignored; what Kubernetes adds for a Service named `datamesh` is not.
fn read_variables(
    variables: &[(String, String)],
) -> Result<BTreeMap<&'static str, &str>, ConfigError> {
    let names: BTreeMap<String, &'static str> = SETTINGS
        .iter()
        .map(|setting| (setting.variable(), setting.key))
        .collect();
    let mut found = BTreeMap::new();
    for (name, value) in variables {
        if let Some(key) = names.get(name) {
            found.insert(*key, value.as_str());
        } else if name.starts_with("DATAMESH_")
            && !OTHER_VARIABLES.contains(&name.as_str())
            && !is_of_kubernetes(name)
        {
            return Err(ConfigError::Unknown {
                place: "the environment".to_owned(),
                name: name.clone(),
                nearest: nearest(name, names.keys().map(String::as_str)).map(str::to_owned),
            });
        }
    }
    Ok(found)
}

fn is_of_kubernetes(name: &str) -> bool {
    name.contains("_SERVICE_HOST")
        || name.contains("_SERVICE_PORT")
        || name == "DATAMESH_PORT"
        || (name.contains("_PORT_") && name.contains("_TCP"))
}

fn read_file(path: &Path, text: &str) -> Result<BTreeMap<&'static str, Value>, ConfigError> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start.min(text.len()));
        ConfigError::Syntax {
            path: path.to_owned(),
            line: text.as_bytes()[..at]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count()
                + 1,
            reason: error
                .message()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned(),
        }
    })?;
    let mut found = BTreeMap::new();
    flatten(path, "", table, &mut found)?;
    Ok(found)
}

fn flatten(
    path: &Path,
    section: &str,
    table: Table,
    found: &mut BTreeMap<&'static str, Value>,
) -> Result<(), ConfigError> {
    for (name, value) in table {
        let key = match section {
            "" => name,
            section => format!("{section}.{name}"),
        };
        if let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) {
            found.insert(setting.key, value);
            continue;
        }
        match value {
            Value::Table(deeper) if is_section(&key) => flatten(path, &key, deeper, found)?,
            _ => {
                let names = SETTINGS.iter().map(|setting| setting.key);
                return Err(ConfigError::Unknown {
                    place: path.display().to_string(),
                    nearest: nearest(&key, names).map(str::to_owned),
                    name: key,
                });
            }
        }
    }
    Ok(())
}

fn is_section(key: &str) -> bool {
    let prefix = format!("{key}.");
    SETTINGS
        .iter()
        .any(|setting| setting.key.starts_with(&prefix))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn sources(flag: Option<&str>, variable: Option<&str>, file: Option<&str>) -> Sources {
        Sources {
            flags: flag
                .map(|v| ("listen.public".to_owned(), v.to_owned()))
                .into_iter()
                .collect(),
            variables: variable
                .map(|v| ("DATAMESH_LISTEN_PUBLIC".to_owned(), v.to_owned()))
                .into_iter()
                .collect(),
            file: file.map(|v| ("mesh.toml".into(), format!("[listen]\npublic = \"{v}\"\n"))),
        }
    }

    #[test]
    fn a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default() {
        let (a, b, c) = ("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3");
        for (flag, variable, file, value, origin) in [
            (Some(a), Some(b), Some(c), a, "--listen-public"),
            (None, Some(b), Some(c), b, "DATAMESH_LISTEN_PUBLIC"),
            (None, None, Some(c), c, "mesh.toml"),
            (None, None, None, "127.0.0.1:8080", "default"),
        ] {
            let resolution = resolve(&sources(flag, variable, file)).unwrap();
            let public = &resolution["listen.public"];
            assert_eq!(public.value, Some(Value::String(value.to_owned())));
            assert_eq!(public.origin.to_string(), origin);
        }
    }

    fn refusal(file: &str, variable: (&str, &str)) -> String {
        let sources = Sources {
            file: Some(("mesh.toml".into(), file.to_owned())),
            variables: vec![(variable.0.to_owned(), variable.1.to_owned())],
            ..Sources::default()
        };
        resolve(&sources).unwrap_err().to_string()
    }

    #[test]
    fn a_setting_that_is_none_is_refused_with_what_may_have_been_meant() {
        let none = ("HOME", "/");
        assert_eq!(
            refusal("[listen]\npubilc = \"x\"", none),
            "mesh.toml sets `listen.pubilc`, which is no setting (did you mean `listen.public`?): `datameshd config` shows them all"
        );
        assert_eq!(
            refusal("[colour]\nsky = \"blue\"", none),
            "mesh.toml sets `colour`, which is no setting: `datameshd config` shows them all"
        );
        assert_eq!(
            refusal("", ("DATAMESH_LISTEN_PUBILC", "x")),
            "the environment sets `DATAMESH_LISTEN_PUBILC`, which is no setting (did you mean `DATAMESH_LISTEN_PUBLIC`?): `datameshd config` shows them all"
        );
    }

    #[test]
    fn a_value_that_does_not_fit_is_refused_with_who_set_it() {
        assert_eq!(
            refusal("[listen]\npublic = 8080", ("HOME", "/")),
            "listen.public must be an address with a port, like `127.0.0.1:8080`, not `8080` (set by mesh.toml)"
        );
        assert_eq!(
            refusal("[log]\nformat = \"text\"\nformat = \"json\"", ("HOME", "/")),
            "the configuration file mesh.toml is not valid TOML: line 3: duplicate key"
        );
    }

    #[test]
    fn what_is_not_ours_in_the_environment_is_left_alone() {
        let names = [
            "DATAMESH_TOKEN",
            "DATAMESH_SERVICE_HOST",
            "DATAMESH_PORT_8080_TCP_ADDR",
            "DATAMESH_PORT",
            "PATH",
        ];
        let sources = Sources {
            variables: names.map(|name| (name.to_owned(), "x".to_owned())).into(),
            ..Sources::default()
        };
        assert!(resolve(&sources).is_ok());
    }
}
