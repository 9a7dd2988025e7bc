use std::sync::Arc;
use std::time::Duration;

use datamesh_actor::{AskError, Entity, Runtime};
use datamesh_actors::domain::DomainRecord;
use datamesh_actors::{Place, Status as Life};
use datamesh_journal::{EntityKey, ViewQuery};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status};

use super::failure::{internal, unanswered, unread};
use super::record::{Living, Record};
use super::request_id::RequestId;
use super::stream_pass::{StreamPass, StreamPlaces};
use crate::auth::Caller;
use crate::authz::{Action, allowed};
use crate::status::with_reason;

/// A command whose fate is not known is sent again this often, if it has a request id.
const REPEATS: u32 = 3;

/// No id that we made is longer, in bytes.
const LONGEST_ID: usize = 64;

/// What the services share: the way to the actors and their records. Cheap to clone.
#[derive(Clone)]
pub struct Backend {
    /// The actors.
    pub runtime: Runtime,
    /// The account and region of domains that name none.
    pub home: Place,
    /// Cancelled when this process goes down.
    pub drain: CancellationToken,
    streams: StreamPlaces,
}

impl Backend {
    pub fn new(
        runtime: Runtime,
        home: Place,
        drain: CancellationToken,
        max_streams: usize,
    ) -> Self {
        Self {
            runtime,
            home,
            drain,
            streams: StreamPlaces::new(max_streams),
        }
    }

    /// The record with this id, if there is one.
    pub async fn find<R: Record>(&self, id: &str) -> Result<Option<R>, Status> {
        let row = self.runtime.journal().view(R::COLLECTION, id).await;
        let row = row.map_err(unread)?;
        row.map(|row| serde_json::from_str(row.doc.get()).map_err(|e| internal(&e)))
            .transpose()
    }

    /// The record with this id.
    pub async fn get<R: Record>(&self, id: &str) -> Result<R, Status> {
        self.find(id).await?.ok_or_else(|| not_found::<R>(id))
    }

    /// A page of documents, and where to go on.
    pub async fn list<R: DeserializeOwned>(
        &self,
        query: &ViewQuery,
    ) -> Result<(Vec<R>, String), Status> {
        let page = self.runtime.journal().views(query).await.map_err(unread)?;
        let records: Result<Vec<R>, _> = page
            .items
            .iter()
            .map(|row| serde_json::from_str(row.doc.get()))
            .collect();
        Ok((
            records.map_err(|e| internal(&e))?,
            page.next.unwrap_or_default(),
        ))
    }

    /// Refuses at once what an actor would only find out later: that the name is taken. It is a courtesy;
    /// the actor has the last word.
    pub async fn refuse_taken_name<R: Living>(
        &self,
        id: &str,
        name: &str,
        filters: &[(&str, &str)],
    ) -> Result<(), Status> {
        let query = ViewQuery {
            collection: R::COLLECTION.to_owned(),
            fields: filters
                .iter()
                .map(|&(field, value)| (field.to_owned(), value.to_owned()))
                .collect(),
            limit: 10,
            ..ViewQuery::default()
        };
        let (records, _) = self.list::<R>(&query).await?;
        let holder = records
            .iter()
            .find(|record| record.id() != id && record.status() != Life::Failed);
        match holder {
            None => Ok(()),
            Some(holder) => Err(with_reason(
                Code::AlreadyExists,
                "NAME_TAKEN",
                format!("the {} {} is called {name:?}", R::NOUN, holder.id()),
            )),
        }
    }

    /// The groups that own a domain; none if it is gone.
    pub async fn owners(&self, domain_id: &str) -> Result<Vec<String>, Status> {
        let domain = self.find::<DomainRecord>(domain_id).await?;
        Ok(domain.map(|domain| domain.owner_groups).unwrap_or_default())
    }

    /// Looks up what a change is about, and whether the caller may. What is gone is left to the actor, if
    /// there is a request id: it may have the answer to an earlier call of the same caller. Gone is only
    /// what has a history and no row: what is not durable yet has no owners to ask, and is not found.
    pub async fn authorize<R: Record>(
        &self,
        request_id: &RequestId<'_>,
        action: Action,
        id: &str,
        domain_of: impl Fn(&R) -> &str,
    ) -> Result<(), Status> {
        let record = match self.find::<R>(id).await? {
            Some(record) => record,
            None if !request_id.is_given() || id.len() > LONGEST_ID => {
                return Err(not_found::<R>(id));
            }
            None => {
                let key = EntityKey::new(R::Actor::KIND, id);
                let history = self.runtime.history(&key, 0, 1).await.map_err(unread)?;
                if history.is_empty() {
                    return Err(not_found::<R>(id));
                }
                // It may have become durable after the first look; a deletion is final.
                match self.find::<R>(id).await? {
                    Some(record) => record,
                    None => return Ok(()),
                }
            }
        };
        let owners = self.owners(domain_of(&record)).await?;
        Ok(allowed(request_id.caller(), action, &owners)?)
    }

    /// Sends a command and waits until its decision is durable. If its fate is not known, it is sent
    /// again, which a request id makes safe.
    pub async fn ask<R: Record>(
        &self,
        request_id: &RequestId<'_>,
        id: &str,
        command: <R::Actor as Entity>::Command,
    ) -> Result<R, Status>
    where
        R::Actor: Entity<Reply = R>,
        <R::Actor as Entity>::Command: Clone,
    {
        self.ask_actor::<R::Actor>(request_id, id, command).await
    }

    /// The same for an actor whose reply is not what is shown.
    pub async fn ask_actor<A: Entity>(
        &self,
        request_id: &RequestId<'_>,
        id: &str,
        command: A::Command,
    ) -> Result<A::Reply, Status>
    where
        A::Command: Clone,
    {
        let mut repeats = 0;
        loop {
            let answer = self
                .runtime
                .ask::<A>(id, command.clone(), request_id.meta())
                .await;
            match answer {
                Err(AskError::Retry { retry_after, .. })
                    if request_id.is_given() && repeats < REPEATS =>
                {
                    repeats += 1;
                    tokio::time::sleep(retry_after.min(Duration::from_secs(2))).await;
                }
                answer => return answer.map_err(unanswered),
            }
        }
    }

    /// A place among the streams that are open.
    pub fn stream_pass(&self, caller: &Arc<Caller>) -> Result<StreamPass, Status> {
        let clock = self.runtime.clock().clone();
        self.streams.enter(caller, clock, self.drain.clone())
    }
}

/// Who sent a request. The layer before the services has put it there.
pub fn caller<T>(request: &Request<T>) -> Result<Arc<Caller>, Status> {
    request
        .extensions()
        .get::<Arc<Caller>>()
        .cloned()
        .ok_or_else(|| Status::unauthenticated("no caller"))
}

/// There is no such thing.
pub fn not_found<R: Record>(id: &str) -> Status {
    with_reason(
        Code::NotFound,
        R::NOT_FOUND,
        format!("there is no {} {id}", R::NOUN),
    )
}
