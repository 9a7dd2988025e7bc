//! Subscriptions, targets and grants.

use std::time::Duration;

use aws_sdk_datazone::Client;
use aws_sdk_datazone::error::ProvideErrorMetadata as _;
use aws_sdk_datazone::operation::create_subscription_request::builders::CreateSubscriptionRequestFluentBuilder as CreateRequest;
use aws_sdk_datazone::types::{
    ChangeAction, EntityType, FormInput, GrantedEntityInput, ListingRevisionInput,
    SubscribedIamPrincipalInput, SubscribedListingInput, SubscribedPrincipal,
    SubscribedPrincipalInput, SubscribedProjectInput, SubscriptionGrantCreationMode,
    SubscriptionGrantOverallStatus, SubscriptionGrantStatus, SubscriptionRequestStatus,
    SubscriptionStatus,
};
use datamesh_localcloud::LocalCloud;

use crate::setup::{ACCOUNT, REGION, cloud, sdk};

const GLUE_TABLE: &str = "amazon.datazone.GlueTableAssetType";
const ROLE: &str = "arn:aws:iam::210987654321:role/datamesh-consumer";

/// A domain in which finance has listed a table, and marketing has an environment with a target.
struct Zone {
    _cloud: LocalCloud,
    client: Client,
    domain: String,
    asset: String,
    listing: String,
    marketing: String,
    environment: String,
    target: String,
}

