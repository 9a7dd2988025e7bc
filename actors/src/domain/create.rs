use datamesh_actor::{Ctx, Decision, Rejection, RejectionKind};
use serde::{Deserialize, Serialize};

use super::record::DomainRecord;
use super::state::Event;
use super::{Domain, State, plan};
use crate::life::Status;
use crate::turn::Turn;
use crate::validate::{self, Violations};

/// Asks for a new domain. Sent again to the same id with the same content it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Create {
    /// 1 to 53 of a-z, 0-9 and '-'.
    pub domain_name: String,
    /// Up to 2,048 characters.
    pub description: String,
    /// 1 to 20 groups.
    pub owner_groups: Vec<String>,
    /// The account to hold it, 12 digits.
    pub aws_account_id: String,
    /// The region to hold it.
    pub region: String,
}

impl Create {
    /// Says what is wrong with it, field by field.
    pub fn check(&self) -> Result<(), Rejection> {
        let mut found = Violations::default();
        found.check("domainName", validate::domain_name(&self.domain_name));
        found.check("description", validate::description(&self.description));
        validate::owner_groups("ownerGroups", &self.owner_groups, &mut found);
        found.check("awsAccountId", validate::account(&self.aws_account_id));
        found.check("region", validate::region(&self.region));
        found.refuse()
    }

    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Domain>, Rejection> {
        self.check()?;
        if let Some(record) = &state.record {
            let same = record.domain_name == self.domain_name
                && record.aws_account_id == self.aws_account_id
                && record.region == self.region;
            return if same {
                Ok(Decision::none())
            } else {
                Err(Rejection::new(
                    RejectionKind::AlreadyExists,
                    "DOMAIN_EXISTS",
                    format!("there is a domain {} already", record.domain_id),
                ))
            };
        }
        let mut turn = Turn::new(state, ctx);
        let at_ms = turn.now_ms();
        let record = DomainRecord {
            domain_id: turn.ctx.id().to_owned(),
            domain_name: self.domain_name,
            description: self.description,
            owner_groups: self.owner_groups,
            status: Status::Creating,
            aws_account_id: self.aws_account_id,
            region: self.region,
            created_by: turn.by(),
            created_ms: at_ms,
            updated_ms: at_ms,
            version: 1,
            ..DomainRecord::default()
        };
        turn.happen(Event::Requested {
            record: Box::new(record),
        });
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
