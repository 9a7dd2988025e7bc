//! Which operations each service has, for whoever asks: the list in `operations.txt`, one line
//! `service Operation` each.
//!
//! A test asks every service for everything that could be an operation, and compares;
//! `UPDATE_OPERATIONS=1` writes the list, and the table of the crate's README, anew.

const LIST: &str = include_str!("operations.txt");

/// The operations of a service (by its SigV4 signing name), in alphabetical order.
pub(crate) fn of(service: &str) -> impl Iterator<Item = &'static str> {
    LIST.lines().filter_map(move |line| {
        let (owner, operation) = line.split_once(' ')?;
        (owner == service).then_some(operation)
    })
}

#[cfg(test)]
mod tests;
