//! The process itself: how it starts, stops and refuses.

use anyhow::Result;
use orrery_tests::Orrery;
use tokio::process::Command;

#[tokio::test]
async fn it_starts_on_free_ports_and_stops_in_time() -> Result<()> {
    let orrery = Orrery::start().await?;
    for name in ["page", "signIn", "api"] {
        assert!(
            !orrery.endpoint(name).ends_with(":0"),
            "{name} names the port that was taken"
        );
    }
    orrery.stop().await
}

#[tokio::test]
async fn a_second_one_on_the_same_folder_is_refused_in_one_line() -> Result<()> {
    let orrery = Orrery::start().await?;
    let folder = orrery.kubeconfig();
    let folder = folder
        .parent()
        .expect("the kubeconfig is in the data folder");
    let second = Command::new(Orrery::binary()?)
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--api-listen",
            "127.0.0.1:0",
            "--data-dir",
        ])
        .arg(folder)
        .output()
        .await?;
    assert_eq!(second.status.code(), Some(2));
    let complaint = String::from_utf8(second.stderr)?;
    assert_eq!(complaint.trim_end().lines().count(), 1, "{complaint}");
    orrery.stop().await
}
