//! Who may assume a role, and what its keys open when it is gone.

use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use aws_sdk_sts::error::ProvideErrorMetadata as _;
use aws_sdk_sts::operation::assume_role::AssumeRoleOutput;
use datamesh_localcloud::LocalCloud;

use crate::raw;
use crate::setup::{ACCOUNT, OTHER_ACCOUNT, REGION, cloud, sdk, sdk_with};

const ROLE: &str = "arn:aws:iam::111122223333:role/Reader";

/// `CreateRole` of 111122223333's `Reader`, with a trust policy for an account.
async fn create_role(cloud: &LocalCloud, condition: &str) {
    let trust = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{{"AWS":"{OTHER_ACCOUNT}"}}{condition}}}]}}"#
    );
    iam(
        cloud,
        &format!("Action=CreateRole&RoleName=Reader&AssumeRolePolicyDocument={trust}"),
    )
    .await;
}

async fn iam(cloud: &LocalCloud, form: &str) {
    let (status, body) = raw::form(cloud, "iam", form).await;
    assert_eq!(status, 200, "{body}");
}

async fn assume(
    cloud: &LocalCloud,
    account: &str,
    external_id: Option<&str>,
) -> Result<AssumeRoleOutput, String> {
    let client = Client::new(&sdk(cloud, account, REGION));
    let assume = client.assume_role().role_arn(ROLE);
    let assume = assume
        .role_session_name("worker")
        .set_external_id(external_id.map(str::to_owned));
    assume.send().await.map_err(|error| {
        assert_eq!(error.code(), Some("AccessDenied"), "{error:?}");
        error.message().unwrap().to_owned()
    })
}

#[tokio::test]
async fn a_trust_policy_names_who_may_come_in() {
    let (cloud, _) = cloud();
    assume(&cloud, ACCOUNT, None)
        .await
        .expect("IAM does not know the role");
    create_role(&cloud, "").await;
    assume(&cloud, OTHER_ACCOUNT, None).await.unwrap();
    assert_eq!(
        assume(&cloud, ACCOUNT, None).await.unwrap_err(),
        "User: arn:aws:iam::111122223333:root is not authorized to perform: sts:AssumeRole on \
         resource: arn:aws:iam::111122223333:role/Reader"
    );
}

#[tokio::test]
async fn an_external_id_must_fit() {
    let (cloud, _) = cloud();
    let condition = r#","Condition":{"StringEquals":{"sts:ExternalId":"mesh"}}"#;
    create_role(&cloud, condition).await;
    assume(&cloud, OTHER_ACCOUNT, Some("mesh")).await.unwrap();
    assume(&cloud, OTHER_ACCOUNT, Some("other"))
        .await
        .unwrap_err();
    assume(&cloud, OTHER_ACCOUNT, None).await.unwrap_err();
}

#[tokio::test]
async fn a_deleted_role_opens_nothing_until_it_is_made_again() {
    let (cloud, _) = cloud();
    create_role(&cloud, "").await;
    let assumed = assume(&cloud, OTHER_ACCOUNT, None).await.unwrap();
    let keys = assumed.credentials().unwrap();
    let keys = Credentials::new(
        keys.access_key_id(),
        keys.secret_access_key(),
        Some(keys.session_token().to_owned()),
        None,
        "test",
    );
    let queues = aws_sdk_sqs::Client::new(&sdk_with(&cloud, keys, REGION));
    queues.list_queues().send().await.unwrap();

    iam(&cloud, "Action=DeleteRole&RoleName=Reader").await;
    let error = queues.list_queues().send().await.unwrap_err();
    assert_eq!(error.code(), Some("AccessDeniedException"));
    for account in [ACCOUNT, OTHER_ACCOUNT] {
        assume(&cloud, account, None).await.unwrap_err();
    }

    create_role(&cloud, "").await;
    assume(&cloud, OTHER_ACCOUNT, None).await.unwrap();
}
