use datamesh_localcloud::LocalCloud;

use crate::raw::{element, form};
use crate::setup::cloud;

const TRUST: &str = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22%2A%22%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
const GRANT: &str = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22s3%3A%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";

async fn ask(cloud: &LocalCloud, request: &str) -> (u16, String) {
    form(cloud, "iam", request).await
}

/// Does it, which must succeed.
async fn done(cloud: &LocalCloud, request: &str) -> String {
    let (status, xml) = ask(cloud, request).await;
    assert_eq!(status, 200, "{request}: {xml}");
    xml
}

/// Is refused with this code.
async fn refused(cloud: &LocalCloud, request: &str, code: &str) -> String {
    let (_, xml) = ask(cloud, request).await;
    assert_eq!(element(&xml, "Code"), code, "{request}: {xml}");
    element(&xml, "Message").replace("&apos;", "'")
}

async fn role(cloud: &LocalCloud) {
    let create =
        format!("Action=CreateRole&RoleName=Reader&Path=/mesh/&AssumeRolePolicyDocument={TRUST}");
    let xml = done(cloud, &create).await;
    assert_eq!(
        element(&xml, "Arn"),
        "arn:aws:iam::111122223333:role/mesh/Reader"
    );
    let message = refused(cloud, &create, "EntityAlreadyExists").await;
    assert_eq!(message, "Role with name Reader already exists.");
}

#[tokio::test]
async fn a_role_has_one_name_and_goes_when_it_has_no_policies() {
    let (cloud, _) = cloud();
    role(&cloud).await;
    let other_case = format!("Action=CreateRole&RoleName=READER&AssumeRolePolicyDocument={TRUST}");
    refused(&cloud, &other_case, "EntityAlreadyExists").await;
    done(
        &cloud,
        &format!("Action=PutRolePolicy&RoleName=Reader&PolicyName=read&PolicyDocument={GRANT}"),
    )
    .await;
    let message = refused(
        &cloud,
        "Action=DeleteRole&RoleName=Reader",
        "DeleteConflict",
    )
    .await;
    assert_eq!(message, "Cannot delete entity, must delete policies first.");
    done(
        &cloud,
        "Action=AttachRolePolicy&RoleName=Reader&PolicyArn=arn:aws:iam::aws:policy/ReadOnlyAccess",
    )
    .await;
    let listed = done(&cloud, "Action=ListAttachedRolePolicies&RoleName=Reader").await;
    assert_eq!(element(&listed, "PolicyName"), "ReadOnlyAccess");
    let message = refused(
        &cloud,
        "Action=DeleteRole&RoleName=Reader",
        "DeleteConflict",
    )
    .await;
    assert_eq!(
        message,
        "Cannot delete entity, must detach all policies first."
    );
    done(
        &cloud,
        "Action=DetachRolePolicy&RoleName=Reader&PolicyArn=arn:aws:iam::aws:policy/ReadOnlyAccess",
    )
    .await;
    done(
        &cloud,
        "Action=DeleteRolePolicy&RoleName=Reader&PolicyName=read",
    )
    .await;
    done(&cloud, "Action=DeleteRole&RoleName=Reader").await;
    let message = refused(&cloud, "Action=GetRole&RoleName=Reader", "NoSuchEntity").await;
    assert_eq!(message, "The role with name Reader cannot be found.");
}

#[tokio::test]
async fn documents_come_back_encoded() {
    let (cloud, _) = cloud();
    role(&cloud).await;
    let got = done(&cloud, "Action=GetRole&RoleName=Reader").await;
    assert_eq!(element(&got, "AssumeRolePolicyDocument"), TRUST);
    done(
        &cloud,
        &format!("Action=PutRolePolicy&RoleName=Reader&PolicyName=read&PolicyDocument={GRANT}"),
    )
    .await;
    let got = done(
        &cloud,
        "Action=GetRolePolicy&RoleName=Reader&PolicyName=read",
    )
    .await;
    assert_eq!(element(&got, "PolicyDocument"), GRANT);
}

#[tokio::test]
async fn nonsense_is_refused() {
    let (cloud, _) = cloud();
    let name = format!("Action=CreateRole&RoleName=a%20b&AssumeRolePolicyDocument={TRUST}");
    refused(&cloud, &name, "ValidationError").await;
    let long = format!(
        "Action=CreateRole&RoleName={}&AssumeRolePolicyDocument={TRUST}",
        "a".repeat(65)
    );
    refused(&cloud, &long, "ValidationError").await;
    let path = format!("Action=CreateRole&RoleName=a&Path=mesh&AssumeRolePolicyDocument={TRUST}");
    refused(&cloud, &path, "ValidationError").await;
    refused(
        &cloud,
        "Action=CreateRole&RoleName=a&AssumeRolePolicyDocument=x",
        "MalformedPolicyDocument",
    )
    .await;
    let (status, xml) = ask(&cloud, "Action=Teleport").await;
    assert_eq!(status, 501, "{xml}");
}

