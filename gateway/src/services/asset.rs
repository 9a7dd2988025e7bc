use datamesh_actors::Status as Life;
use datamesh_actors::asset::{
    ASSETS, AssetRecord, Command, Create, Delete, Publish, Unpublish, Update,
};
use datamesh_actors::project::ProjectRecord;
use datamesh_proto::v1;
use datamesh_proto::v1::asset_service_server::AssetService;
use tonic::{Code, Request, Response, Status};

use super::backend::{Backend, caller, not_found};
use super::failure::rejected;
use super::follow::{Watched, wait, watch};
use super::mask::Mask;
use super::page;
use super::record::Record;
use super::request_id::RequestId;
use crate::authz::{Action, allowed};
use crate::status::with_reason;

/// What of an asset can be changed.
const CHANGEABLE: [&str; 3] = ["asset_name", "description", "metadata"];

/// `datamesh.v1.AssetService`.
pub struct Assets(pub Backend);

#[tonic::async_trait]
impl AssetService for Assets {
    async fn create_asset(
        &self,
        request: Request<v1::CreateAssetRequest>,
    ) -> Result<Response<v1::Asset>, Status> {
        let (backend, caller) = (&self.0, caller(&request)?);
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "CreateAsset", &request.request_id)?;
        let mut create = Create {
            project_id: request.project_id,
            domain_id: String::new(),
            asset_name: request.asset_name,
            description: request.description,
            s3_location: request.s3_location,
            glue_table: request.glue_table,
            format: request.format,
            metadata: request.metadata.into_iter().collect(),
            draft: request.draft,
        };
        create.check().map_err(rejected)?;
        let id = request_id.new_id("asset-", &backend.runtime);
        create.domain_id = self.admit(&request_id, &id, &create).await?;
        let changes = request.wait.then(|| backend.runtime.changes());
        let command = Command::Create(create);
        let mut record: AssetRecord = backend.ask(&request_id, &id, command).await?;
        if let Some(changes) = changes {
            record = wait(backend, changes, record, AssetRecord::is_settled).await?;
        }
        Ok(Response::new(record.into_message()))
    }

    async fn get_asset(
        &self,
        request: Request<v1::GetAssetRequest>,
    ) -> Result<Response<v1::Asset>, Status> {
        allowed(&*caller(&request)?, Action::Read, &[])?;
        let record: AssetRecord = self.0.get(&request.into_inner().asset_id).await?;
        Ok(Response::new(record.into_message()))
    }

    async fn list_assets(
        &self,
        request: Request<v1::ListAssetsRequest>,
    ) -> Result<Response<v1::ListAssetsResponse>, Status> {
        use v1::asset::{PublishStatus as ShownPublish, Status as Shown};

        allowed(&*caller(&request)?, Action::Read, &[])?;
        let request = request.into_inner();
        let mut query = page::query(ASSETS, request.page_size, request.page_token)?;
        let status = page::enum_filter("status", request.status, Shown::as_str_name)?;
        let publish = page::enum_filter(
            "publishStatus",
            request.publish_status,
            ShownPublish::as_str_name,
        )?;
        page::filter(&mut query, "domainId", request.domain_id);
        page::filter(&mut query, "projectId", request.project_id);
        page::filter(&mut query, "status", status);
        page::filter(&mut query, "publishStatus", publish);
        page::filter(&mut query, "format", request.format);
        page::filter(&mut query, "assetName", request.asset_name);
        let (records, next_page_token) = self.0.list::<AssetRecord>(&query).await?;
        Ok(Response::new(v1::ListAssetsResponse {
            assets: records.into_iter().map(Record::into_message).collect(),
            next_page_token,
        }))
    }

    async fn update_asset(
        &self,
        request: Request<v1::UpdateAssetRequest>,
    ) -> Result<Response<v1::Asset>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "UpdateAsset", &request.request_id)?;
        let mask = Mask::new(request.update_mask.as_ref(), &CHANGEABLE)?;
        let none = request.metadata.is_empty();
        let metadata = request.metadata.into_iter().collect();
        let update = Update {
            asset_name: mask.optional("asset_name", request.asset_name),
            description: mask.optional("description", request.description),
            metadata: mask.repeated("metadata", metadata, none),
            etag: request.etag,
        };
        update.check().map_err(rejected)?;
        let (action, command) = (Action::UpdateAsset, Command::Update(update));
        self.change(
            &request_id,
            action,
            &request.asset_id,
            command,
            request.wait,
        )
        .await
    }

    async fn publish_asset(
        &self,
        request: Request<v1::PublishAssetRequest>,
    ) -> Result<Response<v1::Asset>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "PublishAsset", &request.request_id)?;
        let publish = Publish { etag: request.etag };
        let (action, command) = (Action::PublishAsset, Command::Publish(publish));
        self.change(
            &request_id,
            action,
            &request.asset_id,
            command,
            request.wait,
        )
        .await
    }

    async fn unpublish_asset(
        &self,
        request: Request<v1::UnpublishAssetRequest>,
    ) -> Result<Response<v1::Asset>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "UnpublishAsset", &request.request_id)?;
        let unpublish = Unpublish { etag: request.etag };
        let (action, command) = (Action::PublishAsset, Command::Unpublish(unpublish));
        self.change(
            &request_id,
            action,
            &request.asset_id,
            command,
            request.wait,
        )
        .await
    }

    async fn delete_asset(
        &self,
        request: Request<v1::DeleteAssetRequest>,
    ) -> Result<Response<v1::Asset>, Status> {
        let caller = caller(&request)?;
        let request = request.into_inner();
        let request_id = RequestId::new(&caller, "DeleteAsset", &request.request_id)?;
        let delete = Delete { etag: request.etag };
        let (action, command) = (Action::DeleteAsset, Command::Delete(delete));
        self.change(
            &request_id,
            action,
            &request.asset_id,
            command,
            request.wait,
        )
        .await
    }

    type WatchAssetStream = Watched<v1::Asset>;

    async fn watch_asset(
        &self,
        request: Request<v1::WatchAssetRequest>,
    ) -> Result<Response<Self::WatchAssetStream>, Status> {
        let caller = caller(&request)?;
        allowed(&caller, Action::Read, &[])?;
        let id = request.into_inner().asset_id;
        let stream = watch::<AssetRecord>(self.0.clone(), &caller, id).await?;
        Ok(Response::new(stream))
    }
}

