use std::time::Duration;

use datamesh_aws::glue::Glue;
use datamesh_aws::lakeformation::{LakeFormation, Resource, ResourceKind, TagExpressionOf};
use datamesh_aws::{Aws, CallCx, Priority};

use crate::access::{LedgerId, Object, Tagged};
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
        let database = self.ledger.database.clone();
        let kind = match object.clone() {
            Object::Catalog => ResourceKind::Catalog,
            Object::Database => ResourceKind::Database { name: database },
            Object::AllTables => ResourceKind::AllTables { database },
            Object::Table(name) => ResourceKind::Table { database, name },
            Object::Column { table, column } => ResourceKind::Columns {
                database,
                table,
                columns: vec![column],
            },
            Object::ColumnsExcept { table, excluded } => ResourceKind::ColumnsExcept {
                database,
                table,
                excluded: excluded.into_iter().collect(),
            },
            Object::Filter { table, name } => ResourceKind::DataCellsFilter {
                database,
                table,
                name,
            },
            Object::Location(arn) => ResourceKind::DataLocation { arn },
            Object::TagKey { key, values } => ResourceKind::LfTag {
                key,
                values: values.into_iter().collect(),
            },
            Object::Expression { of, tags } => ResourceKind::LfTagPolicy {
                of: match of {
                    Tagged::Database => TagExpressionOf::Database,
                    Tagged::Table => TagExpressionOf::Table,
                },
                expression: tags
                    .into_iter()
                    .map(|(key, values)| (key, values.into_iter().collect()))
                    .collect(),
                expression_name: None,
            },
        };
        self.named(kind)
    }

    /// This kind, in the ledger's catalogue.
    pub(super) fn named(&self, kind: ResourceKind) -> Resource {
        if self.ledger.is_account() {
            kind.here()
        } else {
            kind.of(&self.ledger.catalog)
        }
    }
}
