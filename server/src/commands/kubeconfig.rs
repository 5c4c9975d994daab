//! `orrery kubeconfig`.

use crate::args::FolderArgs;
use crate::data_dir::DataDir;
use crate::problem::Problem;

/// Prints the kubeconfig of the cluster in the folder.
pub fn print(args: FolderArgs) -> Result<(), Problem> {
    let dir = DataDir::choose(args.data_dir)?;
    let text = dir
        .read("kubeconfig")
        .map_err(|source| dir.problem(source))?;
    let text = text.ok_or_else(|| Problem::NoKubeconfig {
        path: dir.path().to_owned(),
    })?;
    print!("{text}");
    Ok(())
}
