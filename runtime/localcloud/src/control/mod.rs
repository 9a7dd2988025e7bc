//! The control API: faults, time and state of a cloud over HTTP, for whoever has its token.
//!
//! Nothing listens unless somebody calls [`LocalCloud::serve_control`]. JSON in, JSON out:
//!
//! | method and path | what it does |
//! |---|---|
//! | `GET /control/faults` | the faults that still strike |
//! | `POST /control/faults` | injects a [`Fault`](crate::Fault) |
//! | `DELETE /control/faults` | removes all |
//! | `GET`, `DELETE /control/faults/{id}` | one |
//! | `GET /control/seen` | the faults that struck |
//! | `GET`, `POST /control/clock` | shows the clock, drives it |
//! | `POST /control/reset` | deletes everything, or what one account has |
//! | `POST /control/snapshot`, `POST /control/restore` | a copy into, or from, a file of the server's machine |
//! | `POST /control/seed` | makes what a [`Seed`](crate::Seed) describes |
//! | `GET /control/services` | the services and their operations |
//!
//! Every request carries `Authorization: Bearer <token>`. An error is `{"error": "one sentence"}`
//! with the status that fits.

mod answer;
mod clock;
mod faults;
mod server;
mod state;
mod token;

use http::{Method, StatusCode};

use crate::LocalCloud;
use answer::{Answer, Refusal};

/// The largest body: 64 MiB.
const MAX_BODY: usize = 64 * 1024 * 1024;

impl LocalCloud {
    /// Serves the control API, HTTP/1.1, until `shutdown`. Whoever presents the token may do
    /// everything with this cloud, and read and write snapshots wherever the process may: bind it
    /// to a loopback address.
    ///
    /// # Errors
    /// When the listener fails; `InvalidInput` for a token of less than 16 characters.
    pub async fn serve_control(
        &self,
        listener: tokio::net::TcpListener,
        token: &str,
        shutdown: impl Future<Output = ()> + Send,
    ) -> std::io::Result<()> {
        let token = token::Expected::new(token)?;
        server::serve(self.clone(), listener, token, shutdown).await
    }
}

/// Does what a request wants that showed the token.
async fn route(cloud: &LocalCloud, method: &Method, path: &str, body: &[u8]) -> Answer {
    let Some(rest) = path.strip_prefix("/control/") else {
        return Err(no_such_path(path));
    };
    let parts: Vec<&str> = rest.split('/').collect();
    match (parts.as_slice(), method.as_str()) {
        (["faults"], "GET") => faults::list(cloud),
        (["faults"], "POST") => faults::inject(cloud, body),
        (["faults"], "DELETE") => faults::clear(cloud),
        (["faults"], _) => Err(Refusal::method("GET, POST, DELETE")),
        (["faults", id], "GET") => faults::show(cloud, id),
        (["faults", id], "DELETE") => faults::remove(cloud, id),
        (["faults", _], _) => Err(Refusal::method("GET, DELETE")),
        (["seen"], "GET") => faults::seen(cloud),
        (["services"], "GET") => state::services(cloud),
        (["seen" | "services"], _) => Err(Refusal::method("GET")),
        (["clock"], "GET") => clock::show(cloud),
        (["clock"], "POST") => clock::drive(cloud, body).await,
        (["clock"], _) => Err(Refusal::method("GET, POST")),
        (["reset"], "POST") => state::reset(cloud, body).await,
        (["snapshot"], "POST") => state::snapshot(cloud, body).await,
        (["restore"], "POST") => state::restore(cloud, body).await,
        (["seed"], "POST") => state::seed(cloud, body).await,
        (["reset" | "snapshot" | "restore" | "seed"], _) => Err(Refusal::method("POST")),
        _ => Err(no_such_path(path)),
    }
}

fn no_such_path(path: &str) -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        format!(
            "there is nothing at {path}; see /control/faults, seen, clock, reset, snapshot, restore, seed and services"
        ),
    )
}
