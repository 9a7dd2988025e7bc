use datamesh_actor::{EffectCx, EffectError, Rank};
use datamesh_aws::datazone::{Datazone, ListSubscriptions, SubscriptionRequest};
use datamesh_aws::{AwsError, ErrorClass};
use serde::{Deserialize, Serialize};

use super::{Outcome, data_zone_grant, data_zone_request};
use crate::aws_error;
use crate::priority;
use crate::subscription::{State, Zone, ZoneFact, ZoneStep};
use crate::world::World;

/// DataZone may need so many looks before it shows a subscription that it has just made.
const LOOKS: u32 = 10;

/// Tells DataZone what is so. What takes no token is read before it is given up, so that a repeat finds it done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataZoneCall {
    /// What.
    pub step: ZoneStep,
    /// Where.
    pub zone: Zone,
    /// Our id: the same request always has the same token.
    pub subscription_id: String,
    /// The reason of the request, or of its decision.
    pub reason: String,
    /// DataZone's request, once there is one.
    pub request_id: String,
    /// DataZone's subscription, once there is one.
    pub zone_subscription_id: String,
    /// DataZone's grant, while there is one.
    pub grant_id: String,
}

impl DataZoneCall {
    /// The call of a step; `None` where DataZone does not know the asset.
    pub(in crate::subscription) fn of(step: ZoneStep, state: &State) -> Option<Self> {
        let record = state.record.as_ref()?;
        let zone = state.home.as_ref()?.zone.clone()?;
        let first = record.agreement.requests.first()?;
        let reason = match step {
            ZoneStep::Request => first.reason.clone(),
            ZoneStep::Accept
            | ZoneStep::Reject
            | ZoneStep::Grant
            | ZoneStep::Ungrant
            | ZoneStep::Revoke => {
                let decision = first.decision.as_ref();
                decision.map(|d| d.reason.clone()).unwrap_or_default()
            }
        };
        let known = record.data_zone.clone();
        Some(Self {
            step,
            zone,
            subscription_id: record.subscription_id.clone(),
            reason,
            request_id: known.request_id.unwrap_or_default(),
            zone_subscription_id: known.subscription_id.unwrap_or_default(),
            grant_id: known.grant_id.unwrap_or_default(),
        })
    }

    /// What it tells.
    pub fn step(&self) -> ZoneStep {
        self.step
    }

    pub(super) fn rank(&self) -> Rank {
        match self.step {
            ZoneStep::Ungrant | ZoneStep::Revoke => Rank::Revoke,
            ZoneStep::Request | ZoneStep::Accept | ZoneStep::Reject | ZoneStep::Grant => {
                Rank::Normal
            }
        }
    }

    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.zone.place.call().priority(priority::of(self.rank()));
        let datazone = world.aws.datazone(&call);
        let fact = match self.step {
            ZoneStep::Request => return data_zone_request::request(self, &datazone, cx).await,
            ZoneStep::Accept => self.accept(&datazone, cx).await?,
            ZoneStep::Reject => self.reject(&datazone, cx).await?,
            ZoneStep::Grant => data_zone_grant::grant(self, &datazone, cx).await?,
            ZoneStep::Ungrant => data_zone_grant::ungrant(self, &datazone, cx).await?,
            ZoneStep::Revoke => self.revoke(&datazone, cx).await?,
        };
        Ok(Outcome::InDataZone(fact))
    }

    /// `AcceptSubscriptionRequest`, unless it is accepted; then looks for the subscription that it made.
    async fn accept(
        &self,
        datazone: &Datazone<'_>,
        cx: &EffectCx,
    ) -> Result<ZoneFact, EffectError> {
        let domain = &self.zone.domain_id;
        let read = self.read(datazone, cx).await?;
        if read.status == "PENDING" {
            datazone
                .accept_subscription_request(domain, &self.request_id, self.comment())
                .await
                .map_err(|error| aws_error::of(error, cx))?;
        } else if read.status != "ACCEPTED" {
            return Err(aws_error::terminal(
                "DATAZONE_REQUEST_DECIDED",
                format!("the request is {} in DataZone", read.status),
            ));
        }
        let made = datazone
            .list_subscriptions(ListSubscriptions {
                domain_id: domain.clone(),
                request_id: Some(self.request_id.clone()),
                ..ListSubscriptions::default()
            })
            .await
            .map_err(|error| aws_error::after_the_deed(error, cx))?;
        match made.items.into_iter().next() {
            Some(made) => Ok(ZoneFact::Accepted(made.id)),
            None if cx.attempt > LOOKS => Err(aws_error::terminal(
                "DATAZONE_SUBSCRIPTION_GONE",
                "the subscription that the request made is not approved any more",
            )),
            None => Err(EffectError {
                may_have_happened: true,
                ..aws_error::still(
                    "DATAZONE_SUBSCRIPTION_NOT_SHOWN_YET",
                    "the subscription is not to be seen yet",
                )
            }),
        }
    }

    /// `RejectSubscriptionRequest`. One that is rejected or gone is rejected.
    async fn reject(
        &self,
        datazone: &Datazone<'_>,
        cx: &EffectCx,
    ) -> Result<ZoneFact, EffectError> {
        let domain = &self.zone.domain_id;
        let rejected = datazone
            .reject_subscription_request(domain, &self.request_id, self.comment())
            .await;
        match rejected {
            Ok(_) => Ok(ZoneFact::Rejected),
            Err(error) if error.is_not_found() => Ok(ZoneFact::Rejected),
            Err(error) if may_be_over(&error) => {
                let read = datazone.get_subscription_request(domain, &self.request_id);
                match read.await {
                    // Somebody accepted it in DataZone's own portal: what that made is to be revoked.
                    Ok(read) if read.status == "ACCEPTED" => self.accept(datazone, cx).await,
                    Ok(read) if read.status == "REJECTED" => Ok(ZoneFact::Rejected),
                    Ok(_) => Err(aws_error::of(error, cx)),
                    Err(read) if is_hidden(&error, &read, cx) => Ok(ZoneFact::Rejected),
                    Err(read) => Err(unread(read, cx)),
                }
            }
            Err(error) => Err(aws_error::of(error, cx)),
        }
    }

    /// `RevokeSubscription`. One that is over or gone is revoked.
    async fn revoke(
        &self,
        datazone: &Datazone<'_>,
        cx: &EffectCx,
    ) -> Result<ZoneFact, EffectError> {
        let domain = &self.zone.domain_id;
        let id = &self.zone_subscription_id;
        let revoked = datazone.revoke_subscription(domain, id).await.map(drop);
        let Err(error) = aws_error::gone_is_done(revoked) else {
            return Ok(ZoneFact::Revoked);
        };
        if may_be_over(&error) {
            match datazone.get_subscription(domain, id).await {
                Ok(read) if read.status != "APPROVED" => return Ok(ZoneFact::Revoked),
                Ok(_) => {}
                Err(read) if is_hidden(&error, &read, cx) => return Ok(ZoneFact::Revoked),
                Err(read) => return Err(unread(read, cx)),
            }
        }
        Err(aws_error::of(error, cx))
    }

    async fn read(
        &self,
        datazone: &Datazone<'_>,
        cx: &EffectCx,
    ) -> Result<SubscriptionRequest, EffectError> {
        let domain = &self.zone.domain_id;
        let read = datazone
            .get_subscription_request(domain, &self.request_id)
            .await;
        read.map_err(|error| unread(error, cx))
    }

    /// What was said, as far as DataZone takes it.
    fn comment(&self) -> Option<String> {
        (!self.reason.is_empty()).then(|| self.reason.clone())
    }
}

