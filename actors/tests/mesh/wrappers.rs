//! Effects that are done again although they were done.

use std::collections::HashSet;
use std::sync::Mutex;

use async_trait::async_trait;
use datamesh_actor::{Effect, EffectCx, EffectError, Effects, Entity, ErrorClass, Idempotency};

/// Does every effect twice: the first outcome is forgotten, as if the process had died after the deed.
pub struct Twice<X>(pub X);

#[async_trait]
impl<E: Entity, X: Effects<E>> Effects<E> for Twice<X>
where
    E::Outcome: Sync,
{
    async fn run(&self, effect: &E::Effect, cx: &EffectCx) -> Result<E::Outcome, EffectError> {
        self.0.run(effect, cx).await?;
        let again = EffectCx {
            repeat: true,
            ..cx.clone()
        };
        if effect.idempotency() == Idempotency::ReadBack
            && let Some(outcome) = self.0.read_back(effect, &again).await?
        {
            return Ok(outcome);
        }
        self.0.run(effect, &again).await
    }

    async fn read_back(
        &self,
        effect: &E::Effect,
        cx: &EffectCx,
    ) -> Result<Option<E::Outcome>, EffectError> {
        self.0.read_back(effect, cx).await
    }
}

/// Does every effect, and says that it failed the first time.
pub struct LostOnce<X> {
    inner: X,
    lost: Mutex<HashSet<String>>,
}

impl<X> LostOnce<X> {
    pub fn new(inner: X) -> Self {
        Self {
            inner,
            lost: Mutex::default(),
        }
    }
}

#[async_trait]
impl<E: Entity, X: Effects<E>> Effects<E> for LostOnce<X> {
    async fn run(&self, effect: &E::Effect, cx: &EffectCx) -> Result<E::Outcome, EffectError> {
        let outcome = self.inner.run(effect, cx).await?;
        if self.lost.lock().unwrap().insert(cx.key()) {
            return Err(EffectError::new(
                ErrorClass::Transient,
                "Lost",
                "the answer was lost",
            ));
        }
        Ok(outcome)
    }

    async fn read_back(
        &self,
        effect: &E::Effect,
        cx: &EffectCx,
    ) -> Result<Option<E::Outcome>, EffectError> {
        self.inner.read_back(effect, cx).await
    }
}
