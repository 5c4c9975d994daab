//! `cargo xtask sim`.

use anyhow::Result;
use clap::Args;

use crate::shell::{cargo, run};

/// Which seeds to play.
#[derive(Args)]
pub struct SimArgs {
    /// The first seed.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    from: u64,
    /// How many seeds.
    #[arg(long, value_name = "N", default_value_t = 100)]
    seeds: u64,
}

/// Plays seeds in the simulator; a seed that breaks a rule is printed with what came before.
pub fn sim(args: SimArgs) -> Result<()> {
    let mut player = cargo();
    player.args([
        "run",
        "--release",
        "--package",
        "orrery-sim",
        "--example",
        "seed",
        "--",
    ]);
    player.arg(args.from.to_string());
    if args.seeds != 1 {
        // alone, a seed that fails is told in full
        player.arg(args.seeds.to_string());
    }
    run(&mut player)
}
