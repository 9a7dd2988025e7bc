"""Identity and Access Management, Security Token Service, Key Management Service."""

import json

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]})


def roles(aws):
    aws("iam.create_role", RoleName="reader", AssumeRolePolicyDocument=TRUST, Path="/a/", Tags=[{"Key": "k", "Value": "v"}])
    aws("iam.create_role", "again", RoleName="reader", AssumeRolePolicyDocument=TRUST)
    aws("iam.create_role", "bad trust", RoleName="other", AssumeRolePolicyDocument="{")
    aws("iam.create_role", "bad name", RoleName="no spaces", AssumeRolePolicyDocument=TRUST)
    aws("iam.get_role", RoleName="reader")
    aws("iam.get_role", "nowhere", RoleName="nope")
    aws("iam.list_roles", PathPrefix="/a/")
    aws("iam.put_role_policy", RoleName="reader", PolicyName="p", PolicyDocument=POLICY)
    aws("iam.get_role_policy", RoleName="reader", PolicyName="p")
    aws("iam.list_role_policies", RoleName="reader")
    aws("iam.get_role_policy", "none", RoleName="reader", PolicyName="q")
    aws("iam.delete_role", "with a policy", RoleName="reader")
    arn = aws("iam.create_policy", PolicyName="managed", PolicyDocument=POLICY)["Policy"]["Arn"]
    aws("iam.create_policy", "again ", PolicyName="managed", PolicyDocument=POLICY)
    aws("iam.attach_role_policy", RoleName="reader", PolicyArn=arn)
    aws("iam.list_attached_role_policies", RoleName="reader")
    aws("iam.delete_policy", "attached", PolicyArn=arn)
    aws("iam.detach_role_policy", RoleName="reader", PolicyArn=arn)
    aws("iam.delete_policy", PolicyArn=arn)
    aws("iam.delete_role_policy", RoleName="reader", PolicyName="p")
    aws("iam.delete_role", RoleName="reader")


def sessions(aws):
    aws("sts.get_caller_identity")
    role = aws("iam.create_role", RoleName="assumed", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    aws("sts.assume_role", RoleArn=role, RoleSessionName="me")
    aws("sts.assume_role", "too short", RoleArn=role, RoleSessionName="me", DurationSeconds=899)
    aws("sts.assume_role", "bad name", RoleArn=role, RoleSessionName="no spaces")


def keys(aws):
    key = aws("kms.create_key", Description="d")["KeyMetadata"]["KeyId"]
    aws("kms.describe_key", KeyId=key)
    aws("kms.describe_key", "nowhere", KeyId="00000000-0000-0000-0000-000000000000")
    aws("kms.create_alias", AliasName="alias/parity", TargetKeyId=key)
    aws("kms.create_alias", "again", AliasName="alias/parity", TargetKeyId=key)
    aws("kms.create_alias", "bad name", AliasName="parity", TargetKeyId=key)
    aws("kms.describe_key", "by alias", KeyId="alias/parity")
    aws("kms.list_aliases", KeyId=key)
    aws("kms.enable_key_rotation", KeyId=key)
    aws("kms.get_key_rotation_status", KeyId=key)
    aws("kms.disable_key", KeyId=key)
    aws("kms.schedule_key_deletion", KeyId=key, PendingWindowInDays=7)
    aws("kms.schedule_key_deletion", "again ", KeyId=key, PendingWindowInDays=7)
    aws("kms.delete_alias", AliasName="alias/parity")
    aws("kms.delete_alias", "again  ", AliasName="alias/parity")


def trust(aws):
    account = aws.client("sts").get_caller_identity()["Account"]
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}}
    documents = {
        "trusted": allow,
        "of a service": allow | {"Principal": {"Service": "glue.amazonaws.com"}},
        "of another account": allow | {"Principal": {"AWS": "arn:aws:iam::999988887777:root"}},
        "denied": allow | {"Effect": "Deny"},
        "by external id": allow | {"Condition": {"StringEquals": {"sts:ExternalId": "secret"}}},
    }
    arns = {}
    for name, statement in documents.items():
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        role = aws.client("iam").create_role(RoleName=name.replace(" ", "-"), AssumeRolePolicyDocument=document)
        arns[name] = role["Role"]["Arn"]
        aws("sts.assume_role", name, RoleArn=arns[name], RoleSessionName="me")
    aws("sts.assume_role", "with external id", RoleArn=arns["by external id"], RoleSessionName="me", ExternalId="secret")
    aws("sts.assume_role", "wrong external id", RoleArn=arns["by external id"], RoleSessionName="me", ExternalId="guess")
    aws("sts.assume_role", "no such role", RoleArn=arns["trusted"] + "x", RoleSessionName="me")
    aws("sts.assume_role", "beyond the role", RoleArn=arns["trusted"], RoleSessionName="me", DurationSeconds=7200)
    aws("sts.assume_role", "too long", RoleArn=arns["trusted"], RoleSessionName="me", DurationSeconds=43201)
    aws("sts.assume_role", "bad policy", RoleArn=arns["trusted"], RoleSessionName="me", Policy="{")
    aws("sts.assume_role", "no ARN", RoleArn="arn:aws:iam::role/x-and-more", RoleSessionName="me")


