//! What stands above all sections, `[localcloud]` and `[log]`.

use super::setting;
use crate::config::setting::{Kind, Setting};

pub(super) const TOP: &[Setting] = &[
    setting(
        "data_dir",
        Kind::Path,
        "",
        "The folder that holds everything: the journal, the embedded AWS, the issuer's key. One datameshd \
         at a time. If it is not set: $XDG_DATA_HOME/datamesh, else ~/.local/share/datamesh.",
    ),
    setting(
        "drain_timeout",
        Kind::Duration,
        "\"20s\"",
        "After SIGTERM or Ctrl-C, how long requests and effects that are under way may take to end. What \
         does not end is found at the next start and goes on.",
    ),
];

pub(super) const LOCALCLOUD: &[Setting] = &[
    setting(
        "localcloud.listen",
        Kind::Address,
        "",
        "Where other AWS clients reach the embedded AWS (AWS_ENDPOINT_URL). Whoever reaches it may use it \
         in any name: keep it on this machine. If it is not set, nobody does.",
    ),
    setting(
        "localcloud.control",
        Kind::Address,
        "",
        "Where `datamesh cloud` injects faults, drives the clock, and resets and copies the embedded AWS. \
         The token is made at each start and stands in the data folder. If it is not set, nobody does.",
    ),
];

pub(super) const LOG: &[Setting] = &[
    setting(
        "log.format",
        Kind::Choice(&["text", "json"]),
        "\"text\"",
        "How a line is written.",
    ),
    setting(
        "log.level",
        Kind::Text,
        "\"info\"",
        "error, warn, info, debug or trace; or filters like `info,datamesh_actor=debug`.",
    ),
];
