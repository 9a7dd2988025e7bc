//! Amazon EventBridge.

mod bus;
mod gather;
mod put;
mod rule;
mod target;

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;

use crate::aws::Via;
use crate::connector::Base;
use crate::pool::{self, Registries, Registry};

pub use bus::EventBus;
pub(crate) use gather::Gathering;
pub use put::{EntryError, Event, MAX_BYTES, MAX_ENTRIES};
pub use rule::{PutRule, Rule};
pub use target::Target;

pub(crate) struct Service;

impl pool::Service for Service {
    const NAME: &'static str = "events";
    type Client = Client;

    fn client(config: &SdkConfig, _base: &Base) -> Client {
        Client::new(config)
    }

    fn registry(registries: &Registries) -> &Registry<Self> {
        &registries.events
    }
}

/// EventBridge, as one caller sees it.
pub struct Events<'a>(pub(crate) Via<'a, Service>);
