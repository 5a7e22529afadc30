//! Times in rounds: every contender once, then every contender again, so that whatever drifts hits all alike.

use crate::contenders::{Contender, Who};
use crate::measure::Samples;
use crate::op::Op;
use crate::results::Row;
use crate::stage::Stage;

/// Measures one operation of all contenders that take part in it.
pub(crate) fn measure(stage: &Stage, op: Op, contenders: &[(Who, Box<dyn Contender>)]) -> Vec<Row> {
    let taking_part: Vec<_> = contenders.iter().filter(|(who, _)| op.contenders().contains(who)).collect();
    eprintln!("{} ...", op.title(&stage.scale));
    let mut samples = vec![Samples::default(); taking_part.len()];
    let warm_up = stage.scale.warm_up(op);
    for round in 0..warm_up + stage.scale.samples(op) {
        for ((who, contender), samples) in taking_part.iter().zip(&mut samples) {
            let elapsed = stage.perform(op, *who, &**contender);
            if round >= warm_up {
                samples.add(elapsed);
            }
        }
    }
    taking_part.iter().zip(samples).map(|((who, _), samples)| row(stage, op, *who, samples)).collect()
}

fn row(stage: &Stage, op: Op, who: Who, mut samples: Samples) -> Row {
    samples.sort();
    let names = match op {
        Op::Copy(size, _) => Some(stage.names_of_copy(size, who)),
        _ => None,
    };
    assert!(op != Op::Delete || stage.is_deleted(who), "{} left files", who.title());
    Row { op, who, samples, cpu: None, peak_kib: None, names }
}
