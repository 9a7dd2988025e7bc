//! The workflows of this installation, and what they need in AWS.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use datamesh_actors::Place;
use datamesh_actors::workflow::{PROMOTION, Workflow, Workflows};
use datamesh_aws::{Aws, CallCx};

use super::start_error::StartError;

/// The topic that the shipped workflow tells of the ends of promotions.
const TOPIC: &str = "promotion-notifications";

/// Reads the workflows: the shipped ones, or the files that replace them.
///
/// # Errors
/// A file that cannot be read, or all that is wrong with a document.
pub fn load(promotion: Option<&Path>, home: &Place) -> Result<Arc<Workflows>, StartError> {
    let promotion = match promotion {
        None => Workflow::shipped_promotion(home),
        Some(path) => {
            let document =
                std::fs::read_to_string(path).map_err(|source| StartError::Document {
                    path: path.to_owned(),
                    source,
                })?;
            Workflow::new(PROMOTION, &document, &path.display().to_string(), home)
        }
    };
    Ok(Arc::new(Workflows::new([promotion?])))
}

/// Makes the topic that workflows publish to, where it is missing (SNS `CreateTopic`, a natural key).
///
/// # Errors
/// AWS does not let us.
pub async fn provision(aws: &Aws) -> Result<(), StartError> {
    let home = CallCx::default();
    let made = aws.sns(&home).create_topic(TOPIC, BTreeMap::new()).await;
    made.map(drop)
        .map_err(|error| StartError::Topic(Box::new(error)))
}
