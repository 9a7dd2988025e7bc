//! `datamesh.v1.ShareService`.

mod shown;

use std::collections::BTreeSet;

use datamesh_actor::Change;
use datamesh_actors::Person;
use datamesh_actors::access::Permission;
use datamesh_actors::agreement::Window;
use datamesh_actors::asset::AssetRecord;
use datamesh_actors::audit::{AUDIT_ENTRIES, AuditEntry};
use datamesh_actors::share::{
    Cancel, Certificate, Command, Create, HealthState, Phase, Reapply, Renew, Revoke,
    SHARE_CERTIFICATES, SHARES, ShareRecord, Verify,
};
use datamesh_proto::v1;
use datamesh_proto::v1::share_service_server::ShareService;
use tokio::sync::broadcast::Receiver;
use tonic::{Code, Request, Response, Status};
use tonic_types::FieldViolation;

use super::access::{
    self, Yes, asked_by, domain_of, is_decided, millis, owners_of_asset, to_decide,
};
use super::backend::{Backend, caller};
use super::failure::{internal, unread};
use super::follow::{Watched, wait, watch};
use super::page;
use super::record::Record;
use super::request_id::RequestId;
use crate::authz::{Action, allowed, owns};
use crate::status::{invalid, with_reason};

/// `datamesh.v1.ShareService`.
pub struct Shares(pub Backend);

#[tonic::async_trait]
impl ShareService for Shares {
    async fn create_share(
        &self,
        request: Request<v1::CreateShareRequest>,
    ) -> Result<Response<v1::Share>, Status> {
        let (backend, caller) = (&self.0, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "CreateShare", &request.request_id)?;
        let id = request_id.new_id("share-", &backend.runtime);
        let asset: AssetRecord = backend.get(&request.asset_id).await?;
        let owners = backend.owners(&domain_of(backend, &asset).await?).await?;
        allowed(&caller, Action::RequestShare, &owners)?;
        let create = Create {
            asset_id: request.asset_id,
            target_account: request.target_account,
            target_region: request.target_region,
            principal: request.principal,
            permissions: permissions(&request.permissions)?,
            scope: request.scope.map(access::scope).unwrap_or_default(),
            window: Window {
                from_ms: 0,
                until_ms: request.valid_until.as_ref().map(millis),
            },
            reason: request.reason,
            requested_by: Person::from(&*caller),
            given: owns(&caller, &owners),
        };
        let changes = request.wait.then(|| backend.runtime.changes());
        let command = Command::Create(Box::new(create));
        let record = backend.ask(&request_id, &id, command).await?;
        self.answer(record, changes, ShareRecord::is_settled).await
    }

