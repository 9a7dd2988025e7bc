//! The types that AWS manages.

/// A form type: its name, and the members of its content that are always there.
#[derive(Debug, Clone, Copy)]
pub(super) struct ManagedForm {
    pub(super) name: &'static str,
    /// The name of the form on assets.
    pub(super) form: &'static str,
    /// The members of its structure.
    pub(super) members: &'static str,
}

/// An asset type and the form that its assets must have.
#[derive(Debug, Clone, Copy)]
pub(super) struct ManagedAsset {
    pub(super) name: &'static str,
    pub(super) required: &'static str,
}

/// A type of lineage nodes and its form.
#[derive(Debug, Clone, Copy)]
pub(super) struct ManagedNode {
    pub(super) name: &'static str,
    pub(super) form: &'static str,
}

/// The revision of every managed type.
pub(super) const REVISION: u32 = 1;

const fn form(form: &'static str, name: &'static str, members: &'static str) -> ManagedForm {
    ManagedForm {
        name,
        form,
        members,
    }
}

pub(super) const FORMS: [ManagedForm; 17] = [
    form(
        "GlueTableForm",
        "amazon.datazone.GlueTableFormType",
        "tableName: String, region: String, catalogId: String, columns: ColumnList",
    ),
    form(
        "GlueViewForm",
        "amazon.datazone.GlueViewFormType",
        "viewName: String, region: String, catalogId: String, columns: ColumnList",
    ),
    form(
        "RedshiftTableForm",
        "amazon.datazone.RedshiftTableFormType",
        "tableName: String, databaseName: String, schemaName: String, columns: ColumnList",
    ),
    form(
        "RedshiftViewForm",
        "amazon.datazone.RedshiftViewFormType",
        "viewName: String, databaseName: String, schemaName: String, columns: ColumnList",
    ),
    form(
        "S3ObjectCollectionForm",
        "amazon.datazone.S3ObjectCollectionFormType",
        "bucketArn: String, filters: StringList",
    ),
    form(
        "AssetCommonDetailsForm",
        "amazon.datazone.AssetCommonDetailsFormType",
        "readMe: String, sourceIdentifier: String, customProperties: StringMap",
    ),
    form(
        "ColumnBusinessMetadataForm",
        "amazon.datazone.ColumnBusinessMetadataFormType",
        "columnsBusinessMetadata: ColumnBusinessMetadataList",
    ),
    form(
        "DataSourceReferenceForm",
        "amazon.datazone.DataSourceReferenceFormType",
        "dataSourceIdentifier: String, dataSourceType: String, latestDataSourceRunId: String",
    ),
    form(
        "SubscriptionTermsForm",
        "amazon.datazone.SubscriptionTermsFormType",
        "approvalRequired: String",
    ),
    form(
        "RelationalFilterConfigurationForm",
        "amazon.datazone.RelationalFilterConfigurationFormType",
        "databaseName: String, schemaName: String",
    ),
    form(
        "DataQualityResultForm",
        "amazon.datazone.DataQualityResultFormType",
        "evaluationsCount: Integer, passingPercentage: Double, evaluations: EvaluationList",
    ),
    form(
        "GlueSubscriptionTargetConfigForm",
        "amazon.datazone.GlueSubscriptionTargetConfigFormType",
        "databaseName: String",
    ),
    form(
        "RedshiftSubscriptionTargetConfigForm",
        "amazon.datazone.RedshiftSubscriptionTargetConfigFormType",
        "databaseName: String, secretManagerArn: String, clusterIdentifier: String",
    ),
    form(
        "DatasetLineageForm",
        "amazon.datazone.DatasetLineageFormType",
        "namespace: String, name: String, facets: Document",
    ),
    form(
        "ColumnLineageForm",
        "amazon.datazone.ColumnLineageFormType",
        "fields: Document",
    ),
    form(
        "JobLineageForm",
        "amazon.datazone.JobLineageFormType",
        "namespace: String, name: String, facets: Document",
    ),
    form(
        "JobRunLineageForm",
        "amazon.datazone.JobRunLineageFormType",
        "runId: String, status: String, facets: Document",
    ),
];

const fn asset(name: &'static str, required: &'static str) -> ManagedAsset {
    ManagedAsset { name, required }
}

pub(super) const ASSETS: [ManagedAsset; 5] = [
    asset("amazon.datazone.GlueTableAssetType", "GlueTableForm"),
    asset("amazon.datazone.GlueViewAssetType", "GlueViewForm"),
    asset(
        "amazon.datazone.RedshiftTableAssetType",
        "RedshiftTableForm",
    ),
    asset("amazon.datazone.RedshiftViewAssetType", "RedshiftViewForm"),
    asset(
        "amazon.datazone.S3ObjectCollectionAssetType",
        "S3ObjectCollectionForm",
    ),
];

const fn node(name: &'static str, form: &'static str) -> ManagedNode {
    ManagedNode { name, form }
}

pub(super) const NODES: [ManagedNode; 3] = [
    node(
        "amazon.datazone.DatasetLineageNodeType",
        "DatasetLineageForm",
    ),
    node("amazon.datazone.JobLineageNodeType", "JobLineageForm"),
    node("amazon.datazone.JobRunLineageNodeType", "JobRunLineageForm"),
];

/// The managed form type that a form of this name has.
pub(super) fn form_named(form: &str) -> Option<ManagedForm> {
    FORMS.into_iter().find(|known| known.form == form)
}
