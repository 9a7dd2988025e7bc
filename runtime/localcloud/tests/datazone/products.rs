//! Data products, filters of assets, and the searches that span many things.

use aws_sdk_datazone::operation::create_data_product::builders::CreateDataProductFluentBuilder;
use aws_sdk_datazone::types::{
    AggregationListItem, AssetFilterConfiguration, ChangeAction, ColumnFilterConfiguration,
    DataProductItem, EntityType, EqualToExpression, FilterStatus, FormInput, InventorySearchScope,
    ListingItem, ListingStatus, RowFilter, RowFilterConfiguration, RowFilterExpression,
};

use crate::stage::{SETTLED, Zone, names, zone};

impl Zone {
    fn create_product(&self, project: &str, asset: &str) -> CreateDataProductFluentBuilder {
        let item = DataProductItem::builder()
            .item_type("ASSET".into())
            .identifier(asset);
        let create = self
            .client
            .create_data_product()
            .domain_identifier(&self.domain);
        let create = create.owning_project_identifier(project).name("sales");
        create.items(item.build().unwrap())
    }
}

#[tokio::test]
async fn a_data_product_is_listed_once_its_assets_are() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let asset = zone.asset(&project, "orders").await;
    let product = zone.create_product(&project, &asset).send().await.unwrap();
    let twice = zone
        .create_product(&project, &asset)
        .send()
        .await
        .unwrap_err();
    assert!(twice.into_service_error().is_conflict_exception());
    let publish = || {
        let publish = zone
            .client
            .create_listing_change_set()
            .domain_identifier(&zone.domain);
        let publish = publish
            .entity_type(EntityType::DataProduct)
            .entity_identifier(product.id());
        publish.action(ChangeAction::Publish).send()
    };
    let early = publish().await.unwrap_err().into_service_error();
    assert!(early.is_validation_exception(), "{early}");
    let of_asset = zone.change(&asset, ChangeAction::Publish).await;
    let listing = publish().await.unwrap();
    zone.clock.advance(SETTLED);
    let get = zone.client.get_listing().domain_identifier(&zone.domain);
    let got = get.identifier(listing.listing_id()).send().await.unwrap();
    let Some(ListingItem::DataProductListing(listed)) = got.item() else {
        panic!("not a data product: {got:?}");
    };
    assert_eq!(listed.items()[0].listing_id(), Some(of_asset.listing_id()));

    let delete = zone
        .client
        .delete_data_product()
        .domain_identifier(&zone.domain);
    let refused = delete.identifier(product.id()).send().await.unwrap_err();
    assert!(refused.into_service_error().is_conflict_exception());
    let search = zone.client.search().domain_identifier(&zone.domain);
    let found = search
        .search_scope(InventorySearchScope::DataProduct)
        .send()
        .await
        .unwrap();
    assert_eq!(found.total_match_count(), Some(1));
}

#[tokio::test]
async fn a_data_product_can_be_unlisted_after_its_assets() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let asset = zone.asset(&project, "orders").await;
    let product = zone.create_product(&project, &asset).send().await.unwrap();
    let change = |action: ChangeAction| {
        let change = zone
            .client
            .create_listing_change_set()
            .domain_identifier(&zone.domain);
        let change = change
            .entity_type(EntityType::DataProduct)
            .entity_identifier(product.id());
        change.action(action).send()
    };
    zone.change(&asset, ChangeAction::Publish).await;
    let listed = change(ChangeAction::Publish).await.unwrap();
    zone.change(&asset, ChangeAction::Unpublish).await;
    let unlisted = change(ChangeAction::Unpublish).await.unwrap();
    assert_eq!(unlisted.listing_id(), listed.listing_id());
    let status = zone.listing_status(listed.listing_id()).await;
    assert_eq!(status, ListingStatus::Inactive);
}

#[tokio::test]
async fn a_new_revision_of_a_data_product_replaces_everything() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let asset = zone.asset(&project, "orders").await;
    let product = zone.create_product(&project, &asset).send().await.unwrap();
    let revise = zone
        .client
        .create_data_product_revision()
        .domain_identifier(&zone.domain);
    let revised = revise
        .identifier(product.id())
        .name("turnover")
        .send()
        .await
        .unwrap();
    assert_eq!(revised.revision(), "2");
    assert!(revised.items().is_empty());
    let list = zone
        .client
        .list_data_product_revisions()
        .domain_identifier(&zone.domain);
    let listed = list.identifier(product.id()).send().await.unwrap();
    let numbers: Vec<_> = listed
        .items()
        .iter()
        .map(|one| one.revision().unwrap())
        .collect();
    assert_eq!(numbers, ["2", "1"]);
    let get = zone
        .client
        .get_data_product()
        .domain_identifier(&zone.domain);
    let first = get
        .identifier(product.id())
        .revision("1")
        .send()
        .await
        .unwrap();
    assert_eq!(first.items().len(), 1);
}

