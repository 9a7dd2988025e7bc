//! Reading lists to their last page.

use std::collections::BTreeSet;

use datamesh_aws::lakeformation::{
    CellsFilter, ListOptIns, ListPermissions, ListedGrant, Location, OptIn, Resource, ResourceKind,
};
use datamesh_aws::{Page, PageRequest};
use tokio::sync::OnceCell;

use super::held::Held;
use super::lake::Lake;
use super::thing_error::ThingError;
use crate::access::Object;

/// Most rows of a page of `ListPermissions`.
const MOST_ROWS: i32 = 1_000;

/// A list that is read page by page: [`Pages::next`] says which page, [`Pages::add`] takes it in.
struct Pages<T> {
    all: Vec<T>,
    next: Option<PageRequest>,
}

impl<T> Pages<T> {
    fn new() -> Self {
        Self {
            all: Vec::new(),
            next: Some(PageRequest::default()),
        }
    }

    /// The page to read next; none when all were read.
    fn next(&self) -> Option<PageRequest> {
        self.next.clone()
    }

    /// # Errors
    /// `ListGoesRound` when a list names the page again that it has just shown.
    fn add(&mut self, got: Page<T>) -> Result<(), ThingError> {
        self.all.extend(got.items);
        let asked = self.next.take().and_then(|page| page.next_token);
        if got.next_token.is_some() && got.next_token == asked {
            let message = "a list named the page again that it had just shown";
            return Err(ThingError::later("ListGoesRound", message));
        }
        self.next = got.next_token.map(|token| PageRequest {
            max_results: None,
            next_token: Some(token),
        });
        Ok(())
    }
}

/// What the grants of a ledger are looked up by: Lake Formation does not list by column or by filter.
pub(super) fn listed_by(object: &Object) -> Object {
    match object.table() {
        Some(table) => Object::Table(table.to_owned()),
        None => object.clone(),
    }
}

/// Reads grants, and leaves out what administrators may do by being such: it was never given, and cannot be
/// taken away.
pub(super) struct GrantLists<'a> {
    lake: &'a Lake<'a>,
    admins: OnceCell<BTreeSet<String>>,
}

impl<'a> GrantLists<'a> {
    pub(super) fn new(lake: &'a Lake<'a>) -> Self {
        Self {
            lake,
            admins: OnceCell::new(),
        }
    }

    /// All that anybody holds on these, each as [`listed_by`] says. What is not there is held by nobody.
    ///
    /// # Errors
    /// When not all could be read.
    pub(super) async fn on(&self, objects: &BTreeSet<Object>) -> Result<Held, ThingError> {
        let mut held = Held::default();
        for object in objects {
            for row in self.rows_on(object).await? {
                if !self.is_implicit(&row).await? {
                    held.add_row(&row);
                }
            }
        }
        Ok(held)
    }

    async fn rows_on(&self, object: &Object) -> Result<Vec<ListedGrant>, ThingError> {
        let resource = self.lake.resource(object);
        let related = matches!(object, Object::Table(_));
        match self.rows(Some(resource), None, related).await {
            Err(error) if error.code == "EntityNotFoundException" => Ok(Vec::new()),
            // A location that is registered no more cannot be asked for, and grants on it may be left.
            Err(error) if error.code == "InvalidInputException" => match object {
                Object::Location(arn) => self.rows_on_location(arn).await,
                _ => Err(error),
            },
            other => other,
        }
    }

    async fn rows_on_location(&self, arn: &str) -> Result<Vec<ListedGrant>, ThingError> {
        let mut rows = self.of_type("DATA_LOCATION").await?;
        rows.retain(
            |row| matches!(&row.resource.kind, ResourceKind::DataLocation { arn: on } if on == arn),
        );
        Ok(rows)
    }

    /// All rows of a type of resource: `LF_TAG_POLICY`.
    ///
    /// # Errors
    /// When not all could be read.
    pub(super) async fn of_type(&self, kind: &str) -> Result<Vec<ListedGrant>, ThingError> {
        self.rows(None, Some(kind), false).await
    }

    async fn rows(
        &self,
        resource: Option<Resource>,
        resource_type: Option<&str>,
        include_related: bool,
    ) -> Result<Vec<ListedGrant>, ThingError> {
        let lakeformation = self.lake.lakeformation();
        let mut pages = Pages::new();
        while let Some(page) = pages.next() {
            let input = ListPermissions {
                principal: None,
                resource: resource.clone(),
                resource_type: resource_type.map(str::to_owned),
                include_related,
                page: PageRequest {
                    max_results: Some(MOST_ROWS),
                    ..page
                },
            };
            pages.add(lakeformation.list_permissions(input).await?)?;
        }
        Ok(pages.all)
    }

    /// Rows of what was given say when and by whom. One that says neither is still believed to be a grant
    /// unless its holder is an administrator: a grant that is overlooked would be a false proof.
    async fn is_implicit(&self, row: &ListedGrant) -> Result<bool, ThingError> {
        if row.updated_at_ms.is_some() || row.updated_by.is_some() {
            return Ok(false);
        }
        let admins = self.admins.get_or_try_init(|| self.read_admins()).await?;
        Ok(admins.contains(&row.principal))
    }

    async fn read_admins(&self) -> Result<BTreeSet<String>, ThingError> {
        let settings = self.lake.lakeformation().get_settings().await?;
        let admins = settings.admins.into_iter().chain(settings.read_only_admins);
        Ok(admins.collect())
    }
}

/// The opt-ins for an object. What is not there has none.
///
/// # Errors
/// When not all could be read.
pub(super) async fn opt_ins(lake: &Lake<'_>, object: &Object) -> Result<Vec<OptIn>, ThingError> {
    let lakeformation = lake.lakeformation();
    let mut pages = Pages::new();
    while let Some(page) = pages.next() {
        let input = ListOptIns {
            principal: None,
            resource: Some(lake.resource(object)),
            page,
        };
        match lakeformation.list_opt_ins(input).await {
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            got => pages.add(got?)?,
        }
    }
    Ok(pages.all)
}

/// A table's data cells filters. What is not there has none.
///
/// # Errors
/// When not all could be read.
pub(super) async fn filters(lake: &Lake<'_>, table: &str) -> Result<Vec<CellsFilter>, ThingError> {
    let (lakeformation, ledger) = (lake.lakeformation(), lake.ledger);
    let mut pages = Pages::new();
    while let Some(page) = pages.next() {
        let got = lakeformation
            .list_filters(&ledger.catalog, &ledger.database, table, page)
            .await;
        match got {
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            got => pages.add(got?)?,
        }
    }
    Ok(pages.all)
}

/// The account's registered locations.
///
/// # Errors
/// When not all could be read.
pub(super) async fn locations(lake: &Lake<'_>) -> Result<Vec<Location>, ThingError> {
    let lakeformation = lake.lakeformation();
    let mut pages = Pages::new();
    while let Some(page) = pages.next() {
        pages.add(lakeformation.list_locations(page).await?)?;
    }
    Ok(pages.all)
}
