//! The bench's counter as a Restate virtual object: one exclusive handler that reads, adds and writes.
//!
//! Usage: `restate-peer 127.0.0.1:PORT`. It serves Restate's protocol there until it is killed.

use restate_sdk::prelude::*;

struct Counter;

const SUM: &str = "sum";

#[object]
impl Counter {
    /// Adds and answers the new sum. Restate runs one call a key at a time, and journals what it changes.
    #[handler]
    async fn add(&self, ctx: ObjectContext<'_>, n: i64) -> Result<i64, TerminalError> {
        let sum = ctx.get::<i64>(SUM).await?.unwrap_or(0) + n;
        ctx.set(SUM, sum);
        Ok(sum)
    }

    /// The sum.
    #[handler]
    async fn get(&self, ctx: SharedObjectContext<'_>) -> Result<i64, TerminalError> {
        Ok(ctx.get::<i64>(SUM).await?.unwrap_or(0))
    }
}

#[tokio::main]
async fn main() {
    let Some(address) = std::env::args().nth(1).and_then(|text| text.parse().ok()) else {
        eprintln!("usage: restate-peer 127.0.0.1:PORT");
        std::process::exit(2);
    };
    HttpServer::new(Endpoint::builder().bind(Counter).build())
        .listen_and_serve(address)
        .await;
}