#[tokio::test]
async fn a_managed_policy_has_versions_and_is_held_by_its_roles() {
    let (cloud, _) = cloud();
    role(&cloud).await;
    let arn = "arn:aws:iam::111122223333:policy/Read";
    done(
        &cloud,
        &format!("Action=CreatePolicy&PolicyName=Read&PolicyDocument={GRANT}"),
    )
    .await;
    done(
        &cloud,
        &format!("Action=AttachRolePolicy&RoleName=Reader&PolicyArn={arn}"),
    )
    .await;
    let got = done(&cloud, &format!("Action=GetPolicy&PolicyArn={arn}")).await;
    assert_eq!(element(&got, "AttachmentCount"), "1");
    refused(
        &cloud,
        &format!("Action=DeletePolicy&PolicyArn={arn}"),
        "DeleteConflict",
    )
    .await;
    done(
        &cloud,
        &format!("Action=DetachRolePolicy&RoleName=Reader&PolicyArn={arn}"),
    )
    .await;
    for version in 2..=5 {
        let create = format!(
            "Action=CreatePolicyVersion&PolicyArn={arn}&PolicyDocument={GRANT}&SetAsDefault=true"
        );
        let made = done(&cloud, &create).await;
        assert_eq!(element(&made, "VersionId"), format!("v{version}"));
    }
    let sixth = format!("Action=CreatePolicyVersion&PolicyArn={arn}&PolicyDocument={GRANT}");
    refused(&cloud, &sixth, "LimitExceeded").await;
    refused(
        &cloud,
        &format!("Action=DeletePolicyVersion&PolicyArn={arn}&VersionId=v5"),
        "DeleteConflict",
    )
    .await;
    for version in 1..=4 {
        done(
            &cloud,
            &format!("Action=DeletePolicyVersion&PolicyArn={arn}&VersionId=v{version}"),
        )
        .await;
    }
    done(&cloud, &format!("Action=DeletePolicy&PolicyArn={arn}")).await;
    refused(
        &cloud,
        &format!("Action=GetPolicy&PolicyArn={arn}"),
        "NoSuchEntity",
    )
    .await;
}

#[tokio::test]
async fn roles_are_listed_in_pages_and_have_tags() {
    let (cloud, _) = cloud();
    for name in ["A", "B", "C"] {
        done(
            &cloud,
            &format!("Action=CreateRole&RoleName={name}&AssumeRolePolicyDocument={TRUST}"),
        )
        .await;
    }
    let first = done(&cloud, "Action=ListRoles&MaxItems=2").await;
    assert_eq!(element(&first, "IsTruncated"), "true");
    let marker = element(&first, "Marker");
    let second = done(
        &cloud,
        &format!("Action=ListRoles&MaxItems=2&Marker={marker}"),
    )
    .await;
    assert_eq!(element(&second, "RoleName"), "C");
    done(
        &cloud,
        "Action=TagRole&RoleName=A&Tags.member.1.Key=team&Tags.member.1.Value=sales",
    )
    .await;
    let tags = done(&cloud, "Action=ListRoleTags&RoleName=A").await;
    assert_eq!(element(&tags, "Value"), "sales");
    let boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    done(
        &cloud,
        &format!("Action=PutRolePermissionsBoundary&RoleName=A&PermissionsBoundary={boundary}"),
    )
    .await;
    // Tags and boundaries are of `GetRole` alone.
    let one = done(&cloud, "Action=GetRole&RoleName=A").await;
    let listed = done(&cloud, "Action=ListRoles").await;
    for part in ["<Tags>", "<PermissionsBoundary>"] {
        assert!(one.contains(part), "{one}");
        assert!(!listed.contains(part), "{listed}");
    }
    done(&cloud, "Action=UntagRole&RoleName=A&TagKeys.member.1=team").await;
    let create = format!("Action=CreatePolicy&PolicyName=Kept&PolicyDocument={GRANT}");
    let create = format!("{create}&Description=d&Tags.member.1.Key=k&Tags.member.1.Value=v");
    let made = done(&cloud, &create).await;
    let listed = done(&cloud, "Action=ListPolicies&Scope=Local").await;
    assert_eq!(element(&listed, "PolicyName"), "Kept");
    for part in ["<Tags>", "<Description>"] {
        assert!(made.contains(part), "{made}");
        assert!(!listed.contains(part), "{listed}");
    }
    let tags = done(&cloud, "Action=ListRoleTags&RoleName=A").await;
    assert!(!tags.contains("<Key>"), "{tags}");
}

