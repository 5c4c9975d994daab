//! `cargo xtask`: everything a developer runs, with nothing installed by hand.

mod bench;
mod browser;
mod build;
mod dist;
mod lint;
mod rules;
mod run;
mod shell;
mod shots;
mod sim;
mod site;
mod stamp;
mod test;
mod toolchain;

use clap::{Parser, Subcommand};

/// Builds, runs, tests and measures Orrery.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the page and the server and starts Orrery; what follows `--` goes to it.
    Run(run::RunArgs),
    /// Runs every test: Rust, API, kubectl, browser. What follows `--` goes to `cargo test`.
    Test(test::TestArgs),
    /// Builds `target/release/orrery` with the page inside.
    Build,
    /// Measures the release binary and prints the table of bars.
    Bench(bench::BenchArgs),
    /// Packs the release binary, the licence and the README into target/dist.
    Dist,
    /// Checks who knows whom among the rooms, and that tests name upstream's rules.
    Lint,
    /// Plays seeds in the simulator and prints the one that fails.
    Sim(sim::SimArgs),
    /// Takes the README's picture anew, and pictures of every page into target/screenshots: light, dark, narrow, Korean.
    Shots,
    /// Builds only the page, as the tests use it, and prints its folder.
    Site,
}

fn main() -> anyhow::Result<()> {
    match Args::parse().task {
        Task::Run(args) => run::run(args),
        Task::Test(args) => test::test(args),
        Task::Build => build::release().map(drop),
        Task::Bench(args) => bench::bench(args),
        Task::Dist => dist::dist(),
        Task::Lint => lint::lint().and_then(|()| rules::lint()),
        Task::Sim(args) => sim::sim(args),
        Task::Shots => shots::shots(),
        Task::Site => {
            println!("{}", site::build(site::Profile::Dev)?.display());
            Ok(())
        }
    }
}
