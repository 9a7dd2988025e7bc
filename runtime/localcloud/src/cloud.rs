//! What every request of one embedded cloud shares.

use std::fmt;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicI64};

use crate::clock::DrivenClock;
use crate::faults::Faults;
use crate::identity::Sessions;
use crate::ids::Ids;
use crate::services::Service;
use crate::store::Store;
use crate::waiters::Waiters;

/// Shared by every request. Services use it for identifiers: it derefs to [`Ids`], so
/// `call.cloud.uuid()` is a fresh id.
pub struct CloudInner {
    pub(crate) store: Store,
    pub(crate) clock: DrivenClock,
    pub(crate) faults: Faults,
    pub(crate) ids: Ids,
    pub(crate) waiters: Waiters,
    pub(crate) sessions: Sessions,
    /// Whether stack operations may be under way: see `services::cloudformation::settle`. Written
    /// only within transactions, which come one after the other.
    pub(crate) stack_work: AtomicBool,
    /// See [`LocalCloud::set_sharing_delay`](crate::LocalCloud::set_sharing_delay).
    pub(crate) sharing_delay_ms: AtomicI64,
    /// See [`LocalCloud::set_query_delay`](crate::LocalCloud::set_query_delay).
    pub(crate) query_delay_ms: AtomicI64,
    pub(crate) services: Vec<Box<dyn Service>>,
    pub(crate) default_account: String,
}

impl CloudInner {
    pub(crate) fn service(&self, name: &str) -> Option<&dyn Service> {
        self.services
            .iter()
            .find(|service| service.name() == name)
            .map(Box::as_ref)
    }
}

impl Deref for CloudInner {
    type Target = Ids;

    fn deref(&self) -> &Ids {
        &self.ids
    }
}

impl fmt::Debug for CloudInner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("CloudInner").finish_non_exhaustive()
    }
}
