use datamesh_proto::v1::asset::{PublishStatus, Status};
use datamesh_proto::v1::asset_service_server::AssetService;
use datamesh_proto::v1::*;
use tonic::Request;

use super::domains::AVIATION;
use super::projects::NETWORK;
use super::{Answer, States, ago, answer, not_found, states};

pub struct Assets;

const AIRPORTS: &str = "asset-airports2222222";

fn asset(id: &str, name: &str, publish: PublishStatus) -> Asset {
    Asset {
        asset_id: id.into(),
        project_id: NETWORK.into(),
        domain_id: AVIATION.into(),
        asset_name: name.into(),
        description: format!("Every {name}"),
        s3_location: format!("s3://data-lake-aviation/projects/{NETWORK}/raw/{name}/"),
        glue_table: format!("aviation.{name}"),
        format: "csv".into(),
        status: Status::Active as i32,
        publish_status: publish as i32,
        listing_id: match publish {
            PublishStatus::Published => "5f3k9d".into(),
            _ => String::new(),
        },
        created_by: "ada".into(),
        created_at: ago(400),
        updated_at: ago(20),
        etag: "7".into(),
        ..Default::default()
    }
}

fn column(name: &str, r#type: &str, comment: &str) -> Column {
    Column {
        name: name.into(),
        r#type: r#type.into(),
        comment: comment.into(),
    }
}

#[tonic::async_trait]
impl AssetService for Assets {
    type WatchAssetStream = States<Asset>;

    async fn create_asset(&self, request: Request<CreateAssetRequest>) -> Answer<Asset> {
        let request = request.into_inner();
        answer(Asset {
            metadata: request.metadata,
            ..asset(AIRPORTS, &request.asset_name, PublishStatus::Publishing)
        })
    }

    async fn get_asset(&self, request: Request<GetAssetRequest>) -> Answer<Asset> {
        match request.into_inner().asset_id.as_str() {
            AIRPORTS => answer(Asset {
                metadata: [("steward", "ada"), ("quality", "gold")]
                    .map(|(key, value)| (key.to_owned(), value.to_owned()))
                    .into(),
                columns: vec![
                    column("iata", "string", "Code of the airport"),
                    column("latitude", "double", "Degrees north"),
                ],
                ..asset(AIRPORTS, "airports", PublishStatus::Published)
            }),
            other => not_found(&format!("asset `{other}`")),
        }
    }

    async fn list_assets(&self, request: Request<ListAssetsRequest>) -> Answer<ListAssetsResponse> {
        let request = request.into_inner();
        let all = [
            asset(AIRPORTS, "airports", PublishStatus::Published),
            asset("asset-routes333333333", "routes", PublishStatus::Draft),
        ];
        answer(ListAssetsResponse {
            assets: all
                .into_iter()
                .filter(|a| request.asset_name.is_empty() || a.asset_name == request.asset_name)
                .collect(),
            next_page_token: String::new(),
        })
    }

    async fn update_asset(&self, request: Request<UpdateAssetRequest>) -> Answer<Asset> {
        let paths = request.into_inner().update_mask.unwrap_or_default().paths;
        answer(Asset {
            description: format!("mask: {}", paths.join(",")),
            ..asset(AIRPORTS, "airports", PublishStatus::Published)
        })
    }

    async fn publish_asset(&self, _: Request<PublishAssetRequest>) -> Answer<Asset> {
        answer(asset(AIRPORTS, "airports", PublishStatus::Publishing))
    }

    async fn unpublish_asset(&self, _: Request<UnpublishAssetRequest>) -> Answer<Asset> {
        answer(asset(AIRPORTS, "airports", PublishStatus::Unpublished))
    }

    async fn delete_asset(&self, _: Request<DeleteAssetRequest>) -> Answer<Asset> {
        answer(Asset {
            status: Status::Deleted as i32,
            ..asset(AIRPORTS, "airports", PublishStatus::Unpublished)
        })
    }

    async fn watch_asset(&self, _: Request<WatchAssetRequest>) -> Answer<Self::WatchAssetStream> {
        states(vec![
            asset(AIRPORTS, "airports", PublishStatus::Publishing),
            Asset {
                status_reason: "EntityNotFoundException: there is no table aviation.airports"
                    .into(),
                ..asset(AIRPORTS, "airports", PublishStatus::PublishFailed)
            },
        ])
    }
}
