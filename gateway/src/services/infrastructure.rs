use datamesh_proto::v1;
use tonic::Status;

/// What the operator's door shows beside the actors. The node implements it, for the gateway knows
/// neither pools nor queues.
#[tonic::async_trait]
pub trait Infrastructure: Send + Sync + 'static {
    /// The client pools.
    fn pools(&self) -> Vec<v1::Pool>;

    /// The queues that feed the mesh.
    ///
    /// # Errors
    /// UNAVAILABLE when they cannot be asked just now.
    async fn queues(&self) -> Result<Vec<v1::Queue>, Status>;

    /// Puts the messages of a queue's dead-letter queue back. Answers how many, about.
    ///
    /// # Errors
    /// NOT_FOUND for a queue that does not feed the mesh, UNAVAILABLE when it cannot be done just now.
    async fn redrive(&self, queue: &str) -> Result<u64, Status>;
}
