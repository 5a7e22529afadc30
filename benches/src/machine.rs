//! The machine and the versions that a run was made with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The root of this workspace.
pub(crate) fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A new folder for a run: below `dir`, or beside the build's output. It is removed when dropped.
pub(crate) fn folder(dir: Option<&Path>) -> tempfile::TempDir {
    let beside = std::env::current_exe().unwrap();
    let parent = dir.or_else(|| beside.parent()).unwrap_or(Path::new("."));
    tempfile::Builder::new().prefix("storage-bench-").tempdir_in(parent).unwrap()
}

/// How long making an empty file takes below `dir`, waiting until it is fast if `patient`.
///
/// ext4 does not use a freed inode again for minutes, and its search for a free one steps over each of them. After a run that
/// removed many files, that search would drown what is to be measured.
pub(crate) fn time_of_making_a_file(dir: &Path, patient: bool) -> Duration {
    const SLOW: Duration = Duration::from_micros(30);
    const PATIENCE: Duration = Duration::from_secs(330);
    const PAUSE: Duration = Duration::from_secs(10);
    let start = Instant::now();
    let mut round = 0;
    loop {
        let each = make_files(dir, round);
        round += 1;
        if each <= SLOW {
            return each;
        }
        let told = crate::units::time(each);
        if !patient || start.elapsed() > PATIENCE {
            eprintln!(
                "warning: making a file takes {told}: files removed in the last minutes slow down writes and copies"
            );
            return each;
        }
        eprintln!("waiting: making a file takes {told}, as it does for some minutes after many were removed");
        std::thread::sleep(PAUSE);
    }
}

/// The median over a few directories of the mean time to make an empty file; different directories may lie in different parts
/// of the file system.
fn make_files(dir: &Path, round: u32) -> Duration {
    const DIRS: usize = 9;
    const FILES: u32 = 50;
    let dir = dir.join("canary");
    let mut times: Vec<Duration> = (0..DIRS)
        .map(|index| {
            let dir = dir.join(index.to_string());
            fs::create_dir_all(&dir).unwrap();
            let start = Instant::now();
            for file in 0..FILES {
                fs::File::create(dir.join(format!("{round}-{file}"))).unwrap();
            }
            start.elapsed() / FILES
        })
        .collect();
    times.sort_unstable();
    times[DIRS / 2]
}

/// One line: date, processor, kernel, file system, compiler, versions.
pub(crate) fn describe(dir: &Path) -> String {
    describe_with(dir, &["opendal", "object_store", "tokio"])
}

/// As [`describe`], with the versions of these dependencies.
pub(crate) fn describe_with(dir: &Path, dependencies: &[&str]) -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let versions: Vec<String> = dependencies.iter().map(|name| format!("{name} {}", locked(name))).collect();
    let parts = [
        date(),
        format!("{cores} cores ({})", processor()),
        format!("Linux {}", line_of("/proc/sys/kernel/osrelease")),
        format!("{} for the files", file_system(dir)),
        compiler(),
        versions.join(", "),
    ];
    parts.join("; ")
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, model)| model.trim().to_owned())
}

/// The type of the file system that holds `dir`.
pub(crate) fn file_system(dir: &Path) -> String {
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let text = fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mounts = text.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let holding = mounts.filter(|(point, _)| dir.starts_with(point)).max_by_key(|(point, _)| point.len());
    holding.map_or_else(|| "unknown".to_owned(), |(_, kind)| kind.to_owned())
}

fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.split(" (").next().unwrap_or_default().trim().to_owned()
}

/// The version of a dependency in the workspace's lock file.
fn locked(name: &str) -> String {
    let text = fs::read_to_string(workspace().join("Cargo.lock")).unwrap_or_default();
    let wanted = format!("name = \"{name}\"");
    let mut lines = text.lines().skip_while(|line| *line != wanted).skip(1);
    let version = lines.next().and_then(|line| line.strip_prefix("version = "));
    version.unwrap_or("?").trim_matches('"').to_owned()
}

fn line_of(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

/// Today as `YYYY-MM-DD`, in UTC.
fn date() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (year, month, day) = civil(seconds / 86_400);
    format!("{year}-{month:02}-{day:02}")
}

/// Year, month and day of a day counted from 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_453), (2025, 12, 31));
    }
}
