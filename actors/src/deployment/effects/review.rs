use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::PageRequest;
use datamesh_aws::cloudformation::{self, ChangeAction, Replacement, is_no_change};
use serde::{Deserialize, Serialize};

use super::{Outcome, stack};
use crate::aws_error;
use crate::deployment::{MAX_CHANGES, ResourceChange, Review};
use crate::world::{Place, World};

/// Waits until CloudFormation has worked out the change set, and reads the difference
/// (`DescribeChangeSet`). One that fails for want of a difference is an answer too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewChangeSet {
    /// Where.
    pub place: Place,
    /// The stack's ARN.
    pub stack: String,
    /// The change set's ARN.
    pub change_set: String,
}

impl ReviewChangeSet {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let cloudformation = world.aws.cloudformation(&call);
        let failed = |error| aws_error::of(error, cx);
        let mut changes: Vec<ResourceChange> = Vec::new();
        let mut request = PageRequest::default();
        let review = loop {
            let page = cloudformation
                .describe_change_set(None, &self.change_set, request)
                .await
                .map_err(|error| match error {
                    late if aws_error::may_be_late(&late, cx) => {
                        aws_error::still("CHANGE_SET_NOT_SHOWN_YET", "it is not to be seen yet")
                    }
                    error => failed(error),
                })?;
            match page.status.as_str() {
                "CREATE_COMPLETE" => {}
                "FAILED" => {
                    let reason = page.status_reason.unwrap_or_default();
                    if is_no_change(&reason) {
                        break Review::Same;
                    }
                    return Err(aws_error::terminal("CHANGE_SET_FAILED", reason));
                }
                status => {
                    return Err(aws_error::still(
                        "CHANGE_SET_NOT_READY",
                        format!("the change set is {status}"),
                    ));
                }
            }
            changes.extend(page.changes.items.into_iter().map(change));
            match page.changes.next_token {
                Some(token) if changes.len() < MAX_CHANGES => {
                    request = PageRequest {
                        next_token: Some(token),
                        ..PageRequest::default()
                    };
                }
                _ => break Review::Differs,
            }
        };
        changes.truncate(MAX_CHANGES);
        let mark = stack::newest_event(&cloudformation, &self.stack)
            .await
            .map_err(failed)?;
        Ok(Outcome::ChangeSetReviewed {
            review,
            changes,
            mark,
        })
    }
}

fn change(change: cloudformation::Change) -> ResourceChange {
    ResourceChange {
        action: match change.action {
            ChangeAction::Add => "Add",
            ChangeAction::Modify => "Modify",
            ChangeAction::Remove => "Remove",
            ChangeAction::Import => "Import",
            ChangeAction::Dynamic => "Dynamic",
        }
        .to_owned(),
        logical_id: change.logical_id,
        physical_id: change.physical_id.unwrap_or_default(),
        resource_type: change.resource_type,
        replacement: change
            .replacement
            .map_or("", |replacement| match replacement {
                Replacement::Always => "True",
                Replacement::Never => "False",
                Replacement::Conditional => "Conditional",
            })
            .to_owned(),
        scope: change.scope,
    }
}
