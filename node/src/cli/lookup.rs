//! Finds the id of what a person names.
//!
//! An id (`dom-…`, `proj-…`, `asset-…`) names itself. A domain's name is unique. A project is named
//! `domain/project`, an asset `domain/project/asset`; the last part is enough while it is unique.

use datamesh_proto::v1;

use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;

/// More namesakes than this are not told apart.
const NAMESAKES: i32 = 20;

/// The prefixes of ids and the kinds of actors they belong to.
const PREFIXES: [(&str, &str); 8] = [
    ("dom-", "domain"),
    ("proj-", "project"),
    ("asset-", "asset"),
    ("apr-", "approval"),
    ("prom-req-", "promotion"),
    ("exec-", "execution"),
    ("share-", "share"),
    ("sub-", "subscription"),
];

/// The id of a domain.
///
/// # Errors
/// Exit code 3 if there is none of that name.
pub async fn domain(session: &Session, reference: &str) -> Result<String, Failure> {
    if is_id(reference, "domain") {
        return Ok(reference.to_owned());
    }
    let request = v1::ListDomainsRequest {
        page_size: NAMESAKES,
        domain_name: reference.to_owned(),
        ..Default::default()
    };
    let found = session
        .domains()
        .list_domains(request)
        .await?
        .into_inner()
        .domains;
    only(
        "domain",
        reference,
        found.into_iter().map(|domain| domain.domain_id).collect(),
    )
}

/// The id of a project.
///
/// # Errors
/// Exit code 3 if there is none of that name, 2 if there are several.
pub async fn project(session: &Session, reference: &str) -> Result<String, Failure> {
    if is_id(reference, "project") {
        return Ok(reference.to_owned());
    }
    let (domain_id, name) = match reference.rsplit_once('/') {
        Some((of, name)) => (domain(session, of).await?, name),
        None => (String::new(), reference),
    };
    let request = v1::ListProjectsRequest {
        page_size: NAMESAKES,
        domain_id,
        project_name: name.to_owned(),
        ..Default::default()
    };
    let found = session
        .projects()
        .list_projects(request)
        .await?
        .into_inner()
        .projects;
    only(
        "project",
        reference,
        found
            .into_iter()
            .map(|project| project.project_id)
            .collect(),
    )
}

/// The id of an asset.
///
/// # Errors
/// Exit code 3 if there is none of that name, 2 if there are several.
pub async fn asset(session: &Session, reference: &str) -> Result<String, Failure> {
    if is_id(reference, "asset") {
        return Ok(reference.to_owned());
    }
    let (project_id, name) = match reference.rsplit_once('/') {
        Some((of, name)) => (project(session, of).await?, name),
        None => (String::new(), reference),
    };
    let request = v1::ListAssetsRequest {
        page_size: NAMESAKES,
        project_id,
        asset_name: name.to_owned(),
        ..Default::default()
    };
    let found = session
        .assets()
        .list_assets(request)
        .await?
        .into_inner()
        .assets;
    only(
        "asset",
        reference,
        found.into_iter().map(|asset| asset.asset_id).collect(),
    )
}

/// The kind and the id of an actor: `project/proj-…`, or an id whose prefix tells the kind.
///
/// # Errors
/// Exit code 2 if the kind cannot be told.
pub fn actor(reference: &str) -> Result<(String, String), Failure> {
    if let Some((kind, id)) = reference.split_once('/')
        && !kind.is_empty()
        && !id.is_empty()
    {
        return Ok((kind.to_owned(), id.to_owned()));
    }
    PREFIXES
        .iter()
        .find(|(prefix, _)| reference.starts_with(prefix))
        .map(|(_, kind)| ((*kind).to_owned(), reference.to_owned()))
        .ok_or_else(|| {
            Failure::usage(format!("`{reference}` names no actor"))
                .hint("write KIND/ID, like project/proj-…; `datamesh actor list` shows them")
        })
}

fn is_id(reference: &str, kind: &str) -> bool {
    PREFIXES.iter().any(|(prefix, of)| {
        *of == kind
            && reference.strip_prefix(prefix).is_some_and(|rest| {
                rest.len() >= 10
                    && rest
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            })
    })
}

fn only(noun: &str, reference: &str, mut ids: Vec<String>) -> Result<String, Failure> {
    match ids.len() {
        1 => Ok(ids.remove(0)),
        0 => Err(
            Failure::new(Exit::NotFound, format!("there is no {noun} `{reference}`"))
                .hint(format!("`datamesh {noun} list` shows what there is")),
        ),
        several => {
            let mut failure = Failure::usage(format!(
                "`{reference}` is the name of {several} {noun}s"
            ))
            .hint(format!(
                "say which: by its id, or with the path before the name ({})",
                path_of(noun)
            ));
            failure.details = ids;
            Err(failure)
        }
    }
}

fn path_of(noun: &str) -> &'static str {
    match noun {
        "asset" => "domain/project/asset",
        _ => "domain/project",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn an_id_tells_the_kind_of_its_actor() {
        let named = |reference: &str| actor(reference).map(|(kind, id)| format!("{kind} {id}"));
        assert_eq!(named("proj-abc").unwrap(), "project proj-abc");
        assert_eq!(named("asset/asset-1").unwrap(), "asset asset-1");
        assert_eq!(named("other/x").unwrap(), "other x");
        assert_eq!(named("aviation").unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn a_name_that_starts_like_an_id_is_a_name() {
        assert!(is_id("dom-abcdefghij234567", "domain"));
        assert!(!is_id("dom-estic", "domain"));
        assert!(!is_id("proj-abcdefghij234567", "domain"));
    }
}
