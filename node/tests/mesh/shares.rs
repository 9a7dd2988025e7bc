use datamesh_actors::audit;
use datamesh_proto::v1::access_health::State as Health;
use datamesh_proto::v1::access_request::{Kind, Verdict};
use datamesh_proto::v1::fulfilment::State;
use datamesh_proto::v1::share_plan_line::Action;
use datamesh_proto::v1::share_service_server::ShareService;
use datamesh_proto::v1::*;
use tonic::{Code, Request};

use super::domains::AVIATION;
use super::{Answer, NOW, States, ago, answer, not_found, refused, states, wrong_fields};

pub struct Shares;

const ID: &str = "share-airports22222222";
const GONE: &str = "share-airports11111111";
const FORGED: &str = "share-forged3333333333";
const READER: &str = "arn:aws:iam::444455556666:role/reader";

fn scope() -> AccessScope {
    AccessScope {
        excluded_columns: vec!["iban".into()],
        row_filter: "country = 'IT'".into(),
        ..Default::default()
    }
}

pub fn request(number: i32, kind: Kind, verdict: Verdict) -> AccessRequest {
    let decided = verdict != Verdict::Unspecified;
    AccessRequest {
        number,
        kind: kind.into(),
        reason: "the yearly report".into(),
        scope: Some(scope()),
        valid_from: ago(3_700),
        valid_until: ago(-2_592_000),
        requested_by: "ada@example.com".into(),
        requested_at: ago(3_700),
        approval_id: format!("apr-airports2222222{number}"),
        verdict: verdict.into(),
        decided_by: if decided { "ben@example.com" } else { "" }.into(),
        decided_at: if decided { ago(1_800) } else { None },
        decision_reason: if decided { "for a month" } else { "" }.into(),
        granted_scope: decided.then(scope),
        granted_from: if decided { ago(1_800) } else { None },
        granted_until: if decided { ago(-1_296_000) } else { None },
    }
}

fn step(name: &str, outcome: &str, began: i64, took: Option<i64>) -> FulfilmentStep {
    FulfilmentStep {
        name: name.into(),
        outcome: outcome.into(),
        started_at: ago(began),
        ended_at: took.and_then(|took| ago(began - took)),
    }
}

fn share(status: AgreementStatus, state: State, step_name: &str) -> Share {
    let decided = status != AgreementStatus::Pending;
    let verdict = match decided {
        true => Verdict::Given,
        false => Verdict::Unspecified,
    };
    Share {
        share_id: ID.into(),
        status: status.into(),
        asset_id: "asset-airports2222222".into(),
        domain_id: AVIATION.into(),
        source_account: "111122223333".into(),
        source_region: "eu-central-1".into(),
        glue_table: "aviation.airports".into(),
        target_account: "444455556666".into(),
        target_region: "eu-central-1".into(),
        principal: READER.into(),
        permissions: vec!["SELECT".into(), "DESCRIBE".into()],
        scope: Some(scope()),
        valid_from: ago(1_800),
        valid_until: ago(-1_296_000),
        resource_link: if decided {
            "shared_aviation.airports"
        } else {
            ""
        }
        .into(),
        fulfilment: Some(Fulfilment {
            generation: 1,
            state: state.into(),
            step: step_name.into(),
            steps: match decided {
                true => vec![
                    step("GRANT_IN_PRODUCER", "4 grants are there", 1_790, Some(3)),
                    step("WAITING_FOR_ACCEPTANCE", "", 1_787, None),
                ],
                false => vec![],
            },
            ..Default::default()
        }),
        health: Some(AccessHealth {
            state: match state {
                State::Granted => Health::Healthy,
                _ => Health::Unknown,
            }
            .into(),
            ..Default::default()
        }),
        requests: vec![request(1, Kind::Grant, verdict)],
        created_by: "ada@example.com".into(),
        created_at: ago(3_700),
        updated_at: ago(30),
        etag: "5".into(),
        ..Default::default()
    }
}

