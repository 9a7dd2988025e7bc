"""What boto3 expects of CloudFormation, IAM, KMS, SNS, DynamoDB, S3, STS, RAM and Organizations."""

import io
import json
import os
import socket
from urllib.request import Request, urlopen

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

CONFIG = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1})
ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
clients = {}
resolve = socket.getaddrinfo


def resolve_localhost(host, *arguments, **more):
    """Names below `localhost` are this machine (RFC 6761, 6.3), which not every resolver knows."""
    return resolve("localhost" if str(host).endswith(".localhost") else host, *arguments, **more)


socket.getaddrinfo = resolve_localhost


def client(service):
    if service not in clients:
        clients[service] = boto3.client(service, config=CONFIG)
    return clients[service]


def client_of(account, service):
    return boto3.client(
        service, config=CONFIG, aws_access_key_id=f"LKIA{account}", aws_secret_access_key="test"
    )


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"] == code, found
        return found["Message"]
    raise AssertionError(f"{call.__name__} was not refused with {code}")


TRUST = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
)
GRANT = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})


def iam():
    iam = client("iam")
    role = iam.create_role(
        RoleName="Peer", AssumeRolePolicyDocument=TRUST, Tags=[{"Key": "team", "Value": "sales"}]
    )["Role"]
    assert role["Arn"].endswith(":role/Peer")
    assert role["AssumeRolePolicyDocument"] == json.loads(TRUST)
    refused("EntityAlreadyExists", iam.create_role, RoleName="Peer", AssumeRolePolicyDocument=TRUST)
    iam.put_role_policy(RoleName="Peer", PolicyName="p", PolicyDocument=GRANT)
    assert iam.get_role_policy(RoleName="Peer", PolicyName="p")["PolicyDocument"] == json.loads(GRANT)
    policy = iam.create_policy(PolicyName="Managed", PolicyDocument=GRANT)["Policy"]
    iam.attach_role_policy(RoleName="Peer", PolicyArn=policy["Arn"])
    attached = iam.list_attached_role_policies(RoleName="Peer")["AttachedPolicies"]
    assert [found["PolicyName"] for found in attached] == ["Managed"]
    refused("DeleteConflict", iam.delete_role, RoleName="Peer")
    iam.detach_role_policy(RoleName="Peer", PolicyArn=policy["Arn"])
    iam.delete_policy(PolicyArn=policy["Arn"])
    iam.delete_role_policy(RoleName="Peer", PolicyName="p")
    names = [role["RoleName"] for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"]]
    assert names == ["Peer"], names
    iam.delete_role(RoleName="Peer")
    refused("NoSuchEntity", iam.get_role, RoleName="Peer")


def kms():
    kms = client("kms")
    key = kms.create_key(Description="peer")["KeyMetadata"]
    kms.create_alias(AliasName="alias/peer", TargetKeyId=key["KeyId"])
    assert kms.describe_key(KeyId="alias/peer")["KeyMetadata"]["Arn"] == key["Arn"]
    kms.enable_key_rotation(KeyId=key["KeyId"])
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
    assert json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"])["Statement"]
    kms.delete_alias(AliasName="alias/peer")
    assert kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)["KeyState"] == "PendingDeletion"
    refused("KMSInvalidStateException", kms.enable_key, KeyId=key["KeyId"])


def sns():
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name="peer", Attributes={"DisplayName": "Peer"})["TopicArn"]
    url = sqs.create_queue(QueueName="peer")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
    sns.publish(TopicArn=topic, Message="hi", MessageAttributes={"n": {"DataType": "Number", "StringValue": "1"}})
    message = sqs.receive_message(QueueUrl=url)["Messages"][0]
    assert json.loads(message["Body"])["Message"] == "hi"
    sns.set_subscription_attributes(
        SubscriptionArn=subscription["SubscriptionArn"], AttributeName="RawMessageDelivery", AttributeValue="true"
    )
    entries = [{"Id": str(number), "Message": f"m{number}"} for number in range(3)]
    assert len(sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)["Successful"]) == 3
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "Peer"
    assert len(sns.list_subscriptions()["Subscriptions"]) == 1
    sns.delete_topic(TopicArn=topic)


