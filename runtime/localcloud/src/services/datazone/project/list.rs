//! `ListProjects` of a domain, in the order of their ids; `name` is compared whole.

use serde::Deserialize;
use serde_json::Value;

use super::membership::PROJECTS_OF;
use super::{NAMES, PROJECTS, Project, key, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::kind::{Page, listed};
use crate::services::datazone::profile::{group, user};
use crate::services::datazone::{domain, error};
use crate::services::paging::{self, Listing};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    user_identifier: Option<String>,
    group_identifier: Option<String>,
    name: Option<String>,
    project_category: Option<String>,
    #[serde(flatten)]
    page: Page,
}

impl List {
    fn takes(&self, project: &Project) -> bool {
        self.name.as_ref().is_none_or(|name| *name == project.name)
            && (self.project_category.is_none() || self.project_category == project.category)
    }

    /// The ids to choose from, where the request says enough to know them.
    fn chosen(
        &self,
        domain: &str,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<Option<Vec<String>>, ServiceError> {
        let member = match (&self.user_identifier, &self.group_identifier) {
            (Some(id), _) => Some(user::require(domain, id, call, tx)?.id),
            (None, Some(id)) => Some(group::require(domain, id, call, tx)?.id),
            (None, None) => None,
        };
        if let Some(member) = member {
            return PROJECTS_OF.all(call, tx, &[domain, &member]).map(Some);
        }
        let Some(name) = &self.name else {
            return Ok(None);
        };
        let id: Option<String> = tx.get(&call.scope, NAMES, &key(domain, name))?;
        Ok(Some(id.into_iter().collect()))
    }
}

pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let (projects, next_token) = match input.chosen(&domain.id, call, tx)? {
        Some(ids) => {
            let mut projects = Vec::new();
            for id in ids {
                projects.push(require(&call.scope, tx, &domain.id, &id)?);
            }
            projects.retain(|project| input.takes(project));
            input
                .page
                .of(&format!("projects/{}", domain.id), projects)?
        }
        None => paging::page(
            tx,
            Listing {
                scope: &call.scope,
                collection: PROJECTS,
                prefix: &key(&domain.id, ""),
            },
            input.page.next_token.as_deref(),
            input.page.limit(),
            error::bad_token,
            |project: &Project| input.takes(project),
        )?,
    };
    let items = projects.iter().map(Project::summary).collect();
    Ok(listed("items", items, next_token))
}
