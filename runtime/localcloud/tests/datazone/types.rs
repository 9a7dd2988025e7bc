//! Form types and asset types, and the forms of assets that must be of them.

use aws_sdk_datazone::error::ProvideErrorMetadata as _;
use aws_sdk_datazone::types::{
    FormEntryInput, FormInput, Model, SearchTypesResultItem, TypesSearchScope,
};

use crate::stage::{GLUE_TABLE, Zone, zone};

const STEWARD: &str = "structure Steward { @required name: String  phone: Integer }";

impl Zone {
    async fn form_type(&self, project: &str, smithy: &str) -> Result<String, String> {
        let create = self
            .client
            .create_form_type()
            .domain_identifier(&self.domain);
        let create = create.name("Steward").owning_project_identifier(project);
        let created = create.model(Model::Smithy(smithy.to_owned())).send().await;
        match created {
            Ok(created) => Ok(created.revision().to_owned()),
            Err(error) => Err(error.into_service_error().code().unwrap().to_owned()),
        }
    }

    async fn asset_type(&self, project: &str) -> String {
        let entry = FormEntryInput::builder()
            .type_identifier("Steward")
            .type_revision("1");
        let create = self
            .client
            .create_asset_type()
            .domain_identifier(&self.domain);
        let create = create.name("Report").owning_project_identifier(project);
        let entry = entry.required(true).build().unwrap();
        let created = create.forms_input("steward", entry).send().await.unwrap();
        created.revision().to_owned()
    }
}

#[tokio::test]
async fn a_form_type_has_revisions_and_one_owner() {
    let zone = zone().await;
    let (one, other) = (zone.project("one").await, zone.project("other").await);
    assert_eq!(zone.form_type(&one, STEWARD).await.as_deref(), Ok("1"));
    assert_eq!(zone.form_type(&one, STEWARD).await.as_deref(), Ok("2"));
    let conflict = Err("ConflictException".to_owned());
    assert_eq!(zone.form_type(&other, STEWARD).await, conflict);
    for broken in ["structure Other {}", "structure Steward {", "what"] {
        let refused = Err("ValidationException".to_owned());
        assert_eq!(zone.form_type(&one, broken).await, refused, "{broken}");
    }
    let get = zone.client.get_form_type().domain_identifier(&zone.domain);
    let got = get
        .form_type_identifier("Steward")
        .revision("1")
        .send()
        .await
        .unwrap();
    assert_eq!(got.model(), Some(&Model::Smithy(STEWARD.to_owned())));
}

#[tokio::test]
async fn an_asset_of_an_own_type_must_have_the_forms_of_the_type() {
    let zone = zone().await;
    let project = zone.project("p").await;
    zone.form_type(&project, STEWARD).await.unwrap();
    assert_eq!(zone.asset_type(&project).await, "1");
    let create = |forms: Option<&str>| {
        let form = forms.map(|content| {
            let form = FormInput::builder().form_name("steward").content(content);
            vec![form.build().unwrap()]
        });
        let create = zone.client.create_asset().domain_identifier(&zone.domain);
        let create = create.owning_project_identifier(&project).name("r");
        create
            .type_identifier("Report")
            .set_forms_input(form)
            .send()
    };
    for (content, part) in [
        (None, "Required form steward"),
        (Some(r#"{"phone":1}"#), "the required field name is missing"),
        (
            Some(r#"{"name":"Ada","phone":"one"}"#),
            "the field phone is not",
        ),
        (Some("[]"), "not a valid JSON object"),
    ] {
        let refused = create(content).await.unwrap_err().into_service_error();
        assert!(refused.message().unwrap().contains(part), "{refused}");
    }
    let asset = create(Some(r#"{"name":"Ada"}"#)).await.unwrap();
    assert_eq!(asset.forms_output()[0].type_name(), Some("Steward"));

    let delete = || {
        let delete = zone
            .client
            .delete_asset_type()
            .domain_identifier(&zone.domain);
        delete.identifier("Report").send()
    };
    let used = delete().await.unwrap_err().into_service_error();
    assert!(used.is_conflict_exception(), "{used}");
    let delete_form = || {
        let delete = zone
            .client
            .delete_form_type()
            .domain_identifier(&zone.domain);
        delete.form_type_identifier("Steward").send()
    };
    let used = delete_form().await.unwrap_err().into_service_error();
    assert!(used.is_conflict_exception(), "{used}");
    let gone = zone.client.delete_asset().domain_identifier(&zone.domain);
    gone.identifier(asset.id()).send().await.unwrap();
    delete().await.unwrap();
    delete_form().await.unwrap();
}

#[tokio::test]
async fn managed_types_are_there_and_stay() {
    let zone = zone().await;
    let get = zone.client.get_asset_type().domain_identifier(&zone.domain);
    let got = get.identifier(GLUE_TABLE).send().await.unwrap();
    assert_eq!(got.forms_output()["GlueTableForm"].required(), Some(true));
    let delete = zone
        .client
        .delete_asset_type()
        .domain_identifier(&zone.domain);
    let refused = delete
        .identifier(GLUE_TABLE)
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(refused.is_validation_exception(), "{refused}");

    let project = zone.project("p").await;
    zone.form_type(&project, STEWARD).await.unwrap();
    let found = |managed: bool, text: &'static str| {
        let search = zone.client.search_types().domain_identifier(&zone.domain);
        let search = search
            .search_scope(TypesSearchScope::FormType)
            .managed(managed);
        search.search_text(text).send()
    };
    let own = found(false, "stew").await.unwrap();
    let [SearchTypesResultItem::FormTypeItem(form)] = own.items() else {
        panic!("not one form type: {own:?}");
    };
    assert_eq!(form.name(), "Steward");
    let managed = found(true, "GlueTableFormType").await.unwrap();
    assert_eq!(managed.total_match_count(), Some(1));
}
