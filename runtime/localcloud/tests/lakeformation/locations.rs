//! Registered locations.

use aws_sdk_lakeformation::types::{DataLocationResource, Permission, Resource};

use crate::stage::{ANALYST, grant, listed, refused, stage};

const ROLE: &str = "arn:aws:iam::111122223333:role/lake";

fn location(arn: &str) -> Resource {
    let location = DataLocationResource::builder().resource_arn(arn).build();
    Resource::builder().data_location(location.unwrap()).build()
}

#[tokio::test]
async fn a_location_is_registered_once_changed_and_deregistered() {
    let stage = stage().await;
    let register = stage.lake.register_resource().role_arn(ROLE);
    let register = register.resource_arn("arn:aws:s3:::lake/sales/");
    register.clone().send().await.unwrap();
    let again = register.send().await.unwrap_err().into_service_error();
    assert!(again.is_already_exists_exception());
    let describe = || {
        stage
            .lake
            .describe_resource()
            .resource_arn("arn:aws:s3:::lake/sales")
    };
    let info = describe().send().await.unwrap().resource_info.unwrap();
    assert_eq!(info.role_arn(), Some(ROLE));
    assert_eq!(info.hybrid_access_enabled(), Some(false));
    let update = stage.lake.update_resource().role_arn(ROLE);
    let update = update.resource_arn("arn:aws:s3:::lake/sales");
    update.hybrid_access_enabled(true).send().await.unwrap();
    let info = describe().send().await.unwrap().resource_info.unwrap();
    assert_eq!(info.hybrid_access_enabled(), Some(true));
    let all = stage.lake.list_resources().send().await.unwrap();
    assert_eq!(all.resource_info_list().len(), 1);
    let deregister = stage.lake.deregister_resource();
    let deregister = deregister.resource_arn("arn:aws:s3:::lake/sales");
    deregister.send().await.unwrap();
    let gone = describe().send().await.unwrap_err().into_service_error();
    assert!(gone.is_entity_not_found_exception());
}

#[tokio::test]
async fn only_what_is_registered_can_be_granted() {
    let stage = stage().await;
    let access = &[Permission::DataLocationAccess];
    let path = || location("arn:aws:s3:::lake/sales/2026");
    let error = grant(&stage.lake, ANALYST, path(), access, &[]).await;
    assert_eq!(error.unwrap_err().0, "InvalidInputException");
    let register = stage.lake.register_resource().use_service_linked_role(true);
    let register = register.resource_arn("arn:aws:s3:::lake");
    register.send().await.unwrap();
    stage.grant(ANALYST, path(), access).await;
    assert_eq!(listed(&stage.lake, path()).await.len(), 1);
    let none = stage
        .lake
        .register_resource()
        .resource_arn("arn:aws:s3:::x");
    let error = refused(&none.send().await.unwrap_err().into_service_error());
    assert_eq!(error.0, "InvalidInputException");
}
