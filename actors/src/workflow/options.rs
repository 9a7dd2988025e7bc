use std::time::Duration;

/// How workflows run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowOptions {
    /// The hosts that are datamesh's own API where a document's `http:invoke` names them. No other host is
    /// ever called.
    pub own_hosts: Vec<String>,
    /// How long an approval is open that names no deadline of its own.
    pub approval_deadline: Duration,
    /// The group whose members may do everything: it may decide where a document names nobody.
    pub admin_group: String,
}

impl Default for WorkflowOptions {
    fn default() -> Self {
        const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
        Self {
            own_hosts: ["internal-alb.vpc.local", "localhost", "127.0.0.1"]
                .map(str::to_owned)
                .to_vec(),
            approval_deadline: WEEK,
            admin_group: "admins".to_owned(),
        }
    }
}
