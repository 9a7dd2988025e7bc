//! Environments, blueprints, profiles, actions and roles.

use aws_sdk_datazone::operation::create_environment::builders::CreateEnvironmentFluentBuilder;
use aws_sdk_datazone::types::{
    ActionParameters, AwsConsoleLinkParameters, CloudFormationProperties, CustomParameter,
    EnvironmentParameter, EnvironmentStatus, ProvisioningProperties,
};

use crate::setup::REGION;
use crate::stage::{SETTLED, Zone, zone};

impl Zone {
    fn create_environment(&self, project: &str, name: &str) -> CreateEnvironmentFluentBuilder {
        let create = self
            .client
            .create_environment()
            .domain_identifier(&self.domain);
        create.project_identifier(project).name(name)
    }

    async fn environment_status(&self, id: &str) -> Option<EnvironmentStatus> {
        let get = self
            .client
            .get_environment()
            .domain_identifier(&self.domain);
        match get.identifier(id).send().await {
            Ok(got) => got.status().cloned(),
            Err(error) => {
                assert!(error.into_service_error().is_resource_not_found_exception());
                None
            }
        }
    }

    async fn blueprint(&self, name: &str) -> String {
        let list = self
            .client
            .list_environment_blueprints()
            .domain_identifier(&self.domain);
        let listed = list.managed(true).name(name).send().await.unwrap();
        listed.items()[0].id().to_owned()
    }
}

#[tokio::test]
async fn an_environment_goes_through_its_states_by_the_clock() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let created = zone
        .create_environment(&project, "lake")
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), Some(&EnvironmentStatus::Creating));
    let id = created.id().unwrap();
    let update = || {
        let update = zone
            .client
            .update_environment()
            .domain_identifier(&zone.domain);
        update.identifier(id).description("new").send()
    };
    let early = update().await.unwrap_err().into_service_error();
    assert!(early.is_conflict_exception(), "{early}");
    zone.clock.advance(SETTLED);
    assert_eq!(
        zone.environment_status(id).await,
        Some(EnvironmentStatus::Active)
    );
    assert_eq!(update().await.unwrap().description(), Some("new"));

    let twice = zone
        .create_environment(&project, "lake")
        .send()
        .await
        .unwrap_err();
    assert!(twice.into_service_error().is_conflict_exception());
    let delete = zone
        .client
        .delete_environment()
        .domain_identifier(&zone.domain);
    delete.identifier(id).send().await.unwrap();
    assert_eq!(
        zone.environment_status(id).await,
        Some(EnvironmentStatus::Deleting)
    );
    zone.clock.advance(SETTLED);
    assert_eq!(zone.environment_status(id).await, None);
    zone.create_environment(&project, "lake")
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn environments_are_listed_by_project_until_they_are_gone() {
    let zone = zone().await;
    let (project, other) = (zone.project("p").await, zone.project("q").await);
    let make = async |project: &str, name: &str| {
        let made = zone.create_environment(project, name).send().await.unwrap();
        made.id().unwrap().to_owned()
    };
    let mut ids = Vec::new();
    for name in ["c", "a", "b"] {
        ids.push(make(&project, name).await);
    }
    make(&other, "a").await;
    let listed = async || {
        let (mut ids, mut token) = (Vec::new(), None);
        loop {
            let list = zone.client.list_environments();
            let list = list.domain_identifier(&zone.domain);
            let list = list.project_identifier(&project).max_results(2);
            let page = list.set_next_token(token).send().await.unwrap();
            ids.extend(page.items().iter().filter_map(|one| one.id.clone()));
            token = page.next_token;
            if token.is_none() {
                ids.sort();
                return ids;
            }
        }
    };
    let delete = async |id: &str| {
        let delete = zone.client.delete_environment();
        let delete = delete.domain_identifier(&zone.domain).identifier(id);
        delete.send().await.unwrap();
    };
    ids.sort();
    zone.clock.advance(SETTLED);
    assert_eq!(listed().await, ids);
    delete(&ids[0]).await;
    assert_eq!(listed().await, ids);
    zone.clock.advance(SETTLED);
    assert_eq!(listed().await, ids[1..]);
    delete(&ids[1]).await;
    assert_eq!(listed().await, ids[1..]);
    zone.clock.advance(SETTLED);
    assert_eq!(listed().await, ids[2..]);
}

