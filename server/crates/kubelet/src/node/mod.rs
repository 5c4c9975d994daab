//! The virtual nodes: who they are, their addresses and their pods', whether they answer.

pub mod heartbeat;
mod lease;
pub mod object;
pub mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use parking_lot::Mutex;

/// Pod addresses are 127.(100+N).x.y, so that many nodes still fit below 127.255.
const FIRST_POD_NET: u32 = 100;
const POD_NETS: u32 = 155;

/// The nodes of this process and the addresses in use.
#[derive(Default)]
pub struct Nodes(Mutex<State>);

#[derive(Default)]
struct State {
    nodes: BTreeMap<String, Node>,
    ips: BTreeMap<String, Ipv4Addr>,
    used: BTreeSet<Ipv4Addr>,
    last: BTreeMap<u32, u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node {
    number: u32,
    alive: bool,
    /// Its agent has begun, and has not told the cluster of it.
    new: bool,
}

/// node-1, node-2…
pub fn node_name(number: u32) -> String {
    format!("node-{number}")
}

/// Which number a node of that name has; None for one that no agent of ours can be.
pub fn node_number(name: &str) -> Option<u32> {
    let number = name.strip_prefix("node-")?.parse().ok()?;
    (number > 0 && node_name(number) == name).then_some(number)
}

impl Nodes {
    /// Adds a node, or brings back one that failed.
    pub fn add(&self, number: u32) {
        self.0.lock().nodes.insert(
            node_name(number),
            Node {
                number,
                alive: true,
                new: true,
            },
        );
    }

    pub fn remove(&self, name: &str) {
        self.0.lock().nodes.remove(name);
    }

    /// A failed node neither works nor beats until it is added again. Answers whether it exists.
    pub fn fail(&self, name: &str) -> bool {
        let mut state = self.0.lock();
        state
            .nodes
            .get_mut(name)
            .map(|node| node.alive = false)
            .is_some()
    }

    pub fn is_alive(&self, name: &str) -> bool {
        self.0.lock().nodes.get(name).is_some_and(|node| node.alive)
    }

    /// Whether its agent has begun since this was asked last: it then registers, whatever it did before.
    pub fn take_new(&self, number: u32) -> bool {
        let mut state = self.0.lock();
        let node = state.nodes.get_mut(&node_name(number));
        node.is_some_and(|node| std::mem::take(&mut node.new))
    }

    pub fn is_known(&self, name: &str) -> bool {
        self.0.lock().nodes.contains_key(name)
    }

    /// Numbers of the nodes that answer, in order.
    pub fn alive(&self) -> Vec<u32> {
        let state = self.0.lock();
        let mut numbers: Vec<_> = state
            .nodes
            .values()
            .filter(|node| node.alive)
            .map(|node| node.number)
            .collect();
        numbers.sort_unstable();
        numbers
    }

    /// 127.0.1.N.
    pub fn host_ip(&self, name: &str) -> String {
        let number = self.0.lock().nodes.get(name).map_or(0, |node| node.number);
        host_ip(number).to_string()
    }

    /// An address of its own for a pod; None when the node has given out all of them.
    pub fn allocate_ip(&self, node: &str, uid: &str) -> Option<String> {
        let mut state = self.0.lock();
        if let Some(ip) = state.ips.get(uid) {
            return Some(ip.to_string());
        }
        let number = state.nodes.get(node)?.number;
        let net = FIRST_POD_NET + 1 + (number - 1) % (POD_NETS - 1);
        for _ in 0..u16::MAX {
            let last = state.last.entry(net).or_default();
            *last = last.wrapping_add(1);
            let [high, low] = last.to_be_bytes();
            let ip = Ipv4Addr::new(127, net as u8, high, low);
            // Addresses that end in 0 or 255 look like networks to people.
            if !matches!(low, 0 | 255) && state.used.insert(ip) {
                state.ips.insert(uid.to_owned(), ip);
                return Some(ip.to_string());
            }
        }
        None
    }

    pub fn release_ip(&self, uid: &str) {
        let mut state = self.0.lock();
        if let Some(ip) = state.ips.remove(uid) {
            state.used.remove(&ip);
        }
    }
}

/// The address of node N, in 127.0.0.0/16 from 127.0.1.1 on.
pub fn host_ip(number: u32) -> Ipv4Addr {
    let [_, _, high, low] = (256 + number).to_be_bytes();
    Ipv4Addr::new(127, 0, high, low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_as_we_give_them_have_a_number() {
        for (name, number) in [
            ("node-1", Some(1)),
            ("node-254", Some(254)),
            ("node-0", None),
            ("node-01", None),
            ("node-+1", None),
            ("node-", None),
            ("edge-1", None),
        ] {
            assert_eq!(node_number(name), number, "{name}");
        }
    }

    #[test]
    fn an_agent_that_begins_again_is_new_again() {
        let nodes = Nodes::default();
        assert!(!nodes.take_new(1), "there is none");
        nodes.add(1);
        assert_eq!((nodes.take_new(1), nodes.take_new(1)), (true, false));
        assert!(nodes.fail("node-1"));
        nodes.add(1);
        assert!(nodes.take_new(1));
    }

    #[test]
    fn addresses() {
        let nodes = Nodes::default();
        nodes.add(1);
        nodes.add(2);
        assert_eq!(nodes.host_ip("node-2"), "127.0.1.2");
        let first = nodes.allocate_ip("node-1", "a");
        assert_eq!(first.as_deref(), Some("127.101.0.1"));
        assert_eq!(
            nodes.allocate_ip("node-1", "a"),
            first,
            "a pod keeps its address"
        );
        assert_eq!(
            nodes.allocate_ip("node-1", "b").as_deref(),
            Some("127.101.0.2")
        );
        nodes.release_ip("a");
        assert_eq!(
            nodes.allocate_ip("node-2", "c").as_deref(),
            Some("127.102.0.1")
        );
        assert_eq!(
            nodes.allocate_ip("node-9", "d"),
            None,
            "an unknown node has no addresses"
        );
    }
}
