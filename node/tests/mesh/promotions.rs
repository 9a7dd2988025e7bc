use datamesh_proto::v1::promotion::Status;
use datamesh_proto::v1::promotion_service_server::PromotionService;
use datamesh_proto::v1::*;
use tonic::{Code, Request};

use super::projects::NETWORK;
use super::{Answer, States, ago, answer, not_found, refused, states};

pub struct Promotions;

const ID: &str = "prom-req-network222222222";

fn promotion(status: Status, state: &str) -> Promotion {
    let decided = status != Status::Pending;
    Promotion {
        request_id: ID.into(),
        project_id: NETWORK.into(),
        source_environment: "dev".into(),
        target_environment: "staging".into(),
        status: status as i32,
        created_by: "ada@example.com".into(),
        approved_by: if decided { "ben@example.com" } else { "" }.into(),
        approval_reason: if decided { "looks good" } else { "" }.into(),
        created_at: ago(3_700),
        updated_at: ago(30),
        digest: "5e8a0f".into(),
        execution_id: "exec-network222222222222".into(),
        current_state: state.into(),
        approval_id: "apr-network2222222222222".into(),
        deployment_ids: if decided {
            vec!["dep-network1".into()]
        } else {
            vec![]
        },
        comment: "new routes".into(),
        etag: "5".into(),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl PromotionService for Promotions {
    type WatchPromotionStream = States<Promotion>;

    async fn create_promotion(
        &self,
        request: Request<CreatePromotionRequest>,
    ) -> Answer<Promotion> {
        match request.into_inner().target_environment.as_str() {
            "prod" => refused(
                Code::FailedPrecondition,
                "nothing is deployed in staging: deploy there first",
            ),
            _ => answer(promotion(Status::Pending, "")),
        }
    }

    async fn get_promotion(&self, request: Request<GetPromotionRequest>) -> Answer<Promotion> {
        match request.into_inner().promotion_id.as_str() {
            ID => answer(promotion(Status::Approved, "RunTests")),
            other => not_found(&format!("promotion `{other}`")),
        }
    }

    async fn list_promotions(
        &self,
        request: Request<ListPromotionsRequest>,
    ) -> Answer<ListPromotionsResponse> {
        let request = request.into_inner();
        let all = [
            promotion(Status::Approved, "RunTests"),
            Promotion {
                request_id: "prom-req-network111111111".into(),
                status_reason: "Promotion.RolledBack: TESTS_FAILED: the stack drifted".into(),
                created_at: ago(90_000),
                ..promotion(Status::RolledBack, "")
            },
        ];
        answer(ListPromotionsResponse {
            promotions: all
                .into_iter()
                .filter(|p| request.status == 0 || p.status == request.status)
                .collect(),
            next_page_token: String::new(),
        })
    }

    async fn cancel_promotion(&self, _: Request<CancelPromotionRequest>) -> Answer<Promotion> {
        refused(
            Code::FailedPrecondition,
            "the promotion deploys to staging and ends by itself",
        )
    }

    async fn watch_promotion(
        &self,
        _: Request<WatchPromotionRequest>,
    ) -> Answer<Self::WatchPromotionStream> {
        states(vec![
            promotion(Status::Pending, "ApprovalGate"),
            promotion(Status::Approved, "Deploy"),
            promotion(Status::Completed, ""),
        ])
    }
}
