//! The settings as the types of those who take them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use datamesh_actors::access::{AccessOptions, Drift};
use datamesh_actors::workflow::WorkflowOptions;
use datamesh_gateway::auth::AuthOptions;
use datamesh_gateway::server::ServerOptions;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::error::ConfigError;
use super::layers::{Origin, Resolution};
use super::settings::SETTINGS;
use crate::cli::parse_duration;
use crate::folders;

/// Where AWS is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwsMode {
    /// In this process.
    Embedded,
    /// Over the network.
    Aws,
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What goes to standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// How a line is written.
    pub format: LogFormat,
    /// What is written: a level, or filters.
    pub level: String,
    /// Whether somebody set the level.
    pub level_is_set: bool,
}

/// The configuration of a node.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder that holds everything.
    pub data_dir: PathBuf,
    /// How long work may take to end when the process is told to stop.
    pub drain_timeout: Duration,
    /// The two ports.
    pub server: ServerOptions,
    /// Who may come in.
    pub auth: AuthOptions,
    /// Where AWS is.
    pub aws_mode: AwsMode,
    /// Whether somebody set the home account.
    pub aws_account_is_set: bool,
    /// Whether to create the bus, the queues and the rules that are missing.
    pub aws_provision: bool,
    /// The way out to AWS.
    pub aws: datamesh_aws::Options,
    /// The names that the mesh uses in AWS.
    pub mesh: datamesh_actors::Options,
    /// The file that replaces the shipped workflow that promotes projects.
    pub workflow_promotion: Option<PathBuf>,
    /// The machine that runs actors.
    pub runtime: datamesh_actor::Options,
    /// Whether this process works on queues.
    pub workers_enabled: bool,
    /// The queues.
    pub workers: datamesh_workers::Options,
    /// Where other AWS clients reach the embedded AWS.
    pub localcloud_listen: Option<SocketAddr>,
    /// Where the embedded AWS is driven.
    pub localcloud_control: Option<SocketAddr>,
    /// What goes to standard error.
    pub log: Log,
}

impl Config {
    /// Reads the settings into types.
    ///
    /// # Errors
    /// Settings that contradict each other, or that their taker refuses.
    pub fn new(resolution: &Resolution) -> Result<Self, ConfigError> {
        let settings = Settings(resolution);
        let config = Self {
            data_dir: settings
                .text("data_dir")
                .map_or_else(folders::data_dir, PathBuf::from),
            drain_timeout: settings
                .text("drain_timeout")
                .and_then(|text| parse_duration(text).ok())
                .unwrap_or_default(),
            server: server(&settings)?,
            auth: auth(&settings)?,
            aws_mode: match settings.text("aws.mode") {
                Some("aws") => AwsMode::Aws,
                _ => AwsMode::Embedded,
            },
            aws_account_is_set: settings.is_set("aws.account"),
            aws_provision: settings.switch("aws.provision"),
            aws: settings.section("aws", &["mode", "provision"])?,
            mesh: mesh(&settings)?,
            workflow_promotion: settings.text("workflows.promotion").map(PathBuf::from),
            runtime: settings.section("runtime", &[])?,
            workers_enabled: settings.switch("workers.enabled"),
            workers: workers(&settings)?,
            localcloud_listen: settings.address("localcloud.listen"),
            localcloud_control: settings.address("localcloud.control"),
            log: Log {
                format: match settings.text("log.format") {
                    Some("json") => LogFormat::Json,
                    _ => LogFormat::Text,
                },
                level: settings.text("log.level").unwrap_or("info").to_owned(),
                level_is_set: settings.is_set("log.level"),
            },
        };
        config.check(&settings)?;
        Ok(config)
    }

    fn check(&self, settings: &Settings<'_>) -> Result<(), ConfigError> {
        self.aws.check().map_err(|refusal| {
            settings.wrong(&format!("aws.{}", refusal.setting), refusal.reason)
        })?;
        if self.aws_mode == AwsMode::Embedded && self.aws.endpoint_url.is_some() {
            let reason = "needs aws.mode = \"aws\"";
            return Err(settings.wrong("aws.endpoint_url", reason));
        }
        if self.aws_mode == AwsMode::Aws && self.localcloud_listen.is_some() {
            let reason = "needs aws.mode = \"embedded\"";
            return Err(settings.wrong("localcloud.listen", reason));
        }
        if self.aws_mode == AwsMode::Aws && self.localcloud_control.is_some() {
            let reason = "needs aws.mode = \"embedded\"";
            return Err(settings.wrong("localcloud.control", reason));
        }
        let sources =
            usize::from(self.auth.jwks_url.is_some()) + usize::from(self.auth.jwks_file.is_some());
        match (self.auth.embedded, sources) {
            (true, 0) | (false, 1) => Ok(()),
            (true, _) => Err(settings.wrong(
                "auth.mode",
                "is `embedded`, which has keys of its own: set no jwks_url and no jwks_file",
            )),
            (false, _) => Err(settings.wrong(
                "auth.mode",
                "is `oidc`, which needs either jwks_url or jwks_file",
            )),
        }
    }
}

