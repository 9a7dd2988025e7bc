use datamesh_aws::PageRequest;
use datamesh_aws::datazone::{
    CreateAsset, CreateAssetRevision, CreateDomain, CreateListingChangeSet, CreateProject, Domain,
    DomainVersion, Form, ListProjects, ListingAction, ListingEntity, Project, Search,
    SearchListings, UpdateDomain, UpdateProject,
};
use datamesh_aws::{Token, datazone};

use crate::setup::{HOME, World};

pub fn new_domain(name: &str) -> CreateDomain {
    CreateDomain {
        name: name.into(),
        description: Some("for tests".into()),
        domain_execution_role: format!("arn:aws:iam::{HOME}:role/execution"),
        service_role: None,
        version: DomainVersion::V1,
        tags: [("team".to_owned(), "mesh".to_owned())].into(),
        token: Token::derive(name, "create-domain"),
    }
}

pub fn new_asset(domain: &Domain, project: &Project, name: &str) -> CreateAsset {
    CreateAsset {
        domain_id: domain.id.clone(),
        project_id: project.id.clone(),
        name: name.into(),
        description: Some("every order".into()),
        external_id: Some(format!(
            "arn:aws:glue:eu-central-1:{HOME}:table/sales/{name}"
        )),
        type_id: "amazon.datazone.GlueTableAssetType".into(),
        type_revision: None,
        forms: vec![glue_form(name)],
        glossary_terms: Vec::new(),
        token: Token::derive(name, "create-asset"),
    }
}

fn glue_form(name: &str) -> Form {
    let content = serde_json::json!({
        "tableName": name,
        "catalogId": HOME,
        "columns": [{"columnName": "id", "dataType": "string"}],
    });
    Form {
        name: "GlueTableForm".into(),
        type_id: Some("amazon.datazone.GlueTableFormType".into()),
        type_revision: None,
        content: Some(content.to_string()),
    }
}

/// A domain that is available, and a project in it.
pub async fn domain_and_project(world: &World) -> (Domain, Project) {
    let datazone = world.aws.datazone(&world.home);
    let created = datazone.create_domain(new_domain("sales")).await.unwrap();
    let domain = until_available(&datazone, &created.id).await;
    let project = datazone
        .create_project(CreateProject {
            domain_id: domain.id.clone(),
            name: "orders".into(),
            description: Some("order data".into()),
            ..CreateProject::default()
        })
        .await
        .unwrap();
    (domain, project)
}

