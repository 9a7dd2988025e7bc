use std::collections::BTreeMap;

use datamesh_actor::{EffectCx, EffectError, ErrorClass, Rank};
use datamesh_aws::ram::{
    Association as Found, AssociationKind, AssociationStatus, Invitation, InvitationStatus,
    ListAssociations, ListInvitations, Ram,
};
use datamesh_aws::{AwsError, PageRequest, Token};
use serde::{Deserialize, Serialize};

use super::{Outcome, beside};
use crate::access::{LedgerId, Reread};
use crate::aws_error;
use crate::priority;
use crate::share::state::{Association, RamSeen};
use crate::world::{Place, World};

/// What the names of the shares that Lake Formation makes begin with.
const OWN: &str = "LakeFormation-";
/// What RAM answers who accepts twice.
const ALREADY_ACCEPTED: &str = "ResourceShareInvitationAlreadyAcceptedException";
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
    /// Whether access is taken: then the table counts and not its database, and who else has the table shared
    /// is asked.
    #[serde(default)]
    pub taking: bool,
    /// Where the table is.
    pub source: Place,
    /// Its database.
    pub database: String,
    /// The table.
    pub table: String,
    /// Where the consumer is.
    pub target: Place,
}

/// What RAM lists.
#[derive(Default)]
struct Listed {
    found: Vec<Found>,
    /// Whether there are more pages than are read: what is not found may be there all the same.
    cut: bool,
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
                        // An answer that was lost, or who looked at the same time.
                        Err(error) if error.code == ALREADY_ACCEPTED => invited.accepted += 1,
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
    /// database: these are not read while access is taken.
    async fn associations(&self, world: &World) -> Result<(Listed, Listed), AwsError> {
        let call = self.source.call().priority(priority::of(self.rank()));
        let ram = world.aws.ram(&call);
        let table = self.of(&ram, self.table_arn(), !self.taking).await?;
        let database = match self.taking {
            true => Listed::default(),
            false => self.of(&ram, self.database_arn(), false).await?,
        };
        Ok((table, database))
    }

    /// The consumer's associations with the shares that hold the resource, which has to be in force there too where
    /// that is asked for.
    async fn of(
        &self,
        ram: &Ram<'_>,
        resource_arn: String,
        in_force: bool,
    ) -> Result<Listed, AwsError> {
        let holding = ListAssociations {
            kind: AssociationKind::Resource,
            resource_arn: Some(resource_arn),
            ..ListAssociations::default()
        };
        let holding = all_associations(ram, holding).await?;
        let mut shares: BTreeMap<String, AssociationStatus> = BTreeMap::new();
        for found in holding.found {
            // What a share lists twice is there as it is best.
            let best = shares.get(&found.share_arn) == Some(&AssociationStatus::Associated);
            if is_there(&found.status) && !best {
                shares.insert(found.share_arn, found.status);
            }
        }
        if shares.is_empty() {
            return Ok(Listed {
                cut: holding.cut,
                ..Listed::default()
            });
        }
        let having = ListAssociations {
            kind: AssociationKind::Principal,
            principal: Some(self.target.account.clone()),
            ..ListAssociations::default()
        };
        let mut having = all_associations(ram, having).await?;
        keep(&mut having.found, &shares, in_force);
        having.cut |= holding.cut;
        Ok(having)
    }

