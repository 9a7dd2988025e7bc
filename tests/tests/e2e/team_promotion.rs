//! A team brings its project from dev to staging to prod, over the public API of the real process.

use datamesh_tests::{Mesh, Rest, id_of, until};
use serde_json::{Value, json};

/// A mesh with a project whose blueprint runs in dev, and two people of the team that owns it.
struct Team {
    mesh: Mesh,
    project_id: String,
    amelia: Rest,
    orville: Rest,
}

impl Team {
    async fn assembled() -> Self {
        let mesh = Mesh::start().await;
        let domain = mesh.domain("aviation").await;
        let project = mesh.project(&domain, "network").await;
        let team = Self {
            project_id: id_of(&project, "projectId").to_owned(),
            amelia: mesh.node.rest("amelia@example.com", &["team"]).await,
            orville: mesh.node.rest("orville@example.com", &["team"]).await,
            mesh,
        };
        team.deployed_to_dev(&json!({})).await;
        team
    }

    async fn deployed_to_dev(&self, parameters: &Value) -> Value {
        let body = json!({
            "projectId": self.project_id, "targetEnvironment": "dev", "blueprint": "project",
            "parameters": parameters, "wait": true,
        });
        let deployment = self.amelia.post("/api/v1/deployments", &body).await.ok();
        assert_eq!(deployment["status"], "SUCCESS", "{deployment:#}");
        deployment
    }

    fn promote_path(&self) -> String {
        format!("/api/v1/projects/{}/promote", self.project_id)
    }

    async fn asked_for(&self, target: &str) -> String {
        let body = json!({"targetEnvironment": target, "comment": "it is ready"});
        let promotion = self.amelia.post(&self.promote_path(), &body).await.ok();
        id_of(&promotion, "requestId").to_owned()
    }

    async fn promotion(&self, id: &str) -> Value {
        self.amelia
            .get(&format!("/api/v1/promotions/{id}"))
            .await
            .ok()
    }

    /// Waits until the promotion asks for an approval, and gives its path.
    async fn approval(&self, promotion_id: &str) -> String {
        let path = format!("/api/v1/promotions/{promotion_id}");
        let seen = until(&format!("{path} asks for an approval"), async || {
            let seen = self.amelia.get(&path).await.ok();
            match seen["approvalId"].as_str() {
                Some(id) if !id.is_empty() => Ok(id.to_owned()),
                _ => Err(seen),
            }
        })
        .await;
        format!("/api/v1/approvals/{seen}")
    }

    async fn until_status(&self, promotion_id: &str, status: &str) -> Value {
        let path = format!("/api/v1/promotions/{promotion_id}");
        self.mesh.until_field(&path, "status", status).await
    }
}

