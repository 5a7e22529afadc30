//! Faults that users met, one test for each. Their names are the promises that were broken.

mod archives;
mod attributes;
mod checksums;
mod collisions;
mod comparing;
mod configuration;
mod injected;
mod inputs;
mod leftovers;
mod lending;
mod locks;
mod modes;
mod names;
mod numbers;
mod outputs;
mod patterns;
mod pipes;
mod removing;
mod sparse;
mod special;
mod terminal;
mod words;
