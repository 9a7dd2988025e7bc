//! Domains, projects, assets and listings.

use aws_sdk_datazone::Client;
use aws_sdk_datazone::error::ProvideErrorMetadata as _;
use aws_sdk_datazone::operation::search::SearchOutput;
use aws_sdk_datazone::types::{
    ChangeAction, DomainStatus, EntityType, Filter, FilterClause, FilterOperator, FormInput,
    InventorySearchScope, ListingItem, ListingStatus, SearchInventoryResultItem, SearchSort,
    SortOrder,
};
use datamesh_localcloud::{Fault, FaultEffect};

use crate::setup::{ACCOUNT, OTHER_ACCOUNT, REGION, sdk};
use crate::stage::{SETTLED, create_domain, glue_form, names, role, zone};

#[tokio::test]
async fn a_domain_becomes_available_and_is_gone_after_its_deletion() {
    let zone = zone().await;
    let create = zone.client.create_domain().name("second").description("d");
    let created = create.domain_execution_role(role()).send().await.unwrap();
    assert_eq!(created.status(), Some(&DomainStatus::Creating));
    let id = created.id();
    assert!(id.starts_with("dzd_") && id.len() == 17, "{id}");
    let arn = format!("arn:aws:datazone:{REGION}:{ACCOUNT}:domain/{id}");
    assert_eq!(created.arn(), Some(arn.as_str()));

    let get = || zone.client.get_domain().identifier(id).send();
    zone.clock.advance(SETTLED);
    let got = get().await.unwrap();
    assert_eq!(got.status(), &DomainStatus::Available);
    assert_eq!(got.description(), Some("d"));

    let deleted = zone
        .client
        .delete_domain()
        .identifier(id)
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.status(), &DomainStatus::Deleting);
    assert_eq!(get().await.unwrap().status(), &DomainStatus::Deleting);
    zone.clock.advance(SETTLED);
    let error = get().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception(), "{error}");
}

#[tokio::test]
async fn a_domain_needs_a_name_and_a_role() {
    let zone = zone().await;
    let create = || zone.client.create_domain();
    for (request, part) in [
        (create().name("x"), "null at 'domainExecutionRole'"),
        (
            create().name("").domain_execution_role(role()),
            "at 'name' failed to satisfy constraint: Member must have length greater",
        ),
        (
            create().name("x").domain_execution_role("admin"),
            "'admin' at 'domainExecutionRole' failed to satisfy constraint: Member must satisfy regular",
        ),
    ] {
        let error = request.send().await.unwrap_err().into_service_error();
        assert!(error.is_validation_exception(), "{error}");
        assert!(error.message().unwrap().contains(part), "{error}");
    }
    let get = zone.client.get_domain().identifier("nope").send().await;
    let error = get.unwrap_err().into_service_error();
    assert!(error.is_validation_exception(), "{error}");
}

#[tokio::test]
async fn a_token_makes_one_domain_however_often_it_is_sent() {
    let zone = zone().await;
    let create = |name: &str| {
        let create = zone.client.create_domain().name(name);
        let create = create.domain_execution_role(role()).client_token("t-1");
        create.tags("a", "1").tags("b", "2").tags("c", "3").send()
    };
    let first = create("second").await.unwrap();
    zone.clock.advance(SETTLED);
    let again = create("second").await.unwrap();
    assert_eq!(first.id(), again.id());
    let other = create("third").await.unwrap_err().into_service_error();
    assert!(other.is_conflict_exception(), "{other}");
    let listed = zone.client.list_domains().send().await.unwrap();
    assert_eq!(listed.items().len(), 2);
}

