//! Opt-ins: for whom Lake Formation's permissions count where IAM's count as well (hybrid access).

use super::{LakeFormation, Resource, identifier, principal};
use crate::error::AwsError;
use crate::ops::{Page, PageRequest, millis};

/// What `ListLakeFormationOptIns` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListOptIns {
    /// Only of this principal.
    pub principal: Option<String>,
    /// Only on this resource.
    pub resource: Option<Resource>,
    /// Which page.
    pub page: PageRequest,
}

/// An opt-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptIn {
    /// Who.
    pub principal: String,
    /// On what.
    pub resource: Resource,
    /// Milliseconds since the Unix epoch.
    pub updated_at_ms: Option<i64>,
    /// Who changed it last.
    pub updated_by: Option<String>,
}

impl LakeFormation<'_> {
    /// `CreateLakeFormationOptIn`. A repeat is harmless, or refused: read it back.
    pub async fn create_opt_in(&self, who: &str, resource: Resource) -> Result<(), AwsError> {
        self.0
            .call("CreateLakeFormationOptIn", |lakeformation| async move {
                lakeformation
                    .create_lake_formation_opt_in()
                    .principal(principal(who))
                    .resource(resource.into_sdk()?)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `DeleteLakeFormationOptIn`. Not found when it is not there.
    pub async fn delete_opt_in(&self, who: &str, resource: Resource) -> Result<(), AwsError> {
        self.0
            .call("DeleteLakeFormationOptIn", |lakeformation| async move {
                lakeformation
                    .delete_lake_formation_opt_in()
                    .principal(principal(who))
                    .resource(resource.into_sdk()?)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `ListLakeFormationOptIns`.
    pub async fn list_opt_ins(&self, input: ListOptIns) -> Result<Page<OptIn>, AwsError> {
        self.0
            .call("ListLakeFormationOptIns", |lakeformation| async move {
                let resource = input.resource.map(Resource::into_sdk).transpose()?;
                let out = lakeformation
                    .list_lake_formation_opt_ins()
                    .set_principal(input.principal.map(principal))
                    .set_resource(resource)
                    .set_max_results(input.page.max_results)
                    .set_next_token(input.page.next_token)
                    .send()
                    .await?;
                let infos = out.lake_formation_opt_ins_info_list.unwrap_or_default();
                Ok(Page {
                    items: infos
                        .into_iter()
                        .map(|info| OptIn {
                            principal: identifier(info.principal),
                            resource: Resource::from_sdk(info.resource),
                            updated_at_ms: millis(info.last_modified),
                            updated_by: info.last_updated_by,
                        })
                        .collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }
}
