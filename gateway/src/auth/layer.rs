use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tonic::Status;

use super::Authenticator;
use crate::priority;
use crate::server::Pass;

/// Services that everybody may ask: whether we are well, and what there is.
const OPEN: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection."];

/// Whether everybody may ask the service of a gRPC path.
pub fn is_open(path: &str) -> bool {
    OPEN.iter().any(|open| path.starts_with(open))
}

/// Lets a gRPC request through with the [`super::Caller`] (in an `Arc`) in its extensions; without a
/// good token it is answered UNAUTHENTICATED, and RESOURCE_EXHAUSTED when as much is under way for the
/// caller as their share is. Health and reflection need no token.
pub async fn require_caller(
    State(auth): State<Arc<Authenticator>>,
    mut request: Request,
    next: Next,
) -> Response {
    if is_open(request.uri().path()) {
        return next.run(request).await;
    }
    match auth.authenticate(request.headers()).await {
        Ok(caller) => {
            if let Some(pass) = request.extensions().get::<Pass>() {
                let priority = priority::of_method(request.uri().path());
                if let Err(status) = pass.name(&caller.user, priority) {
                    let refused = status.into_http::<tonic::body::Body>();
                    return refused.into_response();
                }
            }
            request.extensions_mut().insert(caller.clone());
            let mut response = next.run(request).await;
            response.extensions_mut().insert(caller);
            response
        }
        Err(refusal) => Status::from(refusal)
            .into_http::<tonic::body::Body>()
            .into_response(),
    }
}
