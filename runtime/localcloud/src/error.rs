//! What goes wrong: opening the file, and serving a request.

use std::borrow::Cow;
use std::path::PathBuf;

use serde_json::Value;

use crate::store::NotDurable;

/// Why the embedded cloud could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The file was written by a newer program; nothing was changed in it.
    #[error(
        "{path}: the embedded cloud's file has format version {found}, and this program reads \
         versions up to {supported}: start the newer program, or choose another data folder"
    )]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: i64,
        /// The newest version that this program reads.
        supported: i64,
    },
    /// The file was written by an earlier program, in a way that this one does not read.
    #[error(
        "{path}: the embedded cloud's file has format version {found}, of an earlier program, and this \
         one reads version {supported}: start the earlier program, or choose another data folder"
    )]
    OlderFormat {
        /// The file.
        path: PathBuf,
        /// The version in the file.
        found: i64,
        /// The version that this program reads.
        supported: i64,
    },
    /// The file is an SQLite database of something else.
    #[error("{path}: this SQLite file does not belong to the embedded cloud")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// SQLite refused: not a database, read-only, disk full, or locked.
    #[error("{path}: the embedded cloud's file cannot be opened: {source}")]
    Sqlite {
        /// The file, or `:memory:`.
        path: PathBuf,
        /// SQLite's reason.
        #[source]
        source: rusqlite::Error,
    },
    /// The write-ahead log beside the file cannot be opened, so that it could not be synced.
    #[error("{path}: the log beside the embedded cloud's file cannot be opened: {source}")]
    Log {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// `default_account` is not a 12-digit account id.
    #[error("{0:?} is not an AWS account id: 12 digits are wanted")]
    BadAccount(String),
}

/// An error answer of an AWS service, before the service's protocol has rendered it.
///
/// Returning one from [`Service::handle`](crate::services::Service::handle) rolls the request's
/// transaction back.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ServiceError {
    /// HTTP status.
    pub status: u16,
    /// AWS's error code, without a namespace: `ResourceNotFoundException`.
    pub code: Cow<'static, str>,
    /// What a person reads.
    pub message: String,
    /// Headers to add to the answer.
    pub headers: Vec<(String, String)>,
    /// Members beside the message: of the JSON document, or elements of the XML.
    pub fields: Vec<(String, Value)>,
}

impl ServiceError {
    /// An error with any status and code.
    pub fn new(
        status: u16,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            headers: Vec::new(),
            fields: Vec::new(),
        }
    }

    /// Status 400.
    pub fn bad_request(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(400, code, message)
    }

    /// Status 500, code `InternalFailure`: a defect or a broken disk, never the caller's fault.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "InternalFailure", message)
    }

    /// Adds a header to the answer.
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a member to the error document.
    pub fn with_field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }
}

impl From<NotDurable> for ServiceError {
    fn from(error: NotDurable) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<rusqlite::Error> for ServiceError {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "the embedded cloud's file failed");
        Self::internal(format!("the embedded cloud's file failed: {error}"))
    }
}
