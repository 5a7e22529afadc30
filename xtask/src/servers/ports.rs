//! Ports on loopback: which are free, and who listens.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};

/// How far a port is from its twin: the convention of SeaweedFS for gRPC.
pub(super) const TWIN: u16 = 10_000;

/// Where other ports are looked for: below the range from which systems take ports of outgoing connections, also
/// with the twins.
const OTHERS: std::ops::Range<u16> = 20_000..22_700;

/// Free ports, as near to the preferred ones as can be. With `twins`, each has a free twin.
pub(super) fn pick(preferred: &[u16], twins: bool) -> Result<Vec<u16>, String> {
    // Bound until all are chosen, so that none is chosen twice.
    let mut held = Vec::new();
    preferred.iter().map(|port| choose(*port, twins, &mut held)).collect()
}

fn choose(preferred: u16, twins: bool, held: &mut Vec<TcpListener>) -> Result<u16, String> {
    let mut candidates = std::iter::once(preferred).chain(others());
    let found = candidates.find_map(|port| Some((port, hold(port, twins)?)));
    let (port, listeners) = found.ok_or_else(|| {
        format!("neither port {preferred} nor any of {} to {} is free on 127.0.0.1", OTHERS.start, OTHERS.end)
    })?;
    held.extend(listeners);
    Ok(port)
}

/// Two tasks that look at the same time begin at different places.
fn others() -> impl Iterator<Item = u16> {
    let count = OTHERS.end - OTHERS.start;
    let offset = u16::try_from(std::process::id() * 31 % u32::from(count)).unwrap_or(0);
    (0..count).map(move |step| OTHERS.start + (offset + step) % count)
}

fn hold(port: u16, twins: bool) -> Option<Vec<TcpListener>> {
    let twin = twins.then(|| port.checked_add(TWIN));
    let ports = std::iter::once(Some(port)).chain(twin);
    ports.map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port?)).ok()).collect()
}

/// Whether all of these are free.
pub(super) fn are_free(ports: &[u16], twins: bool) -> bool {
    ports.iter().all(|port| hold(*port, twins).is_some())
}

/// Whether this process listens on the port. A server that could not get its port must not be taken for the one that
/// has it.
pub(super) fn is_listener(process: i32, port: u16) -> bool {
    let sockets: Vec<_> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .flat_map(|table| listening(&fs::read_to_string(table).unwrap_or_default(), port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    let open = fs::read_dir(format!("/proc/{process}/fd")).into_iter().flatten().flatten();
    open.filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|target| sockets.iter().any(|socket| target.as_os_str() == socket.as_str()))
}

/// The inodes of sockets in state LISTEN (`0A`) on the port, in a table as of proc_net(5).
fn listening(table: &str, port: u16) -> Vec<String> {
    let suffix = format!(":{port:04X}");
    let rows = table.lines().skip(1).map(|row| row.split_whitespace().collect::<Vec<_>>());
    rows.filter_map(|row| match row.as_slice() {
        [_, local, _, "0A", _, _, _, _, _, inode, ..] if local.ends_with(&suffix) => {
            Some((*inode).to_owned())
        }
        _ => None,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken() -> (TcpListener, u16) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    #[test]
    fn a_taken_port_is_replaced_and_no_port_is_given_twice() {
        let (_listener, port) = taken();
        let ports = pick(&[port, port], false).unwrap();
        assert!(!ports.contains(&port));
        assert_ne!(ports[0], ports[1]);
        assert!(ports.iter().all(|port| OTHERS.contains(port)));
    }

    #[test]
    fn the_listener_of_a_port_is_known() {
        let (listener, port) = taken();
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(is_listener(own, port));
        drop(listener);
        assert!(!is_listener(own, port));
    }

    #[test]
    fn only_listening_sockets_of_the_port_count() {
        let table = "sl local rem st\n\
            0: 0100007F:479D 00000000:0000 0A 0:0 00:0 0 0 0 4711 1\n\
            1: 0100007F:479D 0100007F:9999 01 0:0 00:0 0 0 0 4712 1\n\
            2: 0100007F:479E 00000000:0000 0A 0:0 00:0 0 0 0 4713 1\n";
        assert_eq!(listening(table, 0x479D), ["4711"]);
    }
}
