//! The query protocol, which the SDK speaks no longer: forms as they look at the wire.

use bytes::Bytes;
use http::Request;

use super::*;

async fn post(cloud: &LocalCloud, host: &str, path: &str, form: &str) -> (u16, String) {
    let (key, _) = cloud.credentials(ACCOUNT);
    let credential = format!("{key}/20260131/{REGION}/sqs/aws4_request");
    let request = Request::post(path)
        .header("host", host)
        .header("content-type", "application/x-www-form-urlencoded")
        .header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=00"),
        )
        .body(Bytes::copy_from_slice(form.as_bytes()))
        .unwrap();
    let response = cloud.answer(request).await.unwrap();
    let status = response.status().as_u16();
    let body = String::from_utf8(response.into_body().to_vec()).unwrap();
    (status, body)
}

/// What stands in the first element of this name.
fn text<'a>(xml: &'a str, element: &str) -> &'a str {
    let (_, after) = xml
        .split_once(&format!("<{element}>"))
        .unwrap_or_else(|| panic!("no {element} in {xml}"));
    after.split_once(&format!("</{element}>")).unwrap().0
}

const HOST: &str = "127.0.0.1:4566";

#[tokio::test]
async fn a_message_goes_through_in_forms_and_xml() {
    let (cloud, _) = cloud();
    let created = post(
        &cloud,
        HOST,
        "/",
        "Action=CreateQueue&QueueName=orders&Attribute.1.Name=VisibilityTimeout\
         &Attribute.1.Value=7&Tag.1.Key=team&Tag.1.Value=mesh",
    )
    .await
    .1;
    assert_eq!(
        text(&created, "QueueUrl"),
        format!("http://{HOST}/{ACCOUNT}/orders")
    );
    let path = format!("/{ACCOUNT}/orders");
    let sent = post(
        &cloud,
        HOST,
        &path,
        "Action=SendMessage&MessageBody=a%26b%0D&MessageAttribute.1.Name=k\
         &MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=v",
    )
    .await
    .1;
    let id = text(&sent, "MessageId");
    let received = post(
        &cloud,
        HOST,
        &path,
        "Action=ReceiveMessage&AttributeName.1=All&MessageAttributeName.1=All",
    )
    .await
    .1;
    assert_eq!(text(&received, "MessageId"), id);
    assert_eq!(text(&received, "Body"), "a&amp;b&#13;");
    assert_eq!(
        text(&received, "MD5OfMessageAttributes"),
        text(&sent, "MD5OfMessageAttributes")
    );
    assert!(received.contains(
        "<MessageAttribute><Name>k</Name><Value><DataType>String</DataType>\
             <StringValue>v</StringValue></Value></MessageAttribute>"
    ));
    let handle = text(&received, "ReceiptHandle")
        .replace('=', "%3D")
        .replace('+', "%2B");
    let delete = format!("Action=DeleteMessage&ReceiptHandle={handle}");
    let (status, deleted) = post(&cloud, HOST, &path, &delete).await;
    assert_eq!(status, 200);
    assert!(!deleted.contains("DeleteMessageResult"));
    let attributes = post(
        &cloud,
        HOST,
        &path,
        "Action=GetQueueAttributes&AttributeName.1=VisibilityTimeout",
    )
    .await
    .1;
    assert_eq!(
        text(&attributes, "Attribute"),
        "<Name>VisibilityTimeout</Name><Value>7</Value>"
    );
    let tags = post(&cloud, HOST, &path, "Action=ListQueueTags").await.1;
    assert_eq!(text(&tags, "Tag"), "<Key>team</Key><Value>mesh</Value>");
    // The other protocol finds the same queue, under the address by which it came.
    let client = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    let url = client.get_queue_url().queue_name("orders").send().await;
    assert_eq!(
        url.unwrap().queue_url().unwrap(),
        format!("https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders")
    );
}

#[tokio::test]
async fn a_batch_has_its_results_by_entry() {
    let (cloud, _) = cloud();
    post(&cloud, HOST, "/", "Action=CreateQueue&QueueName=orders").await;
    let (_, sent) = post(
        &cloud,
        HOST,
        &format!("/{ACCOUNT}/orders"),
        "Action=SendMessageBatch&SendMessageBatchRequestEntry.1.Id=good\
         &SendMessageBatchRequestEntry.1.MessageBody=m&SendMessageBatchRequestEntry.2.Id=bad\
         &SendMessageBatchRequestEntry.2.MessageBody=m\
         &SendMessageBatchRequestEntry.2.DelaySeconds=901",
    )
    .await;
    let good = text(&sent, "SendMessageBatchResultEntry");
    assert_eq!(text(good, "Id"), "good");
    let bad = text(&sent, "BatchResultErrorEntry");
    assert_eq!((text(bad, "Id"), text(bad, "SenderFault")), ("bad", "true"));
    assert_eq!(text(bad, "Code"), "InvalidParameterValue");
}

#[tokio::test]
async fn errors_have_the_codes_of_the_query_age() {
    let (cloud, _) = cloud();
    let form = format!("Action=PurgeQueue&QueueUrl=http%3A%2F%2F{HOST}%2F{ACCOUNT}%2Fnone");
    let (status, error) = post(&cloud, HOST, "/", &form).await;
    assert_eq!(status, 400);
    assert_eq!(
        text(&error, "Code"),
        "AWS.SimpleQueueService.NonExistentQueue"
    );
    assert_eq!(
        text(&error, "Message"),
        "The specified queue does not exist for this wsdl version."
    );
    assert_eq!(
        (text(&error, "Type"), text(&error, "Detail")),
        ("Sender", "")
    );
    let (status, error) = post(&cloud, HOST, "/", "Action=FlyQueue").await;
    assert_eq!(status, 501);
    assert!(text(&error, "Message").contains("FlyQueue"));
    let deep = format!("Action=CreateQueue&{}=x", "a.".repeat(10_000));
    assert_eq!(post(&cloud, HOST, "/", &deep).await.0, 400);
}
