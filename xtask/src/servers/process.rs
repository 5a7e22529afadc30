//! Processes as `/proc` shows them (proc_pid_stat(5)), and signals to them.

use std::fs;

use rustix::process::{Pid, Signal, kill_process_group};

/// A process and when it was started, in clock ticks since boot: together they name no other process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) id: i32,
    pub(super) started: u64,
}

impl Process {
    /// The process of this id, if there is one.
    pub(super) fn of(id: i32) -> Option<Self> {
        Some(Self { id, started: Stat::of(id)?.started })
    }

    /// Whether it still runs and is the program with this mark in its command line. One that has ended and was not
    /// waited for has no command line.
    pub(super) fn is_alive(self, mark: &str) -> bool {
        Stat::of(self.id).is_some_and(|stat| stat.started == self.started)
            && command_line(self.id).contains(mark)
    }

    /// Whether it or what it started still runs. While a group exists, no other process gets its number.
    pub(super) fn remains(self, mark: &str) -> bool {
        Stat::of(self.id).is_none_or(|stat| stat.started == self.started)
            && self.group().any(|id| command_line(id).contains(mark))
    }

    /// It and what it started, as far as these have not ended: every server leads a process group of its own.
    pub(super) fn group(self) -> impl Iterator<Item = i32> {
        let members = all().filter(move |(_, stat)| stat.group == self.id).map(|(id, _)| id);
        members.filter(|id| !command_line(*id).is_empty())
    }

    /// Asks its group to end, also if it is halted.
    pub(super) fn terminate(self) {
        self.signal(Signal::TERM);
        self.signal(Signal::CONT);
    }

    /// Ends its group.
    pub(super) fn kill(self) {
        self.signal(Signal::KILL);
    }

    /// Resident memory of its group, in bytes.
    pub(super) fn memory(self) -> u64 {
        self.group().map(resident).sum()
    }

    /// A group that is gone is fine.
    fn signal(self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.id) {
            let _ = kill_process_group(pid, signal);
        }
    }
}

/// What `/proc/ID/stat` says, as far as it is needed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) parent: i32,
    pub(crate) group: i32,
    started: u64,
}

impl Stat {
    fn of(id: i32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// The program's name stands in parentheses and may contain spaces and parentheses itself, so what follows is
    /// counted from the last one: state, parent, group, ..., start as the 22nd field of the line.
    fn parse(line: &str) -> Option<Self> {
        let (_, rest) = line.rsplit_once(')')?;
        let fields: Vec<_> = rest.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse().ok();
        Some(Self { parent: number(1)?, group: number(2)?, started: fields.get(19)?.parse().ok()? })
    }
}

/// All processes that can be seen.
pub(crate) fn all() -> impl Iterator<Item = (i32, Stat)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    ids.filter_map(|id| Some((id, Stat::of(id)?)))
}

fn command_line(id: i32) -> String {
    let bytes = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}

fn resident(id: i32) -> u64 {
    fs::read_to_string(format!("/proc/{id}/status")).ok().and_then(|text| resident_in(&text)).unwrap_or(0)
}

fn resident_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Process {
        Process::of(i32::try_from(std::process::id()).unwrap()).unwrap()
    }

    #[test]
    fn a_name_with_parentheses_does_not_shift_the_fields() {
        let line = "42 (a ) b) S 1 42 42 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 200";
        assert_eq!(Stat::parse(line), Some(Stat { parent: 1, group: 42, started: 98765 }));
    }

    #[test]
    fn a_process_is_known_by_its_start_and_its_command_line() {
        assert!(own().is_alive("xtask"));
        assert!(!own().is_alive("another program"));
        assert!(!Process { started: 1, ..own() }.is_alive("xtask"));
    }

    #[test]
    fn resident_memory_is_in_bytes() {
        assert_eq!(resident_in("Name:\tweed\nVmRSS:\t    1024 kB\n"), Some(1 << 20));
        assert_eq!(resident_in("Name:\tkernel thread\n"), None);
    }
}
