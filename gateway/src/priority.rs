//! What goes first when there is too much.

use datamesh_actor::Priority;

/// The rpcs that take access away.
const TAKE_AWAY: [&str; 3] = ["RevokePermission", "RevokeShare", "RevokeSubscription"];

/// The priority of an rpc, by its name or the path of it in gRPC.
pub fn of_method(path: &str) -> Priority {
    let name = path.rsplit('/').next().unwrap_or(path);
    if TAKE_AWAY.contains(&name) {
        Priority::High
    } else {
        Priority::Normal
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_revoke_is_known_by_every_name() {
        for name in [
            "RevokeShare",
            "ShareService/RevokeShare",
            "/datamesh.v1.SubscriptionService/RevokeSubscription",
        ] {
            assert_eq!(of_method(name), Priority::High, "{name}");
        }
        assert_eq!(of_method("ShareService/CreateShare"), Priority::Normal);
    }

    #[test]
    fn each_rpc_that_revokes_is_there_and_listed() {
        let pool = datamesh_proto::descriptors().unwrap();
        let mut revokes = Vec::new();
        for service in pool.services() {
            revokes.extend(
                service
                    .methods()
                    .map(|rpc| rpc.name().to_owned())
                    .filter(|name| name.starts_with("Revoke")),
            );
        }
        revokes.sort_unstable();
        assert_eq!(revokes, TAKE_AWAY);
    }
}