fn pending() -> Share {
    share(AgreementStatus::Pending, State::Waiting, "")
}

fn granting() -> Share {
    let step = "WAITING_FOR_ACCEPTANCE";
    share(AgreementStatus::Approved, State::Granting, step)
}

fn granted() -> Share {
    share(AgreementStatus::Approved, State::Granted, "")
}

fn unreachable() -> Share {
    Share {
        share_id: GONE.into(),
        fulfilment: Some(Fulfilment {
            generation: 2,
            state: State::Unreachable.into(),
            reason: "AccountClosed: account 444455556666 cannot be reached".into(),
            remains: vec!["444455556666: link shared_aviation.airports".into()],
            ..Default::default()
        }),
        created_at: ago(90_000),
        certificate: "9f".into(),
        ..share(AgreementStatus::Revoked, State::Unreachable, "")
    }
}

fn certificate(text: &str) -> ShareCertificate {
    ShareCertificate {
        share_id: GONE.into(),
        complete: true,
        removed: vec![format!(
            "111122223333: SELECT on table airports to {READER}"
        )],
        kept: vec!["111122223333: location s3://data-lake-aviation, by share-other".into()],
        rereads: vec![
            CertificateReread {
                account: "111122223333".into(),
                operation: "lakeformation:ListPermissions".into(),
                about: "table airports".into(),
                found: "absent".into(),
                at: ago(40),
            },
            CertificateReread {
                account: "444455556666".into(),
                operation: "athena:StartQueryExecution".into(),
                about: "shared_aviation.airports".into(),
                found: "refused".into(),
                at: ago(35),
            },
        ],
        issued_at: ago(30),
        hash: audit::sha256("{\"complete\":true}"),
        text: text.into(),
        audit_number: 3,
        audit_hash: chain(GONE).pop().unwrap().hash,
        ..Default::default()
    }
}

fn chain(subject: &str) -> Vec<AuditEntry> {
    let mut last: Option<audit::AuditEntry> = None;
    let mut chain = Vec::new();
    for (action, actor, ago) in [
        ("GRANT_REQUESTED", "ada@example.com", 3_700),
        ("REVOKED", "ben@example.com", 60),
        ("CERTIFIED", "", 30),
    ] {
        let at_ms = (NOW - ago) * 1_000;
        let detail = audit::sha256(action);
        let entry = audit::AuditEntry::after(last.as_ref(), subject, at_ms, actor, action, detail);
        chain.push(AuditEntry {
            subject: entry.subject.clone(),
            number: i32::try_from(entry.number).unwrap(),
            time: super::ago(ago),
            actor: entry.actor.clone(),
            action: entry.action.clone(),
            detail: entry.detail.clone(),
            previous_hash: entry.previous_hash.clone(),
            hash: entry.hash.clone(),
        });
        last = Some(entry);
    }
    chain
}

#[tonic::async_trait]
impl ShareService for Shares {
    type WatchShareStream = States<Share>;

    async fn create_share(&self, request: Request<CreateShareRequest>) -> Answer<Share> {
        let request = request.into_inner();
        if request.permissions.iter().any(|name| name == "DROP") {
            let rule = "there is no \"DROP\": give SELECT, DESCRIBE or both";
            return wrong_fields(&[("permissions[0]", rule)]);
        }
        answer(Share {
            scope: Some(request.scope.unwrap_or_default()),
            valid_until: request.valid_until,
            ..pending()
        })
    }

    async fn get_share(&self, request: Request<GetShareRequest>) -> Answer<Share> {
        match request.into_inner().share_id.as_str() {
            ID => answer(granting()),
            GONE => answer(unreachable()),
            other => not_found(&format!("share {other}")),
        }
    }

