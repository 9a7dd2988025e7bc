use std::time::Duration;

use datamesh_actor::{EffectCx, EffectError};
use datamesh_workflow::TaskId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::api_request::ApiCall;
use super::{Outcome, refusal};
use crate::aws_error;
use crate::own_api::{ApiAnswer, ApiRequest, OwnApi};
use crate::person::Person;
use crate::world::World;

/// How often a busy API is asked again before the task fails with the API's answer.
const BUSY_TRIES: u32 = 20;

/// The status of a record of the API whose work goes on.
const IN_PROGRESS: &str = "IN_PROGRESS";
/// The status of a record of the API whose work failed.
const FAILED: &str = "FAILED";

/// Calls datamesh's own API (Step Functions `http:invoke`), in the name of who started the workflow. Every
/// repeat carries the same idempotency key, so that it is one deed.
///
/// The task's result has the members that Step Functions gives (`ApiEndpoint`, `Headers`, `ResponseBody`,
/// `StatusCode`, `StatusText`), and beside them the members of a body that is an object: so a document that
/// reads `$.projectId` from a result runs here, and one that reads `$.ResponseBody.projectId` runs here and
/// there.
///
/// - An answer whose `status` is `IN_PROGRESS` is not the end: it is asked again, for as long as the task may
///   take.
/// - Where something was asked for and its answer's `status` is `FAILED`, the task fails with
///   `States.TaskFailed`, as that of a `.sync` integration does.
/// - A status of 400 or more is `States.Http.StatusCode.<n>`, with the problem's detail as the cause. An API
///   that is too busy is asked again for a while first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallApi {
    /// The task.
    pub task: TaskId,
    /// In whose name.
    pub run_as: Person,
    /// What the document gives.
    pub parameters: Value,
    /// The same at every repeat.
    pub idempotency_key: String,
}

impl CallApi {
    /// Whether it asks for a deployment.
    pub(super) fn deploys(&self) -> bool {
        let host = self.host();
        ApiCall::of(&self.parameters, &host).is_ok_and(|call| call.deploys())
    }

    /// The host of the endpoint, whoever's it is.
    fn host(&self) -> Vec<String> {
        let endpoint = self.parameters.get("ApiEndpoint").and_then(Value::as_str);
        let authority = endpoint
            .and_then(|endpoint| endpoint.split_once("://"))
            .map(|(_, rest)| rest.split('/').next().unwrap_or_default());
        let host = authority.map(|authority| authority.split(':').next().unwrap_or_default());
        host.map(str::to_owned).into_iter().collect()
    }

    pub(super) async fn run(
        &self,
        world: &World,
        api: &dyn OwnApi,
        cx: &EffectCx,
    ) -> Result<Outcome, EffectError> {
        let call = ApiCall::of(&self.parameters, &world.options.workflows.own_hosts)
            .map_err(refusal::parameters)?;
        let read_only = matches!(call.method.as_str(), "GET" | "HEAD");
        let request = ApiRequest {
            run_as: self.run_as.clone(),
            method: call.method,
            path: call.path,
            body: call.body,
            idempotency_key: self.idempotency_key.clone(),
        };
        let answer = api
            .call(request)
            .await
            .map_err(|unserved| aws_error::still("ApiUnserved", unserved.to_string()))?;
        if answer.status >= 400 {
            return Err(refused(&answer, cx));
        }
        let member = |name: &str| answer.body.get(name).and_then(Value::as_str);
        let deployment_id = match read_only {
            true => None,
            false => member("deploymentId").map(str::to_owned),
        };
        match member("status") {
            Some(IN_PROGRESS) => Ok(Outcome::StillUnderWay { deployment_id }),
            Some(FAILED) if !read_only => {
                let cause = ["errorMessage", "statusReason"]
                    .into_iter()
                    .find_map(|name| member(name).filter(|text| !text.is_empty()));
                let cause = cause.map_or_else(|| answer.body.to_string(), str::to_owned);
                Err(aws_error::terminal("States.TaskFailed", cause))
            }
            _ => Ok(Outcome::Answered {
                output: self.result(answer),
                deployment_id,
            }),
        }
    }

    fn result(&self, answer: ApiAnswer) -> Value {
        let mut result = match &answer.body {
            Value::Object(members) => members.clone(),
            _ => Map::new(),
        };
        let endpoint = self.parameters.get("ApiEndpoint").cloned();
        result.insert("ApiEndpoint".to_owned(), endpoint.unwrap_or_default());
        result.insert("Headers".to_owned(), json!(answer.headers));
        result.insert("ResponseBody".to_owned(), answer.body);
        result.insert("StatusCode".to_owned(), answer.status.into());
        result.insert("StatusText".to_owned(), answer.status_text.into());
        Value::Object(result)
    }
}

/// When the API wants to be asked again.
fn retry_after(answer: &ApiAnswer) -> Option<Duration> {
    let seconds = answer.headers.get("retry-after")?.first()?;
    seconds.parse().ok().map(Duration::from_secs)
}

fn refused(answer: &ApiAnswer, cx: &EffectCx) -> EffectError {
    let detail = answer.body.get("detail").and_then(Value::as_str);
    let code = answer.body.get("code").and_then(Value::as_str);
    let cause = match (code, detail) {
        (Some(code), Some(detail)) => format!("{code}: {detail}"),
        (None, Some(detail)) => detail.to_owned(),
        _ => refusal::message(&answer.body),
    };
    let passing = matches!(answer.status, 429 | 500..=599) && answer.status != 501;
    if passing && cx.attempt < BUSY_TRIES {
        return EffectError {
            retry_after: retry_after(answer),
            ..aws_error::still("ApiBusy", cause)
        };
    }
    let error = format!("States.Http.StatusCode.{}", answer.status);
    aws_error::terminal(&error, cause)
}
