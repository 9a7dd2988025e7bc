//! DataZone's request. DataZone takes one request or subscription of a subscriber to a listing at a time, and
//! knows fewer subscribers than we do: all roles of a project of its own domain are that project. So another
//! subscription of ours, one that was made in DataZone's portal, or the one before this that is still being
//! revoked, may hold the place. That is no failure: the subscriber is subscribed.

use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::datazone::{
    CreateSubscriptionRequest, Datazone, ListSubscriptionRequests, ListSubscriptions, Subscriber,
};
use datamesh_aws::{PageRequest, Token};

use super::{DataZoneCall, Outcome};
use crate::aws_error;
use crate::subscription::ZoneFact;

/// `CreateSubscriptionRequest`, idempotent by token: ours is answered as before, and never stands in its own way.
pub(super) async fn request(
    call: &DataZoneCall,
    datazone: &Datazone<'_>,
    cx: &EffectCx,
) -> Result<Outcome, EffectError> {
    let made = datazone
        .create_subscription_request(CreateSubscriptionRequest {
            domain_id: call.zone.domain_id.clone(),
            listing_id: call.zone.listing_id.clone(),
            subscriber: subscriber(call),
            reason: call.reason.clone(),
            token: Token::derive(&call.subscription_id, "CreateSubscriptionRequest"),
        })
        .await;
    let error = match made {
        Ok(made) => return Ok(Outcome::InDataZone(ZoneFact::Requested(made.id))),
        Err(error) => error,
    };
    if error.is_conflict()
        && let Some(holder) = holder(call, datazone, cx).await?
    {
        return Ok(Outcome::CoveredInDataZone {
            holder,
            may_come: cx.repeat,
        });
    }
    // Whoever held the place has just left it, or is not to be seen yet.
    Err(aws_error::of_creation(error, cx))
}

/// A project of the listing's DataZone domain, or else who reads.
fn subscriber(call: &DataZoneCall) -> Subscriber {
    match &call.zone.project_id {
        Some(id) => Subscriber::Project(id.clone()),
        None => Subscriber::Iam(call.zone.principal.clone()),
    }
}

/// What holds the subscriber's place at the listing. Requests are read first: one that is accepted in between
/// is seen as a subscription.
async fn holder(
    call: &DataZoneCall,
    datazone: &Datazone<'_>,
    cx: &EffectCx,
) -> Result<Option<String>, EffectError> {
    let mut requests = ListSubscriptionRequests {
        domain_id: call.zone.domain_id.clone(),
        status: Some("PENDING".to_owned()),
        listing_id: Some(call.zone.listing_id.clone()),
        subscriber: Some(subscriber(call)),
        page: PageRequest::default(),
    };
    loop {
        let page = datazone
            .list_subscription_requests(requests.clone())
            .await
            .map_err(|error| aws_error::of_creation(error, cx))?;
        match (page.items.first(), page.next_token) {
            (Some(request), _) => return Ok(Some(format!("the request {}", request.id))),
            (None, None) => break,
            (None, next_token) => requests.page.next_token = next_token,
        }
    }
    let mut subscriptions = ListSubscriptions {
        domain_id: call.zone.domain_id.clone(),
        request_id: None,
        status: Some("APPROVED".to_owned()),
        listing_id: Some(call.zone.listing_id.clone()),
        subscriber: Some(subscriber(call)),
        page: PageRequest::default(),
    };
    loop {
        let page = datazone
            .list_subscriptions(subscriptions.clone())
            .await
            .map_err(|error| aws_error::of_creation(error, cx))?;
        match (page.items.first(), page.next_token) {
            (Some(found), _) => return Ok(Some(format!("the subscription {}", found.id))),
            (None, None) => return Ok(None),
            (None, next_token) => subscriptions.page.next_token = next_token,
        }
    }
}
