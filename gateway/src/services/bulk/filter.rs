use datamesh_journal::EntityKey;
use tonic::Status;

use crate::status::invalid_field;

/// The most actors that one filter names by id.
pub const MAX_IDS: usize = 1_000;

/// What the filters of actors and of effects have in common. What is not set lets everything pass.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only actors of this kind; empty for all.
    pub kind: String,
    /// Only these actors; empty for all.
    pub keys: Vec<EntityKey>,
    /// In lower case; empty for all.
    error: String,
    /// Only what is from this moment or before, in milliseconds since the Unix epoch.
    until_ms: Option<i64>,
    /// Only what is from this moment or after.
    from_ms: Option<i64>,
}

/// The fields of a request that a [`Filter`] is made of.
pub struct Fields {
    pub kind: String,
    pub ids: Vec<String>,
    pub error: String,
    pub older_than: Option<prost_types::Duration>,
    pub younger_than: Option<prost_types::Duration>,
}

/// The [`Fields`] of a request: those for many all have them, under these names.
macro_rules! fields {
    ($request:ident) => {
        crate::services::bulk::filter::Fields {
            kind: $request.kind,
            ids: $request.ids,
            error: $request.error,
            older_than: $request.older_than,
            younger_than: $request.younger_than,
        }
    };
}
pub(super) use fields;

impl Filter {
    /// Reads the fields of a request.
    ///
    /// # Errors
    /// INVALID_ARGUMENT with the field that is wrong.
    pub fn read(fields: Fields, now_ms: i64) -> Result<Self, Status> {
        if fields.ids.len() > MAX_IDS {
            return Err(invalid_field(
                "ids",
                format!("must be at most {MAX_IDS}: choose by kind, error or age instead"),
            ));
        }
        let mut keys = fields
            .ids
            .iter()
            .enumerate()
            .map(|(at, id)| key(&fields.kind, id, at))
            .collect::<Result<Vec<_>, _>>()?;
        keys.sort_unstable();
        keys.dedup();
        Ok(Self {
            keys,
            error: fields.error.to_lowercase(),
            until_ms: age("olderThan", fields.older_than)?.map(|ms| now_ms.saturating_sub(ms)),
            from_ms: age("youngerThan", fields.younger_than)?.map(|ms| now_ms.saturating_sub(ms)),
            kind: fields.kind,
        })
    }

    /// Whether it lets everything pass.
    pub fn is_empty(&self) -> bool {
        self.kind.is_empty()
            && self.keys.is_empty()
            && self.error.is_empty()
            && self.until_ms.is_none()
            && self.from_ms.is_none()
    }

    /// Whether it asks for an error.
    pub fn by_error(&self) -> bool {
        !self.error.is_empty()
    }

    /// Whether it asks for an age.
    pub fn by_age(&self) -> bool {
        self.until_ms.is_some() || self.from_ms.is_some()
    }

    /// Whether something of this moment passes.
    pub fn in_time(&self, at_ms: i64) -> bool {
        self.until_ms.is_none_or(|until_ms| at_ms <= until_ms)
            && self.from_ms.is_none_or(|from_ms| at_ms >= from_ms)
    }

    /// Whether something with this error passes.
    pub fn in_error(&self, error: Option<&str>) -> bool {
        self.error.is_empty() || error.is_some_and(|text| text.to_lowercase().contains(&self.error))
    }
}

fn key(kind: &str, id: &str, at: usize) -> Result<EntityKey, Status> {
    let field = format!("ids[{at}]");
    if id.is_empty() {
        return Err(invalid_field(&field, "is empty"));
    }
    if kind.is_empty() {
        return EntityKey::parse(id)
            .ok_or_else(|| invalid_field(&field, "must be KIND/ID, as no kind is set"));
    }
    let own = id.strip_prefix(kind).and_then(|id| id.strip_prefix('/'));
    Ok(EntityKey::new(kind, own.unwrap_or(id)))
}

fn age(field: &str, age: Option<prost_types::Duration>) -> Result<Option<i64>, Status> {
    let Some(age) = age else {
        return Ok(None);
    };
    let age = std::time::Duration::try_from(age)
        .map_err(|_| invalid_field(field, "must not be negative"))?;
    Ok(Some(i64::try_from(age.as_millis()).unwrap_or(i64::MAX)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    const NOW_MS: i64 = 100_000;

    fn none() -> Fields {
        Fields {
            kind: String::new(),
            ids: Vec::new(),
            error: String::new(),
            older_than: None,
            younger_than: None,
        }
    }

    fn seconds(seconds: i64) -> Option<prost_types::Duration> {
        Some(prost_types::Duration { seconds, nanos: 0 })
    }

    #[test]
    fn nothing_set_is_empty_and_lets_everything_pass() {
        let filter = Filter::read(none(), NOW_MS).unwrap();
        assert!(filter.is_empty());
        assert!(filter.in_time(0) && filter.in_time(NOW_MS) && filter.in_error(None));
    }

    #[test]
    fn an_error_is_found_by_its_code_or_a_part_of_its_sentence() {
        let fields = Fields {
            error: "AccessDenied".to_owned(),
            ..none()
        };
        let filter = Filter::read(fields, NOW_MS).unwrap();
        assert!(!filter.is_empty());
        for (error, passes) in [
            (Some("AccessDeniedException: glue:GetTable: no"), true),
            (Some("Failed: it said accessdenied"), true),
            (Some("Throttling: slow down"), false),
            (None, false),
        ] {
            assert_eq!(filter.in_error(error), passes, "{error:?}");
        }
    }

    #[test]
    fn ages_count_back_from_now_and_hold_at_both_ends() {
        let fields = Fields {
            older_than: seconds(10),
            younger_than: seconds(60),
            ..none()
        };
        let filter = Filter::read(fields, NOW_MS).unwrap();
        for (at_ms, passes) in [
            (39_999, false),
            (40_000, true),
            (90_000, true),
            (90_001, false),
        ] {
            assert_eq!(filter.in_time(at_ms), passes, "{at_ms}");
        }
        let negative = Fields {
            older_than: seconds(-1),
            ..none()
        };
        let refused = Filter::read(negative, NOW_MS).unwrap_err();
        assert!(refused.message().starts_with("olderThan"), "{refused}");
    }

    #[test]
    fn an_id_may_have_its_kind_before_it() {
        let keys = |kind: &str, ids: &[&str]| {
            let fields = Fields {
                kind: kind.to_owned(),
                ids: ids.iter().map(|id| (*id).to_owned()).collect(),
                ..none()
            };
            Filter::read(fields, NOW_MS).map(|filter| filter.keys)
        };
        let wanted = EntityKey::new("project", "proj-1");
        assert_eq!(
            keys("project", &["proj-1", "project/proj-1"]).unwrap(),
            std::slice::from_ref(&wanted)
        );
        assert_eq!(keys("", &["project/proj-1"]).unwrap(), [wanted]);
        let refused = keys("", &["project/a", "proj-1"]).unwrap_err();
        assert!(refused.message().starts_with("ids[1]"), "{refused}");
        assert!(keys("project", &[""]).is_err());
        assert!(keys("project", &["x"; MAX_IDS + 1]).is_err());
    }
}
