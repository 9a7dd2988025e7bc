//! Approvals on a journal on disk: what the execution is told reaches it, as one deed, whatever fails.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use datamesh_actor::{
    AskError, Clock, Effects, Limit, Meta, Options as RuntimeOptions, Rejection, RetryPolicy,
    Runtime,
};
use datamesh_actors::access::{Hold, HoldEnd, LedgerId, LookEnd, ShareEnd, ShareOrder};
use datamesh_actors::approval::{
    self, APPROVAL_ENTRIES, APPROVALS, Approval, ApprovalEffects, ApprovalRecord, Approve, Command,
    Entry, Open, Policy, Reject, StagePolicy, Status, broken_at,
};
use datamesh_actors::domain_name::Holder;
use datamesh_actors::permission::PermissionRecord;
use datamesh_actors::{
    AssetSource, Mesh, Options, Person, ProjectSource, TaskEnd, World, deployment, domain,
    domain_name, execution, project, promotion,
};
use datamesh_journal::sqlite::{self, SqliteJournal};
use datamesh_journal::{EntityKey, ViewQuery};
use tempfile::TempDir;

use crate::stage::Stage;
use crate::wrappers::{LostOnce, Twice};

const ID: &str = "apr-1";
const TOKEN: &str = "token-1";
const DEADLINE_SECONDS: i64 = 3_600;

/// A clock that stands still until it is moved.
#[derive(Default)]
struct Still(AtomicI64);

impl Clock for Still {
    fn now_ms(&self) -> i64 {
        1_768_422_600_000 + self.0.load(Ordering::SeqCst)
    }
}

/// What executions were told, and how they answer: first the answers in line, then well.
#[derive(Default)]
struct Executions {
    told: Mutex<Vec<(String, TaskEnd, String)>>,
    answers: Mutex<VecDeque<AskError>>,
}

impl Executions {
    fn answer(&self, error: AskError) {
        self.answers.lock().unwrap().push_back(error);
    }

    /// The ends that were told, each command once, and how often it was tried.
    fn told(&self) -> (Vec<TaskEnd>, usize) {
        let told = self.told.lock().unwrap();
        let ids: BTreeSet<&str> = told.iter().map(|(_, _, id)| id.as_str()).collect();
        let end = |id: &&str| told.iter().find(|(_, _, of)| of == id).map(|t| t.1.clone());
        (ids.iter().filter_map(end).collect(), told.len())
    }
}

#[async_trait]
impl Mesh for Executions {
    async fn domain_name(
        &self,
        _: &str,
        _: domain_name::Command,
        _: &str,
    ) -> Result<Holder, AskError> {
        Err(AskError::Draining)
    }

    async fn domain(
        &self,
        _: &str,
        _: domain::Command,
        _: &str,
    ) -> Result<domain::DomainRecord, AskError> {
        Err(AskError::Draining)
    }

    async fn project(
        &self,
        _: &str,
        _: project::Command,
        _: &str,
    ) -> Result<project::ProjectRecord, AskError> {
        Err(AskError::Draining)
    }

    async fn approval(
        &self,
        _: &str,
        _: approval::Command,
        _: &str,
    ) -> Result<ApprovalRecord, AskError> {
        Err(AskError::Draining)
    }

    async fn environment(
        &self,
        _: &str,
        _: deployment::Command,
        _: &str,
    ) -> Result<deployment::EnvironmentRecord, AskError> {
        Err(AskError::Draining)
    }

    async fn execution(
        &self,
        _: &str,
        _: execution::Command,
        _: &str,
    ) -> Result<execution::ExecutionRecord, AskError> {
        Err(AskError::Draining)
    }

    async fn promotion(
        &self,
        _: &str,
        _: promotion::Command,
        _: &str,
    ) -> Result<promotion::PromotionRecord, AskError> {
        Err(AskError::Draining)
    }

