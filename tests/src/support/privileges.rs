//! Root may do everything, which hides what others are refused.

use std::io;

use rustix::thread::{CapabilitySet, capabilities, set_capabilities};

/// Gives up the calling thread's right to pass over modes and owners (`capabilities(7)`). Threads that it starts have
/// not got it either; all others keep it. For those who are not root it changes nothing.
///
/// # Errors
///
/// What the operating system says.
pub fn give_up() -> io::Result<()> {
    let over_modes = CapabilitySet::DAC_OVERRIDE | CapabilitySet::DAC_READ_SEARCH | CapabilitySet::FOWNER;
    let mut sets = capabilities(None)?;
    sets.effective.remove(over_modes);
    sets.permitted.remove(over_modes);
    sets.inheritable.remove(over_modes);
    set_capabilities(None, sets)?;
    Ok(())
}
