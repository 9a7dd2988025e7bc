//! What the lists of keys, versions and uploads have in common: how they are asked, and that what
//! shares a prefix up to the delimiter counts as one line.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::request::Call;

/// What `encoding-type=url` leaves as it is.
const URL_KEY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'*');
/// Sorts behind every key that starts with what stands before it.
pub(super) const BEHIND: char = char::MAX;

/// The query of a list.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) prefix: &'a str,
    pub(super) delimiter: Option<&'a str>,
    /// At most 1,000.
    pub(super) most: usize,
    encoded: bool,
}

impl<'a> Asked<'a> {
    pub(super) const LARGEST_PAGE: usize = 1_000;
    /// How many rows are read at once where the next group may be jumped over.
    const SMALL_STEP: usize = 2;

    /// How many rows the first scan is to read. What a scan has read behind a jump is lost, so with a
    /// delimiter it reads little.
    pub(super) fn first_step(&self) -> usize {
        match self.delimiter {
            Some(_) => Self::SMALL_STEP,
            None => usize::MAX,
        }
    }

    /// How many rows the next scan is to read: more as long as nothing is jumped over.
    pub(super) fn next_step(&self, step: usize, jumped: bool) -> usize {
        match jumped {
            true => self.first_step(),
            false => step.saturating_mul(4),
        }
    }

    /// `most` is the name of the parameter that limits the page.
    ///
    /// # Errors
    /// `InvalidArgument` (400).
    pub(super) fn of(call: &'a Call<'_>, most: &str) -> Result<Self, ServiceError> {
        let limit = match call.query(most).filter(|text| !text.is_empty()) {
            None => Self::LARGEST_PAGE,
            Some(text) => match text.parse::<i64>() {
                Ok(wanted @ 0..=2_147_483_647) => usize::try_from(wanted)
                    .map_or(Self::LARGEST_PAGE, |wanted| wanted.min(Self::LARGEST_PAGE)),
                Ok(_) => {
                    let message =
                        format!("Argument {most} must be an integer between 0 and 2147483647");
                    return Err(invalid(most, &message, text));
                }
                Err(_) => {
                    let message = format!("Provided {most} not an integer or within integer range");
                    return Err(invalid(most, &message, text));
                }
            },
        };
        let encoding = call.query("encoding-type").filter(|text| !text.is_empty());
        if let Some(encoding) = encoding.filter(|encoding| *encoding != "url") {
            let message = "Invalid Encoding Method specified in Request";
            return Err(invalid("encoding-type", message, encoding));
        }
        Ok(Self {
            prefix: call.query("prefix").unwrap_or_default(),
            delimiter: call.query("delimiter").filter(|text| !text.is_empty()),
            most: limit,
            encoded: encoding.is_some(),
        })
    }

    /// A key as the list shows it.
    pub(super) fn show(&self, text: &str) -> String {
        if self.encoded {
            utf8_percent_encode(text, URL_KEY).to_string()
        } else {
            text.to_owned()
        }
    }

    pub(super) fn encoding(&self) -> Option<&'static str> {
        self.encoded.then_some("url")
    }

    /// What the key, which has the prefix, shares with others up to the delimiter.
    pub(super) fn group(&self, key: &str) -> Option<String> {
        let delimiter = self.delimiter?;
        let end = key.get(self.prefix.len()..)?.find(delimiter)?;
        let group = key.get(..self.prefix.len() + end + delimiter.len())?;
        Some(group.to_owned())
    }

    /// Whether a marker is a line of the list that stands for many keys.
    pub(super) fn is_group(&self, marker: &str) -> bool {
        marker.starts_with(self.prefix) && self.group(marker).as_deref() == Some(marker)
    }

    pub(super) fn common_prefix(&self, prefix: &str) -> Value {
        json!({"Prefix": self.show(prefix)})
    }
}

pub(super) fn invalid(argument: &str, message: &str, value: &str) -> ServiceError {
    ServiceError::bad_request("InvalidArgument", message)
        .with_field("ArgumentName", argument)
        .with_field("ArgumentValue", value)
}
