//! The machine of the API server: a disk, and on it a store and a server that live, die and come back.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use orrery_apiserver::{ApiServer, Config};
use orrery_clock::Clock;
use orrery_store::{DiskFaults, MemoryDisk, OpenError, Options, Store, Unflushed};
use parking_lot::Mutex;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

use crate::audit::Auditor;
use crate::history::Chronicle;
use crate::life::Life;

/// Small, so that a seed rewrites its log some times and dies in the midst of it.
const LOG_SLACK_BYTES: u64 = 256 << 10;
/// Small, so that writes cross the file's end.
const LOG_STEP_BYTES: u64 = 16 << 10;
/// A server that cannot put its first objects down (a full disk) is started again so soon.
const START_AGAIN: Duration = Duration::from_secs(1);

/// A cheap handle.
#[derive(Clone)]
pub struct Host(Arc<Shared>);

struct Shared {
    clock: Clock,
    auditor: Auditor,
    chronicle: Chronicle,
    machine: Mutex<Machine>,
    /// Held for writing while the server dies and is away; a person's request holds it for reading,
    /// and so meets no such fault.
    gate: Arc<RwLock<()>>,
}

struct Machine {
    disk: MemoryDisk,
    /// None while it is away.
    server: Option<Server>,
}

/// One life of the server.
struct Server {
    store: Store,
    router: Router,
    life: Life,
}

/// How the server dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Operations that the disk still does: the power fails before, within, or after a write.
    pub operations: usize,
    pub unflushed: Unflushed,
    pub down: Duration,
}

/// No answer, as a client on the network sees it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub enum Unreachable {
    #[error("connection refused")]
    Refused,
    #[error("connection reset by peer")]
    Reset,
    #[error("nothing was read for too long")]
    TimedOut,
}

/// The server as a request finds it.
pub struct Connection {
    pub router: Router,
    life: Life,
}

impl Connection {
    /// Resolves when the server dies.
    pub async fn reset(self) -> Unreachable {
        self.life.ended().await;
        Unreachable::Reset
    }
}

impl Host {
    /// A new machine with a new cluster's first objects.
    pub async fn start(clock: Clock, auditor: Auditor, chronicle: Chronicle) -> Self {
        let host = Self(Arc::new(Shared {
            clock,
            auditor,
            chronicle,
            machine: Mutex::new(Machine {
                disk: MemoryDisk::default(),
                server: None,
            }),
            gate: Arc::default(),
        }));
        let store = host.open().expect("an empty disk without faults");
        host.0.auditor.follow(&store, store.revision());
        host.serve(store).await;
        host
    }

    fn open(&self) -> Result<Store, OpenError> {
        let options = Options {
            log_slack_bytes: LOG_SLACK_BYTES,
            log_step_bytes: LOG_STEP_BYTES,
            ..Options::default()
        };
        Store::on_memory_disk(&self.0.machine.lock().disk, &options)
    }

    async fn serve(&self, store: Store) {
        let clock = self.0.clock.clone();
        let server = ApiServer::new(store.clone(), clock.clone(), Config::default());
        while server.bootstrap().await.is_err() {
            clock.sleep(START_AGAIN).await;
        }
        self.0.machine.lock().server = Some(Server {
            store,
            router: server.router(),
            life: Life::default(),
        });
    }

    /// # Errors
    /// While the server is away.
    pub fn connect(&self) -> Result<Connection, Unreachable> {
        let machine = self.0.machine.lock();
        let server = machine.server.as_ref().ok_or(Unreachable::Refused)?;
        Ok(Connection {
            router: server.router.clone(),
            life: server.life.clone(),
        })
    }

    /// Keeps the server alive for as long as it is held.
    pub async fn keep_alive(&self) -> OwnedRwLockReadGuard<()> {
        self.0.gate.clone().read_owned().await
    }

    /// Waits until the server may die.
    pub async fn doom(&self) -> Doom {
        Doom(self.clone(), self.0.gate.clone().write_owned().await)
    }

    /// What the disk does wrong from now on.
    pub fn set_disk(&self, faults: DiskFaults) {
        self.0.machine.lock().disk.set(faults);
    }

    /// Leaves the disk with so little room for a while.
    pub fn fill_disk(&self, room_bytes: usize, lasts: Duration) {
        let secs = lasts.as_secs();
        let what = format!("the disk is full but for {room_bytes} bytes, for {secs} s");
        self.0.chronicle.happening(what);
        self.set_room(Some(room_bytes));
        let host = self.clone();
        tokio::spawn(async move {
            host.0.clock.sleep(lasts).await;
            host.free_disk();
        });
    }

    /// Gives the disk room.
    pub fn free_disk(&self) {
        self.set_room(None);
        self.0.chronicle.happening("the disk has room");
    }

    fn set_room(&self, room_bytes: Option<usize>) {
        let disk = self.0.machine.lock().disk.clone();
        disk.set(DiskFaults {
            room_bytes,
            ..disk.faults()
        });
    }
}

/// The right to let the server die.
pub struct Doom(Host, OwnedRwLockWriteGuard<()>);

impl Doom {
    /// The disk does so many operations more.
    pub fn approaches(&self, operations: usize) {
        let disk = self.0.0.machine.lock().disk.clone();
        disk.set(DiskFaults {
            dead_from: Some(disk.operations() + operations),
            ..disk.faults()
        });
    }

    /// The server dies now, and is back after a while with what the disk has kept.
    pub fn strikes(self, outage: Outage) {
        let Self(host, gate) = self;
        let shared = &host.0;
        shared.auditor.catch_up();
        let Some(server) = shared.machine.lock().lose_power(outage.unflushed) else {
            return;
        };
        server.life.end();
        server.store.close();
        let millis = outage.down.as_millis();
        let what = format!(
            "the API server and its store crash at revision {}; of what was not flushed: {:?}; back in {millis} ms",
            server.store.revision(),
            outage.unflushed
        );
        shared.chronicle.happening(what);
        tokio::spawn(async move {
            host.0.clock.sleep(outage.down).await;
            host.recover(&server.store).await;
            drop(gate);
        });
    }
}

impl Machine {
    /// What the server was, if it was there; the disk as the loss of power leaves it.
    fn lose_power(&mut self, unflushed: Unflushed) -> Option<Server> {
        let faults = DiskFaults {
            dead_from: None,
            ..self.disk.faults()
        };
        self.disk = self.disk.after_power_loss(unflushed);
        self.disk.set(faults);
        self.server.take()
    }
}

impl Host {
    async fn recover(&self, before: &Store) {
        let store = match self.open() {
            Ok(store) => store,
            Err(error) => return self.0.auditor.complain(SURVIVES, error.to_string()),
        };
        let what = format!("the store is back at revision {}", store.revision());
        self.0.chronicle.happening(what);
        self.0.auditor.compare(before, &store);
        self.0.auditor.follow(&store, before.revision());
        self.serve(store).await;
        self.0.auditor.catch_up();
    }
}

/// What the auditor says of a crash that took what had been acknowledged.
pub const SURVIVES: &str = "what was acknowledged survives a crash";
