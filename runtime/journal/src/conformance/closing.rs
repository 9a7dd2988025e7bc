//! The end.

use crate::entity::EntityKey;
use crate::error::{AppendError, JournalError};
use crate::journal::Journal;

use super::samples::{Writer, append, document, submit};

/// What was handed in is written; what comes later is told so. Closing twice is closing.
pub async fn appends_are_answered_before_the_close_and_unavailable_after(journal: &dyn Journal) {
    let (writer, entity) = (Writer::new(1), EntityKey::new("closing", "1"));
    let mut first = writer.commit(&entity, 0);
    first.views = vec![document("row", "s", &[], "1")];
    append(journal, first).await.unwrap();
    let row = journal.view("projects", "row").await.unwrap();
    assert_eq!(row.unwrap().doc.get(), "1");
    let mut fates: Vec<_> = (1..100)
        .map(|expected| submit(journal, writer.commit(&entity, expected)))
        .collect();
    journal.close().await;
    for fate in &mut fates {
        let fate = fate.try_recv().expect("answered before close returns");
        fate.unwrap();
    }
    let late = append(journal, writer.commit(&entity, 100)).await;
    assert!(matches!(late, Err(AppendError::Unavailable)), "{late:?}");
    assert!(matches!(
        journal.load(&entity).await,
        Err(JournalError::Closed)
    ));
    assert!(
        matches!(
            journal.view("projects", "row").await,
            Err(JournalError::Closed)
        ),
        "whether it was read before or not"
    );
    assert!(matches!(
        journal.mark(&entity, None).await,
        Err(JournalError::Closed)
    ));
    journal.close().await;
}
