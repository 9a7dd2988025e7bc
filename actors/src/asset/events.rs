//! What an asset tells the world: the specification's event, and those that follow from it.

use serde_json::json;

use super::{Asset, AssetRecord};
use crate::mesh_event::instant;
use crate::turn::Turn;

/// The source of the events of assets.
pub const SOURCE: &str = "management-app.assets";

fn record(turn: &Turn<'_, Asset>) -> AssetRecord {
    turn.state.record.clone().unwrap_or_default()
}

pub(super) fn published(turn: &mut Turn<'_, Asset>) {
    let record = record(turn);
    turn.tell(
        SOURCE,
        "AssetPublished",
        json!({
            "assetId": record.asset_id,
            "assetName": record.asset_name,
            "s3Location": record.s3_location,
            "format": record.format,
            "glueTable": record.glue_table,
        }),
    );
}

pub(super) fn unpublished(turn: &mut Turn<'_, Asset>) {
    let record = record(turn);
    turn.tell(
        SOURCE,
        "AssetUnpublished",
        json!({
            "assetId": record.asset_id,
            "assetName": record.asset_name,
            "projectId": record.project_id,
            "unpublishedBy": turn.state.updated_by.clone(),
            "unpublishedAt": instant(record.updated_ms),
        }),
    );
}

pub(super) fn updated(turn: &mut Turn<'_, Asset>) {
    let record = record(turn);
    turn.tell(
        SOURCE,
        "AssetUpdated",
        json!({
            "assetId": record.asset_id,
            "assetName": record.asset_name,
            "projectId": record.project_id,
            "updatedBy": turn.state.updated_by.clone(),
            "updatedAt": instant(record.updated_ms),
        }),
    );
}

pub(super) fn deleted(turn: &mut Turn<'_, Asset>) {
    let record = record(turn);
    turn.tell(
        SOURCE,
        "AssetDeleted",
        json!({
            "assetId": record.asset_id,
            "assetName": record.asset_name,
            "projectId": record.project_id,
            "deletedBy": turn.state.deleted_by.clone(),
            "deletedAt": instant(record.updated_ms),
        }),
    );
}
