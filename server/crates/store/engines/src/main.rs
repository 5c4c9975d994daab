//! Which engine should keep the objects? Durable writes of 1.5 kB with the revision in the same commit, by
//! one writer and by 64, and reading 20,000 objects back at start.
//!
//! `cargo run --release -- [DIR]` in this folder. The numbers and the choice are in `../src/log.rs`.
//!
//! Every engine gets group commit from the same harness, with as many waiting writes in a commit as there
//! are. Ours is measured whole, through `Store::write`: it also checks a precondition, keeps the objects
//! in memory and feeds a history. The others could do no less above the commit.

mod engines;
mod harness;
mod ours;

use std::path::{Path, PathBuf};

use engines::{Engine, Fjall, Redb, Sqlite};

/// One engine's numbers.
pub struct Row {
    pub name: &'static str,
    pub one: harness::Writes,
    pub many: harness::Writes,
    pub restart_ms: f64,
    pub disk_mb: f64,
}

pub const MANY: usize = 64;
pub const OBJECTS: usize = 20_000;
pub const VALUE_BYTES: usize = 1500;

/// Each engine's turn comes this often, in rotation, and its best counts: others use the machine, too.
const ROUNDS: usize = 5;

fn main() {
    let base = std::env::args()
        .nth(1)
        .map_or_else(std::env::temp_dir, PathBuf::from);
    let dir = base.join(format!("orrery-engines-{}", std::process::id()));
    let engines = [
        ours::measure,
        measure::<Fjall>,
        measure::<Sqlite>,
        measure::<Redb>,
    ];
    let mut best: [Option<Row>; 4] = [const { None }; 4];
    for _ in 0..ROUNDS {
        for (run, best) in engines.iter().zip(&mut best) {
            let row = run(&dir);
            *best = Some(match best.take() {
                Some(best) => best.better(row),
                None => row,
            });
            std::fs::remove_dir_all(&dir).expect("it was made here");
        }
    }
    println!(
        "{:<12}{:>8}{:>10}{:>10}{:>10}{:>12}{:>9}",
        "", "1: /s", "p50 ms", "64: /s", "p50 ms", "restart ms", "disk MB"
    );
    best.iter().flatten().for_each(print);
}

fn print(
    Row {
        name,
        one,
        many,
        restart_ms,
        disk_mb,
    }: &Row,
) {
    print!("{name:<12}{:>8}{:>10.3}", one.per_second, one.p50_ms);
    println!(
        "{:>10}{:>10.3}{restart_ms:>12.1}{disk_mb:>9.1}",
        many.per_second, many.p50_ms
    );
}

impl Row {
    fn better(self, other: Self) -> Self {
        Self {
            name: self.name,
            one: self.one.better(other.one),
            many: self.many.better(other.many),
            restart_ms: self.restart_ms.min(other.restart_ms),
            disk_mb: self.disk_mb,
        }
    }
}

fn measure<E: Engine>(dir: &Path) -> Row {
    let fresh = |name: &str| {
        let dir = dir.join(name);
        std::fs::create_dir_all(&dir).expect("a temporary folder");
        dir
    };
    let one = harness::run(E::open(&fresh("one")), 1);
    let many = harness::run(E::open(&fresh("many")), MANY);
    let restart = fresh("restart");
    harness::fill(E::open(&restart));
    let (restart_ms, objects) = harness::timed(|| E::open(&restart).load());
    assert_eq!(objects.len(), OBJECTS);
    Row {
        name: E::NAME,
        one,
        many,
        restart_ms,
        disk_mb: harness::disk_mb(&restart),
    }
}
