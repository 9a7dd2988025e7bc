//! The command line of `datameshd`. Every setting is a flag, made from the table of settings.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::config::SETTINGS;

/// What the process is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Serve until told to stop.
    Run {
        /// Play the sample in this folder first.
        sample: Option<PathBuf>,
        /// Stop when it is played.
        exit_after_sample: bool,
    },
    /// Print every setting.
    ShowConfig,
    /// Print a documented example of the file.
    ShowExample,
}

/// What the command line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// What to do.
    pub task: Task,
    /// The configuration file that it names.
    pub config: Option<PathBuf>,
    /// Settings, by key.
    pub flags: BTreeMap<String, String>,
}

/// Short names beside those that are made from the keys.
const ALIASES: [(&str, &str); 2] = [
    ("listen.public", "listen"),
    ("listen.admin", "admin-listen"),
];

impl Arguments {
    /// Reads a command line; the first argument is the program's name.
    ///
    /// # Errors
    /// What clap says of it, which includes the answers to `--help` and `--version`.
    pub fn read<I, T>(arguments: I) -> Result<Self, clap::Error>
    where
        I: IntoIterator<Item = T>,
        T: Into<OsString> + Clone,
    {
        let matches = command().try_get_matches_from(arguments)?;
        let deepest = match matches.subcommand() {
            Some((_, deeper)) => deeper,
            None => &matches,
        };
        let task = match matches.subcommand_name() {
            Some("config") if deepest.get_flag("example") => Task::ShowExample,
            Some("config") => Task::ShowConfig,
            _ => Task::Run {
                sample: deepest.get_one::<PathBuf>("sample").cloned(),
                exit_after_sample: deepest.get_flag("exit-after-sample"),
            },
        };
        Ok(Self {
            task,
            config: deepest.get_one::<PathBuf>("config").cloned(),
            flags: flags(deepest),
        })
    }
}

fn flags(matches: &ArgMatches) -> BTreeMap<String, String> {
    SETTINGS
        .iter()
        .filter_map(|setting| {
            let text = matches.get_one::<String>(setting.key)?;
            Some((setting.key.to_owned(), text.clone()))
        })
        .collect()
}

fn command() -> Command {
    Command::new("datameshd")
        .version(env!("CARGO_PKG_VERSION"))
        .about(
            "The control plane of a data mesh: gRPC and REST, actors, and an AWS if you have none",
        )
        .after_help(
            "Settings come from flags, then DATAMESH_… variables, then a TOML file, then defaults. \
             `datameshd config` prints each with its value and who set it.",
        )
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .help("The configuration file [default: datamesh.toml, if there is one]")
                .env("DATAMESH_CONFIG")
                .hide_env_values(true)
                .value_parser(value_parser!(PathBuf))
                .global(true),
        )
        .args(SETTINGS.iter().map(|setting| {
            let aliases = ALIASES.iter().filter(|(key, _)| *key == setting.key);
            Arg::new(setting.key)
                .long(setting.flag())
                .visible_aliases(aliases.map(|(_, alias)| *alias).collect::<Vec<_>>())
                .value_name("VALUE")
                .help(help_of(setting.doc, setting.default))
                .help_heading("Settings")
                .value_parser(NonEmptyStringValueParser::new())
                .action(ArgAction::Set)
                .global(true)
                .hide_short_help(true)
        }))
        .args(run_arguments())
        .subcommand(
            Command::new("run")
                .about(
                    "Serve until SIGTERM or Ctrl-C (this is what happens without a command, too)",
                )
                .args(run_arguments()),
        )
        .subcommand(
            Command::new("config")
                .about("Print every setting with its value and who set it")
                .arg(
                    Arg::new("example")
                        .long("example")
                        .help("Print a documented example of the file instead")
                        .action(ArgAction::SetTrue),
                ),
        )
}

fn run_arguments() -> [Arg; 2] {
    [
        Arg::new("sample")
            .long("sample")
            .value_name("FOLDER")
            .help("Play the sample mesh in this folder through the public API, and print what happened")
            .value_parser(value_parser!(PathBuf)),
        Arg::new("exit-after-sample")
            .long("exit-after-sample")
            .help("Stop when the sample is played; not 0 if it did not reach its end")
            .requires("sample")
            .action(ArgAction::SetTrue),
    ]
}

fn help_of(doc: &str, default: &str) -> String {
    match default {
        "" => doc.to_owned(),
        default => format!("{doc} [default: {default}]"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn read(line: &str) -> Arguments {
        Arguments::read(line.split_whitespace()).unwrap()
    }

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn settings_are_flags_wherever_they_stand() {
        for line in [
            "datameshd --listen-public 127.0.0.1:1 --sample samples",
            "datameshd run --sample samples --listen 127.0.0.1:1",
            "datameshd --listen=127.0.0.1:1 run --sample samples",
        ] {
            let arguments = read(line);
            assert_eq!(arguments.flags["listen.public"], "127.0.0.1:1", "{line}");
            let sample = Some(PathBuf::from("samples"));
            let exit_after_sample = false;
            assert_eq!(
                arguments.task,
                Task::Run {
                    sample,
                    exit_after_sample
                },
                "{line}"
            );
        }
    }

    #[test]
    fn the_configuration_is_shown_with_the_flags_that_are_given() {
        let arguments = read("datameshd config --log-level debug --config mesh.toml");
        assert_eq!(arguments.task, Task::ShowConfig);
        assert_eq!(arguments.config, Some("mesh.toml".into()));
        assert_eq!(arguments.flags["log.level"], "debug");
        assert_eq!(read("datameshd config --example").task, Task::ShowExample);
    }

    #[test]
    fn an_unknown_flag_is_refused_with_what_may_have_been_meant() {
        let error = Arguments::read(["datameshd", "--listen-pubilc", "x"]).unwrap_err();
        assert!(error.to_string().contains("--listen-public"), "{error}");
        assert_eq!(error.exit_code(), 2);
    }
}
