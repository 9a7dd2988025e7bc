use datamesh_actor::{EffectCx, EffectError, ErrorClass, Rank};
use datamesh_aws::ram::{
    Association as Found, AssociationKind, AssociationStatus, Invitation, InvitationStatus,
    ListAssociations, ListInvitations, Ram,
};
use datamesh_aws::{AwsError, PageRequest, Token};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::access::{LedgerId, Reread};
use crate::aws_error;
use crate::mesh::unanswered;
use crate::priority;
use crate::share::state::{Association, RamSeen};
use crate::world::{Place, World};

/// What the names of the shares that Lake Formation makes begin with.
const OWN: &str = "LakeFormation-";
/// RAM that cannot be read is tried so often before that is said.
const MAX_FAILURES: u32 = 6;
/// The same, throttled tries included.
const MAX_LOOKS: u32 = 60;
/// At most so many pages are read.
const MAX_PAGES: usize = 100;

/// Looks how the consumer's account is associated with the table, and accepts the invitations that wait, with
/// tokens: a repeat is one deed. Lake Formation makes these shares itself: one for databases, one for tables;
/// outside an organization each brings an invitation, which lapses after 12 hours.
///
/// RAM operations: `GetResourceShareAssociations` in the producer's account, `GetResourceShareInvitations` and
/// `AcceptResourceShareInvitation` in the consumer's. It never fails for good: what could not be seen is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookAtRam {
    /// See [`super::super::Ticket`].
    pub ticket: u64,
    /// Whether invitations are accepted.
    pub accept: bool,
    /// Where the table is.
    pub source: Place,
    /// Its database.
    pub database: String,
    /// The table.
    pub table: String,
    /// Where the consumer is.
    pub target: Place,
}

/// What became of the invitations.
#[derive(Default)]
struct Invited {
    accepted: u32,
    pending: u32,
    lapsed: Vec<String>,
    trouble: String,
}

