use datamesh_aws::glue::{Column, CreateDatabase, CreateResourceLink, CreateTable, TableName};
use datamesh_aws::lakeformation::{
    CellsFilter, Entry, FilterColumns, ListOptIns, ListPermissions, Permission, RegisterLocation,
    Resource, ResourceKind, Settings, Tag, is_nothing_to_revoke,
};
use datamesh_aws::{CallCx, ErrorClass, PageRequest};

use crate::setup::{HOME, World};

pub const ANALYST: &str = "arn:aws:iam::111111111111:role/analyst";

/// Settings with which nobody gets anything on what is made, and other accounts can be granted to.
pub fn closed() -> Settings {
    Settings {
        parameters: [("CROSS_ACCOUNT_VERSION".to_owned(), "4".to_owned())].into(),
        ..Settings::default()
    }
}

/// `sales.orders` with `id` and `amount`, closed.
pub async fn orders(world: &World) {
    let lake = world.aws.lakeformation(&world.home);
    lake.put_settings(closed()).await.unwrap();
    let glue = world.aws.glue(&world.home);
    let sales = CreateDatabase {
        name: "sales".into(),
        ..CreateDatabase::default()
    };
    glue.create_database(sales).await.unwrap();
    let column = |name: &str| Column {
        name: name.into(),
        kind: "string".into(),
        comment: None,
    };
    let table = CreateTable {
        database: "sales".into(),
        name: "orders".into(),
        columns: vec![column("id"), column("amount")],
        location: Some("s3://lake/orders/".into()),
        ..CreateTable::default()
    };
    glue.create_table(table).await.unwrap();
}

pub fn table() -> Resource {
    ResourceKind::Table {
        database: "sales".into(),
        name: "orders".into(),
    }
    .here()
}

pub fn entry(resource: Resource, permissions: &[Permission]) -> Entry {
    Entry {
        principal: ANALYST.into(),
        resource,
        permissions: permissions.to_vec(),
        grantable: Vec::new(),
    }
}

#[tokio::test]
async fn what_is_granted_is_listed_in_pages_and_taken_once() {
    let world = World::new();
    orders(&world).await;
    let lake = world.aws.lakeformation(&world.home);
    let wanted = entry(table(), &[Permission::Describe, Permission::Select]);
    lake.grant(wanted.clone()).await.unwrap();
    let mut rows = Vec::new();
    let mut next_token = None;
    loop {
        let page = ListPermissions {
            resource: Some(table()),
            page: PageRequest {
                max_results: Some(1),
                next_token,
            },
            ..ListPermissions::default()
        };
        let page = lake.list_permissions(page).await.unwrap();
        rows.extend(page.items);
        next_token = page.next_token;
        if next_token.is_none() {
            break;
        }
    }
    let all_columns = ResourceKind::ColumnsExcept {
        database: "sales".into(),
        table: "orders".into(),
        excluded: Vec::new(),
    };
    let seen: Vec<_> = rows
        .into_iter()
        .map(|row| (row.resource, row.permissions, row.updated_at_ms.is_some()))
        .collect();
    let in_home = |mut resource: Resource| {
        resource.catalog = Some(HOME.to_owned());
        resource
    };
    assert_eq!(
        seen,
        [
            (in_home(table()), vec![Permission::Describe], true),
            (all_columns.of(HOME), vec![Permission::Select], true),
        ]
    );
    lake.revoke(wanted.clone()).await.unwrap();
    let error = lake.revoke(wanted).await.unwrap_err();
    assert!(is_nothing_to_revoke(&error), "{error}");
    assert_eq!(error.class, ErrorClass::Terminal);
}

#[tokio::test]
async fn a_batch_answers_for_each_entry_in_order() {
    let world = World::new();
    orders(&world).await;
    let lake = world.aws.lakeformation(&world.home);
    let gone = ResourceKind::Table {
        database: "sales".into(),
        name: "gone".into(),
    };
    let entries = vec![
        entry(gone.here(), &[Permission::Describe]),
        entry(table(), &[Permission::Describe]),
    ];
    let granted = lake.batch_grant(entries).await.unwrap();
    assert!(granted[0].as_ref().unwrap_err().is_not_found());
    assert_eq!(granted[1], Ok(()));
    let entries = vec![
        entry(table(), &[Permission::Describe]),
        entry(table(), &[Permission::Drop]),
    ];
    let revoked = lake.batch_revoke(entries).await.unwrap();
    assert_eq!(revoked[0], Ok(()));
    assert!(is_nothing_to_revoke(revoked[1].as_ref().unwrap_err()));
}

