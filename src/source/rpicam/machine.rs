//! The machine: which camera pipeline it has, and how much memory. Read from the kernel's own files.
//!
//! ```text
//! /sys/class/video4linux/*/name   bcm2835-isp…: Pi 0 to 4 │ pispbe…: Pi 5 │ mmal…: the legacy camera stack
//! /proc/device-tree/model         where there are no such devices (a container, say)
//! /proc/meminfo                   MemTotal
//! ```

use std::{fs, path::Path};

/// How pictures go from the sensor to H.264.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pipeline {
    /// Pi Zero to 4: an H.264 encoder in hardware.
    Vc4,
    /// Pi 5: none, x264 on the processor.
    Pisp,
    /// The old camera stack is on; rpicam-vid cannot work.
    Legacy,
    /// Not known to be a Pi.
    Unknown,
}

/// Facts of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Machine {
    /// Its camera pipeline.
    pub(super) pipeline: Pipeline,
    /// Memory in MB (10^6 bytes), if known.
    pub(super) memory_mb: Option<u64>,
}

impl Machine {
    /// Reads the facts below `root`, which is `/`.
    pub(super) fn read(root: &Path) -> Self {
        let devices = fs::read_dir(root.join("sys/class/video4linux")).into_iter().flatten().flatten();
        let names = devices.filter_map(|device| fs::read_to_string(device.path().join("name")).ok());
        let names: Vec<_> = names.collect();
        let has = |part: &str| names.iter().any(|name| name.contains(part));
        let model = fs::read_to_string(root.join("proc/device-tree/model")).unwrap_or_default();
        let pipeline = if has("bcm2835-isp") || has("bcm2835-codec-encode") {
            Pipeline::Vc4
        } else if has("pispbe") {
            Pipeline::Pisp
        } else if has("mmal") {
            Pipeline::Legacy
        } else {
            by_model(&model)
        };
        let meminfo = fs::read_to_string(root.join("proc/meminfo")).unwrap_or_default();
        Self { pipeline, memory_mb: memory_mb(&meminfo) }
    }
}

fn by_model(model: &str) -> Pipeline {
    let model = model.trim_end_matches('\0');
    let Some(model) = model.strip_prefix("Raspberry Pi ") else { return Pipeline::Unknown };
    if ["5", "500", "Compute Module 5"].iter().any(|five| model.starts_with(five)) {
        Pipeline::Pisp
    } else {
        Pipeline::Vc4
    }
}

fn memory_mb(meminfo: &str) -> Option<u64> {
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = total.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024 / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_told_by_their_video_devices_and_else_by_their_model() {
        let table: [(&str, &[&str], &str, Pipeline); 8] = [
            (
                "Pi 4",
                &["bcm2835-codec-decode", "bcm2835-codec-encode", "bcm2835-isp-output0", "unicam-image"],
                "",
                Pipeline::Vc4,
            ),
            ("Pi 5", &["pispbe-input", "pispbe-output0", "rp1-cfe-csi2_ch0", "rpivid"], "", Pipeline::Pisp),
            ("the legacy stack", &["mmal service 16.1"], "", Pipeline::Legacy),
            ("a webcam on a desk", &["HD Pro Webcam C920"], "", Pipeline::Unknown),
            ("Zero 2 in a container", &[], "Raspberry Pi Zero 2 W Rev 1.0\0", Pipeline::Vc4),
            ("Pi 5 in a container", &[], "Raspberry Pi 5 Model B Rev 1.0\0", Pipeline::Pisp),
            ("CM5 in a container", &[], "Raspberry Pi Compute Module 5 Rev 1.0\0", Pipeline::Pisp),
            ("nothing known", &[], "", Pipeline::Unknown),
        ];
        for (number, (name, devices, model, pipeline)) in table.into_iter().enumerate() {
            let root = std::env::temp_dir().join(format!("lenscast-machine-{}-{number}", std::process::id()));
            for (number, device) in devices.iter().enumerate() {
                let folder = root.join(format!("sys/class/video4linux/video{number}"));
                fs::create_dir_all(&folder).expect("a folder");
                fs::write(folder.join("name"), format!("{device}\n")).expect("a file");
            }
            fs::create_dir_all(root.join("proc/device-tree")).expect("a folder");
            fs::write(root.join("proc/device-tree/model"), model).expect("a file");
            fs::write(root.join("proc/meminfo"), "MemTotal:         425600 kB\nMemFree: 1 kB\n")
                .expect("a file");
            assert_eq!(Machine::read(&root), Machine { pipeline, memory_mb: Some(435) }, "{name}");
            fs::remove_dir_all(&root).expect("ours");
        }
        assert_eq!(memory_mb("nothing"), None);
    }
}
