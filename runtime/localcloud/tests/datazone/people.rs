//! Profiles of users and groups, memberships, and project profiles.

use aws_sdk_datazone::error::ProvideErrorMetadata as _;
use aws_sdk_datazone::types::{
    DeploymentMode, EnvironmentConfiguration, GroupSearchType, Member, Status, UserDesignation,
    UserProfileStatus, UserSearchType, UserType,
};

use crate::setup::{ACCOUNT, REGION, cloud, sdk};
use crate::stage::{SETTLED, Zone, role, zone};

impl Zone {
    async fn members(&self, project: &str) -> usize {
        let list = self
            .client
            .list_project_memberships()
            .domain_identifier(&self.domain);
        let listed = list.project_identifier(project).send().await.unwrap();
        listed.members().len()
    }
}

#[tokio::test]
async fn users_are_found_by_id_and_by_arn() {
    let zone = zone().await;
    let id = zone.user("ada").await;
    let arn = "arn:aws:iam::000000000000:user/ada";
    for identifier in [id.as_str(), arn] {
        let get = zone
            .client
            .get_user_profile()
            .domain_identifier(&zone.domain);
        let got = get.user_identifier(identifier).send().await.unwrap();
        assert_eq!(got.id(), Some(id.as_str()));
        assert_eq!(got.status(), Some(&UserProfileStatus::Activated));
    }
    let update = |status: UserProfileStatus| {
        let update = zone
            .client
            .update_user_profile()
            .domain_identifier(&zone.domain);
        update.user_identifier(&id).status(status).send()
    };
    let wrong = update(UserProfileStatus::Assigned)
        .await
        .unwrap_err()
        .into_service_error();
    assert!(wrong.is_validation_exception(), "{wrong}");
    update(UserProfileStatus::Deactivated).await.unwrap();

    let create = zone
        .client
        .create_user_profile()
        .domain_identifier(&zone.domain);
    let create = create
        .user_identifier("grace@example.com")
        .user_type(UserType::SsoUser);
    create.send().await.unwrap();
    let search = |kind: UserSearchType| async {
        let search = zone
            .client
            .search_user_profiles()
            .domain_identifier(&zone.domain);
        let found = search
            .user_type(kind)
            .search_text("a")
            .send()
            .await
            .unwrap();
        found.items().len()
    };
    assert_eq!(search(UserSearchType::SsoUser).await, 1);
    // The creator of the domain is one of them.
    assert_eq!(search(UserSearchType::DatazoneIamUser).await, 2);
    let get = zone
        .client
        .get_user_profile()
        .domain_identifier(&zone.domain);
    let nobody = get.user_identifier("nobody").send().await.unwrap_err();
    assert!(
        nobody
            .into_service_error()
            .is_resource_not_found_exception()
    );
}

#[tokio::test]
async fn groups_are_assigned_and_searched() {
    let zone = zone().await;
    let create = zone
        .client
        .create_group_profile()
        .domain_identifier(&zone.domain);
    let id = "11111111-2222-3333-4444-555555555555";
    let group = create.group_identifier(id).send().await.unwrap();
    let search = zone
        .client
        .search_group_profiles()
        .domain_identifier(&zone.domain);
    let found = search
        .group_type(GroupSearchType::SsoGroup)
        .send()
        .await
        .unwrap();
    assert_eq!(found.items()[0].id(), group.id());
}

#[tokio::test]
async fn a_member_is_in_a_project_once_and_an_owner_stays() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let ada = zone.user("ada").await;
    assert_eq!(zone.members(&project).await, 1, "the creator");
    let join = |designation: UserDesignation| {
        let join = zone
            .client
            .create_project_membership()
            .domain_identifier(&zone.domain);
        let join = join.project_identifier(&project).designation(designation);
        join.member(Member::UserIdentifier(ada.clone())).send()
    };
    join(UserDesignation::ProjectContributor).await.unwrap();
    let twice = join(UserDesignation::ProjectContributor).await.unwrap_err();
    assert!(twice.into_service_error().is_validation_exception());
    assert_eq!(zone.members(&project).await, 2);

    let list = zone.client.list_projects().domain_identifier(&zone.domain);
    let of_ada = list.user_identifier(&ada).send().await.unwrap();
    assert_eq!(of_ada.items()[0].id(), project);

    let leave = |id: &str| {
        let leave = zone
            .client
            .delete_project_membership()
            .domain_identifier(&zone.domain);
        let leave = leave.project_identifier(&project);
        leave.member(Member::UserIdentifier(id.to_owned())).send()
    };
    let creator = format!("arn:aws:iam::{ACCOUNT}:root");
    let last = leave(&creator).await.unwrap_err().into_service_error();
    assert!(last.message().unwrap().contains("last owner"), "{last}");
    leave(&ada).await.unwrap();
    let gone = leave(&ada).await.unwrap_err().into_service_error();
    assert!(gone.is_resource_not_found_exception(), "{gone}");
}

#[tokio::test]
async fn a_project_of_a_v2_domain_begins_with_the_environments_of_its_profile() {
    let (cloud, clock) = cloud();
    let client = aws_sdk_datazone::Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let create = client
        .create_domain()
        .name("mesh")
        .domain_execution_role(role());
    let create = create.service_role(role()).domain_version("V2".into());
    let domain = create.send().await.unwrap().id().to_owned();
    clock.advance(SETTLED);
    let blueprints = client
        .list_environment_blueprints()
        .domain_identifier(&domain);
    let tooling = blueprints
        .name("Tooling")
        .managed(true)
        .send()
        .await
        .unwrap();
    let configuration = |name: &str, mode: DeploymentMode| {
        EnvironmentConfiguration::builder()
            .name(name)
            .environment_blueprint_id(tooling.items()[0].id())
            .deployment_mode(mode)
            .build()
            .unwrap()
    };
    let create = client.create_project_profile().domain_identifier(&domain);
    let profile = create
        .name("analytics")
        .environment_configurations(configuration("tools", DeploymentMode::OnCreate))
        .environment_configurations(configuration("later", DeploymentMode::OnDemand))
        .send()
        .await
        .unwrap();
    let create = |name: &str| {
        let create = client.create_project().domain_identifier(&domain);
        create.name(name).project_profile_id(profile.id()).send()
    };
    let disabled = create("p").await.unwrap_err().into_service_error();
    assert!(disabled.is_validation_exception(), "{disabled}");
    let update = client.update_project_profile().domain_identifier(&domain);
    update
        .identifier(profile.id())
        .status(Status::Enabled)
        .send()
        .await
        .unwrap();
    let project = create("p").await.unwrap();
    let list = client.list_environments().domain_identifier(&domain);
    let listed = list.project_identifier(project.id()).send().await.unwrap();
    assert_eq!(listed.items().len(), 1);
    assert_eq!(listed.items()[0].name(), "tools");
}
