//! One file a command.

mod controllers;
mod kubeconfig;
mod serve;
mod sign_in;
mod version;

use std::process::ExitCode;

use crate::args::Command;

pub use version::VERSION;

/// Does what the command line asks.
pub fn run(command: Command) -> ExitCode {
    let result = match command {
        Command::Serve(args) => serve::serve(args),
        Command::Kubeconfig(args) => kubeconfig::print(args).map_err(Into::into),
        Command::SignIn(args) => sign_in::print(args).map_err(Into::into),
        Command::Controllers(args) => controllers::run(args),
        Command::Version => {
            version::print();
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("orrery: {error:#}");
            match error.is::<crate::problem::Problem>() {
                true => ExitCode::from(crate::problem::EXIT_CODE),
                false => ExitCode::FAILURE,
            }
        }
    }
}
