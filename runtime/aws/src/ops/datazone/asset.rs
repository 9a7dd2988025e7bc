//! Assets and their revisions.

use aws_sdk_datazone::types::{self, FormInput, FormOutput};

use super::Datazone;
use crate::classify::Failure;
use crate::error::AwsError;
use crate::ops::millis;
use crate::token::Token;

/// One metadata form of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    /// The form's name in the asset type: `GlueTableForm`.
    pub name: String,
    /// The form type: `amazon.datazone.GlueTableFormType`.
    pub type_id: Option<String>,
    /// The form type's revision; the newest when unset.
    pub type_revision: Option<String>,
    /// A JSON object, as text.
    pub content: Option<String>,
}

/// What `CreateAsset` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateAsset {
    /// The domain.
    pub domain_id: String,
    /// The project that owns it.
    pub project_id: String,
    /// The name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// What it is outside DataZone, an ARN for instance; unique in the domain.
    pub external_id: Option<String>,
    /// A real asset type: `amazon.datazone.GlueTableAssetType`.
    pub type_id: String,
    /// The asset type's revision; the newest when unset.
    pub type_revision: Option<String>,
    /// The metadata.
    pub forms: Vec<Form>,
    /// Ids of glossary terms.
    pub glossary_terms: Vec<String>,
    /// Makes a repeat answer with the same asset.
    pub token: Token,
}

/// What `CreateAssetRevision` takes: the asset as it shall be, in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateAssetRevision {
    /// The domain.
    pub domain_id: String,
    /// The asset.
    pub id: String,
    /// The name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// The asset type's revision; the newest when unset.
    pub type_revision: Option<String>,
    /// The metadata.
    pub forms: Vec<Form>,
    /// Ids of glossary terms.
    pub glossary_terms: Vec<String>,
    /// Makes a repeat answer with the same revision.
    pub token: Token,
}

/// One revision of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// The domain it is in.
    pub domain_id: String,
    /// The id that DataZone gave it.
    pub id: String,
    /// `1`, `2`, …
    pub revision: String,
    /// The name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// The asset type.
    pub type_id: String,
    /// The asset type's revision.
    pub type_revision: String,
    /// What it is outside DataZone.
    pub external_id: Option<String>,
    /// The project that owns it.
    pub project_id: String,
    /// Its listing, once it was published.
    pub listing: Option<AssetListing>,
    /// The metadata.
    pub forms: Vec<Form>,
    /// Ids of glossary terms.
    pub glossary_terms: Vec<String>,
    /// Milliseconds since the Unix epoch.
    pub created_at_ms: Option<i64>,
}

/// An asset's listing, as the asset knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetListing {
    /// The listing.
    pub id: String,
    /// `CREATING`, `ACTIVE`, `INACTIVE`.
    pub status: String,
}

/// The SDK's three asset shapes have the same fields and nothing else in common.
macro_rules! asset {
    ($from:expr) => {{
        let from = $from;
        Asset {
            domain_id: from.domain_id,
            id: from.id,
            revision: from.revision,
            name: from.name,
            description: from.description,
            type_id: from.type_identifier,
            type_revision: from.type_revision,
            external_id: from.external_identifier,
            project_id: from.owning_project_id,
            listing: from.listing.map(listing),
            forms: from.forms_output.into_iter().map(Form::from).collect(),
            glossary_terms: from.glossary_terms.unwrap_or_default(),
            created_at_ms: millis(from.created_at),
        }
    }};
}

fn listing(details: types::AssetListingDetails) -> AssetListing {
    AssetListing {
        id: details.listing_id,
        status: details.listing_status.as_str().to_owned(),
    }
}

impl From<FormOutput> for Form {
    fn from(form: FormOutput) -> Self {
        Self {
            name: form.form_name,
            type_id: form.type_name,
            type_revision: form.type_revision,
            content: form.content,
        }
    }
}

fn inputs(forms: Vec<Form>) -> Result<Option<Vec<FormInput>>, Failure> {
    let inputs: Result<Vec<_>, _> = forms
        .into_iter()
        .map(|form| {
            FormInput::builder()
                .form_name(form.name)
                .set_type_identifier(form.type_id)
                .set_type_revision(form.type_revision)
                .set_content(form.content)
                .build()
        })
        .collect();
    Ok(Some(inputs?).filter(|inputs| !inputs.is_empty()))
}

impl Datazone<'_> {
    /// `CreateAsset`. Idempotent by token.
    pub async fn create_asset(&self, input: CreateAsset) -> Result<Asset, AwsError> {
        self.0
            .call("CreateAsset", |datazone| async move {
                let terms = (!input.glossary_terms.is_empty()).then_some(input.glossary_terms);
                let out = datazone
                    .create_asset()
                    .domain_identifier(input.domain_id)
                    .owning_project_identifier(input.project_id)
                    .name(input.name)
                    .set_description(input.description)
                    .set_external_identifier(input.external_id)
                    .type_identifier(input.type_id)
                    .set_type_revision(input.type_revision)
                    .set_forms_input(inputs(input.forms)?)
                    .set_glossary_terms(terms)
                    .client_token(input.token.as_str())
                    .send()
                    .await?;
                Ok(asset!(out))
            })
            .await
    }

    /// `GetAsset`: the newest revision, or the one that is named.
    pub async fn get_asset(
        &self,
        domain_id: &str,
        id: &str,
        revision: Option<&str>,
    ) -> Result<Asset, AwsError> {
        self.0
            .call("GetAsset", |datazone| async move {
                let out = datazone
                    .get_asset()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .set_revision(revision.map(str::to_owned))
                    .send()
                    .await?;
                Ok(asset!(out))
            })
            .await
    }

    /// `CreateAssetRevision`. Idempotent by token.
    pub async fn create_asset_revision(
        &self,
        input: CreateAssetRevision,
    ) -> Result<Asset, AwsError> {
        self.0
            .call("CreateAssetRevision", |datazone| async move {
                let terms = (!input.glossary_terms.is_empty()).then_some(input.glossary_terms);
                let out = datazone
                    .create_asset_revision()
                    .domain_identifier(input.domain_id)
                    .identifier(input.id)
                    .name(input.name)
                    .set_description(input.description)
                    .set_type_revision(input.type_revision)
                    .set_forms_input(inputs(input.forms)?)
                    .set_glossary_terms(terms)
                    .client_token(input.token.as_str())
                    .send()
                    .await?;
                Ok(asset!(out))
            })
            .await
    }

    /// `DeleteAsset`. A published asset must be unpublished first.
    pub async fn delete_asset(&self, domain_id: &str, id: &str) -> Result<(), AwsError> {
        self.0
            .call("DeleteAsset", |datazone| async move {
                datazone
                    .delete_asset()
                    .domain_identifier(domain_id)
                    .identifier(id)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }
}
