use std::time::Duration;

use datamesh_aws::glue::Glue;
use datamesh_aws::lakeformation::{LakeFormation, Resource};
use datamesh_aws::{Aws, CallCx, Priority};

use super::resource::resource;
use crate::access::{LedgerId, Object};
use crate::world::World;

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
        let mut lake = Self::at(world, ledger, Priority::Grant);
        lake.call.deadline = GIVING_PATIENCE;
        lake
    }

    pub(super) fn taking(world: &'a World, ledger: &'a LedgerId) -> Self {
        Self::at(world, ledger, Priority::Revoke)
    }

    pub(super) fn looking(world: &'a World, ledger: &'a LedgerId) -> Self {
        Self::at(world, ledger, Priority::Verify)
    }

    fn at(world: &'a World, ledger: &'a LedgerId, priority: Priority) -> Self {
        Self {
            aws: &world.aws,
            call: ledger.place().call().priority(priority),
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
