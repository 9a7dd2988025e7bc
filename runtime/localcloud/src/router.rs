//! The way of a request: signature → service → operation → caller → faults → one transaction →
//! answer.

mod refusal;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use percent_encoding::percent_decode_str;
use tokio::time::Instant;

use crate::cloud::CloudInner;
use crate::error::ServiceError;
use crate::faults::{Before, FaultEffect};
use crate::identity::{Session, Signature, unknown_key};
use crate::protocol::Protocol;
use crate::request::{Call, Principal};
use crate::services::{self, Reply, Service};
use crate::store::{Scope, Tx, View};

pub(crate) use refusal::{Unread, limit, refuse};
use refusal::{
    form_of_query, guess, guess_unsigned, is_rest, limit_of, too_large, unknown_service, unsigned,
};

/// What comes back to a client.
#[derive(Debug)]
pub(crate) enum Answer {
    Response(Response<Bytes>),
    /// An injected time-out: the client gets no answer at all.
    Lost,
    /// An injected failure: the client's connection is reset.
    Reset,
}

/// How the service ended a request.
#[derive(Debug)]
enum End {
    Answered(Reply),
    Lost,
    Reset,
}

/// Everything of a request that outlives the tries to handle it.
#[derive(Debug)]
struct Incoming {
    parts: Parts,
    body: Bytes,
    signature: Signature,
    operation: String,
    principal: Principal,
    request_id: String,
    arrived: Instant,
    /// How far back it looks.
    stale: Option<Duration>,
    /// By the cloud's clock.
    arrived_ms: i64,
}

/// Serves one request. Dropping the future does not undo what was begun: a transaction that has
/// started runs to its end.
pub(crate) async fn dispatch(cloud: &Arc<CloudInner>, parts: Parts, body: Bytes) -> Answer {
    let request_id = cloud.uuid();
    let is_head = parts.method == Method::HEAD;
    let (protocol, outcome) = serve(cloud, parts, body, &request_id).await;
    let mut reply = match outcome {
        Ok(End::Answered(reply)) => reply,
        Ok(End::Lost) => return Answer::Lost,
        Ok(End::Reset) => return Answer::Reset,
        Err(error) => {
            tracing::debug!(code = %error.code, message = %error.message, "an error answer");
            protocol.render(&error, &request_id)
        }
    };
    if is_head || matches!(reply.status, 204 | 304) {
        reply.body.clear();
    }
    Answer::Response(respond(reply, protocol, &request_id))
}

async fn serve(
    cloud: &Arc<CloudInner>,
    parts: Parts,
    body: Bytes,
    request_id: &str,
) -> (Protocol, Result<End, ServiceError>) {
    let Some(signature) = Signature::of(&parts) else {
        let protocol = guess_unsigned(cloud, &parts, &body);
        return (protocol, Err(unsigned(protocol)));
    };
    let Some(service) = cloud.service(&signature.service) else {
        let protocol = guess(&parts, &signature.service);
        return (protocol, Err(unknown_service(&signature.service)));
    };
    let protocol = service.protocol_of(&parts);
    if body.len() > limit_of(&signature.service) {
        return (protocol, Err(too_large(protocol)));
    }
    let body = match form_of_query(&parts).filter(|_| body.is_empty() && !is_rest(protocol)) {
        Some(form) => form,
        None => body,
    };
    let outcome = serve_known(cloud, service, signature, parts, body, request_id).await;
    (protocol, outcome)
}

async fn serve_known(
    cloud: &Arc<CloudInner>,
    service: &dyn Service,
    signature: Signature,
    parts: Parts,
    body: Bytes,
    request_id: &str,
) -> Result<End, ServiceError> {
    let operation = service.operation(&parts, &body).ok_or_else(|| {
        ServiceError::new(
            501,
            "UnknownOperationException",
            format!(
                "the embedded AWS knows no operation of the service {} behind {} {}",
                service.name(),
                parts.method,
                parts.uri.path()
            ),
        )
    })?;
    signature.check_validity(cloud.clock.now_ms())?;
    let principal = authenticate(cloud, &signature, service.protocol_of(&parts)).await?;
    let struck = cloud
        .faults
        .strike(service.name(), &operation, &principal.account, &cloud.ids);
    if !struck.latency.is_zero() {
        tokio::time::sleep(struck.latency).await;
    }
    let before = struck.effect.as_ref().map(|effect| effect.before(service));
    match before.unwrap_or(Before::GoOn) {
        Before::GoOn => {}
        Before::Refuse(error) => return Err(error),
        Before::Lose => return Ok(End::Lost),
        Before::Reset => return Ok(End::Reset),
        Before::Silence(at_most) => {
            tokio::time::sleep(at_most).await;
            return Ok(End::Lost);
        }
    }
    let incoming = Arc::new(Incoming {
        parts,
        body,
        signature,
        operation,
        principal,
        request_id: request_id.to_owned(),
        arrived: Instant::now(),
        stale: struck.stale,
        arrived_ms: cloud.clock.now_ms(),
    });
    let outcome = handle_until_answered(cloud, &incoming).await;
    match struck.effect {
        Some(FaultEffect::TimeoutAfter) => Ok(End::Lost),
        _ => outcome.map(End::Answered),
    }
}

