//! Domain units, their owners, policy grants, and tags.

use aws_sdk_datazone::types::{
    CreateProjectPolicyGrantDetail, DataZoneEntityType, ManagedPolicyType, OwnerProperties,
    OwnerUserProperties, PolicyGrantDetail, PolicyGrantPrincipal, TargetEntityType,
    UserPolicyGrantPrincipal,
};

use crate::setup::ACCOUNT;
use crate::stage::{Zone, zone};

impl Zone {
    async fn root(&self) -> String {
        let got = self
            .client
            .get_domain()
            .identifier(&self.domain)
            .send()
            .await;
        got.unwrap().root_domain_unit_id().unwrap().to_owned()
    }

    async fn unit(&self, parent: &str, name: &str) -> String {
        let create = self
            .client
            .create_domain_unit()
            .domain_identifier(&self.domain);
        let create = create.parent_domain_unit_identifier(parent).name(name);
        create.send().await.unwrap().id().to_owned()
    }

    async fn units(&self, parent: &str) -> Vec<String> {
        let list = self.client.list_domain_units_for_parent();
        let list = list
            .domain_identifier(&self.domain)
            .parent_domain_unit_identifier(parent);
        let listed = list.send().await.unwrap();
        listed
            .items()
            .iter()
            .map(|unit| unit.name().to_owned())
            .collect()
    }

    pub(crate) async fn user(&self, name: &str) -> String {
        let create = self
            .client
            .create_user_profile()
            .domain_identifier(&self.domain);
        let create = create.user_identifier(format!("arn:aws:iam::000000000000:user/{name}"));
        create.send().await.unwrap().id().unwrap().to_owned()
    }

    async fn owners(&self, unit: &str) -> usize {
        let list = self
            .client
            .list_entity_owners()
            .domain_identifier(&self.domain);
        let list = list
            .entity_type(DataZoneEntityType::DomainUnit)
            .entity_identifier(unit);
        list.send().await.unwrap().owners().len()
    }
}

#[tokio::test]
async fn units_are_a_tree_below_the_root() {
    let zone = zone().await;
    let root = zone.root().await;
    let sales = zone.unit(&root, "sales").await;
    let europe = zone.unit(&sales, "europe").await;
    assert_eq!(zone.units(&root).await, ["sales"]);
    assert_eq!(zone.units(&sales).await, ["europe"]);

    let create = zone
        .client
        .create_domain_unit()
        .domain_identifier(&zone.domain);
    let twice = create
        .parent_domain_unit_identifier(&root)
        .name("sales")
        .send()
        .await;
    assert!(
        twice
            .unwrap_err()
            .into_service_error()
            .is_conflict_exception()
    );

    let delete = |id: &str| {
        let delete = zone
            .client
            .delete_domain_unit()
            .domain_identifier(&zone.domain);
        delete.identifier(id).send()
    };
    let refused = delete(&sales).await.unwrap_err().into_service_error();
    assert!(refused.is_conflict_exception(), "{refused}");
    let refused = delete(&root).await.unwrap_err().into_service_error();
    assert!(refused.is_validation_exception(), "{refused}");
    delete(&europe).await.unwrap();
    delete(&sales).await.unwrap();
    assert!(zone.units(&root).await.is_empty());
}

#[tokio::test]
async fn a_unit_with_projects_stays() {
    let zone = zone().await;
    let unit = zone.unit(&zone.root().await, "sales").await;
    let create = zone.client.create_project().domain_identifier(&zone.domain);
    let project = create.name("p").domain_unit_id(&unit).send().await.unwrap();
    assert_eq!(project.domain_unit_id(), Some(unit.as_str()));
    let delete = || {
        let delete = zone
            .client
            .delete_domain_unit()
            .domain_identifier(&zone.domain);
        delete.identifier(&unit).send()
    };
    assert!(
        delete()
            .await
            .unwrap_err()
            .into_service_error()
            .is_conflict_exception()
    );
    let update = zone.client.update_project().domain_identifier(&zone.domain);
    let moved = update
        .identifier(project.id())
        .domain_unit_id(zone.root().await)
        .send();
    moved.await.unwrap();
    delete().await.unwrap();
}

