use serde::{Deserialize, Serialize};

use super::record::EnvironmentRecord;
use crate::project;
use crate::world::Place;

/// What stands before a domain's name in the name of its bucket.
const BUCKET: &str = "data-lake-";

/// The parameters that a deployment never takes from the request.
pub const ALWAYS_GIVEN: [&str; 2] = ["Environment", "ProjectId"];

/// The parameters that a deployment takes from the mesh, unless a template of one's own is deployed with
/// values for them.
pub const GIVEN: [&str; 3] = ["DomainId", "DomainName", "DataLakeBucket"];

/// Where an environment lives, as its project told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Home {
    /// Where its stack is.
    pub place: Place,
    /// The project's domain.
    pub domain_id: String,
    /// Where the project lives, with the domain's bucket.
    pub project: project::Home,
}

impl Home {
    /// The value that datamesh gives to a parameter.
    pub(super) fn gives(&self, record: &EnvironmentRecord, parameter: &str) -> Option<String> {
        let bucket = &self.project.data_lake_bucket;
        Some(match parameter {
            "Environment" => record.environment.clone(),
            "ProjectId" => record.project_id.clone(),
            "DomainId" => self.domain_id.clone(),
            "DomainName" => bucket.strip_prefix(BUCKET).unwrap_or(bucket).to_owned(),
            "DataLakeBucket" => bucket.clone(),
            _ => return None,
        })
    }
}
