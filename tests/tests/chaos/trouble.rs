use std::fmt;
use std::time::Duration;

use datamesh_tests::{Launch, Node};
use rand::RngExt;
use rand::rngs::StdRng;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::disk::Disk;
use crate::faults::Faults;

/// Without a disk to fill, a file may have this many blocks of 512 bytes: the process finds it full at once.
const SMALL_FILE: u32 = 64;

/// Where the process of the moment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// gRPC and REST.
    pub api: String,
    /// The operators' door.
    pub admin: String,
    /// The embedded AWS.
    pub cloud: String,
}

impl Address {
    fn of(node: &Node) -> Self {
        Self {
            api: node.url(),
            admin: node.admin_url(),
            cloud: node.cloud_url(),
        }
    }
}

/// What was done to the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// Rounds of life and trouble.
    pub cycles: u32,
    /// SIGKILLs.
    pub kills: u32,
    /// SIGSTOPs, each followed by a SIGCONT.
    pub stops: u32,
    /// Times that the disk was full.
    pub fills: u32,
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            cycles,
            kills,
            stops,
            fills,
        } = self;
        write!(
            f,
            "{cycles} cycles: {kills} kills, {stops} stops, {fills} full disks"
        )
    }
}

/// Kills the process, stops it for a while, fills its disk and makes AWS fail, again and again.
pub struct Trouble {
    node: Option<Node>,
    launch: Launch,
    dice: StdRng,
    address: watch::Sender<Address>,
    disk: Option<Disk>,
    /// What AWS does.
    pub faults: Faults,
    /// What was done.
    pub done: Done,
}

impl Trouble {
    /// Takes a process; tells where the one of the moment is.
    pub fn of(
        node: Node,
        dice: StdRng,
        faults: Faults,
        disk: Option<Disk>,
    ) -> (Self, watch::Receiver<Address>) {
        let (address, current) = watch::channel(Address::of(&node));
        let launch = node.launch().clone();
        let trouble = Self {
            node: Some(node),
            launch,
            dice,
            address,
            disk,
            faults,
            done: Done::default(),
        };
        (trouble, current)
    }

    /// Makes trouble until then, at random points: under load, and while the process starts.
    pub async fn make_until(&mut self, end: Instant) {
        self.faults.inject(self.launch.data(), &mut self.dice).await;
        loop {
            let life = Duration::from_millis(self.dice.random_range(100..2_500));
            if Instant::now() + life >= end {
                return;
            }
            sleep(life).await;
            self.done.cycles += 1;
            match self.dice.random_range(0..10) {
                0 | 1 => self.stop().await,
                2 => self.fill().await,
                _ => self.kill().await,
            }
        }
    }

    /// The process stands still for a while, and does not know of it.
    async fn stop(&mut self) {
        let pause = Duration::from_millis(self.dice.random_range(100..4_000));
        let Some(node) = &self.node else { return };
        node.signal("STOP").await;
        sleep(pause).await;
        node.signal("CONT").await;
        self.done.stops += 1;
    }

    /// There is no space for a while. What the process cannot write it refuses, and it goes on.
    async fn fill(&mut self) {
        let pause = Duration::from_millis(self.dice.random_range(500..4_000));
        self.done.fills += 1;
        if self.disk.is_some() {
            // The log of a process that has just started is short: without space it cannot write anything.
            self.kill().await;
        }
        if let Some(disk) = &self.disk {
            disk.fill();
            sleep(pause).await;
            disk.free();
            return;
        }
        // Nothing can be mounted: a process that may not write long files.
        self.end().await;
        let small = self.launch.clone().largest_file(Some(SMALL_FILE));
        if let Ok(node) = small.try_start().await {
            self.address.send_replace(Address::of(&node));
            sleep(pause).await;
            node.kill().await;
        }
        self.start().await;
    }

    async fn kill(&mut self) {
        self.end().await;
        while self.dice.random_bool(0.3) {
            self.kill_at_birth().await;
        }
        self.start().await;
    }

    async fn end(&mut self) {
        self.faults.count().await;
        if let Some(node) = self.node.take() {
            node.kill().await;
            self.done.kills += 1;
        }
    }

    async fn start(&mut self) {
        let node = self.launch.start().await;
        self.address.send_replace(Address::of(&node));
        self.faults.inject(self.launch.data(), &mut self.dice).await;
        self.node = Some(node);
    }

    async fn kill_at_birth(&mut self) {
        let mut child = self.launch.command().spawn().unwrap();
        let life = Duration::from_millis(self.dice.random_range(1..400));
        sleep(life).await;
        let ended = child.try_wait().unwrap();
        assert!(
            ended.is_none(),
            "it ended by itself, {ended:?}: {:?}",
            self.launch
        );
        child.kill().await.unwrap();
        self.done.kills += 1;
    }

    /// No more trouble: the process of the moment, which runs.
    pub async fn end_all(&mut self) -> Node {
        self.faults.end().await;
        self.node.take().expect("every kill is followed by a start")
    }
}
