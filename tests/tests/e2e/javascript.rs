//! A gRPC client that shares no code with ours: `@grpc/grpc-js`, with the protos that the server reflects.
//!
//! Needs Node.js and npm with a registry; where they are not, the test says that it was skipped.

use std::path::Path;
use std::time::Duration;

use datamesh_tests::{Mesh, id_of, run, target_dir};
use serde_json::Value;
use tokio::process::Command;

const PACKAGES: [&str; 2] = ["@grpc/grpc-js@1.14", "grpc-js-reflection-client@1.4"];

/// How long a registry may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Prints what `ListProjects` answers, as JSON.
const CLIENT: &str = r"
const grpc = require('@grpc/grpc-js');
const { GrpcReflection } = require('grpc-js-reflection-client');
const [address, token] = process.argv.slice(2);
(async () => {
  const credentials = grpc.credentials.createInsecure();
  const reflection = new GrpcReflection(address, credentials, {}, 'v1');
  const described = await reflection.getDescriptorBySymbol('datamesh.v1.ProjectService');
  const { ProjectService } = described.getPackageObject({ keepCase: true, enums: String }).datamesh.v1;
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  new ProjectService(address, credentials).ListProjects({ page_size: 10 }, metadata, (error, answer) => {
    if (error) { console.error(error); process.exit(1); }
    console.log(JSON.stringify(answer));
    process.exit(0);
  });
})().catch((error) => { console.error(error); process.exit(1); });
";

/// Installs the packages where the next run finds them.
async fn install(folder: &Path) -> Result<(), String> {
    let installed = folder.join("installed");
    if installed.is_file() {
        return Ok(());
    }
    std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
    let mut command = Command::new("npm");
    command.args([
        "install",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--fetch-retries=0",
    ]);
    command
        .arg("--prefix")
        .arg(folder)
        .args(PACKAGES)
        .current_dir(folder)
        .kill_on_drop(true);
    let output = match tokio::time::timeout(PATIENCE, command.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Err(format!("npm cannot be run: {error}")),
        Err(_) => return Err(format!("npm took more than {PATIENCE:?}")),
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(format!("npm cannot install: {said}"));
    }
    std::fs::write(installed, "").map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_javascript_client_lists_projects() {
    let folder = target_dir().join("javascript-client");
    if let Err(reason) = install(&folder).await {
        eprintln!("SKIPPED a_javascript_client_lists_projects: {reason}");
        return;
    }
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let project = mesh.project(&domain, "ledger").await;
    let token = mesh.node.token("ada", &["admins"]).await;
    std::fs::write(folder.join("client.js"), CLIENT).unwrap();
    let mut command = Command::new("node");
    command
        .arg("client.js")
        .arg(mesh.node.public().to_string())
        .arg(&token)
        .current_dir(&folder);
    let ended = run(&mut command, Duration::from_secs(60)).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let answer: Value = serde_json::from_str(&ended.out).unwrap();
    let listed = &answer["projects"][0];
    assert_eq!(id_of(listed, "project_id"), id_of(&project, "projectId"));
    assert_eq!(
        (&listed["project_name"], &listed["status"]),
        (&"ledger".into(), &"ACTIVE".into())
    );
}
