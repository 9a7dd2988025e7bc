use datamesh_proto::v1::access_request::{Kind, Verdict};
use datamesh_proto::v1::fulfilment::State;
use datamesh_proto::v1::subscription_service_server::SubscriptionService;
use datamesh_proto::v1::*;
use tonic::{Code, Request};

use super::domains::AVIATION;
use super::projects::NETWORK;
use super::shares::request;
use super::{Answer, States, ago, answer, not_found, refused, states};

pub struct Subscriptions;

const ID: &str = "sub-airports222222222";

fn subscription(status: AgreementStatus, state: State) -> Subscription {
    let verdict = match status {
        AgreementStatus::Pending => Verdict::Unspecified,
        AgreementStatus::Denied => Verdict::Refused,
        _ => Verdict::Given,
    };
    Subscription {
        subscription_id: ID.into(),
        status: status.into(),
        asset_id: "asset-airports2222222".into(),
        asset_name: "airports".into(),
        domain_id: AVIATION.into(),
        project_id: NETWORK.into(),
        consumer_account: "444455556666".into(),
        consumer_region: "eu-central-1".into(),
        principal: "arn:aws:iam::444455556666:role/datamesh-consumer".into(),
        scope: Some(AccessScope {
            columns: vec!["code".into(), "name".into()],
            ..Default::default()
        }),
        valid_from: ago(3_700),
        valid_until: None,
        fulfilment: Some(Fulfilment {
            state: state.into(),
            ..Default::default()
        }),
        share_id: "share-airports22222222".into(),
        approval_id: match status {
            AgreementStatus::Pending => "apr-airports22222221".into(),
            _ => String::new(),
        },
        requests: vec![request(1, Kind::Grant, verdict)],
        data_zone: Some(DataZoneSubscription {
            request_id: "dzr-1".into(),
            status: "REQUESTED".into(),
            ..Default::default()
        }),
        created_by: "ada@example.com".into(),
        created_at: ago(3_700),
        updated_at: ago(30),
        etag: "3".into(),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl SubscriptionService for Subscriptions {
    type WatchSubscriptionStream = States<Subscription>;

    async fn create_subscription(
        &self,
        request: Request<CreateSubscriptionRequest>,
    ) -> Answer<Subscription> {
        let request = request.into_inner();
        answer(Subscription {
            scope: request.scope,
            valid_until: request.valid_until,
            ..subscription(AgreementStatus::Pending, State::Waiting)
        })
    }

    async fn get_subscription(
        &self,
        request: Request<GetSubscriptionRequest>,
    ) -> Answer<Subscription> {
        match request.into_inner().subscription_id.as_str() {
            ID => answer(subscription(AgreementStatus::Approved, State::Granted)),
            other => not_found(&format!("subscription {other}")),
        }
    }

    async fn list_subscriptions(
        &self,
        request: Request<ListSubscriptionsRequest>,
    ) -> Answer<ListSubscriptionsResponse> {
        let status = request.into_inner().status;
        let all = [
            subscription(AgreementStatus::Pending, State::Waiting),
            Subscription {
                subscription_id: "sub-airports111111111".into(),
                status_reason: "REJECTED: ask for less".into(),
                created_at: ago(90_000),
                ..subscription(AgreementStatus::Denied, State::Waiting)
            },
        ];
        answer(ListSubscriptionsResponse {
            subscriptions: all
                .into_iter()
                .filter(|s| status == 0 || s.status == status)
                .collect(),
            next_page_token: String::new(),
        })
    }

    async fn approve_subscription(
        &self,
        _: Request<ApproveSubscriptionRequest>,
    ) -> Answer<Subscription> {
        answer(subscription(AgreementStatus::Approved, State::Granting))
    }

    async fn reject_subscription(
        &self,
        request: Request<RejectSubscriptionRequest>,
    ) -> Answer<Subscription> {
        answer(Subscription {
            status_reason: format!("REJECTED: {}", request.into_inner().reason),
            ..subscription(AgreementStatus::Denied, State::Waiting)
        })
    }

    async fn cancel_subscription(
        &self,
        _: Request<CancelSubscriptionRequest>,
    ) -> Answer<Subscription> {
        refused(
            Code::FailedPrecondition,
            "no request of the subscription sub-airports222222222 waits for a decision: revoke it instead",
        )
    }

    async fn revoke_subscription(
        &self,
        _: Request<RevokeSubscriptionRequest>,
    ) -> Answer<Subscription> {
        answer(subscription(AgreementStatus::Revoked, State::Revoking))
    }

    async fn renew_subscription(
        &self,
        request: Request<RenewSubscriptionRequest>,
    ) -> Answer<Subscription> {
        let renewal = AccessRequest {
            valid_until: request.into_inner().valid_until,
            ..self::request(2, Kind::Renew, Verdict::Unspecified)
        };
        let mut live = subscription(AgreementStatus::Approved, State::Granted);
        live.approval_id.clone_from(&renewal.approval_id);
        live.requests.push(renewal);
        answer(live)
    }

    async fn watch_subscription(
        &self,
        _: Request<WatchSubscriptionRequest>,
    ) -> Answer<Self::WatchSubscriptionStream> {
        states(vec![
            subscription(AgreementStatus::Approved, State::Granting),
            subscription(AgreementStatus::Approved, State::Granted),
        ])
    }
}
