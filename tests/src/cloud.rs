use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::until::until;

/// An AWS as its clients see it: plain HTTP in the services' own protocols, signed in somebody's name. The
/// signature is not a real one: neither the embedded AWS nor its like check it.
#[derive(Clone, Debug)]
pub struct Cloud {
    base: String,
    access_key: String,
    region: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Cloud {
    /// In the name of an access key. `base` is `http://host:port`.
    pub fn new(base: &str, access_key: &str, region: &str) -> Self {
        Self {
            base: base.to_owned(),
            access_key: access_key.to_owned(),
            region: region.to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    /// The same AWS in the name of another access key.
    #[must_use]
    pub fn with_key(&self, access_key: &str) -> Self {
        Self {
            access_key: access_key.to_owned(),
            ..self.clone()
        }
    }

    /// Sends one request to a service. Fails the test if there is no answer.
    pub async fn send(
        &self,
        service: &str,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let sent = self.try_send(service, method, path, headers, body).await;
        sent.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Sends one request to a service; the error says why there is no answer.
    ///
    /// # Errors
    /// It is not there, or went away before it had answered in full.
    pub async fn try_send(
        &self,
        service: &str,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, String> {
        let asked = format!("{service} {method} {path} {headers:?}");
        let credential = format!(
            "{}/20260101/{}/{service}/aws4_request",
            self.access_key, self.region
        );
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("x-amz-date", "20260101T000000Z")
            .header(
                AUTHORIZATION,
                format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature=0"),
            );
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Full::new(Bytes::from(body.to_owned())))
            .expect("a request");
        let response = self.client.request(request).await;
        let response = response.map_err(|error| format!("{asked} has no answer: {error:?}"))?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await;
        let body = body.map_err(|error| format!("{asked} breaks off: {error}"))?;
        Ok(Answer {
            asked,
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
        })
    }

    /// Calls an operation of a service that speaks AWS JSON: Glue, EventBridge, SQS.
    pub async fn json(&self, service: &str, operation: &str, input: &Value) -> Answer {
        let (prefix, version) = match service {
            "glue" => ("AWSGlue", "1.1"),
            "events" => ("AWSEvents", "1.1"),
            "sqs" => ("AmazonSQS", "1.0"),
            other => panic!("{other} is not known to speak AWS JSON"),
        };
        let headers = [
            ("x-amz-target", &*format!("{prefix}.{operation}")),
            (
                CONTENT_TYPE.as_str(),
                &*format!("application/x-amz-json-{version}"),
            ),
        ];
        self.send(service, Method::POST, "/", &headers, &input.to_string())
            .await
    }

    /// Calls DataZone.
    pub async fn datazone(&self, method: Method, path: &str, input: Option<&Value>) -> Answer {
        let body = input.map(Value::to_string).unwrap_or_default();
        let headers = [(CONTENT_TYPE.as_str(), "application/json")];
        self.send("datazone", method, path, &headers, &body).await
    }

    /// Makes a Glue table, `database.table`, and its database if there is none.
    pub async fn table(&self, name: &str, columns: &[(&str, &str)]) {
        let (database, table) = name.split_once('.').expect("database.table");
        let made = self
            .json(
                "glue",
                "CreateDatabase",
                &json!({"DatabaseInput": {"Name": database}}),
            )
            .await;
        assert!(
            made.status == 200 || made.text.contains("AlreadyExistsException"),
            "{made}"
        );
        let columns: Vec<Value> = columns
            .iter()
            .map(|(name, kind)| json!({"Name": name, "Type": kind}))
            .collect();
        let input = json!({
            "DatabaseName": database,
            "TableInput": {
                "Name": table,
                "TableType": "EXTERNAL_TABLE",
                "StorageDescriptor": {"Columns": columns, "Location": format!("s3://files/{table}/")},
            },
        });
        self.json("glue", "CreateTable", &input).await.ok();
    }

    /// The address of a queue.
    pub async fn queue_url(&self, queue: &str) -> String {
        let found = self
            .json("sqs", "GetQueueUrl", &json!({"QueueName": queue}))
            .await
            .ok();
        found["QueueUrl"].as_str().expect("an address").to_owned()
    }

    /// Puts a message into a queue.
    pub async fn send_message(&self, queue: &str, body: &str) {
        let input = json!({"QueueUrl": self.queue_url(queue).await, "MessageBody": body});
        self.json("sqs", "SendMessage", &input).await.ok();
    }

    /// Takes what is in a queue now, for good.
    pub async fn take_messages(&self, queue: &str) -> Vec<String> {
        let url = self.queue_url(queue).await;
        let mut taken = Vec::new();
        loop {
            let input =
                json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 60});
            let received = self.json("sqs", "ReceiveMessage", &input).await.ok();
            let messages = received["Messages"].as_array().cloned().unwrap_or_default();
            if messages.is_empty() {
                return taken;
            }
            for message in messages {
                taken.push(message["Body"].as_str().expect("a body").to_owned());
                let input = json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]});
                let deleted = self.json("sqs", "DeleteMessage", &input).await;
                assert_eq!(deleted.status, 200, "{deleted}");
            }
        }
    }

    /// Makes a queue that gets a copy of every event of the mesh from now on.
    pub async fn tap(&self, bus: &str, queue: &str) {
        self.json("sqs", "CreateQueue", &json!({"QueueName": queue}))
            .await
            .ok();
        let input =
            json!({"QueueUrl": self.queue_url(queue).await, "AttributeNames": ["QueueArn"]});
        let attributes = self.json("sqs", "GetQueueAttributes", &input).await.ok();
        let pattern = json!({"source": [{"prefix": "management-app."}]}).to_string();
        let rule = json!({"Name": queue, "EventBusName": bus, "EventPattern": pattern});
        until(&format!("there is a bus {bus}"), async || {
            let put = self.json("events", "PutRule", &rule).await;
            if put.status == 200 { Ok(()) } else { Err(put) }
        })
        .await;
        let target = json!({"Id": "tap", "Arn": attributes["Attributes"]["QueueArn"]});
        let targets = json!({"Rule": queue, "EventBusName": bus, "Targets": [target]});
        let put = self.json("events", "PutTargets", &targets).await.ok();
        assert_eq!(put["FailedEntryCount"], 0, "{put}");
    }

    /// The keys of a bucket under a prefix; `None` if there is no such bucket.
    pub async fn keys(&self, bucket: &str, prefix: &str) -> Option<Vec<String>> {
        let mut keys = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!("/{bucket}?list-type=2&prefix={prefix}&start-after={after}");
            let listed = self.send("s3", Method::GET, &path, &[], "").await;
            if listed.status == 404 {
                return None;
            }
            assert_eq!(listed.status, 200, "{listed}");
            let texts = listed.text.split("<Key>").skip(1);
            keys.extend(texts.filter_map(|text| Some(text.split_once("</Key>")?.0.to_owned())));
            if !listed.text.contains("<IsTruncated>true</IsTruncated>") {
                return Some(keys);
            }
            keys.last()
                .expect("a page that goes on has a key")
                .clone_into(&mut after);
        }
    }

    /// Every project of a DataZone domain.
    pub async fn projects(&self, domain: &str) -> Vec<Value> {
        self.listed(&format!("/v2/domains/{domain}/projects?maxResults=50"))
            .await
    }

    /// The requests of a DataZone domain that are pending.
    pub async fn subscription_requests(&self, domain: &str) -> Vec<Value> {
        let path = "subscription-requests?status=PENDING&maxResults=50";
        self.listed(&format!("/v2/domains/{domain}/{path}")).await
    }

    /// The subscriptions of a DataZone domain that are approved.
    pub async fn subscriptions(&self, domain: &str) -> Vec<Value> {
        let path = "subscriptions?status=APPROVED&maxResults=50";
        self.listed(&format!("/v2/domains/{domain}/{path}")).await
    }

    /// All pages of a list of DataZone.
    async fn listed(&self, path: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let mut next = String::new();
        loop {
            let page = format!("{path}{next}");
            let page = self.datazone(Method::GET, &page, None).await.ok();
            found.extend(page["items"].as_array().cloned().unwrap_or_default());
            match page["nextToken"].as_str() {
                None => return found,
                Some(token) => next = format!("&nextToken={token}"),
            }
        }
    }

    /// Every asset of a DataZone domain, published or not.
    pub async fn assets(&self, domain: &str) -> Vec<Value> {
        self.searched(&format!("/v2/domains/{domain}/search"), "assetItem")
            .await
    }

    /// What the catalogue of a DataZone domain shows.
    pub async fn listings(&self, domain: &str) -> Vec<Value> {
        self.searched(
            &format!("/v2/domains/{domain}/listings/search"),
            "assetListing",
        )
        .await
    }

    async fn searched(&self, path: &str, member: &str) -> Vec<Value> {
        let mut found = Vec::new();
        let mut input = json!({"searchScope": "ASSET", "maxResults": 50});
        if member == "assetListing" {
            input = json!({"maxResults": 50});
        }
        loop {
            let page = self.datazone(Method::POST, path, Some(&input)).await.ok();
            let items = page["items"].as_array().cloned().unwrap_or_default();
            found.extend(items.iter().map(|item| item[member].clone()));
            match page["nextToken"].as_str() {
                None => return found,
                Some(token) => input["nextToken"] = json!(token),
            }
        }
    }
}
