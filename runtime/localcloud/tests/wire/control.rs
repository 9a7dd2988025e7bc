//! The control API over its socket.

use datamesh_localcloud::LocalCloud;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::setup::{ACCOUNT, REGION, cloud, sdk};

const TOKEN: &str = "a-token-of-the-test";

struct Door {
    cloud: LocalCloud,
    port: u16,
}

impl Door {
    async fn open() -> Self {
        let (cloud, _) = cloud();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let served = cloud.clone();
        tokio::spawn(async move {
            let never = std::future::pending();
            served.serve_control(listener, TOKEN, never).await
        });
        Self { cloud, port }
    }

    /// Status and document.
    async fn send(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let header = format!("Authorization: Bearer {TOKEN}\r\n");
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let answer = self.raw(method, path, &header, &body).await;
        let (head, document) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(document).unwrap())
    }

    async fn raw(&self, method: &str, path: &str, header: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    async fn get(&self, path: &str) -> Value {
        let (status, document) = self.send("GET", path, &Value::Null).await;
        assert_eq!(status, 200, "{document}");
        document
    }
}

#[tokio::test]
async fn nobody_comes_in_without_the_token() {
    let door = Door::open().await;
    for header in [
        "",
        "Authorization: Bearer another-token-of-the-test\r\n",
        "Authorization: Basic YTpi\r\n",
    ] {
        let answer = door.raw("GET", "/control/faults", header, "").await;
        assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
        assert!(answer.contains("www-authenticate: Bearer"), "{answer}");
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ready = std::future::ready(());
    let guessed = door.cloud.serve_control(listener, "short", ready).await;
    assert!(guessed.is_err(), "a token that can be guessed is refused");
}

#[tokio::test]
async fn a_fault_is_put_seen_and_removed() {
    let door = Door::open().await;
    let fault = json!({
        "service": "sqs", "operation": "CreateQueue", "script": ["ok", "throttle"],
        "times": "always",
    });
    let (status, put) = door.send("POST", "/control/faults", &fault).await;
    assert_eq!((status, &put["id"]), (201, &json!(1)));

    let sqs = aws_sdk_sqs::Client::new(&sdk(&door.cloud, ACCOUNT, REGION));
    let create = sqs.create_queue().queue_name("orders");
    create.clone().send().await.unwrap();
    let throttled = create.send().await.unwrap_err().into_service_error();
    assert!(throttled.is_request_throttled());

    let shown = door.get("/control/faults/1").await;
    assert_eq!(shown["struck"], 2);
    assert_eq!(
        door.get("/control/faults").await,
        json!({"faults": [shown]})
    );
    let seen = door.get("/control/seen").await;
    assert_eq!(
        seen["seen"][1],
        json!({
            "fault": 1, "service": "sqs", "operation": "CreateQueue", "account": ACCOUNT,
            "effect": "throttle",
        })
    );
    let (status, _) = door.send("DELETE", "/control/faults/1", &Value::Null).await;
    assert_eq!(status, 200);
    let (status, gone) = door.send("DELETE", "/control/faults/1", &Value::Null).await;
    assert_eq!(status, 404, "{gone}");
    door.send("POST", "/control/faults", &fault).await;
    let (_, cleared) = door.send("DELETE", "/control/faults", &Value::Null).await;
    assert_eq!(cleared, json!({"removed": 1}));
}

#[tokio::test]
async fn the_clock_is_driven() {
    let door = Door::open().await;
    let drive = async |body: Value| door.send("POST", "/control/clock", &body).await;
    let shown = door.get("/control/clock").await;
    assert_eq!(shown["now"], "2026-01-31T12:00:00Z");
    assert_eq!(drive(json!({"running": false})).await.1["running"], false);
    let (_, stepped) = drive(json!({"step": "36h"})).await;
    assert_eq!(stepped["now"], "2026-02-02T00:00:00Z");
    let (_, set) = drive(json!({"set": "2027-01-01T00:00:00Z"})).await;
    assert_eq!(set["now"], "2027-01-01T00:00:00Z");
    assert_eq!(drive(json!({"speed": 60})).await.1["speed"], 60.0);
    for wrong in [
        json!({}),
        json!({"step": "soon"}),
        json!({"set": "tomorrow"}),
        json!({"speed": 0}),
        json!({"running": true, "speed": 2}),
    ] {
        assert_eq!(drive(wrong.clone()).await.0, 400, "{wrong}");
    }
}

#[tokio::test]
async fn state_is_seeded_copied_reset_and_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snapshot");
    let door = Door::open().await;
    let seed = json!({"account": ACCOUNT, "region": REGION, "queue": [{"name": "orders"}]});
    let (status, seeded) = door.send("POST", "/control/seed", &seed).await;
    assert_eq!(status, 200, "{seeded}");
    assert_eq!(seeded["made"], json!(["queue orders"]));
    let file = json!({ "path": path });
    assert_eq!(door.send("POST", "/control/snapshot", &file).await.0, 201);
    assert_eq!(door.send("POST", "/control/snapshot", &file).await.0, 409);

    let sqs = aws_sdk_sqs::Client::new(&sdk(&door.cloud, ACCOUNT, REGION));
    let count = async || {
        let listed = sqs.list_queues().send().await.unwrap();
        listed.queue_urls().len()
    };
    let (status, _) = door.send("POST", "/control/reset", &Value::Null).await;
    assert_eq!((status, count().await), (200, 0));
    let (status, _) = door.send("POST", "/control/restore", &file).await;
    assert_eq!((status, count().await), (200, 1));
    let account = json!({ "account": ACCOUNT });
    let (status, _) = door.send("POST", "/control/reset", &account).await;
    assert_eq!((status, count().await), (200, 0));
}

