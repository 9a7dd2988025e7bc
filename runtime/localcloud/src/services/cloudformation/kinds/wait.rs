//! `AWS::CloudFormation::WaitConditionHandle`: a resource that is nothing.

use serde_json::{Value, json};

use super::{Handler, Kind, Made, Wanted};
use crate::inside::{Inside, InsideError};

pub(super) const KINDS: &[Kind] = &[Kind {
    name: "AWS::CloudFormation::WaitConditionHandle",
    properties: &[],
    attributes: &[],
    named_by: None,
    handler: &WaitHandle,
}];

struct WaitHandle;

impl Handler for WaitHandle {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let url = format!(
            "https://cloudformation-waitcondition-{}.s3.{}.amazonaws.com/{}",
            inside.call.scope.region, inside.call.scope.region, wanted.name
        );
        Ok(Made::new(url, json!({})))
    }

    fn update(
        &self,
        physical_id: &str,
        _old: &Value,
        _wanted: &Wanted<'_>,
        _inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        Ok(Made::new(physical_id, json!({})))
    }

    fn delete(
        &self,
        _physical_id: &str,
        _properties: &Value,
        _inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        Ok(())
    }

    fn read(
        &self,
        _physical_id: &str,
        _properties: &Value,
        _inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        Ok(None)
    }
}