impl LookAtRam {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let invited = match self.accept {
            true => self.invitations(world, cx).await,
            false => Invited::default(),
        };
        let seen = match self.associations(world).await {
            Ok((table, database)) => {
                let seen = self.seen(&table, &database, invited, cx);
                self.beside_others(seen, world, cx).await?
            }
            Err(error) => {
                let found = aws_error::of(error, cx);
                let last = cx.failures >= MAX_FAILURES || cx.attempt >= MAX_LOOKS;
                if !last && found.class != ErrorClass::Terminal {
                    return Err(found);
                }
                RamSeen {
                    association: Association::Unseen,
                    detail: format!("{}: {}", found.code, found.message),
                    accepted: invited.accepted,
                    ..RamSeen::default()
                }
            }
        };
        Ok(Outcome::RamSeen(seen))
    }

    pub(super) fn rank(&self) -> Rank {
        match self.accept {
            true => Rank::Normal,
            false => Rank::Verify,
        }
    }

    /// Accepts what waits. Trouble on the consumer's side is said, and not more: the consumer may accept too.
    async fn invitations(&self, world: &World, cx: &EffectCx) -> Invited {
        let call = self.target.call().priority(priority::of(self.rank()));
        let ram = world.aws.ram(&call);
        let mut invited = Invited::default();
        let found = match all_invitations(&ram).await {
            Ok(found) => found,
            Err(error) => {
                invited.trouble = format!("{}: {}", error.code, error.message);
                return invited;
            }
        };
        let ours = found.iter().filter(|invitation| {
            invitation.sender == self.source.account && invitation.share_name.starts_with(OWN)
        });
        for invitation in ours {
            match invitation.status {
                InvitationStatus::Pending => {
                    let purpose = format!("Accept/{}", invitation.arn);
                    let token = Token::derive(&cx.key(), &purpose);
                    match ram.accept_invitation(&invitation.arn, &token).await {
                        Ok(()) => invited.accepted += 1,
                        Err(error) => {
                            invited.pending += 1;
                            invited.trouble = format!("{}: {}", error.code, error.message);
                        }
                    }
                }
                InvitationStatus::Expired | InvitationStatus::Rejected => {
                    invited.lapsed.push(invitation.share_arn.clone());
                }
                InvitationStatus::Accepted | InvitationStatus::Other(_) => {}
            }
        }
        invited
    }

    /// How the consumer is associated with the shares that hold the table, and with those that hold its
    /// database.
    async fn associations(&self, world: &World) -> Result<(Vec<Found>, Vec<Found>), AwsError> {
        let call = self.source.call().priority(priority::of(self.rank()));
        let ram = world.aws.ram(&call);
        let table = self.of(&ram, self.table_arn()).await?;
        let database = self.of(&ram, self.database_arn()).await?;
        Ok((table, database))
    }

    async fn of(&self, ram: &Ram<'_>, resource_arn: String) -> Result<Vec<Found>, AwsError> {
        let holding = ListAssociations {
            kind: AssociationKind::Resource,
            resource_arn: Some(resource_arn),
            ..ListAssociations::default()
        };
        let holding = all_associations(ram, holding).await?;
        let share_arns: Vec<String> = holding
            .into_iter()
            .filter(|found| is_there(&found.status))
            .map(|found| found.share_arn)
            .collect();
        if share_arns.is_empty() {
            return Ok(Vec::new());
        }
        let having = ListAssociations {
            kind: AssociationKind::Principal,
            principal: Some(self.target.account.clone()),
            ..ListAssociations::default()
        };
        let having = all_associations(ram, having).await?.into_iter();
        Ok(having
            .filter(|found| share_arns.contains(&found.share_arn))
            .collect())
    }

    fn seen(
        &self,
        table: &[Found],
        database: &[Found],
        invited: Invited,
        cx: &EffectCx,
    ) -> RamSeen {
        let of_table = standing(table, &invited.lapsed);
        let of_database = standing(database, &invited.lapsed);
        // A share of the database that is there must be in force too; not every version has one.
        let association = match (of_table, of_database) {
            (Association::Associated, Association::None) => Association::Associated,
            (Association::Associated, other) => other,
            (other, _) => other,
        };
        let association = match association {
            Association::Lapsed if invited.pending + invited.accepted > 0 => Association::Waiting,
            other => other,
        };
        let mut detail = in_words(association).to_owned();
        if invited.accepted > 0 {
            detail = format!("{detail}, {} invitations accepted", invited.accepted);
        }
        if !invited.trouble.is_empty() {
            detail = format!("{detail}; in the consumer's account: {}", invited.trouble);
        }
        let found = match of_table {
            Association::None => "absent",
            _ => "present",
        };
        RamSeen {
            association,
            detail,
            accepted: invited.accepted,
            rereads: vec![Reread {
                account: self.source.account.clone(),
                operation: "ram:GetResourceShareAssociations".to_owned(),
                about: format!("{} with {}", self.table_arn(), self.target.account),
                found: found.to_owned(),
                at_ms: cx.asked_ms,
            }],
            ..RamSeen::default()
        }
    }

    /// RAM shares the table with the consumer's account, for all there that have access: says who else it is.
    /// They are read after RAM: whoever comes is listed before anything is granted to it.
    async fn beside_others(
        &self,
        mut seen: RamSeen,
        world: &World,
        cx: &EffectCx,
    ) -> Result<RamSeen, EffectError> {
        let shared = matches!(
            seen.association,
            Association::Associated | Association::Suspended
        );
        if shared && !self.accept {
            let ledger = LedgerId::database(&self.source, &self.source.account, &self.database);
            let mesh = &world.mesh;
            let holders = mesh.holders(&ledger, &self.table, &self.target.account);
            seen.others = holders.await.map_err(unanswered)?;
            seen.others.remove(&*cx.entity.id);
        }
        Ok(seen)
    }

    fn table_arn(&self) -> String {
        let Place { account, region } = &self.source;
        format!(
            "arn:aws:glue:{region}:{account}:table/{}/{}",
            self.database, self.table
        )
    }

    fn database_arn(&self) -> String {
        let Place { account, region } = &self.source;
        format!("arn:aws:glue:{region}:{account}:database/{}", self.database)
    }
}

