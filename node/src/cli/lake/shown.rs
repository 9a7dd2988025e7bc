//! How what permissions stand on is shown to people.

use datamesh_proto::v1;
use datamesh_proto::v1::lake_spec::Kind;
use jiff::Timestamp;

use crate::cli::grid::{Column, Field, always, if_room, wide};
use crate::cli::permission::{holder_text, shown_status as status};
use crate::cli::resource::{Goal, Phase, Resource};
use crate::cli::text;

impl Resource for v1::LakeResource {
    const NOUN: &'static str = "resource";
    const MESSAGE: &'static str = "LakeResource";
    const COLUMNS: &'static [Column] = &[
        always("ID"),
        always("KIND"),
        always("WHAT"),
        always("STATUS"),
        if_room("ACCOUNT"),
        if_room("AGE"),
        wide("REASON"),
    ];

    fn id(&self) -> &str {
        &self.resource_id
    }

    fn name(&self) -> &str {
        &self.resource_id
    }

    fn state(&self) -> String {
        self.status().as_str_name().to_owned()
    }

    fn reason(&self) -> &str {
        &self.status_reason
    }

    fn phase(&self, goal: Goal) -> Phase {
        use v1::permission::Status;
        match (self.status(), goal) {
            (Status::Putting | Status::Taking, _) => Phase::Running,
            (Status::InForce, Goal::Settled) | (Status::Taken, _) => Phase::Done,
            _ => Phase::Failed,
        }
    }

    fn set_deleted(&mut self) {
        self.status = v1::permission::Status::Taken as i32;
    }

    fn row(&self, now: Timestamp) -> Vec<Field> {
        let spec = self.spec.clone().unwrap_or_default();
        let (kind, what) = described(&spec);
        vec![
            Field::plain(&self.resource_id),
            Field::plain(kind),
            Field::plain(what),
            status(self.status()),
            Field::plain(&spec.account),
            Field::plain(text::age(self.updated_at.as_ref(), now)),
            Field::plain(&self.status_reason),
        ]
    }

    fn record(&self, now: Timestamp) -> Vec<(&'static str, Field)> {
        let spec = self.spec.clone().unwrap_or_default();
        let (kind, what) = described(&spec);
        let mut record = vec![
            ("Resource", Field::plain(&self.resource_id)),
            ("Kind", Field::plain(kind)),
            ("What", Field::plain(what)),
            (
                "In",
                Field::plain(format!("account {}, {}", spec.account, spec.region)),
            ),
            ("Status", status(self.status())),
            ("Reason", Field::plain(&self.status_reason)),
        ];
        for holder in &self.holders {
            record.push(("Needed by", Field::plain(holder_text(holder))));
        }
        record.push((
            "Changed",
            Field::plain(text::moment_and_age(self.updated_at.as_ref(), now)),
        ));
        record
    }
}

/// The kind, and what it is in words.
fn described(spec: &v1::LakeSpec) -> (&'static str, String) {
    let dotted = |parts: &[&str]| {
        let parts: Vec<&str> = parts.iter().copied().filter(|p| !p.is_empty()).collect();
        parts.join(".")
    };
    match &spec.kind {
        None => ("", String::new()),
        Some(Kind::Location(location)) => {
            let hybrid = if location.hybrid {
                " (hybrid access)"
            } else {
                ""
            };
            ("location", format!("{}{hybrid}", location.arn))
        }
        Some(Kind::Administrator(principal)) => ("administrator", principal.clone()),
        Some(Kind::CrossAccountVersion(version)) => {
            ("crossAccountVersion", format!("at least {version}"))
        }
        Some(Kind::TagKey(tag)) => ("tagKey", format!("{}: {}", tag.key, tag.values.join(", "))),
        Some(Kind::Tag(tag)) => {
            let on = dotted(&[&tag.database, &tag.table, &tag.column]);
            ("tag", format!("{}={} on {on}", tag.key, tag.value))
        }
        Some(Kind::Filter(filter)) => {
            let on = dotted(&[&filter.database, &filter.table]);
            ("filter", format!("{} on {on}", filter.name))
        }
        Some(Kind::OptIn(opt_in)) => {
            let on = dotted(&[&opt_in.database, &opt_in.table]);
            ("optIn", format!("{} on {on}", opt_in.principal))
        }
        Some(Kind::Link(link)) => (
            "link",
            format!(
                "{}.{} to {} of {}",
                link.database, link.name, link.target_table, link.target_account
            ),
        ),
    }
}
