//! `datamesh queue …`: the queues that feed the mesh.

use clap::Subcommand;
use datamesh_proto::v1;

use super::cx::Cx;
use super::failure::Failure;
use super::grid::{Column, Field, always, if_room};
use super::{json, output};

/// What can be done with queues.
#[derive(Subcommand, Debug)]
pub enum Verb {
    /// List the queues with their dead letters
    List,
    /// Put the dead letters of a queue back into it
    Redrive {
        /// The queue
        queue: String,
    },
}

const COLUMNS: [Column; 5] = [
    always("QUEUE"),
    always("VISIBLE"),
    if_room("IN FLIGHT"),
    always("DEAD LETTERS"),
    if_room("DEAD-LETTER QUEUE"),
];

/// Does it.
///
/// # Errors
/// What the server answers.
pub async fn run(verb: Verb, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let mut admin = cx.admin().await?.admin();
    let format = cx.globals.output;
    match verb {
        Verb::List => {
            let answer = admin
                .list_queues(v1::ListQueuesRequest {})
                .await?
                .into_inner();
            let rows = answer
                .queues
                .iter()
                .map(|queue| {
                    vec![
                        Field::plain(&queue.queue),
                        Field::plain(queue.visible),
                        Field::plain(queue.in_flight),
                        Field::trouble(queue.dead_letters),
                        Field::plain(&queue.dead_letter_queue),
                    ]
                })
                .collect();
            output::list(cx.terminal, format, &COLUMNS, rows, "no queues", || {
                json::of(&answer, "ListQueuesResponse")
            })
        }
        Verb::Redrive { queue } => {
            let request = v1::RedriveQueueRequest { queue };
            let answer = admin.redrive_queue(request).await?.into_inner();
            let fields = [("Put back", Field::plain(answer.messages))];
            output::one(cx.terminal, format, &fields, || {
                json::of(&answer, "RedriveQueueResponse")
            })
        }
    }
}
