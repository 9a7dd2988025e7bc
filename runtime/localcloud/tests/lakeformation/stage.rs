//! A producer with a table, a consumer, and roles in both.

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_sdk_lakeformation::Client;
use aws_sdk_lakeformation::types::{
    ColumnWildcard, DataCellsFilterResource, DataLakePrincipal, DataLakeSettings, DatabaseResource,
    Permission, PrincipalResourcePermissions, Resource, TableResource, TableWildcard,
    TableWithColumnsResource,
};
use aws_types::SdkConfig;
use datamesh_localcloud::{LocalCloud, ManualClock};

use crate::setup::{ACCOUNT, OTHER_ACCOUNT, REGION, cloud, sdk, sdk_with};

pub const ANALYST: &str = "arn:aws:iam::111122223333:role/analyst";
/// Of the consumer.
pub const READER: &str = "arn:aws:iam::444455556666:role/reader";

/// The producer, 111122223333, has the table `orders` (`id`, `region`, `amount`; by `day`) in the
/// database `sales`; nobody but its root has anything on them.
pub struct Stage {
    pub cloud: LocalCloud,
    pub clock: Arc<ManualClock>,
    /// The root's client in the producer.
    pub lake: Client,
}

/// The stage, with new databases and tables closed.
pub async fn stage() -> Stage {
    let stage = fresh();
    stage.settings(ACCOUNT, &[], "4").await;
    stage.settings(OTHER_ACCOUNT, &[], "4").await;
    stage.create_table("orders").await;
    stage
}

/// A cloud in which nobody has changed any settings, and that is empty.
pub fn fresh() -> Stage {
    let (cloud, clock) = cloud();
    Stage {
        lake: Client::new(&sdk(&cloud, ACCOUNT, REGION)),
        cloud,
        clock,
    }
}

impl Stage {
    /// The root's configuration in an account.
    pub fn root(&self, account: &str) -> SdkConfig {
        sdk(&self.cloud, account, REGION)
    }

    /// A session of a role.
    pub async fn role(&self, arn: &str) -> SdkConfig {
        let account = arn.split(':').nth(4).unwrap();
        let sts = aws_sdk_sts::Client::new(&self.root(account));
        let assume = sts.assume_role().role_arn(arn).role_session_name("test");
        let assumed = assume.send().await.unwrap();
        let key = assumed.credentials().unwrap();
        let credentials = Credentials::new(
            key.access_key_id(),
            key.secret_access_key(),
            Some(key.session_token().to_owned()),
            None,
            "test",
        );
        sdk_with(&self.cloud, credentials, REGION)
    }

    pub async fn lake_as(&self, arn: &str) -> Client {
        Client::new(&self.role(arn).await)
    }

    pub fn glue(&self) -> aws_sdk_glue::Client {
        aws_sdk_glue::Client::new(&self.root(ACCOUNT))
    }

    /// Writes an account's settings whole: its admins and version of sharing, and nothing by default
    /// on what is created.
    pub async fn settings(&self, account: &str, admins: &[&str], version: &str) {
        let admins = admins.iter().map(|arn| principal(arn)).collect();
        let settings = DataLakeSettings::builder()
            .set_data_lake_admins(Some(admins))
            .parameters("CROSS_ACCOUNT_VERSION", version)
            .build();
        let lake = Client::new(&self.root(account));
        let put = lake.put_data_lake_settings().data_lake_settings(settings);
        put.send().await.unwrap();
    }

    /// A table in the producer's `sales`, which is created if it is not there.
    pub async fn create_table(&self, name: &str) {
        use aws_sdk_glue::types::{Column, DatabaseInput, StorageDescriptor, TableInput};
        let glue = self.glue();
        let sales = DatabaseInput::builder().name("sales").build().unwrap();
        let _ = glue.create_database().database_input(sales).send().await;
        let column = |name: &str| Column::builder().name(name).r#type("string").build();
        let storage = StorageDescriptor::builder()
            .location(format!("s3://lake/sales/{name}/"))
            .columns(column("id").unwrap())
            .columns(column("region").unwrap())
            .columns(column("amount").unwrap());
        let table = TableInput::builder()
            .name(name)
            .storage_descriptor(storage.build())
            .partition_keys(column("day").unwrap())
            .build()
            .unwrap();
        let create = glue.create_table().database_name("sales");
        create.table_input(table).send().await.unwrap();
    }

    pub async fn drop_table(&self, name: &str) {
        let glue = self.glue();
        let drop = glue.delete_table().database_name("sales").name(name);
        drop.send().await.unwrap();
    }

