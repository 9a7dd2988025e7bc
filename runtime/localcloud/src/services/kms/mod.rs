//! AWS Key Management Service: keys, aliases, policies, tags, rotation, and what symmetric keys encrypt.
//!
//! Key policies are kept and not evaluated. There are no signatures, MACs or asymmetric ciphers, and no
//! grants. Other AWS services here take key ids and encrypt nothing.
//!
//! Documents: `kms.keys` by id, `kms.aliases` by name, `kms.materials` by key id.

mod alias;
mod cipher;
mod error;
mod key;
mod material;
mod policy;
mod rotation;
mod state;
mod tags;

use http::request::Parts;

use crate::error::ServiceError;
use crate::protocol::{Protocol, aws_json};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;

pub(crate) struct Kms;

/// Calls an operation with its input from the body, and writes its output.
macro_rules! answer {
    ($operation:expr, $call:expr, $tx:expr) => {
        aws_json::write(
            &$operation(aws_json::read($call)?, $call, $tx)?,
            aws_json::V1_1,
        )
    };
}

impl Service for Kms {
    fn name(&self) -> &'static str {
        "kms"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson11
    }

    fn operation(&self, request: &Parts, _body: &[u8]) -> Option<String> {
        aws_json::operation(request)
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "CreateKey" => answer!(key::create, call, tx),
            "DescribeKey" => answer!(key::describe, call, tx),
            "ListKeys" => answer!(key::list, call, tx),
            "UpdateKeyDescription" => answer!(key::update_description, call, tx),
            "EnableKey" => answer!(state::enable, call, tx),
            "DisableKey" => answer!(state::disable, call, tx),
            "ScheduleKeyDeletion" => answer!(state::schedule_deletion, call, tx),
            "CancelKeyDeletion" => answer!(state::cancel_deletion, call, tx),
            "EnableKeyRotation" => answer!(rotation::enable, call, tx),
            "DisableKeyRotation" => answer!(rotation::disable, call, tx),
            "GetKeyRotationStatus" => answer!(rotation::status, call, tx),
            "RotateKeyOnDemand" => answer!(rotation::rotate, call, tx),
            "ListKeyRotations" => answer!(rotation::list, call, tx),
            "Encrypt" => answer!(cipher::encrypt, call, tx),
            "Decrypt" => answer!(cipher::decrypt, call, tx),
            "ReEncrypt" => answer!(cipher::re_encrypt, call, tx),
            "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => {
                answer!(cipher::generate_data_key, call, tx)
            }
            "GenerateRandom" => answer!(cipher::generate_random, call, tx),
            "GetKeyPolicy" => answer!(policy::get, call, tx),
            "PutKeyPolicy" => answer!(policy::put, call, tx),
            "ListKeyPolicies" => answer!(policy::list, call, tx),
            "TagResource" => answer!(tags::tag_resource, call, tx),
            "UntagResource" => answer!(tags::untag_resource, call, tx),
            "ListResourceTags" => answer!(tags::list_resource_tags, call, tx),
            "CreateAlias" => answer!(alias::create, call, tx),
            "UpdateAlias" => answer!(alias::update, call, tx),
            "DeleteAlias" => answer!(alias::delete, call, tx),
            "ListAliases" => answer!(alias::list, call, tx),
            _ => Err(call.unknown_operation()),
        }
    }
}
