//! LF-Tags and what is granted by them.

use aws_sdk_lakeformation::types::{
    LfTag, LfTagPair, LfTagPolicyResource, Permission, Resource, ResourceType,
};

use crate::stage::{ANALYST, Stage, all_rows, columns, database, grant, orders, refused, stage};

const SELECT: &[Permission] = &[Permission::Select];

async fn create(stage: &Stage, key: &str, values: &[&str]) {
    let values = values.iter().map(|&value| value.to_owned()).collect();
    let create = stage.lake.create_lf_tag().tag_key(key);
    create.set_tag_values(Some(values)).send().await.unwrap();
}

/// Assigns a value; what failed.
async fn assign(stage: &Stage, resource: Resource, key: &str, value: &str) -> Vec<String> {
    let pair = LfTagPair::builder().tag_key(key).tag_values(value).build();
    let add = stage.lake.add_lf_tags_to_resource().resource(resource);
    let added = add.lf_tags(pair.unwrap()).send().await.unwrap();
    let errors = added
        .failures()
        .iter()
        .filter_map(|failure| failure.error());
    errors
        .map(|error| error.error_code().unwrap().to_owned())
        .collect()
}

fn policy(on: ResourceType, expression: &[(&str, &[&str])]) -> Resource {
    let tags = expression.iter().map(|(key, values)| {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        let tag = LfTag::builder().tag_key(*key).set_tag_values(Some(values));
        tag.build().unwrap()
    });
    let policy = LfTagPolicyResource::builder()
        .resource_type(on)
        .set_expression(Some(tags.collect()));
    Resource::builder()
        .lf_tag_policy(policy.build().unwrap())
        .build()
}

/// The tags on the columns of `orders`: `column key=value`.
async fn on_columns(stage: &Stage, assigned: bool) -> Vec<String> {
    let get = stage.lake.get_resource_lf_tags().resource(orders());
    let got = get.show_assigned_lf_tags(assigned).send().await.unwrap();
    let mut shown = Vec::new();
    for column in got.lf_tags_on_columns() {
        for tag in column.lf_tags() {
            let value = tag.tag_values().join(",");
            shown.push(format!(
                "{} {}={value}",
                column.name().unwrap(),
                tag.tag_key()
            ));
        }
    }
    shown
}

#[tokio::test]
async fn tags_are_inherited_from_database_to_table_to_column() {
    let stage = stage().await;
    create(&stage, "Level", &["Public", "Secret"]).await;
    assert!(
        assign(&stage, database(), "level", "public")
            .await
            .is_empty()
    );
    assign(&stage, columns(&["amount"]), "level", "secret").await;
    assert_eq!(
        on_columns(&stage, false).await,
        [
            "id level=public",
            "region level=public",
            "amount level=secret",
            "day level=public"
        ]
    );
    assert_eq!(on_columns(&stage, true).await, ["amount level=secret"]);
    assign(&stage, orders(), "level", "secret").await;
    assign(&stage, columns(&["id"]), "level", "public").await;
    assert_eq!(
        on_columns(&stage, false).await[..2],
        ["id level=public", "region level=secret"]
    );
}

#[tokio::test]
async fn a_policy_shows_the_columns_that_fit_all_of_it() {
    let stage = stage().await;
    create(&stage, "level", &["public", "internal", "secret"]).await;
    create(&stage, "team", &["sales", "hr"]).await;
    assign(&stage, orders(), "level", "public").await;
    assign(&stage, columns(&["amount"]), "level", "secret").await;
    let open: &[(&str, &[&str])] = &[("level", &["public", "internal"]), ("team", &["sales"])];
    let policy = || policy(ResourceType::Table, open);
    stage.grant(ANALYST, policy(), SELECT).await;
    let analyst = stage.role(ANALYST).await;
    assert!(stage.reads(&analyst).await.is_err(), "no team");
    assign(&stage, database(), "team", "sales").await;
    assert_eq!(
        stage.reads(&analyst).await,
        all_rows(&["id", "region", "day"])
    );
    assign(&stage, columns(&["id"]), "team", "hr").await;
    assert_eq!(stage.reads(&analyst).await, all_rows(&["region", "day"]));
    stage.revoke(ANALYST, policy(), SELECT).await;
    assert!(stage.reads(&analyst).await.is_err());
}

