//! The addon has the version of its package.

fn main() {
    let manifest = concat!("../../packages/", env!("CARGO_PKG_NAME"), "/package.json");
    println!("cargo:rerun-if-changed={manifest}");
    let text = std::fs::read_to_string(manifest).expect(manifest);
    let version = text.split("\"version\":").nth(1).and_then(|rest| rest.split('"').nth(1)).expect("a version");
    println!("cargo:rustc-env=UKERNELS_VERSION={version}");
}
