//! Clouds and clients for the tests.

use std::path::Path;
use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Region};
use aws_types::SdkConfig;
use datamesh_localcloud::{LocalCloud, ManualClock, OpenError, Options};

pub const ACCOUNT: &str = "111122223333";
pub const OTHER_ACCOUNT: &str = "444455556666";
pub const REGION: &str = "eu-west-1";
/// 2026-01-31T12:00:00Z.
pub const START_MS: i64 = 1_769_860_800_000;

/// A cloud in memory, and its clock, which stands still.
pub fn cloud() -> (LocalCloud, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new(START_MS));
    let options = Options {
        clock: clock.clone(),
        seed: Some(1),
        ..Options::in_memory()
    };
    (LocalCloud::open(options).unwrap(), clock)
}

/// A cloud in a file.
pub fn open_file(path: &Path) -> Result<LocalCloud, OpenError> {
    LocalCloud::open(Options {
        path: Some(path.to_path_buf()),
        clock: Arc::new(ManualClock::new(START_MS)),
        seed: Some(1),
        ..Options::in_memory()
    })
}

/// What SDK clients are made of: in process, with an account's long-term key, without retries.
pub fn sdk(cloud: &LocalCloud, account: &str, region: &str) -> SdkConfig {
    let (key, secret) = cloud.credentials(account);
    sdk_with(
        cloud,
        Credentials::new(key, secret, None, None, "test"),
        region,
    )
}

pub fn sdk_with(cloud: &LocalCloud, credentials: Credentials, region: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(RetryConfig::disabled())
        .http_client(cloud.http_client())
        .build()
}
