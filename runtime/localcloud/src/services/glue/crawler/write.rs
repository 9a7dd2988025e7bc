//! What a crawl does to the catalog: makes tables that are new, changes those that it made before, and
//! treats what is gone as its policy says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::crawl::Located;
use super::folders::FoundPartition;
use super::history::Summary;
use super::{Crawler, definition, names};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::glue::catalog;
use crate::services::glue::database::{self, DATABASES, Database, DatabaseInput};
use crate::services::glue::partition::{self, Partition, PartitionInput};
use crate::services::glue::table::{self, Table};
use crate::store::Tx;

pub(super) const CRAWLED: &str = "glue.crawled";
/// The parameter that names the crawler.
const BY: &str = "UPDATED_BY_CRAWLER";
/// The parameter that says when the files were found to be gone.
const DEPRECATED: &str = "DEPRECATED_BY_CRAWLER";

/// A table that a crawler made.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Crawled {
    database: String,
    table: String,
    location: String,
}

impl Crawled {
    fn key(&self, crawler: &Crawler) -> String {
        let table = catalog::table_key(&self.database, &self.table);
        format!("{}\n{table}", crawler.name)
    }
}

/// Writes what was found, and what became of what was found before.
pub(super) fn write(
    crawler: &Crawler,
    located: &[Located],
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Summary, ServiceError> {
    let name = crawler.definition.database_name.as_deref();
    let within = home(name.unwrap_or("default"), call, tx)?;
    let mut writing = Writing {
        crawler,
        within,
        call,
        tx,
        summary: Summary::default(),
    };
    let below = format!("{}\n", crawler.name);
    let before: Vec<(String, Crawled)> = tx.scan(&call.scope, CRAWLED, &below, None, usize::MAX)?;
    for table in located {
        writing.table(table, &before)?;
    }
    for (key, known) in before {
        let is_there = located.iter().any(|table| table.location == known.location);
        if !is_there {
            writing.gone(&key, &known)?;
        }
    }
    Ok(writing.summary)
}

/// The database of the tables, made if it is not there.
fn home(name: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<Database, ServiceError> {
    let name = name.to_lowercase();
    if let Some(known) = tx.get(&call.scope, DATABASES, &name)? {
        return Ok(known);
    }
    let made = Database::new(DatabaseInput::named(&name), Constraints::new(), call, tx)?;
    database::add(call, tx, &made)?;
    Ok(made)
}

struct Writing<'a> {
    crawler: &'a Crawler,
    within: Database,
    call: &'a Call<'a>,
    tx: &'a Tx<'a>,
    summary: Summary,
}

impl Writing<'_> {
    fn table(&mut self, at: &Located, before: &[(String, Crawled)]) -> Result<(), ServiceError> {
        let (call, tx) = (self.call, self.tx);
        let database = self.within.name.clone();
        let made_before = before
            .iter()
            .find(|(_, known)| known.location == at.location);
        let name = match made_before {
            Some((_, known)) if known.database == database => known.table.clone(),
            _ => self.free_name(at)?,
        };
        let crawled = Crawled {
            database: database.clone(),
            table: name.clone(),
            location: at.location.clone(),
        };
        tx.put(&call.scope, CRAWLED, &crawled.key(self.crawler), &crawled)?;
        let table = match table::find(call, tx, &database, &name)? {
            None => {
                let table = Table::new(&database, name.clone(), self.definition(at, None), call);
                table::add(call, tx, &self.within, &table)?;
                self.summary.tables_added.push(name);
                table
            }
            Some(known) => self.change(at, known)?,
        };
        self.partitions(at, &table)
    }

    /// The name of the folder, unless a table of another place has it.
    fn free_name(&self, at: &Located) -> Result<String, ServiceError> {
        let prefix = self.crawler.definition.table_prefix.as_deref();
        let name = names::table(prefix.unwrap_or_default(), &at.folder);
        let taken = table::find(self.call, self.tx, &self.within.name, &name)?;
        let elsewhere = taken.is_some_and(|table| {
            let there = table
                .facts(&self.call.scope.account)
                .location
                .unwrap_or_default();
            there.trim_end_matches('/') != at.location.trim_end_matches('/')
        });
        Ok(match elsewhere {
            true => names::apart(&name, &at.location),
            false => name,
        })
    }

    /// The definition of a table; of a known one, what others wrote into it stays.
    fn definition(&self, at: &Located, known: Option<&Table>) -> Map<String, Value> {
        let found = &at.found;
        let mut parameters = definition::parameters(&found.schema, &found.amount);
        parameters.insert(BY.to_owned(), Value::from(self.crawler.name.as_str()));
        let mut columns = definition::columns(&found.schema);
        let mut rest = known.map(|known| known.rest.clone()).unwrap_or_default();
        if let Some(old) = rest.get("StorageDescriptor") {
            keep_comments(&mut columns, &old["Columns"]);
            if self.only_adds_columns() {
                columns = with_new(&old["Columns"], &columns);
            }
        }
        if let Some(old) = rest.get("Parameters").and_then(Value::as_object) {
            for (name, value) in old {
                if name != DEPRECATED && name != "skip.header.line.count" {
                    parameters.entry(name).or_insert_with(|| value.clone());
                }
            }
        }
        let storage = definition::storage(&found.schema, columns, &at.location, &parameters);
        rest.entry("Owner").or_insert_with(|| json!("owner"));
        rest.entry("Retention").or_insert_with(|| json!(0));
        let now = epoch_seconds(self.call.now_ms);
        rest.entry("LastAccessTime").or_insert_with(|| json!(now));
        rest.insert("TableType".to_owned(), json!("EXTERNAL_TABLE"));
        rest.insert("PartitionKeys".to_owned(), definition::keys(&found.keys));
        rest.insert("StorageDescriptor".to_owned(), storage);
        rest.insert("Parameters".to_owned(), Value::Object(parameters));
        rest
    }

    fn only_adds_columns(&self) -> bool {
        let output = &self.crawler.configuration()["CrawlerOutput"];
        output["Tables"]["AddOrUpdateBehavior"] == "MergeNewColumns"
    }

    /// A table that was there before: changed if it changed, and if the policy wants that.
    fn change(&mut self, at: &Located, known: Table) -> Result<Table, ServiceError> {
        if self.crawler.definition.schema_change_policy.update_behavior == "LOG" {
            return Ok(known);
        }
        let rest = self.definition(at, Some(&known));
        if rest == known.rest {
            return Ok(known);
        }
        let moved = known.rest.get("PartitionKeys") != rest.get("PartitionKeys");
        if moved {
            for old in partition::all(self.tx, &self.call.scope, &known)? {
                partition::delete::remove(self.call, self.tx, &known, &old.values)?;
                self.summary.partitions_deleted += 1;
            }
        }
        self.summary.tables_updated.push(known.name.clone());
        table::supersede(self.call, self.tx, known, rest, true)
    }

    fn partitions(&mut self, at: &Located, table: &Table) -> Result<(), ServiceError> {
        let (call, tx) = (self.call, self.tx);
        let policy = &self.crawler.definition.schema_change_policy;
        let keys: Vec<String> = table
            .partition_keys()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        // A table that keeps its old keys by its policy takes no partitions of others.
        if keys != at.found.keys {
            return Ok(());
        }
        let known = partition::all(tx, &call.scope, table)?;
        let mut known: BTreeMap<Vec<String>, Partition> = known
            .into_iter()
            .map(|partition| (partition.values.clone(), partition))
            .collect();
        for found in &at.found.partitions {
            let rest = self.partition(at, table, found);
            let input = PartitionInput::new(found.values.clone(), rest.clone());
            match known.remove(&found.values) {
                None => {
                    partition::create::add(call, tx, table, input)?;
                    self.summary.partitions_added += 1;
                }
                Some(old) if old.rest != rest && policy.update_behavior != "LOG" => {
                    partition::update::change(call, tx, table, &found.values, input)?;
                    self.summary.partitions_updated += 1;
                }
                Some(_) => {}
            }
        }
        for (values, old) in known {
            match policy.delete_behavior.as_str() {
                "DELETE_FROM_DATABASE" => {
                    partition::delete::remove(call, tx, table, &values)?;
                    self.summary.partitions_deleted += 1;
                }
                "DEPRECATE_IN_DATABASE" => {
                    let mut rest = old.rest;
                    if deprecate(&mut rest, call.now_ms) {
                        let input = PartitionInput::new(values.clone(), rest);
                        partition::update::change(call, tx, table, &values, input)?;
                        self.summary.partitions_updated += 1;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn partition(&self, at: &Located, table: &Table, found: &FoundPartition) -> Map<String, Value> {
        let output = &self.crawler.configuration()["CrawlerOutput"];
        let inherits = output["Partitions"]["AddOrUpdateBehavior"] == "InheritFromTable";
        let columns = match table.rest.get("StorageDescriptor").filter(|_| inherits) {
            Some(storage) => storage["Columns"].clone(),
            None => definition::columns(&found.schema),
        };
        let parameters = definition::parameters(&found.schema, &found.amount);
        let location = format!(
            "{}/{}/",
            at.location.trim_end_matches('/'),
            found.folders.join("/")
        );
        let storage = definition::storage(&found.schema, columns, &location, &parameters);
        let mut rest = Map::new();
        rest.insert("StorageDescriptor".to_owned(), storage);
        rest.insert("Parameters".to_owned(), Value::Object(parameters));
        rest
    }

    /// A table whose files are not there any more.
    fn gone(&mut self, key: &str, known: &Crawled) -> Result<(), ServiceError> {
        let (call, tx) = (self.call, self.tx);
        let Some(table) = table::find(call, tx, &known.database, &known.table)? else {
            tx.delete(&call.scope, CRAWLED, key)?;
            return Ok(());
        };
        match self
            .crawler
            .definition
            .schema_change_policy
            .delete_behavior
            .as_str()
        {
            "DELETE_FROM_DATABASE" => {
                table::remove(call, tx, &table)?;
                tx.delete(&call.scope, CRAWLED, key)?;
                self.summary.tables_deleted.push(known.table.clone());
            }
            "DEPRECATE_IN_DATABASE" => {
                let mut rest = table.rest.clone();
                if deprecate(&mut rest, call.now_ms) {
                    table::supersede(call, tx, table, rest, true)?;
                    self.summary.tables_updated.push(known.table.clone());
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Marks a definition, unless it is marked already.
fn deprecate(rest: &mut Map<String, Value>, now_ms: i64) -> bool {
    let parameters = rest.entry("Parameters").or_insert_with(|| json!({}));
    let Some(parameters) = parameters.as_object_mut() else {
        return false;
    };
    if parameters.contains_key(DEPRECATED) {
        return false;
    }
    parameters.insert(DEPRECATED.to_owned(), Value::from(now_ms.to_string()));
    true
}

fn named<'a>(columns: &'a Value, name: &Value) -> Option<&'a Value> {
    let mut columns = columns.as_array()?.iter();
    columns.find(|column| column["Name"] == *name)
}

/// Comments that people wrote stay with their columns.
fn keep_comments(columns: &mut Value, old: &Value) {
    for column in columns.as_array_mut().into_iter().flatten() {
        let comment = named(old, &column["Name"]).and_then(|old| old.get("Comment"));
        if let Some(comment) = comment {
            column["Comment"] = comment.clone();
        }
    }
}

/// The old columns as they are, and behind them the new ones.
fn with_new(old: &Value, columns: &Value) -> Value {
    let new = columns.as_array().into_iter().flatten();
    let new = new.filter(|column| named(old, &column["Name"]).is_none());
    let old = old.as_array().into_iter().flatten();
    old.chain(new).cloned().collect()
}
