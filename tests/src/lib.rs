//! The behaviour suite of the storage library: what every backend does, in both colours.
//!
//! A backend is done when the suite is green on it. The suite asks the mount itself what it can do, by its
//! `Capabilities`: what it says it can is tried, and what it says it cannot must be refused as `Unsupported`.
//!
//! # For backends of others
//!
//! A test with `harness = false` gives the suite a [`Fixture`](asynchronous::suite::fixture::Fixture) that mounts the
//! backend, fresh each time, and runs the trials; names on the command line choose some of them. Here it is one trial
//! of the memory backend, async and blocking:
//!
//! ```
//! use std::sync::Arc;
//!
//! use libtest_mimic::Arguments;
//! use storage::MemoryBackend;
//! use storage_tests::asynchronous::{self, suite::fixtures::Made};
//! use storage_tests::blocking;
//!
//! let fresh = || Ok((Arc::new(MemoryBackend::new()) as _, Box::new(()) as _));
//! let mut trials = asynchronous::suite::trials(Made::new("mine", asynchronous::rt::Place::default(), fresh));
//!
//! let fresh = || Ok((Arc::new(storage::blocking::MemoryBackend::new()) as _, Box::new(()) as _));
//! trials.extend(blocking::suite::trials(blocking::suite::fixtures::Made::new(
//!     "mine-blocking",
//!     blocking::rt::Place::default(),
//!     fresh,
//! )));
//!
//! // A main takes `Arguments::from_args()`, and ends with `.exit()`.
//! let arguments = Arguments { filter: Some("a_deleted_file_is_gone".to_owned()), ..Arguments::default() };
//! let conclusion = libtest_mimic::run(&arguments, trials);
//! assert_eq!((conclusion.num_passed, conclusion.num_failed), (2, 0));
//! ```
//!
//! What a trial leaves on a store that outlives the program goes away in `Fixture::clear`.
//!
//! # Layout
//!
//! - `suite/`: the behaviours, the same source in both colours; each file is about one capability. `trials` makes them
//!   trials, `stage` is what a trial has at hand, `fixtures` are the library's own backends.
//! - [`asynchronous`] and [`blocking`]: the suite in each colour. `rt` is what it means to run there; `traits` and
//!   `dropped` are behaviours that only one colour can have; `bridged` are backends of the other colour.
//! - [`support`]: helpers without colour.
//! - The mains stand in `tests/`: `behaviour_async` and `behaviour_blocking` run everything on the library's own
//!   backends, `third_party` on one that is not its own. Beside them `it`: tests across crates, such as `api` (both colours have the
//!   same names), `configuration` and `seeking` (readers beside `std::io::Cursor`).
//!
//! The long trials are scaled down, unless `STORAGE_TEST_FULL=1` stands in the environment.

#![expect(clippy::duplicate_mod, reason = "one source for both colours")]

pub mod asynchronous;
pub mod blocking;
pub mod support;
