use std::collections::BTreeSet;

use datamesh_actors::share::{Certificate, SHARE_CERTIFICATES, SHARES, ShareRecord};
use datamesh_journal::ViewQuery;

use crate::stage::{Fate, PRODUCER, Stage};

/// What is so at the end of a scenario: the same wherever the process died on the way, and whatever AWS
/// answered.
#[derive(Debug, PartialEq, Eq)]
pub struct End {
    /// Each share: its phase, what was agreed, what is left.
    shares: Vec<String>,
    /// What the certificates say was taken. Not by share: which of two that hold the same thing lets go of it last is
    /// a matter of moments.
    taken: BTreeSet<String>,
    /// What the Lake Formation of each account grants, and what its catalogue links.
    access: BTreeSet<String>,
}

/// Whether all is tried that can be, and not a sample of it: `DATAMESH_EVERY_COMMIT=1` in the environment.
pub fn thorough() -> bool {
    std::env::var_os("DATAMESH_EVERY_COMMIT").is_some()
}

/// Plays a scenario to its end, until nothing is left to be done.
pub async fn play(scenario: &impl AsyncFn(&mut Stage), fate: Fate) -> (Stage, End) {
    let mut stage = Stage::set(fate).await;
    scenario(&mut stage).await;
    stage.rest().await;
    let end = End::of(&stage).await;
    (stage, end)
}

impl End {
    async fn of(stage: &Stage) -> Self {
        let records = records(stage).await;
        let (mut shares, mut taken) = (Vec::new(), BTreeSet::new());
        let mut accounts = BTreeSet::from([PRODUCER.to_owned()]);
        for record in records {
            taken.extend(removed(stage, &record).await);
            shares.push(format!(
                "{} {:?} {:?} generation {} remains {:?} link {:?}",
                record.share_id,
                record.fulfilment.state,
                record.status,
                record.fulfilment.generation,
                record.fulfilment.remains,
                record.resource_link,
            ));
            accounts.insert(record.target.account);
        }
        let mut access = BTreeSet::new();
        for account in accounts {
            for grant in stage.grants(&account).await {
                let permissions = grant.permissions.iter();
                let permissions: BTreeSet<_> = permissions.map(|p| format!("{p:?}")).collect();
                access.insert(format!(
                    "in {account}: {} has {permissions:?} on {:?}",
                    grant.principal, grant.resource
                ));
            }
            if stage.has_link(&account).await {
                access.insert(format!("in {account}: a link"));
            }
        }
        Self {
            shares,
            taken,
            access,
        }
    }
}

async fn records(stage: &Stage) -> Vec<ShareRecord> {
    let query = ViewQuery {
        collection: SHARES.to_owned(),
        ..ViewQuery::default()
    };
    let rows = stage.runtime.journal().views(&query).await.unwrap().items;
    let records = rows.iter().map(|row| serde_json::from_str(row.doc.get()));
    let mut records: Vec<ShareRecord> = records.map(Result::unwrap).collect();
    records.sort_by(|a, b| a.share_id.cmp(&b.share_id));
    records
}

/// What the certificate says was taken: who is told that there is one can read it.
async fn removed(stage: &Stage, record: &ShareRecord) -> Vec<String> {
    if record.certificate.is_empty() {
        return Vec::new();
    }
    let journal = stage.runtime.journal();
    let row = journal.view(SHARE_CERTIFICATES, &record.share_id).await;
    let certificate: Certificate = serde_json::from_str(row.unwrap().unwrap().doc.get()).unwrap();
    assert_eq!(certificate.hash, record.certificate);
    certificate.removed
}
