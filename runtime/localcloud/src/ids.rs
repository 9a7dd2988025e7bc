//! Identifiers and randomness: from one generator, which a seed makes repeatable.

use std::fmt::Write as _;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The embedded cloud's only source of randomness.
#[derive(Debug)]
pub struct Ids {
    seed: Option<u64>,
    rng: Mutex<StdRng>,
}

impl Ids {
    /// `generation` counts how often the file was opened: with the same seed, a reopened file
    /// goes on with fresh ids instead of repeating those that it already holds.
    pub(crate) fn new(seed: Option<u64>, generation: u64) -> Self {
        Self {
            seed,
            rng: Mutex::new(generator(seed, generation)),
        }
    }

    /// The file was replaced by one that may hold ids of any generation before this.
    pub(crate) fn go_on_in(&self, generation: u64) {
        *self.rng.lock() = generator(self.seed, generation);
    }

    fn draw(&self, alphabet: &[u8], length: usize) -> String {
        let mut rng = self.rng.lock();
        (0..length)
            .map(|_| char::from(alphabet[rng.random_range(0..alphabet.len())]))
            .collect()
    }

    /// A random UUID (version 4), in lower case.
    pub fn uuid(&self) -> String {
        let mut bytes: [u8; 16] = self.rng.lock().random();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let mut text = String::with_capacity(36);
        for (index, byte) in bytes.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// `length` lower-case letters and digits: DataZone's ids (`dzd_` + 14), for one.
    pub fn lower(&self, length: usize) -> String {
        self.draw(b"abcdefghijklmnopqrstuvwxyz0123456789", length)
    }

    /// `length` upper-case letters and digits, as in access key ids.
    pub fn upper(&self, length: usize) -> String {
        self.draw(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", length)
    }

    /// `length` hexadecimal digits in lower case.
    pub fn hex(&self, length: usize) -> String {
        self.draw(b"0123456789abcdef", length)
    }

    /// `length` letters and digits of both cases, as in secrets and tokens.
    pub fn secret(&self, length: usize) -> String {
        self.draw(
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            length,
        )
    }

    /// `length` decimal digits, as in account ids.
    pub fn digits(&self, length: usize) -> String {
        self.draw(b"0123456789", length)
    }

    /// At least 0, less than 1.
    pub fn fraction(&self) -> f64 {
        self.rng.lock().random()
    }
}

fn generator(seed: Option<u64>, generation: u64) -> StdRng {
    match seed {
        Some(seed) => {
            let mut bytes = [0u8; 32];
            bytes[..8].copy_from_slice(&seed.to_le_bytes());
            bytes[8..16].copy_from_slice(&generation.to_le_bytes());
            StdRng::from_seed(bytes)
        }
        None => rand::make_rng(),
    }
}
