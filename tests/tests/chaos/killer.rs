use std::time::Duration;

use datamesh_tests::{Launch, Node};
use rand::RngExt;
use rand::rngs::StdRng;
use tokio::sync::watch;
use tokio::time::Instant;

/// Kills the process again and again, and starts it again.
pub struct Killer {
    node: Option<Node>,
    launch: Launch,
    dice: StdRng,
    kills: u32,
    address: watch::Sender<String>,
}

/// What is left when the killing is over: a process that runs.
pub struct Left {
    /// The process.
    pub node: Node,
    /// How often it was killed.
    pub kills: u32,
}

impl Killer {
    /// Takes a process; tells where the one of the moment is.
    pub fn of(node: Node, dice: StdRng) -> (Self, watch::Receiver<String>) {
        let (address, current) = watch::channel(node.url());
        let launch = node.launch().clone();
        let killer = Self {
            node: Some(node),
            launch,
            dice,
            kills: 0,
            address,
        };
        (killer, current)
    }

    /// Kills until then, at random points: under load, and while it starts.
    pub async fn kill_until(&mut self, end: Instant) {
        loop {
            let life = Duration::from_millis(self.dice.random_range(100..2_500));
            if Instant::now() + life >= end {
                return;
            }
            tokio::time::sleep(life).await;
            if let Some(node) = self.node.take() {
                node.kill().await;
                self.kills += 1;
            }
            while self.dice.random_bool(0.3) {
                self.kill_at_birth().await;
            }
            let node = self.launch.start().await;
            self.address.send_replace(node.url());
            self.node = Some(node);
        }
    }

    async fn kill_at_birth(&mut self) {
        let mut child = self.launch.command().spawn().unwrap();
        let life = Duration::from_millis(self.dice.random_range(1..400));
        tokio::time::sleep(life).await;
        let ended = child.try_wait().unwrap();
        assert!(
            ended.is_none(),
            "it ended by itself, {ended:?}: {:?}",
            self.launch
        );
        child.kill().await.unwrap();
        self.kills += 1;
    }

    /// Hands over the process.
    pub fn into_node(self) -> Left {
        Left {
            node: self.node.expect("every kill is followed by a start"),
            kills: self.kills,
        }
    }
}
