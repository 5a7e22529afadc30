//! Times in rounds: every contender once, then every contender again, so that whatever drifts hits all alike.

use crate::contenders::{Contender, Who};
use crate::measure::Samples;
use crate::op::Op;
use crate::order;
use crate::results::Row;
use crate::stage::Stage;

/// Measures one operation of these contenders.
pub(crate) fn measure(stage: &Stage, op: Op, contenders: &[&(Who, Box<dyn Contender>)]) -> Vec<Row> {
    eprintln!("{} ...", op.title(&stage.scale));
    let mut samples = vec![Samples::default(); contenders.len()];
    let warm_up = stage.scale.warm_up(op);
    for round in 0..warm_up + stage.scale.samples(op) {
        for index in order::of_round(round, contenders.len()) {
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

fn row(stage: &Stage, op: Op, who: Who, contender: &dyn Contender, mut samples: Samples) -> Row {
    samples.sort();
    let names = match op {
        Op::Copy(size, _) => Some(stage.names_of_copy(op, size, who, contender)),
        _ => None,
    };
    assert!(op != Op::Delete || stage.is_deleted(who), "{} left files", who.title());
    Row { op, who, samples, cpu: None, peak_kib: None, names }
}