impl Assets {
    /// Whether the caller may create it, and it could be made as things are; answers with the domain of
    /// its project. A repeat of a creation that was taken is not judged again by how things are now.
    async fn admit(
        &self,
        request_id: &RequestId<'_>,
        id: &str,
        create: &Create,
    ) -> Result<String, Status> {
        let backend = &self.0;
        let repeat = request_id.is_given() && backend.find::<AssetRecord>(id).await?.is_some();
        let Some(project) = backend.find::<ProjectRecord>(&create.project_id).await? else {
            return Err(not_found::<ProjectRecord>(&create.project_id));
        };
        let owners = backend.owners(&project.domain_id).await?;
        allowed(request_id.caller(), Action::CreateAsset, &owners)?;
        if repeat {
            return Ok(project.domain_id);
        }
        if !matches!(project.status, Life::Active | Life::Updating) {
            return Err(with_reason(
                Code::FailedPrecondition,
                "PROJECT_NOT_READY",
                format!(
                    "the project {} is {}: assets can be created when it is ACTIVE",
                    project.project_id,
                    project.status.as_str()
                ),
            ));
        }
        let name = create.asset_name.as_str();
        let filters = [
            ("projectId", project.project_id.as_str()),
            ("assetName", name),
        ];
        backend
            .refuse_taken_name::<AssetRecord>(id, name, &filters)
            .await?;
        Ok(project.domain_id)
    }

    async fn change(
        &self,
        request_id: &RequestId<'_>,
        action: Action,
        id: &str,
        command: Command,
        waits: bool,
    ) -> Result<Response<v1::Asset>, Status> {
        let backend = &self.0;
        backend
            .authorize::<AssetRecord>(request_id, action, id, |asset| &asset.domain_id)
            .await?;
        let changes = waits.then(|| backend.runtime.changes());
        let mut record: AssetRecord = backend.ask(request_id, id, command).await?;
        if let Some(changes) = changes {
            record = wait(backend, changes, record, AssetRecord::is_settled).await?;
        }
        Ok(Response::new(record.into_message()))
    }
}
