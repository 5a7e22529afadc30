//! The child process of a contender: it does what its parent asks for, and tells what it took.
//!
//! A line of input is a number of operations; the line of output that answers it holds a [`Round`](super::worker::Round).

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::runtime::Runtime;

use super::clients::{
    AnyObjectStore, AsyncClient, Bare, BlockingClient, OpendalAsync, OpendalBlocking, OursAsync,
    OursBlocking, Sdk, SdkAzure, SdkGcs,
};
use super::op::Op;
use super::target::{Service, Target};
use super::who::Who;
use crate::args::ClientTask;
use crate::contenders;
use crate::measure::{cpu_time, peak_kib};
use crate::process::nanos;

/// Stack of the threads of blocking contenders, so that a thousand of them are cheap, in bytes.
const STACK: usize = 1 << 20;

/// Serves the parent until it closes the input. `allocations` counts those of this process so far.
pub(crate) fn run(task: &ClientTask, allocations: Option<fn() -> u64>) {
    let target = match &task.stub {
        Some(address) => Target::stub(task.service, address),
        None => Target::server(task.service),
    };
    let runtime = runtime(task);
    match task.who {
        Who::OursAsync => serve(task, allocations, &OnRuntime::<OursAsync>::new(&target, runtime)),
        Who::ObjectStore => serve(task, allocations, &OnRuntime::<AnyObjectStore>::new(&target, runtime)),
        Who::OpendalAsync => serve(task, allocations, &OnRuntime::<OpendalAsync>::new(&target, runtime)),
        Who::Sdk => match task.service {
            Service::S3 => serve(task, allocations, &OnRuntime::<Sdk>::new(&target, runtime)),
            Service::Azure => serve(task, allocations, &OnRuntime::<SdkAzure>::new(&target, runtime)),
            Service::Gcs => serve(task, allocations, &OnRuntime::<SdkGcs>::new(&target, runtime)),
        },
        Who::Bare => serve(task, allocations, &OnRuntime::<Bare>::new(&target, runtime)),
        Who::OursBlocking => serve(task, allocations, &OnThreads(OursBlocking::open(&target))),
        Who::OpendalBlocking => {
            serve(task, allocations, &OnThreads(OpendalBlocking::open(&target, &runtime)));
        }
    }
}

/// One thread against the stub, two workers against a server. A blocking wrapper needs a worker that is not the caller.
fn runtime(task: &ClientTask) -> Arc<Runtime> {
    if task.stub.is_none() || task.who == Who::OpendalBlocking {
        return contenders::runtime();
    }
    Arc::new(tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap())
}

fn serve(task: &ClientTask, allocations: Option<fn() -> u64>, runner: &dyn Runner) {
    let key = task.op.key(task.who);
    let content = match task.op {
        Op::Put(bytes) => vec![0x5A; bytes as usize].into(),
        _ => Bytes::new(),
    };
    let job = Job { op: task.op, key, content, in_flight: task.in_flight };
    let allocated = || allocations.map_or(0, |count| count());
    let mut output = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let count = line.unwrap().parse().unwrap();
        let (start, cpu, before) = (Instant::now(), cpu_time(), allocated());
        let times = runner.run(&job, count);
        let (elapsed, cpu) = (start.elapsed(), cpu_time().saturating_sub(cpu));
        let allocated = allocated() - before;
        write!(output, "{} {} {allocated} {}", nanos(elapsed), nanos(cpu), peak_kib()).unwrap();
        for time in times {
            write!(output, " {}", nanos(time)).unwrap();
        }
        writeln!(output).unwrap();
        output.flush().unwrap();
    }
}

/// What is done again and again.
struct Job {
    op: Op,
    key: String,
    content: Bytes,
    in_flight: usize,
}

/// Does it so many times, and gives the time of each.
trait Runner {
    fn run(&self, job: &Job, count: usize) -> Vec<Duration>;
}

struct OnRuntime<C> {
    client: C,
    runtime: Arc<Runtime>,
}

impl<C: AsyncClient> OnRuntime<C> {
    fn new(target: &Target, runtime: Arc<Runtime>) -> Self {
        let client = runtime.block_on(C::open(target));
        Self { client, runtime }
    }
}

impl<C: AsyncClient> Runner for OnRuntime<C> {
    fn run(&self, job: &Job, count: usize) -> Vec<Duration> {
        let object = self.client.object(&job.key);
        let all = |count| repeat(self.client.clone(), object.clone(), job.op, job.content.clone(), count);
        self.runtime.block_on(async {
            if job.in_flight == 1 {
                return all(count).await;
            }
            let tasks: Vec<_> =
                (0..job.in_flight).map(|_| tokio::spawn(all(count / job.in_flight))).collect();
            let mut times = Vec::with_capacity(count);
            for task in tasks {
                times.extend(task.await.unwrap());
            }
            times
        })
    }
}

async fn repeat<C: AsyncClient>(
    client: C,
    object: C::Object,
    op: Op,
    content: Bytes,
    count: usize,
) -> Vec<Duration> {
    let mut times = Vec::with_capacity(count);
    for _ in 0..count {
        let start = Instant::now();
        let amount = once(&client, &object, op, &content).await;
        times.push(start.elapsed());
        assert_eq!(amount, op.amount(), "{}", op.name());
    }
    times
}

async fn once<C: AsyncClient>(client: &C, object: &C::Object, op: Op, content: &Bytes) -> u64 {
    match op {
        Op::Get(_) => client.get(object).await,
        Op::Put(_) => client.put(object, content.clone()).await,
        Op::Head => client.head(object).await,
        Op::List(_) => client.list(object).await,
        Op::Upload(bytes) => client.upload(object, bytes).await,
        Op::Download(bytes) => client.download(object, bytes).await,
        Op::Burst(requests) => {
            let get = |_| {
                let (client, object) = (client.clone(), object.clone());
                tokio::spawn(async move { client.get(&object).await })
            };
            let tasks: Vec<_> = (0..requests).map(get).collect();
            let mut sum = 0;
            for task in tasks {
                sum += task.await.unwrap();
            }
            sum
        }
    }
}

struct OnThreads<C>(C);

impl<C: BlockingClient> Runner for OnThreads<C> {
    fn run(&self, job: &Job, count: usize) -> Vec<Duration> {
        let object = self.0.object(&job.key);
        let all = |count| (0..count).map(|_| self.timed(job, &object)).collect::<Vec<_>>();
        if job.in_flight == 1 {
            return all(count);
        }
        on_threads(job.in_flight, || all(count / job.in_flight)).into_iter().flatten().collect()
    }
}

impl<C: BlockingClient> OnThreads<C> {
    fn timed(&self, job: &Job, object: &C::Object) -> Duration {
        let start = Instant::now();
        let amount = self.once(job, object);
        let elapsed = start.elapsed();
        assert_eq!(amount, job.op.amount(), "{}", job.op.name());
        elapsed
    }

    fn once(&self, job: &Job, object: &C::Object) -> u64 {
        let client = &self.0;
        match job.op {
            Op::Get(_) => client.get(object),
            Op::Put(_) => client.put(object, job.content.clone()),
            Op::Head => client.head(object),
            Op::List(_) => client.list(object),
            Op::Upload(bytes) => client.upload(object, bytes),
            Op::Download(bytes) => client.download(object, bytes),
            Op::Burst(requests) => on_threads(requests as usize, || client.get(object)).into_iter().sum(),
        }
    }
}

/// Runs it on so many threads at once.
fn on_threads<T: Send>(count: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let start = |_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, &work).unwrap();
        let threads: Vec<_> = (0..count).map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
