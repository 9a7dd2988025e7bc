//! How a subscription is asked for: which of a principal's subscriptions to an asset it is to be.

use datamesh_actor::AskError;
use datamesh_actors::agreement::{Scope, Window};
use datamesh_actors::asset::AssetRecord;
use datamesh_actors::domain::DomainRecord;
use datamesh_actors::project::ProjectRecord;
use datamesh_actors::subscription::{
    Command, Request, SUBSCRIPTIONS, Subscription, SubscriptionRecord, subscription_id,
};
use datamesh_actors::{AssetSource, Person, Place, ProjectSource};
use datamesh_proto::v1;
use tonic::{Code, Status};

use super::Subscriptions;
use crate::authz::{Action, allowed};
use crate::services::access::{domain_of, millis, scope};
use crate::services::backend::not_found;
use crate::services::failure::unanswered;
use crate::services::page;
use crate::services::request_id::RequestId;
use crate::status::retry_later;

/// How often another one is tried when the one that seemed free was over already.
const TRIES: u32 = 10;

impl Subscriptions {
    /// Asks for the first subscription of the principal that is not over. A repeat finds the one that it asked
    /// for before, whatever became of that.
    pub(super) async fn create(
        &self,
        request_id: &RequestId<'_>,
        request: v1::CreateSubscriptionRequest,
    ) -> Result<SubscriptionRecord, Status> {
        let command = self.command(request_id, request).await?;
        let earlier = self.earlier(&command).await?;
        if request_id.is_given() {
            let mine = |record: &&SubscriptionRecord| {
                record.created_by == command.by.name() && same(record, &command)
            };
            for record in earlier.iter().filter(mine) {
                if self.made_before(request_id, &command, record).await? {
                    return Ok(record.clone());
                }
            }
        }
        let over = earlier.iter().filter(|record| record.status.is_over());
        let mut nth = u32::try_from(over.count()).unwrap_or(u32::MAX);
        for _ in 0..TRIES {
            nth = nth.saturating_add(1);
            match self.ask(request_id, &command, nth).await {
                Err(AskError::Rejected(rejection)) if rejection.reason == "SUBSCRIPTION_OVER" => {}
                answer => return answer.map_err(unanswered),
            }
        }
        Err(retry_later(
            Code::Unavailable,
            "NOT_CERTAIN",
            "subscriptions of this principal end as fast as they are asked for",
            std::time::Duration::from_secs(1),
        ))
    }

    /// Whether this caller asked for this subscription under this request id. Its actor remembers the id; what
    /// is known of asset and project may have changed since, which is no other content.
    async fn made_before(
        &self,
        request_id: &RequestId<'_>,
        command: &Request,
        record: &SubscriptionRecord,
    ) -> Result<bool, Status> {
        match self.ask(request_id, command, record.nth).await {
            Ok(_) | Err(AskError::CommandIdReused) => Ok(true),
            Err(AskError::Rejected(_)) => Ok(false),
            Err(error) => Err(unanswered(error)),
        }
    }

    async fn ask(
        &self,
        request_id: &RequestId<'_>,
        command: &Request,
        nth: u32,
    ) -> Result<SubscriptionRecord, AskError> {
        let id = subscription_id(&command.asset.asset.asset_id, &command.principal, nth);
        let command = Command::Request(Box::new(Request {
            nth,
            ..command.clone()
        }));
        let runtime = &self.backend.runtime;
        runtime
            .ask::<Subscription>(&id, command, request_id.meta())
            .await
    }

    /// The subscriptions of this principal to this asset, newest first.
    async fn earlier(&self, command: &Request) -> Result<Vec<SubscriptionRecord>, Status> {
        let mut query = page::query(SUBSCRIPTIONS, 0, String::new())?;
        query.limit = page::MAX;
        query.descending = true;
        page::filter(&mut query, "assetId", &command.asset.asset.asset_id);
        page::filter(&mut query, "principal", &command.principal);
        let (records, _) = self.backend.list(&query).await?;
        Ok(records)
    }

    async fn command(
        &self,
        request_id: &RequestId<'_>,
        request: v1::CreateSubscriptionRequest,
    ) -> Result<Request, Status> {
        let asset: AssetRecord = self.backend.get(&request.asset_id).await?;
        let project: ProjectRecord = self.backend.get(&request.project_id).await?;
        let of_asset = domain_of(&self.backend, &asset).await?;
        let of_asset = self.domain(&of_asset).await?;
        let of_project = self.domain(&project.domain_id).await?;
        let caller = request_id.caller();
        allowed(caller, Action::Subscribe, &of_project.owner_groups)?;
        let consumer = Place {
            account: or(request.consumer_account, &of_project.aws_account_id),
            region: or(request.consumer_region, &of_project.region),
        };
        let principal = match request.principal.is_empty() {
            true => self.access.consumer_role(&consumer.account),
            false => request.principal,
        };
        Ok(Request {
            nth: 0,
            asset: AssetSource {
                asset,
                place: place(&of_asset),
                owner_groups: of_asset.owner_groups,
                data_zone_domain_id: of_asset.data_zone_domain_id.unwrap_or_default(),
            },
            project: ProjectSource {
                project,
                place: place(&of_project),
                owner_groups: of_project.owner_groups,
                data_zone_domain_id: of_project.data_zone_domain_id.unwrap_or_default(),
            },
            consumer,
            principal,
            scope: request.scope.map(scope).unwrap_or_default(),
            window: Window {
                from_ms: 0,
                until_ms: request.valid_until.as_ref().map(millis),
            },
            reason: request.reason,
            by: Person::from(caller),
        })
    }

    async fn domain(&self, id: &str) -> Result<DomainRecord, Status> {
        let domain = self.backend.find::<DomainRecord>(id).await?;
        domain.ok_or_else(|| not_found::<DomainRecord>(id))
    }
}

/// Whether a subscription is what a request asks for.
fn same(record: &SubscriptionRecord, request: &Request) -> bool {
    let Some(first) = record.agreement.requests.first() else {
        return false;
    };
    let asked: (&Scope, &str) = (&first.scope, &first.reason);
    asked == (&request.scope, request.reason.as_str())
        && first.window.until_ms == request.window.until_ms
        && record.consumer_project_id == request.project.project.project_id
        && record.consumer == request.consumer
}

fn place(domain: &DomainRecord) -> Place {
    Place {
        account: domain.aws_account_id.clone(),
        region: domain.region.clone(),
    }
}

fn or(given: String, otherwise: &str) -> String {
    match given.is_empty() {
        true => otherwise.to_owned(),
        false => given,
    }
}
