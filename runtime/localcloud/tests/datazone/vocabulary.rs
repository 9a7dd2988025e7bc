//! Glossaries, terms, and what is marked with them.

use aws_sdk_datazone::types::{
    ChangeAction, Filter, FilterClause, GlossaryStatus, GlossaryUsageRestriction,
    InventorySearchScope, ListingItem, SearchInventoryResultItem, TermRelations,
};

use crate::stage::{SETTLED, Zone, zone};

impl Zone {
    async fn glossary(&self, project: &str, name: &str) -> String {
        let create = self
            .client
            .create_glossary()
            .domain_identifier(&self.domain);
        let create = create.owning_project_identifier(project).name(name);
        create.send().await.unwrap().id().to_owned()
    }

    async fn term(&self, glossary: &str, name: &str) -> String {
        let create = self
            .client
            .create_glossary_term()
            .domain_identifier(&self.domain);
        let create = create
            .glossary_identifier(glossary)
            .name(name)
            .short_description("short");
        create.send().await.unwrap().id().to_owned()
    }
}

#[tokio::test]
async fn names_are_taken_once() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let glossary = zone.glossary(&project, "Business").await;
    zone.term(&glossary, "Revenue").await;
    let create = zone
        .client
        .create_glossary()
        .domain_identifier(&zone.domain);
    let twice = create
        .owning_project_identifier(&project)
        .name("Business")
        .send()
        .await;
    assert!(
        twice
            .unwrap_err()
            .into_service_error()
            .is_conflict_exception()
    );
    let create = zone
        .client
        .create_glossary_term()
        .domain_identifier(&zone.domain);
    let twice = create
        .glossary_identifier(&glossary)
        .name("Revenue")
        .send()
        .await;
    assert!(
        twice
            .unwrap_err()
            .into_service_error()
            .is_conflict_exception()
    );
    let other = zone.glossary(&project, "Technical").await;
    zone.term(&other, "Revenue").await;
}

#[tokio::test]
async fn a_glossary_goes_once_it_is_disabled_and_empty() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let glossary = zone.glossary(&project, "Business").await;
    let term = zone.term(&glossary, "Revenue").await;
    let delete = || {
        let delete = zone
            .client
            .delete_glossary()
            .domain_identifier(&zone.domain);
        delete.identifier(&glossary).send()
    };
    assert!(
        delete()
            .await
            .unwrap_err()
            .into_service_error()
            .is_conflict_exception()
    );
    let update = zone
        .client
        .update_glossary()
        .domain_identifier(&zone.domain);
    let update = update
        .identifier(&glossary)
        .status(GlossaryStatus::Disabled);
    update.send().await.unwrap();
    assert!(
        delete()
            .await
            .unwrap_err()
            .into_service_error()
            .is_conflict_exception()
    );
    let delete_term = zone
        .client
        .delete_glossary_term()
        .domain_identifier(&zone.domain);
    delete_term.identifier(&term).send().await.unwrap();
    delete().await.unwrap();
}

#[tokio::test]
async fn a_term_stays_while_others_relate_to_it() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let glossary = zone.glossary(&project, "Business").await;
    let (money, revenue) = (
        zone.term(&glossary, "Money").await,
        zone.term(&glossary, "Revenue").await,
    );
    let relate = |to: &[&str]| {
        let relations = to
            .iter()
            .fold(TermRelations::builder(), |all, id| all.is_a(*id));
        let update = zone
            .client
            .update_glossary_term()
            .domain_identifier(&zone.domain);
        let update = update
            .identifier(&revenue)
            .term_relations(relations.build());
        update.send()
    };
    let unknown = relate(&["nothing"]).await.unwrap_err().into_service_error();
    assert!(unknown.is_resource_not_found_exception(), "{unknown}");
    let itself = relate(&[&revenue]).await.unwrap_err().into_service_error();
    assert!(itself.is_validation_exception(), "{itself}");
    relate(&[&money]).await.unwrap();
    let delete = |id: &str| {
        let delete = zone
            .client
            .delete_glossary_term()
            .domain_identifier(&zone.domain);
        delete.identifier(id).send()
    };
    assert!(
        delete(&money)
            .await
            .unwrap_err()
            .into_service_error()
            .is_conflict_exception()
    );
    delete(&revenue).await.unwrap();
    delete(&money).await.unwrap();
}

