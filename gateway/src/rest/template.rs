//! Path templates of `google.api.http`: `/api/v1/assets/{asset_id}:publish`.
//!
//! Of the full syntax only what the protos use: literal segments, whole-segment variables, and a verb
//! at the end.

use super::percent::decode_segment;

/// A path template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    segments: Vec<Segment>,
    verb: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Variable(String),
}

/// A template that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the path template {template:?} {problem}")]
pub struct TemplateError {
    template: String,
    problem: &'static str,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// When it does not start with `/`, or uses wildcards or patterns.
    pub fn parse(template: &str) -> Result<Self, TemplateError> {
        let error = |problem| TemplateError {
            template: template.to_owned(),
            problem,
        };
        let path = template
            .strip_prefix('/')
            .ok_or_else(|| error("does not start with a slash"))?;
        let (path, verb) = match path.rsplit_once(':') {
            Some((path, verb)) => (path, Some(verb.to_owned())),
            None => (path, None),
        };
        let mut segments = Vec::new();
        for part in path.split('/') {
            segments.push(
                match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                    Some(name) if name.contains(['=', '*', '.']) => {
                        return Err(error("has a pattern, which is not supported"));
                    }
                    Some(name) => Segment::Variable(name.to_owned()),
                    None if part.contains(['{', '}', '*']) => {
                        return Err(error("has a wildcard, which is not supported"));
                    }
                    None => Segment::Literal(part.to_owned()),
                },
            );
        }
        Ok(Self { segments, verb })
    }

    /// The verb behind the colon.
    pub fn verb(&self) -> Option<&str> {
        self.verb.as_deref()
    }

    /// The names of the variables, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Variable(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        })
    }

    /// Whether a path, split at its slashes, has this shape. Variables match any segment that is not
    /// empty.
    pub fn matches(&self, path: &[&str]) -> bool {
        if path.len() != self.segments.len() {
            return false;
        }
        let Some((last, head)) = path.split_last() else {
            return false;
        };
        let last = match self.verb() {
            None => last,
            Some(verb) => match last.rsplit_once(':') {
                Some((last, found)) if found == verb => last,
                _ => return false,
            },
        };
        self.segments
            .iter()
            .zip(head.iter().copied().chain([last]))
            .all(|(segment, part)| match segment {
                Segment::Literal(literal) => literal == part,
                Segment::Variable(_) => !part.is_empty(),
            })
    }

    /// The values of the variables in a path that matches; `None` for one whose percent encoding is
    /// broken.
    pub fn bind<'a>(&'a self, path: &[&str]) -> Vec<(&'a str, Option<String>)> {
        self.segments
            .iter()
            .zip(path)
            .enumerate()
            .filter_map(|(index, (segment, part))| {
                let Segment::Variable(name) = segment else {
                    return None;
                };
                let part = match self.verb() {
                    Some(verb) if index + 1 == self.segments.len() => {
                        &part[..part.len() - verb.len() - 1]
                    }
                    _ => part,
                };
                Some((name.as_str(), decode_segment(part)))
            })
            .collect()
    }

    /// The template with the variables named as JSON names them, as OpenAPI writes it.
    pub fn render(&self, name: impl Fn(&str) -> String) -> String {
        let mut out = String::new();
        for segment in &self.segments {
            out.push('/');
            match segment {
                Segment::Literal(literal) => out.push_str(literal),
                Segment::Variable(variable) => {
                    out.push('{');
                    out.push_str(&name(variable));
                    out.push('}');
                }
            }
        }
        if let Some(verb) = self.verb() {
            out.push(':');
            out.push_str(verb);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use proptest::prelude::*;

    use super::*;

    fn split(path: &str) -> Vec<&str> {
        path.trim_start_matches('/').split('/').collect()
    }

    #[track_caller]
    fn bound(template: &str, path: &str) -> Option<Vec<(String, String)>> {
        let template = Template::parse(template).unwrap();
        let path = split(path);
        template.matches(&path).then(|| {
            template
                .bind(&path)
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.unwrap()))
                .collect()
        })
    }

    #[test]
    fn variables_are_bound_and_decoded() {
        assert_eq!(
            bound(
                "/admin/v1/actors/{kind}/{id}",
                "/admin/v1/actors/project/a%2Fb"
            ),
            Some(vec![
                ("kind".into(), "project".into()),
                ("id".into(), "a/b".into())
            ])
        );
    }

    #[test]
    fn a_verb_is_cut_off_the_last_variable() {
        let template = "/api/v1/assets/{asset_id}:publish";
        assert_eq!(
            bound(template, "/api/v1/assets/asset-1:publish"),
            Some(vec![("asset_id".into(), "asset-1".into())])
        );
        assert_eq!(bound(template, "/api/v1/assets/asset-1:unpublish"), None);
        assert_eq!(bound(template, "/api/v1/assets/asset-1"), None);
        assert_eq!(bound(template, "/api/v1/assets/:publish"), None);
    }

    #[test]
    fn a_verb_stands_behind_a_literal_too() {
        assert!(bound("/admin/v1/effects:retry", "/admin/v1/effects:retry").is_some());
        assert!(bound("/admin/v1/effects:retry", "/admin/v1/effects").is_none());
    }

    #[test]
    fn an_empty_segment_is_no_value() {
        assert_eq!(
            bound("/api/v1/domains/{domain_id}", "/api/v1/domains/"),
            None
        );
    }

    proptest! {
        #[test]
        fn any_value_comes_through_percent_encoded(kind in ".+", id in ".+") {
            let encode = |text: &str| -> String {
                text.bytes().map(|byte| format!("%{byte:02X}")).collect()
            };
            let template = Template::parse("/actors/{kind}/{id}:pause").unwrap();
            let path = format!("actors/{}/{}:pause", encode(&kind), encode(&id));
            let path = split(&path);
            prop_assert!(template.matches(&path));
            prop_assert_eq!(
                template.bind(&path),
                vec![("kind", Some(kind)), ("id", Some(id))]
            );
        }
    }

    #[test]
    fn patterns_are_refused() {
        for template in ["api", "/v1/{name=projects/*}", "/v1/*", "/v1/{a.b}"] {
            assert!(Template::parse(template).is_err(), "{template}");
        }
    }
}