#[tokio::test]
async fn tags_filters_opt_ins_and_locations_come_back_as_they_were_made() {
    let world = World::new();
    orders(&world).await;
    let lake = world.aws.lakeformation(&world.home);
    let tier = Tag {
        key: "tier".into(),
        values: vec!["gold".into()],
    };
    lake.create_tag(tier.clone()).await.unwrap();
    lake.update_tag("tier", vec!["silver".into()], Vec::new())
        .await
        .unwrap();
    assert_eq!(
        lake.get_tag("tier").await.unwrap().values,
        ["gold", "silver"]
    );
    let gold = [("tier".to_owned(), "gold".to_owned())];
    let failures = lake.add_tags(table(), gold.clone().into()).await.unwrap();
    assert_eq!(failures, []);
    let unknown = [("tier".to_owned(), "lead".to_owned())];
    let failures = lake.add_tags(table(), unknown.into()).await.unwrap();
    assert_eq!(failures[0].key, "tier");
    assert!(failures[0].error.is_not_found());
    let tags = lake.get_resource_tags(table(), true).await.unwrap();
    assert_eq!(tags.table, gold.clone().into());
    assert_eq!(lake.remove_tags(table(), gold.into()).await.unwrap(), []);
    lake.delete_tag("tier").await.unwrap();

    let filter = CellsFilter {
        catalog: HOME.into(),
        database: "sales".into(),
        table: "orders".into(),
        name: "cheap".into(),
        columns: FilterColumns::Only(vec!["id".into()]),
        rows: Some("amount = '1'".into()),
    };
    lake.create_filter(filter.clone()).await.unwrap();
    let all = CellsFilter {
        columns: FilterColumns::AllBut(Vec::new()),
        rows: None,
        ..filter.clone()
    };
    assert!(
        lake.create_filter(all.clone())
            .await
            .unwrap_err()
            .is_conflict()
    );
    let listed = lake
        .list_filters(HOME, "sales", "orders", PageRequest::default())
        .await
        .unwrap();
    assert_eq!(listed.items, [filter]);
    lake.update_filter(all.clone()).await.unwrap();
    let got = lake.get_filter(HOME, "sales", "orders", "cheap").await;
    assert_eq!(got.unwrap(), all);
    lake.delete_filter(HOME, "sales", "orders", "cheap")
        .await
        .unwrap();

    lake.create_opt_in(ANALYST, table()).await.unwrap();
    let opt_ins = ListOptIns {
        resource: Some(table()),
        ..ListOptIns::default()
    };
    let opted = lake.list_opt_ins(opt_ins).await.unwrap().items;
    assert_eq!(opted[0].principal, ANALYST);
    lake.delete_opt_in(ANALYST, table()).await.unwrap();
    let again = lake.delete_opt_in(ANALYST, table()).await.unwrap_err();
    assert!(again.is_not_found());

    let arn = "arn:aws:s3:::lake";
    let location = RegisterLocation {
        arn: arn.into(),
        role_arn: Some("arn:aws:iam::111111111111:role/lake".into()),
        hybrid: true,
    };
    lake.register_location(location.clone()).await.unwrap();
    assert!(
        lake.register_location(location)
            .await
            .unwrap_err()
            .is_conflict()
    );
    lake.update_location(arn, "arn:aws:iam::111111111111:role/other", false)
        .await
        .unwrap();
    let locations = lake.list_locations(PageRequest::default()).await.unwrap();
    assert!(
        locations.items[0]
            .role_arn
            .as_ref()
            .unwrap()
            .ends_with("role/other")
    );
    assert!(!lake.describe_location(arn).await.unwrap().hybrid);
    lake.deregister_location(arn).await.unwrap();
    assert!(
        lake.describe_location(arn)
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[tokio::test]
async fn a_resource_link_says_where_it_leads() {
    let world = World::new();
    orders(&world).await;
    let target = TableName {
        catalog: HOME.into(),
        database: "sales".into(),
        name: "orders".into(),
    };
    let link = CreateResourceLink {
        database: "sales".into(),
        name: "link".into(),
        target: target.clone(),
        parameters: Default::default(),
    };
    let glue = world.aws.glue(&world.home);
    glue.create_resource_link(link.clone()).await.unwrap();
    assert!(
        glue.create_resource_link(link)
            .await
            .unwrap_err()
            .is_conflict()
    );
    let link = glue.get_table("sales", "link").await.unwrap();
    assert_eq!(link.link_to, Some(target));
    let tables = glue.get_tables(None, "sales", PageRequest::default()).await;
    let names: Vec<_> = tables.unwrap().items.into_iter().map(|t| t.name).collect();
    assert_eq!(names, ["link", "orders"]);
    let stranger = CallCx::in_account("333333333333");
    let hidden = world.aws.glue(&stranger);
    assert!(
        hidden
            .get_table_of(Some(HOME), "sales", "orders")
            .await
            .is_err()
    );
}
