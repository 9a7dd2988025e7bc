//! Profiles: the users and groups that a domain knows.

pub(crate) mod group;
pub(crate) mod user;
