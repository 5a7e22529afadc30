//! The order of contenders in rounds, so that whatever drifts hits all alike.
//!
//! It changes from round to round: what one leaves behind for the next (a journal to commit, a cold cache) would otherwise
//! always hit the same one.

/// Everyone once: each round starts with the next one, and every other round goes backwards.
pub(crate) fn of_round(round: usize, count: usize) -> impl Iterator<Item = usize> {
    let (start, backwards) = (round / 2, round % 2 == 1);
    (0..count).map(move |step| {
        let step = if backwards { count - 1 - step } else { step };
        (start + step) % count
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_comes_once_in_every_place() {
        for round in 0..10 {
            let mut seen: Vec<usize> = of_round(round, 5).collect();
            seen.sort_unstable();
            assert_eq!(seen, [0, 1, 2, 3, 4]);
        }
        let mut first: Vec<usize> = (0..10).filter_map(|round| of_round(round, 5).next()).collect();
        first.sort_unstable();
        assert_eq!(first, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    }
}
