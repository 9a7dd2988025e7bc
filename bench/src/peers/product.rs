use std::sync::Arc;

use anyhow::{Context, ensure};
use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::json;

use super::Peer;
use crate::load;
use crate::rest::{Server, request};

struct Product {
    server: Server,
    assets: Vec<String>,
    /// The sum of the assets' versions at the start.
    base: u64,
    /// By how much one change raises a version: it counts events, of which a change has several.
    step: u64,
}

/// `datameshd` itself: the counter is the version of a draft asset, which each change of its description raises
/// by as much.
/// Beside what the others do it checks a token and who may change the asset, validates, keeps a history and a
/// view, and tells the change on the event bus.
pub(super) async fn start() -> anyhow::Result<Arc<dyn Peer>> {
    let server = Server::start().await?;
    let assets = server.draft_assets().await?;
    let mut product = Product {
        server,
        assets,
        base: 0,
        step: 1,
    };
    let before = product.versions().await?;
    load::call(product.server.address(), product.add(0, "first")?).await?;
    product.base = product.versions().await?;
    product.step = product.base.saturating_sub(before).max(1);
    Ok(Arc::new(product))
}

impl Product {
    async fn versions(&self) -> anyhow::Result<u64> {
        let mut sum = 0;
        for asset in &self.assets {
            let path = format!("/api/v1/assets/{asset}");
            let get = load::json(
                Request::get(path).header("authorization", self.server.bearer()),
                "",
            )?;
            let answer = load::call(self.server.address(), get).await?;
            let etag = answer["etag"].as_str().context("no etag")?;
            sum += etag.parse::<u64>()?;
        }
        Ok(sum)
    }
}

#[async_trait]
impl Peer for Product {
    fn name(&self) -> &'static str {
        "datameshd"
    }

    fn ours(&self) -> bool {
        true
    }

    fn address(&self) -> &str {
        self.server.address()
    }

    fn pids(&self) -> Vec<u32> {
        self.server.pid().into_iter().collect()
    }

    fn add(&self, key: usize, id: &str) -> anyhow::Result<Request<Full<Bytes>>> {
        let asset = &self.assets[key % self.assets.len()];
        let body = json!({ "description": id });
        let path = format!("/api/v1/assets/{asset}");
        let mut request = request(Method::PATCH, &path, &self.server.bearer(), &body)?;
        request.headers_mut().insert("idempotency-key", id.parse()?);
        Ok(request)
    }

    async fn sum(&self) -> anyhow::Result<u64> {
        let risen = self.versions().await?.saturating_sub(self.base);
        ensure!(risen.is_multiple_of(self.step), "half a change: {risen}");
        Ok(risen / self.step)
    }
}