    async fn permissions(
        &self,
        _: &LedgerId,
        _: &str,
        _: &str,
    ) -> Result<Vec<PermissionRecord>, AskError> {
        Err(AskError::Draining)
    }

    async fn asset_source(&self, _: &str) -> Result<Option<AssetSource>, AskError> {
        Err(AskError::Draining)
    }

    async fn project_source(&self, _: &str) -> Result<Option<ProjectSource>, AskError> {
        Err(AskError::Draining)
    }

    async fn hold(&self, _: &LedgerId, _: Hold, _: &str) -> Result<(), AskError> {
        Err(AskError::Draining)
    }

    async fn look(&self, _: &LedgerId, _: &str, _: u64, _: &str) -> Result<(), AskError> {
        Err(AskError::Draining)
    }

    async fn hold_ended(&self, _: HoldEnd, _: &str) -> Result<(), AskError> {
        Err(AskError::Draining)
    }

    async fn look_ended(&self, _: LookEnd, _: &str) -> Result<(), AskError> {
        Err(AskError::Draining)
    }

    async fn order_share(&self, _: &str, _: ShareOrder, _: &str) -> Result<(), AskError> {
        Err(AskError::Draining)
    }

    async fn share_ended(&self, _: ShareEnd, _: &str) -> Result<(), AskError> {
        Err(AskError::Draining)
    }

    async fn owner_groups(&self, _: &str) -> Result<Vec<String>, AskError> {
        Err(AskError::Draining)
    }

    async fn task_ended(&self, token: &str, end: TaskEnd, id: &str) -> Result<(), AskError> {
        if let Some(error) = self.answers.lock().unwrap().pop_front() {
            return Err(error);
        }
        let told = (token.to_owned(), end, id.to_owned());
        self.told.lock().unwrap().push(told);
        Ok(())
    }

    async fn promotion_source_changed(&self, _: &str, _: &str, _: &str) -> Result<(), AskError> {
        Err(AskError::Draining)
    }
}

/// Approvals alone, with executions that remember.
struct House {
    runtime: Runtime,
    executions: Arc<Executions>,
    clock: Arc<Still>,
    stage: Stage,
    folder: TempDir,
}

impl House {
    async fn open() -> Self {
        Self::open_with(|effects| effects).await
    }

    async fn open_with<X: Effects<Approval>>(wrap: impl FnOnce(ApprovalEffects) -> X) -> Self {
        let stage = Stage::set().await;
        let folder = TempDir::new().unwrap();
        let (executions, clock) = (Arc::<Executions>::default(), Arc::<Still>::default());
        let runtime = start(&folder, &stage, &executions, &clock, wrap).await;
        Self {
            runtime,
            executions,
            clock,
            stage,
            folder,
        }
    }

    /// The process goes down at once and comes up again on the same journal.
    async fn restart(self) -> Self {
        self.runtime.drain(Duration::ZERO).await;
        let runtime = start(
            &self.folder,
            &self.stage,
            &self.executions,
            &self.clock,
            |effects| effects,
        )
        .await;
        Self { runtime, ..self }
    }

    async fn ask(&self, command: Command, command_id: &str) -> Result<ApprovalRecord, AskError> {
        let meta = Meta {
            command_id: Some(command_id.to_owned()),
            ..Meta::default()
        };
        self.runtime.ask::<Approval>(ID, command, meta).await
    }

    async fn record(&self) -> ApprovalRecord {
        let row = self.runtime.journal().view(APPROVALS, ID).await.unwrap();
        serde_json::from_str(row.unwrap().doc.get()).unwrap()
    }

    async fn history(&self) -> Vec<Entry> {
        let query = ViewQuery {
            collection: APPROVAL_ENTRIES.to_owned(),
            limit: 1_000,
            ..ViewQuery::default()
        };
        let page = self.runtime.journal().views(&query).await.unwrap();
        let rows = page.items.iter();
        rows.map(|row| serde_json::from_str(row.doc.get()).unwrap())
            .collect()
    }