async fn zone() -> Zone {
    let (cloud, clock) = cloud();
    let client = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let role = format!("arn:aws:iam::{ACCOUNT}:role/service-role/DataZoneExecution");
    let create = client.create_domain().name("mesh");
    let created = create.domain_execution_role(role.clone()).send().await;
    let domain = created.unwrap().id().to_owned();
    clock.advance(Duration::from_millis(200));
    let project = async |name: &str| {
        let create = client.create_project().domain_identifier(&domain);
        create.name(name).send().await.unwrap().id().to_owned()
    };
    let finance = project("finance").await;
    let marketing = project("marketing").await;
    let form = FormInput::builder()
        .form_name("GlueTableForm")
        .content(r#"{"tableName":"t"}"#)
        .build()
        .unwrap();
    let asset = client
        .create_asset()
        .domain_identifier(&domain)
        .owning_project_identifier(&finance)
        .type_identifier(GLUE_TABLE)
        .name("transactions")
        .forms_input(form)
        .send()
        .await
        .unwrap()
        .id()
        .to_owned();
    let listing = client
        .create_listing_change_set()
        .domain_identifier(&domain)
        .entity_identifier(&asset)
        .entity_type(EntityType::Asset)
        .action(ChangeAction::Publish)
        .send()
        .await
        .unwrap()
        .listing_id()
        .to_owned();
    clock.advance(Duration::from_millis(200));
    let environment = client
        .create_environment()
        .domain_identifier(&domain)
        .project_identifier(&marketing)
        .name("lake")
        .send()
        .await
        .unwrap()
        .id()
        .unwrap()
        .to_owned();
    let target = client
        .create_subscription_target()
        .domain_identifier(&domain)
        .environment_identifier(&environment)
        .name("lake")
        .r#type("GlueSubscriptionTargetType")
        .set_subscription_target_config(Some(Vec::new()))
        .authorized_principals(ROLE)
        .manage_access_role(role)
        .applicable_asset_types(GLUE_TABLE)
        .send()
        .await
        .unwrap()
        .id()
        .to_owned();
    Zone {
        _cloud: cloud,
        client,
        domain,
        asset,
        listing,
        marketing,
        environment,
        target,
    }
}

impl Zone {
    fn ask(&self, principal: SubscribedPrincipalInput) -> CreateRequest {
        let listing = SubscribedListingInput::builder().identifier(&self.listing);
        self.client
            .create_subscription_request()
            .domain_identifier(&self.domain)
            .subscribed_principals(principal)
            .subscribed_listings(listing.build().unwrap())
            .request_reason("campaign")
    }

    fn project(&self) -> SubscribedPrincipalInput {
        let project = SubscribedProjectInput::builder().identifier(&self.marketing);
        SubscribedPrincipalInput::Project(project.build())
    }

    async fn requested(&self) -> String {
        let asked = self.ask(self.project()).send().await.unwrap();
        assert_eq!(asked.status(), &SubscriptionRequestStatus::Pending);
        asked.id().to_owned()
    }

    async fn accept(&self, request: &str) -> String {
        let accept = self.client.accept_subscription_request();
        let accepted = accept.domain_identifier(&self.domain).identifier(request);
        let accepted = accepted.decision_comment("fine").send().await.unwrap();
        assert_eq!(accepted.status(), &SubscriptionRequestStatus::Accepted);
        let list = self.client.list_subscriptions();
        let found = list
            .domain_identifier(&self.domain)
            .subscription_request_identifier(request)
            .send()
            .await
            .unwrap();
        assert_eq!(found.items().len(), 1);
        found.items()[0].id().to_owned()
    }

    async fn granted(&self) -> String {
        let listing = ListingRevisionInput::builder()
            .identifier(&self.listing)
            .revision("1");
        let entity = GrantedEntityInput::Listing(listing.build().unwrap());
        let create = self.client.create_subscription_grant();
        let grant = create
            .domain_identifier(&self.domain)
            .environment_identifier(&self.environment)
            .subscription_target_identifier(&self.target)
            .granted_entity(entity)
            .send()
            .await
            .unwrap();
        assert_eq!(grant.status(), &SubscriptionGrantOverallStatus::Pending);
        grant.id().to_owned()
    }

    async fn update(
        &self,
        grant: &str,
        status: SubscriptionGrantStatus,
    ) -> Result<SubscriptionGrantOverallStatus, String> {
        let update = self.client.update_subscription_grant_status();
        let updated = update
            .domain_identifier(&self.domain)
            .identifier(grant)
            .asset_identifier(&self.asset)
            .status(status)
            .send()
            .await;
        match updated {
            Ok(updated) => Ok(updated.status().clone()),
            Err(error) => Err(error.code().unwrap_or_default().to_owned()),
        }
    }

    async fn grant_status(&self, grant: &str) -> SubscriptionGrantStatus {
        let get = self.client.get_subscription_grant();
        let got = get.domain_identifier(&self.domain).identifier(grant);
        got.send().await.unwrap().assets()[0].status().clone()
    }
}

#[tokio::test]
async fn a_request_is_accepted_once_and_makes_a_subscription() {
    let zone = zone().await;
    let request = zone.requested().await;
    let subscription = zone.accept(&request).await;
    let get = zone.client.get_subscription();
    let got = get
        .domain_identifier(&zone.domain)
        .identifier(&subscription);
    let got = got.send().await.unwrap();
    assert_eq!(got.status(), &SubscriptionStatus::Approved);
    let listing = got.subscribed_listing().unwrap();
    assert_eq!(
        (listing.id(), listing.name()),
        (zone.listing.as_str(), "transactions")
    );
    assert_eq!(listing.revision(), Some("1"));
    let Some(SubscribedPrincipal::Project(project)) = got.subscribed_principal() else {
        panic!("{got:?}")
    };
    assert_eq!(project.id(), Some(zone.marketing.as_str()));

    let accept = zone.client.accept_subscription_request();
    let again = accept.domain_identifier(&zone.domain).identifier(&request);
    let error = again.send().await.unwrap_err().into_service_error();
    assert!(error.is_conflict_exception(), "{error}");
}

#[tokio::test]
async fn a_second_request_conflicts_while_the_first_counts() {
    let zone = zone().await;
    let request = zone.requested().await;
    let conflicts = async || {
        let asked = zone.ask(zone.project()).send().await;
        asked
            .unwrap_err()
            .into_service_error()
            .is_conflict_exception()
    };
    assert!(conflicts().await);
    let subscription = zone.accept(&request).await;
    assert!(conflicts().await);
    let revoke = zone.client.revoke_subscription();
    let revoke = revoke
        .domain_identifier(&zone.domain)
        .identifier(&subscription);
    let revoked = revoke.clone().send().await.unwrap();
    assert_eq!(revoked.status(), &SubscriptionStatus::Revoked);
    let error = revoke.send().await.unwrap_err().into_service_error();
    assert!(error.is_conflict_exception(), "{error}");
    let second = zone.requested().await;
    let reject = zone.client.reject_subscription_request();
    let rejected = reject.domain_identifier(&zone.domain).identifier(&second);
    let rejected = rejected.decision_comment("no").send().await.unwrap();
    assert_eq!(rejected.status(), &SubscriptionRequestStatus::Rejected);
    assert_eq!(rejected.decision_comment(), Some("no"));
}

#[tokio::test]
async fn the_same_token_is_one_request_and_a_role_can_subscribe() {
    let zone = zone().await;
    let role = SubscribedIamPrincipalInput::builder()
        .identifier(ROLE)
        .build();
    let ask = || {
        let principal = SubscribedPrincipalInput::Iam(role.clone());
        zone.ask(principal).client_token("token-1").send()
    };
    let (first, second) = (ask().await.unwrap(), ask().await.unwrap());
    assert_eq!(first.id(), second.id());
    let subscription = zone.accept(first.id()).await;
    let cancel = zone.client.cancel_subscription();
    let cancelled = cancel
        .domain_identifier(&zone.domain)
        .identifier(subscription);
    let cancelled = cancelled.send().await.unwrap();
    assert_eq!(cancelled.status(), &SubscriptionStatus::Cancelled);
}

#[tokio::test]
async fn what_is_not_there_or_not_right_is_refused() {
    let zone = zone().await;
    let stranger = SubscribedProjectInput::builder()
        .identifier("nobody")
        .build();
    let asked = zone
        .ask(SubscribedPrincipalInput::Project(stranger))
        .send()
        .await;
    let error = asked.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception(), "{error}");
    let wrong = SubscribedIamPrincipalInput::builder()
        .identifier("me")
        .build();
    let asked = zone.ask(SubscribedPrincipalInput::Iam(wrong)).send().await;
    let error = asked.unwrap_err().into_service_error();
    assert!(error.is_validation_exception(), "{error}");
    let asked = zone.ask(zone.project()).request_reason("").send().await;
    let error = asked.unwrap_err().into_service_error();
    assert!(error.is_validation_exception(), "{error}");
}

