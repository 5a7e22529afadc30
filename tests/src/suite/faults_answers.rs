//! Answers that are wrong in every way in which something between a program and a store can make them wrong. Each row of the table
//! is one way, each column a store and a call. A call ends with what is true or with an error, whatever it is told: no wrong
//! bytes, no success of what did not happen, no source that goes before its copy is there, no end of requests that never comes.

use std::fmt;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use bytes::Bytes;
use libtest_mimic::Trial;
use storage::types::{ByteRange, CopyOptions, DeleteOptions, MountConfig, ReadOptions};
use tempfile::TempDir;

use super::api::{LocalBackend, StorageManager, StorageNode};
use super::clouds::{Kind, fresh_prefix};
use super::stage::Stage;
use super::{maybe_async, rt};
use crate::support::checks::equal;
use crate::support::content::noise;
use crate::support::outcome::{Failure, Outcome};
use crate::support::process::quick;
use crate::support::proxy::{Fault, Lie, Plan, Proxy};
use crate::support::servers::Server;

behaviours! {
    the_end_of_something_empty_is_empty;
}

/// Some stores declare such a range as `bytes 0--1/0`.
#[maybe_async]
async fn the_end_of_something_empty_is_empty(stage: &Stage) -> Outcome {
    let empty = stage.node("empty");
    empty.write("").await?;
    for range in [ByteRange::Suffix(5), ByteRange::From(0), ByteRange::from(0..5)] {
        equal(empty.read_range(range).await?, "");
        let options = ReadOptions::new().range(range);
        equal(empty.reader_with(&options).await?.read_all().await?, "");
    }
    Ok(())
}

/// The rows.
const ROWS: [(Lie, &str); 32] = [
    (Lie::PartWithStatus200, "a_part_comes_with_status_200"),
    (Lie::PartAsWhole, "a_part_comes_as_the_whole"),
    (Lie::WholeWithStatus206, "the_whole_comes_as_a_part"),
    (Lie::NoContent, "a_success_is_without_content"),
    (Lie::Page(200), "a_page_comes_as_a_success"),
    (Lie::Page(404), "a_page_says_that_nothing_is_there"),
    (Lie::Page(503), "a_page_says_that_the_server_is_busy"),
    (Lie::TaggedPage, "a_page_comes_with_an_etag"),
    (Lie::Redirect, "a_redirect_leads_to_a_page"),
    (Lie::Empty, "a_success_is_empty"),
    (Lie::TooLong, "the_declared_length_is_too_long"),
    (Lie::TooShort, "the_declared_length_is_too_short"),
    (Lie::NoLength, "no_length_is_declared"),
    (Lie::NoLengthAndCut, "no_length_is_declared_and_half_is_missing"),
    (Lie::TwoLengths, "two_lengths_are_declared"),
    (Lie::Cut, "the_body_is_cut"),
    (Lie::Surplus, "more_comes_than_was_declared"),
    (Lie::ShiftedRange, "the_range_is_another_one"),
    (Lie::LargerTotal, "the_whole_is_called_larger"),
    (Lie::SmallerTotal, "the_whole_is_called_smaller"),
    (Lie::OpenTotal, "the_size_of_the_whole_stays_open"),
    (Lie::NoRange, "the_range_is_not_declared"),
    (Lie::MalformedRange, "the_declared_range_makes_no_sense"),
    (Lie::TwoRanges, "two_ranges_are_declared"),
    (Lie::Compressed, "the_content_comes_compressed"),
    (Lie::CutChunks, "the_last_chunk_is_missing"),
    (Lie::HalfDocument, "half_a_document_comes"),
    (Lie::Flood, "a_document_has_no_end"),
    (Lie::Twice, "the_answer_comes_twice"),
    (Lie::SamePage, "a_listing_gives_the_same_page_again"),
    (Lie::EndlessPages, "a_listing_has_no_last_page"),
    (Lie::EmptyPages, "a_listing_gives_empty_pages"),
];

/// The stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Store {
    Cloud(Kind),
    Web,
}

const STORES: [Store; 4] =
    [Store::Cloud(Kind::S3), Store::Cloud(Kind::Azure), Store::Cloud(Kind::Gcs), Store::Web];

/// The calls. Those of the second half change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    Read,
    Range,
    Tail,
    Stream,
    Stat,
    List,
    CopyOut,
    CopyLargeOut,
    CopyTreeOut,
    Write,
    Replace,
    Upload,
    Delete,
    DeleteTree,
    CopyInside,
    CopyIn,
    MoveInside,
    MoveOut,
    MoveIn,
}

