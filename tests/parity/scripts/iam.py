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
