//! Amazon SQS.

mod message;
mod queue;
mod redrive;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;

use crate::aws::Via;
use crate::connector::Base;
use crate::pool::{self, Registries, Registry};

pub use message::{Message, ReceiveMessages, SendMessage};
pub use queue::Attributes;
pub use redrive::MoveTask;

pub(crate) struct Service;

impl pool::Service for Service {
    const NAME: &'static str = "sqs";
    type Client = Client;

    fn client(config: &SdkConfig, _base: &Base) -> Client {
        Client::new(config)
    }

    fn registry(registries: &Registries) -> &Registry<Self> {
        &registries.sqs
    }
}

/// SQS, as one caller sees it.
pub struct Sqs<'a>(pub(crate) Via<'a, Service>);
