//! `/control/reset`, `/control/snapshot`, `/control/restore`, `/control/seed`, `/control/services`.

use std::path::PathBuf;

use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::answer::{Answer, Refusal, ok, read};
use crate::LocalCloud;
use crate::seed::Seed;
use crate::services::operations;
use crate::state::ResetError;
use crate::store::FileError;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    /// Everything if none is named.
    account: Option<String>,
}

pub(super) async fn reset(cloud: &LocalCloud, body: &[u8]) -> Answer {
    let Reset { account } = read(body)?;
    let done = json!({ "account": account });
    let cloud = cloud.clone();
    in_background(move || match account {
        None => cloud.reset().map_err(refused),
        Some(account) => cloud.reset_account(&account).map_err(|error| match error {
            ResetError::BadAccount(_) => Refusal::bad(format!("account: {error}")),
            ResetError::File(_) => {
                Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
            }
        }),
    })
    .await?;
    ok(json!({ "reset": done }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    path: PathBuf,
}

impl File {
    /// The server's working folder is not the client's.
    fn read(body: &[u8]) -> Result<PathBuf, Refusal> {
        let Self { path } = read(body)?;
        if path.is_absolute() {
            Ok(path)
        } else {
            Err(Refusal::bad(format!(
                "path: {} is not absolute",
                path.display()
            )))
        }
    }
}

pub(super) async fn snapshot(cloud: &LocalCloud, body: &[u8]) -> Answer {
    let path = File::read(body)?;
    let shown = path.clone();
    let cloud = cloud.clone();
    in_background(move || cloud.snapshot(&path).map_err(refused)).await?;
    Ok((StatusCode::CREATED, json!({ "path": shown })))
}

pub(super) async fn restore(cloud: &LocalCloud, body: &[u8]) -> Answer {
    let path = File::read(body)?;
    let shown = path.clone();
    let cloud = cloud.clone();
    in_background(move || cloud.restore(&path).map_err(refused)).await?;
    ok(json!({ "path": shown }))
}

pub(super) async fn seed(cloud: &LocalCloud, body: &[u8]) -> Answer {
    let seed: Seed = read(body)?;
    match cloud.seed(&seed).await {
        Ok(seeded) => ok(json!(seeded)),
        Err(error) => Err(Refusal::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            error.to_string(),
        )),
    }
}

pub(super) fn services(cloud: &LocalCloud) -> Answer {
    let services: Vec<_> = cloud
        .inner
        .services
        .iter()
        .map(|service| {
            json!({
                "service": service.name(),
                "protocol": service.protocol().name(),
                "operations": operations::of(service.name()).collect::<Vec<_>>(),
            })
        })
        .collect();
    ok(json!({ "services": services }))
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(%error, "a request of the control API died");
            Err(Refusal::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the request died",
            ))
        }
    }
}

fn refused(error: FileError) -> Refusal {
    let status = match &error {
        FileError::Exists { .. } => StatusCode::CONFLICT,
        FileError::Missing { .. } => StatusCode::NOT_FOUND,
        FileError::Foreign { .. } | FileError::File { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        FileError::Sqlite(_) | FileError::NotDurable(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Refusal::new(status, error.to_string())
}
