//! The same over a real socket, with the SDK's own HTTP client.

use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_http_client::Builder;
use aws_types::SdkConfig;
use datamesh_localcloud::{Fault, FaultEffect, LocalCloud};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::setup::{ACCOUNT, cloud, sdk};

struct Served {
    cloud: LocalCloud,
    sdk: SdkConfig,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

async fn serve() -> Served {
    let (cloud, _) = cloud();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (stop, stopped) = oneshot::channel();
    let sdk = sdk(&cloud, ACCOUNT, "us-east-1")
        .into_builder()
        .http_client(Builder::new().build_http())
        .endpoint_url(format!("http://localhost:{port}"))
        .build();
    let server = {
        let cloud = cloud.clone();
        tokio::spawn(async move {
            cloud
                .serve(listener, async move {
                    // A dropped sender stops the server too.
                    let _ = stopped.await;
                })
                .await
        })
    };
    Served {
        cloud,
        sdk,
        stop,
        server,
    }
}

#[tokio::test]
async fn every_protocol_works_over_a_socket_until_the_shutdown() {
    let served = serve().await;
    let sts = aws_sdk_sts::Client::new(&served.sdk);
    let caller = sts.get_caller_identity().send().await.unwrap();
    assert_eq!(caller.account(), Some(ACCOUNT));

    let sqs = aws_sdk_sqs::Client::new(&served.sdk);
    let created = sqs
        .create_queue()
        .queue_name("orders")
        .send()
        .await
        .unwrap();
    let url = created.queue_url().unwrap();
    assert!(url.starts_with("http://localhost:") && url.ends_with("/111122223333/orders"));
    let poll = sqs.receive_message().queue_url(url).wait_time_seconds(20);
    let poll = tokio::spawn(poll.send());
    let send = sqs.send_message().queue_url(url).message_body("m");
    send.send().await.unwrap();
    let received = poll.await.unwrap().unwrap();
    assert_eq!(received.messages()[0].body(), Some("m"));

    let config = aws_sdk_s3::config::Builder::from(&served.sdk).force_path_style(true);
    let s3 = aws_sdk_s3::Client::from_conf(config.build());
    s3.create_bucket().bucket("lake").send().await.unwrap();
    let put = s3.put_object().bucket("lake").key("a/b");
    put.body(ByteStream::from_static(b"v"))
        .send()
        .await
        .unwrap();
    let head = s3
        .head_object()
        .bucket("lake")
        .key("a/b")
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_length(), Some(1));
    let got = s3
        .get_object()
        .bucket("lake")
        .key("a/b")
        .send()
        .await
        .unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"v");

    served.stop.send(()).unwrap();
    served.server.await.unwrap().unwrap();
    assert!(sts.get_caller_identity().send().await.is_err());
}

#[tokio::test]
async fn a_lost_answer_closes_the_connection() {
    let served = serve().await;
    served
        .cloud
        .faults()
        .inject(Fault::once(FaultEffect::TimeoutAfter));
    let sqs = aws_sdk_sqs::Client::new(&served.sdk);
    let create = sqs.create_queue().queue_name("orders").send().await;
    assert!(create.unwrap_err().as_service_error().is_none());
    let listed = sqs.list_queues().send().await.unwrap();
    assert_eq!(listed.queue_urls().len(), 1);
}
