//! Reading lists to their last page.

use std::collections::BTreeSet;
use std::pin::Pin;

use datamesh_aws::lakeformation::{
    CellsFilter, ListOptIns, ListPermissions, ListedGrant, Location, OptIn, Resource, ResourceKind,
};
use datamesh_aws::{AwsError, PageRequest};
use tokio::sync::OnceCell;

use super::held::Held;
use super::lake::Lake;
use super::thing_error::ThingError;
use crate::access::Object;

/// Most rows of a page of `ListPermissions`.
const MOST_ROWS: i32 = 1_000;

/// A page that is being read. Boxed: the future of an async closure is not known to be `Send`.
type Reading<'a, T> =
    Pin<Box<dyn Future<Output = Result<datamesh_aws::Page<T>, AwsError>> + Send + 'a>>;

/// Reads every page: `read` gets the token of the page that it reads.
///
/// # Errors
/// When a page cannot be read; when a list names the page again that it has just shown, `ListGoesRound`.
async fn every_page<'a, T>(
    mut read: impl FnMut(PageRequest) -> Reading<'a, T>,
) -> Result<Vec<T>, ThingError> {
    let mut all = Vec::new();
    let mut page = PageRequest::default();
    loop {
        let mut got = read(page.clone()).await?;
        all.append(&mut got.items);
        match got.next_token {
            None => return Ok(all),
            Some(next) if Some(&next) == page.next_token.as_ref() => {
                let message = "a list named the page again that it had just shown";
                return Err(ThingError::later("ListGoesRound", message));
            }
            next => page.next_token = next,
        }
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
        let lakeformation = &self.lake.lakeformation();
        every_page(|page| {
            Box::pin(lakeformation.list_permissions(ListPermissions {
                principal: None,
                resource: resource.clone(),
                resource_type: resource_type.map(str::to_owned),
                include_related,
                page: PageRequest {
                    max_results: Some(MOST_ROWS),
                    ..page
                },
            }))
        })
        .await
    }

    /// Rows of what was given say when and by whom. One that says neither is still believed to be a grant
    /// unless its holder is an administrator: a grant that is overlooked would be a false proof.
    async fn is_implicit(&self, row: &ListedGrant) -> Result<bool, ThingError> {
        if row.updated_at_ms.is_some() || row.updated_by.is_some() {
            return Ok(false);
        }
        let admins = self
            .admins
            .get_or_try_init(|| async {
                let settings = self.lake.lakeformation().get_settings().await?;
                let admins = settings.admins.into_iter().chain(settings.read_only_admins);
                Ok::<_, ThingError>(admins.collect())
            })
            .await?;
        Ok(admins.contains(&row.principal))
    }
}

/// The opt-ins for an object.
///
/// # Errors
/// When not all could be read.
pub(super) async fn opt_ins(lake: &Lake<'_>, object: &Object) -> Result<Vec<OptIn>, ThingError> {
    let lakeformation = &lake.lakeformation();
    let read = every_page(|page| {
        Box::pin(lakeformation.list_opt_ins(ListOptIns {
            principal: None,
            resource: Some(lake.resource(object)),
            page,
        }))
    });
    gone_is_empty(read.await)
}

/// A table's data cells filters.
///
/// # Errors
/// When not all could be read.
pub(super) async fn filters(lake: &Lake<'_>, table: &str) -> Result<Vec<CellsFilter>, ThingError> {
    let (lakeformation, ledger) = (&lake.lakeformation(), lake.ledger);
    let read = every_page(|page| {
        Box::pin(lakeformation.list_filters(&ledger.catalog, &ledger.database, table, page))
    });
    gone_is_empty(read.await)
}

/// The account's registered locations.
///
/// # Errors
/// When not all could be read.
pub(super) async fn locations(lake: &Lake<'_>) -> Result<Vec<Location>, ThingError> {
    let lakeformation = &lake.lakeformation();
    every_page(|page| Box::pin(lakeformation.list_locations(page))).await
}

fn gone_is_empty<T>(read: Result<Vec<T>, ThingError>) -> Result<Vec<T>, ThingError> {
    match read {
        Err(error) if error.code == "EntityNotFoundException" => Ok(Vec::new()),
        other => other,
    }
}
