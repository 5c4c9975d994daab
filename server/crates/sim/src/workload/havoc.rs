//! What breaks.

use orrery_kubelet::runtime::Exit;
use orrery_kubelet::scripted::OUT_OF_MEMORY;

use super::Workload;
use crate::faults::outage;

/// Longer than a node's heartbeat, shorter than its grace.
const LONGEST_FULL_SECS: u64 = 45;
/// Bytes: from none to a few small writes.
const MOST_ROOM: u64 = 4000;

impl Workload {
    pub(super) async fn break_something(&mut self) {
        match self.dice.below(10) {
            0..=1 => self.fail_or_return_a_node().await,
            2 => self.sim.kill_controllers_for(self.dice.below(90)),
            3 => {
                let number = 1 + self.dice.below(self.sim.managers() as u64) as usize;
                self.sim.kill_manager_for(number, self.dice.below(40));
            }
            4 if self.dice.below(2) == 0 => {
                self.failed_node = None;
                self.sim.reboot_nodes();
            }
            5 if self.dice.below(2) == 0 => {
                self.failed_node = None;
                self.sim.lose_power(outage(&self.dice)).await;
            }
            4 | 5 => self.sim.crash_server(outage(&self.dice)).await,
            6 => {
                let room = self.dice.below(MOST_ROOM) as usize;
                let secs = self.dice.below(LONGEST_FULL_SECS);
                self.sim.fill_disk_for(room, secs);
            }
            7 => self.sim.set_clock_by(self.dice.below(400) as i64 - 100),
            _ => self.end_a_container(),
        }
    }

    fn end_a_container(&self) {
        let running = self.sim.containers();
        let chosen = running.get(self.dice.below(running.len() as u64) as usize);
        let Some((pod, container)) = chosen else {
            return;
        };
        match self.dice.below(4) {
            0 => self.sim.lose_sandbox(pod),
            1 => self.sim.end_container_of(pod, container, OUT_OF_MEMORY),
            _ => {
                let exit = Exit {
                    code: self.dice.below(3) as i32,
                    signal: None,
                    out_of_memory: false,
                };
                self.sim.end_container_of(pod, container, exit);
            }
        }
    }

    async fn fail_or_return_a_node(&mut self) {
        match self.failed_node.take() {
            Some(number) => self.sim.add_node(number),
            None => {
                let number = 1 + self.dice.below(3) as u32;
                self.failed_node = Some(number);
                self.sim.fail_node(&format!("node-{number}")).await;
            }
        }
    }
}