impl Call {
    const READING: [Self; 9] = [
        Self::Read,
        Self::Range,
        Self::Tail,
        Self::Stream,
        Self::Stat,
        Self::List,
        Self::CopyOut,
        Self::CopyLargeOut,
        Self::CopyTreeOut,
    ];
    const CHANGING: [Self; 10] = [
        Self::Write,
        Self::Replace,
        Self::Upload,
        Self::Delete,
        Self::DeleteTree,
        Self::CopyInside,
        Self::CopyIn,
        Self::MoveInside,
        Self::MoveOut,
        Self::MoveIn,
    ];

    fn moves(self) -> bool {
        matches!(self, Self::MoveInside | Self::MoveOut | Self::MoveIn)
    }
}

/// Which answers are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// Only that to the request of this number, counted from 0.
    Once(usize),
}

impl When {
    fn all() -> &'static [Self] {
        const ALL: [When; 4] = [When::Always, When::Once(0), When::Once(1), When::Once(2)];
        const SOME: [When; 2] = [When::Always, When::Once(1)];
        if quick() { &SOME } else { &ALL }
    }

    fn plan(self, lie: Lie) -> Plan {
        match self {
            Self::Always => Plan::always(Fault::Lie(lie)),
            Self::Once(number) => {
                let before = std::iter::repeat_n(None, number);
                Plan::script(before.chain([Some(Fault::Lie(lie))]))
            }
        }
    }
}

/// Whether a call makes requests whose answers can be wrong in this way.
fn concerns(lie: Lie, call: Call) -> bool {
    match lie {
        Lie::PartWithStatus200
        | Lie::PartAsWhole
        | Lie::ShiftedRange
        | Lie::LargerTotal
        | Lie::SmallerTotal
        | Lie::OpenTotal
        | Lie::NoRange
        | Lie::MalformedRange
        | Lie::TwoRanges => {
            matches!(call, Call::Range | Call::Tail | Call::Stream | Call::CopyLargeOut | Call::MoveOut)
        }
        Lie::WholeWithStatus206
        | Lie::TooLong
        | Lie::TooShort
        | Lie::NoLength
        | Lie::NoLengthAndCut
        | Lie::TwoLengths
        | Lie::Cut
        | Lie::Surplus
        | Lie::Compressed
        | Lie::CutChunks
        | Lie::SamePage
        | Lie::EndlessPages
        | Lie::EmptyPages => {
            Call::READING.contains(&call)
                || matches!(call, Call::DeleteTree | Call::MoveOut | Call::MoveInside)
        }
        _ => true,
    }
}

/// What nothing in an answer shows: it is all of one piece, and it is the first that is heard of this content. Transfers compare it
/// with what was listed.
fn cannot_be_noticed(store: Store, lie: Lie, call: Call, when: When) -> bool {
    let (is_web, is_s3) = (store == Store::Web, store == Store::Cloud(Kind::S3));
    let one_look = matches!(call, Call::Read | Call::Range | Call::Tail | Call::Stream | Call::Stat);
    match lie {
        // Whatever a web server sends is its content, and whatever page it shows is its listing.
        Lie::Page(200) | Lie::TaggedPage | Lie::Redirect | Lie::Empty if is_web => {
            one_look || matches!(call, Call::List | Call::CopyTreeOut) || when == When::Always
        }
        // S3 has no header that every server sends along. It counts once a server was seen to send one.
        Lie::TaggedPage if is_s3 => one_look || when == When::Always,
        // Google states the length of what is stored, and a checksum.
        Lie::TooShort if call == Call::Read => store != Store::Cloud(Kind::Gcs),
        Lie::TooShort | Lie::NoLengthAndCut if is_web => matches!(call, Call::Read | Call::Stream),
        Lie::SmallerTotal => call == Call::Stream && store != Store::Cloud(Kind::Gcs),
        _ => false,
    }
}

/// A trial for each row and store.
pub(super) fn trials() -> Vec<Trial> {
    let cells = STORES.iter().flat_map(|store| ROWS.iter().map(move |row| (*store, *row)));
    let cells = cells.filter(|(store, (lie, _))| !(*store == Store::Web && lie.is_of_pages()));
    let trial = |(store, (lie, name)): (Store, (Lie, &str))| {
        Trial::test(format!("{}::faults::{name}", store.name()), move || {
            rt::block_on(row(store, lie)).and_then(|ended| ended).map_err(Into::into)
        })
    };
    cells.map(trial).collect()
}

