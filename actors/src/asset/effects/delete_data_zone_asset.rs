use datamesh_actor::{EffectCx, EffectError, ErrorClass};
use datamesh_aws::datazone::{CreateListingChangeSet, Datazone, ListingAction, ListingEntity};
use datamesh_aws::{AwsError, Token};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::asset::Home;
use crate::aws_error;
use crate::world::World;

/// Removes the DataZone asset (`DeleteAsset`), and a listing of it that is not known. The Glue table and the
/// files stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteDataZoneAsset {
    /// Where.
    pub home: Home,
    /// DataZone's id.
    pub id: String,
}

impl DeleteDataZoneAsset {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.home.place.call();
        let datazone = world.aws.datazone(&call);
        let domain = &self.home.data_zone_domain_id;
        if cx.repeat {
            // An earlier try may have begun to unlist it.
            match self.unlist(&datazone, cx).await {
                Err(error) if error.class != ErrorClass::Terminal => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        let delete = || datazone.delete_asset(domain, &self.id);
        let mut deleted = aws_error::gone_is_done(delete().await);
        if let Err(error) = &deleted
            && may_be_listed(error)
            && self.unlist(&datazone, cx).await?
        {
            deleted = aws_error::gone_is_done(delete().await);
        }
        deleted.map_err(|error| aws_error::of(error, cx))?;
        Ok(Outcome::DataZoneAssetDeleted)
    }

    /// Removes a listing whose id never came back: a publication whose answer was lost. Says whether there
    /// was one.
    async fn unlist(&self, datazone: &Datazone<'_>, cx: &EffectCx) -> Result<bool, EffectError> {
        let domain = &self.home.data_zone_domain_id;
        let change = datazone
            .create_listing_change_set(CreateListingChangeSet {
                domain_id: domain.clone(),
                entity_id: self.id.clone(),
                entity_revision: None,
                entity: ListingEntity::Asset,
                action: ListingAction::Unpublish,
                token: Token::derive(&cx.key(), "CreateListingChangeSet"),
            })
            .await;
        let listing = match change {
            Ok(change) => change.listing_id,
            Err(error) if error.is_not_found() => return Ok(false),
            Err(error) => return Err(aws_error::of(error, cx)),
        };
        let read = datazone.get_listing(domain, &listing, None).await;
        match read {
            Ok(read) if read.status.as_deref() != Some("INACTIVE") => {
                return Err(aws_error::still(
                    "DATAZONE_STILL_LISTED",
                    format!("the DataZone asset {} is being unlisted", self.id),
                ));
            }
            Ok(_) => {}
            Err(error) if error.is_not_found() => return Ok(true),
            Err(error) => return Err(aws_error::after_the_deed(error, cx)),
        }
        let deleted = datazone.delete_listing(domain, &listing).await;
        aws_error::gone_is_done(deleted).map_err(|error| aws_error::after_the_deed(error, cx))?;
        Ok(true)
    }
}

fn may_be_listed(error: &AwsError) -> bool {
    error.is_conflict() || error.code == "ValidationException"
}
