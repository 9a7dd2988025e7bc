/// The pause before look number `n` (from 0): doubles from `first_ms`, up to `most_ms`.
pub(crate) fn pause_ms(n: u32, first_ms: i64, most_ms: i64) -> i64 {
    first_ms.saturating_mul(1_i64 << n.min(32)).min(most_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let pauses: Vec<i64> = (0..7).map(|n| pause_ms(n, 200, 5_000)).collect();
        assert_eq!(pauses, [200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        assert_eq!(pause_ms(u32::MAX, 200, 5_000), 5_000);
    }
}
