//! The data mesh: one folder an aggregate.
//!
//! | Aggregate | Kind | What it keeps together |
//! |---|---|---|
//! | [`domain`] | `domain` | a name, a bucket and a DataZone domain; the names of its projects |
//! | [`domain_name`] | `domain-name` | who has a domain's name |
//! | [`project`] | `project` | a DataZone project and its prefixes in the bucket; the names of its assets |
//! | [`deployment`] | `environment` | what of a project runs in dev, staging or prod: a CloudFormation stack |
//! | [`asset`] | `asset` | a Glue table's description in DataZone and its listing in the catalogue |
//! | [`approval`] | `approval` | a question to people, and what each of them said |
//! | [`execution`] | `execution` | a workflow's document, and how far it is |
//! | [`promotion`] | `promotion` | what goes from one environment of a project to the next |
//! | [`share`] | `share` | access of one principal to one asset's table, and the proof of its end |
//! | [`subscription`] | `subscription` | what a project may read of another's asset, and until when |
//! | [`permission`] | `ledger` | what Lake Formation keeps about a database, and who needs it |
//!
//! A folder reads the same in every aggregate: `mod.rs` shows the whole, `record.rs` is what is shown,
//! `state.rs` and `event.rs` are what is remembered and what can happen, one file a command, one file an
//! effect, `plan.rs` chooses the next step from the state.
//!
//! # Rules that all of them keep
//!
//! - `decide`, `settle`, `timer` and `apply` do no I/O.
//! - One step outside is under way at a time; what comes next is read from the state, so that a deletion can
//!   overtake a creation and a restart changes nothing.
//! - A command checks its own fields ([`validate`]), whoever sends it.
//! - Deleting undoes what creating did, refuses while something foreign would be lost, and says so.
//! - What the world is told ([`MeshEvent`]) is in the list of events with the commit that tells it.

pub mod access;
pub mod agreement;
pub mod approval;
pub mod asset;
pub mod audit;
mod aws_error;
mod backoff;
pub mod deployment;
pub mod domain;
pub mod domain_name;
mod etag;
pub mod execution;
mod folders;
pub mod lakeformation;
mod life;
mod mesh;
mod mesh_event;
mod own_api;
pub mod permission;
mod person;
mod priority;
pub mod project;
pub mod promotion;
mod put_event;
mod reason;
mod reservations;
mod row;
pub mod share;
pub mod subscription;
mod task_end;
#[cfg(test)]
mod testing;
mod turn;
pub mod validate;
pub mod workflow;
mod world;

use std::sync::Arc;

use datamesh_actor::Builder;
use datamesh_aws::Aws;

pub use life::{Move, Status};
pub use mesh::{AssetSource, LateMesh, Mesh, ProjectSource};
pub use mesh_event::{EVENTS, MeshEvent};
pub use own_api::{ApiAnswer, ApiRequest, LateApi, OwnApi, Unserved};
pub use person::Person;
pub use put_event::EVENT_RESOURCE;
pub use reservations::Reservations;
pub use task_end::TaskEnd;
pub use world::{Options, Place, World};

/// Adds every aggregate of the mesh to a runtime that is being built. When it has started, bind it:
///
/// ```ignore
/// let (builder, mesh) = datamesh_actors::register(builder, aws, options);
/// let runtime = builder.start().await?;
/// mesh.bind(runtime.clone());
/// mesh.api().bind(own_api);
/// ```
///
/// Until then, effects that need another actor or the API wait.
pub fn register(builder: Builder, aws: Aws, options: Options) -> (Builder, Arc<LateMesh>) {
    let mesh = Arc::new(LateMesh::default());
    let world = Arc::new(World {
        aws,
        mesh: mesh.clone(),
        options,
    });
    let builder = builder
        .register::<domain_name::DomainName>(domain_name::NoEffects)
        .register::<domain::Domain>(domain::DomainEffects(world.clone()))
        .register::<project::Project>(project::ProjectEffects(world.clone()))
        .register::<asset::Asset>(asset::AssetEffects(world.clone()))
        .register::<approval::Approval>(approval::ApprovalEffects(world.clone()))
        .register::<deployment::Environment>(deployment::EnvironmentEffects(world.clone()))
        .register::<execution::WorkflowExecution>(execution::ExecutionEffects {
            world: world.clone(),
            api: mesh.api().clone(),
        })
        .register::<promotion::Promotion>(promotion::PromotionEffects(world.clone()))
        .register::<share::Share>(share::ShareEffects(world.clone()))
        .register::<subscription::Subscription>(subscription::SubscriptionEffects(world.clone()))
        .register::<permission::Ledger>(permission::LedgerEffects(world));
    (builder, mesh)
}