#[tokio::test]
async fn a_resource_has_one_value_of_a_key() {
    let stage = stage().await;
    create(&stage, "level", &["public", "secret"]).await;
    let both = LfTagPair::builder().tag_key("level");
    let both = both.tag_values("public").tag_values("secret").build();
    let add = stage.lake.add_lf_tags_to_resource().resource(orders());
    let added = add.lf_tags(both.unwrap()).send().await.unwrap();
    assert_eq!(added.failures().len(), 1);
    assign(&stage, orders(), "level", "public").await;
    assign(&stage, orders(), "level", "secret").await;
    assert_eq!(on_columns(&stage, false).await[0], "id level=secret");
    assert_eq!(
        assign(&stage, orders(), "nope", "x").await,
        ["EntityNotFoundException"]
    );
    assert_eq!(
        assign(&stage, orders(), "level", "nope").await,
        ["EntityNotFoundException"]
    );
}

#[tokio::test]
async fn a_value_in_use_cannot_go_and_a_deleted_tag_leaves_its_resources() {
    let stage = stage().await;
    create(&stage, "level", &["public", "secret"]).await;
    assign(&stage, orders(), "level", "public").await;
    let update = stage.lake.update_lf_tag().tag_key("level");
    let update = update
        .tag_values_to_delete("public")
        .tag_values_to_add("new");
    let error = refused(&update.send().await.unwrap_err().into_service_error());
    assert_eq!(error.0, "InvalidInputException");
    assert!(error.1.starts_with("Update not allowed."), "{}", error.1);
    let update = stage.lake.update_lf_tag().tag_key("level");
    let update = update
        .tag_values_to_delete("secret")
        .tag_values_to_add("new");
    update.send().await.unwrap();
    let got = stage
        .lake
        .get_lf_tag()
        .tag_key("LEVEL")
        .send()
        .await
        .unwrap();
    assert_eq!(got.tag_values(), ["new", "public"]);

    stage
        .lake
        .delete_lf_tag()
        .tag_key("level")
        .send()
        .await
        .unwrap();
    assert!(on_columns(&stage, false).await.is_empty());
    let gone = stage.lake.get_lf_tag().tag_key("level").send().await;
    assert!(
        gone.unwrap_err()
            .into_service_error()
            .is_entity_not_found_exception()
    );
    let resource = policy(ResourceType::Table, &[("level", &["public"])]);
    let error = grant(&stage.lake, ANALYST, resource, SELECT, &[]).await;
    assert_eq!(error.unwrap_err().0, "EntityNotFoundException");
}

#[tokio::test]
async fn tags_are_removed_listed_and_searched() {
    let stage = stage().await;
    stage.create_table("stock").await;
    create(&stage, "level", &["public", "secret"]).await;
    create(&stage, "team", &["sales"]).await;
    assign(&stage, columns(&["id"]), "level", "secret").await;
    assign(&stage, database(), "team", "sales").await;
    let tags = stage.lake.list_lf_tags().send().await.unwrap();
    let keys: Vec<&str> = tags.lf_tags().iter().map(LfTagPair::tag_key).collect();
    assert_eq!(keys, ["level", "team"]);
    let expression = |key: &str, value: &str| {
        LfTag::builder()
            .tag_key(key)
            .tag_values(value)
            .build()
            .unwrap()
    };
    let search = stage.lake.search_tables_by_lf_tags();
    let found = search
        .expression(expression("level", "secret"))
        .send()
        .await;
    let found = found.unwrap();
    let names: Vec<_> = found
        .table_list()
        .iter()
        .filter_map(|t| t.table())
        .collect();
    assert_eq!(names.len(), 1);
    assert_eq!(names[0].name(), Some("orders"));
    let search = stage.lake.search_databases_by_lf_tags();
    let found = search.expression(expression("team", "sales")).send().await;
    assert_eq!(found.unwrap().database_list().len(), 1);

    let pair = || {
        LfTagPair::builder()
            .tag_key("level")
            .tag_values("secret")
            .build()
            .unwrap()
    };
    let remove = stage
        .lake
        .remove_lf_tags_from_resource()
        .resource(columns(&["id"]));
    let removed = remove.clone().lf_tags(pair()).send().await.unwrap();
    assert!(removed.failures().is_empty());
    let again = remove.lf_tags(pair()).send().await.unwrap();
    assert_eq!(again.failures().len(), 1);
    assert!(on_columns(&stage, true).await.is_empty());
}

#[tokio::test]
async fn tags_go_with_the_table() {
    let stage = stage().await;
    create(&stage, "level", &["public"]).await;
    assign(&stage, orders(), "level", "public").await;
    assign(&stage, columns(&["id"]), "level", "public").await;
    stage.drop_table("orders").await;
    stage.create_table("orders").await;
    assert!(on_columns(&stage, false).await.is_empty());
}
