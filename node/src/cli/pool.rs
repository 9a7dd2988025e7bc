//! `datamesh pool …`: the way out to AWS.

use clap::Subcommand;
use datamesh_proto::v1;

use super::cx::Cx;
use super::failure::Failure;
use super::globals::Format;
use super::grid::{Column, Field, always, if_room};
use super::{json, output};

/// What can be done with pools.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// List the client pools; with -o wide, a row for each operation
    List,
}

const COLUMNS: [Column; 9] = [
    always("SERVICE"),
    always("ACCOUNT"),
    if_room("REGION"),
    always("CIRCUIT"),
    if_room("IN FLIGHT"),
    if_room("CALLS"),
    if_room("THROTTLED"),
    if_room("FAILED"),
    if_room("LAST ERROR"),
];

const BY_OPERATION: [Column; 10] = [
    always("SERVICE"),
    always("ACCOUNT"),
    always("REGION"),
    always("ROLE"),
    always("OPERATION"),
    always("RATE"),
    always("CALLS"),
    always("THROTTLED"),
    always("FAILED"),
    always("WAITING"),
];

/// Does it.
///
/// # Errors
/// What the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let Verb::List = verb;
    let mut admin = cx.admin().await?.admin();
    let format = cx.globals.output;
    let answer = admin
        .list_pools(v1::ListPoolsRequest {})
        .await?
        .into_inner();
    let (columns, rows): (&[Column], _) = match format {
        Format::Wide => (
            &BY_OPERATION,
            answer.pools.iter().flat_map(operations).collect(),
        ),
        _ => (&COLUMNS, answer.pools.iter().map(row).collect()),
    };
    let nothing = "no pools; AWS has not been called yet";
    output::list(cx.terminal, format, columns, rows, nothing, || {
        json::of(&answer, "ListPoolsResponse")
    })
}

fn row(pool: &v1::Pool) -> Vec<Field> {
    let sum = |of: fn(&v1::PoolOperation) -> u64| pool.operations.iter().map(of).sum::<u64>();
    vec![
        Field::plain(&pool.service),
        Field::plain(&pool.account),
        Field::plain(&pool.region),
        Field::status(&pool.circuit),
        Field::plain(format!("{}/{}", pool.in_flight, pool.max_in_flight)),
        Field::plain(sum(|operation| operation.calls)),
        Field::plain(sum(|operation| operation.throttled)),
        Field::plain(sum(|operation| operation.failed)),
        Field::plain(&pool.last_error),
    ]
}

fn operations(pool: &v1::Pool) -> Vec<Vec<Field>> {
    pool.operations
        .iter()
        .map(|operation| {
            vec![
                Field::plain(&pool.service),
                Field::plain(&pool.account),
                Field::plain(&pool.region),
                Field::plain(&pool.role),
                Field::plain(&operation.operation),
                Field::plain(format!(
                    "{}/{}",
                    operation.current_rate, operation.configured_rate
                )),
                Field::plain(operation.calls),
                Field::plain(operation.throttled),
                Field::plain(operation.failed),
                Field::plain(operation.waiting),
            ]
        })
        .collect()
}
