//! The managed asset types and form types.

/// An asset type that AWS manages, and the form that its assets must have.
#[derive(Debug)]
pub(super) struct AssetType {
    pub(super) id: &'static str,
    pub(super) required_form: FormType,
}

/// A form type that AWS manages: the name of the form, and of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FormType {
    pub(super) form: &'static str,
    pub(super) id: &'static str,
}

/// The revision of every managed type.
pub(super) const REVISION: &str = "1";

const fn form(form: &'static str, id: &'static str) -> FormType {
    FormType { form, id }
}

const GLUE_TABLE: FormType = form("GlueTableForm", "amazon.datazone.GlueTableFormType");
const GLUE_VIEW: FormType = form("GlueViewForm", "amazon.datazone.GlueViewFormType");
const REDSHIFT_TABLE: FormType = form("RedshiftTableForm", "amazon.datazone.RedshiftTableFormType");
const REDSHIFT_VIEW: FormType = form("RedshiftViewForm", "amazon.datazone.RedshiftViewFormType");
const S3_OBJECTS: FormType = form(
    "S3ObjectCollectionForm",
    "amazon.datazone.S3ObjectCollectionFormType",
);

const ASSET_TYPES: [AssetType; 5] = [
    AssetType {
        id: "amazon.datazone.GlueTableAssetType",
        required_form: GLUE_TABLE,
    },
    AssetType {
        id: "amazon.datazone.GlueViewAssetType",
        required_form: GLUE_VIEW,
    },
    AssetType {
        id: "amazon.datazone.RedshiftTableAssetType",
        required_form: REDSHIFT_TABLE,
    },
    AssetType {
        id: "amazon.datazone.RedshiftViewAssetType",
        required_form: REDSHIFT_VIEW,
    },
    AssetType {
        id: "amazon.datazone.S3ObjectCollectionAssetType",
        required_form: S3_OBJECTS,
    },
];

const FORM_TYPES: [FormType; 10] = [
    GLUE_TABLE,
    GLUE_VIEW,
    REDSHIFT_TABLE,
    REDSHIFT_VIEW,
    S3_OBJECTS,
    form(
        "AssetCommonDetailsForm",
        "amazon.datazone.AssetCommonDetailsFormType",
    ),
    form(
        "ColumnBusinessMetadataForm",
        "amazon.datazone.ColumnBusinessMetadataFormType",
    ),
    form(
        "DataSourceReferenceForm",
        "amazon.datazone.DataSourceReferenceFormType",
    ),
    form(
        "SubscriptionTermsForm",
        "amazon.datazone.SubscriptionTermsFormType",
    ),
    form(
        "RelationalFilterConfigurationForm",
        "amazon.datazone.RelationalFilterConfigurationFormType",
    ),
];

/// The managed asset type of this id.
pub(super) fn asset_type(id: &str) -> Option<&'static AssetType> {
    ASSET_TYPES.iter().find(|known| known.id == id)
}

/// The managed form type of this id.
pub(super) fn form_type(id: &str) -> Option<FormType> {
    FORM_TYPES.into_iter().find(|known| known.id == id)
}

/// The form type that a form of this name has if the request does not say.
pub(super) fn form_type_of(form: &str) -> Option<FormType> {
    FORM_TYPES.into_iter().find(|known| known.form == form)
}