    async fn get_share(
        &self,
        request: Request<v1::GetShareRequest>,
    ) -> Result<Response<v1::Share>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let record: ShareRecord = self.0.get(&request.into_inner().share_id).await?;
        Ok(Response::new(record.into_message()))
    }

    async fn list_shares(
        &self,
        request: Request<v1::ListSharesRequest>,
    ) -> Result<Response<v1::ListSharesResponse>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(SHARES, request.page_size, request.page_token)?;
        query.descending = true;
        let status = page::enum_filter("status", request.status, v1::AgreementStatus::as_str_name)?;
        let phase = page::enum_filter("fulfilmentState", request.fulfilment_state, |state| {
            shown::phase_name(*state)
        })?;
        let health = page::enum_filter("healthState", request.health_state, |state| {
            shown::health_name(*state)
        })?;
        page::filter(&mut query, "assetId", request.asset_id);
        page::filter(&mut query, "domainId", request.domain_id);
        page::filter(&mut query, "targetAccount", request.target_account);
        page::filter(&mut query, "status", status);
        page::filter(&mut query, "fulfilment", phase);
        page::filter(&mut query, "health", health);
        page::filter(&mut query, "principal", request.principal);
        let (records, next_page_token) = self.0.list::<ShareRecord>(&query).await?;
        Ok(Response::new(v1::ListSharesResponse {
            shares: records.into_iter().map(Record::into_message).collect(),
            next_page_token,
        }))
    }

    async fn renew_share(
        &self,
        request: Request<v1::RenewShareRequest>,
    ) -> Result<Response<v1::Share>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "RenewShare", &request.request_id)?;
        let record: ShareRecord = self.0.get(&request.share_id).await?;
        let owners = self.owners(&record).await?;
        allowed(&caller, Action::RequestShare, &owners)?;
        let renew = Command::Renew(Renew {
            until_ms: request.valid_until.as_ref().map(millis),
            reason: request.reason,
            by: Person::from(&*caller),
            given: owns(&caller, &owners),
        });
        self.change(&request_id, &record.share_id, renew).await
    }

    async fn approve_share(
        &self,
        request: Request<v1::ApproveShareRequest>,
    ) -> Result<Response<v1::Share>, Status> {
        let (backend, caller) = (&self.0, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "ApproveShare", &request.request_id)?;
        let record: ShareRecord = backend.get(&request.share_id).await?;
        let asked = to_decide(&record.requests)?;
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
            is_decided(&record.requests, number) && (!whole || record.is_settled())
        })
        .await
    }

    async fn reject_share(
        &self,
        request: Request<v1::RejectShareRequest>,
    ) -> Result<Response<v1::Share>, Status> {
        let (backend, caller) = (&self.0, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "RejectShare", &request.request_id)?;
        let record: ShareRecord = backend.get(&request.share_id).await?;
        let asked = to_decide(&record.requests)?;
        let number = asked.number;
        let changes = backend.runtime.changes();
        access::reject(backend, &request_id, asked, request.reason).await?;
        self.answer(record, Some(changes), |record| {
            is_decided(&record.requests, number)
        })
        .await
    }

    async fn cancel_share(
        &self,
        request: Request<v1::CancelShareRequest>,
    ) -> Result<Response<v1::Share>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "CancelShare", &request.request_id)?;
        let record: ShareRecord = self.0.get(&request.share_id).await?;
        let by = Person::from(&*caller);
        // Who asked stays who asked when a repeat finds the request withdrawn.
        if !asked_by(&record.requests, &by, record.open_request().is_some()) {
            allowed(&caller, Action::CancelShare, &[])?;
        }
        let cancel = Command::Cancel(Cancel {
            by,
            reason: request.reason,
        });
        self.change(&request_id, &record.share_id, cancel).await
    }

    async fn revoke_share(
        &self,
        request: Request<v1::RevokeShareRequest>,
    ) -> Result<Response<v1::Share>, Status> {
        let (backend, caller) = (&self.0, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "RevokeShare", &request.request_id)?;
        let record: ShareRecord = backend.get(&request.share_id).await?;
        let by = Person::from(&*caller);
        if !asked_by(&record.requests, &by, false) {
            allowed(&caller, Action::RevokeShare, &self.owners(&record).await?)?;
        }
        let revoke = Command::Revoke(Revoke {
            by,
            reason: request.reason,
        });
        let changes = request.wait.then(|| backend.runtime.changes());
        let record = backend.ask(&request_id, &record.share_id, revoke).await?;
        self.answer(record, changes, ShareRecord::is_settled).await
    }

    async fn verify_share(
        &self,
        request: Request<v1::VerifyShareRequest>,
    ) -> Result<Response<v1::Share>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "VerifyShare", &request.request_id)?;
        let verify = Command::Verify(Verify {});
        self.look(&request_id, &request.share_id, verify, request.wait)
            .await
    }

    async fn get_share_plan(
        &self,
        request: Request<v1::GetSharePlanRequest>,
    ) -> Result<Response<v1::SharePlan>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let record: ShareRecord = self.0.get(&request.into_inner().share_id).await?;
        Ok(Response::new(shown::plan(record.share_id, record.plan)))
    }

    async fn reapply_share(
        &self,
        request: Request<v1::ReapplyShareRequest>,
    ) -> Result<Response<v1::Share>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "ReapplyShare", &request.request_id)?;
        let reapply = Command::Reapply(Reapply {
            dry_run: request.dry_run,
            remove_extra: request.remove_extra,
        });
        self.look(&request_id, &request.share_id, reapply, request.wait)
            .await
    }

    async fn get_share_certificate(
        &self,
        request: Request<v1::GetShareCertificateRequest>,
    ) -> Result<Response<v1::ShareCertificate>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let record: ShareRecord = self.0.get(&request.into_inner().share_id).await?;
        let id = &record.share_id;
        let journal = self.0.runtime.journal();
        let row = journal.view(SHARE_CERTIFICATES, id).await.map_err(unread)?;
        let row = row.ok_or_else(|| {
            let message = format!(
                "the share {id} has no certificate: its fulfilment is {}, and it gets one when it is revoked",
                record.fulfilment.state.as_str()
            );
            with_reason(Code::NotFound, "CERTIFICATE_NOT_FOUND", message)
        })?;
        let certificate: Certificate =
            serde_json::from_str(row.doc.get()).map_err(|e| internal(&e))?;
        Ok(Response::new(shown::certificate(certificate)))
    }

    async fn list_audit_entries(
        &self,
        request: Request<v1::ListAuditEntriesRequest>,
    ) -> Result<Response<v1::ListAuditEntriesResponse>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(AUDIT_ENTRIES, request.page_size, request.page_token)?;
        // Without a subject the filter would let the entries of all chains through.
        query.fields.push(("subject".to_owned(), request.subject));
        let (entries, next_page_token) = self.0.list::<AuditEntry>(&query).await?;
        Ok(Response::new(v1::ListAuditEntriesResponse {
            entries: entries.into_iter().map(shown::audit_entry).collect(),
            next_page_token,
        }))
    }

    type WatchShareStream = Watched<v1::Share>;

    async fn watch_share(
        &self,
        request: Request<v1::WatchShareRequest>,
    ) -> Result<Response<Self::WatchShareStream>, Status> {
        let caller = caller(&request)?;
        allowed(&caller, Action::Read, &[])?;
        let id = request.into_inner().share_id;
        let stream = watch::<ShareRecord>(self.0.clone(), &caller, id).await?;
        Ok(Response::new(stream))
    }
}

