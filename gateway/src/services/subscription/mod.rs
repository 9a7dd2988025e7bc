//! `datamesh.v1.SubscriptionService`.

mod asking;
mod shown;

use std::sync::Arc;

use datamesh_actor::Change;
use datamesh_actors::Person;
use datamesh_actors::access::AccessOptions;
use datamesh_actors::project::ProjectRecord;
use datamesh_actors::subscription::{
    Cancel, Command, Renew, Revoke, SUBSCRIPTIONS, SubscriptionRecord,
};
use datamesh_proto::v1;
use datamesh_proto::v1::subscription_service_server::SubscriptionService;
use tokio::sync::broadcast::Receiver;
use tonic::{Request, Response, Status};

use super::access::{self, Yes, asked_by, is_decided, millis, owners_of_asset, to_decide};
use super::backend::{Backend, caller};
use super::follow::{Watched, wait, watch};
use super::page;
use super::record::Record;
use super::request_id::RequestId;
use crate::authz::{Action, allowed};

/// `datamesh.v1.SubscriptionService`.
pub struct Subscriptions {
    /// The way to the actors.
    pub backend: Backend,
    /// Who reads where a request names nobody.
    pub access: Arc<AccessOptions>,
}

#[tonic::async_trait]
impl SubscriptionService for Subscriptions {
    async fn create_subscription(
        &self,
        request: Request<v1::CreateSubscriptionRequest>,
    ) -> Result<Response<v1::Subscription>, Status> {
        let caller = caller(&request)?;
        let mut request = request.into_inner();
        let text = std::mem::take(&mut request.request_id);
        let request_id = RequestId::new(&caller, "CreateSubscription", &text)?;
        let record = self.create(&request_id, request).await?;
        Ok(Response::new(record.into_message()))
    }

