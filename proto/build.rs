//! Compiles the protos without protoc: protox reads them, tonic-prost-build writes the Rust.

use std::path::PathBuf;

use prost::Message;

const FILES: [&str; 14] = [
    "datamesh/v1/domain.proto",
    "datamesh/v1/project.proto",
    "datamesh/v1/asset.proto",
    "datamesh/v1/deployment.proto",
    "datamesh/v1/approval.proto",
    "datamesh/v1/promotion.proto",
    "datamesh/v1/workflow.proto",
    "datamesh/v1/access.proto",
    "datamesh/v1/permission.proto",
    "datamesh/v1/lakeformation.proto",
    "datamesh/v1/subscription.proto",
    "datamesh/v1/share.proto",
    "datamesh/v1/event.proto",
    "datamesh/v1/admin.proto",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=datamesh");
    println!("cargo:rerun-if-changed=google");
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true);
    for file in FILES {
        compiler.open_file(file)?;
    }
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(
        out.join("datamesh.bin"),
        compiler.encode_file_descriptor_set(),
    )?;
    let set = compiler.file_descriptor_set();
    // protox's encoded set keeps extension options (the HTTP rules); the plain one feeds code generation.
    debug_assert!(set.encoded_len() > 0);
    tonic_prost_build::configure()
        .build_server(true)
        .build_client(true)
        .compile_fds(set)?;
    Ok(())
}
