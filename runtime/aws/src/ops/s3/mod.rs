//! Amazon S3. Puts and deletes state the wanted end, so repeats are harmless.

mod bucket;
mod object;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;

use crate::aws::Via;
use crate::connector::Base;
use crate::pool::{self, Registries, Registry};

pub use object::{
    DeleteFailure, ListObjects, Object, ObjectHead, ObjectPage, ObjectSummary, PutObject,
};

pub(crate) struct Service;

impl pool::Service for Service {
    const NAME: &'static str = "s3";
    type Client = Client;

    fn client(config: &SdkConfig, base: &Base) -> Client {
        let config = Builder::from(config).force_path_style(base.path_style);
        Client::from_conf(config.build())
    }

    fn registry(registries: &Registries) -> &Registry<Self> {
        &registries.s3
    }
}

/// S3, as one caller sees it.
pub struct S3<'a>(pub(crate) Via<'a, Service>);
