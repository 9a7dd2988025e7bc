use datamesh_actor::Failure;

/// Most characters of a status reason.
const MOST: usize = 500;

/// A failure as a status reason: `CODE: a sentence`.
pub(crate) fn of(failure: &Failure) -> String {
    sentence(&failure.code, &failure.message)
}

/// A status reason: `CODE: a sentence`; the code alone if there is no sentence.
pub(crate) fn sentence(code: &str, sentence: &str) -> String {
    let text = match sentence {
        "" => code.to_owned(),
        sentence => format!("{code}: {sentence}"),
    };
    text.chars().take(MOST).collect()
}
