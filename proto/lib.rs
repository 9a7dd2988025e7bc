//! The contract of datamesh: the messages and services of `datamesh/v1/*.proto`, and their descriptors
//! with comments and HTTP rules, from which REST and OpenAPI are made.

/// Messages, clients and servers of `datamesh.v1`.
pub mod v1 {
    #![allow(missing_docs, clippy::all, clippy::pedantic)]
    tonic::include_proto!("datamesh.v1");
}

/// The encoded file descriptor set of all protos, with comments (source info) and HTTP rules.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/datamesh.bin"));

/// The descriptors, parsed.
///
/// # Errors
/// None in practice: the set is made at build time by the same library.
pub fn descriptors() -> Result<prost_reflect::DescriptorPool, prost_reflect::DescriptorError> {
    prost_reflect::DescriptorPool::decode(DESCRIPTORS)
}