fn mesh(settings: &Settings<'_>) -> Result<datamesh_actors::Options, ConfigError> {
    let options: datamesh_actors::Options = settings.section("mesh", &[])?;
    let workflows = options.workflows;
    Ok(datamesh_actors::Options {
        access: access(settings, options.access),
        workflows: WorkflowOptions {
            own_hosts: settings
                .list("workflows.own_hosts")
                .unwrap_or(workflows.own_hosts),
            approval_deadline: settings
                .text("workflows.approval_deadline")
                .and_then(|text| parse_duration(text).ok())
                .unwrap_or(workflows.approval_deadline),
            admin_group: settings
                .text("auth.admin_group")
                .map_or(workflows.admin_group, str::to_owned),
        },
        ..options
    })
}

fn access(settings: &Settings<'_>, unset: AccessOptions) -> AccessOptions {
    let text = |name: &str, unset: String| settings.text(name).map_or(unset, str::to_owned);
    AccessOptions {
        athena_output: text("access.athena_output", unset.athena_output),
        athena_workgroup: text("access.athena_workgroup", unset.athena_workgroup),
        consumer_role: text("access.consumer_role", unset.consumer_role),
        link_database: text("access.link_database", unset.link_database),
        register_locations: settings.switch("access.register_locations"),
        verify_every: settings
            .text("access.verify_every")
            .and_then(|text| parse_duration(text).ok())
            .unwrap_or(unset.verify_every),
        drift: match settings.text("access.drift") {
            Some("repair") => Drift::Repair,
            _ => Drift::Report,
        },
        request_days: settings
            .whole("access.request_days")
            .unwrap_or(unset.request_days),
        topic: text("access.topic", unset.topic),
    }
}

fn server(settings: &Settings<'_>) -> Result<ServerOptions, ConfigError> {
    let options: ServerOptions = settings.section("listen", &["public", "admin"])?;
    Ok(ServerOptions {
        listen: settings.address("listen.public").unwrap_or(options.listen),
        admin_listen: settings
            .address("listen.admin")
            .unwrap_or(options.admin_listen),
        ..options
    })
}

fn auth(settings: &Settings<'_>) -> Result<AuthOptions, ConfigError> {
    let options: AuthOptions = settings.section("auth", &["mode"])?;
    Ok(AuthOptions {
        embedded: settings.text("auth.mode") != Some("oidc"),
        ..options
    })
}

fn workers(settings: &Settings<'_>) -> Result<datamesh_workers::Options, ConfigError> {
    let options: datamesh_workers::Options = settings.section("workers", &["enabled"])?;
    Ok(datamesh_workers::Options {
        bus: settings.text("mesh.bus").map_or(options.bus, str::to_owned),
        ..options
    })
}

struct Settings<'a>(&'a Resolution);

impl Settings<'_> {
    fn value(&self, key: &str) -> Option<&Value> {
        self.0.get(key)?.value.as_ref()
    }

    fn is_set(&self, key: &str) -> bool {
        self.0
            .get(key)
            .is_some_and(|resolved| resolved.origin != Origin::Default)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.value(key)?.as_str()
    }

    fn list(&self, key: &str) -> Option<Vec<String>> {
        let items = self.value(key)?.as_array()?.iter();
        Some(
            items
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect(),
        )
    }

    fn whole(&self, key: &str) -> Option<u32> {
        u32::try_from(self.value(key)?.as_integer()?).ok()
    }

    fn switch(&self, key: &str) -> bool {
        self.value(key).and_then(Value::as_bool).unwrap_or(false)
    }

    fn address(&self, key: &str) -> Option<SocketAddr> {
        self.text(key)?.parse().ok()
    }

    /// All settings of a section but `except`, as its taker's type.
    fn section<T: DeserializeOwned>(&self, name: &str, except: &[&str]) -> Result<T, ConfigError> {
        let prefix = format!("{name}.");
        let mut table = Table::new();
        for setting in SETTINGS {
            let Some(rest) = setting.key.strip_prefix(&prefix) else {
                continue;
            };
            if let (Some(value), false) = (self.value(setting.key), except.contains(&rest)) {
                insert(&mut table, rest, value.clone());
            }
        }
        Value::Table(table)
            .try_into()
            .map_err(|error: toml::de::Error| self.wrong(name, error.message().to_owned()))
    }

    fn wrong(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        ConfigError::Wrong {
            setting: key.to_owned(),
            reason: reason.into(),
            origin: self
                .0
                .get(key)
                .map_or(Origin::Default, |resolved| resolved.origin.clone()),
        }
    }
}

