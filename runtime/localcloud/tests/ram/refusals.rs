//! Requests that are refused, tokens, and pages.

use aws_sdk_ram::error::ProvideErrorMetadata as _;
use aws_sdk_ram::types::{ResourceOwner, ResourceShareAssociationType as Kind};

use crate::setup::{ACCOUNT, OTHER_ACCOUNT};
use crate::stage::{DATABASE, TABLE, organization, stage};

#[tokio::test]
async fn a_share_holds_own_resources_for_others() {
    let stage = stage();
    let create = || stage.owner.create_resource_share().name("orders");
    for (request, code) in [
        (
            create().resource_arns("arn:aws:glue:eu-west-1:444455556666:table/a/b"),
            "UnknownResourceException",
        ),
        (
            create().resource_arns("arn:aws:sqs:eu-west-1:111122223333:queue"),
            "MalformedArnException",
        ),
        (create().resource_arns("orders"), "MalformedArnException"),
        (
            create().principals(ACCOUNT),
            "OperationNotPermittedException",
        ),
        (create().principals("sales"), "InvalidParameterException"),
        (
            create()
                .principals(OTHER_ACCOUNT)
                .allow_external_principals(false),
            "OperationNotPermittedException",
        ),
        (
            stage.owner.create_resource_share().name(""),
            "InvalidParameterException",
        ),
    ] {
        let error = request.send().await.unwrap_err();
        assert_eq!(error.code(), Some(code), "{error:?}");
    }
    let list = stage.owner.get_resource_shares();
    let list = list.resource_owner(ResourceOwner::SelfValue).send();
    assert!(list.await.unwrap().resource_shares().is_empty());
}

#[tokio::test]
async fn a_share_is_changed_by_its_owner_alone() {
    let stage = stage();
    let share = stage.share(OTHER_ACCOUNT).await;
    let delete = stage.consumer.delete_resource_share();
    let error = delete.resource_share_arn(&share).send().await.unwrap_err();
    assert_eq!(error.code(), Some("OperationNotPermittedException"));
    let update = || {
        stage
            .owner
            .update_resource_share()
            .resource_share_arn(&share)
    };
    let error = update().allow_external_principals(false).send().await;
    let error = error.unwrap_err().into_service_error();
    assert!(error.is_operation_not_permitted_exception(), "{error}");
    let updated = update().name("renamed").send().await.unwrap();
    assert_eq!(updated.resource_share().unwrap().name(), Some("renamed"));

    let unknown = format!("{share}0");
    let delete = stage.owner.delete_resource_share();
    let error = delete.resource_share_arn(&unknown).send().await;
    assert_eq!(error.unwrap_err().code(), Some("UnknownResourceException"));
    let remove = stage.owner.disassociate_resource_share();
    let remove = remove.resource_share_arn(&share).resource_arns(DATABASE);
    let error = remove.send().await.unwrap_err();
    assert_eq!(error.code(), Some("UnknownResourceException"));
    let accept = stage.owner.accept_resource_share_invitation();
    let accept = accept.resource_share_invitation_arn(stage.invitation().await);
    let error = accept.send().await.unwrap_err().into_service_error();
    assert!(
        error.is_resource_share_invitation_arn_not_found_exception(),
        "{error}"
    );
}

#[tokio::test]
async fn a_token_makes_one_share_however_often_it_is_sent() {
    let stage = stage();
    let create = || stage.create(OTHER_ACCOUNT).client_token("t-1").send();
    let first = create().await.unwrap();
    let again = create().await.unwrap();
    assert_eq!(first.client_token(), Some("t-1"));
    assert_eq!(
        first.resource_share().unwrap().resource_share_arn(),
        again.resource_share().unwrap().resource_share_arn()
    );
    assert_eq!(stage.invitations().await.len(), 1);
    let other = stage.create(OTHER_ACCOUNT).name("b").client_token("t-1");
    let error = other.send().await.unwrap_err().into_service_error();
    assert!(
        error.is_idempotent_parameter_mismatch_exception(),
        "{error}"
    );

    let share = first.resource_share().unwrap();
    let delete = || {
        let delete = stage.owner.delete_resource_share().client_token("t-2");
        delete.set_resource_share_arn(share.resource_share_arn().map(str::to_owned))
    };
    delete().send().await.unwrap();
    delete().send().await.unwrap();
}

#[tokio::test]
async fn lists_come_in_pages_and_by_filters() {
    let stage = stage();
    organization(&stage).await;
    let share = stage.share(OTHER_ACCOUNT).await;
    for number in 0..4 {
        let add = stage.owner.associate_resource_share();
        let add = add.resource_share_arn(&share);
        let add = add.resource_arns(format!("{TABLE}_{number}"));
        add.send().await.unwrap();
    }
    let mut pages = Vec::new();
    let mut token = None;
    loop {
        let list = stage.consumer.list_resources().max_results(2);
        let list = list.resource_owner(ResourceOwner::OtherAccounts);
        let page = list.set_next_token(token).send().await.unwrap();
        pages.push(page.resources().len());
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert_eq!(pages, [2, 2, 1]);

    let list = || {
        let list = stage.owner.list_resources();
        list.resource_owner(ResourceOwner::SelfValue)
    };
    let databases = list().resource_type("glue:database").send().await.unwrap();
    assert!(databases.resources().is_empty());
    let named = list().resource_arns(TABLE).principal(OTHER_ACCOUNT);
    assert_eq!(named.send().await.unwrap().resources().len(), 1);
    let error = list().resource_type("ec2:moon").send().await.unwrap_err();
    assert!(
        error
            .into_service_error()
            .is_invalid_resource_type_exception()
    );
    let error = list().next_token("bogus").send().await.unwrap_err();
    assert!(error.into_service_error().is_invalid_next_token_exception());
    let error = list().max_results(501).send().await.unwrap_err();
    assert!(error.into_service_error().is_invalid_parameter_exception());

    let principals = stage.owner.list_principals();
    let principals = principals.resource_owner(ResourceOwner::SelfValue);
    let principals = principals.resource_arn(TABLE).send().await.unwrap();
    assert_eq!(principals.principals()[0].id(), Some(OTHER_ACCOUNT));

    let both = stage.owner.get_resource_share_associations();
    let both = both.association_type(Kind::Principal).resource_arn(TABLE);
    let error = both.send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_parameter_exception(), "{error}");

    let types = stage.owner.list_resource_types().send().await.unwrap();
    let named = |name: &str| {
        let mut types = types.resource_types().iter();
        types.any(|found| found.resource_type() == Some(name))
    };
    assert!(named("glue:Table"));
    let permissions = stage.owner.list_permissions().resource_type("glue:table");
    let permissions = permissions.send().await.unwrap();
    assert_eq!(permissions.permissions().len(), 1);
}
