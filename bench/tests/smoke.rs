//! The bench itself works: tiny pictures through the reference broadcaster to one viewer, for a second.

use std::process::Command;

#[test]
fn the_smallest_scenario_gives_figures() {
    let json = std::env::temp_dir().join(format!("lenscast-bench-smoke-{}.json", std::process::id()));
    let output = Command::new(env!("CARGO_BIN_EXE_lenscast-bench"))
        .args(["smoke", "--only", "reference", "--rounds", "1", "--seconds", "1", "--json"])
        .arg(&json)
        .output()
        .expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let reports: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&json).expect("written")).expect("JSON");
    std::fs::remove_file(&json).expect("ours");
    let figures = reports[0]["rows"][0]["figures"].as_array().expect("figures");
    let figure = |name: &str| {
        let pair = figures.iter().find(|pair| pair[0] == name).expect(name);
        pair[1].as_f64().expect("a number")
    };
    assert!(figure("p50 ms") > 0.0 && figure("p50 ms") < 1000.0, "{text}");
    assert_eq!(figure("damaged"), 0.0, "{text}");
}