#[tokio::test]
async fn a_project_goes_to_staging_and_prod_with_an_approval_by_a_second_person_each() {
    let team = Team::assembled().await;
    let mut digests = Vec::new();
    for target in ["staging", "prod"] {
        let id = team.asked_for(target).await;
        let approval = team.approval(&id).await;
        let pending = team.promotion(&id).await;
        assert_eq!(pending["status"], "PENDING", "{pending}");
        assert_eq!(pending["createdBy"], "amelia@example.com");
        let digest = id_of(&pending, "digest").to_owned();

        let own = team
            .amelia
            .post(&format!("{approval}:approve"), &json!({}))
            .await;
        assert_eq!(own.status, 403, "who asks cannot approve: {own}");

        let inbox = team.orville.get("/api/v1/approvals?inbox=true").await.ok();
        let in_inbox: Vec<&str> = inbox["approvals"]
            .as_array()
            .unwrap()
            .iter()
            .map(|approval| id_of(approval, "approvalId"))
            .collect();
        assert_eq!(in_inbox, [approval.rsplit('/').next().unwrap()]);
        let other = json!({"digest": "0".repeat(64)});
        let other = team
            .orville
            .post(&format!("{approval}:approve"), &other)
            .await;
        assert!(
            other.status == 400 || other.status == 409 || other.status == 412,
            "{other}"
        );
        let yes = json!({"digest": digest, "comment": "go"});
        let approved = team
            .orville
            .post(&format!("{approval}:approve"), &yes)
            .await
            .ok();
        assert_eq!(approved["status"], "APPROVED", "{approved}");

        let done = team.until_status(&id, "COMPLETED").await;
        assert_eq!(done["approvedBy"], "orville@example.com");
        assert_eq!(done["approvalReason"], "go");
        assert!(done["completedAt"].is_string(), "{done}");
        digests.push(digest);

        let path = format!("/api/v1/projects/{}/environments/{target}", team.project_id);
        let environment = team.amelia.get(&path).await.ok();
        assert_eq!(environment["status"], "READY", "{environment}");
    }
    assert_eq!(
        digests[0], digests[1],
        "what was tested is what goes to prod"
    );

    let history = team
        .amelia
        .all(
            &format!("/api/v1/promotions?projectId={}", team.project_id),
            "promotions",
        )
        .await;
    let targets: Vec<&Value> = history.iter().map(|p| &p["targetEnvironment"]).collect();
    assert_eq!(targets, ["prod", "staging"], "newest first");
    let by_approver = "/api/v1/promotions?approvedBy=orville@example.com";
    assert_eq!(team.amelia.all(by_approver, "promotions").await.len(), 2);
    let deployments = team
        .amelia
        .all("/api/v1/deployments?environment=prod", "deployments")
        .await;
    assert_eq!(deployments.len(), 1, "{deployments:#?}");
    let later = format!(
        "/api/v1/deployments?projectId={}&startTime=2100-01-01T00:00:00Z",
        team.project_id
    );
    assert_eq!(
        team.amelia.all(&later, "deployments").await,
        [] as [Value; 0],
        "by time"
    );
    let execution = id_of(&history[0], "executionId");
    let events = team
        .amelia
        .all(&format!("/api/v1/executions/{execution}/history"), "events")
        .await;
    assert_eq!(events[0]["type"], "ExecutionStarted");
    assert_eq!(events.last().unwrap()["type"], "ExecutionSucceeded");
    let numbers: Vec<usize> = (1..=events.len()).collect();
    let ids: Vec<usize> = events
        .iter()
        .map(|event| event["id"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(ids, numbers);
}

#[tokio::test]
async fn a_rejection_ends_a_promotion_and_changes_nothing() {
    let team = Team::assembled().await;
    let id = team.asked_for("staging").await;
    let approval = team.approval(&id).await;
    let no = json!({"comment": "not on a Friday"});
    team.orville
        .post(&format!("{approval}:reject"), &no)
        .await
        .ok();
    let ended = team.until_status(&id, "REJECTED").await;
    let reason = ended["rejectionReason"].as_str().unwrap();
    assert!(reason.ends_with("not on a Friday"), "{reason}");
    let late = team
        .orville
        .post(&format!("{approval}:approve"), &json!({}))
        .await;
    assert_eq!(
        late.status, 409,
        "an ended approval takes no decision: {late}"
    );
    let staging = format!(
        "/api/v1/deployments?projectId={}&environment=staging",
        team.project_id
    );
    assert_eq!(
        team.amelia.all(&staging, "deployments").await,
        [] as [Value; 0]
    );
    // The target is free again.
    let id = team.asked_for("staging").await;
    team.approval(&id).await;
}

#[tokio::test]
async fn one_promotion_runs_for_each_project_and_target() {
    let team = Team::assembled().await;
    let id = team.asked_for("staging").await;
    team.approval(&id).await;
    let body = json!({"targetEnvironment": "staging"});
    let second = team.orville.post(&team.promote_path(), &body).await;
    assert_eq!(second.status, 409, "{second}");
    assert!(second.text.contains("PROMOTION_RUNNING"), "{second}");
    let stranger = team
        .mesh
        .node
        .rest("mallory@example.com", &["others"])
        .await;
    let refused = stranger.post(&team.promote_path(), &body).await;
    assert_eq!(refused.status, 403, "{refused}");
    let cancel = format!("/api/v1/promotions/{id}:cancel");
    let cancelled = team.amelia.post(&cancel, &json!({"reason": "later"})).await;
    cancelled.ok();
    team.until_status(&id, "CANCELLED").await;
    let id = team.asked_for("staging").await;
    team.approval(&id).await;
}

#[tokio::test]
async fn a_change_of_what_is_promoted_voids_the_approval() {
    let team = Team::assembled().await;
    let id = team.asked_for("staging").await;
    let approval = team.approval(&id).await;
    let template = json!({
        "Resources": {"Inbox": {"Type": "AWS::SQS::Queue"}},
    });
    let body = json!({
        "projectId": team.project_id, "targetEnvironment": "dev", "cfnTemplate": template,
        "wait": true,
    });
    let deployment = team.amelia.post("/api/v1/deployments", &body).await.ok();
    assert_eq!(deployment["status"], "SUCCESS", "{deployment:#}");
    let ended = team.until_status(&id, "CANCELLED").await;
    assert!(
        ended["statusReason"]
            .as_str()
            .unwrap()
            .contains("SOURCE_CHANGED"),
        "{ended}"
    );
    let voided = team.amelia.get(&approval).await.ok();
    assert_eq!(voided["status"], "VOIDED", "{voided}");
    let late = team
        .orville
        .post(&format!("{approval}:approve"), &json!({}))
        .await;
    assert_eq!(late.status, 409, "{late}");
}

#[tokio::test]
async fn nothing_can_be_promoted_before_it_is_deployed() {
    let team = Team::assembled().await;
    let body = json!({"targetEnvironment": "prod"});
    let refused = team.amelia.post(&team.promote_path(), &body).await;
    assert_eq!(refused.status, 409, "staging is empty: {refused}");
    assert!(refused.text.contains("NOTHING_DEPLOYED"), "{refused}");
    let body = json!({"targetEnvironment": "moon"});
    let refused = team.amelia.post(&team.promote_path(), &body).await;
    assert_eq!(refused.status, 400, "{refused}");
    assert!(refused.text.contains("targetEnvironment"), "{refused}");
}

#[tokio::test]
async fn a_promotion_survives_kills_at_any_moment() {
    let mut team = Team::assembled().await;
    for target in ["staging", "prod"] {
        let id = team.asked_for(target).await;
        // Killed before the approval is there, after it, and while it deploys.
        team = team.killed().await;
        let approval = team.approval(&id).await;
        team = team.killed().await;
        let yes = json!({"comment": "go", "requestId": format!("yes-{target}")});
        team.orville
            .post(&format!("{approval}:approve"), &yes)
            .await
            .ok();
        for _ in 0..3 {
            team = team.killed().await;
            let again = team
                .orville
                .post(&format!("{approval}:approve"), &yes)
                .await;
            assert_eq!(again.status, 200, "a repeat is answered as before: {again}");
        }
        team.until_status(&id, "COMPLETED").await;
        let deployments = format!(
            "/api/v1/deployments?projectId={}&environment={target}",
            team.project_id
        );
        let deployments = team.amelia.all(&deployments, "deployments").await;
        assert_eq!(deployments.len(), 1, "once: {deployments:#?}");
    }
}

impl Team {
    /// The process is killed and started again on its folder.
    async fn killed(self) -> Self {
        let Mesh { node, folder, .. } = self.mesh;
        let node = node.kill().await.start().await;
        let mesh = Mesh {
            rest: node.rest("ada@example.com", &["admins"]).await,
            cloud: node.cloud(),
            node,
            folder,
        };
        Self {
            amelia: mesh.node.rest("amelia@example.com", &["team"]).await,
            orville: mesh.node.rest("orville@example.com", &["team"]).await,
            project_id: self.project_id,
            mesh,
        }
    }
}