/// How long what is read in one request is.
const SMALL: usize = 1000;

/// How long what goes in parts is: three of them.
const LARGE: usize = (11 << 20) + 7;

/// How many requests one call makes at most, where nothing leads it through pages.
const REQUESTS: usize = 200;

/// The same for a listing that gives empty pages: a store may do so for a while.
const REQUESTS_OF_PAGES: usize = 5000;

impl Store {
    fn name(self) -> &'static str {
        match self {
            Self::Cloud(kind) => kind.name(),
            Self::Web => "http",
        }
    }

    fn calls(self) -> Vec<Call> {
        let changing = if self == Self::Web { &[Call::MoveOut][..] } else { &Call::CHANGING[..] };
        [&Call::READING[..], changing].concat()
    }
}

/// One store, seen through a proxy and past it, and a place elsewhere.
struct Bench {
    store: Store,
    proxy: Proxy,
    through: StorageNode,
    past: StorageNode,
    elsewhere: StorageNode,
    _folder: Option<TempDir>,
}

fn patient_little(config: MountConfig) -> MountConfig {
    config.option("attempts", 2).option("read_timeout", 5)
}

impl Bench {
    fn new(store: Store) -> Result<Self, Failure> {
        let manager = StorageManager::new();
        manager.add_mount(&MountConfig::memory("elsewhere"))?;
        let (proxy, folder) = match store {
            Store::Cloud(kind) => (Self::cloud(&manager, kind)?, None),
            Store::Web => {
                let (proxy, folder) = Self::web(&manager)?;
                (proxy, Some(folder))
            }
        };
        let (through, past) = (manager.node("through")?, manager.node("past")?);
        let elsewhere = manager.node("elsewhere")?;
        Ok(Self { store, proxy, through, past, elsewhere, _folder: folder })
    }

    fn cloud(manager: &StorageManager, kind: Kind) -> Result<Proxy, Failure> {
        let server = Server::running(kind.server())?;
        let proxy = Proxy::counting(server.authority()?)?;
        let (prefix, endpoint) = (fresh_prefix(), proxy.endpoint(server.get("endpoint")?));
        let config = patient_little(kind.config("through", &prefix, Some(&endpoint))?);
        let config = config.option("part_size", "5 MiB").option("multipart_threshold", "5 MiB");
        manager.add_mount(&config)?;
        manager.add_mount(&kind.config("past", &prefix, None)?)?;
        Ok(proxy)
    }

    fn web(manager: &StorageManager) -> Result<(Proxy, TempDir), Failure> {
        let server = Server::running("http")?;
        let proxy = Proxy::counting(server.authority()?)?;
        let folder = tempfile::Builder::new()
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in(server.get("folder")?)?;
        let name = folder.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let url = format!("{}/{name}", proxy.endpoint(server.get("endpoint")?));
        manager.add_mount(&patient_little(MountConfig::new("through", "http").option("url", url)))?;
        manager.add_backend("past", Arc::new(LocalBackend::at(folder.path())?))?;
        Ok((proxy, folder))
    }
}

/// What a call gave.
enum Given {
    Content(Bytes),
    Size(u64),
    Names(Vec<String>),
    Nothing,
}

/// One cell at one time, for messages.
struct Cell {
    store: Store,
    lie: Lie,
    call: Call,
    when: When,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { store, lie, call, when } = self;
        write!(f, "{call:?} on {}, answered with {lie:?}, {when:?}", store.name())
    }
}

/// What is written anew, and what it is afterwards.
struct Folder {
    through: StorageNode,
    past: StorageNode,
    elsewhere: StorageNode,
}

#[maybe_async]
async fn row(store: Store, lie: Lie) -> Outcome {
    let bench = Bench::new(store)?;
    let ended = cells(&bench, lie).await;
    bench.proxy.calm();
    let cleared = clear(&bench).await;
    ended.and(cleared)
}

#[maybe_async]
async fn clear(bench: &Bench) -> Outcome {
    for entry in bench.past.list().await? {
        entry.node.delete_with(&DeleteOptions::recursive()).await?;
    }
    Ok(())
}