#[tokio::test]
async fn a_policy_knows_the_roles_that_have_it() {
    let (cloud, _) = cloud();
    role(&cloud).await;
    let create = format!("Action=CreatePolicy&PolicyName=read&PolicyDocument={GRANT}");
    let xml = done(&cloud, &create).await;
    assert_eq!(element(&xml, "AttachmentCount"), "0");
    let arn = "arn:aws:iam::111122223333:policy/read";
    let attach = format!("Action=AttachRolePolicy&RoleName=Reader&PolicyArn={arn}");
    done(&cloud, &attach).await;
    let list = format!("Action=ListEntitiesForPolicy&PolicyArn={arn}");
    assert_eq!(element(&done(&cloud, &list).await, "RoleName"), "Reader");
    let get = format!("Action=GetPolicy&PolicyArn={arn}");
    let xml = done(&cloud, &get).await;
    assert_eq!(element(&xml, "AttachmentCount"), "1");
    let delete = format!("Action=DeletePolicy&PolicyArn={arn}");
    refused(&cloud, &delete, "DeleteConflict").await;
    let detach = format!("Action=DetachRolePolicy&RoleName=Reader&PolicyArn={arn}");
    done(&cloud, &detach).await;
    assert!(!done(&cloud, &list).await.contains("<RoleName>"));
    let tag =
        format!("Action=TagPolicy&PolicyArn={arn}&Tags.member.1.Key=team&Tags.member.1.Value=a");
    done(&cloud, &tag).await;
    let tags = format!("Action=ListPolicyTags&PolicyArn={arn}");
    assert_eq!(element(&done(&cloud, &tags).await, "Key"), "team");
    done(&cloud, &delete).await;
    let message = refused(&cloud, &get, "NoSuchEntity").await;
    assert_eq!(message, format!("Policy {arn} was not found."));
    let message = refused(&cloud, &attach, "NoSuchEntity").await;
    assert_eq!(
        message,
        format!("Policy {arn} does not exist or is not attachable.")
    );
}

#[tokio::test]
async fn a_role_has_a_boundary_and_its_parts_come_in_pages() {
    let (cloud, _) = cloud();
    role(&cloud).await;
    let remove = "Action=DeleteRolePermissionsBoundary&RoleName=Reader";
    refused(&cloud, remove, "NoSuchEntity").await;
    let boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let put = "Action=PutRolePermissionsBoundary&RoleName=Reader&PermissionsBoundary=";
    done(&cloud, &format!("{put}{boundary}")).await;
    let xml = done(&cloud, "Action=GetRole&RoleName=Reader").await;
    assert_eq!(element(&xml, "PermissionsBoundaryArn"), boundary);
    done(&cloud, remove).await;

    for name in ["a", "b", "c"] {
        let put = format!("Action=PutRolePolicy&RoleName=Reader&PolicyName={name}");
        done(&cloud, &format!("{put}&PolicyDocument={GRANT}")).await;
    }
    let list = "Action=ListRolePolicies&RoleName=Reader&MaxItems=2";
    let first = done(&cloud, list).await;
    assert!(!first.contains("<member>c</member>"));
    let marker = element(&first, "Marker");
    let second = done(&cloud, &format!("{list}&Marker={marker}")).await;
    assert_eq!(element(&second, "member"), "c");
}

#[tokio::test]
async fn names_and_sizes_have_limits() {
    let (cloud, _) = cloud();
    let long = "x".repeat(65);
    let create = format!("Action=CreateRole&RoleName={long}&AssumeRolePolicyDocument={TRUST}");
    let message = refused(&cloud, &create, "ValidationError").await;
    assert!(message.contains("at 'roleName' failed to satisfy constraint"));
    assert!(message.ends_with("Member must have length less than or equal to 64"));
    let odd = format!("Action=CreateRole&RoleName=a%20b&AssumeRolePolicyDocument={TRUST}");
    let message = refused(&cloud, &odd, "ValidationError").await;
    assert!(message.starts_with("The specified value for roleName is invalid."));
    role(&cloud).await;
    let short = "Action=UpdateRole&RoleName=Reader&MaxSessionDuration=60";
    let message = refused(&cloud, short, "ValidationError").await;
    assert!(message.ends_with("Member must have value greater than or equal to 3600"));
    let sid = "x".repeat(7_000);
    let policy = GRANT.replace("s3%3A%2A", &sid);
    let create = format!("Action=CreatePolicy&PolicyName=long&PolicyDocument={policy}");
    let message = refused(&cloud, &create, "LimitExceeded").await;
    assert_eq!(message, "Cannot exceed quota for PolicySize: 6144");
}

#[tokio::test]
async fn a_role_is_assumed_by_its_whole_arn_only() {
    let (cloud, _) = cloud();
    role(&cloud).await;
    let assume = async |role: &str| {
        let arn = format!("arn:aws:iam::111122223333:{role}");
        let request = format!("Action=AssumeRole&RoleSessionName=worker&RoleArn={arn}");
        form(&cloud, "sts", &request).await
    };
    let (status, xml) = assume("role/mesh/Reader").await;
    assert_eq!(status, 200, "{xml}");
    for other in ["role/Reader", "role/other/Reader"] {
        let (status, xml) = assume(other).await;
        assert_eq!(status, 403, "{xml}");
        assert_eq!(element(&xml, "Code"), "AccessDenied");
    }
    let (status, xml) = assume("role/NobodyKnows").await;
    assert_eq!(status, 200, "{xml}");
}
