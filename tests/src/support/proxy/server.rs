//! The listening side of the proxy.

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::connection;
use super::fault::{Fault, Plan};
use super::lie::Pages;

/// One request as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path, still percent-encoded.
    pub path: String,
    /// The query, still percent-encoded; empty when there is none.
    pub query: String,
    /// The header lines, their names in lower case.
    pub headers: BTreeMap<String, String>,
}

impl Request {
    /// Method, path and query as one text.
    #[must_use]
    pub fn line(&self) -> String {
        let mark = if self.query.is_empty() { "" } else { "?" };
        format!("{} {}{mark}{}", self.method, self.path, self.query)
    }
}

/// A proxy on a loopback port, for as long as this lives.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    /// Host and port of the server.
    pub(super) upstream: String,
    requests: Mutex<Vec<Request>>,
    plan: Mutex<Option<Plan>>,
    pub(super) pages: Pages,
    address: SocketAddr,
    refuse: Mutex<Option<Duration>>,
    stopped: AtomicBool,
}

impl Proxy {
    /// One in front of `upstream` (host and port) that only counts.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn counting(upstream: &str) -> io::Result<Self> {
        Self::start(upstream, None)
    }

    /// One in front of `upstream` (host and port) that also does harm, as planned.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn harmful(upstream: &str, plan: Plan) -> io::Result<Self> {
        Self::start(upstream, Some(plan))
    }

    fn start(upstream: &str, plan: Option<Plan>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            requests: Mutex::default(),
            plan: Mutex::new(plan),
            pages: Pages::default(),
            address,
            refuse: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let accepting = shared.clone();
        thread::spawn(move || accept(listener, &accepting));
        Ok(Self { address, shared })
    }

    /// The endpoint to configure in place of the server's own: its path behind the proxy's host and port.
    #[must_use]
    pub fn endpoint(&self, of_server: &str) -> String {
        let rest = of_server.split_once("://").map_or(of_server, |(_, rest)| rest);
        let path = rest.find('/').map_or("", |slash| &rest[slash..]);
        format!("http://{}{path}", self.address)
    }

    /// Host and port of the proxy.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// All requests since the start or the last [`forget`](Self::forget), in the order they came in.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests().clone()
    }

    /// Counts from here on.
    pub fn forget(&self) {
        self.shared.requests().clear();
    }

    /// Another plan from here on.
    pub fn plan(&self, plan: Plan) {
        *lock(&self.shared.plan) = Some(plan);
    }

    /// No harm any more.
    pub fn calm(&self) {
        *lock(&self.shared.plan) = None;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.shared.wake();
    }
}

impl Shared {
    fn requests(&self) -> MutexGuard<'_, Vec<Request>> {
        lock(&self.requests)
    }

    /// Notes a request, and tells what it meets.
    pub(super) fn note(&self, request: Request) -> Option<Fault> {
        self.requests().push(request);
        let fault = lock(&self.plan).as_mut().and_then(Plan::next);
        if let Some(Fault::Refuse(time)) = fault {
            *lock(&self.refuse) = Some(time);
            self.wake();
        }
        fault
    }

    /// Ends the wait for the next connection.
    fn wake(&self) {
        drop(TcpStream::connect(self.address));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(mut listener: TcpListener, shared: &Arc<Shared>) {
    loop {
        let accepted = listener.accept();
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        let refuse = lock(&shared.refuse).take();
        if let Some(time) = refuse {
            drop(accepted);
            drop(listener);
            thread::sleep(time);
            let Some(again) = listen_again(shared) else { return };
            listener = again;
        } else if let Ok((client, _)) = accepted {
            let shared = shared.clone();
            thread::spawn(move || connection::serve(&client, &shared));
        }
    }
}

/// The same port again. It may take a moment until the operating system lets it go.
fn listen_again(shared: &Shared) -> Option<TcpListener> {
    for _ in 0..200 {
        if shared.stopped.load(Ordering::SeqCst) {
            return None;
        }
        match TcpListener::bind(shared.address) {
            Ok(listener) => return Some(listener),
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
    None
}
