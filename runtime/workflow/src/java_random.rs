//! The numbers that `java.util.Random` gives for a seed. Step Functions draws seeded numbers from
//! it, so the same seed must give the same number here.

/// A generator in the state that a seed puts it in.
pub(crate) struct JavaRandom {
    state: u64,
}

const MULTIPLIER: u64 = 0x5_DEEC_E66D;
const MASK: u64 = (1 << 48) - 1;

impl JavaRandom {
    pub(crate) fn seeded(seed: i64) -> Self {
        Self {
            state: (seed.cast_unsigned() ^ MULTIPLIER) & MASK,
        }
    }

    /// The next `count` bits, at most 32.
    fn bits(&mut self, count: u32) -> u64 {
        self.state = (self.state.wrapping_mul(MULTIPLIER).wrapping_add(0xB)) & MASK;
        self.state >> (48 - count)
    }

    /// A number from 0 up to, and without, 1 (`nextDouble`).
    pub(crate) fn next_double(&mut self) -> f64 {
        let bits = (self.bits(26) << 27) + self.bits(27);
        bits as f64 / (1_u64 << 53) as f64
    }

    /// A whole number from 0 up to, and without, `bound`, which is above 0 (`nextInt`).
    pub(crate) fn next_below(&mut self, bound: i64) -> i64 {
        let bound = bound.unsigned_abs().max(1);
        if bound > 1 << 31 {
            return i64::try_from(((self.bits(32) << 32) | self.bits(32)) % bound)
                .unwrap_or_default();
        }
        let drawn = if bound.is_power_of_two() {
            (bound * self.bits(31)) >> 31
        } else {
            loop {
                let bits = self.bits(31);
                let drawn = bits % bound;
                // What is left over above the last multiple of the bound would be drawn too often.
                if bits - drawn + (bound - 1) < 1 << 31 {
                    break drawn;
                }
            }
        };
        i64::try_from(drawn).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_java() {
        assert_eq!(JavaRandom::seeded(42).next_double(), 0.7275636800328681);
        assert_eq!(JavaRandom::seeded(0).next_double(), 0.730967787376657);
        assert_eq!(JavaRandom::seeded(7).next_double(), 0.7306990420600421);
        assert_eq!(JavaRandom::seeded(42).next_below(10), 0);
        assert_eq!(JavaRandom::seeded(42).next_below(100), 30);
    }
}
