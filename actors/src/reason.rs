use datamesh_actor::Failure;

/// Most characters of a status reason.
const MOST: usize = 500;

/// A failure as a status reason: `CODE: a sentence`.
pub(crate) fn of(failure: &Failure) -> String {
    let text = format!("{}: {}", failure.code, failure.message);
    text.chars().take(MOST).collect()
}
