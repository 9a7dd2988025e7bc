//! Organizations by themselves.

use serde_json::json;

use crate::setup::{ACCOUNT, OTHER_ACCOUNT};
use crate::stage::{organization, stage};

#[tokio::test]
async fn an_account_is_in_one_organization() {
    let stage = stage();
    assert_eq!(
        stage
            .refused(OTHER_ACCOUNT, "DescribeOrganization", json!({}))
            .await,
        "AWSOrganizationsNotInUseException"
    );
    let id = organization(&stage).await;
    for account in [ACCOUNT, OTHER_ACCOUNT] {
        let shown = stage
            .organizations(account, "DescribeOrganization", json!({}))
            .await;
        assert_eq!(shown["Organization"]["Id"], id);
        assert_eq!(shown["Organization"]["MasterAccountId"], ACCOUNT);
        assert_eq!(
            stage
                .refused(account, "CreateOrganization", json!({}))
                .await,
            "AlreadyInOrganizationException"
        );
    }
    let invite = json!({"Target": {"Id": OTHER_ACCOUNT, "Type": "ACCOUNT"}});
    assert_eq!(
        stage
            .refused(ACCOUNT, "InviteAccountToOrganization", invite)
            .await,
        "HandshakeConstraintViolationException"
    );
}

#[tokio::test]
async fn an_invitation_is_answered_once_by_whom_it_is_for() {
    let stage = stage();
    stage
        .organizations(ACCOUNT, "CreateOrganization", json!({}))
        .await;
    let invite = json!({"Target": {"Id": OTHER_ACCOUNT, "Type": "ACCOUNT"}});
    let invited = stage
        .organizations(ACCOUNT, "InviteAccountToOrganization", invite.clone())
        .await;
    assert_eq!(invited["Handshake"]["State"], "OPEN");
    assert_eq!(
        stage
            .refused(ACCOUNT, "InviteAccountToOrganization", invite)
            .await,
        "DuplicateHandshakeException"
    );
    let accept = json!({"HandshakeId": invited["Handshake"]["Id"]});
    assert_eq!(
        stage
            .refused(ACCOUNT, "AcceptHandshake", accept.clone())
            .await,
        "HandshakeNotFoundException"
    );
    stage
        .organizations(OTHER_ACCOUNT, "AcceptHandshake", accept.clone())
        .await;
    assert_eq!(
        stage
            .refused(OTHER_ACCOUNT, "AcceptHandshake", accept)
            .await,
        "HandshakeAlreadyInStateException"
    );
}

#[tokio::test]
async fn only_the_management_account_manages_and_it_cannot_leave() {
    let stage = stage();
    organization(&stage).await;
    for operation in ["ListAccounts", "ListRoots"] {
        assert_eq!(
            stage.refused(OTHER_ACCOUNT, operation, json!({})).await,
            "AccessDeniedException"
        );
    }
    assert_eq!(
        stage.refused(ACCOUNT, "LeaveOrganization", json!({})).await,
        "MasterCannotLeaveOrganizationException"
    );
    assert_eq!(
        stage
            .refused(ACCOUNT, "CloseAccount", json!({"AccountId": ACCOUNT}))
            .await,
        "ConstraintViolationException"
    );
    assert_eq!(
        stage
            .refused(
                ACCOUNT,
                "CloseAccount",
                json!({"AccountId": "999999999999"})
            )
            .await,
        "AccountNotFoundException"
    );
}

#[tokio::test]
async fn accounts_are_created_listed_in_pages_and_moved_in_the_tree() {
    let stage = stage();
    organization(&stage).await;
    let create = json!({"Email": "data@example.com", "AccountName": "data"});
    let made = stage.organizations(ACCOUNT, "CreateAccount", create).await;
    assert_eq!(made["CreateAccountStatus"]["State"], "SUCCEEDED");
    let account = made["CreateAccountStatus"]["AccountId"].as_str().unwrap();
    assert_eq!(account.len(), 12);

    let mut seen = Vec::new();
    let mut token = json!(null);
    loop {
        let list = json!({"MaxResults": 2, "NextToken": token});
        let page = stage.organizations(ACCOUNT, "ListAccounts", list).await;
        let accounts = page["Accounts"].as_array().unwrap();
        seen.extend(accounts.iter().map(|found| found["Id"].clone()));
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(seen.len(), 3);
    assert!(seen.contains(&json!(account)));

    let roots = stage.organizations(ACCOUNT, "ListRoots", json!({})).await;
    let root = &roots["Roots"][0]["Id"];
    let create = json!({"ParentId": root, "Name": "Data"});
    let made = stage
        .organizations(ACCOUNT, "CreateOrganizationalUnit", create.clone())
        .await;
    assert_eq!(
        stage
            .refused(ACCOUNT, "CreateOrganizationalUnit", create)
            .await,
        "DuplicateOrganizationalUnitException"
    );
    let unit = &made["OrganizationalUnit"]["Id"];
    let to_unit =
        json!({"AccountId": account, "SourceParentId": root, "DestinationParentId": unit});
    stage
        .organizations(ACCOUNT, "MoveAccount", to_unit.clone())
        .await;
    assert_eq!(
        stage.refused(ACCOUNT, "MoveAccount", to_unit).await,
        "SourceParentNotFoundException"
    );
    for (child, parent, kind) in [
        (json!(account), unit, "ORGANIZATIONAL_UNIT"),
        (unit.clone(), root, "ROOT"),
    ] {
        let parents = stage
            .organizations(ACCOUNT, "ListParents", json!({"ChildId": child}))
            .await;
        assert_eq!(parents["Parents"], json!([{"Id": parent, "Type": kind}]));
    }
}
