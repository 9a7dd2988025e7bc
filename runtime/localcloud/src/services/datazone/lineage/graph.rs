//! What an event draws into the graph: versions of the nodes that it names, and the edges between them.
//!
//! Inputs lead to the job and the job to its outputs. A dataset keeps the edges that it had, a job those of the
//! same run, since a run tells of its datasets bit by bit. The node of a run has the edges of its job.

use serde_json::{Value, json};

use super::event::{Dataset, Event, RunEvent};
use super::moment;
use super::node::{Edge, IDS, Node, VERSIONS, at_or_before};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::metadata_type::form::Form;
use crate::store::Tx;

/// Neighbours of one node on one side.
const MOST: usize = 100;

/// Writes the event's versions, and says of which nodes.
pub(super) fn draw(
    event: &Event,
    run: &RunEvent,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<String>, ServiceError> {
    let pen = Pen { event, call, tx };
    let job_source = format!("{}.{}", run.job.namespace, run.job.name);
    let job = pen.id_of(&job_source)?;
    let edges = |datasets: &[Dataset]| -> Result<Vec<Edge>, ServiceError> {
        let edge = |dataset: &Dataset| -> Result<Edge, ServiceError> {
            Ok(pen.edge(pen.id_of(&source_of(dataset))?))
        };
        datasets.iter().map(edge).collect()
    };
    let (inputs, outputs) = (edges(&run.inputs)?, edges(&run.outputs)?);
    let mut drawn = vec![job.clone()];

    let known = pen.known(&job)?;
    let same_run = known.filter(|known| known.run.as_deref() == Some(&run.run.run_id));
    let mut node = pen.version(&job, "Job", &run.job.name, &job_source);
    node.run = Some(run.run.run_id.clone());
    let (before, after) =
        same_run.map_or_else(Default::default, |one| (one.upstream, one.downstream));
    node.upstream = merged(before, inputs);
    node.downstream = merged(after, outputs);
    node.forms = vec![form("JobLineageForm", &described(&run.job))];
    pen.write(&node)?;

    let source = format!("{job_source}/{}", run.run.run_id);
    let id = pen.id_of(&source)?;
    let mut of_run = pen.version(&id, "JobRun", &run.run.run_id, &source);
    (of_run.upstream, of_run.downstream) = (node.upstream, node.downstream);
    let content = json!({
        "runId": run.run.run_id,
        "status": run.event_type,
        "facets": run.run.facets,
    });
    of_run.forms = vec![form("JobRunLineageForm", &content)];
    pen.write(&of_run)?;
    drawn.push(id);

    for dataset in &run.inputs {
        drawn.push(pen.dataset(dataset, &[], &[pen.edge(job.clone())])?);
    }
    for dataset in &run.outputs {
        drawn.push(pen.dataset(dataset, &[pen.edge(job.clone())], &[])?);
    }
    drawn.sort();
    drawn.dedup();
    Ok(drawn)
}

/// Takes the versions away that an event made.
pub(super) fn erase(
    event: &Event,
    nodes: &[String],
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    for id in nodes {
        let at = moment(event.at_ms);
        let path = [event.domain_id.as_str(), id, &at];
        let version: Option<Node> = VERSIONS.find(call, tx, &path)?;
        if version.is_some_and(|version| version.event_id == event.id) {
            VERSIONS.delete(call, tx, &path)?;
        }
    }
    Ok(())
}

/// Where a dataset comes from: an ARN for a table of Glue, else its namespace and name.
fn source_of(dataset: &Dataset) -> String {
    let joined = |namespace: &str, name: &str| {
        let joint = if namespace.starts_with("arn:") {
            ":"
        } else {
            "/"
        };
        format!("{namespace}{joint}{name}")
    };
    let links = dataset.facets["symlinks"]["identifiers"].as_array();
    let arn = links.into_iter().flatten().find_map(|link| {
        let namespace = link["namespace"].as_str()?;
        let name = link["name"].as_str()?;
        namespace
            .starts_with("arn:aws:glue:")
            .then(|| joined(namespace, name))
    });
    arn.unwrap_or_else(|| joined(&dataset.namespace, &dataset.name))
}

fn described(of: &Dataset) -> Value {
    json!({"namespace": of.namespace, "name": of.name, "facets": of.facets})
}

fn form(name: &str, content: &Value) -> Form {
    Form {
        form_name: name.to_owned(),
        type_name: format!("amazon.datazone.{name}Type"),
        type_revision: "1".to_owned(),
        content: content.to_string(),
    }
}

/// `known` edges with `new` ones, which win.
fn merged(known: Vec<Edge>, new: Vec<Edge>) -> Vec<Edge> {
    let mut edges = new;
    for edge in known {
        if !edges.iter().any(|one| one.id == edge.id) {
            edges.push(edge);
        }
    }
    edges.truncate(MOST);
    edges
}

/// What is written of one event.
struct Pen<'a> {
    event: &'a Event,
    call: &'a Call<'a>,
    tx: &'a Tx<'a>,
}

