//! The part of the report that tells of shared data: who has what, and how its end was proven.

use datamesh_proto::v1;

use super::report::{Report, project_path, table, wrapped};
use crate::cli::Terminal;
use crate::cli::grid::{Field, always, if_room};
use crate::cli::text;

/// The subscriptions, one a line.
pub fn subscriptions(report: &Report, terminal: &Terminal) -> String {
    let columns = [
        always("SUBSCRIPTION"),
        always("PROJECT"),
        always("ASSET"),
        if_room("COLUMNS"),
        always("STATUS"),
        always("ACCESS"),
    ];
    let rows = report
        .subscriptions
        .iter()
        .map(|subscription| {
            let columns = match &subscription.scope {
                Some(scope) if !scope.columns.is_empty() => scope.columns.join(", "),
                _ => "all".to_owned(),
            };
            let access = subscription.fulfilment.as_ref();
            let access = access.map_or("-", |fulfilment| fulfilment.state().as_str_name());
            vec![
                Field::faint(&subscription.subscription_id),
                Field::plain(project_path(report, &subscription.project_id)),
                Field::plain(&subscription.asset_name),
                Field::plain(columns),
                Field::status(subscription.status().as_str_name()),
                Field::status(access),
            ]
        })
        .collect();
    table(&columns, rows, terminal)
}

/// The certificate of a revocation in short; `datamesh share certificate` shows all of it.
pub fn certificate(certificate: &v1::ShareCertificate, room: usize) -> String {
    let mut lines = vec![format!(
        "{} of {}: {}",
        text::moment(certificate.issued_at.as_ref())
            .map(|at| at.strftime("%Y-%m-%d %H:%M:%S").to_string())
            .unwrap_or_default(),
        certificate.share_id,
        match certificate.complete {
            true => "nothing remains",
            false => "not complete",
        }
    )];
    let permissions = certificate.removed.len();
    lines.push(format!("removed: {permissions} permissions and links"));
    let mut list = |title: &str, items: &[String]| {
        if !items.is_empty() {
            let items: Vec<String> = items.iter().map(|item| text::plain(item)).collect();
            lines.push(wrapped(&format!("{title}: {}", items.join("; ")), room));
        }
    };
    list("kept", &certificate.kept);
    list("remains", &certificate.remains);
    for (reread, times) in grouped(&certificate.rereads) {
        lines.push(wrapped(
            &format!(
                "{} in {}: {}{}",
                reread.operation,
                reread.account,
                match times {
                    1 => String::new(),
                    times => format!("{times} times "),
                },
                text::plain(&reread.found)
            ),
            room,
        ));
    }
    lines.push(format!("SHA-256 {}", certificate.hash));
    lines.push(format!(
        "entry {} of the audit chain, {}",
        certificate.audit_number, certificate.audit_hash
    ));
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n") + "\n"
}

/// The reads, those that asked the same account the same and found the same as one, with their number.
fn grouped(rereads: &[v1::CertificateReread]) -> Vec<(&v1::CertificateReread, usize)> {
    let mut groups: Vec<(&v1::CertificateReread, usize)> = Vec::new();
    for reread in rereads {
        let same = groups.iter_mut().find(|(first, _)| {
            first.account == reread.account
                && first.operation == reread.operation
                && first.found == reread.found
        });
        match same {
            Some((_, times)) => *times += 1,
            None => groups.push((reread, 1)),
        }
    }
    groups
}
