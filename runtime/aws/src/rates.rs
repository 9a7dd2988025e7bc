//! The rates that limiters start from.
//!
//! Calls per second, per account, region and operation. Published quotas where
//! AWS publishes one; where it does not (Glue's, Lake Formation's, RAM's and
//! CloudFormation's request rates) a low start that throttles can lower
//! further. Every one can be overridden by `rates` in [`crate::Options`].
//!
//! `PutEvents` is counted by its entries, ten of which can share a call: the
//! stricter reading of its quota, and what a bus can do.

/// One shipped default: service, operation (`*` for all others), calls a second.
type Row = (&'static str, &'static str, f64);

const RATES: &[Row] = &[
    // DataZone quotas: catalogue writes and Search 20/s, with two slow families.
    ("datazone", "AcceptSubscriptionRequest", 3.0),
    ("datazone", "CancelSubscription", 3.0),
    ("datazone", "CreateGlossary", 5.0),
    ("datazone", "*", 20.0),
    // EventBridge quota of the large regions.
    ("events", "PutEvents", 10_000.0),
    ("events", "*", 50.0),
    // Standard queues have no published limit on the message operations.
    ("sqs", "ChangeMessageVisibility", 3_000.0),
    ("sqs", "DeleteMessage", 3_000.0),
    ("sqs", "ReceiveMessage", 3_000.0),
    ("sqs", "SendMessage", 3_000.0),
    ("sqs", "*", 100.0),
    // SNS quotas: 300 publishes a second in the smallest regions, 30 of most others.
    ("sns", "Publish", 300.0),
    ("sns", "*", 30.0),
    // S3 limits by prefix: 3,500 writes and 5,500 reads a second.
    ("s3", "CreateBucket", 10.0),
    ("s3", "DeleteBucket", 10.0),
    ("s3", "DeleteObject", 3_500.0),
    ("s3", "DeleteObjects", 100.0),
    ("s3", "GetObject", 5_500.0),
    ("s3", "HeadObject", 5_500.0),
    ("s3", "PutObject", 3_500.0),
    ("s3", "*", 100.0),
    // A session lasts an hour: more than this means that a cache is broken.
    ("sts", "*", 10.0),
    // Athena quotas of the smaller regions, without their bursts.
    ("athena", "GetQueryExecution", 100.0),
    ("athena", "GetQueryResults", 100.0),
    ("athena", "StartQueryExecution", 20.0),
    ("athena", "StopQueryExecution", 20.0),
    ("athena", "*", 5.0),
    ("cloudformation", "*", 5.0),
    ("glue", "*", 5.0),
    ("lakeformation", "*", 5.0),
    ("ram", "*", 5.0),
];

/// What a service that the table does not know gets.
const UNKNOWN: f64 = 5.0;

/// The shipped rate of an operation, in calls per second.
pub fn default_rate(service: &str, operation: &str) -> f64 {
    let row = |wanted: &str| {
        RATES
            .iter()
            .find(|(s, o, _)| *s == service && *o == wanted)
            .map(|(_, _, rate)| *rate)
    };
    row(operation).or_else(|| row("*")).unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_quotas_are_shipped() {
        for (service, operation, rate) in [
            ("datazone", "CreateAsset", 20.0),
            ("datazone", "Search", 20.0),
            ("datazone", "CreateGlossary", 5.0),
            ("datazone", "AcceptSubscriptionRequest", 3.0),
            ("datazone", "CancelSubscription", 3.0),
            ("events", "PutEvents", 10_000.0),
            ("glue", "CreateTable", 5.0),
            ("lakeformation", "GrantPermissions", 5.0),
            ("ram", "CreateResourceShare", 5.0),
            ("athena", "StartQueryExecution", 20.0),
            ("athena", "GetQueryExecution", 100.0),
            ("cloudformation", "CreateChangeSet", 5.0),
            ("somethingnew", "Anything", 5.0),
        ] {
            assert_eq!(
                default_rate(service, operation),
                rate,
                "{service}:{operation}"
            );
        }
    }
}