impl Pen<'_> {
    /// The id of the node that comes from `source`; a new one if there is none.
    fn id_of(&self, source: &str) -> Result<String, ServiceError> {
        let path = [self.event.domain_id.as_str(), source];
        if let Some(id) = IDS.find(self.call, self.tx, &path)? {
            return Ok(id);
        }
        let id = self.call.cloud.lower(14);
        IDS.put(self.call, self.tx, &path, &id)?;
        Ok(id)
    }

    fn edge(&self, id: String) -> Edge {
        Edge {
            id,
            at_ms: self.event.at_ms,
        }
    }

    /// The version of a node that holds at the event's moment.
    fn known(&self, id: &str) -> Result<Option<Node>, ServiceError> {
        at_or_before(
            &self.event.domain_id,
            id,
            self.event.at_ms,
            self.call,
            self.tx,
        )
    }

    fn version(&self, id: &str, kind: &str, name: &str, source: &str) -> Node {
        Node {
            id: id.to_owned(),
            domain_id: self.event.domain_id.clone(),
            kind: format!("amazon.datazone.{kind}LineageNodeType"),
            name: name.to_owned(),
            source: source.to_owned(),
            at_ms: self.event.at_ms,
            run: None,
            event_id: self.event.id.clone(),
            forms: Vec::new(),
            upstream: Vec::new(),
            downstream: Vec::new(),
            created_by: self.event.created_by.clone(),
            created_ms: self.event.created_ms,
        }
    }

    fn write(&self, node: &Node) -> Result<(), ServiceError> {
        let path = [node.domain_id.as_str(), &node.id, &moment(node.at_ms)];
        VERSIONS.put(self.call, self.tx, &path, node)
    }

    /// Writes a version of a dataset's node, and says the node's id.
    fn dataset(
        &self,
        dataset: &Dataset,
        upstream: &[Edge],
        downstream: &[Edge],
    ) -> Result<String, ServiceError> {
        let source = source_of(dataset);
        let id = self.id_of(&source)?;
        let known = self.known(&id)?;
        let mut node = self.version(&id, "Dataset", &dataset.name, &source);
        let lineage = &dataset.facets["columnLineage"]["fields"];
        let mut forms = vec![form("DatasetLineageForm", &described(dataset))];
        if lineage.is_object() {
            forms.push(form("ColumnLineageForm", &json!({"fields": lineage})));
        }
        if let Some(known) = known {
            // A later event that says less of the columns does not make them unknown.
            let more = known
                .forms
                .into_iter()
                .filter(|one| one.form_name == "ColumnLineageForm");
            if forms.len() == 1 {
                forms.extend(more);
            }
            (node.upstream, node.downstream) = (known.upstream, known.downstream);
        }
        node.forms = forms;
        node.upstream = merged(node.upstream, upstream.to_vec());
        node.downstream = merged(node.downstream, downstream.to_vec());
        self.write(&node)?;
        Ok(id)
    }
}