    /// Grants as the producer's root; must succeed.
    pub async fn grant(&self, to: &str, resource: Resource, permissions: &[Permission]) {
        grant(&self.lake, to, resource, permissions, &[])
            .await
            .unwrap();
    }

    /// Revokes as the producer's root; must succeed.
    pub async fn revoke(&self, from: &str, resource: Resource, permissions: &[Permission]) {
        revoke(&self.lake, from, resource, permissions)
            .await
            .unwrap();
    }

    /// What a configuration may read of the producer's `orders`.
    pub async fn reads(&self, config: &SdkConfig) -> Result<Seen, String> {
        reads(config, ACCOUNT, "sales", "orders").await
    }

    /// The consumer accepts every invitation that is pending; how many there were.
    pub async fn accept(&self) -> usize {
        use aws_sdk_ram::types::ResourceShareInvitationStatus as Status;
        let ram = aws_sdk_ram::Client::new(&self.root(OTHER_ACCOUNT));
        let invited = ram.get_resource_share_invitations().send().await.unwrap();
        let mut accepted = 0;
        for invitation in invited.resource_share_invitations() {
            if invitation.status() == Some(&Status::Pending) {
                let arn = invitation.resource_share_invitation_arn().unwrap();
                let accept = ram.accept_resource_share_invitation();
                let accept = accept.resource_share_invitation_arn(arn);
                accept.send().await.unwrap();
                accepted += 1;
            }
        }
        accepted
    }
}

/// Columns, and the rows' predicate if there is one.
pub type Seen = (Vec<String>, Option<String>);

/// Columns of all rows.
#[allow(clippy::unnecessary_wraps, reason = "compared with a result")]
pub fn all_rows(columns: &[&str]) -> Result<Seen, String> {
    Ok((columns.iter().map(|&c| c.to_owned()).collect(), None))
}

/// Columns of some rows.
#[allow(clippy::unnecessary_wraps, reason = "compared with a result")]
pub fn some_rows(columns: &[&str], predicate: &str) -> Result<Seen, String> {
    let columns = columns.iter().map(|&c| c.to_owned()).collect();
    Ok((columns, Some(predicate.to_owned())))
}

/// What a query engine learns that a caller may read, or the refusal.
pub async fn reads(
    config: &SdkConfig,
    catalog: &str,
    database: &str,
    table: &str,
) -> Result<Seen, String> {
    use aws_sdk_glue::error::ProvideErrorMetadata as _;
    use aws_sdk_glue::types::PermissionType;
    let glue = aws_sdk_glue::Client::new(config);
    let get = glue
        .get_unfiltered_table_metadata()
        .catalog_id(catalog)
        .database_name(database)
        .name(table)
        .supported_permission_types(PermissionType::ColumnPermission)
        .supported_permission_types(PermissionType::CellFilterPermission);
    match get.send().await {
        Ok(got) => {
            let filter = got.cell_filters().first();
            let rows = filter.and_then(|filter| filter.row_filter_expression());
            Ok((got.authorized_columns().to_vec(), rows.map(str::to_owned)))
        }
        Err(error) => {
            let error = error.into_service_error();
            Err(error.message().unwrap_or_default().to_owned())
        }
    }
}

/// A refusal's code and message.
pub type Refused = (String, String);

pub async fn grant(
    lake: &Client,
    to: &str,
    resource: Resource,
    permissions: &[Permission],
    with_grant_option: &[Permission],
) -> Result<(), Refused> {
    let grant = lake
        .grant_permissions()
        .principal(principal(to))
        .resource(resource)
        .set_permissions(Some(permissions.to_vec()))
        .set_permissions_with_grant_option(Some(with_grant_option.to_vec()));
    let outcome = grant.send().await;
    outcome
        .map(|_| ())
        .map_err(|error| refused(&error.into_service_error()))
}

pub async fn revoke(
    lake: &Client,
    from: &str,
    resource: Resource,
    permissions: &[Permission],
) -> Result<(), Refused> {
    let revoke = lake
        .revoke_permissions()
        .principal(principal(from))
        .resource(resource)
        .set_permissions(Some(permissions.to_vec()));
    let outcome = revoke.send().await;
    outcome
        .map(|_| ())
        .map_err(|error| refused(&error.into_service_error()))
}

pub fn refused(error: &dyn aws_sdk_lakeformation::error::ProvideErrorMetadata) -> Refused {
    (
        error.code().unwrap_or_default().to_owned(),
        error.message().unwrap_or_default().to_owned(),
    )
}