impl Shares {
    async fn owners(&self, record: &ShareRecord) -> Result<Vec<String>, Status> {
        owners_of_asset(&self.0, &record.asset_id, &record.domain_id).await
    }

    async fn change(
        &self,
        request_id: &RequestId<'_>,
        id: &str,
        command: Command,
    ) -> Result<Response<v1::Share>, Status> {
        let record: ShareRecord = self.0.ask(request_id, id, command).await?;
        Ok(Response::new(record.into_message()))
    }

    /// Has a share looked at, and what is missing put again.
    async fn look(
        &self,
        request_id: &RequestId<'_>,
        id: &str,
        command: Command,
        waits: bool,
    ) -> Result<Response<v1::Share>, Status> {
        let backend = &self.0;
        let record: ShareRecord = backend.get(id).await?;
        let owners = self.owners(&record).await?;
        allowed(request_id.caller(), Action::CheckShare, &owners)?;
        let changes = waits.then(|| backend.runtime.changes());
        let asked: ShareRecord = backend.ask(request_id, id, command).await?;
        let (looks, was) = (asked.looks, asked.fulfilment.state);
        self.answer(asked, changes, |record| {
            let seen = record.looks > looks && record.health.state != HealthState::Verifying;
            // What is not given is not looked at: it is given or taken again.
            record.is_settled() && (seen || was != Phase::Granted)
        })
        .await
    }

    async fn answer(
        &self,
        record: ShareRecord,
        changes: Option<Receiver<Change>>,
        ended: impl Fn(&ShareRecord) -> bool,
    ) -> Result<Response<v1::Share>, Status> {
        let record = match changes {
            Some(changes) => wait(&self.0, changes, record, ended).await?,
            None => record,
        };
        Ok(Response::new(record.into_message()))
    }
}

fn permissions(names: &[String]) -> Result<BTreeSet<Permission>, Status> {
    let mut known = BTreeSet::new();
    let mut wrong = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match Permission::parse(name) {
            Some(permission) => {
                known.insert(permission);
            }
            None => {
                let rule = format!("there is no {name:?}: give SELECT, DESCRIBE or both");
                wrong.push(FieldViolation::new(format!("permissions[{index}]"), rule));
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(known),
        false => Err(invalid(wrong)),
    }
}
