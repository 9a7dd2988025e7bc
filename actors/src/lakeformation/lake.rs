use std::time::Duration;

use datamesh_actor::Rank;
use datamesh_aws::glue::Glue;
use datamesh_aws::lakeformation::{LakeFormation, Resource};
use datamesh_aws::{Aws, CallCx};

use super::resource::resource;
use crate::access::{LedgerId, Object};
use crate::priority;
use crate::world::World;

/// The rank of what puts things.
pub(crate) const GIVING: Rank = Rank::Normal;
/// The rank of what takes them away.
pub(crate) const TAKING: Rank = Rank::Revoke;
/// The rank of what sees whether they are there.
pub(crate) const LOOKING: Rank = Rank::Verify;

/// How long a call that gives may wait for its turn: the ledger's batches that give are short, so that what
/// takes is not kept waiting.
const GIVING_PATIENCE: Duration = Duration::from_secs(4);

/// The Lake Formation and the catalogue that a ledger writes, called at one priority.
pub(super) struct Lake<'a> {
    aws: &'a Aws,
    call: CallCx,
    pub(super) ledger: &'a LedgerId,
}

impl<'a> Lake<'a> {
    pub(super) fn giving(world: &'a World, ledger: &'a LedgerId) -> Self {
        let mut lake = Self::at(world, ledger, GIVING);
        lake.call.deadline = GIVING_PATIENCE;
        lake
    }

    pub(super) fn taking(world: &'a World, ledger: &'a LedgerId) -> Self {
        Self::at(world, ledger, TAKING)
    }

    pub(super) fn looking(world: &'a World, ledger: &'a LedgerId) -> Self {
        Self::at(world, ledger, LOOKING)
    }

    fn at(world: &'a World, ledger: &'a LedgerId, rank: Rank) -> Self {
        Self {
            aws: &world.aws,
            call: ledger.place().call().priority(priority::of(rank)),
            ledger,
        }
    }

    pub(super) fn lakeformation(&self) -> LakeFormation<'_> {
        self.aws.lakeformation(&self.call)
    }

    pub(super) fn glue(&self) -> Glue<'_> {
        self.aws.glue(&self.call)
    }

    /// The ARN of the caller, as STS knows it.
    pub(super) async fn caller(&self) -> Result<String, datamesh_aws::AwsError> {
        let identity = self.aws.sts(&self.call).get_caller_identity().await?;
        Ok(identity.arn)
    }

    /// What Lake Formation calls an object of the ledger.
    pub(super) fn resource(&self, object: &Object) -> Resource {
        resource(self.ledger, object)
    }
}
