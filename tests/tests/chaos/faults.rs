use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use datamesh_tests::Rest;
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// What the embedded AWS does to a request that is struck; each is as likely as the others.
const STRIKES: [&str; 7] = [
    "throttle",
    "500",
    "reset",
    "timeout-before",
    "timeout-after",
    "no-answer:1s",
    "half-batch",
];

/// What happens beside: a request is late, a read sees what was.
const BESIDES: [&str; 2] = ["slow:50ms", "stale:1s"];

/// Injects faults into the embedded AWS of each process, and counts the ones that struck.
#[derive(Debug)]
pub struct Faults {
    /// The largest share of requests that are struck.
    most: f64,
    struck: BTreeMap<String, u64>,
    door: Option<Rest>,
}

impl Faults {
    /// At most this share of the requests is struck: 0 for none, 0.3 for three in ten.
    pub fn new(most: f64) -> Self {
        Self {
            most,
            struck: BTreeMap::new(),
            door: None,
        }
    }

    /// Injects faults into a process that has just started on this folder; how many is drawn.
    pub async fn inject(&mut self, data: &Path, dice: &mut StdRng) {
        self.door = None;
        if self.most <= 0.0 {
            return;
        }
        let door = std::fs::read(data.join("localcloud-control.json")).expect("a control API");
        let door: Value = serde_json::from_slice(&door).expect("where the control API is");
        let (address, token) = (door["address"].as_str(), door["token"].as_str());
        let door = Rest::new(&format!("http://{}", address.expect("an address")), token);
        let share = dice.random_range(0.0..=self.most);
        let strikes = STRIKES.map(|effect| (effect, share / STRIKES.len() as f64));
        let besides = BESIDES.map(|effect| (effect, share / 2.0));
        for (effect, probability) in strikes.into_iter().chain(besides) {
            let fault = json!({"effect": effect, "probability": probability, "times": "always"});
            let made = door.post("/control/faults", &fault).await;
            assert_eq!(made.status, 201, "{made}");
        }
        self.door = Some(door);
    }

    /// Counts what has struck, before the process ends. Nothing is known of one that does not answer.
    pub async fn count(&mut self) {
        let Some(door) = self.door.take() else { return };
        let asked = door.try_send(http::Method::GET, "/control/faults", &[], None);
        let asked = tokio::time::timeout(std::time::Duration::from_secs(5), asked).await;
        let Ok(Ok(answer)) = asked else { return };
        let answer = answer.json();
        for fault in answer["faults"].as_array().into_iter().flatten() {
            let effect = fault["effect"].as_str().unwrap_or_default();
            let sort = effect.split(':').next().unwrap_or_default().to_owned();
            *self.struck.entry(sort).or_default() += fault["struck"].as_u64().unwrap_or(0);
        }
    }

    /// Counts what has struck, and takes all faults away.
    pub async fn end(&mut self) {
        let door = self.door.clone();
        self.count().await;
        if let Some(door) = door {
            let cleared = door.delete("/control/faults").await;
            assert_eq!(cleared.status, 200, "{cleared}");
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} faults", self.struck.values().sum::<u64>())?;
        for (at, (sort, count)) in self.struck.iter().enumerate() {
            let joint = if at == 0 { " (" } else { ", " };
            write!(f, "{joint}{count} {sort}")?;
        }
        match self.struck.is_empty() {
            true => Ok(()),
            false => f.write_str(")"),
        }
    }
}