#[tokio::test]
async fn what_is_marked_is_found_by_its_term() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let glossary = zone.glossary(&project, "Business").await;
    let term = zone.term(&glossary, "Revenue").await;
    let unknown = zone
        .create_asset(&project, "x")
        .glossary_terms("nothing")
        .send()
        .await;
    assert!(
        unknown
            .unwrap_err()
            .into_service_error()
            .is_resource_not_found_exception()
    );
    let marked = zone
        .create_asset(&project, "orders")
        .glossary_terms(&term)
        .send()
        .await
        .unwrap();
    zone.asset(&project, "other").await;
    let by_term = FilterClause::Filter(
        Filter::builder()
            .attribute("__DataZoneGlossaryTerms")
            .value(&term)
            .build()
            .unwrap(),
    );
    let search = zone.client.search().domain_identifier(&zone.domain);
    let search = search
        .search_scope(InventorySearchScope::Asset)
        .filters(by_term);
    let found = search.send().await.unwrap();
    let [SearchInventoryResultItem::AssetItem(item)] = found.items() else {
        panic!("not one asset: {found:?}");
    };
    assert_eq!(item.identifier(), marked.id());

    let listing = zone.change(marked.id(), ChangeAction::Publish).await;
    zone.clock.advance(SETTLED);
    let get = zone.client.get_listing().domain_identifier(&zone.domain);
    let got = get.identifier(listing.listing_id()).send().await.unwrap();
    let Some(ListingItem::AssetListing(listed)) = got.item() else {
        panic!("not an asset: {got:?}");
    };
    assert_eq!(listed.glossary_terms()[0].name(), Some("Revenue"));
    assert_eq!(
        listed.glossary_terms()[0].short_description(),
        Some("short")
    );

    let delete = zone
        .client
        .delete_glossary_term()
        .domain_identifier(&zone.domain);
    let used = delete
        .identifier(&term)
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(used.is_conflict_exception(), "{used}");
}

#[tokio::test]
async fn terms_for_governed_use_are_associated_and_not_given() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let create = zone
        .client
        .create_glossary()
        .domain_identifier(&zone.domain);
    let create = create.owning_project_identifier(&project).name("Governed");
    let create = create.usage_restrictions(GlossaryUsageRestriction::AssetGovernedTerms);
    let glossary = create.send().await.unwrap().id().to_owned();
    let term = zone.term(&glossary, "PII").await;
    let given = zone
        .create_asset(&project, "x")
        .glossary_terms(&term)
        .send()
        .await;
    assert!(
        given
            .unwrap_err()
            .into_service_error()
            .is_validation_exception()
    );
    let asset = zone.asset(&project, "x").await;
    let associate = zone
        .client
        .associate_governed_terms()
        .domain_identifier(&zone.domain);
    let associate = associate
        .entity_type("ASSET".into())
        .entity_identifier(&asset);
    associate
        .governed_glossary_terms(&term)
        .send()
        .await
        .unwrap();
    let get = zone.client.get_asset().domain_identifier(&zone.domain);
    let got = get.identifier(&asset).send().await.unwrap();
    assert_eq!(got.governed_glossary_terms(), [term]);
}

#[tokio::test]
async fn glossaries_and_terms_are_searched() {
    let zone = zone().await;
    let project = zone.project("p").await;
    let glossary = zone.glossary(&project, "Business").await;
    zone.term(&glossary, "Revenue").await;
    zone.term(&glossary, "Margin").await;
    let found = |scope: InventorySearchScope, text: &'static str| {
        let search = zone.client.search().domain_identifier(&zone.domain);
        search.search_scope(scope).search_text(text).send()
    };
    let terms = found(InventorySearchScope::GlossaryTerm, "reve")
        .await
        .unwrap();
    assert_eq!(terms.total_match_count(), Some(1));
    let glossaries = found(InventorySearchScope::Glossary, "business")
        .await
        .unwrap();
    assert_eq!(glossaries.total_match_count(), Some(1));
    let none = found(InventorySearchScope::Glossary, "revenue")
        .await
        .unwrap();
    assert_eq!(none.total_match_count(), Some(0));
}