    async fn list_shares(&self, request: Request<ListSharesRequest>) -> Answer<ListSharesResponse> {
        let request = request.into_inner();
        let shares = [granting(), unreachable()];
        let wanted = |share: &Share| {
            let state = share.fulfilment.as_ref().unwrap().state;
            request.fulfilment_state == 0 || request.fulfilment_state == state
        };
        answer(ListSharesResponse {
            shares: shares.into_iter().filter(wanted).collect(),
            next_page_token: String::new(),
        })
    }

    async fn renew_share(&self, request: Request<RenewShareRequest>) -> Answer<Share> {
        let renewal = AccessRequest {
            valid_until: request.into_inner().valid_until,
            ..self::request(2, Kind::Renew, Verdict::Unspecified)
        };
        let mut share = granted();
        share.requests.push(renewal);
        answer(share)
    }

    async fn approve_share(&self, request: Request<ApproveShareRequest>) -> Answer<Share> {
        match request.into_inner().scope {
            Some(scope) if scope.columns.contains(&"iban".to_owned()) => {
                wrong_fields(&[("scope", "gives columns that were not asked: iban")])
            }
            _ => answer(granting()),
        }
    }

    async fn reject_share(&self, request: Request<RejectShareRequest>) -> Answer<Share> {
        answer(Share {
            status_reason: format!("REJECTED: {}", request.into_inner().reason),
            ..share(AgreementStatus::Denied, State::Waiting, "")
        })
    }

    async fn cancel_share(&self, _: Request<CancelShareRequest>) -> Answer<Share> {
        refused(
            Code::FailedPrecondition,
            "no request waits for its decision; to end what is given, revoke it",
        )
    }

    async fn revoke_share(&self, _: Request<RevokeShareRequest>) -> Answer<Share> {
        answer(share(
            AgreementStatus::Revoked,
            State::Revoking,
            "TAKE_IN_PRODUCER",
        ))
    }

    async fn verify_share(&self, _: Request<VerifyShareRequest>) -> Answer<Share> {
        answer(Share {
            health: Some(AccessHealth {
                state: Health::Drifted.into(),
                detail: "1 missing, 1 given by hand".into(),
                seen_at: ago(2),
            }),
            ..granted()
        })
    }

    async fn get_share_plan(&self, request: Request<GetSharePlanRequest>) -> Answer<SharePlan> {
        let line = |action: Action, account: &str, thing: &str| SharePlanLine {
            action: action.into(),
            account: account.into(),
            thing: thing.into(),
        };
        answer(SharePlan {
            share_id: request.into_inner().share_id,
            lines: vec![
                line(
                    Action::Add,
                    "111122223333",
                    &format!("SELECT on table airports, all columns but iban to {READER}"),
                ),
                line(
                    Action::Remove,
                    "111122223333",
                    &format!("ALTER on table airports to {READER}"),
                ),
            ],
            seen_at: ago(2),
            ..Default::default()
        })
    }

    async fn reapply_share(&self, _: Request<ReapplyShareRequest>) -> Answer<Share> {
        answer(granted())
    }

    async fn get_share_certificate(
        &self,
        request: Request<GetShareCertificateRequest>,
    ) -> Answer<ShareCertificate> {
        match request.into_inner().share_id.as_str() {
            GONE => answer(certificate("{\"complete\":true}")),
            FORGED => answer(certificate("{\"complete\":false}")),
            id => not_found(&format!("certificate of {id}")),
        }
    }

    async fn list_audit_entries(
        &self,
        request: Request<ListAuditEntriesRequest>,
    ) -> Answer<ListAuditEntriesResponse> {
        let subject = request.into_inner().subject;
        let mut entries = match subject.as_str() {
            GONE | FORGED => chain(&subject),
            _ => vec![],
        };
        if subject == FORGED {
            entries[1].actor = "cay@example.com".into();
        }
        answer(ListAuditEntriesResponse {
            entries,
            next_page_token: String::new(),
        })
    }

    async fn watch_share(&self, _: Request<WatchShareRequest>) -> Answer<Self::WatchShareStream> {
        states(vec![granting(), granted()])
    }
}