#[tokio::test]
async fn domains_are_updated_and_listed_by_status_and_in_pages() {
    let zone = zone().await;
    for name in ["b", "c"] {
        create_domain(&zone.client, name).await;
    }
    let update = zone.client.update_domain().identifier(&zone.domain);
    let updated = update.name("renamed").send().await.unwrap();
    assert_eq!(updated.name(), Some("renamed"));

    let list = zone.client.list_domains().status(DomainStatus::Available);
    let available = list.send().await.unwrap();
    assert_eq!(available.items().len(), 1);
    assert_eq!(available.items()[0].name(), "renamed");

    let mut seen = Vec::new();
    let mut token = None;
    loop {
        let list = zone.client.list_domains().max_results(2);
        let page = list.set_next_token(token).send().await.unwrap();
        seen.extend(page.items().iter().map(|domain| domain.id().to_owned()));
        token = page.next_token().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 3);
    let list = zone.client.list_domains().max_results(26);
    let error = list.send().await.unwrap_err().into_service_error();
    assert!(error.is_validation_exception());
    let list = zone.client.list_domains().next_token("bogus");
    let error = list.send().await.unwrap_err().into_service_error();
    assert!(error.is_validation_exception());
}

#[tokio::test]
async fn a_domain_with_projects_goes_only_if_they_may_go_with_it() {
    let zone = zone().await;
    let project = zone.project("sales").await;
    zone.asset(&project, "orders").await;
    let delete = || zone.client.delete_domain().identifier(&zone.domain);
    let error = delete().send().await.unwrap_err().into_service_error();
    assert!(error.is_conflict_exception(), "{error}");
    delete().skip_deletion_check(true).send().await.unwrap();
    let get = zone.client.get_project().domain_identifier(&zone.domain);
    let error = get.identifier(project).send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
}

#[tokio::test]
async fn a_project_name_is_taken_once() {
    let zone = zone().await;
    let id = zone.project("sales").await;
    let create = |name: &str| {
        let create = zone.client.create_project().domain_identifier(&zone.domain);
        create.name(name).send()
    };
    let error = create("sales").await.unwrap_err().into_service_error();
    assert!(error.is_conflict_exception(), "{error}");
    let error = create("a/b").await.unwrap_err().into_service_error();
    assert!(error.is_validation_exception(), "{error}");
    assert!(error.message().unwrap().contains(r"[\w -]+"));
    let error = create(&"x".repeat(65))
        .await
        .unwrap_err()
        .into_service_error();
    assert!(
        error
            .message()
            .unwrap()
            .contains("less than or equal to 64")
    );

    let update = || {
        let update = zone.client.update_project().identifier(&id);
        update.domain_identifier(&zone.domain)
    };
    let updated = update()
        .name("retail")
        .description("d")
        .send()
        .await
        .unwrap();
    assert_eq!(
        (updated.name(), updated.description()),
        ("retail", Some("d"))
    );
    create("sales").await.unwrap();
    let error = update().name("sales").send().await.unwrap_err();
    assert!(error.into_service_error().is_conflict_exception());
    let get = zone.client.get_project().domain_identifier(&zone.domain);
    let got = get.identifier(&id).send().await.unwrap();
    assert_eq!(got.name(), "retail");
    assert_eq!(got.created_by(), format!("arn:aws:iam::{ACCOUNT}:root"));
}

#[tokio::test]
async fn projects_are_listed_by_name_and_in_pages() {
    let zone = zone().await;
    for name in ["sales", "sales 2", "stock"] {
        zone.project(name).await;
    }
    let list = || zone.client.list_projects().domain_identifier(&zone.domain);
    let found = list().name("sales").send().await.unwrap();
    assert_eq!(found.items().len(), 1);
    let page = list().max_results(2).send().await.unwrap();
    assert_eq!(page.items().len(), 2);
    let token = page.next_token().unwrap();
    let page = list()
        .max_results(2)
        .next_token(token)
        .send()
        .await
        .unwrap();
    assert_eq!((page.items().len(), page.next_token()), (1, None));

    let other = create_domain(&zone.client, "other").await;
    let list = zone.client.list_projects().domain_identifier(other);
    assert!(list.clone().send().await.unwrap().items().is_empty());
    let foreign = list.next_token(token).send().await.unwrap_err();
    assert!(foreign.into_service_error().is_validation_exception());
}

