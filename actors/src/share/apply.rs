//! How what happens changes what a share remembers.

use std::collections::BTreeSet;

use super::event::Event;
use super::fulfilment::{HealthState, Phase};
use super::post::{HeldEnd, Post};
use super::state::{LookWish, Looking, Stage, State, Step, Ticket, Wanted};
use crate::access::Thing;

impl State {
    /// Lets an event happen.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Begun { record } => self.record = Some((**record).clone()),
            Event::Asked { .. }
            | Event::Decided { .. }
            | Event::Ordered { .. }
            | Event::SubscriptionTold
            | Event::Audited { .. }
            | Event::Resolved { .. } => self.apply_agreement(event),
            Event::Wanted {
                at_ms,
                wanted,
                reason,
            } => self.want(*at_ms, wanted.as_ref(), reason),
            Event::LookBegun { .. }
            | Event::LookWished { .. }
            | Event::LookAnswered { .. }
            | Event::LookMoved { .. }
            | Event::LookEnded { .. } => self.apply_look(event),
            Event::StepBegun { .. }
            | Event::TableRead { .. }
            | Event::HoldSent { .. }
            | Event::HoldEnded { .. }
            | Event::RamSeen { .. }
            | Event::Reissuing { .. }
            | Event::QueryAnswered { .. }
            | Event::Paused { .. }
            | Event::Resumed => self.apply_step(event),
            Event::GiveFailed { at_ms, failed } => {
                self.ticket = None;
                self.failed = Some(failed.clone());
                self.edit(*at_ms, |_| ());
            }
            Event::FailureForgotten => self.failed = None,
            Event::Given { at_ms, health } => {
                self.go(Phase::Granted);
                self.given = true;
                self.forget_sight();
                self.edit(*at_ms, |r| {
                    r.health = health.clone();
                    r.fulfilment.reason.clear();
                });
            }
            Event::TakenAgain { at_ms, holds } => {
                let pauses = self.pauses;
                self.forget_sight();
                self.pauses = pauses;
                if *holds {
                    self.posts.values_mut().for_each(|held| held.generation = 0);
                }
                self.edit(*at_ms, |_| ());
            }
            Event::Taken {
                at_ms,
                certificate,
                remains,
                reason,
            } => self.taken(*at_ms, certificate, remains, reason),
        }
    }

    fn apply_agreement(&mut self, event: &Event) {
        match event {
            Event::Asked {
                at_ms,
                request,
                token,
            } => {
                self.agreement.add((**request).clone());
                self.token.clone_from(token);
                self.edit(*at_ms, |r| {
                    if r.requests.is_empty() {
                        r.scope.clone_from(&request.scope);
                        r.window = request.window;
                    }
                    r.status_reason.clear();
                });
            }
            Event::Decided {
                at_ms,
                number,
                decision,
                reason,
            } => {
                self.agreement.decide(*number, (**decision).clone());
                self.token.clear();
                self.edit(*at_ms, |r| r.status_reason.clone_from(reason));
            }
            Event::Ordered { number } => {
                self.ordered = self.ordered.max(*number);
                self.owed = Some(*number);
            }
            Event::SubscriptionTold => self.owed = None,
            Event::Audited { entry } => self.audited = Some(entry.clone()),
            Event::Resolved { at_ms, resolved } => {
                self.ticket = None;
                self.resolved = Some((**resolved).clone());
                self.edit(*at_ms, |r| {
                    r.asset_name.clone_from(&resolved.asset_name);
                    r.project_id.clone_from(&resolved.project_id);
                    r.domain_id.clone_from(&resolved.domain_id);
                    r.source.clone_from(&resolved.source);
                    r.database.clone_from(&resolved.database);
                    r.table.clone_from(&resolved.table);
                    r.target.clone_from(&resolved.target);
                    r.principal.clone_from(&resolved.principal);
                });
                self.end_step(*at_ms, Step::Resolve.name(), "found");
            }
            _ => {}
        }
    }

    fn want(&mut self, at_ms: i64, wanted: Option<&Wanted>, reason: &str) {
        let scope = |wanted: Option<&Wanted>| wanted.map(|wanted| wanted.scope.clone());
        let same = scope(self.wanted.as_ref()) == scope(wanted);
        self.given = self.given && wanted.is_some() && same;
        self.wanted = wanted.cloned();
        self.table_read = false;
        self.reissuing = false;
        self.look = None;
        self.look_again = None;
        self.forget_sight();
        if wanted.is_some() {
            for held in self.posts.values_mut() {
                held.removed.clear();
                held.kept.clear();
            }
        }
        self.go(match wanted {
            Some(_) => Phase::Granting,
            None => Phase::Revoking,
        });
        self.edit(at_ms, |r| {
            let fulfilment = &mut r.fulfilment;
            fulfilment.generation += 1;
            fulfilment.wanted = wanted.is_some();
            fulfilment.step.clear();
            fulfilment.steps.clear();
            fulfilment.remains.clear();
            reason.clone_into(&mut fulfilment.reason);
            if wanted.is_some() {
                r.certificate.clear();
                r.certificate_complete = false;
                fulfilment.reissues = 0;
            }
            if r.health.state == HealthState::Verifying {
                r.health.state = HealthState::Unknown;
            }
        });
    }

    fn apply_step(&mut self, event: &Event) {
        match event {
            Event::StepBegun { at_ms, step } => {
                self.tickets += 1;
                self.ticket = Some(Ticket {
                    number: self.tickets,
                    step: *step,
                });
                self.begin_step(*at_ms, step.name());
            }
            Event::TableRead {
                at_ms,
                table,
                trouble,
            } => {
                self.ticket = None;
                self.table_read = true;
                if table.is_some() {
                    self.table.clone_from(table);
                }
                let outcome = match trouble.as_str() {
                    "" => "it is there",
                    trouble => trouble,
                };
                self.end_step(*at_ms, Step::ReadTable.name(), outcome);
            }
            Event::HoldSent {
                at_ms,
                post,
                ledger,
                number,
                wants,
            } => {
                let generation = self.generation();
                let held = self.posts.entry(*post).or_default();
                held.ledger.clone_from(ledger);
                held.number = *number;
                held.generation = generation;
                held.wants.clone_from(wants);
                held.end = None;
                self.begin_step(*at_ms, post.step(!wants.is_empty()));
            }
            Event::HoldEnded {
                at_ms,
                post,
                end,
                removed,
                kept,
                rereads,
            } => {
                let Some(held) = self.posts.get_mut(post) else {
                    return;
                };
                held.end = Some(end.clone());
                for thing in removed {
                    if !held.removed.contains(thing) {
                        held.removed.push(thing.clone());
                    }
                }
                held.kept.clone_from(kept);
                held.rereads.clone_from(rereads);
                let name = post.step(!held.wants.is_empty());
                let outcome = match end {
                    HeldEnd::Settled => "done".to_owned(),
                    HeldEnd::Refused { code, message }
                    | HeldEnd::Unreachable { code, message, .. } => format!("{code}: {message}"),
                };
                if *end == HeldEnd::Settled && post.is_the_consumers() && !self.given {
                    // What follows has its own patience.
                    self.doubts = 0;
                }
                self.show_link(*post, end);
                self.end_step(*at_ms, name, &outcome);
            }
            Event::RamSeen { at_ms, seen } => {
                let step = self.ticket.map_or(Step::LookAtRam, |ticket| ticket.step);
                self.ticket = None;
                self.ram = Some(seen.clone());
                self.end_step(*at_ms, step.name(), &seen.detail);
            }
            Event::Reissuing { at_ms, release } => {
                self.reissuing = *release;
                self.ram = None;
                self.pauses = 0;
                self.doubts = 0;
                self.edit(*at_ms, |r| {
                    if *release {
                        r.fulfilment.reissues += 1;
                    }
                });
            }
            Event::QueryAnswered {
                at_ms,
                permitted,
                answer,
            } => {
                self.ticket = None;
                let step = match permitted {
                    true => Step::AskPermitted,
                    false => Step::AskLeftOut,
                };
                let outcome = answer.in_words();
                match permitted {
                    true => self.permitted = Some(answer.clone()),
                    false => self.left_out = Some(answer.clone()),
                }
                self.end_step(*at_ms, step.name(), &outcome);
            }
            Event::Paused {
                at_ms,
                reason,
                doubt,
            } => {
                self.ticket = None;
                self.paused = true;
                self.pauses = self.pauses.saturating_add(1);
                if *doubt {
                    self.doubts = self.doubts.saturating_add(1);
                }
                self.edit(*at_ms, |r| r.fulfilment.reason.clone_from(reason));
            }
            Event::Resumed => {
                self.paused = false;
                let given = self.given;
                for (post, held) in &mut self.posts {
                    let again = match &held.end {
                        Some(HeldEnd::Unreachable { .. }) => true,
                        Some(HeldEnd::Refused { code, message }) => {
                            !given && post.may_not_see(code, message)
                        }
                        Some(HeldEnd::Settled) | None => false,
                    };
                    if again {
                        held.generation = 0;
                    }
                }
                self.ram = None;
                self.permitted = None;
                self.left_out = None;
            }
            _ => {}
        }
    }

    fn taken(&mut self, at_ms: i64, certificate: &str, remains: &[String], reason: &str) {
        self.given = false;
        self.look = None;
        self.look_again = None;
        self.forget_sight();
        let next = match (remains.is_empty(), &self.failed) {
            (false, _) => Phase::Unreachable,
            (true, Some(_)) => Phase::Failed,
            (true, None) => Phase::Revoked,
        };
        self.go(next);
        if remains.is_empty() {
            self.posts.values_mut().for_each(|held| held.wants.clear());
        }
        let failed = self.failed.clone();
        self.edit(at_ms, |r| {
            r.fulfilment.remains = remains.to_vec();
            r.fulfilment.step.clear();
            r.fulfilment.reason = match (&failed, reason) {
                (Some(failed), "") => format!("{}: {}", failed.code, failed.message),
                (_, reason) => reason.to_owned(),
            };
            certificate.clone_into(&mut r.certificate);
            r.certificate_complete = remains.is_empty();
            r.resource_link.clear();
            r.health.state = match remains.is_empty() {
                true => HealthState::Unknown,
                false => HealthState::Unreachable,
            };
            r.health.detail = remains.join("; ");
            r.health.seen_ms = at_ms;
            r.plan.lines.clear();
        });
    }

    fn apply_look(&mut self, event: &Event) {
        match event {
            Event::LookBegun { at_ms, wish } => {
                self.looks += 1;
                self.look_again = None;
                self.forget_sight();
                self.look = Some(Looking {
                    number: self.looks,
                    wish: *wish,
                    awaited: self.holding(),
                    ..Looking::default()
                });
                self.edit(*at_ms, |r| r.health.state = HealthState::Verifying);
            }
            Event::LookWished { wish } => {
                let before = self.look_again.unwrap_or_default();
                self.look_again = Some(LookWish {
                    reapply: before.reapply || wish.reapply,
                    remove_extra: before.remove_extra || wish.remove_extra,
                });
            }
            Event::LookAnswered { post, look } => {
                if let Some(looking) = &mut self.look {
                    looking.awaited.remove(post);
                    looking.seen.insert(*post, look.clone());
                }
            }
            Event::LookMoved { at_ms, stage, plan } => {
                self.edit(*at_ms, |r| r.plan = plan.clone());
                self.move_look(*stage);
            }
            Event::LookEnded {
                at_ms,
                health,
                plan,
            } => {
                self.look = None;
                self.forget_sight();
                let looks = self.looks;
                self.edit(*at_ms, |r| {
                    r.health = health.clone();
                    r.plan = plan.clone();
                    r.looks = looks;
                });
            }
            _ => {}
        }
    }

    fn move_look(&mut self, stage: Stage) {
        let missing: Vec<Post> = self
            .look
            .iter()
            .flat_map(|looking| &looking.seen)
            .filter(|(_, look)| !look.missing.is_empty())
            .map(|(post, _)| *post)
            .collect();
        let holding = self.holding();
        let again = self.looks + 1;
        let Some(looking) = &mut self.look else {
            return;
        };
        looking.stage = stage;
        match stage {
            Stage::Seeing | Stage::Adopting => {}
            Stage::Putting => {
                for post in missing {
                    if let Some(held) = self.posts.get_mut(&post) {
                        held.generation = 0;
                    }
                }
            }
            Stage::Confirming => {
                self.looks = again;
                looking.number = again;
                looking.seen.clear();
                looking.awaited = holding;
                self.forget_sight();
            }
        }
    }

    /// Shows the link while there is one.
    fn show_link(&mut self, post: Post, end: &HeldEnd) {
        if post != Post::ConsumerDatabase || *end != HeldEnd::Settled {
            return;
        }
        let wants = self.posts.get(&post).map(|held| held.wants.iter());
        let link = wants.into_iter().flatten().find_map(|thing| match thing {
            Thing::Link(link) => Some(format!("{}.{}", link.database, link.name)),
            _ => None,
        });
        if let Some(record) = &mut self.record {
            record.resource_link = link.unwrap_or_default();
        }
    }

    /// The ledgers that hold something for us.
    pub(super) fn holding(&self) -> BTreeSet<Post> {
        self.posts
            .iter()
            .filter(|(_, held)| !held.wants.is_empty())
            .map(|(post, _)| *post)
            .collect()
    }
}
