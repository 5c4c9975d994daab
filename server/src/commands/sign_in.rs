//! `orrery sign-in`.

use crate::args::FolderArgs;
use crate::data_dir::DataDir;
use crate::endpoints::Endpoints;
use crate::page::Codes;
use crate::problem::Problem;

/// Prints a fresh link. The code is left in the data folder, which only its owner can write to: no
/// credential is needed to ask for one, and nothing listens for the question.
pub fn print(args: FolderArgs) -> Result<(), Problem> {
    let dir = DataDir::choose(args.data_dir)?;
    let problem = |source| dir.problem(source);
    let endpoints = Endpoints::read(&dir).map_err(problem)?;
    let Some(endpoints) = endpoints.filter(|_| dir.is_locked()) else {
        return Err(Problem::NotRunning {
            path: dir.path().to_owned(),
        });
    };
    let codes = Codes::new(dir.clone(), orrery_clock::Clock::real());
    println!("{}", codes.link(&endpoints.page).map_err(problem)?);
    Ok(())
}
