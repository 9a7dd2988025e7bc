use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_sts::Client;
use aws_sdk_sts::error::ProvideErrorMetadata as _;
use aws_sdk_sts::operation::assume_role::AssumeRoleOutput;
use datamesh_localcloud::LocalCloud;

use crate::setup::{ACCOUNT, OTHER_ACCOUNT, REGION, START_MS, cloud, sdk, sdk_with};

const ROLE: &str = "arn:aws:iam::444455556666:role/mesh/Reader";

async fn assume(client: &Client) -> AssumeRoleOutput {
    client
        .assume_role()
        .role_arn(ROLE)
        .role_session_name("worker-1")
        .duration_seconds(900)
        .send()
        .await
        .unwrap()
}

fn client_of(cloud: &LocalCloud, assumed: &AssumeRoleOutput) -> Client {
    let given = assumed.credentials().unwrap();
    let credentials = Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        Some(given.session_token().to_owned()),
        None,
        "test",
    );
    Client::new(&sdk_with(cloud, credentials, REGION))
}

#[tokio::test]
async fn a_long_term_key_belongs_to_its_account() {
    let (cloud, _) = cloud();
    let client = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let caller = client.get_caller_identity().send().await.unwrap();
    assert_eq!(caller.account(), Some(ACCOUNT));
    assert_eq!(caller.arn(), Some("arn:aws:iam::111122223333:root"));
}

#[tokio::test]
async fn an_assumed_role_acts_in_the_roles_account_until_it_expires() {
    let (cloud, clock) = cloud();
    let assumed = assume(&Client::new(&sdk(&cloud, ACCOUNT, REGION))).await;
    let expiration = assumed.credentials().unwrap().expiration();
    assert_eq!(expiration.to_millis().unwrap(), START_MS + 900_000);

    let client = client_of(&cloud, &assumed);
    let caller = client.get_caller_identity().send().await.unwrap();
    assert_eq!(caller.account(), Some(OTHER_ACCOUNT));
    let arn = "arn:aws:sts::444455556666:assumed-role/Reader/worker-1";
    assert_eq!(caller.arn(), Some(arn));
    let user = assumed.assumed_role_user().unwrap();
    assert_eq!(user.arn(), arn);
    assert_eq!(caller.user_id(), Some(user.assumed_role_id()));

    clock.advance(Duration::from_secs(900));
    let error = client.get_caller_identity().send().await.unwrap_err();
    assert_eq!(error.code(), Some("ExpiredToken"));
}

#[tokio::test]
async fn a_chained_session_lasts_at_most_an_hour() {
    let (cloud, _) = cloud();
    let assumed = assume(&Client::new(&sdk(&cloud, ACCOUNT, REGION))).await;
    let chained = client_of(&cloud, &assumed)
        .assume_role()
        .role_arn(ROLE)
        .role_session_name("again")
        .duration_seconds(7_200);
    let error = chained.send().await.unwrap_err();
    assert_eq!(error.code(), Some("ValidationError"));
}

#[tokio::test]
async fn nonsense_is_a_validation_error() {
    let (cloud, _) = cloud();
    let client = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    for (role, name, seconds) in [
        ("arn:aws:iam::4444:role/Reader", "worker", 900),
        ("Reader", "worker", 900),
        (ROLE, "a blank", 900),
        (ROLE, "worker", 60),
    ] {
        let error = client
            .assume_role()
            .role_arn(role)
            .role_session_name(name)
            .duration_seconds(seconds)
            .send()
            .await
            .unwrap_err();
        assert_eq!(
            error.code(),
            Some("ValidationError"),
            "{role} {name} {seconds}"
        );
    }
}

#[tokio::test]
async fn keys_that_nobody_handed_out_are_refused_in_each_services_words() {
    let (cloud, _) = cloud();
    let stranger = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
    let sdk = sdk_with(&cloud, stranger, REGION);
    let sts = Client::new(&sdk).get_caller_identity().send().await;
    assert_eq!(sts.unwrap_err().code(), Some("InvalidClientTokenId"));
    let sqs = aws_sdk_sqs::Client::new(&sdk).list_queues().send().await;
    assert_eq!(sqs.unwrap_err().code(), Some("UnrecognizedClientException"));
    let s3 = aws_sdk_s3::Client::new(&sdk).list_buckets().send().await;
    assert_eq!(s3.unwrap_err().code(), Some("InvalidAccessKeyId"));
}

#[tokio::test]
async fn a_session_key_needs_its_token() {
    let (cloud, _) = cloud();
    let assumed = assume(&Client::new(&sdk(&cloud, ACCOUNT, REGION))).await;
    let given = assumed.credentials().unwrap();
    let credentials = Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        Some("another".to_owned()),
        None,
        "test",
    );
    let client = Client::new(&sdk_with(&cloud, credentials, REGION));
    let error = client.get_caller_identity().send().await.unwrap_err();
    assert_eq!(error.code(), Some("InvalidClientTokenId"));
}

#[tokio::test]
async fn a_session_token_acts_as_who_asked_for_it() {
    let (cloud, clock) = cloud();
    let client = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let given = client.get_session_token().duration_seconds(43_200).send();
    let given = given.await.unwrap().credentials.unwrap();
    let credentials = Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        Some(given.session_token().to_owned()),
        None,
        "test",
    );
    let session = Client::new(&sdk_with(&cloud, credentials, REGION));
    let caller = session.get_caller_identity().send().await.unwrap();
    assert_eq!(caller.arn(), Some("arn:aws:iam::111122223333:root"));
    let again = session.get_session_token().send().await.unwrap_err();
    assert_eq!(again.code(), Some("AccessDenied"));
    let owner = client
        .get_access_key_info()
        .access_key_id(given.access_key_id());
    assert_eq!(owner.send().await.unwrap().account(), Some(ACCOUNT));
    // An account's own session lasts an hour, whatever was asked for.
    clock.advance(Duration::from_secs(3_601));
    let expired = session.get_caller_identity().send().await.unwrap_err();
    assert_eq!(expired.code(), Some("ExpiredToken"));
}

#[tokio::test]
async fn who_is_behind_a_session_stays_when_roles_are_chained() {
    let (cloud, _) = cloud();
    let assume = |client: &Client| {
        let assume = client.assume_role().role_arn(ROLE);
        assume.role_session_name("worker-1")
    };
    let client = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let first = assume(&client).source_identity("ada").send().await.unwrap();
    assert_eq!(first.source_identity(), Some("ada"));
    let session = client_of(&cloud, &first);
    let chained = assume(&session).send().await.unwrap();
    assert_eq!(chained.source_identity(), Some("ada"));
    let changed = assume(&session).source_identity("bob").send().await;
    assert_eq!(changed.unwrap_err().code(), Some("AccessDenied"));
}

#[tokio::test]
async fn a_session_policy_is_a_policy() {
    let (cloud, _) = cloud();
    let client = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let assume = |policy: &str| {
        let assume = client.assume_role().role_arn(ROLE);
        assume.role_session_name("worker-1").policy(policy).send()
    };
    assume(r#"{"Version": "2012-10-17", "Statement": []}"#)
        .await
        .unwrap();
    let broken = assume("{").await.unwrap_err();
    assert_eq!(broken.code(), Some("MalformedPolicyDocument"));
}
