#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::*;
use crate::inside::no_headers;
use crate::request::Principal;
use crate::services::Service as _;
use crate::services::organizations::Organizations;
use crate::services::ram::Ram;
use crate::{LocalCloud, ManualClock, Options};

const OWNER: &str = "111122223333";
const CONSUMER: &str = "444455556666";
const DATABASE: &str = "arn:aws:glue:eu-west-1:111122223333:database/sales";
const ORDERS: &str = "arn:aws:glue:eu-west-1:111122223333:table/sales/orders";
const RETURNS: &str = "arn:aws:glue:eu-west-1:111122223333:table/sales/returns";
const HOURS_12: Duration = Duration::from_secs(12 * 3_600);

struct Stage {
    cloud: LocalCloud,
    clock: Arc<ManualClock>,
}

fn stage() -> Stage {
    let clock = Arc::new(ManualClock::new(1_769_860_800_000));
    let options = Options {
        clock: clock.clone(),
        seed: Some(1),
        ..Options::in_memory()
    };
    Stage {
        cloud: LocalCloud::open(options).unwrap(),
        clock,
    }
}

fn scope(account: &str) -> Scope {
    Scope {
        account: account.to_owned(),
        region: "eu-west-1".to_owned(),
    }
}

fn consumer() -> Consumer {
    Consumer::Account(CONSUMER.to_owned())
}

fn arns(arns: &[&str]) -> Vec<String> {
    arns.iter().map(|arn| (*arn).to_owned()).collect()
}

impl Stage {
    fn within<T>(
        &self,
        account: &str,
        operation: &str,
        body: &Value,
        work: impl FnOnce(&Tx<'_>, &Call<'_>) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let body = body.to_string().into_bytes();
        let call = Call {
            service: "lakeformation",
            operation: operation.to_owned(),
            scope: scope(account),
            principal: Principal {
                access_key: format!("LKIA{account}"),
                arn: format!("arn:aws:iam::{account}:root"),
                account: account.to_owned(),
                user_id: account.to_owned(),
                session: None,
            },
            method: &Method::POST,
            path: "/",
            query: Vec::new(),
            headers: no_headers(),
            body: &body,
            now_ms: self.cloud.inner.clock.now_ms(),
            request_id: String::new(),
            waited: Duration::ZERO,
            cloud: &self.cloud.inner,
        };
        let done = self.cloud.inner.store.transact(|tx| work(tx, &call));
        done.map(|(value, _)| value)
    }

    fn ram(&self, account: &str, operation: &str, body: &Value) -> Value {
        let reply = self.within(account, operation, body, |tx, call| Ram.handle(call, tx));
        serde_json::from_slice(&reply.unwrap().body).unwrap()
    }

    fn organizations(&self, account: &str, operation: &str, body: &Value) -> Value {
        let reply = self.within(account, operation, body, |tx, call| {
            Organizations.handle(call, tx)
        });
        serde_json::from_slice(&reply.unwrap().body).unwrap()
    }

    /// An organization that shares, with both accounts; its ARN.
    fn organization(&self) -> String {
        let made = self.organizations(OWNER, "CreateOrganization", &json!({}));
        let target = json!({"Target": {"Id": CONSUMER, "Type": "ACCOUNT"}});
        let invited = self.organizations(OWNER, "InviteAccountToOrganization", &target);
        let accept = json!({"HandshakeId": invited["Handshake"]["Id"]});
        self.organizations(CONSUMER, "AcceptHandshake", &accept);
        self.ram(OWNER, "EnableSharingWithAwsOrganization", &json!({}));
        made["Organization"]["Arn"].as_str().unwrap().to_owned()
    }

    fn share(&self, consumer: &Consumer, resources: &[&str]) {
        self.within(OWNER, "GrantPermissions", &json!({}), |tx, call| {
            share(tx, call, &scope(OWNER), consumer, 4, &arns(resources))
        })
        .unwrap();
    }

    fn unshare(&self, resources: &[&str]) {
        self.within(OWNER, "RevokePermissions", &json!({}), |tx, call| {
            unshare(tx, call, &scope(OWNER), &consumer(), &arns(resources))
        })
        .unwrap();
    }

