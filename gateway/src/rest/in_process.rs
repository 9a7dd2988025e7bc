//! REST for who is in this process and has no token: a workflow that acts in somebody's name.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use datamesh_actors::{ApiAnswer, ApiRequest, OwnApi, Person, Unserved};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, StatusCode};
use http_body_util::BodyExt;
use prost_reflect::{DynamicMessage, Kind, ReflectMessage, Value};

use super::RestApi;
use super::problem::Problem;
use crate::auth::Caller;

/// Says who calls, in place of a token. Only this process can put it into a request.
#[derive(Clone)]
pub(super) struct AsCaller(pub(super) Arc<Caller>);

/// What can wait for its end, does: an answer that comes at once would only say that it has begun.
pub(super) fn wait_for_the_end(message: &mut DynamicMessage) {
    let wait = message.descriptor().get_field_by_name("wait");
    if let Some(wait) = wait.filter(|field| field.kind() == Kind::Bool && !field.is_list()) {
        message.set_field(&wait, Value::Bool(true));
    }
}

impl RestApi {
    /// Answers a request in the name of a caller. Everything else is as if it had come with a token; but
    /// what can wait for its end waits, for a minute at most.
    pub async fn call_as(&self, caller: Caller, request: ApiRequest) -> ApiAnswer {
        match with_caller(caller, request) {
            Ok(request) => read(self.handle(request).await).await,
            Err(problem) => ApiAnswer {
                status: problem.status,
                status_text: status_text(problem.status),
                headers: BTreeMap::new(),
                body: serde_json::to_value(*problem).unwrap_or_default(),
            },
        }
    }
}

#[tonic::async_trait]
impl OwnApi for RestApi {
    async fn call(&self, request: ApiRequest) -> Result<ApiAnswer, Unserved> {
        let caller = caller(&request.run_as);
        Ok(self.call_as(caller, request).await)
    }
}

/// The rights that somebody had when they started the workflow.
fn caller(person: &Person) -> Caller {
    Caller {
        user: person.user.clone(),
        email: (!person.email.is_empty()).then(|| person.email.clone()),
        groups: person.groups.clone(),
        admin: person.admin,
        expires: i64::MAX,
    }
}

fn with_caller(caller: Caller, request: ApiRequest) -> Result<Request<Body>, Box<Problem>> {
    let given = request
        .body
        .as_ref()
        .is_some_and(|body| body.get("requestId").is_some());
    let mut built = Request::builder()
        .method(request.method.as_str())
        .uri(&request.path);
    if !given && request.method != "HEAD" {
        built = built.header("idempotency-key", &request.idempotency_key);
    }
    let body = match request.body {
        Some(body) => {
            built = built.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            Body::from(body.to_string())
        }
        None => Body::empty(),
    };
    let mut built = built.body(body).map_err(|error| {
        let detail = format!("this is no request: {error}");
        Problem::new(StatusCode::BAD_REQUEST, "INVALID_FIELDS", detail)
    })?;
    built.extensions_mut().insert(AsCaller(Arc::new(caller)));
    Ok(built)
}

async fn read(response: axum::response::Response) -> ApiAnswer {
    let (parts, body) = response.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return cut_off(),
    };
    let body = serde_json::from_slice(&body)
        .unwrap_or_else(|_| String::from_utf8_lossy(&body).into_owned().into());
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in &parts.headers {
        if let Ok(value) = value.to_str() {
            let values = headers.entry(name.as_str().to_owned()).or_default();
            values.push(value.to_owned());
        }
    }
    ApiAnswer {
        status: parts.status.as_u16(),
        status_text: status_text(parts.status.as_u16()),
        headers,
        body,
    }
}

/// An answer that did not arrive in full is asked for again.
fn cut_off() -> ApiAnswer {
    ApiAnswer {
        status: 503,
        status_text: status_text(503),
        headers: BTreeMap::new(),
        body: "the answer was cut off".into(),
    }
}

fn status_text(status: u16) -> String {
    let status = StatusCode::from_u16(status).ok();
    let reason = status.and_then(|status| status.canonical_reason());
    reason.unwrap_or_default().to_owned()
}
