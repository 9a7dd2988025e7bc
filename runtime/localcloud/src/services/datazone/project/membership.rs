//! Memberships of projects: `CreateProjectMembership`, `ListProjectMemberships` and
//! `DeleteProjectMembership`. A user or a group is in a project once; a project keeps its last owner.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::kind::{Kind, Page, SortOrder, listed};
use crate::services::datazone::profile::{group, user};
use crate::services::datazone::{domain, error, project};
use crate::store::Tx;

/// `domain/project/member`.
const MEMBERS: Kind = Kind::new("datazone.project-members", "Member");
/// The ids of projects by their members: `domain/member/project`.
pub(crate) const PROJECTS_OF: Kind = Kind::new("datazone.projects-of-members", "Project");

const OWNER: &str = "PROJECT_OWNER";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum MemberInput {
    UserIdentifier(String),
    GroupIdentifier(String),
}

#[derive(Debug, Serialize, Deserialize)]
struct Membership {
    /// Of the profile.
    member: String,
    is_group: bool,
    /// What the list is sorted by.
    name: String,
    designation: String,
    user_created_designation: Option<String>,
}

impl Membership {
    fn shown(&self) -> Value {
        let details = if self.is_group {
            json!({"group": {"groupId": self.member}})
        } else {
            json!({"user": {"userId": self.member}})
        };
        json!({
            "memberDetails": details,
            "designation": self.designation,
            "userCreatedDesignationId": self.user_created_designation,
        })
    }
}

/// A member that is to come into a project.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Assignment {
    member: MemberInput,
    designation: String,
    user_created_designation_id: Option<String>,
}

impl MemberInput {
    /// The id of the profile, the member's name, and whether it is a group.
    fn known(
        &self,
        domain: &str,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<(String, String, bool), ServiceError> {
        Ok(match self {
            Self::UserIdentifier(id) => {
                (user::require(domain, id, call, tx)?.id, id.clone(), false)
            }
            Self::GroupIdentifier(id) => {
                let group = group::require(domain, id, call, tx)?;
                (group.id, group.identifier, true)
            }
        })
    }
}

impl Assignment {
    /// Brings the member into the project.
    pub(crate) fn join(
        self,
        domain: &str,
        project: &str,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        let of_user = self.user_created_designation_id.is_some();
        if (self.designation == "USER_CREATED_DESIGNATION") != of_user {
            return Err(error::validation(
                "userCreatedDesignationId must be set for USER_CREATED_DESIGNATION, and only for it",
            ));
        }
        let (member, name, is_group) = self.member.known(domain, call, tx)?;
        let membership = Membership {
            name,
            is_group,
            designation: self.designation,
            user_created_designation: self.user_created_designation_id,
            member,
        };
        membership.write(domain, project, call, tx)
    }
}

impl Membership {
    fn write(
        &self,
        domain: &str,
        project: &str,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        if !MEMBERS.insert(call, tx, &[domain, project, &self.member], self)? {
            return Err(error::validation(format!(
                "{} is a member of project {project} already",
                self.name
            )));
        }
        PROJECTS_OF.put(call, tx, &[domain, &self.member, project], &project)
    }
}

/// The creator of a project owns it.
pub(crate) fn found(
    domain: &str,
    project: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let membership = Membership {
        member: user::of_caller(domain, call, tx)?,
        is_group: false,
        name: call.principal.arn.clone(),
        designation: OWNER.to_owned(),
        user_created_designation: None,
    };
    membership.write(domain, project, call, tx)
}

/// Nobody is in the project any more.
pub(crate) fn dissolve(
    domain: &str,
    project: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    for membership in MEMBERS.all::<Membership>(call, tx, &[domain, project])? {
        PROJECTS_OF.delete(call, tx, &[domain, &membership.member, project])?;
    }
    MEMBERS.delete_all(call, tx, &[domain, project])
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    project_identifier: String,
    #[serde(flatten)]
    assignment: Assignment,
}

pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let project = project::require(&call.scope, tx, &domain.id, &input.project_identifier)?;
    input.assignment.join(&domain.id, &project.id, call, tx)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delete {
    domain_identifier: String,
    project_identifier: String,
    member: MemberInput,
}

pub(crate) fn delete(input: Delete, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let project = project::require(&call.scope, tx, &domain.id, &input.project_identifier)?;
    let (member, ..) = input.member.known(&domain.id, call, tx)?;
    let path = [domain.id.as_str(), &project.id, &member];
    let membership: Membership = MEMBERS.require(call, tx, &path)?;
    if membership.designation == OWNER {
        let all: Vec<Membership> = MEMBERS.all(call, tx, &path[..2])?;
        if all.iter().filter(|one| one.designation == OWNER).count() == 1 {
            return Err(error::validation(format!(
                "The last owner of project {} cannot be removed",
                project.id
            )));
        }
    }
    MEMBERS.delete(call, tx, &path)?;
    PROJECTS_OF
        .delete(call, tx, &[&domain.id, &member, &project.id])
        .map(drop)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    project_identifier: String,
    sort_order: Option<SortOrder>,
    #[serde(flatten)]
    page: Page,
}

/// In the order of the members' names.
pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let project = project::require(&call.scope, tx, &domain.id, &input.project_identifier)?;
    let mut members: Vec<Membership> = MEMBERS.all(call, tx, &[&domain.id, &project.id])?;
    members.sort_by(|a, b| a.name.cmp(&b.name));
    if input.sort_order == Some(SortOrder::Descending) {
        members.reverse();
    }
    let (members, next_token) = input.page.of(&format!("members/{}", project.id), members)?;
    let members = members.iter().map(Membership::shown).collect();
    Ok(listed("members", members, next_token))
}