    fn has(&self, resource: &str) -> bool {
        self.within(CONSUMER, "Read", &json!({}), |tx, call| {
            is_associated(tx, &scope(OWNER), CONSUMER, resource, call.now_ms)
        })
        .unwrap()
    }

    /// The ARNs of the consumer's open invitations.
    fn open(&self) -> Vec<String> {
        let got = self.ram(CONSUMER, "GetResourceShareInvitations", &json!({}));
        let invitations = got["resourceShareInvitations"].as_array().unwrap();
        invitations
            .iter()
            .filter(|invitation| invitation["status"] == "PENDING")
            .map(|invitation| invitation["resourceShareInvitationArn"].as_str().unwrap())
            .map(str::to_owned)
            .collect()
    }

    fn accept(&self, invitation: &str) {
        let accept = json!({"resourceShareInvitationArn": invitation});
        self.ram(CONSUMER, "AcceptResourceShareInvitation", &accept);
    }

    fn accept_all(&self) {
        for invitation in self.open() {
            self.accept(&invitation);
        }
    }

    /// Status by the owner's view of each principal.
    fn principals(&self) -> Vec<String> {
        let get = json!({"associationType": "PRINCIPAL"});
        let got = self.ram(OWNER, "GetResourceShareAssociations", &get);
        let associations = got["resourceShareAssociations"].as_array().unwrap();
        let status = |found: &Value| found["status"].as_str().unwrap().to_owned();
        associations.iter().map(status).collect()
    }
}

#[test]
fn the_first_table_brings_two_invitations_and_later_ones_none() {
    let stage = stage();
    stage.share(&consumer(), &[ORDERS]);
    let open = stage.open();
    assert_eq!(open.len(), 2);
    assert!(!stage.has(ORDERS));
    stage.accept(&open[0]);
    assert!(!stage.has(ORDERS), "both must be accepted");
    stage.accept(&open[1]);
    assert!(stage.has(ORDERS) && stage.has(DATABASE));
    assert!(!stage.has(RETURNS));

    stage.share(&consumer(), &[RETURNS]);
    assert!(stage.open().is_empty());
    assert!(stage.has(RETURNS));
    let get = json!({"resourceOwner": "SELF"});
    let shares = stage.ram(OWNER, "GetResourceShares", &get);
    for share in shares["resourceShares"].as_array().unwrap() {
        let name = share["name"].as_str().unwrap();
        assert!(name.starts_with("LakeFormation-V4-"), "{name}");
    }
}

#[test]
fn invitations_lapse_after_12_hours_and_a_new_grant_sends_new_ones() {
    let stage = stage();
    stage.share(&consumer(), &[ORDERS]);
    stage.clock.advance(HOURS_12 - Duration::from_millis(1));
    stage.share(&consumer(), &[ORDERS]);
    assert_eq!(stage.open().len(), 2, "a live invitation is not repeated");
    stage.clock.advance(Duration::from_millis(1));
    assert!(stage.open().is_empty());
    assert_eq!(stage.principals(), ["FAILED", "FAILED"]);
    stage.share(&consumer(), &[ORDERS]);
    assert_eq!(stage.open().len(), 2);
    stage.accept_all();
    assert!(stage.has(ORDERS));
}

#[test]
fn a_revoked_table_is_gone_at_once_and_its_database_with_the_last() {
    let stage = stage();
    stage.share(&consumer(), &[ORDERS, RETURNS]);
    stage.accept_all();
    stage.unshare(&[ORDERS]);
    assert!(!stage.has(ORDERS));
    assert!(stage.has(RETURNS) && stage.has(DATABASE));
    stage.unshare(&[RETURNS]);
    assert!(!stage.has(RETURNS) && !stage.has(DATABASE));
    assert_eq!(stage.principals(), ["DISASSOCIATED", "DISASSOCIATED"]);
    stage.unshare(&[RETURNS]);
    stage.share(&consumer(), &[ORDERS]);
    assert_eq!(stage.open().len(), 2, "the shares are new");
}

#[test]
fn a_revoke_while_the_invitations_are_open_takes_them_back() {
    let stage = stage();
    stage.share(&consumer(), &[ORDERS]);
    stage.unshare(&[ORDERS]);
    assert!(stage.open().is_empty());
}

