use std::sync::Arc;

use datamesh_aws::{Aws, CallCx, Connector, Options, SystemClock};
use datamesh_localcloud::LocalCloud;

pub const HOME: &str = "111111111111";
pub const FOREIGN: &str = "222222222222";

/// An embedded AWS and a way to it, with rates that do not slow a test down.
pub struct World {
    pub cloud: LocalCloud,
    pub aws: Aws,
    /// The home account, ordinary priority.
    pub home: CallCx,
}

impl World {
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    pub fn with(options: Options) -> Self {
        let cloud = LocalCloud::open(datamesh_localcloud::Options::in_memory()).unwrap();
        let keys = cloud.clone();
        let connector = Connector::Embedded {
            http_client: cloud.http_client(),
            credentials: Arc::new(move |account| keys.credentials(account)),
        };
        let fast = [
            "cloudformation",
            "datazone",
            "events",
            "glue",
            "lakeformation",
            "ram",
            "s3",
            "sns",
            "sqs",
            "sts",
        ];
        let options = Options {
            account: HOME.to_owned(),
            region: Some("eu-central-1".to_owned()),
            rates: fast
                .map(|service| (format!("{service}:*"), 10_000.0))
                .into(),
            ..options
        };
        options.check().unwrap();
        Self {
            cloud,
            aws: Aws::new(options, connector, Arc::new(SystemClock::new())),
            home: CallCx::default(),
        }
    }
}
