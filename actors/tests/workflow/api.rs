use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use datamesh_actor::derive_id;
use datamesh_actors::{ApiAnswer, ApiRequest, OwnApi, Unserved};
use serde_json::{Value, json};

/// An API that remembers its deeds by their idempotency keys, and is never done at the first request.
#[derive(Default)]
pub struct Api {
    deeds: Mutex<BTreeMap<String, Deed>>,
    refuses: Mutex<BTreeMap<String, (u16, Value)>>,
    people: Mutex<Vec<String>>,
}

/// Something that was asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// The verb and the path, without the query.
    pub what: String,
    /// The body.
    pub body: Option<Value>,
    /// How often it was asked for.
    pub asked: u32,
}

impl Api {
    /// From now on a path is answered so.
    pub fn answer(&self, path: &str, status: u16, body: Value) {
        self.refuses
            .lock()
            .unwrap()
            .insert(path.to_owned(), (status, body));
    }

    /// The deeds, each once, sorted.
    pub fn deeds(&self) -> Vec<String> {
        let deeds = self.deeds.lock().unwrap();
        let mut deeds: Vec<String> = deeds.values().map(|deed| deed.what.clone()).collect();
        deeds.sort();
        deeds
    }

    /// The body of the only deed of this name.
    pub fn body_of(&self, what: &str) -> Value {
        let deeds = self.deeds.lock().unwrap();
        let mut found = deeds.values().filter(|deed| deed.what.starts_with(what));
        let deed = found.next().unwrap();
        assert!(found.next().is_none(), "{what} was done twice");
        deed.body.clone().unwrap_or_default()
    }

    /// In whose names it was called.
    pub fn people(&self) -> Vec<String> {
        let mut people = self.people.lock().unwrap().clone();
        people.sort();
        people.dedup();
        people
    }
}

#[async_trait]
impl OwnApi for Api {
    async fn call(&self, request: ApiRequest) -> Result<ApiAnswer, Unserved> {
        let path = request.path.split('?').next().unwrap().to_owned();
        self.people
            .lock()
            .unwrap()
            .push(request.run_as.email.clone());
        let asked = {
            let mut deeds = self.deeds.lock().unwrap();
            let deed = deeds
                .entry(request.idempotency_key.clone())
                .or_insert_with(|| Deed {
                    what: format!("{} {path}", request.method),
                    body: request.body.clone(),
                    asked: 0,
                });
            assert_eq!(deed.body, request.body, "a repeat is the same request");
            deed.asked += 1;
            deed.asked
        };
        if let Some((status, body)) = self.refuses.lock().unwrap().get(&path) {
            return Ok(answer(*status, body.clone()));
        }
        let id = derive_id("dep-", &[&request.idempotency_key]);
        let status = match asked {
            1 => "IN_PROGRESS",
            _ if path.ends_with("/deployments") || path.ends_with(":rollback") => "SUCCESS",
            _ => "PASSED",
        };
        let mut body = json!({"projectId": "proj-1", "status": status});
        if path.contains("/deployments") {
            body["deploymentId"] = id.into();
        }
        Ok(answer(200, body))
    }
}

fn answer(status: u16, body: Value) -> ApiAnswer {
    ApiAnswer {
        status,
        status_text: String::new(),
        headers: BTreeMap::new(),
        body,
    }
}