#[tokio::test]
async fn a_profile_needs_a_blueprint_that_is_switched_on() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let blueprint = zone.blueprint("DefaultDataLake").await;
    let create = || {
        let create = zone
            .client
            .create_environment_profile()
            .domain_identifier(&zone.domain);
        let create = create.project_identifier(&project).name("lake");
        create.environment_blueprint_identifier(&blueprint).send()
    };
    let off = create().await.unwrap_err().into_service_error();
    assert!(off.is_validation_exception(), "{off}");
    let put = zone.client.put_environment_blueprint_configuration();
    let put = put
        .domain_identifier(&zone.domain)
        .environment_blueprint_identifier(&blueprint);
    put.enabled_regions(REGION).send().await.unwrap();
    let profile = create().await.unwrap();

    let create = zone.create_environment(&project, "lake");
    let environment = create
        .environment_profile_identifier(profile.id())
        .send()
        .await
        .unwrap();
    assert_eq!(
        environment.environment_blueprint_id(),
        Some(blueprint.as_str())
    );
    let delete = zone
        .client
        .delete_environment_profile()
        .domain_identifier(&zone.domain);
    let used = delete
        .identifier(profile.id())
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(used.is_validation_exception(), "{used}");
    let list = zone.client.list_environment_blueprint_configurations();
    let listed = list.domain_identifier(&zone.domain).send().await.unwrap();
    assert_eq!(listed.items()[0].enabled_regions(), [REGION]);
}

#[tokio::test]
async fn a_blueprint_of_the_domain_says_what_its_environments_must_set() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let parameter = |name: &str, optional: bool| {
        let parameter = CustomParameter::builder()
            .key_name(name)
            .field_type("string");
        parameter
            .is_optional(optional)
            .is_editable(true)
            .build()
            .unwrap()
    };
    let stack = CloudFormationProperties::builder().template_url("https://example.com/t.yaml");
    let create = || {
        let create = zone
            .client
            .create_environment_blueprint()
            .domain_identifier(&zone.domain);
        create
            .name("own")
            .provisioning_properties(ProvisioningProperties::CloudFormation(
                stack.clone().build().unwrap(),
            ))
            .user_parameters(parameter("bucket", false))
            .user_parameters(parameter("prefix", true))
            .send()
    };
    let blueprint = create().await.unwrap();
    assert!(
        create()
            .await
            .unwrap_err()
            .into_service_error()
            .is_conflict_exception()
    );
    let with = |name: &str| {
        let given = EnvironmentParameter::builder()
            .name(name)
            .value("v")
            .build();
        let create = zone.create_environment(&project, "e");
        let create = create.environment_blueprint_identifier(blueprint.id());
        create.user_parameters(given).send()
    };
    for wrong in ["prefix", "unknown"] {
        let refused = with(wrong).await.unwrap_err().into_service_error();
        assert!(refused.is_validation_exception(), "{wrong}: {refused}");
    }
    let made = with("bucket").await.unwrap();
    assert_eq!(made.user_parameters()[0].default_value(), Some("v"));
    let delete = zone
        .client
        .delete_environment_blueprint()
        .domain_identifier(&zone.domain);
    let used = delete.identifier(blueprint.id()).send().await.unwrap_err();
    assert!(used.into_service_error().is_conflict_exception());
}

#[tokio::test]
async fn an_environment_has_one_role_and_many_actions() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let created = zone.create_environment(&project, "e").send().await.unwrap();
    let id = created.id().unwrap();
    let role = |name: &str| format!("arn:aws:iam::000000000000:role/{name}");
    let associate = |name: &str| {
        let associate = zone.client.associate_environment_role();
        let associate = associate
            .domain_identifier(&zone.domain)
            .environment_identifier(id);
        associate.environment_role_arn(role(name)).send()
    };
    associate("one").await.unwrap();
    let second = associate("two").await.unwrap_err().into_service_error();
    assert!(second.is_conflict_exception(), "{second}");
    let part = zone
        .client
        .disassociate_environment_role()
        .domain_identifier(&zone.domain);
    let part = part
        .environment_identifier(id)
        .environment_role_arn(role("one"));
    part.send().await.unwrap();
    associate("two").await.unwrap();

    let link = AwsConsoleLinkParameters::builder()
        .uri("https://example.com")
        .build();
    let create = zone
        .client
        .create_environment_action()
        .domain_identifier(&zone.domain);
    let create = create.environment_identifier(id).name("open");
    let action = create
        .parameters(ActionParameters::AwsConsoleLink(link))
        .send()
        .await
        .unwrap();
    let update = zone
        .client
        .update_environment_action()
        .domain_identifier(&zone.domain);
    let update = update
        .environment_identifier(id)
        .identifier(action.id())
        .name("look");
    update.send().await.unwrap();
    let list = zone
        .client
        .list_environment_actions()
        .domain_identifier(&zone.domain);
    let listed = list.environment_identifier(id).send().await.unwrap();
    assert_eq!(listed.items()[0].name(), "look");
}
