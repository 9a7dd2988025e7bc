//! Valid requests of every service, in an order in which they succeed.

use std::fmt;

use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// How a service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    Query,
    Rest,
    S3,
}

/// A request.
#[derive(Debug, Clone)]
pub struct Case {
    pub service: &'static str,
    pub form: Form,
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
    /// What of the answer is kept for later requests, where they have `${name}`: the name, and what
    /// stands before it.
    keeps: Option<(&'static str, &'static str)>,
}

impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} {} {}",
            self.service, self.method, self.target
        )?;
        for (name, value) in &self.headers {
            write!(formatter, "\n  {name}: {}", value.escape_ascii())?;
        }
        let shown = &self.body[..self.body.len().min(2_000)];
        write!(
            formatter,
            "\n  {} bytes: {}",
            self.body.len(),
            shown.escape_ascii()
        )
    }
}

impl Case {
    fn new(service: &'static str, form: Form, method: &str, target: &str, body: Vec<u8>) -> Self {
        let credential = format!(
            "AWS4-HMAC-SHA256 Credential=LKIA111122223333/20260131/us-east-1/{service}/aws4_request, \
             SignedHeaders=host, Signature=00"
        );
        Self {
            service,
            form,
            method: method.to_owned(),
            target: target.to_owned(),
            headers: vec![
                ("host".to_owned(), b"127.0.0.1:4566".to_vec()),
                ("authorization".to_owned(), credential.into_bytes()),
            ],
            body,
            keeps: None,
        }
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    fn keeps(mut self, name: &'static str, before: &'static str) -> Self {
        self.keeps = Some((name, before));
        self
    }

    /// Fills in what was kept.
    pub fn fill(&mut self, kept: &[(&'static str, String)]) {
        for (name, value) in kept {
            let place = format!("${{{name}}}");
            self.target = self.target.replace(&place, value);
            let body = String::from_utf8_lossy(&self.body);
            if body.contains(&place) {
                self.body = body.replace(&place, value).into_bytes();
            }
        }
    }

    /// What of the answer is kept.
    pub fn keep(&self, answer: &str) -> Option<(&'static str, String)> {
        let (name, before) = self.keeps?;
        let (_, rest) = answer.split_once(before)?;
        let end = rest.find(['"', '<'])?;
        Some((name, rest[..end].to_owned()))
    }

    /// `None` for what cannot be a request of HTTP at all.
    pub fn request(&self) -> Option<http::Request<Bytes>> {
        let mut request = http::Request::builder()
            .method(self.method.as_bytes())
            .uri(&self.target);
        for (name, value) in &self.headers {
            request = request.header(name, value.as_slice());
        }
        request.body(Bytes::from(self.body.clone())).ok()
    }
}

fn json(service: &'static str, operation: &str, input: Value) -> Case {
    Case::new(
        service,
        Form::Json,
        "POST",
        "/",
        input.to_string().into_bytes(),
    )
    .header("x-amz-target", &format!("Any.{operation}"))
    .header("content-type", "application/x-amz-json-1.1")
}

fn query(service: &'static str, operation: &str, parameters: &[(&str, &str)]) -> Case {
    let mut form = format!("Action={operation}&Version=2011-06-15");
    for (name, value) in parameters {
        let value = utf8_percent_encode(value, NON_ALPHANUMERIC);
        form.push_str(&format!("&{name}={value}"));
    }
    Case::new(service, Form::Query, "POST", "/", form.into_bytes())
        .header("content-type", "application/x-www-form-urlencoded")
}

fn rest(service: &'static str, method: &str, target: &str, input: Option<Value>) -> Case {
    let body = input.map(|input| input.to_string()).unwrap_or_default();
    Case::new(service, Form::Rest, method, target, body.into_bytes())
        .header("content-type", "application/json")
}

fn s3(method: &str, target: &str, body: &str) -> Case {
    Case::new("s3", Form::S3, method, target, body.as_bytes().to_vec())
}

const TRUST: &str =
    r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}"#;

/// The requests.
pub fn corpus() -> Vec<Case> {
    [plain(), buckets(), messages(), catalogue(), mesh()].concat()
}

fn plain() -> Vec<Case> {
    let role = "arn:aws:iam::111122223333:role/Reader";
    vec![
        query("sts", "GetCallerIdentity", &[]),
        query(
            "iam",
            "CreateRole",
            &[("RoleName", "Reader"), ("AssumeRolePolicyDocument", TRUST)],
        ),
        query("iam", "ListRoles", &[("MaxItems", "1")]),
        query(
            "iam",
            "TagRole",
            &[
                ("RoleName", "Reader"),
                ("Tags.member.1.Key", "k"),
                ("Tags.member.1.Value", "v"),
            ],
        ),
        query(
            "sts",
            "AssumeRole",
            &[
                ("RoleArn", role),
                ("RoleSessionName", "worker"),
                ("DurationSeconds", "900"),
            ],
        ),
        json("kms", "CreateKey", json!({"Description": "d"})).keeps("key", "\"KeyId\":\""),
        json("kms", "DescribeKey", json!({"KeyId": "${key}"})),
        json("kms", "ListKeys", json!({"Limit": 1})),
        json(
            "organizations",
            "CreateOrganization",
            json!({"FeatureSet": "ALL"}),
        ),
        json("organizations", "ListAccounts", json!({"MaxResults": 1})),
        json(
            "dynamodb",
            "CreateTable",
            json!({
                "TableName": "orders",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            }),
        ),
        json("dynamodb", "ListTables", json!({"Limit": 1})),
        query(
            "cloudformation",
            "ValidateTemplate",
            &[("TemplateBody", TEMPLATE_YAML)],
        ),
        query(
            "cloudformation",
            "CreateStack",
            &[("StackName", "s"), ("TemplateBody", STACK)],
        ),
        query("cloudformation", "DescribeStacks", &[("StackName", "s")]),
        query(
            "cloudformation",
            "GetTemplateSummary",
            &[("TemplateBody", STACK)],
        ),
    ]
}

const STACK: &str = r#"{"Parameters":{"Name":{"Type":"String","Default":"q"}},"Resources":{"Queue":{"Type":"AWS::SQS::Queue","Properties":{"QueueName":{"Fn::Join":["-",[{"Ref":"Name"},"x"]]}}}},"Outputs":{"Arn":{"Value":{"Fn::GetAtt":["Queue","Arn"]}}}}"#;
const TEMPLATE_YAML: &str = "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Properties:\n      TopicName: !Join ['-', [a, !Ref 'AWS::Region']]\n";

fn buckets() -> Vec<Case> {
    let complete = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\
                    \"f4c9385f1902f7334b00b9b4ecd164de\"</ETag></Part></CompleteMultipartUpload>";
    let delete = "<Delete><Object><Key>gone</Key></Object><Quiet>false</Quiet></Delete>";
    vec![
        s3("PUT", "/lake", ""),
        s3(
            "PUT",
            "/lake?versioning",
            "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
        ),
        s3("PUT", "/lake/raw/a", "hello")
            .header("x-amz-meta-source", "sample")
            .header("x-amz-tagging", "a=b")
            .header("content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
        s3(
            "PUT",
            "/lake/raw/b",
            "5\r\nhello\r\n1\r\n!\r\n0\r\nx-amz-checksum-sha256:zgYJL7lI2f+sfRo3bkBLJrdXW8wR7gWkYV/vT+w6MIs=\r\n\r\n",
        )
        .header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        .header("content-encoding", "aws-chunked")
        .header("x-amz-trailer", "x-amz-checksum-sha256")
        .header("x-amz-decoded-content-length", "6"),
        s3("GET", "/lake/raw/a", "").header("range", "bytes=1-3"),
        s3("HEAD", "/lake/raw/a", "").header("x-amz-checksum-mode", "ENABLED"),
        s3("GET", "/lake/raw/a?attributes", "")
            .header("x-amz-object-attributes", "ETag,ObjectSize,Checksum"),
        s3("GET", "/lake?list-type=2&prefix=raw&delimiter=%2F&max-keys=1", ""),
        s3("GET", "/lake?versions&max-keys=1&encoding-type=url", ""),
        s3("GET", "/lake?marker=raw", ""),
        s3("PUT", "/lake/copy", "").header("x-amz-copy-source", "/lake/raw/a"),
        s3("POST", "/lake/parts?uploads", "").keeps("upload", "<UploadId>"),
        s3("PUT", "/lake/parts?partNumber=1&uploadId=${upload}", "part"),
        s3("GET", "/lake/parts?uploadId=${upload}&max-parts=1", ""),
        s3("GET", "/lake?uploads&max-uploads=1", ""),
        s3("POST", "/lake/parts?uploadId=${upload}", complete),
        s3(
            "PUT",
            "/lake/raw/a?tagging",
            "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>",
        ),
        s3("POST", "/lake?delete", delete).header("content-md5", "hbXHCZq+/HFhOLLdybeT+Q=="),
        s3("GET", "/", ""),
        s3(
            "GET",
            "/lake/raw/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F20260131%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260131T120000Z&X-Amz-Expires=60",
            "",
        ),
    ]
}

fn messages() -> Vec<Case> {
    let url = "http://127.0.0.1:4566/111122223333/orders";
    let topic = "arn:aws:sns:us-east-1:111122223333:news";
    vec![
        json(
            "sqs",
            "CreateQueue",
            json!({
                "QueueName": "orders",
                "Attributes": {"VisibilityTimeout": "1", "DelaySeconds": "0"},
                "tags": {"team": "sales"},
            }),
        ),
        json(
            "sqs",
            "SendMessage",
            json!({
                "QueueUrl": url,
                "MessageBody": "m",
                "MessageAttributes": {"a": {"DataType": "String", "StringValue": "s"}},
            }),
        ),
        json(
            "sqs",
            "SendMessageBatch",
            json!({
                "QueueUrl": url,
                "Entries": [{"Id": "1", "MessageBody": "m"}, {"Id": "2", "MessageBody": "n"}],
            }),
        ),
        json(
            "sqs",
            "ReceiveMessage",
            json!({"QueueUrl": url, "MaxNumberOfMessages": 2}),
        )
        .keeps("receipt", "\"ReceiptHandle\":\""),
        json(
            "sqs",
            "DeleteMessage",
            json!({"QueueUrl": url, "ReceiptHandle": "${receipt}"}),
        ),
        json("sqs", "ListQueues", json!({"QueueNamePrefix": "o"})),
        json(
            "sqs",
            "GetQueueAttributes",
            json!({"QueueUrl": url, "AttributeNames": ["All"]}),
        ),
        query("sns", "CreateTopic", &[("Name", "news")]),
        query(
            "sns",
            "Subscribe",
            &[
                ("TopicArn", topic),
                ("Protocol", "sqs"),
                ("Endpoint", "arn:aws:sqs:us-east-1:111122223333:orders"),
                ("Attributes.entry.1.key", "FilterPolicy"),
                (
                    "Attributes.entry.1.value",
                    r#"{"kind": ["a", {"prefix": "b"}]}"#,
                ),
            ],
        ),
        query(
            "sns",
            "Publish",
            &[
                ("TopicArn", topic),
                ("Message", "m"),
                ("MessageAttributes.entry.1.Name", "kind"),
                ("MessageAttributes.entry.1.Value.DataType", "String"),
                ("MessageAttributes.entry.1.Value.StringValue", "a"),
            ],
        ),
        query("sns", "ListSubscriptionsByTopic", &[("TopicArn", topic)]),
        json(
            "events",
            "PutRule",
            json!({
                "Name": "r",
                "EventPattern": json!({"source": [{"prefix": "app."}], "detail": {"n": [{"numeric": [">", 1]}]}}).to_string(),
            }),
        ),
        json(
            "events",
            "PutRule",
            json!({"Name": "s", "ScheduleExpression": "rate(5 minutes)"}),
        ),
        json(
            "events",
            "PutTargets",
            json!({"Rule": "r", "Targets": [{
                "Id": "1",
                "Arn": "arn:aws:sqs:us-east-1:111122223333:orders",
                "InputTransformer": {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": "\"n is <n>\""},
            }]}),
        ),
        json(
            "events",
            "PutEvents",
            json!({"Entries": [{
                "Source": "app.orders", "DetailType": "Order", "Detail": "{\"n\": 2}",
            }]}),
        ),
        json(
            "events",
            "TestEventPattern",
            json!({
                "EventPattern": json!({"source": ["a", {"anything-but": {"wildcard": "*b*"}}], "$or": [{"x": [{"exists": false}]}, {"y": [{"cidr": "10.0.0.0/8"}]}]}).to_string(),
                "Event": json!({"id": "1", "account": "111122223333", "source": "a", "time": "2026-01-31T12:00:00Z", "region": "us-east-1", "resources": [], "detail-type": "t", "detail": {}}).to_string(),
            }),
        ),
        rest("scheduler", "GET", "/schedules?MaxResults=1", None),
    ]
}

fn catalogue() -> Vec<Case> {
    let columns = json!([{"Name": "id", "Type": "bigint"}, {"Name": "day", "Type": "string"}]);
    let table = json!({"Name": "orders", "StorageDescriptor": {
        "Columns": columns, "Location": "s3://lake/orders/",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
    }});
    let admins = json!({"DataLakeAdmins": [{"DataLakePrincipalIdentifier": "arn:aws:iam::111122223333:role/Reader"}]});
    let sql =
        "SELECT id, count(*) FROM sales.orders WHERE day = '1' GROUP BY id ORDER BY 1 LIMIT 5";
    vec![
        json(
            "glue",
            "CreateDatabase",
            json!({"DatabaseInput": {"Name": "sales"}}),
        ),
        json(
            "glue",
            "CreateTable",
            json!({"DatabaseName": "sales", "TableInput": table}),
        ),
        json(
            "glue",
            "GetTables",
            json!({"DatabaseName": "sales", "Expression": "o.*", "MaxResults": 1}),
        ),
        json(
            "glue",
            "GetTable",
            json!({"DatabaseName": "sales", "Name": "orders"}),
        ),
        rest(
            "lakeformation",
            "POST",
            "/PutDataLakeSettings",
            Some(json!({"DataLakeSettings": admins})),
        ),
        rest(
            "lakeformation",
            "POST",
            "/CreateLFTag",
            Some(json!({"TagKey": "team", "TagValues": ["a", "b"]})),
        ),
        rest(
            "lakeformation",
            "POST",
            "/GrantPermissions",
            Some(json!({
                "Principal": {"DataLakePrincipalIdentifier": "arn:aws:iam::111122223333:role/Reader"},
                "Resource": {"Table": {"DatabaseName": "sales", "Name": "orders"}},
                "Permissions": ["SELECT"],
            })),
        ),
        rest(
            "lakeformation",
            "POST",
            "/ListPermissions",
            Some(json!({"MaxResults": 1})),
        ),
        rest(
            "lakeformation",
            "POST",
            "/CreateDataCellsFilter",
            Some(json!({"TableData": {
                "TableCatalogId": "111122223333", "DatabaseName": "sales", "TableName": "orders",
                "Name": "few", "RowFilter": {"FilterExpression": "day = '1' AND id > 2"},
                "ColumnNames": ["id"],
            }})),
        ),
        rest(
            "ram",
            "POST",
            "/createresourceshare",
            Some(json!({"name": "share"})),
        ),
        rest(
            "ram",
            "POST",
            "/getresourceshares",
            Some(json!({"resourceOwner": "SELF", "maxResults": 1})),
        ),
        json(
            "athena",
            "StartQueryExecution",
            json!({
                "QueryString": sql,
                "QueryExecutionContext": {"Database": "sales"},
                "ResultConfiguration": {"OutputLocation": "s3://lake/results/"},
            }),
        )
        .keeps("query", "\"QueryExecutionId\":\""),
        json(
            "athena",
            "GetQueryExecution",
            json!({"QueryExecutionId": "${query}"}),
        ),
        json("athena", "ListWorkGroups", json!({"MaxResults": 1})),
    ]
}

fn mesh() -> Vec<Case> {
    let asset = json!({
        "name": "orders", "owningProjectIdentifier": "${project}",
        "typeIdentifier": "amazon.datazone.GlueTableAssetType",
        "formsInput": [{
            "formName": "GlueTableForm", "typeIdentifier": "amazon.datazone.GlueTableFormType",
            "content": "{\"tableName\":\"orders\",\"region\":\"us-east-1\"}",
        }],
    });
    let domain = json!({
        "name": "mesh", "domainExecutionRole": "arn:aws:iam::111122223333:role/Domain",
    });
    let datazone =
        |method: &str, target: &str, input: Option<Value>| rest("datazone", method, target, input);
    vec![
        datazone("POST", "/v2/domains", Some(domain)).keeps("domain", "\"id\":\""),
        datazone("GET", "/v2/domains?maxResults=1", None),
        datazone("GET", "/v2/domains/${domain}", None),
        datazone(
            "POST",
            "/v2/domains/${domain}/projects",
            Some(json!({"name": "sales"})),
        )
        .keeps("project", "\"id\":\""),
        datazone("POST", "/v2/domains/${domain}/assets", Some(asset)).keeps("asset", "\"id\":\""),
        datazone("GET", "/v2/domains/${domain}/assets/${asset}", None),
        datazone(
            "POST",
            "/v2/domains/${domain}/search",
            Some(json!({
                "searchScope": "ASSET", "owningProjectIdentifier": "${project}", "maxResults": 1,
            })),
        ),
        datazone(
            "POST",
            "/v2/domains/${domain}/listings/search",
            Some(json!({"searchText": "orders", "maxResults": 1})),
        ),
        datazone(
            "GET",
            "/v2/domains/${domain}/subscriptions?maxResults=1",
            None,
        ),
    ]
}
