use http::HeaderMap;
use serde_json::Value;

/// An HTTP answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was asked, for messages.
    pub asked: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Answer {
    /// A header, or "".
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self}"))
    }

    /// The body of an answer that must be 200.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{self}");
        self.json()
    }

    /// A problem document that must have this status and code, and be one in every other respect.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{self}");
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self}"
        );
        let problem = self.json();
        assert_eq!(problem["code"], code, "{self}");
        assert_eq!(problem["status"], status, "{self}");
        let kind = format!(
            "urn:datamesh:error:{}",
            code.to_ascii_lowercase().replace('_', "-")
        );
        assert_eq!(problem["type"], kind.as_str(), "{self}");
        for said in ["title", "detail", "instance"] {
            assert!(
                problem[said].as_str().is_some_and(|text| !text.is_empty()),
                "no {said}: {self}"
            );
        }
        problem
    }

    /// The fields that a problem document names.
    #[track_caller]
    pub fn wrong_fields(&self) -> Vec<String> {
        let errors = self.json()["errors"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        errors
            .iter()
            .map(|error| error["field"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text: String = self.text.chars().take(2_000).collect();
        write!(f, "{} -> {} {text}", self.asked, self.status)
    }
}
