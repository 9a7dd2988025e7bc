//! Search, in a project's inventory and in the published catalogue.

use aws_sdk_datazone::types::{
    Filter, FilterClause, InventorySearchScope, SearchInventoryResultItem, SearchResultItem,
};

use super::Datazone;
use crate::classify::Failure;
use crate::error::AwsError;
use crate::ops::{PageRequest, millis};

/// What an inventory search looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum InventoryScope {
    /// Assets.
    #[default]
    Asset,
    /// Data products.
    DataProduct,
    /// Glossaries.
    Glossary,
    /// Glossary terms.
    GlossaryTerm,
}

/// What `Search` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// The domain.
    pub domain_id: String,
    /// Only what this project owns. Needed for assets and data products.
    pub project_id: Option<String>,
    /// What to look for.
    pub scope: InventoryScope,
    /// Words.
    pub text: Option<String>,
    /// Attribute and value; an item must match them all.
    pub filters: Vec<(String, String)>,
    /// Which page.
    pub page: PageRequest,
}

/// What `SearchListings` takes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchListings {
    /// The domain.
    pub domain_id: String,
    /// Words.
    pub text: Option<String>,
    /// Attribute and value; a listing must match them all.
    pub filters: Vec<(String, String)>,
    /// Which page.
    pub page: PageRequest,
}

/// One page of hits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage<T> {
    /// The page's hits.
    pub items: Vec<T>,
    /// Asks for the next page; none when this was the last.
    pub next_token: Option<String>,
    /// How many hits there are on all pages.
    pub total: Option<i32>,
}

/// A hit in the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryItem {
    /// What kind of thing it is.
    pub scope: InventoryScope,
    /// The id that DataZone gave it.
    pub id: String,
    /// The name.
    pub name: String,
    /// For people.
    pub description: Option<String>,
    /// The asset type, of an asset.
    pub type_id: Option<String>,
    /// What it is outside DataZone, of an asset.
    pub external_id: Option<String>,
    /// The project that owns it.
    pub project_id: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub created_at_ms: Option<i64>,
}

/// A hit in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingHit {
    /// The listing.
    pub listing_id: Option<String>,
    /// Its revision.
    pub listing_revision: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// The asset or data product.
    pub entity_id: Option<String>,
    /// Its revision.
    pub entity_revision: Option<String>,
    /// The asset type, of an asset.
    pub entity_type: Option<String>,
    /// The project that owns it.
    pub project_id: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub created_at_ms: Option<i64>,
}

fn clause(filters: Vec<(String, String)>) -> Result<Option<FilterClause>, Failure> {
    let clauses: Result<Vec<_>, _> = filters
        .into_iter()
        .map(|(attribute, value)| {
            let filter = Filter::builder().attribute(attribute).value(value).build();
            filter.map(FilterClause::Filter)
        })
        .collect();
    Ok(
        Some(FilterClause::And(clauses?)).filter(|clause| match clause {
            FilterClause::And(all) => !all.is_empty(),
            _ => true,
        }),
    )
}

fn inventory_item(item: SearchInventoryResultItem) -> Option<InventoryItem> {
    let blank = |scope, id, name| InventoryItem {
        scope,
        id,
        name,
        description: None,
        type_id: None,
        external_id: None,
        project_id: None,
        created_at_ms: None,
    };
    Some(match item {
        SearchInventoryResultItem::AssetItem(asset) => InventoryItem {
            description: asset.description,
            type_id: Some(asset.type_identifier),
            external_id: asset.external_identifier,
            project_id: Some(asset.owning_project_id),
            created_at_ms: millis(asset.created_at),
            ..blank(InventoryScope::Asset, asset.identifier, asset.name)
        },
        SearchInventoryResultItem::DataProductItem(product) => InventoryItem {
            description: product.description,
            project_id: Some(product.owning_project_id),
            created_at_ms: millis(product.created_at),
            ..blank(InventoryScope::DataProduct, product.id, product.name)
        },
        SearchInventoryResultItem::GlossaryItem(glossary) => InventoryItem {
            description: glossary.description,
            project_id: Some(glossary.owning_project_id),
            created_at_ms: millis(glossary.created_at),
            ..blank(InventoryScope::Glossary, glossary.id, glossary.name)
        },
        SearchInventoryResultItem::GlossaryTermItem(term) => InventoryItem {
            description: term.short_description,
            created_at_ms: millis(term.created_at),
            ..blank(InventoryScope::GlossaryTerm, term.id, term.name)
        },
        _ => return None,
    })
}

/// The SDK's two listing shapes have the same fields and nothing else in common.
macro_rules! hit {
    ($item:expr, $entity_type:expr) => {{
        let item = $item;
        ListingHit {
            entity_type: $entity_type,
            listing_id: item.listing_id,
            listing_revision: item.listing_revision,
            name: item.name,
            description: item.description,
            entity_id: item.entity_id,
            entity_revision: item.entity_revision,
            project_id: item.owning_project_id,
            created_at_ms: millis(item.created_at),
        }
    }};
}

fn listing_hit(item: SearchResultItem) -> Option<ListingHit> {
    match item {
        SearchResultItem::AssetListing(mut item) => {
            let entity_type = item.entity_type.take();
            Some(hit!(item, entity_type))
        }
        SearchResultItem::DataProductListing(item) => Some(hit!(item, None)),
        _ => None,
    }
}

impl Datazone<'_> {
    /// `Search`: what projects have, published or not.
    pub async fn search(&self, input: Search) -> Result<SearchPage<InventoryItem>, AwsError> {
        self.0
            .call("Search", |datazone| async move {
                let scope = match input.scope {
                    InventoryScope::Asset => InventorySearchScope::Asset,
                    InventoryScope::DataProduct => InventorySearchScope::DataProduct,
                    InventoryScope::Glossary => InventorySearchScope::Glossary,
                    InventoryScope::GlossaryTerm => InventorySearchScope::GlossaryTerm,
                };
                let out = datazone
                    .search()
                    .domain_identifier(input.domain_id)
                    .set_owning_project_identifier(input.project_id)
                    .search_scope(scope)
                    .set_search_text(input.text)
                    .set_filters(clause(input.filters)?)
                    .set_max_results(input.page.max_results)
                    .set_next_token(input.page.next_token)
                    .send()
                    .await?;
                let items = out.items.unwrap_or_default();
                Ok(SearchPage {
                    items: items.into_iter().filter_map(inventory_item).collect(),
                    next_token: out.next_token,
                    total: out.total_match_count,
                })
            })
            .await
    }

    /// `SearchListings`: what is published.
    pub async fn search_listings(
        &self,
        input: SearchListings,
    ) -> Result<SearchPage<ListingHit>, AwsError> {
        self.0
            .call("SearchListings", |datazone| async move {
                let out = datazone
                    .search_listings()
                    .domain_identifier(input.domain_id)
                    .set_search_text(input.text)
                    .set_filters(clause(input.filters)?)
                    .set_max_results(input.page.max_results)
                    .set_next_token(input.page.next_token)
                    .send()
                    .await?;
                let items = out.items.unwrap_or_default();
                Ok(SearchPage {
                    items: items.into_iter().filter_map(listing_hit).collect(),
                    next_token: out.next_token,
                    total: out.total_match_count,
                })
            })
            .await
    }
}