async fn until_available(datazone: &datazone::Datazone<'_>, id: &str) -> Domain {
    for _ in 0..200 {
        let domain = datazone.get_domain(id).await.unwrap();
        if domain.status.as_deref() == Some("AVAILABLE") {
            return domain;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("domain {id} does not become available");
}

#[tokio::test]
async fn a_domain_from_creation_to_deletion() {
    let world = World::new();
    let datazone = world.aws.datazone(&world.home);
    let created = datazone.create_domain(new_domain("sales")).await.unwrap();
    let repeated = datazone.create_domain(new_domain("sales")).await.unwrap();
    assert_eq!(repeated.id, created.id, "the token makes it one domain");

    let domain = until_available(&datazone, &created.id).await;
    assert_eq!(domain.name.as_deref(), Some("sales"));
    assert!(domain.root_domain_unit_id.is_some());

    let rename = UpdateDomain {
        id: domain.id.clone(),
        name: Some("retail".into()),
        description: None,
        token: Token::derive("rename", "update-domain"),
    };
    datazone.update_domain(rename).await.unwrap();
    let listed = datazone
        .list_domains(None, PageRequest::default())
        .await
        .unwrap();
    assert_eq!(listed.items.len(), 1);
    assert_eq!(
        (
            listed.items[0].name.as_str(),
            listed.items[0].account.as_str()
        ),
        ("retail", HOME)
    );

    let token = Token::derive("delete", "delete-domain");
    datazone
        .delete_domain(&domain.id, false, &token)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_project_is_found_by_name_renamed_and_deleted() {
    let world = World::new();
    let (domain, project) = domain_and_project(&world).await;
    let datazone = world.aws.datazone(&world.home);
    let named = |name: &str| ListProjects {
        domain_id: domain.id.clone(),
        name: Some(name.into()),
        page: PageRequest::default(),
    };
    let found = datazone.list_projects(named("orders")).await.unwrap();
    assert_eq!(found.items.len(), 1);
    assert_eq!(found.items[0].id, project.id);

    let update = UpdateProject {
        domain_id: domain.id.clone(),
        id: project.id.clone(),
        name: Some("purchases".into()),
        description: None,
    };
    assert_eq!(
        datazone.update_project(update).await.unwrap().name,
        "purchases"
    );
    assert!(
        datazone
            .list_projects(named("orders"))
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert_eq!(
        datazone
            .get_project(&domain.id, &project.id)
            .await
            .unwrap()
            .name,
        "purchases"
    );

    datazone
        .delete_project(&domain.id, &project.id, true)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_asset_is_published_found_and_withdrawn() {
    let world = World::new();
    let (domain, project) = domain_and_project(&world).await;
    let datazone = world.aws.datazone(&world.home);

    let asset = datazone
        .create_asset(new_asset(&domain, &project, "orders"))
        .await
        .unwrap();
    let repeated = datazone
        .create_asset(new_asset(&domain, &project, "orders"))
        .await
        .unwrap();
    assert_eq!(
        (&repeated.id, &repeated.revision),
        (&asset.id, &asset.revision)
    );
    assert!(
        asset.forms.iter().any(|form| form.name == "GlueTableForm"),
        "{asset:?}"
    );

    let revised = datazone
        .create_asset_revision(CreateAssetRevision {
            domain_id: domain.id.clone(),
            id: asset.id.clone(),
            name: "orders, all".into(),
            description: None,
            type_revision: None,
            forms: vec![glue_form("orders")],
            glossary_terms: Vec::new(),
            token: Token::derive("revise", "create-asset-revision"),
        })
        .await
        .unwrap();
    assert_eq!(
        (asset.revision.as_str(), revised.revision.as_str()),
        ("1", "2")
    );
    let first = datazone
        .get_asset(&domain.id, &asset.id, Some("1"))
        .await
        .unwrap();
    assert_eq!(first.name, "orders");

    let change = |action, effect: &str| CreateListingChangeSet {
        domain_id: domain.id.clone(),
        entity_id: asset.id.clone(),
        entity_revision: None,
        entity: ListingEntity::Asset,
        action,
        token: Token::derive(effect, "listing"),
    };
    let published = datazone
        .create_listing_change_set(change(ListingAction::Publish, "publish"))
        .await
        .unwrap();
    let listing = until(|| async {
        let listing = datazone
            .get_listing(&domain.id, &published.listing_id, None)
            .await
            .unwrap();
        (listing.status.as_deref() == Some("ACTIVE")).then_some(listing)
    })
    .await;
    assert_eq!(listing.entity_id.as_deref(), Some(asset.id.as_str()));

    let search = SearchListings {
        domain_id: domain.id.clone(),
        text: Some("orders".into()),
        ..SearchListings::default()
    };
    let hits = until(|| async {
        let page = datazone.search_listings(search.clone()).await.unwrap();
        (!page.items.is_empty()).then_some(page.items)
    })
    .await;
    assert_eq!(
        hits[0].listing_id.as_deref(),
        Some(published.listing_id.as_str())
    );

    let inventory = Search {
        domain_id: domain.id.clone(),
        project_id: Some(project.id.clone()),
        text: Some("orders".into()),
        ..Search::default()
    };
    let items = datazone.search(inventory).await.unwrap().items;
    assert_eq!(items[0].id, asset.id);
    assert_eq!(
        items[0].type_id.as_deref(),
        Some("amazon.datazone.GlueTableAssetType")
    );

    datazone
        .create_listing_change_set(change(ListingAction::Unpublish, "unpublish"))
        .await
        .unwrap();
    until(|| async {
        let gone = datazone
            .get_listing(&domain.id, &published.listing_id, None)
            .await;
        match gone {
            Ok(listing) => (listing.status.as_deref() == Some("INACTIVE")).then_some(()),
            Err(error) => error.is_not_found().then_some(()),
        }
    })
    .await;
    datazone.delete_asset(&domain.id, &asset.id).await.unwrap();
    let error = datazone
        .get_asset(&domain.id, &asset.id, None)
        .await
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
}

/// Polls until there is something, for four seconds.
async fn until<T, F: Future<Output = Option<T>>>(mut look: impl FnMut() -> F) -> T {
    for _ in 0..200 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("it does not come true");
}
