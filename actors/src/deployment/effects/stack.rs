//! Reading a stack.

use datamesh_aws::cloudformation::CloudFormation;
use datamesh_aws::{AwsError, PageRequest};

use crate::deployment::Seen;
use crate::deployment::running::Condition;

/// At most so many pages of a stack's resources are read.
const MAX_PAGES: usize = 10;

/// How a stack stands; one that is not there has no status. The newest event is not looked up.
pub(super) async fn seen(
    cloudformation: &CloudFormation<'_>,
    stack: &str,
) -> Result<Seen, AwsError> {
    let stack = match cloudformation.describe_stack(stack).await {
        Ok(stack) => stack,
        Err(error) if error.is_not_found() => return Ok(Seen::default()),
        Err(error) => return Err(error),
    };
    let failed = match stack.status.as_str() {
        "DELETE_FAILED" => failed(cloudformation, &stack.stack_id, "DELETE_FAILED").await?,
        status if Condition::of(status) == Condition::Stuck => {
            failed(cloudformation, &stack.stack_id, "UPDATE_FAILED").await?
        }
        _ => Vec::new(),
    };
    Ok(Seen {
        stack_id: Some(stack.stack_id),
        status: stack.status,
        reason: stack.status_reason.unwrap_or_default(),
        failed,
        mark: None,
        outputs: stack.outputs,
    })
}

/// The newest event of a stack.
pub(super) async fn newest_event(
    cloudformation: &CloudFormation<'_>,
    stack: &str,
) -> Result<Option<String>, AwsError> {
    let page = PageRequest::default();
    match cloudformation.describe_stack_events(stack, page).await {
        Ok(page) => Ok(page.items.into_iter().next().map(|event| event.event_id)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn failed(
    cloudformation: &CloudFormation<'_>,
    stack: &str,
    status: &str,
) -> Result<Vec<String>, AwsError> {
    let mut found = Vec::new();
    let mut request = PageRequest::default();
    for _ in 0..MAX_PAGES {
        let page = cloudformation.list_stack_resources(stack, request).await?;
        let failed = page.items.into_iter().filter(|r| r.status == status);
        found.extend(failed.map(|resource| resource.logical_id));
        if page.next_token.is_none() {
            break;
        }
        request = PageRequest {
            next_token: page.next_token,
            ..PageRequest::default()
        };
    }
    Ok(found)
}
