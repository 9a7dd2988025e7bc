//! The certificate of a revocation, as a page that a person can read.

use datamesh_proto::v1;
use sha2::{Digest, Sha256};

use crate::cli::globals::Format;
use crate::cli::grid::{self, Column, Field, Tone, always, if_room};
use crate::cli::terminal::Terminal;
use crate::cli::text;

/// Whether the hash of a certificate is that of its text.
pub fn holds(certificate: &v1::ShareCertificate) -> bool {
    let digest: [u8; 32] = Sha256::digest(certificate.text.as_bytes()).into();
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    hash == certificate.hash
}

/// The page: what was taken away, what is kept and what may be left, and the reads that show it.
pub fn page(certificate: &v1::ShareCertificate, format: Format, terminal: &Terminal) -> String {
    let now = terminal.now();
    let says = match certificate.complete {
        true => Field::toned("access is gone, and nothing is left of it", Tone::Good),
        false => Field::toned("not complete: something may be left", Tone::Bad),
    };
    let place = match certificate.audit_number {
        0 => String::new(),
        number => format!("entry {number}, {}", certificate.audit_hash),
    };
    let head = [
        ("Share", Field::plain(&certificate.share_id)),
        ("Certified", says),
        (
            "Issued",
            Field::plain(text::moment_and_age(certificate.issued_at.as_ref(), now)),
        ),
        ("SHA-256", Field::plain(&certificate.hash)),
        ("Audit chain", Field::plain(place)),
    ];
    let mut page = grid::record(&head, terminal);
    for (title, lines) in [
        ("Taken away", &certificate.removed),
        ("Kept, for others need it", &certificate.kept),
        ("May be left", &certificate.remains),
    ] {
        if lines.is_empty() {
            continue;
        }
        page.push_str(&format!("\n{title}\n"));
        for line in lines {
            page.push_str(&format!("  {}\n", text::plain(line)));
        }
    }
    let rereads: Vec<Vec<Field>> = certificate.rereads.iter().map(reread).collect();
    if !rereads.is_empty() {
        page.push('\n');
        let everything = format == Format::Wide;
        page.push_str(&grid::table(REREADS, rereads, everything, terminal));
    }
    page
}

const REREADS: &[Column] = &[
    always("READ AGAIN"),
    always("FOUND"),
    always("ACCOUNT"),
    if_room("ABOUT"),
    if_room("OPERATION"),
];

fn reread(reread: &v1::CertificateReread) -> Vec<Field> {
    vec![
        Field::plain(text::stamp(reread.at.as_ref())),
        Field::plain(&reread.found),
        Field::plain(&reread.account),
        Field::plain(&reread.about),
        Field::plain(&reread.operation),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_holds_until_its_text_is_touched() {
        let mut certificate = v1::ShareCertificate {
            text: "{}".to_owned(),
            hash: "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a".to_owned(),
            ..v1::ShareCertificate::default()
        };
        assert!(holds(&certificate));
        certificate.text.push(' ');
        assert!(!holds(&certificate));
    }
}
