//! The roles and keys of a seed.

use serde_json::{Value, json};

use super::wire::Maker;
use super::{Key, Role, SeedError};

impl Maker<'_> {
    pub(super) async fn role(&mut self, wanted: &Role) -> Result<(), SeedError> {
        let name = wanted.name.as_str();
        let asker = self.asker(format!("role {name}"), &wanted.place)?;
        let named = [("RoleName", name)];
        match self.query(&asker, "iam", "GetRole", &named).await? {
            Ok(_) => self.found(&asker),
            Err(refusal) if refusal.code == "NoSuchEntity" => {
                let trust = trust(&wanted.trusts, &asker.account).to_string();
                let role = [
                    ("RoleName", name),
                    ("AssumeRolePolicyDocument", trust.as_str()),
                ];
                let made = self.query(&asker, "iam", "CreateRole", &role).await?;
                made.map_err(|refusal| asker.refused(refusal))?;
                self.made(&asker);
            }
            Err(refusal) => return Err(asker.refused(refusal)),
        }
        for (policy, document) in &wanted.policies {
            let policy = [
                ("RoleName", name),
                ("PolicyName", policy.as_str()),
                ("PolicyDocument", document.as_str()),
            ];
            let done = self.query(&asker, "iam", "PutRolePolicy", &policy).await?;
            done.map_err(|refusal| asker.refused(refusal))?;
        }
        Ok(())
    }

    pub(super) async fn key(&mut self, wanted: &Key) -> Result<(), SeedError> {
        let alias = &wanted.alias;
        let asker = self.asker(format!("key {alias}"), &wanted.place)?;
        let target = |operation: &str| format!("TrentService.{operation}");
        let describe = target("DescribeKey");
        let input = json!({"KeyId": alias});
        match self.json(&asker, "kms", &describe, input).await? {
            Ok(_) => {
                self.found(&asker);
                Ok(())
            }
            Err(refusal) if refusal.code == "NotFoundException" => {
                let create = target("CreateKey");
                let made = self.json(&asker, "kms", &create, json!({})).await?;
                let made = made.map_err(|refusal| asker.refused(refusal))?;
                let input = json!({
                    "AliasName": alias,
                    "TargetKeyId": made["KeyMetadata"]["KeyId"],
                });
                let name = target("CreateAlias");
                let named = self.json(&asker, "kms", &name, input).await?;
                named.map_err(|refusal| asker.refused(refusal))?;
                self.made(&asker);
                Ok(())
            }
            Err(refusal) => Err(asker.refused(refusal)),
        }
    }
}

/// The trust policy that lets these assume a role; the account's own users if nobody is named.
fn trust(trusts: &[String], account: &str) -> Value {
    let (services, principals): (Vec<&String>, Vec<&String>) = trusts
        .iter()
        .partition(|name| name.ends_with(".amazonaws.com"));
    let own = format!("arn:aws:iam::{account}:root");
    let mut statements = Vec::new();
    let mut allow = |principal: Value| {
        statements.push(json!({
            "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole",
        }));
    };
    if trusts.is_empty() {
        allow(json!({"AWS": own}));
    }
    if !principals.is_empty() {
        allow(json!({"AWS": principals}));
    }
    if !services.is_empty() {
        allow(json!({"Service": services}));
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}
