//! The processes of a program.

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// A program and what it started, until it was waited for. One that is dropped before is killed.
#[derive(Debug)]
pub(crate) struct Group {
    leader: Option<Pid>,
    whole: bool,
}

impl Group {
    /// Of the child with this number, which leads a process group of its own if `whole`.
    pub(crate) fn of(child: u32, whole: bool) -> Self {
        Self { leader: i32::try_from(child).ok().and_then(Pid::from_raw), whole }
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        self.send(Signal::TERM);
    }

    /// Ends it.
    pub(crate) fn kill(&self) {
        self.send(Signal::KILL);
    }

    /// The program itself was waited for. What it left running in its group is killed; the number of a group is not given
    /// to another one as long as there is somebody in it.
    pub(crate) fn ended(mut self) {
        if let Some(leader) = self.leader.take().filter(|_| self.whole) {
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }

    fn send(&self, signal: Signal) {
        let Some(leader) = self.leader else { return };
        // One that has ended meanwhile needs no signal.
        let _ = if self.whole { kill_process_group(leader, signal) } else { kill_process(leader, signal) };
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
