//! Both searches, and the index that keeps them quick: `Search` of what projects own, `SearchListings` of what
//! is published.

pub(crate) mod filter;
pub(crate) mod index;
mod inventory;
mod listings;

pub(crate) use inventory::search;
pub(crate) use listings::search as search_listings;
