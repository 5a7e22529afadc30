//! From behaviours to trials: what a mount cannot do is not tried, but must be refused.

use std::sync::Arc;

use libtest_mimic::Trial;
use storage::types::Capabilities;

use super::api::StorageManager;
use super::fixture::{Exemption, Fixture};
use super::maybe_async;
use super::rt::{self, Body};
use super::stage::MOUNT;
use crate::support::outcome::Failure;

/// One behaviour: what it is called, what the mount must be able to do, and what happens where it cannot.
pub(crate) struct Behaviour {
    name: &'static str,
    /// What stands before the name of its trials.
    group: &'static str,
    body: Body,
    needs: Vec<fn(&Capabilities) -> bool>,
    otherwise: Option<(&'static str, Body)>,
}

impl Behaviour {
    pub(crate) fn new(name: &'static str, body: Body) -> Self {
        Self { name, group: "", body, needs: Vec::new(), otherwise: None }
    }

    /// One of the faults that users met, all of which one filter finds.
    pub(crate) fn of_users(self) -> Self {
        Self { group: "faults::", ..self }
    }

    pub(crate) fn needs(mut self, can: fn(&Capabilities) -> bool) -> Self {
        self.needs.push(can);
        self
    }

    pub(crate) fn otherwise(mut self, name: &'static str, body: Body) -> Self {
        self.otherwise = Some((name, body));
        self
    }

    /// Whether this is its name or that of its counterpart.
    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.otherwise.as_ref().is_some_and(|(other, _)| *other == name)
    }

    /// The behaviour for a mount that can do this, or its counterpart, if there is one.
    fn chosen(self, can: &Capabilities) -> Option<(&'static str, &'static str, Body)> {
        let (name, body) =
            if self.needs.iter().all(|need| need(can)) { (self.name, self.body) } else { self.otherwise? };
        Some((self.group, name, body))
    }
}

/// The table of a file's behaviours.
///
/// A line is `name;` or `name if [capabilities];` or `name if [capabilities] else counterpart;`. The counterpart runs
/// where a capability is missing, once, however many lines name it. A capability with `!` must be missing; of two with
/// `or` between them one is enough.
macro_rules! behaviours {
    ($($name:ident $(if [$($need:tt)+])? $(else $other:ident)?;)*) => {
        pub(super) fn behaviours() -> ::std::vec::Vec<super::trials::Behaviour> {
            ::std::vec![$(
                needing!(super::trials::Behaviour::new(::std::stringify!($name), body!($name)) $(, $($need)+)?)
                    $(.otherwise(::std::stringify!($other), body!($other)))?
            ),*]
        }
    };
}

/// Adds the needs of one line: `read, write, !opaque_paths`.
macro_rules! needing {
    ($behaviour:expr) => { $behaviour };
    ($behaviour:expr, !$can:ident $(, $($rest:tt)+)?) => {
        needing!($behaviour.needs(|can| !can.$can) $(, $($rest)+)?)
    };
    ($behaviour:expr, $can:ident or $other:ident $(, $($rest:tt)+)?) => {
        needing!($behaviour.needs(|can| can.$can || can.$other) $(, $($rest)+)?)
    };
    ($behaviour:expr, $can:ident $(, $($rest:tt)+)?) => {
        needing!($behaviour.needs(|can| can.$can) $(, $($rest)+)?)
    };
}

/// The trials of `behaviours` on the mounts of `fixture`, each named `backend::behaviour`.
pub(super) fn of(fixture: &Arc<dyn Fixture>, behaviours: Vec<Behaviour>) -> Vec<Trial> {
    let mut trials = unknown_exemptions(&backend_of(&**fixture), fixture.exempt(), &behaviours);
    trials.extend(some_of(fixture, behaviours));
    trials
}

fn backend_of(fixture: &dyn Fixture) -> String {
    format!("{}{}", fixture.name(), fixture.place().suffix())
}

/// The same for behaviours that are not all that the exemptions of the fixture are about.
pub(super) fn some_of(fixture: &Arc<dyn Fixture>, behaviours: Vec<Behaviour>) -> Vec<Trial> {
    let backend = backend_of(&**fixture);
    let can = match rt::block_on(capabilities(&**fixture)) {
        Ok(Ok(can)) => can,
        Ok(Err(failure)) | Err(failure) => return vec![cannot_be_mounted(&backend, failure)],
    };
    let mut names = std::collections::BTreeSet::new();
    let chosen = behaviours.into_iter().filter_map(|behaviour| behaviour.chosen(&can));
    let once = chosen.filter(|(_, name, _)| names.insert(*name));
    once.map(|(group, name, body)| trial(&backend, (group, name), fixture.clone(), body)).collect()
}

/// The trial of one behaviour. One that the server is exempt from is listed as ignored, with the reason as its kind.
fn trial(backend: &str, (group, name): (&str, &str), fixture: Arc<dyn Fixture>, body: Body) -> Trial {
    let place = fixture.place();
    let reason = fixture.exempt().iter().find(|exemption| exemption.behaviour == name);
    let reason = reason.map(|exemption| exemption.reason);
    let trial = Trial::test(format!("{backend}::{group}{name}"), move || {
        rt::run(place, fixture, &body).map_err(Into::into)
    });
    match reason {
        Some(reason) => trial.with_ignored_flag(true).with_kind(reason),
        None => trial,
    }
}

/// One failing trial for each exemption from a behaviour that there is not.
fn unknown_exemptions(backend: &str, exempt: &[Exemption], behaviours: &[Behaviour]) -> Vec<Trial> {
    let known = |name| behaviours.iter().any(|behaviour| behaviour.is_called(name));
    let unknown = exempt.iter().filter(|exemption| !known(exemption.behaviour));
    let failing = unknown.map(|exemption| {
        let name = exemption.behaviour;
        let failure = Failure::new(format!("there is no behaviour `{name}` to be exempt from"));
        Trial::test(format!("{backend}::exempt_from_{name}"), move || Err(failure.into()))
    });
    failing.collect()
}

fn cannot_be_mounted(backend: &str, failure: Failure) -> Trial {
    Trial::test(format!("{backend}::can_be_mounted"), move || Err(failure.into()))
}

/// What the mounts of a fixture can do, by their own word.
#[maybe_async]
async fn capabilities(fixture: &dyn Fixture) -> Result<Capabilities, Failure> {
    let manager = StorageManager::new();
    let guard = fixture.mount(&manager, MOUNT).await?;
    let can = manager.node(MOUNT)?.capabilities();
    fixture.clear(&manager, MOUNT).await?;
    drop(guard);
    Ok(can)
}
