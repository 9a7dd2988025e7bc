//! `GetBucketAcl`, `GetObjectAcl` and their `Put`: access control lists are switched off, as AWS does it
//! for new buckets.

use super::bucket;
use super::buckets::owner;
use super::object;
use crate::error::ServiceError;
use crate::protocol::rest_xml;
use crate::request::Call;
use crate::services::Reply;
use crate::store::Tx;

/// The owner may do everything, and nobody else is named.
pub(super) fn get_acl(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    let bucket = bucket::find(call, tx)?;
    let mut reply = Reply::status(200).with_header("content-type", "application/xml");
    if call.operation == "GetObjectAcl" {
        let (bucket, _, object) = object::find(call, tx)?;
        reply = object.version(&bucket, reply);
    }
    let id = owner(&bucket.account).id;
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AccessControlPolicy xmlns=\"{}\"><Owner>\
         <ID>{id}</ID></Owner><AccessControlList><Grant><Grantee \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>{id}\
         </ID></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList>\
         </AccessControlPolicy>",
        rest_xml::NAMESPACE
    );
    reply.body = text.into_bytes();
    Ok(reply)
}

/// Always `AccessControlListNotSupported` (400), if what it is about is there.
pub(super) fn put_acl(call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    bucket::find(call, tx)?;
    Err(ServiceError::bad_request(
        "AccessControlListNotSupported",
        "The bucket does not allow ACLs",
    ))
}