def dynamodb():
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="peer",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    dynamodb.get_waiter("table_exists").wait(TableName="peer")
    dynamodb.update_time_to_live(
        TableName="peer", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    assert dynamodb.describe_time_to_live(TableName="peer")["TimeToLiveDescription"]["AttributeName"] == "until"
    assert dynamodb.list_tables()["TableNames"] == ["peer"]
    dynamodb.delete_table(TableName="peer")
    dynamodb.get_waiter("table_not_exists").wait(TableName="peer")


def s3():
    s3 = client("s3")
    s3.create_bucket(Bucket="peer", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert "Status" not in s3.get_bucket_versioning(Bucket="peer")
    s3.put_bucket_versioning(Bucket="peer", VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket="peer")["Status"] == "Enabled"
    rules = s3.get_bucket_encryption(Bucket="peer")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    refused("NoSuchLifecycleConfiguration", s3.get_bucket_lifecycle_configuration, Bucket="peer")
    lifecycle = {"Rules": [
        {"ID": str(days), "Status": "Enabled", "Filter": {"Prefix": "a/"}, "Expiration": {"Days": days}}
        for days in (1, 2)
    ]}
    s3.put_bucket_lifecycle_configuration(Bucket="peer", LifecycleConfiguration=lifecycle)
    assert s3.get_bucket_lifecycle_configuration(Bucket="peer")["Rules"] == lifecycle["Rules"]
    refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket="peer")
    tags = [{"Key": "team", "Value": "sales & more"}]
    s3.put_bucket_tagging(Bucket="peer", Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket="peer")["TagSet"] == tags
    block = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    s3.put_public_access_block(Bucket="peer", PublicAccessBlockConfiguration=block)
    assert s3.get_public_access_block(Bucket="peer")["PublicAccessBlockConfiguration"] == block
    policy = json.dumps({"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}]})
    s3.put_bucket_policy(Bucket="peer", Policy=policy)
    assert s3.get_bucket_policy(Bucket="peer")["Policy"] == policy
    s3.delete_bucket(Bucket="peer")


TEMPLATE = """
Parameters:
  Name: {Type: String}
Resources:
  Lake:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Ref Name}
  Reader:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: glue.amazonaws.com}, Action: sts:AssumeRole}]
Outputs:
  Arn: {Value: !GetAtt Lake.Arn}
"""


def cloudformation():
    cloudformation = client("cloudformation")
    validated = cloudformation.validate_template(TemplateBody=TEMPLATE)
    assert validated["Capabilities"] == ["CAPABILITY_IAM"], validated

    def change(kind, name):
        arguments = {"StackName": "peer", "ChangeSetName": name, "TemplateBody": TEMPLATE, "ChangeSetType": kind,
                     "Parameters": [{"ParameterKey": "Name", "ParameterValue": f"lake-{name}"}]}
        refused("InsufficientCapabilitiesException", cloudformation.create_change_set, **arguments)
        cloudformation.create_change_set(**arguments, Capabilities=["CAPABILITY_IAM"])
        cloudformation.get_waiter("change_set_create_complete").wait(
            StackName="peer", ChangeSetName=name, WaiterConfig={"Delay": 0.05}
        )
        cloudformation.execute_change_set(StackName="peer", ChangeSetName=name)

    def wait(name, stack="peer"):
        cloudformation.get_waiter(name).wait(StackName=stack, WaiterConfig={"Delay": 0.05})

    change("CREATE", "one")
    wait("stack_create_complete")
    change("UPDATE", "two")
    wait("stack_update_complete")
    stack = cloudformation.describe_stacks(StackName="peer")["Stacks"][0]
    assert stack["Outputs"][0]["OutputValue"] == "arn:aws:s3:::lake-two", stack
    events = cloudformation.describe_stack_events(StackName="peer")["StackEvents"]
    assert events[0]["ResourceStatus"] == "UPDATE_COMPLETE"
    assert len({event["EventId"] for event in events}) == len(events)
    resources = cloudformation.list_stack_resources(StackName="peer")["StackResourceSummaries"]
    assert {resource["ResourceStatus"] for resource in resources} == {"UPDATE_COMPLETE", "CREATE_COMPLETE"}
    client("iam").get_role(RoleName=resources[1]["PhysicalResourceId"])
    cloudformation.delete_stack(StackName="peer")
    wait("stack_delete_complete", stack["StackId"])
    assert cloudformation.list_stacks()["StackSummaries"][0]["StackStatus"] == "DELETE_COMPLETE"


def ram():
    sales, data = client_of("111122223333", "ram"), client_of("444455556666", "ram")
    table = "arn:aws:glue:eu-west-1:111122223333:table/sales/orders"
    share = sales.create_resource_share(name="orders", resourceArns=[table], principals=["444455556666"])
    arn = share["resourceShare"]["resourceShareArn"]

    def status():
        found = sales.get_resource_share_associations(associationType="PRINCIPAL", resourceShareArns=[arn])
        return found["resourceShareAssociations"][0]["status"]

    assert status() == "ASSOCIATING"
    invitation = data.get_resource_share_invitations()["resourceShareInvitations"][0]
    assert invitation["status"] == "PENDING" and invitation["invitationTimestamp"].year >= 2020, invitation
    invited = invitation["resourceShareInvitationArn"]
    data.accept_resource_share_invitation(resourceShareInvitationArn=invited)
    refused(
        "ResourceShareInvitationAlreadyAcceptedException",
        data.accept_resource_share_invitation,
        resourceShareInvitationArn=invited,
    )
    assert status() == "ASSOCIATED"
    pages = data.get_paginator("list_resources").paginate(resourceOwner="OTHER-ACCOUNTS")
    assert [found["arn"] for page in pages for found in page["resources"]] == [table]
    sales.delete_resource_share(resourceShareArn=arn)
    assert status() == "DISASSOCIATED"
    refused("UnknownResourceException", sales.delete_resource_share, resourceShareArn=arn)


def organizations():
    sales, data = client_of("111122223333", "organizations"), client_of("444455556666", "organizations")
    organization = sales.create_organization(FeatureSet="ALL")["Organization"]
    assert organization["MasterAccountId"] == "111122223333", organization
    target = {"Id": "444455556666", "Type": "ACCOUNT"}
    handshake = sales.invite_account_to_organization(Target=target)["Handshake"]
    assert data.accept_handshake(HandshakeId=handshake["Id"])["Handshake"]["State"] == "ACCEPTED"
    refused("AccessDeniedException", data.list_accounts)
    sales.enable_aws_service_access(ServicePrincipal="ram.amazonaws.com")
    root = sales.list_roots()["Roots"][0]["Id"]
    unit = sales.create_organizational_unit(ParentId=root, Name="Data")["OrganizationalUnit"]
    sales.move_account(AccountId="444455556666", SourceParentId=root, DestinationParentId=unit["Id"])
    parents = sales.list_parents(ChildId="444455556666")["Parents"]
    assert parents == [{"Id": unit["Id"], "Type": "ORGANIZATIONAL_UNIT"}], parents
    made = sales.create_account(Email="x@example.com", AccountName="x")["CreateAccountStatus"]
    assert made["State"] == "SUCCEEDED", made
    sales.close_account(AccountId="444455556666")
    pages = sales.get_paginator("list_accounts").paginate()
    states = {found["Id"]: found["Status"] for page in pages for found in page["Accounts"]}
    assert states["444455556666"] == "SUSPENDED" and len(states) == 3, states
    refused("AccessDeniedException", data.describe_organization)


def objects():
    """Versions, uploads in parts, conditions, presigned URLs: by way of boto3's own transfers."""
    s3 = client("s3")
    s3.create_bucket(Bucket="shelf", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket="shelf", VersioningConfiguration={"Status": "Enabled"})
    body = bytes(range(256)) * 4096 * 12
    in_parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    s3.upload_fileobj(io.BytesIO(body), "shelf", "big", Config=in_parts, ExtraArgs={"Metadata": {"a": "b"}})
    head = s3.head_object(Bucket="shelf", Key="big")
    assert head["ETag"].endswith('-3"') and head["Metadata"] == {"a": "b"}, head
    read = io.BytesIO()
    s3.download_fileobj("shelf", "big", read, Config=in_parts)
    assert read.getvalue() == body
    for name in ("CRC32", "SHA1", "SHA256"):
        put = s3.put_object(Bucket="shelf", Key="small", Body=io.BytesIO(b"hello"), ChecksumAlgorithm=name)
        got = s3.get_object(Bucket="shelf", Key="small", ChecksumMode="ENABLED")
        assert got["Body"].read() == b"hello" and got[f"Checksum{name}"] == put[f"Checksum{name}"]
    refused("PreconditionFailed", s3.put_object, Bucket="shelf", Key="small", IfNoneMatch="*")
    s3.delete_object(Bucket="shelf", Key="small")
    refused("NoSuchKey", s3.get_object, Bucket="shelf", Key="small")
    pages = s3.get_paginator("list_object_versions").paginate(Bucket="shelf", PaginationConfig={"PageSize": 2})
    found = [v for page in pages for v in page.get("Versions", []) + page.get("DeleteMarkers", [])]
    assert len(found) == 5, found
    for config in (CONFIG, Config(signature_version="s3v4", s3={"addressing_style": "path"})):
        signer = boto3.client("s3", config=config)
        arguments = {"Bucket": "shelf", "Key": "signed"}
        url = signer.generate_presigned_url("put_object", Params=arguments)
        with urlopen(Request(url, data=b"by url", method="PUT", headers={"Content-Type": ""})) as answer:
            assert answer.status == 200
        with urlopen(signer.generate_presigned_url("get_object", Params=arguments)) as answer:
            assert answer.read() == b"by url"
    virtual = boto3.client("s3", config=Config(s3={"addressing_style": "virtual"}), endpoint_url=ENDPOINT.replace("127.0.0.1", "localhost"))
    assert virtual.get_object(Bucket="shelf", Key="signed")["Body"].read() == b"by url"
    s3.copy({"Bucket": "shelf", "Key": "big"}, "shelf", "copy", Config=in_parts)
    assert s3.head_object(Bucket="shelf", Key="copy")["ContentLength"] == len(body)
    bucket = boto3.resource("s3", config=CONFIG).Bucket("shelf")
    bucket.object_versions.delete()
    bucket.delete()


def sts():
    sts = client_of("111122223333", "sts")
    assert sts.get_caller_identity()["Account"] == "111122223333"
    bare = boto3.client("sts", config=CONFIG, aws_access_key_id="444455556666", aws_secret_access_key="any")
    assert bare.get_caller_identity()["Account"] == "444455556666"
    given = sts.get_session_token()["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    assert session.client("sts", config=CONFIG).get_caller_identity()["Account"] == "111122223333"
    nobody = boto3.client("sts", config=CONFIG, aws_access_key_id="AKIANOBODY", aws_secret_access_key="any")
    assert "LKIA" in refused("InvalidClientTokenId", nobody.get_caller_identity)


for check in (iam, kms, sns, dynamodb, s3, objects, sts, cloudformation, ram, organizations):
    check()
    print(f"{check.__name__}: well")