def policies(aws):
    made = aws("iam.create_policy", PolicyName="kept", PolicyDocument=POLICY, Description="d", Tags=[{"Key": "k", "Value": "v"}])
    arn = made["Policy"]["Arn"]
    aws("iam.get_policy", PolicyArn=arn)
    aws("iam.list_policies", Scope="Local")
    aws("iam.create_policy", "no JSON", PolicyName="other", PolicyDocument="{")
    aws("iam.create_policy", "no statement", PolicyName="other", PolicyDocument='{"Version": "2012-10-17"}')
    aws("iam.create_policy", "no action", PolicyName="other", PolicyDocument='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"}]}')
    for n in range(2, 6):
        aws("iam.create_policy_version", f"v{n}", PolicyArn=arn, PolicyDocument=POLICY)
    aws("iam.create_policy_version", "sixth", PolicyArn=arn, PolicyDocument=POLICY)
    aws("iam.delete_policy_version", "the default", PolicyArn=arn, VersionId="v1")
    aws("iam.delete_policy", "with versions", PolicyArn=arn)
    aws("iam.set_default_policy_version", "nowhere", PolicyArn=arn, VersionId="v9")


def cipher(aws):
    key = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    made = aws.client("kms").encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"for": "me"})["CiphertextBlob"]
    aws("kms.decrypt", CiphertextBlob=made, EncryptionContext={"for": "me"})
    aws("kms.decrypt", "other context", CiphertextBlob=made, EncryptionContext={"for": "you"})
    aws("kms.decrypt", "garbage", CiphertextBlob=b"garbage")
    aws("kms.encrypt", "too much", KeyId=key, Plaintext=b"x" * 4097)
    aws("kms.generate_data_key", "no size", KeyId=key)
    aws("kms.generate_data_key", "both sizes", KeyId=key, KeySpec="AES_256", NumberOfBytes=32)
    aws("kms.create_alias", "reserved", AliasName="alias/aws/mine", TargetKeyId=key)
    aws("kms.create_alias", "no name", AliasName="alias/", TargetKeyId=key)
    aws("kms.create_alias", "bad character", AliasName="alias/a.b", TargetKeyId=key)
    aws("kms.update_alias", "nowhere", AliasName="alias/nowhere", TargetKeyId=key)
    aws("kms.enable_key_rotation", "too often", KeyId=key, RotationPeriodInDays=89)
    aws("kms.put_key_policy", "no JSON", KeyId=key, PolicyName="default", Policy="{")
    aws("kms.schedule_key_deletion", "too soon", KeyId=key, PendingWindowInDays=6)
    aws("kms.list_key_policies", KeyId=key)
    aws("kms.disable_key", KeyId=key)
    aws("kms.encrypt", "disabled", KeyId=key, Plaintext=b"x")
    aws("kms.decrypt", "disabled ", CiphertextBlob=made, EncryptionContext={"for": "me"})
    aws("kms.schedule_key_deletion", KeyId=key)
    aws("kms.encrypt", "deleted", KeyId=key, Plaintext=b"x")
    aws("kms.enable_key", "deleted ", KeyId=key)
    aws("kms.describe_key", "deleted  ", KeyId=key)
    aws("kms.cancel_key_deletion", KeyId=key)
    aws("kms.cancel_key_deletion", "again", KeyId=key)
    aws("kms.describe_key", "kept", KeyId=key)
