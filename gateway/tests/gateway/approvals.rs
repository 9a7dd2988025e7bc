//! Approvals over REST and gRPC, over real actors.

use std::io::Write;
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use axum::body::Body;
use datamesh_actor::Meta;
use datamesh_actors::Person;
use datamesh_actors::approval::{Approval, Command, Escalation, Open, Policy, StagePolicy};
use datamesh_proto::v1;
use datamesh_proto::v1::approval_service_client::ApprovalServiceClient;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::canned::Answer;
use super::mesh::Mesh;

const BOB: &str = "bob@example.com";
const CAY: &str = "cay@example.com";
const OWNER: &[&str] = &["owners"];

fn question(n: u32, groups: &[&str], users: &[&str], threshold: u32) -> Open {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Open {
        task_token: format!("secret-{n}"),
        execution_id: format!("exec-{n}"),
        project_id: "proj-1".to_owned(),
        subject: format!("Promote build {n}"),
        message: "Ready to promote to production?".to_owned(),
        requested_by: Person {
            user: "ann@example.com".to_owned(),
            email: "ann@example.com".to_owned(),
            ..Person::default()
        },
        digest: "d1".to_owned(),
        details: json!({"targetEnvironment": "prod"}),
        policy: Policy {
            stages: vec![StagePolicy {
                name: "owners".to_owned(),
                groups: owned(groups),
                users: owned(users),
                threshold,
            }],
            deadline_seconds: 3_600,
            escalation: None,
            allow_requester: false,
        },
    }
}

/// Opens an approval the way an execution does; its path.
async fn open(mesh: &Mesh, id: &str, question: Open) -> String {
    let command = Command::Open(Box::new(question));
    let meta = Meta::default();
    mesh.runtime
        .ask::<Approval>(id, command, meta)
        .await
        .unwrap();
    format!("/api/v1/approvals/{id}")
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.json()["code"], code, "{}", answer.text);
}

async fn owner(mesh: &Mesh, user: &str, path: &str, body: Value) -> Answer {
    mesh.send_as(user, OWNER, "POST", path, body).await
}

