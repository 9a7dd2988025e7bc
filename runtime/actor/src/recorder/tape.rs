//! What the recorder writes on.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

#[cfg(feature = "simulation")]
use crate::pod::BlackBox;

/// Outlives the process that writes it.
pub(super) enum Tape {
    File(File),
    /// Of a simulated machine.
    #[cfg(feature = "simulation")]
    Memory(BlackBox),
}

impl Tape {
    pub(super) fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        match self {
            Self::File(file) => file.write_all_at(bytes, at),
            #[cfg(feature = "simulation")]
            Self::Memory(black_box) => {
                black_box.write_at(bytes, at);
                Ok(())
            }
        }
    }
}
