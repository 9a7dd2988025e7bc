//! The two ports: gRPC and REST for everybody, and the operator's door for admins.
//!
//! A door is one axum router: the tonic services, `/health`, `/openapi.json`, and REST for every other
//! path, behind one layer that limits, times, counts and logs each request ([`front`]). It is served by
//! a loop of our own ([`listener`]) which speaks HTTP/1 and cleartext HTTP/2 and stops gracefully.

mod connections;
mod door;
mod drain;
mod front;
mod health;
mod listener;
mod metrics;
mod options;
mod pass;
mod room;

pub use door::{Door, DoorError, DoorParts, MetricsPage};
pub use front::Served;
pub use health::{Health, HealthState};
pub use listener::{BindError, Listener};
pub use metrics::Metrics;
pub use options::ServerOptions;
pub(crate) use pass::Pass;
