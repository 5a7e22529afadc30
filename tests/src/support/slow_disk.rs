//! A file system that answers when a test lets it: FUSE, spoken by a thread of the test (`linux/fuse.h`, protocol 7.31).

use std::ffi::CString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use tempfile::TempDir;

use super::outcome::Failure;

/// What every file on it holds.
pub const CONTENT: &[u8] = b"what lies on a slow disk";

/// Names that begin so are looked up slowly; every content is read slowly.
pub const SLOW_NAME: &str = "slow";

/// Long enough for any test, and short enough to end one that holds up the thread that would release it.
const AT_LAST: Duration = Duration::from_secs(30);

const NO_ENTRY: i32 = -2;
const NOT_KNOWN: i32 = -38;

/// The disk, mounted as long as this lives.
#[derive(Debug)]
pub struct SlowDisk {
    folder: TempDir,
    release: Sender<()>,
    waiting: Arc<AtomicUsize>,
    given_up: Arc<AtomicUsize>,
}

impl SlowDisk {
    /// Mounts one.
    ///
    /// # Errors
    ///
    /// When that is not allowed, with what can be done about it.
    pub fn mounted() -> Result<Self, Failure> {
        let refused = |why: io::Error| {
            Failure::new(format!("FUSE cannot be mounted: {why}; run the tests as root, where /dev/fuse is"))
        };
        let device = OpenOptions::new().read(true).write(true).open("/dev/fuse").map_err(refused)?;
        let folder = tempfile::tempdir()?;
        let options = format!("fd={},rootmode=40000,user_id=0,group_id=0", device.as_raw_fd());
        let options = CString::new(options)?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        mount("slow", folder.path(), "fuse", flags, Some(options.as_c_str()))
            .map_err(|errno| refused(errno.into()))?;
        let (release, released) = channel();
        let (waiting, given_up) = (Arc::default(), Arc::default());
        let server =
            Server { device, released, waiting: Arc::clone(&waiting), given_up: Arc::clone(&given_up) };
        thread::spawn(move || server.run());
        Ok(Self { folder, release, waiting, given_up })
    }

    /// Where it is mounted.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// How many slow requests have come so far.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// How many requests nobody released.
    #[must_use]
    pub fn given_up(&self) -> usize {
        self.given_up.load(Ordering::SeqCst)
    }

    /// Lets one slow request be answered.
    pub fn release(&self) {
        // Where nobody waits any more, there is nothing to release.
        let _ = self.release.send(());
    }
}

impl Drop for SlowDisk {
    fn drop(&mut self) {
        let _ = unmount(self.folder.path(), UnmountFlags::DETACH);
    }
}

struct Server {
    device: File,
    released: Receiver<()>,
    waiting: Arc<AtomicUsize>,
    given_up: Arc<AtomicUsize>,
}

impl Server {
    fn run(mut self) {
        let mut buffer = vec![0; 1 << 18];
        // Reading fails once it is unmounted.
        while let Ok(length) = self.device.read(&mut buffer) {
            let Some(request) = Request::parse(&buffer[..length]) else { return };
            if let Some(answer) = self.answer(&request)
                && self.device.write_all(&framed(request.unique, answer)).is_err()
            {
                return;
            }
        }
    }

    fn hold(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        if self.released.recv_timeout(AT_LAST).is_err() {
            self.given_up.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// The body of an answer, or the number of an error; `None` where none is expected.
    fn answer(&self, request: &Request<'_>) -> Option<Result<Vec<u8>, i32>> {
        Some(match request.opcode {
            // FORGET, INTERRUPT, BATCH_FORGET
            2 | 36 | 42 => return None,
            // LOOKUP
            1 => {
                let name = request.body.split(|byte| *byte == 0).next().unwrap_or_default();
                let name = String::from_utf8_lossy(name);
                if name.starts_with(SLOW_NAME) {
                    self.hold();
                }
                if name.contains("missing") { Err(NO_ENTRY) } else { Ok(entry()) }
            }
            // GETATTR: valid for no time, so that it is asked for each time.
            3 => Ok([&[0; 16][..], &attributes(request.node)].concat()),
            // OPEN, OPENDIR: with FOPEN_DIRECT_IO, so that every read comes here.
            14 | 27 => Ok([0_u64.to_ne_bytes(), [1, 0, 0, 0, 0, 0, 0, 0]].concat()),
            // READ
            15 => {
                self.hold();
                Ok(request.part_of(CONTENT))
            }
            // RELEASE, FLUSH, RELEASEDIR, DESTROY
            18 | 25 | 29 | 38 => Ok(Vec::new()),
            // READDIR: nothing.
            28 => Ok(Vec::new()),
            // INIT
            26 => Ok(init()),
            _ => Err(NOT_KNOWN),
        })
    }
}

struct Request<'a> {
    opcode: u32,
    unique: u64,
    node: u64,
    body: &'a [u8],
}

impl<'a> Request<'a> {
    /// `struct fuse_in_header` is 40 bytes.
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (head, body) = bytes.split_at_checked(40)?;
        let opcode = u32::from_ne_bytes(head[4..8].try_into().ok()?);
        let unique = number(&head[8..16])?;
        Some(Self { opcode, unique, node: number(&head[16..24])?, body })
    }

    /// `struct fuse_read_in`: a handle, an offset, a size.
    fn part_of(&self, content: &[u8]) -> Vec<u8> {
        let at = |place: std::ops::Range<usize>| self.body.get(place);
        let offset = at(8..16).and_then(number).unwrap_or(0) as usize;
        let size = at(16..20).and_then(|bytes| Some(u32::from_ne_bytes(bytes.try_into().ok()?))).unwrap_or(0);
        content.iter().skip(offset).take(size as usize).copied().collect()
    }
}

fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_ne_bytes(bytes.try_into().ok()?))
}

/// `struct fuse_out_header` and what follows.
fn framed(unique: u64, answer: Result<Vec<u8>, i32>) -> Vec<u8> {
    let (error, body) = answer.map_or_else(|error| (error, Vec::new()), |body| (0, body));
    let length = 16 + body.len() as u32;
    [&length.to_ne_bytes()[..], &error.to_ne_bytes(), &unique.to_ne_bytes(), &body].concat()
}

/// `struct fuse_init_out`, 64 bytes: protocol 7.31, no feature.
fn init() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    for word in [7_u32, 31, 1 << 17, 0, 0x000c_0010, 1 << 17, 1] {
        bytes.extend_from_slice(&word.to_ne_bytes());
    }
    bytes.resize(64, 0);
    bytes
}

/// `struct fuse_entry_out`: the file 2, known for no time.
fn entry() -> Vec<u8> {
    [&2_u64.to_ne_bytes()[..], &[0; 32], &attributes(2)].concat()
}

/// `struct fuse_attr`, 88 bytes: the directory 1 and files.
fn attributes(node: u64) -> Vec<u8> {
    let (size, mode) = if node == 1 { (0, 0o040_755_u32) } else { (CONTENT.len() as u64, 0o100_644) };
    let mut bytes = [node.to_ne_bytes(), size.to_ne_bytes(), 1_u64.to_ne_bytes()].concat();
    // Times are 1,000,000,000 seconds after 1970.
    for _ in 0..3 {
        bytes.extend_from_slice(&1_000_000_000_u64.to_ne_bytes());
    }
    bytes.resize(60, 0);
    for word in [mode, 1, 0, 0, 0, 4096, 0] {
        bytes.extend_from_slice(&word.to_ne_bytes());
    }
    bytes
}
