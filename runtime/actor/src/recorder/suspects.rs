//! What a shard has to know of the suspects of its entities.

use std::collections::{BTreeMap, HashMap};

use datamesh_journal::{EntityKey, Mark, MarkKind};

use super::adoption::{Standing, Suspect};
use super::record::What;

/// The suspects, by entity. Each is here until it is forgiven.
#[derive(Clone, Debug, Default)]
pub(crate) struct Suspects {
    limit: u8,
    effects: HashMap<EntityKey, BTreeMap<String, Standing>>,
    /// The causes that entities are quarantined for: as the recorder has them, and in words.
    decisions: HashMap<EntityKey, BTreeMap<String, String>>,
}

impl Suspects {
    pub(crate) fn new(suspects: &[Suspect], limit: u8) -> Self {
        let mut all = Self {
            limit,
            ..Self::default()
        };
        for suspect in suspects {
            let deed = &suspect.deed;
            let standing = suspect.standing(limit);
            match &deed.what {
                What::Trying(effect_id) => {
                    let effects = all.effects.entry(deed.entity.clone()).or_default();
                    effects.insert(effect_id.clone(), standing);
                }
                What::Deciding(cause) if standing == Standing::Condemned => {
                    let causes = all.decisions.entry(deed.entity.clone()).or_default();
                    causes.insert(cause.clone(), deed.in_words());
                }
                What::Deciding(_) => {}
            }
        }
        all
    }

    /// The quarantine of an entity whose decisions took processes down too often.
    pub(crate) fn condemned_entity(&self, entity: &EntityKey, now_ms: i64) -> Option<Mark> {
        let (_, cause) = self.decisions.get(entity)?.first_key_value()?;
        Some(Mark {
            kind: MarkKind::Quarantined,
            reason: format!(
                "it was deciding each of the last {} times that the process died: look at it, then resume",
                self.limit
            ),
            cause: Some(cause.clone()),
            at_ms: now_ms,
        })
    }

    /// The suspected effects of an entity; those that are to be paused with the reason.
    pub(crate) fn effects_of(&self, entity: &EntityKey) -> Vec<(String, Option<String>)> {
        let effects = self.effects.get(entity).into_iter().flatten();
        effects
            .map(|(effect_id, standing)| {
                let condemned = *standing == Standing::Condemned;
                let reason = condemned.then(|| {
                    format!(
                        "it was running each of the last {} times that the process died: look at it, then retry",
                        self.limit
                    )
                });
                (effect_id.clone(), reason)
            })
            .collect()
    }

    /// Whether the effect is to be tried alone.
    pub(crate) fn is_on_probation(&self, entity: &EntityKey, effect_id: &str) -> bool {
        let effects = self.effects.get(entity);
        effects.and_then(|e| e.get(effect_id)) == Some(&Standing::Probation)
    }

    /// The causes that the entity was suspected of.
    pub(crate) fn forgive_entity(&mut self, entity: &EntityKey) -> Vec<String> {
        let causes = self.decisions.remove(entity).unwrap_or_default();
        causes.into_keys().collect()
    }

    /// Whether the effect was suspected.
    pub(crate) fn forgive_effect(&mut self, entity: &EntityKey, effect_id: &str) -> bool {
        let Some(effects) = self.effects.get_mut(entity) else {
            return false;
        };
        let known = effects.remove(effect_id).is_some();
        if effects.is_empty() {
            self.effects.remove(entity);
        }
        known
    }
}
