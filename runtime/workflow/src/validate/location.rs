//! Where in a document something is, as Step Functions writes it: `/States/Check/Choices[0]/Next`.

use std::fmt;

/// A place in a document. Cheap enough to make at every step: documents are small.
#[derive(Debug, Clone)]
pub(super) struct Location {
    path: String,
    /// Name of the innermost state, and how long `path` is at that state.
    state: Option<(String, usize)>,
}

impl Location {
    /// The document itself.
    pub(super) fn root() -> Self {
        Self {
            path: String::new(),
            state: None,
        }
    }

    /// The field of this name.
    pub(super) fn field(&self, name: &str) -> Self {
        Self {
            path: format!("{}/{name}", self.path),
            state: self.state.clone(),
        }
    }

    /// The item with this index.
    pub(super) fn item(&self, index: usize) -> Self {
        Self {
            path: format!("{}[{index}]", self.path),
            state: self.state.clone(),
        }
    }

    /// The state of this name, below `States` of this machine.
    pub(super) fn enter_state(&self, name: &str) -> Self {
        let path = format!("{}/States/{name}", self.path);
        let length = path.len();
        Self {
            path,
            state: Some((name.to_owned(), length)),
        }
    }

    /// The innermost state's name.
    pub(super) fn state(&self) -> Option<&str> {
        self.state.as_ref().map(|(name, _)| name.as_str())
    }

    /// The path below the innermost state.
    pub(super) fn field_path(&self) -> Option<&str> {
        let start = self.state.as_ref().map_or(0, |(_, length)| *length);
        self.path
            .get(start..)
            .map(|path| path.trim_start_matches('/'))
            .filter(|path| !path.is_empty())
    }

    /// Whether this is the document itself.
    pub(super) fn is_root(&self) -> bool {
        self.path.is_empty()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.path.is_empty() {
            "/"
        } else {
            &self.path
        })
    }
}
