//! `orrery kubeconfig`.

use crate::args::KubeconfigArgs;
use crate::data_dir::DataDir;
use crate::problem::Problem;

/// Prints the kubeconfig of the cluster in the folder.
pub fn print(args: KubeconfigArgs) -> Result<(), Problem> {
    let dir = DataDir::choose(args.folder.data_dir)?;
    let file = match args.viewer {
        true => "kubeconfig-viewer",
        false => "kubeconfig",
    };
    let text = dir.read(file).map_err(|source| dir.problem(source))?;
    let text = text.ok_or_else(|| Problem::NoKubeconfig {
        path: dir.path().to_owned(),
    })?;
    print!("{text}");
    Ok(())
}
