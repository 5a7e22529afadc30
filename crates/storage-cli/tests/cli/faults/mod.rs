//! Faults that users met, one test for each. Their names are the promises that were broken.

mod archives;
mod attributes;
mod changing;
mod checksums;
mod collisions;
mod comparing;
mod configuration;
mod durable;
mod injected;
mod inputs;
mod leftovers;
mod lending;
mod locks;
mod modes;
mod mounted;
mod names;
mod numbers;
mod outputs;
mod overlap;
mod patterns;
mod pipes;
mod removing;
mod sparse;
mod special;
mod terminal;
mod words;