async fn authenticate(
    cloud: &Arc<CloudInner>,
    signature: &Signature,
    protocol: Protocol,
) -> Result<Principal, ServiceError> {
    if let Some(principal) = signature.long_term(&cloud.default_account) {
        return Ok(principal);
    }
    let key = &signature.access_key;
    let session = match cloud.sessions.get(key) {
        Some(session) => session,
        None => {
            let epoch = cloud.sessions.epoch();
            let session = look_up(cloud, key.clone()).await?;
            let session = Arc::new(session.ok_or_else(|| unknown_key(protocol))?);
            cloud.sessions.remember(epoch, key, &session);
            session
        }
    };
    session.admit(signature, protocol, cloud.clock.now_ms())
}

async fn look_up(
    cloud: &Arc<CloudInner>,
    access_key: String,
) -> Result<Option<Session>, ServiceError> {
    let cloud = Arc::clone(cloud);
    let work = move || cloud.store.transact(|tx| Session::find(tx, &access_key));
    in_background(work).await.map(|(session, _)| session)
}

/// Handles the request, again and again while the service asks to wait. The first wait only starts
/// to listen: what happened before that is seen by the second try, and later rings are not lost.
async fn handle_until_answered(
    cloud: &Arc<CloudInner>,
    incoming: &Arc<Incoming>,
) -> Result<Reply, ServiceError> {
    let mut listening = None;
    loop {
        let (reply, topics) = {
            let (cloud, incoming) = (Arc::clone(cloud), Arc::clone(incoming));
            in_background(move || handle_once(&cloud, &incoming)).await?
        };
        cloud.waiters.ring(&topics);
        let Some(wait) = &reply.wait else {
            return Ok(reply);
        };
        if let Some(bell) = listening.take() {
            // Woken or not: the next try finds out what is there.
            let woken = async {
                tokio::select! {
                    () = bell => {}
                    () = comes(cloud, wait.until_ms) => {}
                }
            };
            let _ = tokio::time::timeout(wait.at_most, woken).await;
        }
        listening = Some(cloud.waiters.listen(&wait.topic));
    }
}

/// How often the cloud's clock is looked at while somebody waits for it: it may be driven.
const CLOCK_TICK: Duration = Duration::from_millis(20);

/// Until the cloud's clock shows this moment; forever if there is none.
async fn comes(cloud: &CloudInner, moment_ms: Option<i64>) {
    let Some(moment_ms) = moment_ms else {
        return std::future::pending().await;
    };
    while cloud.clock.now_ms() < moment_ms {
        tokio::time::sleep(CLOCK_TICK).await;
    }
}

fn handle_once(
    cloud: &CloudInner,
    incoming: &Incoming,
) -> Result<(Reply, Vec<String>), ServiceError> {
    let service = cloud
        .service(&incoming.signature.service)
        .ok_or_else(|| unknown_service(&incoming.signature.service))?;
    cloud.run_due()?;
    let now_ms = cloud.clock.now_ms();
    let passed_ms = u64::try_from(now_ms - incoming.arrived_ms).unwrap_or_default();
    let call = Call {
        service: service.name(),
        operation: incoming.operation.clone(),
        scope: Scope {
            account: incoming.principal.account.clone(),
            region: incoming.signature.region.clone(),
        },
        principal: incoming.principal.clone(),
        method: &incoming.parts.method,
        path: incoming.parts.uri.path(),
        query: decode_form(incoming.parts.uri.query().unwrap_or_default()),
        headers: &incoming.parts.headers,
        body: &incoming.body,
        now_ms,
        request_id: incoming.request_id.clone(),
        waited: incoming
            .arrived
            .elapsed()
            .max(Duration::from_millis(passed_ms)),
        cloud,
    };
    let settled = services::settle(cloud, &call)?;
    cloud.waiters.ring(&settled);
    let handle = |tx: &Tx<'_>| {
        services::refuse_the_gone(tx, &call.principal, service.protocol_of(&incoming.parts))?;
        service.handle(&call, tx)
    };
    let Some(stale) = incoming.stale else {
        return cloud.store.transact(handle);
    };
    let back_ms = i64::try_from(stale.as_millis()).unwrap_or(i64::MAX);
    let view = View {
        service: service.name(),
        at_ms: call.now_ms.saturating_sub(back_ms),
    };
    Ok((cloud.store.look_back(view, handle)?, Vec::new()))
}

/// A panic in `work` has rolled its transaction back, and becomes an `InternalFailure`.
pub(crate) async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, ServiceError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::error!(%error, "a request died");
            Err(ServiceError::internal("the request died"))
        }
    }
}

fn respond(reply: Reply, protocol: Protocol, request_id: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(reply.body));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        match (
            HeaderName::try_from(name.as_str()),
            HeaderValue::try_from(value),
        ) {
            (Ok(name), Ok(value)) => {
                response.headers_mut().append(name, value);
            }
            _ => tracing::error!(name, "a header of an answer cannot be sent"),
        }
    }
    if let Ok(value) = HeaderValue::try_from(request_id) {
        response
            .headers_mut()
            .insert(protocol.request_id_header(), value);
    }
    response
}

/// Decodes `a=b&c` (a query or a form): percent escapes, and `+` for a blank.
pub(crate) fn decode_form(text: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

#[cfg(test)]
mod tests;