#[maybe_async]
async fn cells(bench: &Bench, lie: Lie) -> Outcome {
    fill(&bench.past.child("fixed")?).await?;
    bench.past.child("fixed/large")?.write(noise(9, LARGE)).await?;
    let mut number = 0;
    for when in When::all() {
        // What a server makes of a mark that it never gave is its own affair.
        if lie.is_of_pages() && *when != When::Always {
            continue;
        }
        for call in bench.store.calls().into_iter().filter(|call| concerns(lie, *call)) {
            number += 1;
            let name = if Call::READING.contains(&call) { "fixed".to_owned() } else { format!("n{number}") };
            let folder = Folder {
                through: bench.through.child(&name)?,
                past: bench.past.child(&name)?,
                elsewhere: bench.elsewhere.child(format!("n{number}"))?,
            };
            let cell = Cell { store: bench.store, lie, call, when: *when };
            attempt(bench, &cell, &folder).await?;
        }
    }
    Ok(())
}

/// A file and a folder with three.
#[maybe_async]
async fn fill(folder: &StorageNode) -> Outcome {
    folder.child("file")?.write(noise(1, SMALL)).await?;
    for name in ["a", "b", "c"] {
        folder.child("tree")?.child(name)?.write(noise(2, SMALL)).await?;
    }
    Ok(())
}

#[maybe_async]
async fn attempt(bench: &Bench, cell: &Cell, folder: &Folder) -> Outcome {
    if !Call::READING.contains(&cell.call) {
        fill(&folder.past).await?;
        folder.elsewhere.child("file")?.write(noise(1, SMALL)).await?;
    }
    bench.proxy.plan(cell.when.plan(cell.lie));
    bench.proxy.forget();
    let given = call(cell, folder).await;
    let requests = bench.proxy.requests().len();
    bench.proxy.calm();
    let most = if cell.lie.is_of_pages() { REQUESTS_OF_PAGES } else { REQUESTS };
    if requests > most {
        return Err(Failure::new(format!("{cell}: {requests} requests")));
    }
    let checked = check(cell, folder, given).await;
    checked.map_err(|failure| Failure::new(format!("{cell}: {failure}")))
}

fn copying() -> CopyOptions {
    CopyOptions::new().retries(1)
}

#[maybe_async]
async fn call(cell: &Cell, folder: &Folder) -> storage::Result<Given> {
    let (file, tree, new) =
        (folder.through.child("file")?, folder.through.child("tree")?, folder.through.child("new")?);
    let (large, elsewhere) = (folder.through.child("large")?, folder.elsewhere.child("new")?);
    let from = folder.elsewhere.child("file")?;
    match cell.call {
        Call::Read => Ok(Given::Content(file.read().await?)),
        Call::Range => Ok(Given::Content(file.read_range(100..200).await?)),
        Call::Tail => Ok(Given::Content(file.read_range(ByteRange::Suffix(50)).await?)),
        Call::Stream => Ok(Given::Content(large.reader().await?.read_all().await?)),
        Call::Stat => Ok(Given::Size(file.stat().await?.size)),
        Call::List => {
            let entries = tree.list().await?;
            Ok(Given::Names(entries.iter().map(|entry| entry.node.name().to_owned()).collect()))
        }
        Call::CopyOut => copy(&file, &elsewhere).await,
        Call::CopyLargeOut => copy(&large, &elsewhere).await,
        Call::CopyTreeOut => copy(&tree, &elsewhere).await,
        Call::CopyInside => copy(&file, &new).await,
        Call::CopyIn => copy(&from, &new).await,
        Call::Write => new.write(noise(3, SMALL)).await.map(|_| Given::Nothing),
        Call::Replace => file.write(noise(3, SMALL)).await.map(|_| Given::Nothing),
        Call::Upload => {
            let mut writer = new.writer().await?;
            writer.write(noise(3, LARGE)).await?;
            writer.finish().await.map(|_| Given::Nothing)
        }
        Call::Delete => file.delete().await.map(|()| Given::Nothing),
        Call::DeleteTree => tree.delete_with(&DeleteOptions::recursive()).await.map(|()| Given::Nothing),
        Call::MoveInside => relocate(&file, &new).await,
        Call::MoveOut => relocate(&file, &elsewhere).await,
        Call::MoveIn => relocate(&from, &new).await,
    }
}

#[maybe_async]
async fn copy(source: &StorageNode, destination: &StorageNode) -> storage::Result<Given> {
    source.copy_to_with(destination, &copying()).await?.into_result()?;
    Ok(Given::Nothing)
}

#[maybe_async]
async fn relocate(source: &StorageNode, destination: &StorageNode) -> storage::Result<Given> {
    source.move_to_with(destination, &copying()).await?.into_result()?;
    Ok(Given::Nothing)
}