#[tokio::test]
async fn a_filter_is_valid_while_the_asset_has_its_columns() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let form = FormInput::builder()
        .form_name("GlueTableForm")
        .content(r#"{"tableName":"t","columns":[{"columnName":"id"},{"columnName":"country"}]}"#);
    let create = zone.create_asset(&project, "t");
    let create = create.set_forms_input(Some(vec![form.build().unwrap()]));
    let asset = create.send().await.unwrap().id().to_owned();
    let create = |name: &str, configuration: AssetFilterConfiguration| {
        let create = zone
            .client
            .create_asset_filter()
            .domain_identifier(&zone.domain);
        create
            .asset_identifier(&asset)
            .name(name)
            .configuration(configuration)
            .send()
    };
    let columns = |name: &str| {
        let columns = ColumnFilterConfiguration::builder().included_column_names(name);
        AssetFilterConfiguration::ColumnConfiguration(columns.build())
    };
    let good = create("good", columns("id")).await.unwrap();
    assert_eq!(good.status(), Some(&FilterStatus::Valid));
    assert_eq!(good.effective_column_names(), ["id"]);
    let bad = create("bad", columns("name")).await.unwrap();
    assert_eq!(bad.status(), Some(&FilterStatus::Invalid));
    assert!(
        create("good", columns("id"))
            .await
            .unwrap_err()
            .into_service_error()
            .is_conflict_exception()
    );
    let equal = EqualToExpression::builder()
        .column_name("country")
        .value("DE")
        .build()
        .unwrap();
    let rows = RowFilter::Expression(RowFilterExpression::EqualTo(equal));
    let rows = RowFilterConfiguration::builder().row_filter(rows).build();
    let rows = create("rows", AssetFilterConfiguration::RowConfiguration(rows))
        .await
        .unwrap();
    assert_eq!(rows.effective_row_filter(), Some(r#""country" = 'DE'"#));
    let list = zone
        .client
        .list_asset_filters()
        .domain_identifier(&zone.domain);
    let list = list.asset_identifier(&asset).status(FilterStatus::Valid);
    assert_eq!(list.send().await.unwrap().items().len(), 2);
}

#[tokio::test]
async fn a_search_counts_values_and_says_where_words_are() {
    let zone = zone().await;
    let (one, two) = (zone.project("one").await, zone.project("two").await);
    for (project, name) in [(&one, "orders"), (&one, "order_lines"), (&two, "refunds")] {
        let asset = zone.asset(project, name).await;
        zone.change(&asset, ChangeAction::Publish).await;
    }
    let search = || {
        zone.client
            .search_listings()
            .domain_identifier(&zone.domain)
    };
    let hidden = search().send().await.unwrap();
    assert_eq!(
        (hidden.total_match_count(), hidden.items().len()),
        (Some(0), 0)
    );
    zone.clock.advance(SETTLED);
    let everything = search().max_results(2).send().await.unwrap();
    assert_eq!(names(&everything), ["order_lines", "orders"]);
    assert_eq!(everything.total_match_count(), Some(3));
    let next = everything.next_token().map(str::to_owned);
    assert_eq!(
        names(&search().set_next_token(next).send().await.unwrap()),
        ["refunds"]
    );

    let by_project = AggregationListItem::builder()
        .attribute("owningProjectId")
        .build()
        .unwrap();
    let found = search()
        .search_text("\"order\"")
        .aggregations(by_project)
        .additional_attributes("TEXT_MATCH_RATIONALE".into())
        .send()
        .await
        .unwrap();
    assert_eq!(names(&found), ["order_lines", "orders"]);
    let counted = &found.aggregates()[0].items()[0];
    assert_eq!(
        (counted.value(), counted.count()),
        (Some(one.as_str()), Some(2))
    );
    let listing = found.items()[1].as_asset_listing().unwrap();
    let rationale = listing.additional_attributes().unwrap().match_rationale();
    let matches = rationale[0].as_text_matches().unwrap();
    assert_eq!(matches[0].match_offsets()[0].end_offset(), Some(5));
}
