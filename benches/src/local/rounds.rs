//! Times in rounds: every contender once, then every contender again, so that whatever drifts hits all alike.
//!
//! The order changes from round to round: what one leaves behind for the next (a journal to commit, a cold cache) would
//! otherwise always hit the same one.

use crate::contenders::{Contender, Who};
use crate::measure::Samples;
use crate::op::Op;
use crate::results::Row;
use crate::stage::Stage;

/// Measures one operation of these contenders.
pub(crate) fn measure(stage: &Stage, op: Op, contenders: &[&(Who, Box<dyn Contender>)]) -> Vec<Row> {
    eprintln!("{} ...", op.title(&stage.scale));
    let mut samples = vec![Samples::default(); contenders.len()];
    let warm_up = stage.scale.warm_up(op);
    for round in 0..warm_up + stage.scale.samples(op) {
        for index in order(round, contenders.len()) {
            let (who, contender) = contenders[index];
            let elapsed = stage.perform(op, *who, &**contender);
            if round >= warm_up {
                samples[index].add(elapsed);
            }
        }
    }
    let rows = contenders.iter().zip(samples);
    rows.map(|((who, contender), samples)| row(stage, op, *who, &**contender, samples)).collect()
}

/// Everyone once: each round starts with the next one, and every other round goes backwards.
fn order(round: usize, count: usize) -> impl Iterator<Item = usize> {
    let (start, backwards) = (round / 2, round % 2 == 1);
    (0..count).map(move |step| {
        let step = if backwards { count - 1 - step } else { step };
        (start + step) % count
    })
}

fn row(stage: &Stage, op: Op, who: Who, contender: &dyn Contender, mut samples: Samples) -> Row {
    samples.sort();
    let names = match op {
        Op::Copy(size, _) => Some(stage.names_of_copy(op, size, who, contender)),
        _ => None,
    };
    assert!(op != Op::Delete || stage.is_deleted(who), "{} left files", who.title());
    Row { op, who, samples, cpu: None, peak_kib: None, names }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_comes_once_in_every_place() {
        for round in 0..10 {
            let mut seen: Vec<usize> = order(round, 5).collect();
            seen.sort_unstable();
            assert_eq!(seen, [0, 1, 2, 3, 4]);
        }
        let mut first: Vec<usize> = (0..10).filter_map(|round| order(round, 5).next()).collect();
        first.sort_unstable();
        assert_eq!(first, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
    }
}
