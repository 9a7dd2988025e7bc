//! Amazon Athena.

mod query;
mod results;

use aws_config::SdkConfig;
use aws_sdk_athena::Client;

use crate::aws::Via;
use crate::connector::Base;
use crate::pool::{self, Registries, Registry};

pub use query::{Query, QueryFailure, QueryState, StartQuery};
pub use results::{ResultColumn, ResultPage};

pub(crate) struct Service;

impl pool::Service for Service {
    const NAME: &'static str = "athena";
    type Client = Client;

    fn client(config: &SdkConfig, _base: &Base) -> Client {
        Client::new(config)
    }

    fn registry(registries: &Registries) -> &Registry<Self> {
        &registries.athena
    }
}

/// Athena, as one caller sees it: queries read what the calling role may read.
pub struct Athena<'a>(pub(crate) Via<'a, Service>);