#[tokio::test]
async fn a_project_that_owns_assets_is_not_deleted_by_mistake() {
    let zone = zone().await;
    let project = zone.project("sales").await;
    let asset = zone.asset(&project, "orders").await;
    zone.change(&asset, ChangeAction::Publish).await;
    let delete = || {
        let delete = zone.client.delete_project().identifier(&project);
        delete.domain_identifier(&zone.domain)
    };
    let error = delete().send().await.unwrap_err().into_service_error();
    assert!(error.is_validation_exception(), "{error}");
    delete().skip_deletion_check(true).send().await.unwrap();
    assert_eq!(zone.assets().await, 0);
    zone.clock.advance(SETTLED);
    assert!(zone.listed("orders").await.is_empty());
    let error = delete().send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());
    zone.project("sales").await;
}

#[tokio::test]
async fn an_asset_has_the_forms_of_its_type() {
    let zone = zone().await;
    let project = zone.project("sales").await;
    let create = || zone.create_asset(&project, "orders");
    let created = create().external_identifier("arn:x").send().await.unwrap();
    assert_eq!(created.revision(), "1");
    assert_eq!(created.owning_project_id(), project);
    let form = &created.forms_output()[0];
    assert_eq!(form.form_name(), "GlueTableForm");
    assert_eq!(form.type_name(), Some("amazon.datazone.GlueTableFormType"));
    assert!(form.content().unwrap().contains("orders"));

    let form = |name: &str, content: &str| {
        let form = FormInput::builder().form_name(name).content(content);
        Some(vec![form.build().unwrap()])
    };
    for (request, part) in [
        (
            create().set_forms_input(None),
            "Required form GlueTableForm",
        ),
        (
            create().set_forms_input(form("GlueTableForm", "{")),
            "not a valid JSON object",
        ),
        (
            create().set_forms_input(form("Mine", "{}")),
            "typeIdentifier is required",
        ),
        (create().name(""), "at 'name'"),
    ] {
        let error = request.send().await.unwrap_err().into_service_error();
        assert!(error.is_validation_exception(), "{error}");
        assert!(error.message().unwrap().contains(part), "{error}");
    }
    for request in [
        create().type_identifier("Table"),
        create().owning_project_identifier("nobody"),
        create().domain_identifier("dzd_nowhere"),
    ] {
        let error = request.send().await.unwrap_err().into_service_error();
        assert!(error.is_resource_not_found_exception(), "{error}");
    }
    assert_eq!(zone.assets().await, 1);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again_for_the_same_token() {
    let zone = zone().await;
    let project = zone.project("sales").await;
    let create = || {
        let create = zone
            .create_asset(&project, "orders")
            .client_token("effect-1");
        create.send()
    };
    zone.cloud.faults().inject(Fault {
        operation: Some("CreateAsset".to_owned()),
        ..Fault::once(FaultEffect::TimeoutAfter)
    });
    create().await.unwrap_err();
    assert_eq!(zone.assets().await, 1, "the deed was done");
    let first = create().await.unwrap();
    let second = create().await.unwrap();
    assert_eq!(first.id(), second.id());
    assert_eq!(zone.assets().await, 1);
}

#[tokio::test]
async fn revisions_count_up_and_stay_readable() {
    let zone = zone().await;
    let project = zone.project("sales").await;
    let asset = zone.asset(&project, "orders").await;
    let revise = |token: &str, name: &str| {
        let revise = zone.client.create_asset_revision().identifier(&asset);
        let revise = revise.domain_identifier(&zone.domain).name(name);
        revise
            .forms_input(glue_form(name))
            .client_token(token)
            .send()
    };
    assert_eq!(revise("a", "orders two").await.unwrap().revision(), "2");
    assert_eq!(revise("a", "orders two").await.unwrap().revision(), "2");
    assert_eq!(revise("b", "orders three").await.unwrap().revision(), "3");

    let get = || {
        let get = zone.client.get_asset().identifier(&asset);
        get.domain_identifier(&zone.domain)
    };
    assert_eq!(get().send().await.unwrap().name(), "orders three");
    assert_eq!(get().revision("1").send().await.unwrap().name(), "orders");
    let error = get().revision("4").send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());

    let list = || {
        let list = zone.client.list_asset_revisions().identifier(&asset);
        list.domain_identifier(&zone.domain).max_results(2)
    };
    let page = list().send().await.unwrap();
    let numbers: Vec<_> = page.items().iter().map(|r| r.revision()).collect();
    assert_eq!(numbers, [Some("3"), Some("2")]);
    let page = list()
        .next_token(page.next_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(page.items()[0].revision(), Some("1"));
}

#[tokio::test]
async fn a_listing_becomes_active_by_the_clock() {
    let zone = zone().await;
    let project = zone.project("sales").await;
    let asset = zone.asset(&project, "orders").await;
    let change = zone.change(&asset, ChangeAction::Publish).await;
    assert_eq!(change.status(), &ListingStatus::Creating);
    assert_eq!(change.listing_revision(), "1");
    let listing = change.listing_id();
    assert_eq!(zone.listing_status(listing).await, ListingStatus::Creating);
    assert!(zone.listed("orders").await.is_empty());

    zone.clock.advance(SETTLED);
    assert_eq!(zone.listing_status(listing).await, ListingStatus::Active);
    assert_eq!(zone.listed("orders").await, ["orders"]);
    let get = zone.client.get_asset().domain_identifier(&zone.domain);
    let got = get.identifier(&asset).send().await.unwrap();
    let details = got.listing().unwrap();
    assert_eq!(details.listing_id(), listing);
    assert_eq!(details.listing_status(), &ListingStatus::Active);

    let get = zone.client.get_listing().domain_identifier(&zone.domain);
    let got = get.identifier(listing).send().await.unwrap();
    let Some(ListingItem::AssetListing(item)) = got.item() else {
        panic!("not an asset listing: {got:?}");
    };
    assert_eq!(item.asset_id(), Some(asset.as_str()));
    assert!(
        item.forms()
            .unwrap()
            .contains(r#""GlueTableForm":{"tableName":"orders""#)
    );
}

#[tokio::test]
async fn a_published_asset_is_not_deleted_until_it_is_taken_out() {
    let zone = zone().await;
    let project = zone.project("sales").await;
    let asset = zone.asset(&project, "orders").await;
    let listing = zone.change(&asset, ChangeAction::Publish).await;
    zone.clock.advance(SETTLED);
    let delete = || {
        let delete = zone.client.delete_asset().identifier(&asset);
        delete.domain_identifier(&zone.domain).send()
    };
    let error = delete().await.unwrap_err().into_service_error();
    assert!(error.is_conflict_exception(), "{error}");

    for _ in 0..2 {
        let change = zone.change(&asset, ChangeAction::Unpublish).await;
        assert_eq!(change.status(), &ListingStatus::Inactive);
        assert_eq!(change.listing_id(), listing.listing_id());
    }
    assert!(zone.listed("orders").await.is_empty());
    delete().await.unwrap();
    let error = delete().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());
}

#[tokio::test]
async fn a_second_publication_is_a_revision_of_the_same_listing() {
    let zone = zone().await;
    let project = zone.project("sales").await;
    let asset = zone.asset(&project, "orders").await;
    let first = zone.change(&asset, ChangeAction::Publish).await;
    zone.clock.advance(SETTLED);
    let revise = zone.client.create_asset_revision().identifier(&asset);
    let revise = revise.domain_identifier(&zone.domain).name("new orders");
    revise.forms_input(glue_form("new")).send().await.unwrap();
    assert_eq!(
        zone.listed("orders").await,
        ["orders"],
        "as it was published"
    );

    let second = zone.change(&asset, ChangeAction::Publish).await;
    assert_eq!(second.listing_id(), first.listing_id());
    assert_eq!(second.listing_revision(), "2");
    assert_eq!(
        zone.listed("orders").await,
        ["orders"],
        "until the new one is there"
    );
    zone.clock.advance(SETTLED);
    assert_eq!(zone.listed("orders").await, ["new orders"]);
    let get = zone.client.get_listing().domain_identifier(&zone.domain);
    let get = get.identifier(first.listing_id()).listing_revision("1");
    assert_eq!(get.send().await.unwrap().name(), Some("orders"));
}

#[tokio::test]
async fn a_change_set_is_made_once_per_token_and_checks_its_entity() {
    let zone = zone().await;
    let project = zone.project("sales").await;
    let asset = zone.asset(&project, "orders").await;
    let change = |entity: &str, token: &str, action: ChangeAction| {
        let change = zone
            .client
            .create_listing_change_set()
            .entity_identifier(entity);
        let change = change.domain_identifier(&zone.domain).action(action);
        change
            .entity_type(EntityType::Asset)
            .client_token(token)
            .send()
    };
    let error = change(&asset, "a", ChangeAction::Unpublish)
        .await
        .unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
    let error = change("nothing", "b", ChangeAction::Publish)
        .await
        .unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
    for _ in 0..2 {
        let made = change(&asset, "c", ChangeAction::Publish).await.unwrap();
        assert_eq!(made.listing_revision(), "1");
    }
    let error = change(&asset, "d", ChangeAction::from("HIDE"))
        .await
        .unwrap_err();
    let error = error.into_service_error();
    assert!(
        error.message().unwrap().contains("[PUBLISH, UNPUBLISH]"),
        "{error}"
    );
}

#[tokio::test]
async fn a_deleted_listing_leaves_its_asset() {
    let zone = zone().await;
    let project = zone.project("sales").await;
    let asset = zone.asset(&project, "orders").await;
    let first = zone.change(&asset, ChangeAction::Publish).await;
    let delete = zone.client.delete_listing().domain_identifier(&zone.domain);
    delete.identifier(first.listing_id()).send().await.unwrap();
    let get = zone.client.get_listing().domain_identifier(&zone.domain);
    let error = get.identifier(first.listing_id()).send().await.unwrap_err();
    assert!(error.into_service_error().is_resource_not_found_exception());
    let second = zone.change(&asset, ChangeAction::Publish).await;
    assert_ne!(first.listing_id(), second.listing_id());
}

#[tokio::test]
async fn listings_are_searched_filtered_sorted_and_paged() {
    let zone = zone().await;
    let (sales, stock) = (zone.project("sales").await, zone.project("stock").await);
    for (project, name) in [
        (&sales, "orders"),
        (&sales, "order lines"),
        (&stock, "levels"),
    ] {
        let asset = zone.asset(project, name).await;
        zone.change(&asset, ChangeAction::Publish).await;
    }
    zone.clock.advance(SETTLED);
    assert_eq!(zone.listed("ORDER").await, ["order lines", "orders"]);

    let search = || {
        zone.client
            .search_listings()
            .domain_identifier(&zone.domain)
    };
    let filter = |attribute: &str, value: &str| {
        let filter = Filter::builder().attribute(attribute).value(value);
        FilterClause::Filter(filter.operator(FilterOperator::Eq).build().unwrap())
    };
    let found = search()
        .filters(filter("owningProjectId", &stock))
        .send()
        .await;
    assert_eq!(names(&found.unwrap()), ["levels"]);
    let both = FilterClause::Or(vec![
        filter("owningProjectId", &stock),
        filter("GlueTableForm.tableName", "orders"),
    ]);
    let found = search().filters(both).send().await.unwrap();
    assert_eq!(names(&found), ["levels", "orders"]);

    let sort = SearchSort::builder()
        .attribute("name")
        .order(SortOrder::Descending);
    let sort = sort.build().unwrap();
    let page = search()
        .sort(sort.clone())
        .max_results(2)
        .send()
        .await
        .unwrap();
    assert_eq!(names(&page), ["orders", "order lines"]);
    assert_eq!(page.total_match_count(), Some(3));
    let next = search().sort(sort).max_results(2);
    let page = next
        .next_token(page.next_token().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(names(&page), ["levels"]);
    assert_eq!(page.next_token(), None);
}

#[tokio::test]
async fn owned_assets_are_searched_whether_listed_or_not() {
    let zone = zone().await;
    let (sales, stock) = (zone.project("sales").await, zone.project("stock").await);
    zone.asset(&sales, "orders").await;
    zone.asset(&sales, "lines").await;
    zone.asset(&stock, "levels").await;
    let search = || {
        let search = zone.client.search().domain_identifier(&zone.domain);
        search.search_scope(InventorySearchScope::Asset)
    };
    let found = search()
        .owning_project_identifier(&sales)
        .send()
        .await
        .unwrap();
    assert_eq!(found.total_match_count(), Some(2));
    let found = search().search_text("level").send().await.unwrap();
    let [SearchInventoryResultItem::AssetItem(item)] = found.items() else {
        panic!("not one asset: {found:?}");
    };
    assert_eq!(item.name(), "levels");
    assert_eq!(item.owning_project_id(), stock);
    let page = search().max_results(2).send().await.unwrap();
    let next = search()
        .max_results(2)
        .next_token(page.next_token().unwrap());
    assert_eq!(next.send().await.unwrap().items().len(), 1);
}

#[tokio::test]
async fn another_account_sees_nothing() {
    let zone = zone().await;
    let other = Client::new(&sdk(&zone.cloud, OTHER_ACCOUNT, REGION));
    let error = other.get_domain().identifier(&zone.domain).send().await;
    let error = error.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception());
}

#[tokio::test]
async fn a_throttle_is_status_429() {
    let zone = zone().await;
    zone.cloud
        .faults()
        .inject(Fault::once(FaultEffect::Throttle));
    let error = zone.client.list_domains().send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().status().as_u16(), 429);
    assert!(error.into_service_error().is_throttling_exception());
}