#[tokio::test]
async fn what_is_wrong_is_said_in_one_sentence() {
    let door = Door::open().await;
    for (method, path, body, status, sentence) in [
        (
            "GET",
            "/control/nothing",
            Value::Null,
            404,
            "there is nothing at",
        ),
        ("GET", "/", Value::Null, 404, "there is nothing at"),
        (
            "PUT",
            "/control/faults",
            Value::Null,
            405,
            "only GET, POST, DELETE",
        ),
        ("GET", "/control/reset", Value::Null, 405, "only POST"),
        (
            "POST",
            "/control/faults",
            json!({"effect": "trottle"}),
            400,
            "`trottle` is no effect",
        ),
        (
            "POST",
            "/control/faults",
            json!({"effect": "500", "servce": "sqs"}),
            400,
            "unknown field `servce`",
        ),
        (
            "POST",
            "/control/faults",
            json!({"effect": "500", "service": "sq"}),
            400,
            "does not have the service sq",
        ),
        (
            "POST",
            "/control/snapshot",
            json!({"path": "here"}),
            400,
            "path: here is not absolute",
        ),
        (
            "POST",
            "/control/restore",
            json!({"path": "/no/such/file"}),
            404,
            "there is no file /no/such/file",
        ),
        (
            "POST",
            "/control/reset",
            json!({"account": "12"}),
            400,
            "is not an AWS account id",
        ),
        (
            "POST",
            "/control/seed",
            json!({"bucket": [{"name": "A"}]}),
            422,
            "bucket A: CreateBucket was refused: InvalidBucketName",
        ),
    ] {
        let (got, answer) = door.send(method, path, &body).await;
        assert_eq!(got, status, "{method} {path} {body}: {answer}");
        let error = answer["error"].as_str().unwrap();
        assert!(error.contains(sentence), "{error}");
    }
}

#[tokio::test]
async fn the_services_say_what_they_have() {
    let door = Door::open().await;
    let services = door.get("/control/services").await;
    let services = services["services"].as_array().unwrap();
    let sts = services.iter().find(|it| it["service"] == "sts").unwrap();
    assert_eq!(sts["protocol"], "query");
    let operations = sts["operations"].as_array().unwrap();
    assert!(operations.contains(&json!("AssumeRole")), "{sts}");
}