/// What is stored; `None` for nothing.
#[maybe_async]
async fn stored(node: &StorageNode) -> Result<Option<Bytes>, Failure> {
    Ok(if node.exists().await? { Some(node.read().await?) } else { None })
}

#[maybe_async]
async fn check(cell: &Cell, folder: &Folder, given: storage::Result<Given>) -> Outcome {
    if cell.call.moves() {
        return check_move(cell, folder, given.is_ok()).await;
    }
    let noticed = !cannot_be_noticed(cell.store, cell.lie, cell.call, cell.when);
    let (small, new) = (noise(1, SMALL), noise(3, SMALL));
    match (cell.call, given) {
        (Call::Write, given) => is_new(&folder.past.child("new")?, &new, &given).await,
        (Call::Upload, given) => is_new(&folder.past.child("new")?, &noise(3, LARGE), &given).await,
        (Call::CopyInside | Call::CopyIn, given) => is_new(&folder.past.child("new")?, &small, &given).await,
        (Call::Replace, given) => {
            let now = stored(&folder.past.child("file")?).await?;
            let old = given.is_err() && now.as_ref() == Some(&small);
            demand(old || now.as_ref() == Some(&new), "neither the old content nor the new one is there")
        }
        (_, Err(_)) => Ok(()),
        (Call::Delete, Ok(_)) => {
            demand(!folder.past.child("file")?.exists().await?, "what was deleted is there")
        }
        (Call::DeleteTree, Ok(_)) => {
            for name in ["a", "b", "c"] {
                let there = folder.past.child("tree")?.child(name)?.exists().await?;
                demand(!there, "what was deleted is there")?;
            }
            Ok(())
        }
        (_, Ok(_)) if !noticed => Ok(()),
        (Call::CopyOut, Ok(_)) => {
            let copy = stored(&folder.elsewhere.child("new")?).await?;
            demand(copy == Some(small), "the copy is another content")
        }
        (Call::CopyLargeOut, Ok(_)) => {
            let copy = stored(&folder.elsewhere.child("new")?).await?;
            demand(copy == Some(noise(9, LARGE)), "the copy is another content")
        }
        (Call::CopyTreeOut, Ok(_)) => {
            for name in ["a", "b", "c"] {
                let copy = stored(&folder.elsewhere.child("new")?.child(name)?).await?;
                demand(copy == Some(noise(2, SMALL)), "the copy of the tree is another one")?;
            }
            Ok(())
        }
        (call, Ok(given)) => is_true(call, given),
    }
}

/// What a call that reads gave.
fn is_true(call: Call, given: Given) -> Outcome {
    let small = noise(1, SMALL);
    match (call, given) {
        (Call::Read, Given::Content(content)) => demand(content == small, "other bytes"),
        (Call::Range, Given::Content(content)) => demand(content == small[100..200], "other bytes"),
        (Call::Tail, Given::Content(content)) => demand(content == small[SMALL - 50..], "other bytes"),
        (Call::Stream, Given::Content(content)) => demand(content == noise(9, LARGE), "other bytes"),
        (Call::Stat, Given::Size(size)) => demand(size == SMALL as u64, "another size"),
        (Call::List, Given::Names(names)) => demand(names == ["a", "b", "c"], "another listing"),
        _ => Err(Failure::new("the call gave something else")),
    }
}

/// After a success what was written is there; after a failure that or nothing.
#[maybe_async]
async fn is_new(node: &StorageNode, wanted: &Bytes, given: &storage::Result<Given>) -> Outcome {
    let now = stored(node).await?;
    let nothing = given.is_err() && now.is_none();
    demand(nothing || now.as_ref() == Some(wanted), "what was written is not there")
}

/// A source is there, or its copy is.
#[maybe_async]
async fn check_move(cell: &Cell, folder: &Folder, succeeded: bool) -> Outcome {
    let source = if cell.call == Call::MoveIn { &folder.elsewhere } else { &folder.past };
    let destination = if cell.call == Call::MoveOut { &folder.elsewhere } else { &folder.past };
    let source = stored(&source.child("file")?).await?;
    let copy = stored(&destination.child("new")?).await?;
    let small = noise(1, SMALL);
    match source {
        Some(_) if succeeded => Err(Failure::new("what was moved is where it was")),
        Some(source) => demand(source == small, "the source is another content"),
        None => demand(copy == Some(small), "the source is gone and its copy is not there"),
    }
}

fn demand(holds: bool, otherwise: &str) -> Outcome {
    if holds { Ok(()) } else { Err(Failure::new(otherwise)) }
}