    async fn get_subscription(
        &self,
        request: Request<v1::GetSubscriptionRequest>,
    ) -> Result<Response<v1::Subscription>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let id = request.into_inner().subscription_id;
        let record: SubscriptionRecord = self.backend.get(&id).await?;
        Ok(Response::new(record.into_message()))
    }

    async fn list_subscriptions(
        &self,
        request: Request<v1::ListSubscriptionsRequest>,
    ) -> Result<Response<v1::ListSubscriptionsResponse>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(SUBSCRIPTIONS, request.page_size, request.page_token)?;
        query.descending = true;
        let status = page::enum_filter("status", request.status, v1::AgreementStatus::as_str_name)?;
        page::filter(&mut query, "assetId", request.asset_id);
        page::filter(&mut query, "domainId", request.domain_id);
        page::filter(&mut query, "projectId", request.project_id);
        page::filter(&mut query, "status", status);
        page::filter(&mut query, "createdBy", request.created_by);
        let (records, next_page_token) = self.backend.list::<SubscriptionRecord>(&query).await?;
        Ok(Response::new(v1::ListSubscriptionsResponse {
            subscriptions: records.into_iter().map(Record::into_message).collect(),
            next_page_token,
        }))
    }

    async fn approve_subscription(
        &self,
        request: Request<v1::ApproveSubscriptionRequest>,
    ) -> Result<Response<v1::Subscription>, Status> {
        let (backend, caller) = (&self.backend, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "ApproveSubscription", &request.request_id)?;
        let record: SubscriptionRecord = backend.get(&request.subscription_id).await?;
        let asked = to_decide(&record.agreement.requests)?;
        let number = asked.number;
        let changes = backend.runtime.changes();
        let yes = Yes {
            scope: request.scope,
            valid_until: request.valid_until,
            reason: request.reason,
        };
        access::approve(backend, &request_id, asked, yes).await?;
        let whole = request.wait;
        self.answer(record, Some(changes), |record| {
            let decided = is_decided(&record.agreement.requests, number);
            decided && (!whole || record.is_settled())
        })
        .await
    }

    async fn reject_subscription(
        &self,
        request: Request<v1::RejectSubscriptionRequest>,
    ) -> Result<Response<v1::Subscription>, Status> {
        let (backend, caller) = (&self.backend, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "RejectSubscription", &request.request_id)?;
        let record: SubscriptionRecord = backend.get(&request.subscription_id).await?;
        let asked = to_decide(&record.agreement.requests)?;
        let number = asked.number;
        let changes = backend.runtime.changes();
        access::reject(backend, &request_id, asked, request.reason).await?;
        self.answer(record, Some(changes), |record| {
            is_decided(&record.agreement.requests, number)
        })
        .await
    }

    async fn cancel_subscription(
        &self,
        request: Request<v1::CancelSubscriptionRequest>,
    ) -> Result<Response<v1::Subscription>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "CancelSubscription", &request.request_id)?;
        let record: SubscriptionRecord = self.backend.get(&request.subscription_id).await?;
        let mut by = Person::from(&*caller);
        let requests = &record.agreement.requests;
        // Who asked stays who asked when a repeat finds the request withdrawn.
        if !asked_by(requests, &by, record.agreement.open().is_some()) {
            let owners = self.consumer_owners(&record).await?;
            allowed(&caller, Action::CancelSubscription, &owners)?;
            // The actor knows who asked and who is admin, and not who owns the consumer's domain.
            by.admin = true;
        }
        let cancel = Command::Cancel(Cancel {
            by,
            reason: request.reason,
        });
        self.change(&request_id, record, cancel, None).await
    }

    async fn revoke_subscription(
        &self,
        request: Request<v1::RevokeSubscriptionRequest>,
    ) -> Result<Response<v1::Subscription>, Status> {
        let (backend, caller) = (&self.backend, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "RevokeSubscription", &request.request_id)?;
        let record: SubscriptionRecord = backend.get(&request.subscription_id).await?;
        let by = Person::from(&*caller);
        if !asked_by(&record.agreement.requests, &by, false) {
            let mut owners = owners_of_asset(backend, &record.asset_id, &record.domain_id).await?;
            owners.extend(self.consumer_owners(&record).await?);
            owners.dedup();
            allowed(&caller, Action::RevokeSubscription, &owners)?;
        }
        let revoke = Command::Revoke(Revoke {
            by,
            reason: request.reason,
        });
        let changes = request.wait.then(|| backend.runtime.changes());
        self.change(&request_id, record, revoke, changes).await
    }

    async fn renew_subscription(
        &self,
        request: Request<v1::RenewSubscriptionRequest>,
    ) -> Result<Response<v1::Subscription>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "RenewSubscription", &request.request_id)?;
        let record: SubscriptionRecord = self.backend.get(&request.subscription_id).await?;
        let owners = self.consumer_owners(&record).await?;
        allowed(&caller, Action::Subscribe, &owners)?;
        let renew = Command::Renew(Renew {
            until_ms: request.valid_until.as_ref().map(millis),
            scope: None,
            reason: request.reason,
            by: Person::from(&*caller),
        });
        self.change(&request_id, record, renew, None).await
    }

    type WatchSubscriptionStream = Watched<v1::Subscription>;

    async fn watch_subscription(
        &self,
        request: Request<v1::WatchSubscriptionRequest>,
    ) -> Result<Response<Self::WatchSubscriptionStream>, Status> {
        let caller = caller(&request)?;
        allowed(&caller, Action::Read, &[])?;
        let id = request.into_inner().subscription_id;
        let stream = watch::<SubscriptionRecord>(self.backend.clone(), &caller, id).await?;
        Ok(Response::new(stream))
    }
}

impl Subscriptions {
    /// The groups that own the domain of the project that reads; none if it is gone.
    async fn consumer_owners(&self, record: &SubscriptionRecord) -> Result<Vec<String>, Status> {
        let id = &record.consumer_project_id;
        match self.backend.find::<ProjectRecord>(id).await? {
            Some(project) => self.backend.owners(&project.domain_id).await,
            None => Ok(Vec::new()),
        }
    }

    async fn change(
        &self,
        request_id: &RequestId<'_>,
        record: SubscriptionRecord,
        command: Command,
        changes: Option<Receiver<Change>>,
    ) -> Result<Response<v1::Subscription>, Status> {
        let id = &record.subscription_id;
        let record = self.backend.ask(request_id, id, command).await?;
        self.answer(record, changes, SubscriptionRecord::is_settled)
            .await
    }

    async fn answer(
        &self,
        record: SubscriptionRecord,
        changes: Option<Receiver<Change>>,
        ended: impl Fn(&SubscriptionRecord) -> bool,
    ) -> Result<Response<v1::Subscription>, Status> {
        let record = match changes {
            Some(changes) => wait(&self.backend, changes, record, ended).await?,
            None => record,
        };
        Ok(Response::new(record.into_message()))
    }
}
