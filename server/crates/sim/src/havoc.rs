//! What goes wrong because a scenario says so: verbs on a [`Sim`]. Each is told in the history.

use std::time::Duration;

use jiff::SignedDuration;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Pod;
use kube::api::Api;
use kube::{Client, ResourceExt};
use orrery_kubelet::runtime::Exit;
use orrery_store::DiskFaults;

use crate::host::Outage;
use crate::sim::Sim;

impl Sim {
    fn tell(&self, what: impl Into<String>) {
        self.parts().wire().chronicle().happening(what);
    }

    /// Adds node `number`, or brings it back.
    pub fn add_node(&self, number: u32) {
        self.tell(format!("node-{number} has power"));
        self.parts().kubelet().add_node(number);
    }

    /// Takes the power from a node.
    pub async fn fail_node(&self, name: &str) {
        self.tell(format!("{name} loses its power"));
        self.parts().kubelet().fail_node(name).await;
    }

    /// Turns the machine of all nodes off and on: nothing of what ran is left.
    pub fn reboot_nodes(&self) {
        self.tell("the machine of all nodes is turned off and on");
        self.parts().reboot_nodes();
    }

    /// Kills controllers and scheduler where they stand, all of them; they are back after `secs`.
    pub fn kill_controllers_for(&self, secs: u64) {
        self.tell(format!("controllers and scheduler die for {secs} s"));
        self.parts().kill_controllers(Duration::from_secs(secs));
    }

    /// Kills one of the managers, counted from 1; it is back after `secs`.
    pub fn kill_manager_for(&self, number: usize, secs: u64) {
        self.tell(format!("manager {number} dies for {secs} s"));
        let down = Duration::from_secs(secs);
        self.parts().kill_manager(number, down);
    }

    /// The number of the manager that holds the lease, as the lease says.
    pub async fn leader(&self) -> Option<usize> {
        let leases: Api<Lease> = Api::namespaced(self.client(), "kube-system");
        let lease = leases.get_opt("kube-controller-manager").await.ok()??;
        let holder = lease.spec?.holder_identity?;
        let number = holder.strip_prefix("manager-")?.split('_').next()?;
        number.parse().ok()
    }

    /// Ends and starts everything but the store, as a restart of Orrery does.
    pub fn restart(&self) {
        self.kill_controllers_for(0);
        self.reboot_nodes();
    }

    /// The API server and its store die between two writes. What the disk has kept is there when they
    /// are back, which everyone but a person has to bear.
    pub async fn crash_server(&self, outage: Outage) {
        let doom = self.parts().wire().host().doom().await;
        doom.strikes(outage);
    }

    /// As a machine that runs all of it loses its power.
    pub async fn lose_power(&self, outage: Outage) {
        self.tell("everything loses its power");
        self.parts().kill_controllers(outage.down);
        self.crash_server(outage).await;
        self.parts().reboot_nodes();
    }

    /// The store's disk has room for so many bytes, and for a person's as for everyone's: writes fail.
    pub fn fill_disk_for(&self, room_bytes: usize, secs: u64) {
        let host = self.parts().wire().host();
        host.fill_disk(room_bytes, Duration::from_secs(secs));
    }

    /// Gives the store's disk room before its time.
    pub fn free_disk(&self) {
        self.parts().wire().host().free_disk();
    }

    /// What the store's disk does wrong from now on.
    pub fn set_disk(&self, faults: DiskFaults) {
        self.tell(format!("the disk: {faults:?}"));
        self.parts().wire().host().set_disk(faults);
    }

    /// Sets the wall clock without moving the timers, back when negative.
    pub fn set_clock_by(&self, secs: i64) {
        self.tell(format!("the clock is set by {secs} s"));
        self.jump(SignedDuration::from_secs(secs));
    }

    /// Containers that run, by uid of their pod and name.
    pub fn containers(&self) -> Vec<(String, String)> {
        self.parts().runtime().running()
    }

    /// Ends the first container of a pod on its node, whatever its script says.
    ///
    /// # Panics
    /// When none of the pod's runs.
    pub fn end_container(&self, pod: &str, exit: Exit) {
        let uid = self.get::<Pod>(pod).uid().unwrap_or_default();
        let containers = self.containers();
        let container = containers.iter().find(|(pod, _)| *pod == uid);
        let (uid, name) = container.unwrap_or_else(|| panic!("nothing of {pod} runs"));
        self.end_container_of(uid, name, exit);
    }

    pub(crate) fn end_container_of(&self, uid: &str, name: &str, exit: Exit) {
        let oom = if exit.out_of_memory {
            ", out of memory"
        } else {
            ""
        };
        let what = format!("container {name} of {uid} ends with {}{oom}", exit.code);
        self.tell(what);
        self.parts().runtime().end_container(uid, name, exit);
    }

    /// Ends a pod's sandbox under its containers.
    pub fn lose_sandbox(&self, pod_uid: &str) {
        self.tell(format!("the sandbox of {pod_uid} is lost"));
        self.parts().runtime().lose_sandbox(pod_uid);
    }

    /// How many managers there are.
    pub fn managers(&self) -> usize {
        self.parts().managers()
    }

    /// A client of a component's, which meets faults.
    pub fn component(&self) -> Client {
        self.parts().component()
    }
}
