//! The embedded CloudFormation as the real SDK client sees it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "cloudformation/change_sets.rs"]
mod change_sets;
#[path = "cloudformation/drift.rs"]
mod drift;
#[path = "cloudformation/failures.rs"]
mod failures;
#[path = "cloudformation/resources.rs"]
mod resources;
#[allow(dead_code, reason = "shared with the other wire tests")]
#[path = "wire/setup.rs"]
mod setup;
#[path = "cloudformation/stage.rs"]
mod stage;
#[path = "cloudformation/sweep.rs"]
mod sweep;
#[path = "cloudformation/templates.rs"]
mod templates;
#[path = "cloudformation/updates.rs"]
mod updates;
