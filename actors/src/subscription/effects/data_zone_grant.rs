//! DataZone's grant: only where the consumer's project has an environment with a subscription target that takes
//! Glue tables. Ours is the fulfilment: DataZone is told how far it is.

use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::datazone::{CreateSubscriptionGrant, Datazone, SubscriptionTarget};
use datamesh_aws::{PageRequest, Token};

use super::DataZoneCall;
use super::data_zone::{is_hidden, may_be_over, unread};
use crate::aws_error;
use crate::subscription::ZoneFact;

/// The type of the assets that we describe.
const ASSET_TYPE: &str = "amazon.datazone.GlueTableAssetType";

/// `CreateSubscriptionGrant`, idempotent by token, and `UpdateSubscriptionGrantStatus` for what is not granted
/// yet.
pub(super) async fn grant(
    call: &DataZoneCall,
    datazone: &Datazone<'_>,
    cx: &EffectCx,
) -> Result<ZoneFact, EffectError> {
    let domain = &call.zone.domain_id;
    let Some(target) = target(call, datazone, cx).await? else {
        return Ok(ZoneFact::Granted(None));
    };
    let subscription = datazone
        .get_subscription(domain, &call.zone_subscription_id)
        .await
        .map_err(|error| unread(error, cx))?;
    let Some(listing_revision) = subscription.listing_revision else {
        return Ok(ZoneFact::Granted(None));
    };
    let grant = datazone
        .create_subscription_grant(CreateSubscriptionGrant {
            domain_id: domain.clone(),
            environment_id: target.environment_id,
            target_id: target.id,
            listing_id: call.zone.listing_id.clone(),
            listing_revision,
            token: Token::derive(&call.subscription_id, "CreateSubscriptionGrant"),
        })
        .await
        .map_err(|error| aws_error::of_creation(error, cx))?;
    // A repeat is answered as the first was: how far it is now is to be read.
    let now = datazone.get_subscription_grant(domain, &grant.id).await;
    let now = now.map_err(|error| aws_error::after_the_deed(error, cx))?;
    for (asset, status) in now.assets {
        if status != "GRANTED" {
            datazone
                .update_subscription_grant_status(domain, &grant.id, &asset, "GRANTED", None)
                .await
                .map_err(|error| aws_error::after_the_deed(error, cx))?;
        }
    }
    Ok(ZoneFact::Granted(Some(grant.id)))
}

/// `DeleteSubscriptionGrant`, and `UpdateSubscriptionGrantStatus` for what is not revoked yet. A grant that is
/// gone is revoked.
pub(super) async fn ungrant(
    call: &DataZoneCall,
    datazone: &Datazone<'_>,
    cx: &EffectCx,
) -> Result<ZoneFact, EffectError> {
    let domain = &call.zone.domain_id;
    let id = &call.grant_id;
    let grant = match datazone.delete_subscription_grant(domain, id).await {
        Ok(grant) => grant,
        Err(error) if error.is_not_found() => return Ok(ZoneFact::Ungranted),
        Err(error) if may_be_over(&error) => {
            let grant = match datazone.get_subscription_grant(domain, id).await {
                Ok(grant) => grant,
                Err(read) if is_hidden(&error, &read, cx) => return Ok(ZoneFact::Ungranted),
                Err(read) => return Err(unread(read, cx)),
            };
            if !grant
                .assets
                .iter()
                .all(|(_, status)| status.starts_with("REVOKE"))
            {
                return Err(aws_error::of(error, cx));
            }
            grant
        }
        Err(error) => return Err(aws_error::of(error, cx)),
    };
    for (asset, status) in grant.assets {
        if status != "REVOKED" {
            let told = datazone
                .update_subscription_grant_status(domain, id, &asset, "REVOKED", None)
                .await
                .map(drop);
            aws_error::gone_is_done(told).map_err(|error| aws_error::after_the_deed(error, cx))?;
        }
    }
    Ok(ZoneFact::Ungranted)
}

/// The first target of the consumer's project that takes Glue tables.
async fn target(
    call: &DataZoneCall,
    datazone: &Datazone<'_>,
    cx: &EffectCx,
) -> Result<Option<SubscriptionTarget>, EffectError> {
    let domain = &call.zone.domain_id;
    let Some(project) = &call.zone.project_id else {
        return Ok(None);
    };
    let mut environments = PageRequest::default();
    loop {
        let page = datazone
            .list_environments(domain, project, environments.clone())
            .await
            .map_err(|error| aws_error::of(error, cx))?;
        for environment in page.items {
            let mut targets = PageRequest::default();
            loop {
                let page = datazone
                    .list_subscription_targets(domain, &environment.id, targets.clone())
                    .await
                    .map_err(|error| aws_error::of(error, cx))?;
                let mut found = page.items.into_iter();
                let takes = |t: &SubscriptionTarget| t.asset_types.iter().any(|t| t == ASSET_TYPE);
                if let Some(target) = found.find(takes) {
                    return Ok(Some(target));
                }
                match page.next_token {
                    Some(next) => targets.next_token = Some(next),
                    None => break,
                }
            }
        }
        match page.next_token {
            Some(next) => environments.next_token = Some(next),
            None => return Ok(None),
        }
    }
}
