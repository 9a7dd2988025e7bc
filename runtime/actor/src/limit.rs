/// Which limit refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// Too much waits for this one actor.
    Actor,
    /// The tenant has its share.
    Tenant,
    /// Everything is full.
    Shard,
}

impl Limit {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Actor, Self::Tenant, Self::Shard];

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Actor => "actor",
            Self::Tenant => "tenant",
            Self::Shard => "shard",
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Actor => "the actor is busy",
            Self::Tenant => "as much of yours is under way as your share is just now",
            Self::Shard => "too much is under way",
        })
    }
}