#[test]
fn a_database_that_was_shared_for_itself_stays() {
    let stage = stage();
    stage.share(&consumer(), &[DATABASE, ORDERS]);
    stage.accept_all();
    stage.unshare(&[ORDERS]);
    assert!(stage.has(DATABASE) && !stage.has(ORDERS));
    stage.unshare(&[DATABASE]);
    assert!(!stage.has(DATABASE));
}

#[test]
fn a_database_revoked_before_its_table_stays_for_the_table() {
    let stage = stage();
    stage.share(&consumer(), &[DATABASE, ORDERS]);
    stage.accept_all();
    stage.unshare(&[DATABASE]);
    assert!(stage.has(ORDERS));
    stage.unshare(&[ORDERS]);
    assert!(!stage.has(DATABASE));
}

#[test]
fn a_grant_to_a_role_is_shared_with_its_account() {
    let stage = stage();
    let role = "arn:aws:iam::444455556666:role/Reader";
    stage.share(&Consumer::parse(role).unwrap(), &[ORDERS]);
    stage.accept_all();
    assert!(stage.has(ORDERS));
}

#[test]
fn within_an_organization_there_is_no_invitation() {
    let stage = stage();
    stage.organization();
    stage.share(&consumer(), &[ORDERS]);
    assert!(stage.open().is_empty());
    assert!(stage.has(ORDERS));
    stage.organizations(CONSUMER, "LeaveOrganization", &json!({}));
    assert!(!stage.has(ORDERS));
}

#[test]
fn an_organization_reaches_its_members() {
    let stage = stage();
    let arn = stage.organization();
    stage.share(&Consumer::parse(&arn).unwrap(), &[ORDERS]);
    assert!(stage.has(ORDERS));
    stage.organizations(CONSUMER, "LeaveOrganization", &json!({}));
    assert!(!stage.has(ORDERS));
}

#[test]
fn a_closed_account_has_nothing() {
    let stage = stage();
    stage.organization();
    stage.share(&consumer(), &[ORDERS]);
    stage.organizations(OWNER, "CloseAccount", &json!({"AccountId": CONSUMER}));
    assert!(!stage.has(ORDERS));
    assert_eq!(stage.principals(), ["SUSPENDED", "SUSPENDED"]);
    stage.unshare(&[ORDERS]);
    assert_eq!(stage.principals(), ["DISASSOCIATED", "DISASSOCIATED"]);
}

#[test]
fn a_share_that_was_deleted_by_hand_comes_back_with_the_next_grant() {
    let stage = stage();
    stage.share(&consumer(), &[ORDERS]);
    stage.accept_all();
    let get = json!({"resourceOwner": "SELF"});
    let shares = stage.ram(OWNER, "GetResourceShares", &get);
    for share in shares["resourceShares"].as_array().unwrap() {
        let arn = share["resourceShareArn"].as_str().unwrap();
        stage
            .within(OWNER, "DeleteResourceShare", &json!({}), |tx, call| {
                let mut share = crate::services::ram::share::require_own(&call.scope, tx, arn)?;
                admit::delete(tx, call, &mut share)
            })
            .unwrap();
    }
    assert!(!stage.has(ORDERS));
    stage.share(&consumer(), &[ORDERS]);
    stage.accept_all();
    assert!(stage.has(ORDERS));
}

#[test]
fn only_glue_is_shared() {
    let stage = stage();
    for arn in [
        "orders",
        "arn:aws:s3:::bucket",
        "arn:aws:glue:eu-west-1:111122223333:job/x",
    ] {
        let refused = stage.within(OWNER, "GrantPermissions", &json!({}), |tx, call| {
            share(tx, call, &scope(OWNER), &consumer(), 4, &arns(&[arn]))
        });
        assert_eq!(refused.unwrap_err().code, "MalformedArnException", "{arn}");
    }
}

#[test]
fn a_closed_account_has_nothing_of_its_organization_either() {
    let stage = stage();
    let arn = stage.organization();
    stage.share(&Consumer::parse(&arn).unwrap(), &[ORDERS]);
    stage.organizations(OWNER, "CloseAccount", &json!({"AccountId": CONSUMER}));
    assert!(!stage.has(ORDERS));
}