/// Everything that is listed on a resource, all pages.
pub async fn listed(lake: &Client, resource: Resource) -> Vec<PrincipalResourcePermissions> {
    pages(lake, resource, 100).await.concat()
}

/// The same, page by page.
pub async fn pages(
    lake: &Client,
    resource: Resource,
    size: i32,
) -> Vec<Vec<PrincipalResourcePermissions>> {
    let list = lake.list_permissions().resource(resource);
    let pages = list.into_paginator().page_size(size).send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    pages
        .into_iter()
        .map(|page| page.principal_resource_permissions.unwrap_or_default())
        .collect()
}

/// An entry in short: who, what kind of resource, which permissions.
pub fn short(entry: &PrincipalResourcePermissions) -> String {
    let resource = entry.resource().unwrap();
    let kind = if let Some(table) = resource.table_with_columns() {
        let wildcard = table.column_wildcard();
        match wildcard.map(|wildcard| wildcard.excluded_column_names()) {
            None => format!("columns {}", table.column_names().join(",")),
            Some([]) => "columns *".to_owned(),
            Some(excluded) => format!("columns * but {}", excluded.join(",")),
        }
    } else if let Some(table) = resource.table() {
        format!("table {}", table.name().unwrap())
    } else if let Some(database) = resource.database() {
        format!("database {}", database.name())
    } else if let Some(filter) = resource.data_cells_filter() {
        format!("filter {}", filter.name().unwrap())
    } else {
        "other".to_owned()
    };
    let names = |permissions: &[Permission]| {
        let names: Vec<&str> = permissions.iter().map(Permission::as_str).collect();
        names.join("+")
    };
    let who = entry.principal().unwrap();
    let who = who.data_lake_principal_identifier().unwrap();
    let who = who.rsplit('/').next().unwrap();
    let passed = names(entry.permissions_with_grant_option());
    let passed = if passed.is_empty() {
        passed
    } else {
        format!(" (grants {passed})")
    };
    format!("{who}: {kind}: {}{passed}", names(entry.permissions()))
}

/// The list on a resource, in short.
pub async fn shown(lake: &Client, resource: Resource) -> Vec<String> {
    listed(lake, resource).await.iter().map(short).collect()
}

pub fn principal(arn: &str) -> DataLakePrincipal {
    DataLakePrincipal::builder()
        .data_lake_principal_identifier(arn)
        .build()
}

/// The producer's `sales`.
pub fn database() -> Resource {
    let database = DatabaseResource::builder()
        .catalog_id(ACCOUNT)
        .name("sales");
    Resource::builder()
        .database(database.build().unwrap())
        .build()
}

/// A table of the producer's.
pub fn table(name: &str) -> Resource {
    let table = TableResource::builder().catalog_id(ACCOUNT);
    let table = table.database_name("sales").name(name).build().unwrap();
    Resource::builder().table(table).build()
}

/// The producer's `orders`.
pub fn orders() -> Resource {
    table("orders")
}

/// All tables of the producer's `sales`.
pub fn all_tables() -> Resource {
    let table = TableResource::builder().catalog_id(ACCOUNT);
    let table = table
        .database_name("sales")
        .table_wildcard(TableWildcard::builder().build());
    Resource::builder().table(table.build().unwrap()).build()
}

/// Columns of the producer's `orders`.
pub fn columns(names: &[&str]) -> Resource {
    let table = TableWithColumnsResource::builder().catalog_id(ACCOUNT);
    let table = table
        .database_name("sales")
        .name("orders")
        .set_column_names(Some(names.iter().map(|&name| name.to_owned()).collect()));
    Resource::builder()
        .table_with_columns(table.build().unwrap())
        .build()
}

/// All columns of the producer's `orders` but these.
pub fn all_but(names: &[&str]) -> Resource {
    let excluded = names.iter().map(|&name| name.to_owned()).collect();
    let wildcard = ColumnWildcard::builder()
        .set_excluded_column_names(Some(excluded))
        .build();
    let table = TableWithColumnsResource::builder().catalog_id(ACCOUNT);
    let table = table
        .database_name("sales")
        .name("orders")
        .column_wildcard(wildcard);
    Resource::builder()
        .table_with_columns(table.build().unwrap())
        .build()
}

/// A data cells filter on the producer's `orders`.
pub fn filter(name: &str) -> Resource {
    let filter = DataCellsFilterResource::builder()
        .table_catalog_id(ACCOUNT)
        .database_name("sales")
        .table_name("orders")
        .name(name);
    Resource::builder()
        .data_cells_filter(filter.build())
        .build()
}
