//! Faults that users met, one test for each. Their names are the promises that were broken.

mod collisions;
mod pipes;
mod words;