#[track_caller]
fn good(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_owners_approve_over_rest() {
    let mesh = Mesh::open().await;
    let path = open(&mesh, "apr-1", question(1, OWNER, &[], 2)).await;
    let read = mesh.good("GET", &path, Value::Null).await;
    assert_eq!(read["status"], "PENDING");
    assert_eq!(read["requestedBy"], "ann@example.com");
    assert_eq!(read["approvalDeadline"], "2027-01-15T09:00:00Z");
    assert_eq!(read["openStage"], 1);
    assert_eq!(read["details"], json!({"targetEnvironment": "prod"}));

    let approve = format!("{path}:approve");
    let body = json!({"comment": "looks good", "digest": "d1", "requestId": "r-1"});
    let first = good(&owner(&mesh, BOB, &approve, body.clone()).await);
    assert_eq!(first["status"], "IN_PROGRESS");
    assert_eq!(first["stages"][0]["approvedBy"], json!([BOB]));
    let repeat = good(&owner(&mesh, BOB, &approve, body).await);
    assert_eq!(repeat, first, "the same request is one yes");
    refused(
        &owner(&mesh, BOB, &approve, json!({})).await,
        409,
        "ALREADY_APPROVED",
    );
    let other = json!({"digest": "d2"});
    refused(
        &owner(&mesh, CAY, &approve, other).await,
        409,
        "DIGEST_MISMATCH",
    );
    let ann = mesh.send(OWNER, "POST", &approve, json!({})).await;
    refused(&ann, 403, "SELF_APPROVAL");
    let stranger = mesh
        .send_as("sam", &["sales"], "POST", &approve, json!({}))
        .await;
    refused(&stranger, 403, "NOT_APPROVER");

    let last = good(&owner(&mesh, CAY, &approve, json!({})).await);
    assert_eq!(last["status"], "APPROVED");
    assert_eq!(last["openStage"], 0);
    let actions: Vec<&Value> = last["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["action"])
        .collect();
    assert_eq!(
        actions,
        [
            "OPENED",
            "STAGE_OPENED",
            "APPROVED",
            "APPROVED",
            "COMPLETED"
        ]
    );
    assert_eq!(
        mesh.good("GET", &path, Value::Null).await["history"],
        last["history"]
    );
    refused(
        &owner(&mesh, BOB, &approve, json!({})).await,
        409,
        "APPROVAL_ENDED",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_answer_at_once_each_gets_a_due_answer() {
    let mesh = Mesh::open().await;
    let path = open(&mesh, "apr-1", question(1, OWNER, &[], 1)).await;
    let approve = format!("{path}:approve");
    let reject = format!("{path}:reject");
    let (yes, no) = tokio::join!(
        owner(&mesh, BOB, &approve, json!({})),
        owner(&mesh, CAY, &reject, json!({"comment": "no"})),
    );
    let (won, lost) = match yes.status {
        200 => (yes, no),
        _ => (no, yes),
    };
    let status = good(&won)["status"].clone();
    assert!(status == "APPROVED" || status == "REJECTED", "{status}");
    refused(&lost, 409, "APPROVAL_ENDED");
    assert_eq!(mesh.good("GET", &path, Value::Null).await["status"], status);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_task_token_finds_the_approval_and_is_never_said_back() {
    let mesh = Mesh::open().await;
    open(&mesh, "apr-1", question(1, OWNER, &[], 2)).await;
    let path = "/api/v1/approvals:approve";
    let unknown = owner(&mesh, BOB, path, json!({"taskToken": "secret-9"})).await;
    refused(&unknown, 404, "APPROVAL_NOT_FOUND");
    let yes = owner(&mesh, BOB, path, json!({"taskToken": "secret-1"})).await;
    assert_eq!(good(&yes)["status"], "IN_PROGRESS");
    let no = json!({"taskToken": "secret-1", "comment": "no"});
    let no = owner(&mesh, CAY, "/api/v1/approvals:reject", no).await;
    assert_eq!(good(&no)["status"], "REJECTED");
    let list = mesh
        .send(OWNER, "GET", "/api/v1/approvals", Value::Null)
        .await;
    for answer in [&unknown, &yes, &no, &list] {
        assert!(!answer.text.contains("secret-"), "{}", answer.text);
    }
    refused(
        &owner(&mesh, BOB, path, json!({})).await,
        400,
        "INVALID_FIELDS",
    );
    let both = json!({"taskToken": "secret-1", "approvalId": "apr-1"});
    refused(&owner(&mesh, BOB, path, both).await, 400, "INVALID_FIELDS");
}

#[tokio::test(flavor = "multi_thread")]
async fn not_even_an_operator_sees_the_token() {
    let mesh = Mesh::held().await;
    let path = open(&mesh, "apr-1", question(1, OWNER, &[], 1)).await;
    good(&owner(&mesh, BOB, &format!("{path}:approve"), json!({})).await);
    let actor = mesh
        .good("GET", "/admin/v1/actors/approval/apr-1", Value::Null)
        .await;
    let names = actor["effects"].as_array().unwrap().iter();
    assert!(
        names
            .map(|effect| &effect["name"])
            .any(|name| name == "TellExecution")
    );
    let history = "/admin/v1/actors/approval/apr-1/history";
    let history = mesh.good("GET", history, Value::Null).await;
    for shown in [actor, history] {
        let shown = shown.to_string();
        assert!(
            shown.contains("(secret)") && !shown.contains("secret-1"),
            "{shown}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_after_the_deadline_is_refused_and_ends_it() {
    let mesh = Mesh::open().await;
    let path = open(&mesh, "apr-1", question(1, OWNER, &[], 1)).await;
    mesh.clock.advance(Duration::from_secs(3_600));
    let late = owner(&mesh, BOB, &format!("{path}:approve"), json!({})).await;
    refused(&late, 409, "APPROVAL_EXPIRED");
    let read = mesh.send_as(BOB, OWNER, "GET", &path, Value::Null).await;
    assert_eq!(good(&read)["status"], "EXPIRED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_ends_it_by_itself() {
    let mesh = Mesh::open().await;
    let path = open(&mesh, "apr-1", question(1, OWNER, &[], 1)).await;
    mesh.clock.advance(Duration::from_secs(3_600));
    mesh.until(&path, "status", "EXPIRED").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_to_more_people_by_itself() {
    let mesh = Mesh::open().await;
    let mut escalating = question(1, OWNER, &[], 1);
    escalating.policy.escalation = Some(Escalation {
        after_seconds: 600,
        groups: vec!["heads".to_owned()],
        users: Vec::new(),
    });
    let path = open(&mesh, "apr-1", escalating).await;
    let read = mesh.good("GET", &path, Value::Null).await;
    assert_eq!(read["escalatesAt"], "2027-01-15T08:10:00Z");
    mesh.clock.advance(Duration::from_secs(600));
    let path_of = |verb: &str| format!("{path}:{verb}");
    let escalated = async {
        let mut changes = mesh.runtime.changes();
        loop {
            if mesh.good("GET", &path, Value::Null).await["escalated"] == true {
                return;
            }
            changes.recv().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), escalated)
        .await
        .unwrap();
    let steps = mesh
        .good(
            "GET",
            "/api/v1/approval-workflows?workflowId=apr-1",
            Value::Null,
        )
        .await;
    assert_eq!(steps["steps"][0]["escalationRequired"], true);
    assert_eq!(steps["steps"][0]["approver"], "group:owners, group:heads");
    let head = mesh
        .send_as("hal", &["heads"], "POST", &path_of("approve"), json!({}))
        .await;
    assert_eq!(good(&head)["status"], "APPROVED");
}

async fn inbox(mesh: &Mesh, user: &str, groups: &[&str], query: &str) -> Value {
    let path = format!("/api/v1/approvals?inbox=true{query}");
    good(&mesh.send_as(user, groups, "GET", &path, Value::Null).await)
}

fn ids(list: &Value) -> Vec<String> {
    let approvals = list["approvals"].as_array().unwrap().iter();
    approvals
        .map(|approval| approval["approvalId"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_has_what_the_caller_can_decide_now_and_nothing_else() {
    let mesh = Mesh::open().await;
    open(&mesh, "apr-1", question(1, OWNER, &[BOB], 2)).await;
    open(&mesh, "apr-2", question(2, &["sales"], &[], 1)).await;
    open(
        &mesh,
        "apr-3",
        question(3, &["sales"], &["Bob@Example.com"], 1),
    )
    .await;
    let mut own = question(4, OWNER, &[], 1);
    own.requested_by = Person {
        user: BOB.to_owned(),
        ..Person::default()
    };
    open(&mesh, "apr-4", own).await;

    assert_eq!(ids(&inbox(&mesh, BOB, OWNER, "").await), ["apr-1", "apr-3"]);
    assert_eq!(ids(&inbox(&mesh, CAY, OWNER, "").await), ["apr-1", "apr-4"]);
    assert_eq!(
        ids(&inbox(&mesh, "sam", &["sales"], "").await),
        ["apr-2", "apr-3"]
    );
    assert!(ids(&inbox(&mesh, "zoe", &[], "").await).is_empty());

    good(&owner(&mesh, BOB, "/api/v1/approvals/apr-1:approve", json!({})).await);
    assert_eq!(ids(&inbox(&mesh, BOB, OWNER, "").await), ["apr-3"]);
    assert_eq!(ids(&inbox(&mesh, CAY, OWNER, "").await), ["apr-1", "apr-4"]);
    let status = "&status=PENDING";
    assert_eq!(ids(&inbox(&mesh, CAY, OWNER, status).await), ["apr-4"]);

    let to_zoe = json!({"to": "zoe@example.com"});
    good(&owner(&mesh, CAY, "/api/v1/approvals/apr-1:delegate", to_zoe).await);
    assert_eq!(
        ids(&inbox(&mesh, "zoe@example.com", &[], "").await),
        ["apr-1"]
    );
    good(
        &owner(
            &mesh,
            "dan@example.com",
            "/api/v1/approvals/apr-1:reject",
            json!({}),
        )
        .await,
    );
    assert!(ids(&inbox(&mesh, "zoe@example.com", &[], "").await).is_empty());
}

/// Every approval is in several of the caller's lists, and some of them are not theirs to decide.
#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_pages_without_repeats_and_without_gaps() {
    let mesh = Mesh::open().await;
    let groups: &[&str] = &["owners", "sales", "heads"];
    let mut expected = Vec::new();
    for n in 0..23 {
        let mine = &groups[usize::try_from(n).unwrap() % 3..];
        let mut asked = question(n, mine, &[BOB], 1);
        if n % 4 == 3 {
            asked.requested_by.user = BOB.to_owned();
            asked.requested_by.email = BOB.to_owned();
        } else {
            expected.push(format!("apr-{n:02}"));
        }
        open(&mesh, &format!("apr-{n:02}"), asked).await;
        mesh.clock.advance(Duration::from_secs(u64::from(n % 2)));
    }
    for size in [1, 2, 5, 7, 100] {
        let mut seen = Vec::new();
        let mut token = String::new();
        loop {
            let query = format!("&pageSize={size}&pageToken={token}");
            let page = inbox(&mesh, BOB, groups, &query).await;
            let page_ids = ids(&page);
            assert!(page_ids.len() <= size);
            seen.extend(page_ids);
            token = page["nextPageToken"].as_str().unwrap().to_owned();
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, expected, "{size} a page");
    }
    let path = "/api/v1/approvals?inbox=true&pageToken=A'";
    let answer = mesh.send(OWNER, "GET", path, Value::Null).await;
    refused(&answer, 400, "INVALID_FIELDS");
}

#[tokio::test(flavor = "multi_thread")]
async fn approvals_are_listed_by_project_execution_and_status() {
    let mesh = Mesh::open().await;
    open(&mesh, "apr-1", question(1, OWNER, &[], 1)).await;
    open(&mesh, "apr-2", question(2, OWNER, &[], 1)).await;
    let mut other = question(3, OWNER, &[], 1);
    other.project_id = "proj-2".to_owned();
    open(&mesh, "apr-3", other).await;
    good(&owner(&mesh, BOB, "/api/v1/approvals/apr-2:reject", json!({})).await);
    for (query, expected) in [
        ("", &["apr-1", "apr-2", "apr-3"][..]),
        ("?projectId=proj-1", &["apr-1", "apr-2"]),
        ("?executionId=exec-3", &["apr-3"]),
        ("?status=REJECTED", &["apr-2"]),
        ("?projectId=proj-1&status=PENDING", &["apr-1"]),
    ] {
        let list = mesh
            .good("GET", &format!("/api/v1/approvals{query}"), Value::Null)
            .await;
        assert_eq!(ids(&list), expected, "{query}");
        assert_eq!(list["approvals"][0]["history"], json!([]));
        assert_eq!(list["approvals"][0].get("details"), None);
    }
    let rejected = "/api/v1/approval-workflows?status=REJECTED";
    let steps = mesh.good("GET", rejected, Value::Null).await;
    assert_eq!(steps["steps"][0]["workflowId"], "apr-2");
    assert_eq!(steps["steps"].as_array().unwrap().len(), 1);
    let wrong = "/api/v1/approval-workflows?status=OPEN";
    refused(
        &mesh.send(OWNER, "GET", wrong, Value::Null).await,
        400,
        "INVALID_FIELDS",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_not_found() {
    let mesh = Mesh::open().await;
    for verb in [
        "approve", "reject", "delegate", "comment", "withdraw", "cancel",
    ] {
        let path = format!("/api/v1/approvals/apr-x:{verb}");
        refused(
            &owner(&mesh, BOB, &path, json!({})).await,
            404,
            "APPROVAL_NOT_FOUND",
        );
    }
    let read = mesh
        .send(OWNER, "GET", "/api/v1/approvals/apr-x", Value::Null)
        .await;
    refused(&read, 404, "APPROVAL_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_else_that_can_be_said_over_rest() {
    let mesh = Mesh::open().await;
    let path = open(&mesh, "apr-1", question(1, OWNER, &[], 2)).await;
    let say = |verb: &str| format!("{path}:{verb}");
    good(&owner(&mesh, BOB, &say("approve"), json!({})).await);
    let back = good(&owner(&mesh, BOB, &say("withdraw"), json!({"comment": "wait"})).await);
    assert_eq!(back["status"], "PENDING");
    refused(
        &owner(&mesh, BOB, &say("withdraw"), json!({})).await,
        409,
        "NOT_APPROVED",
    );
    refused(
        &owner(&mesh, BOB, &say("comment"), json!({})).await,
        400,
        "INVALID_FIELDS",
    );
    let said = good(&owner(&mesh, CAY, &say("comment"), json!({"comment": "why?"})).await);
    assert_eq!(
        said["history"].as_array().unwrap().last().unwrap()["comment"],
        "why?"
    );
    let to = json!({"to": "zoe"});
    let given = good(&owner(&mesh, BOB, &say("delegate"), to.clone()).await);
    assert_eq!(given["delegations"], json!([{"from": BOB, "to": "zoe"}]));
    let again = json!({"to": "yan"});
    refused(
        &owner(&mesh, BOB, &say("delegate"), again).await,
        409,
        "ALREADY_DELEGATED",
    );
    let circle = json!({"to": BOB});
    let zoe = mesh
        .send_as("zoe", OWNER, "POST", &say("delegate"), circle)
        .await;
    refused(&zoe, 409, "DELEGATION_CYCLE");
    refused(
        &owner(&mesh, BOB, &say("cancel"), json!({})).await,
        403,
        "NOT_REQUESTER",
    );
    let ended = mesh
        .send(OWNER, "POST", &say("cancel"), json!({"comment": "later"}))
        .await;
    let ended = good(&ended);
    assert_eq!(ended["status"], "CANCELLED");
    assert_eq!(ended["statusReason"], "cancelled by ann@example.com: later");
}

/// What another program, which knows nothing but the description of `ApprovalEntry`, says of a history: the
/// number of the entry where it breaks. `None` where there is no Python to run it.
fn checked_by_python(approval: &Value) -> Option<String> {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/gateway/verify_history.py"
    );
    let child = Process::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: there is no python3 to check the history with");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(approval.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_program_can_verify_the_history() {
    let mesh = Mesh::open().await;
    let path = open(&mesh, "apr-1", question(1, OWNER, &[], 2)).await;
    mesh.clock.advance(Duration::from_millis(1_070));
    let odd = json!({"comment": "a \"word\",\n\ttwo \u{e9}\u{1f600}\u{2028} \\ </b>"});
    good(&owner(&mesh, BOB, &format!("{path}:comment"), odd).await);
    good(
        &owner(
            &mesh,
            BOB,
            &format!("{path}:delegate"),
            json!({"to": "zoe"}),
        )
        .await,
    );
    mesh.clock.advance(Duration::from_millis(930));
    good(&owner(&mesh, CAY, &format!("{path}:approve"), json!({})).await);
    let approval = mesh.good("GET", &path, Value::Null).await;
    let Some(verdict) = checked_by_python(&approval) else {
        return;
    };
    assert_eq!(verdict, "");
    let mut forged = approval.clone();
    forged["history"][3]["onBehalfOf"] = json!("dan");
    assert_eq!(checked_by_python(&forged).unwrap(), "4");
    let mut cut = approval;
    cut["history"].as_array_mut().unwrap().remove(1);
    assert_eq!(checked_by_python(&cut).unwrap(), "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_over_grpc() {
    let mesh = Mesh::open().await;
    open(&mesh, "apr-1", question(1, OWNER, &[], 1)).await;
    let router = mesh.public.router.clone();
    let router =
        router.map_request(|request: http::Request<tonic::body::Body>| request.map(Body::new));
    let mut client = ApprovalServiceClient::new(router);
    let token = |user: &str| format!("Bearer {}", mesh.public.token_of(user, OWNER));
    fn signed<T>(message: T, token: &str) -> tonic::Request<T> {
        let mut request = tonic::Request::new(message);
        let metadata = request.metadata_mut();
        metadata.insert("authorization", token.parse().unwrap());
        request
    }
    let list = v1::ListApprovalsRequest {
        inbox: true,
        ..Default::default()
    };
    let list = client.list_approvals(signed(list, &token(BOB))).await;
    assert_eq!(list.unwrap().into_inner().approvals.len(), 1);
    let by_token = v1::ApproveApprovalRequest {
        task_token: "secret-1".to_owned(),
        comment: "fine".to_owned(),
        ..Default::default()
    };
    let refused = client
        .approve_approval(signed(by_token.clone(), &token("ann@example.com")))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    let approval = client
        .approve_approval(signed(by_token, &token(BOB)))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(approval.status(), v1::approval::Status::Approved);
    assert_eq!(approval.history.len(), 4);
    let get = v1::GetApprovalRequest {
        approval_id: "apr-1".to_owned(),
    };
    let read = client.get_approval(signed(get, &token(CAY))).await.unwrap();
    assert_eq!(read.into_inner(), approval);
}