fn is_there(status: &AssociationStatus) -> bool {
    !matches!(
        status,
        AssociationStatus::Disassociated | AssociationStatus::Disassociating
    )
}

/// How a consumer stands that has these associations, of which the best counts.
fn standing(found: &[Found], lapsed: &[String]) -> Association {
    let of = |found: &Found| match found.status {
        AssociationStatus::Associated => Association::Associated,
        AssociationStatus::Suspended | AssociationStatus::Suspending => Association::Suspended,
        AssociationStatus::Failed => Association::Lapsed,
        AssociationStatus::Associating if lapsed.contains(&found.share_arn) => Association::Lapsed,
        AssociationStatus::Associating
        | AssociationStatus::Restoring
        | AssociationStatus::Other(_) => Association::Waiting,
        AssociationStatus::Disassociating | AssociationStatus::Disassociated => Association::None,
    };
    let rank = |association: &Association| match association {
        Association::Associated => 5,
        Association::Waiting => 4,
        Association::Suspended => 3,
        Association::Lapsed => 2,
        Association::None => 1,
        Association::Unseen => 0,
    };
    let best = found.iter().map(of).max_by_key(rank);
    best.unwrap_or(Association::None)
}

fn in_words(association: Association) -> &'static str {
    match association {
        Association::None => "RAM shows no association yet",
        Association::Waiting => "the consumer's association is on its way",
        Association::Lapsed => "the invitation lapsed or was rejected",
        Association::Associated => "the consumer is associated",
        Association::Suspended => {
            "the association is suspended: the consumer's account is closed or left"
        }
        Association::Unseen => "RAM could not be read",
    }
}

async fn all_invitations(ram: &Ram<'_>) -> Result<Vec<Invitation>, AwsError> {
    let mut all = Vec::new();
    let mut input = ListInvitations::default();
    for _ in 0..MAX_PAGES {
        let page = ram.list_invitations(input.clone()).await?;
        all.extend(page.items);
        match page.next_token {
            None => break,
            token => input.page = next_page(token),
        }
    }
    Ok(all)
}

async fn all_associations(
    ram: &Ram<'_>,
    mut input: ListAssociations,
) -> Result<Vec<Found>, AwsError> {
    let mut all = Vec::new();
    for _ in 0..MAX_PAGES {
        let page = ram.list_associations(input.clone()).await?;
        all.extend(page.items);
        match page.next_token {
            None => break,
            token => input.page = next_page(token),
        }
    }
    Ok(all)
}

fn next_page(next_token: Option<String>) -> PageRequest {
    PageRequest {
        next_token,
        ..PageRequest::default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn found(share: &str, status: AssociationStatus) -> Found {
        Found {
            share_arn: share.to_owned(),
            share_name: None,
            kind: AssociationKind::Principal,
            entity: "210987654321".to_owned(),
            status,
            status_message: None,
            external: true,
            updated_at_ms: None,
        }
    }

    #[test]
    fn the_best_association_counts() {
        use AssociationStatus::{Associated, Associating, Disassociated, Failed, Suspended};
        for (statuses, expected) in [
            (vec![], Association::None),
            (vec![Disassociated], Association::None),
            (vec![Failed, Associated], Association::Associated),
            (vec![Failed, Associating], Association::Waiting),
            (vec![Failed], Association::Lapsed),
            (vec![Suspended], Association::Suspended),
        ] {
            let found: Vec<Found> = statuses
                .into_iter()
                .map(|status| found("share", status))
                .collect();
            assert_eq!(standing(&found, &[]), expected, "{found:?}");
        }
    }

    #[test]
    fn an_association_whose_invitation_lapsed_does_not_come() {
        let found = [found("share", AssociationStatus::Associating)];
        let lapsed = ["share".to_owned()];
        assert_eq!(standing(&found, &lapsed), Association::Lapsed);
    }
}
