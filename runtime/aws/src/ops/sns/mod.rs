//! Amazon SNS.

mod publish;
mod topic;

use aws_config::SdkConfig;
use aws_sdk_sns::Client;

use crate::aws::Via;
use crate::connector::Base;
use crate::pool::{self, Registries, Registry};

pub use publish::Publish;

pub(crate) struct Service;

impl pool::Service for Service {
    const NAME: &'static str = "sns";
    type Client = Client;

    fn client(config: &SdkConfig, _base: &Base) -> Client {
        Client::new(config)
    }

    fn registry(registries: &Registries) -> &Registry<Self> {
        &registries.sns
    }
}

/// SNS, as one caller sees it.
pub struct Sns<'a>(pub(crate) Via<'a, Service>);