    /// Waits until the end of the approval has been settled with the execution.
    async fn until_settled(&self, settled: impl Fn(&[String]) -> bool) {
        let key = EntityKey::new("approval", ID);
        let mut changes = self.runtime.changes();
        let wait = async {
            loop {
                let history = self.runtime.history(&key, 0, 1_000).await.unwrap();
                let names: Vec<String> = history
                    .iter()
                    .flat_map(|commit| commit.events.iter().map(|event| event.name.clone()))
                    .collect();
                if settled(&names) {
                    return;
                }
                drop(tokio::time::timeout(Duration::from_millis(500), changes.recv()).await);
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait)
            .await
            .expect("the execution learns of the end");
    }

    async fn until_told(&self) {
        self.until_settled(|names| names.iter().any(|name| name == "ExecutionTold"))
            .await;
    }
}

async fn start<X: Effects<Approval>>(
    folder: &TempDir,
    stage: &Stage,
    executions: &Arc<Executions>,
    clock: &Arc<Still>,
    wrap: impl FnOnce(ApprovalEffects) -> X,
) -> Runtime {
    let options = sqlite::Options::new(folder.path().join("journal.db"));
    let journal = SqliteJournal::open(options).unwrap();
    let world = World {
        aws: stage.aws.clone(),
        mesh: executions.clone(),
        options: Options::default(),
    };
    let options = RuntimeOptions {
        shards: 1,
        retry: RetryPolicy {
            initial_ms: 10,
            max_ms: 100,
            attempts: 50,
            ..RetryPolicy::default()
        },
        timer_poll_ms: 50,
        ..RuntimeOptions::default()
    };
    Runtime::builder(Arc::new(journal), clock.clone(), options)
        .register::<Approval>(wrap(ApprovalEffects(Arc::new(world))))
        .start()
        .await
        .unwrap()
}

fn owner(name: &str) -> Person {
    Person {
        user: name.to_owned(),
        groups: vec!["owners".to_owned()],
        ..Person::default()
    }
}

fn open() -> Command {
    Command::Open(Box::new(Open {
        task_token: TOKEN.to_owned(),
        execution_id: "exec-1".to_owned(),
        subject: "Promote Orders to prod".to_owned(),
        requested_by: owner("ann"),
        policy: Policy {
            stages: vec![StagePolicy {
                name: "owners".to_owned(),
                groups: vec!["owners".to_owned()],
                users: Vec::new(),
                threshold: 2,
            }],
            deadline_seconds: DEADLINE_SECONDS,
            ..Policy::default()
        },
        ..Open::default()
    }))
}

fn yes(name: &str) -> Command {
    Command::Approve(Approve {
        by: owner(name),
        ..Approve::default()
    })
}

async fn approve(house: &House) {
    house.ask(open(), "open").await.unwrap();
    house.ask(yes("bob"), "bob").await.unwrap();
    house.ask(yes("cay"), "cay").await.unwrap();
    house.until_told().await;
}

#[track_caller]
fn one_success(executions: &Executions) -> usize {
    let (ends, tries) = executions.told();
    let [TaskEnd::Succeeded { output }] = ends.as_slice() else {
        panic!("{ends:?}");
    };
    assert_eq!(output["approvedBy"], serde_json::json!(["bob", "cay"]));
    tries
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_is_told_twice_is_one_command() {
    let house = House::open_with(Twice).await;
    approve(&house).await;
    assert_eq!(one_success(&house.executions), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_whose_answer_is_lost_is_told_again_as_the_same_command() {
    let house = House::open_with(LostOnce::new).await;
    approve(&house).await;
    assert_eq!(one_success(&house.executions), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_that_is_busy_is_told_later() {
    let house = House::open().await;
    let retry_after = Duration::from_millis(5);
    house.executions.answer(AskError::Busy {
        limit: Limit::Actor,
        retry_after,
    });
    house.executions.answer(AskError::Retry {
        retry_after,
        reason: "it moves".to_owned(),
    });
    approve(&house).await;
    assert_eq!(one_success(&house.executions), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_that_is_gone_needs_not_be_told() {
    let house = House::open().await;
    let gone = Rejection::not_found("TASK_NOT_FOUND", "no task waits for this token");
    house.executions.answer(AskError::Rejected(gone));
    approve(&house).await;
    assert_eq!(house.executions.told(), (Vec::new(), 0));
    assert_eq!(house.record().await.status, Status::Approved);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_execution_that_refuses_is_noted_without_the_token() {
    let house = House::open().await;
    let no = Rejection::precondition("EXECUTION_BROKEN", "it cannot go on");
    house.executions.answer(AskError::Rejected(no));
    house.ask(open(), "open").await.unwrap();
    let reject = Command::Reject(Reject {
        by: owner("bob"),
        comment: String::new(),
    });
    house.ask(reject, "bob").await.unwrap();
    house
        .until_settled(|names| names.iter().any(|name| name == "ExecutionNotTold"))
        .await;
    let record = house.record().await;
    assert_eq!(record.status, Status::Rejected);
    assert!(record.status_reason.contains("EXECUTION_BROKEN"));
    assert!(!serde_json::to_string(&record).unwrap().contains(TOKEN));
}

/// The process dies after each word, and while the execution does not answer; what was said is said again, as
/// who got no answer would.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_after_any_word_changes_nothing() {
    type Word = (&'static str, fn() -> Command);
    let words: [Word; 3] = [
        ("open", open),
        ("bob", || yes("bob")),
        ("cay", || yes("cay")),
    ];
    for unanswered in [0, 3] {
        let mut house = House::open().await;
        for _ in 0..unanswered {
            let retry_after = Duration::from_millis(50);
            house.executions.answer(AskError::Busy {
                limit: Limit::Actor,
                retry_after,
            });
        }
        for (command_id, command) in words {
            let first = house.ask(command(), command_id).await.unwrap();
            house = house.restart().await;
            let again = house.ask(command(), command_id).await.unwrap();
            assert_eq!(first, again);
        }
        house = house.restart().await;
        house.until_told().await;
        one_success(&house.executions);
        let history = house.history().await;
        let actions: Vec<&str> = history.iter().map(|entry| entry.action.as_str()).collect();
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
        assert_eq!(broken_at(&history), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_that_passes_while_the_process_is_down_is_kept() {
    let house = House::open().await;
    house.ask(open(), "open").await.unwrap();
    house.ask(yes("bob"), "bob").await.unwrap();
    house
        .clock
        .0
        .fetch_add(DEADLINE_SECONDS * 1_000, Ordering::SeqCst);
    let house = house.restart().await;
    house.until_told().await;
    assert_eq!(house.record().await.status, Status::Expired);
    let (ends, _) = house.executions.told();
    let expired = TaskEnd::Failed {
        error: "Approval.Expired".to_owned(),
        cause: "the deadline passed".to_owned(),
    };
    assert_eq!(ends, [expired]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_decide_at_once_one_decides() {
    for _ in 0..10 {
        let house = House::open().await;
        house.ask(open(), "open").await.unwrap();
        house.ask(yes("bob"), "bob").await.unwrap();
        let reject = Command::Reject(Reject {
            by: owner("dan"),
            comment: String::new(),
        });
        let (cay, dan) = tokio::join!(house.ask(yes("cay"), "cay"), house.ask(reject, "dan"));
        let (won, lost) = match (cay, dan) {
            (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
            both => panic!("{both:?}"),
        };
        assert!(matches!(won.status, Status::Approved | Status::Rejected));
        let AskError::Rejected(lost) = lost else {
            panic!("{lost:?}");
        };
        assert_eq!(lost.reason, "APPROVAL_ENDED");
        house.until_told().await;
        assert_eq!(house.executions.told().0.len(), 1);
    }
}
