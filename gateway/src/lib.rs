//! The gateway: the way into datamesh for people and programs.
//!
//! gRPC and REST on one port, from one source: the protos of `datamesh-proto` with their
//! `google.api.http` rules. REST is not written by hand: [`rest`] reads the rules from the descriptors,
//! turns a request into a gRPC message, calls the gRPC service in process and turns the answer into
//! JSON. [`openapi`] describes the same, from the same descriptors.
//!
//! Invariants: nothing here calls AWS; no request reaches a service without a [`auth::Caller`] but
//! health and reflection; who may do what is decided in [`authz`] and nowhere else; no token is logged.

pub mod auth;
pub mod authz;
mod gateway;
pub mod openapi;
mod priority;
pub mod rest;
pub mod server;
pub mod services;
pub mod status;

pub use gateway::{Gateway, GatewayError, GatewayParts, Ports};