#[tokio::test]
async fn a_unit_keeps_its_last_owner() {
    let zone = zone().await;
    let unit = zone.unit(&zone.root().await, "sales").await;
    assert_eq!(zone.owners(&unit).await, 1);
    let ada = zone.user("ada").await;
    let owner = |id: &str| {
        let owner = OwnerUserProperties::builder().user_identifier(id).build();
        OwnerProperties::User(owner.unwrap())
    };
    let add = || {
        let add = zone
            .client
            .add_entity_owner()
            .domain_identifier(&zone.domain);
        let add = add
            .entity_type(DataZoneEntityType::DomainUnit)
            .entity_identifier(&unit);
        add.owner(owner(&ada))
    };
    add().client_token("t").send().await.unwrap();
    add().client_token("t").send().await.unwrap();
    assert_eq!(zone.owners(&unit).await, 2);
    let twice = add().send().await.unwrap_err().into_service_error();
    assert!(twice.is_conflict_exception(), "{twice}");

    let remove = |id: &str| {
        let remove = zone
            .client
            .remove_entity_owner()
            .domain_identifier(&zone.domain);
        let remove = remove
            .entity_type(DataZoneEntityType::DomainUnit)
            .entity_identifier(&unit);
        remove.owner(owner(id)).send()
    };
    let creator = format!("arn:aws:iam::{ACCOUNT}:root");
    remove(&creator).await.unwrap();
    let last = remove(&ada).await.unwrap_err().into_service_error();
    assert!(last.is_validation_exception(), "{last}");
}

#[tokio::test]
async fn policy_grants_are_kept_until_they_are_removed() {
    let zone = zone().await;
    let root = zone.root().await;
    let ada = zone.user("ada").await;
    let principal =
        PolicyGrantPrincipal::User(UserPolicyGrantPrincipal::UserIdentifier(ada.clone()));
    let detail = PolicyGrantDetail::CreateProject(
        CreateProjectPolicyGrantDetail::builder()
            .include_child_domain_units(true)
            .build(),
    );
    let add = |policy: ManagedPolicyType| {
        let add = zone
            .client
            .add_policy_grant()
            .domain_identifier(&zone.domain);
        let add = add
            .entity_type(TargetEntityType::DomainUnit)
            .entity_identifier(&root);
        let add = add.policy_type(policy).principal(principal.clone());
        add.detail(detail.clone()).send()
    };
    let granted = add(ManagedPolicyType::CreateProject).await.unwrap();
    let twice = add(ManagedPolicyType::CreateProject).await.unwrap_err();
    assert!(twice.into_service_error().is_conflict_exception());
    let other = add(ManagedPolicyType::CreateGlossary).await.unwrap_err();
    assert!(other.into_service_error().is_validation_exception());

    let list = || async {
        let list = zone
            .client
            .list_policy_grants()
            .domain_identifier(&zone.domain);
        let list = list
            .entity_type(TargetEntityType::DomainUnit)
            .entity_identifier(&root);
        let listed = list
            .policy_type(ManagedPolicyType::CreateProject)
            .send()
            .await;
        listed.unwrap().grant_list().to_vec()
    };
    let listed = list().await;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].grant_id(), granted.grant_id());
    assert_eq!(listed[0].detail(), Some(&detail));
    let remove = zone
        .client
        .remove_policy_grant()
        .domain_identifier(&zone.domain);
    let remove = remove
        .entity_type(TargetEntityType::DomainUnit)
        .entity_identifier(&root);
    let remove = remove.policy_type(ManagedPolicyType::CreateProject);
    remove.principal(principal.clone()).send().await.unwrap();
    assert!(list().await.is_empty());
}

#[tokio::test]
async fn a_domain_is_tagged_by_its_arn() {
    let zone = zone().await;
    let got = zone
        .client
        .get_domain()
        .identifier(&zone.domain)
        .send()
        .await;
    let arn = got.unwrap().arn().unwrap().to_owned();
    let tag = zone.client.tag_resource().resource_arn(&arn);
    tag.tags("team", "mesh")
        .tags("cost", "7")
        .send()
        .await
        .unwrap();
    let untag = zone.client.untag_resource().resource_arn(&arn);
    untag.tag_keys("cost").send().await.unwrap();
    let listed = zone
        .client
        .list_tags_for_resource()
        .resource_arn(&arn)
        .send()
        .await
        .unwrap();
    let tags = listed.tags().unwrap();
    assert_eq!(tags.len(), 1);
    assert_eq!(tags["team"], "mesh");
}
