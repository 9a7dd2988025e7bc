//! The order in which a seed is applied: what others need comes first.

use super::wire::Maker;
use super::{Seed, SeedError, Seeded};
use crate::LocalCloud;

pub(super) async fn apply(cloud: &LocalCloud, seed: &Seed) -> Result<Seeded, SeedError> {
    let mut maker = Maker {
        cloud,
        default: seed.place.clone(),
        seeded: Seeded::default(),
    };
    if let Some(organization) = &seed.organization {
        maker.organization(organization).await?;
    }
    for key in &seed.keys {
        maker.key(key).await?;
    }
    for role in &seed.roles {
        maker.role(role).await?;
    }
    for bucket in &seed.buckets {
        maker.bucket(bucket).await?;
    }
    for queue in &seed.queues {
        maker.queue(queue).await?;
    }
    for queue in &seed.queues {
        maker.dead_letters(queue).await?;
    }
    for topic in &seed.topics {
        maker.topic(topic).await?;
    }
    for bus in &seed.buses {
        maker.bus(bus).await?;
    }
    for rule in &seed.rules {
        maker.rule(rule).await?;
    }
    for database in &seed.databases {
        maker.database(database).await?;
    }
    for table in &seed.tables {
        maker.table(table).await?;
    }
    Ok(maker.seeded)
}
