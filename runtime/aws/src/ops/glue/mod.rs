//! AWS Glue's Data Catalog. Neither databases nor tables take a token: a repeat
//! of a create is an `AlreadyExistsException`, to be answered by reading back.

mod database;
mod table;

use aws_config::SdkConfig;
use aws_sdk_glue::Client;

use crate::aws::Via;
use crate::connector::Base;
use crate::pool::{self, Registries, Registry};

pub use database::{CreateDatabase, Database};
pub use table::{Column, CreateResourceLink, CreateTable, StorageFormat, Table, TableName};

pub(crate) struct Service;

impl pool::Service for Service {
    const NAME: &'static str = "glue";
    type Client = Client;

    fn client(config: &SdkConfig, _base: &Base) -> Client {
        Client::new(config)
    }

    fn registry(registries: &Registries) -> &Registry<Self> {
        &registries.glue
    }
}

/// Glue, as one caller sees it. The catalogue is the account's own where no other can be named.
pub struct Glue<'a>(pub(crate) Via<'a, Service>);