#[tokio::test]
async fn content_that_is_nested_too_deep_is_refused() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let create = |deep: usize| {
        let content = "{\"a\":".repeat(deep) + "1" + &"}".repeat(deep);
        let form = FormInput::builder().form_name("GlueTableForm");
        let form = form.content(content).build().unwrap();
        let create = zone.create_asset(&project, "deep");
        create.set_forms_input(Some(vec![form])).send()
    };
    for deep in [65, 126] {
        let error = create(deep).await.unwrap_err().into_service_error();
        assert!(error.is_validation_exception(), "{error}");
    }
    let made = create(64).await.unwrap();
    zone.change(made.id(), ChangeAction::Publish).await;
    zone.clock.advance(SETTLED);
    assert_eq!(zone.listed("deep").await, ["deep"]);
}

#[tokio::test]
async fn what_a_project_owns_is_listed_by_name_in_pages() {
    let zone = zone().await;
    let (project, other) = (zone.project("p").await, zone.project("q").await);
    for name in ["Orders", "airports", "stock"] {
        let asset = zone.asset(&project, name).await;
        zone.change(&asset, ChangeAction::Publish).await;
    }
    zone.asset(&other, "people").await;
    let owned = async |token: Option<String>| {
        let search = zone.client.search().domain_identifier(&zone.domain);
        let search = search
            .search_scope(InventorySearchScope::Asset)
            .owning_project_identifier(&project)
            .max_results(2);
        search.set_next_token(token).send().await.unwrap()
    };
    let assets = |page: &SearchOutput| {
        let items = page.items().iter();
        let names = items.map(|item| item.as_asset_item().unwrap().name().to_owned());
        names.collect::<Vec<_>>()
    };
    let page = owned(None).await;
    assert_eq!(assets(&page), ["airports", "Orders"]);
    assert_eq!(page.total_match_count(), Some(3));
    let page = owned(page.next_token).await;
    assert_eq!(assets(&page), ["stock"]);
    assert_eq!(page.next_token(), None);

    let listings = || {
        let filter = Filter::builder().attribute("owningProjectId");
        let filter = filter.value(&project).build().unwrap();
        let search = zone.client.search_listings();
        let search = search.domain_identifier(&zone.domain);
        search.filters(FilterClause::Filter(filter)).max_results(2)
    };
    let page = listings().send().await.unwrap();
    assert_eq!(page.total_match_count(), Some(0), "they are being created");
    zone.clock.advance(SETTLED);
    let page = listings().send().await.unwrap();
    assert_eq!(names(&page), ["airports", "Orders"]);
    assert_eq!(page.total_match_count(), Some(3));
    let next = listings().set_next_token(page.next_token).send().await;
    assert_eq!(names(&next.unwrap()), ["stock"]);
}
