//! The configuration of `datameshd`: flags, then `DATAMESH_…` variables, then a TOML file, then defaults.

mod error;
mod layers;
mod nearest;
mod setting;
mod settings;
mod show;
mod typed;

pub use error::ConfigError;
pub use layers::{Origin, Resolution, Resolved, Sources, resolve};
pub use setting::{Kind, Setting};
pub use settings::{SECTIONS, SETTINGS};
pub use show::{current, example};
pub use typed::{AwsMode, Config, Log, LogFormat};