fn insert(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            table.insert(path.to_owned(), value);
        }
        Some((section, rest)) => {
            let deeper = table
                .entry(section)
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(deeper) = deeper {
                insert(deeper, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::super::layers::{Sources, resolve};
    use super::*;

    fn with(flags: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let flags = flags
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        Config::new(&resolve(&Sources {
            flags,
            ..Sources::default()
        })?)
    }

    #[test]
    fn the_defaults_are_those_of_the_parts() {
        let config = with(&[]).unwrap();
        assert_eq!(config.aws, datamesh_aws::Options::default());
        assert_eq!(config.runtime, datamesh_actor::Options::default());
        assert_eq!(config.mesh, datamesh_actors::Options::default());
        assert_eq!(config.workers, datamesh_workers::Options::default());
        assert_eq!(config.server, ServerOptions::default());
        assert_eq!(config.auth, AuthOptions::default());
    }

    #[test]
    fn every_option_of_a_part_is_a_setting() {
        let parts = [
            (
                "aws",
                toml::Value::try_from(datamesh_aws::Options::default()).unwrap(),
            ),
            (
                "runtime",
                toml::Value::try_from(datamesh_actor::Options::default()).unwrap(),
            ),
            (
                "mesh",
                toml::Value::try_from(datamesh_actors::Options::default()).unwrap(),
            ),
            (
                "workers",
                toml::Value::try_from(datamesh_workers::Options::default()).unwrap(),
            ),
        ];
        for (section, options) in parts {
            for (name, value) in options.as_table().unwrap() {
                let key = match (section, name.as_str()) {
                    ("workers", "bus") => "mesh.bus".to_owned(),
                    _ => format!("{section}.{name}"),
                };
                let found = SETTINGS.iter().any(|setting| {
                    setting.key == key
                        || (value.is_table() && setting.key.starts_with(&format!("{key}.")))
                });
                assert!(found, "{key} is an option and no setting");
            }
        }
    }

    #[test]
    fn what_is_set_arrives() {
        let config = with(&[
            ("aws.rates", "{ \"glue:GetTable\" = 7 }"),
            ("aws.breaker.open_for", "90s"),
            ("runtime.retry.attempts", "3"),
            ("listen.admin", "127.0.0.1:0"),
            ("auth.audience", "a,b"),
            ("aws.region", "eu-central-1"),
            ("workflows.own_hosts", "mesh.example.com"),
            ("workflows.approval_deadline", "2d"),
            ("auth.admin_group", "operators"),
            ("access.request_days", "3"),
            ("access.drift", "repair"),
        ])
        .unwrap();
        let access = &config.mesh.access;
        assert_eq!(access.request_days, 3);
        assert_eq!(access.drift, Drift::Repair);
        let workflows = &config.mesh.workflows;
        assert_eq!(workflows.own_hosts, ["mesh.example.com"]);
        assert_eq!(workflows.approval_deadline.as_secs(), 172_800);
        assert_eq!(workflows.admin_group, "operators");
        assert_eq!(config.aws.rates["glue:GetTable"], 7.0);
        assert_eq!(config.aws.breaker.open_for, Duration::from_secs(90));
        assert_eq!(config.runtime.retry.attempts, 3);
        assert_eq!(config.server.admin_listen.port(), 0);
        assert_eq!(config.auth.audience, ["a", "b"]);
        assert_eq!(config.aws.region.as_deref(), Some("eu-central-1"));
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        let table: [(&[(&str, &str)], &str); 6] = [
            (
                &[("aws.endpoint_url", "http://127.0.0.1:1")],
                "aws.endpoint_url needs aws.mode = \"aws\" (set by --aws-endpoint-url)",
            ),
            (
                &[("aws.mode", "aws"), ("localcloud.listen", "127.0.0.1:1")],
                "localcloud.listen needs aws.mode = \"embedded\" (set by --localcloud-listen)",
            ),
            (
                &[("aws.mode", "aws"), ("localcloud.control", "127.0.0.1:1")],
                "localcloud.control needs aws.mode = \"embedded\" (set by --localcloud-control)",
            ),
            (
                &[("auth.mode", "oidc")],
                "auth.mode is `oidc`, which needs either jwks_url or jwks_file (set by --auth-mode)",
            ),
            (
                &[("auth.jwks_file", "keys.json")],
                "auth.mode is `embedded`, which has keys of its own: set no jwks_url and no jwks_file (set by default)",
            ),
            (
                &[("aws.account", "12")],
                "aws.account `12` is not twelve digits (set by --aws-account)",
            ),
        ];
        for (flags, expected) in table {
            assert_eq!(with(flags).unwrap_err().to_string(), expected);
        }
    }
}