    fn seen(&self, table: &Listed, database: &Listed, invited: Invited, cx: &EffectCx) -> RamSeen {
        let of_table = table.standing(&invited.lapsed);
        // A share of the database that is there must be in force too; not every version has one. It may be on
        // its way or have failed while the table is still shared, so it says nothing of what is taken.
        let association = match (of_table, database.standing(&invited.lapsed)) {
            (Association::Associated, other) if !self.taking && other != Association::None => other,
            (of_table, _) => of_table,
        };
        let association = match association {
            Association::Lapsed if invited.pending + invited.accepted > 0 => Association::Waiting,
            other => other,
        };
        let mut detail = match association {
            Association::Unseen => format!("RAM lists more than {MAX_PAGES} pages"),
            other => in_words(other).to_owned(),
        };
        if invited.accepted > 0 {
            detail = format!("{detail}, {} invitations accepted", invited.accepted);
        }
        if !invited.trouble.is_empty() {
            detail = format!("{detail}; in the consumer's account: {}", invited.trouble);
        }
        let found = match of_table {
            Association::None => "absent",
            Association::Unseen => "not seen: there are more pages than are read",
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
        if shared && self.taking {
            let ledger = LedgerId::database(&self.source, &self.source.account, &self.database);
            let mesh = &world.mesh;
            let found = mesh.permissions(&ledger, &self.table, &self.target.account);
            let last = cx.failures >= MAX_FAILURES || cx.attempt >= MAX_LOOKS;
            seen.others = beside::who_shares(&beside::listed(found.await, last)?);
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

/// Keeps the consumer's associations with these shares. Who has been in a share for long gets what is put into it when
/// that is in force too.
fn keep(having: &mut Vec<Found>, shares: &BTreeMap<String, AssociationStatus>, in_force: bool) {
    having.retain_mut(|found| {
        let resource = shares.get(&found.share_arn);
        if let Some(resource) = resource
            && in_force
            && *resource != AssociationStatus::Associated
        {
            found.status = resource.clone();
        }
        resource.is_some()
    });
}

fn is_there(status: &AssociationStatus) -> bool {
    !matches!(
        status,
        AssociationStatus::Disassociated | AssociationStatus::Disassociating
    )
}

impl Listed {
    /// How a consumer stands that has these associations. Where not all are listed, only one that is in force is
    /// sure to be the best.
    fn standing(&self, lapsed: &[String]) -> Association {
        match standing(&self.found, lapsed) {
            Association::Associated => Association::Associated,
            _ if self.cut => Association::Unseen,
            other => other,
        }
    }
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

async fn all_associations(ram: &Ram<'_>, mut input: ListAssociations) -> Result<Listed, AwsError> {
    let mut all = Listed::default();
    for _ in 0..MAX_PAGES {
        let page = ram.list_associations(input.clone()).await?;
        all.found.extend(page.items);
        match page.next_token {
            None => return Ok(all),
            token => input.page = next_page(token),
        }
    }
    all.cut = true;
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

    fn look(taking: bool) -> LookAtRam {
        LookAtRam {
            ticket: 1,
            accept: false,
            taking,
            source: Place::default(),
            database: "sales".to_owned(),
            table: "orders".to_owned(),
            target: Place::default(),
        }
    }

    fn listed(status: AssociationStatus) -> Listed {
        Listed {
            found: vec![found("share", status)],
            cut: false,
        }
    }

    fn seen(look: &LookAtRam, table: &Listed, database: &Listed) -> RamSeen {
        let cx = EffectCx {
            entity: datamesh_journal::EntityKey::new("share", "share-1"),
            effect_id: "1".to_owned(),
            attempt: 1,
            failures: 0,
            repeat: false,
            asked_ms: 0,
        };
        look.seen(table, database, Invited::default(), &cx)
    }

    #[test]
    fn the_database_says_nothing_of_what_is_taken() {
        let table = listed(AssociationStatus::Associated);
        for status in [AssociationStatus::Associating, AssociationStatus::Failed] {
            let database = listed(status);
            let taken = seen(&look(true), &table, &database);
            assert_eq!(taken.association, Association::Associated);
            let given = seen(&look(false), &table, &database);
            assert_ne!(given.association, Association::Associated);
        }
    }

    #[test]
    fn a_table_that_comes_into_a_share_is_waited_for() {
        use AssociationStatus::{Associated, Associating, Failed};
        for (resource, given) in [
            (Associated, Association::Associated),
            (Associating, Association::Waiting),
            (Failed, Association::Lapsed),
        ] {
            let shares = BTreeMap::from([("share".to_owned(), resource)]);
            for (in_force, expected) in [(true, given), (false, Association::Associated)] {
                let mut having = vec![found("share", Associated), found("other", Associated)];
                keep(&mut having, &shares, in_force);
                assert_eq!(having.len(), 1);
                assert_eq!(standing(&having, &[]), expected, "{shares:?}");
            }
        }
    }

    #[test]
    fn what_is_not_in_a_list_that_was_cut_is_not_gone() {
        let cut = |found| Listed { found, cut: true };
        let associated = found("share", AssociationStatus::Associated);
        for (found, association, reread) in [
            (vec![], Association::Unseen, "not seen"),
            (vec![associated], Association::Associated, "present"),
        ] {
            let seen = seen(&look(true), &cut(found), &Listed::default());
            assert_eq!(seen.association, association);
            assert!(seen.rereads[0].found.starts_with(reread), "{seen:?}");
        }
    }

    #[test]
    fn what_an_older_version_asked_is_a_look() {
        let mut stored = serde_json::to_value(look(true)).unwrap();
        stored.as_object_mut().unwrap().remove("taking");
        let old: LookAtRam = serde_json::from_value(stored).unwrap();
        assert_eq!(old, look(false));
    }

    #[test]
    fn an_association_whose_invitation_lapsed_does_not_come() {
        let found = [found("share", AssociationStatus::Associating)];
        let lapsed = ["share".to_owned()];
        assert_eq!(standing(&found, &lapsed), Association::Lapsed);
    }
}
