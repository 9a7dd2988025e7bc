//! `GetDomain`.

use serde::Deserialize;

use super::domain::{self, Shown};
use super::{error, member};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
pub(super) struct Input {
    identifier: String,
}

pub(super) fn get_domain(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Shown, ServiceError> {
    let mut constraints = Constraints::new();
    member::domain_id(&mut constraints, "identifier", &input.identifier);
    constraints.check(error::VALIDATION)?;
    let domain = domain::find(call, tx, &input.identifier)?;
    Ok(Shown::new(domain, call.now_ms))
}