/// A read of what DataZone has made for us failed: it may not show it yet.
pub(super) fn unread(error: AwsError, cx: &EffectCx) -> EffectError {
    match aws_error::may_be_late(&error, cx) {
        true => aws_error::still(
            "DATAZONE_NOT_SHOWN_YET",
            format!(
                "it is not to be seen yet: {}:{}: {}",
                error.service, error.operation, error.code
            ),
        ),
        false => aws_error::of(error, cx),
    }
}

/// Whether what is to end is gone: DataZone hides it from its end and, for longer than a read may lag, from who
/// reads it. It answers so for what is not there, and does not tell that from what the caller may not see.
pub(super) fn is_hidden(end: &AwsError, read: &AwsError, cx: &EffectCx) -> bool {
    let hidden =
        aws_error::hides(end) && aws_error::hides(read) && !aws_error::may_be_late(read, cx);
    if hidden {
        let (end, read, code) = (end.operation, read.operation, &read.code);
        tracing::warn!(end, read, code, "DataZone hides it: it is taken for gone");
    }
    hidden
}

/// Whether the end of something may be refused because it is over. What is to end is not read before that: a
/// read that lags would say that what was just made is not there, and leave it.
pub(super) fn may_be_over(error: &AwsError) -> bool {
    matches!(error.class, ErrorClass::Conflict | ErrorClass::Terminal)
}

#[cfg(test)]
mod tests {
    use datamesh_journal::EntityKey;

    use super::*;

    fn failed(operation: &'static str, code: &str, class: ErrorClass) -> AwsError {
        AwsError {
            service: "datazone",
            operation,
            code: code.to_owned(),
            message: String::new(),
            class,
            retry_after: None,
            request_id: None,
            may_have_happened: false,
        }
    }

    fn cx(attempt: u32) -> EffectCx {
        EffectCx {
            entity: EntityKey::new("subscription", "sub-1"),
            effect_id: "1".to_owned(),
            attempt,
            failures: 0,
            repeat: false,
            asked_ms: 0,
        }
    }

    #[test]
    fn what_the_end_and_the_reads_hide_is_gone_in_the_end() {
        let denied = |operation| failed(operation, "AccessDeniedException", ErrorClass::Terminal);
        let (end, read) = (denied("RevokeSubscription"), denied("GetSubscription"));
        assert!(!is_hidden(&end, &read, &cx(LOOKS)), "it may lag");
        assert!(
            unread(read.clone(), &cx(LOOKS))
                .message
                .contains(&read.code)
        );
        assert!(is_hidden(&end, &read, &cx(LOOKS + 1)));
        let conflict = failed(
            "RevokeSubscription",
            "ConflictException",
            ErrorClass::Conflict,
        );
        assert!(!is_hidden(&conflict, &read, &cx(LOOKS + 1)));
        let broken = failed(
            "GetSubscription",
            "InternalServerException",
            ErrorClass::Transient,
        );
        assert!(!is_hidden(&end, &broken, &cx(LOOKS + 1)));
    }
}