#[tokio::test]
async fn a_grant_goes_as_who_fulfils_it_tells() {
    use SubscriptionGrantStatus as Status;
    let zone = zone().await;
    let request = zone.requested().await;
    let subscription = zone.accept(&request).await;
    let grant = zone.granted().await;
    assert_eq!(
        zone.update(&grant, Status::Revoked).await,
        Err("ValidationException".to_owned())
    );
    assert_eq!(
        zone.update(&grant, Status::GrantInProgress).await,
        Ok(SubscriptionGrantOverallStatus::InProgress)
    );
    assert_eq!(
        zone.update(&grant, Status::Granted).await,
        Ok(SubscriptionGrantOverallStatus::Completed)
    );
    let revoke = zone.client.revoke_subscription();
    let revoke = revoke
        .domain_identifier(&zone.domain)
        .identifier(&subscription);
    revoke.send().await.unwrap();
    assert_eq!(zone.grant_status(&grant).await, Status::RevokePending);
    let delete = zone.client.delete_subscription_target();
    let delete = delete
        .domain_identifier(&zone.domain)
        .environment_identifier(&zone.environment)
        .identifier(&zone.target);
    let error = delete
        .clone()
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(error.is_conflict_exception(), "{error}");
    zone.update(&grant, Status::Revoked).await.unwrap();
    delete.send().await.unwrap();
    let list = zone.client.list_subscription_grants();
    let grants = list.domain_identifier(&zone.domain).send().await.unwrap();
    assert_eq!(grants.items().len(), 1);
    assert_eq!(zone.grant_status(&grant).await, Status::Revoked);
}

#[tokio::test]
async fn requests_are_listed_while_they_are_pending_unless_asked_otherwise() {
    let zone = zone().await;
    let listed = async |status: Option<SubscriptionRequestStatus>| {
        let list = zone.client.list_subscription_requests();
        let list = list.domain_identifier(&zone.domain).set_status(status);
        list.send().await.unwrap().items().len()
    };
    let request = zone.requested().await;
    assert_eq!(listed(None).await, 1);
    zone.accept(&request).await;
    assert_eq!(listed(None).await, 0);
    assert_eq!(listed(Some(SubscriptionRequestStatus::Accepted)).await, 1);
}

#[tokio::test]
async fn a_grant_that_outlived_its_subscription_is_not_in_the_way_of_the_next() {
    let zone = zone().await;
    let create = zone.client.create_subscription_target();
    create
        .domain_identifier(&zone.domain)
        .environment_identifier(&zone.environment)
        .name("by itself")
        .r#type("GlueSubscriptionTargetType")
        .set_subscription_target_config(Some(Vec::new()))
        .authorized_principals(ROLE)
        .manage_access_role(ROLE)
        .applicable_asset_types(GLUE_TABLE)
        .subscription_grant_creation_mode(SubscriptionGrantCreationMode::Automatic)
        .send()
        .await
        .unwrap();
    let grants = async |subscription: &str| {
        let list = zone.client.list_subscription_grants();
        let list = list
            .domain_identifier(&zone.domain)
            .subscription_id(subscription);
        list.send().await.unwrap().items().len()
    };
    let request = zone.requested().await;
    let first = zone.accept(&request).await;
    assert_eq!(grants(&first).await, 1);
    let revoke = zone.client.revoke_subscription();
    let revoke = revoke.domain_identifier(&zone.domain).identifier(&first);
    revoke.retain_permissions(true).send().await.unwrap();

    let next = zone.requested().await;
    let second = zone.accept(&next).await;
    assert_eq!(grants(&first).await, 1);
    assert_eq!(grants(&second).await, 0);
    let list = zone.client.list_subscriptions();
    let of_first = list
        .domain_identifier(&zone.domain)
        .subscription_request_identifier(request)
        .status(SubscriptionStatus::Revoked);
    let found = of_first.send().await.unwrap();
    assert_eq!(found.items()[0].id(), first);
}
