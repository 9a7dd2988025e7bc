//! AWS Resource Access Manager. Its changes take a token, so that a repeat is one deed.
//!
//! The shares of Lake Formation's own are made and changed by granting; here they are read,
//! accepted where an organization does not do that, and cleared away when they are left behind.

mod association;
mod invitation;
mod resource;
mod share;

use aws_config::SdkConfig;
use aws_sdk_ram::Client;
use aws_sdk_ram::types::ResourceOwner;

use crate::aws::Via;
use crate::connector::Base;
use crate::pool::{self, Registries, Registry};

pub use association::{Association, AssociationKind, AssociationStatus, ListAssociations};
pub use invitation::{Invitation, InvitationStatus, ListInvitations};
pub use resource::{ListResources, SharedResource};
pub use share::{Disassociate, ListShares, Share, ShareStatus};

pub(crate) struct Service;

impl pool::Service for Service {
    const NAME: &'static str = "ram";
    type Client = Client;

    fn client(config: &SdkConfig, _base: &Base) -> Client {
        Client::new(config)
    }

    fn registry(registries: &Registries) -> &Registry<Self> {
        &registries.ram
    }
}

/// RAM, as one caller sees it.
pub struct Ram<'a>(pub(crate) Via<'a, Service>);

/// Whose shares are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Owner {
    /// What the called account shares with others.
    #[default]
    Own,
    /// What others share with it.
    Others,
}

impl Owner {
    fn to_sdk(self) -> ResourceOwner {
        match self {
            Self::Own => ResourceOwner::SelfValue,
            Self::Others => ResourceOwner::OtherAccounts,
        }
    }
}

fn some(list: Vec<String>) -> Option<Vec<String>> {
    (!list.is_empty()).then_some(list)
}
