//! The organization of a seed.

use serde_json::{Value, json};

use super::wire::Maker;
use super::{Organization, Place, SeedError};

const SERVICE: &str = "organizations";

impl Maker<'_> {
    /// Makes the organization, and invites and accepts in the name of its members.
    pub(super) async fn organization(&mut self, wanted: &Organization) -> Result<(), SeedError> {
        let manager = self.asker("organization".to_owned(), &Place::default())?;
        let target = |operation: &str| format!("AWSOrganizationsV20161128.{operation}");
        let describe = target("DescribeOrganization");
        let known = self.json(&manager, SERVICE, &describe, json!({})).await?;
        let organization = match known {
            Ok(known) => {
                self.found(&manager);
                known
            }
            Err(refusal) if refusal.code == "AWSOrganizationsNotInUseException" => {
                let create = target("CreateOrganization");
                let input = json!({"FeatureSet": "ALL"});
                let made = self.json(&manager, SERVICE, &create, input).await?;
                self.made(&manager);
                made.map_err(|refusal| manager.refused(refusal))?
            }
            Err(refusal) => return Err(manager.refused(refusal)),
        };
        for account in &wanted.accounts {
            let place = Place {
                account: Some(account.clone()),
                region: None,
            };
            let member = self.asker(format!("account {account}"), &place)?;
            let known = self.json(&member, SERVICE, &describe, json!({})).await?;
            if known.is_ok_and(|known| id(&known) == id(&organization)) {
                self.found(&member);
                continue;
            }
            let invite = target("InviteAccountToOrganization");
            let input = json!({"Target": {"Id": account, "Type": "ACCOUNT"}});
            let invited = self.json(&manager, SERVICE, &invite, input).await?;
            let invited = invited.map_err(|refusal| member.refused(refusal))?;
            let accept = target("AcceptHandshake");
            let input = json!({"HandshakeId": invited["Handshake"]["Id"]});
            let accepted = self.json(&member, SERVICE, &accept, input).await?;
            accepted.map_err(|refusal| member.refused(refusal))?;
            self.made(&member);
        }
        if wanted.sharing {
            let enable = target("EnableAWSServiceAccess");
            let input = json!({"ServicePrincipal": "ram.amazonaws.com"});
            let enabled = self.json(&manager, SERVICE, &enable, input).await?;
            enabled.map_err(|refusal| manager.refused(refusal))?;
        }
        Ok(())
    }
}

fn id(answer: &Value) -> &Value {
    &answer["Organization"]["Id"]
}
