//! The whole file at once: emptied, copied, put back.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::{APPLICATION_ID, FORMAT_VERSION, NotDurable, Store};

/// Why a cloud could not be reset, copied or put back. It is as it was, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A snapshot is not written over a file.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is no such snapshot.
    #[error("there is no file {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is no snapshot of an embedded cloud, or one of another format.
    #[error("{} is no snapshot of this version of the embedded AWS", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("{} cannot be used: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// SQLite cannot.
    #[error("the embedded cloud's file failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The disk cannot, and what it has is not known until the cloud is opened again.
    #[error(transparent)]
    NotDurable(#[from] NotDurable),
}

impl Store {
    /// Deletes everything in one transaction; how often the file was opened stays.
    pub(crate) fn clear(&self) -> Result<(), FileError> {
        let mut connection = self.connection.lock();
        let transaction = connection.transaction()?;
        transaction.execute_batch("DELETE FROM documents; DELETE FROM blobs;")?;
        transaction.commit()?;
        self.durability.committed();
        self.past.forget();
        Ok(self.release(connection)?)
    }

    /// Writes a consistent copy of everything, which is on the disk when this returns. A crash in
    /// the middle leaves at most `<path>.part`, which the next snapshot replaces.
    pub(crate) fn copy_to(&self, path: &Path) -> Result<(), FileError> {
        let file_error = |source| FileError::File {
            path: path.to_path_buf(),
            source,
        };
        // Held to the end: two snapshots to one path would take each other's part.
        let connection = self.connection.lock();
        // No copy has what its original can still lose.
        self.durability.wait(self.durability.last())?;
        if path.try_exists().map_err(file_error)? {
            return Err(FileError::Exists {
                path: path.to_path_buf(),
            });
        }
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        if part.try_exists().map_err(file_error)? {
            std::fs::remove_file(&part).map_err(file_error)?;
        }
        std::fs::File::create_new(&part).map_err(file_error)?;
        let text = part.to_str().ok_or_else(|| {
            file_error(std::io::Error::new(
                std::io::ErrorKind::InvalidFilename,
                "the name is not UTF-8",
            ))
        })?;
        connection.execute("VACUUM INTO ?1", [text])?;
        std::fs::File::open(&part)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&part, path))
            .map_err(file_error)?;
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(file_error)?;
        }
        Ok(())
    }

    /// Puts a copy in the place of everything, in one transaction. Returns a generation that
    /// neither of the two ever had.
    pub(crate) fn replace_from(&self, path: &Path) -> Result<u64, FileError> {
        check(path)?;
        let text = path.to_str().ok_or_else(|| FileError::Foreign {
            path: path.to_path_buf(),
        })?;
        let mut connection = self.connection.lock();
        connection.execute("ATTACH DATABASE ?1 AS snapshot", [text])?;
        let replaced = replace(&mut connection);
        connection.execute_batch("DETACH DATABASE snapshot")?;
        let generation = replaced?;
        self.durability.committed();
        self.past.forget();
        self.release(connection)?;
        Ok(generation)
    }
}

fn replace(connection: &mut Connection) -> Result<u64, rusqlite::Error> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(
        "DELETE FROM main.documents;
         DELETE FROM main.blobs;
         INSERT INTO main.documents (account, region, collection, key, document)
             SELECT account, region, collection, key, document FROM snapshot.documents;
         INSERT INTO main.blobs (account, region, collection, key, bytes)
             SELECT account, region, collection, key, bytes FROM snapshot.blobs;",
    )?;
    let opens: i64 = transaction.query_row(
        "UPDATE main.generation
         SET opens = max(opens, (SELECT opens FROM snapshot.generation)) + 1 RETURNING opens",
        [],
        |row| row.get(0),
    )?;
    transaction.commit()?;
    Ok(opens.unsigned_abs())
}

/// Whether the file is a snapshot that this program can take. It is only read.
fn check(path: &Path) -> Result<(), FileError> {
    let exists = path.try_exists().map_err(|source| FileError::File {
        path: path.to_path_buf(),
        source,
    })?;
    if !exists {
        return Err(FileError::Missing {
            path: path.to_path_buf(),
        });
    }
    let read = |connection: &Connection, pragma| {
        connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
    };
    let is_ours = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .and_then(|connection| {
            Ok(read(&connection, "application_id")? == APPLICATION_ID
                && read(&connection, "user_version")? == FORMAT_VERSION)
        })
        .unwrap_or(false);
    if is_ours {
        Ok(())
    } else {
        Err(FileError::Foreign {
            path: path.to_path_buf(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn of_copies_to_one_path_at_once_one_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.db");
        let store = Store::open(None).unwrap();
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let copies: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| store.copy_to(&path)))
                .collect();
            copies
                .into_iter()
                .map(|copy| copy.join().unwrap())
                .collect()
        });
        let made = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(made, 1, "{outcomes:?}");
        for error in outcomes.into_iter().filter_map(Result::err) {
            assert!(matches!(error, FileError::Exists { .. }), "{error}");
        }
        assert!(store.replace_from(&path).is_ok());
    }
}
