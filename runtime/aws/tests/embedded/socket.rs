//! [`Connector::Real`]: over the network, configured by the environment alone.
//!
//! A test must not change its own environment, so the calls run in a second
//! process: this same test program, told to run only what is ignored here.

use std::sync::Arc;

use datamesh_aws::s3::PutObject;
use datamesh_aws::{Aws, CallCx, Connector, Options, SystemClock};
use datamesh_localcloud::LocalCloud;
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::setup::HOME;

#[tokio::test]
async fn the_environment_is_enough_to_reach_an_endpoint() {
    let cloud = LocalCloud::open(datamesh_localcloud::Options::in_memory()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (key, secret) = cloud.credentials(HOME);
    let caller = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "socket::calls", "--ignored"])
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", key)
        .env("AWS_SECRET_ACCESS_KEY", secret)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output();
    let output = tokio::select! {
        output = caller => output.unwrap(),
        served = cloud.serve(listener, std::future::pending()) => panic!("{served:?}"),
    };
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test]
#[ignore = "run by the test above, with an environment that names an endpoint"]
async fn calls() {
    let options = Options {
        account: HOME.to_owned(),
        ..Options::default()
    };
    let aws = Aws::new(options, Connector::Real, Arc::new(SystemClock::new()));
    let home = CallCx::default();
    assert_eq!(aws.region().await, "eu-west-1");
    assert_eq!(
        aws.sts(&home).get_caller_identity().await.unwrap().account,
        HOME
    );

    let s3 = aws.s3(&home);
    s3.create_bucket("lake").await.unwrap();
    let object = PutObject {
        bucket: "lake".into(),
        key: "raw/1".into(),
        body: b"one".to_vec(),
        ..PutObject::default()
    };
    s3.put_object(object).await.unwrap();
    assert_eq!(s3.get_object("lake", "raw/1").await.unwrap().body, b"one");
    let error = aws.glue(&home).get_database("none").await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
}
