//! Lake Formation.

#![allow(dead_code, reason = "read by the query engine")]

pub(crate) mod access;
