//! `ListPermissions`: pages, filters, implicit entries.

use aws_sdk_lakeformation::types::{DataLakeResourceType, Permission};

use crate::setup::ACCOUNT;
use crate::stage::{
    ANALYST, database, listed, orders, principal, refused, short, shown, stage, table,
};

const STEWARD: &str = "arn:aws:iam::111122223333:role/steward";

#[tokio::test]
async fn pages_split_a_grant_and_lose_nothing() {
    let stage = stage().await;
    let both = &[Permission::Select, Permission::Insert];
    for name in ["a", "b", "c"] {
        let role = format!("arn:aws:iam::{ACCOUNT}:role/{name}");
        stage.grant(&role, orders(), both).await;
    }
    for size in [1, 2, 3, 5, 6] {
        let list = stage.lake.list_permissions().resource(orders());
        let pages = list.into_paginator().page_size(size).send();
        let pages = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
        let sizes: Vec<usize> = pages
            .iter()
            .map(|page| page.principal_resource_permissions().len())
            .collect();
        assert!(
            sizes.iter().all(|&s| s <= size.unsigned_abs() as usize),
            "{sizes:?}"
        );
        let entries: Vec<String> = pages
            .iter()
            .flat_map(|page| page.principal_resource_permissions())
            .map(short)
            .collect();
        assert_eq!(
            entries,
            [
                "a: table orders: INSERT",
                "a: columns *: SELECT",
                "b: table orders: INSERT",
                "b: columns *: SELECT",
                "c: table orders: INSERT",
                "c: columns *: SELECT",
            ],
            "pages of {size}"
        );
    }
}

#[tokio::test]
async fn lists_are_by_principal_by_kind_and_by_both() {
    let stage = stage().await;
    stage.create_table("stock").await;
    let select = &[Permission::Select];
    stage.grant(ANALYST, orders(), select).await;
    stage.grant(STEWARD, orders(), select).await;
    stage
        .grant(ANALYST, table("stock"), &[Permission::Drop])
        .await;
    stage
        .grant(ANALYST, database(), &[Permission::Describe])
        .await;
    let list = || stage.lake.list_permissions();
    let entries =
        |page: aws_sdk_lakeformation::operation::list_permissions::ListPermissionsOutput| {
            let entries = page.principal_resource_permissions().iter().map(short);
            entries.collect::<Vec<String>>()
        };
    let all = list().principal(principal(ANALYST)).send().await.unwrap();
    assert_eq!(
        entries(all),
        [
            "analyst: database sales: DESCRIBE",
            "analyst: columns *: SELECT",
            "analyst: table stock: DROP"
        ]
    );
    let databases = list().resource_type(DataLakeResourceType::Database);
    let databases = databases.send().await.unwrap();
    assert_eq!(entries(databases), ["analyst: database sales: DESCRIBE"]);
    let one = list().principal(principal(STEWARD)).resource(orders());
    let one = one.send().await.unwrap();
    assert_eq!(entries(one), ["steward: columns *: SELECT"]);
    let mut pages = list()
        .principal(principal(ANALYST))
        .into_paginator()
        .page_size(1)
        .send();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        count += page.unwrap().principal_resource_permissions().len();
    }
    assert_eq!(count, 3);
}

#[tokio::test]
async fn admins_show_with_what_cannot_be_revoked() {
    let stage = stage().await;
    stage.settings(ACCOUNT, &[STEWARD], "4").await;
    stage.grant(ANALYST, orders(), &[Permission::Select]).await;
    let entries = listed(&stage.lake, orders()).await;
    assert!(entries[0].last_updated().is_none(), "nobody granted it");
    let entries: Vec<String> = entries.iter().map(short).collect();
    assert_eq!(entries.len(), 2);
    assert!(entries[0].starts_with("steward: table orders: ALTER+DELETE"));
    let revoke = crate::stage::revoke(&stage.lake, STEWARD, orders(), &[Permission::Alter]);
    let message = revoke.await.unwrap_err().1;
    assert!(message.starts_with("No permissions revoked."), "{message}");

    let list = stage.lake.list_permissions().resource(orders());
    let pages = list.into_paginator().page_size(1).send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.unwrap();
    assert_eq!(pages.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_listed_is_refused() {
    use aws_sdk_glue::types::{DatabaseIdentifier, DatabaseInput};
    let stage = stage().await;
    let target = DatabaseIdentifier::builder().catalog_id("444455556666");
    let link = DatabaseInput::builder()
        .name("link")
        .target_database(target.database_name("theirs").build());
    let create = stage.glue().create_database();
    create
        .database_input(link.build().unwrap())
        .send()
        .await
        .unwrap();
    let link = aws_sdk_lakeformation::types::DatabaseResource::builder().name("link");
    let link = aws_sdk_lakeformation::types::Resource::builder().database(link.build().unwrap());
    let list = stage.lake.list_permissions().resource(link.build()).send();
    let error = refused(&list.await.unwrap_err().into_service_error());
    assert_eq!(error.0, "InvalidInputException");
    assert!(
        error.1.starts_with("Resource link database link"),
        "{}",
        error.1
    );

    let list = stage.lake.list_permissions().next_token("x").send();
    let error = refused(&list.await.unwrap_err().into_service_error());
    assert_eq!(error.0, "InvalidInputException");
    let columns = crate::stage::columns(&["id"]);
    let list = stage.lake.list_permissions().resource(columns).send();
    let error = refused(&list.await.unwrap_err().into_service_error());
    assert_eq!(error.0, "InvalidInputException");
}

#[tokio::test]
async fn grants_are_still_there_after_a_restart() {
    use crate::setup::{REGION, open_file, sdk};
    use aws_sdk_lakeformation::Client;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    let database = database();
    {
        let cloud = open_file(&path).unwrap();
        let config = sdk(&cloud, ACCOUNT, REGION);
        let input = aws_sdk_glue::types::DatabaseInput::builder().name("sales");
        let create = aws_sdk_glue::Client::new(&config).create_database();
        let create = create.database_input(input.build().unwrap());
        create.send().await.unwrap();
        let lake = Client::new(&config);
        crate::stage::grant(&lake, ANALYST, database.clone(), &[Permission::Drop], &[])
            .await
            .unwrap();
    }
    let cloud = open_file(&path).unwrap();
    let lake = Client::new(&sdk(&cloud, ACCOUNT, REGION));
    assert_eq!(
        shown(&lake, database).await,
        [
            "IAM_ALLOWED_PRINCIPALS: database sales: ALL",
            "analyst: database sales: DROP"
        ]
    );
}
