//! How it fails: the texts and the statuses of the real one.

use std::{process::exit, time::Duration};

use super::{codec::Codec, script::Script};

/// `ERROR: *** text ***` and status 255.
pub fn fatal(text: &str) -> ! {
    eprintln!("ERROR: *** {text} ***");
    exit(255)
}

/// What it says on a machine it does not run on, before anything else.
pub fn platform(kind: &str) -> Option<String> {
    match kind {
        "legacy" => Some("ERROR: the system appears to be configured for the legacy camera stack\n".into()),
        "not-a-pi" => Some(
            "ERROR: rpicam-apps currently only supports the Raspberry Pi platforms.\n\
             Contributions for other platforms are welcome at https://github.com/raspberrypi/rpicam-apps.\n"
                .into(),
        ),
        _ => None,
    }
}

/// Fails while the camera is opened and configured.
pub fn at_start(kind: &str) {
    let text = match kind {
        "no-camera" => "no cameras available",
        "no-such-camera" => "selected camera is not available",
        "in-use" => {
            eprintln!(
                "[0:05:11.960123456] [1895]  INFO Camera camera.cpp:1041 Pipeline handler in use by another process"
            );
            "failed to acquire camera /base/soc/i2c0mux/i2c@1/imx219@10"
        }
        "wrong-mode" => "failed to valid stream configurations",
        "no-hardware-encoder" => "failed to open V4L2 H264 encoder",
        "no-encoder" => "Unable to find an appropriate H.264 codec",
        "lite" => "Unrecognised codec libav",
        "no-x264" => "libav: cannot find video encoder libx264",
        "old" => "unrecognised option '--low-latency'",
        other => panic!("no failure is called {other}"),
    };
    fatal(text);
}

/// Gives nothing more and does not listen to SIGINT.
pub fn hang(script: &Script) -> ! {
    loop {
        std::thread::sleep(Duration::from_secs(1));
        if script.says_timeouts {
            eprintln!(
                "[0:06:11.904123456] [1895]  WARN V4L2 v4l2_videodevice.cpp:2007 /dev/video0[14:cap]: Dequeue timer of 1000000.00us has expired!"
            );
            eprintln!("[0:06:11.904123456] [1895] ERROR RPI rpi.cpp:29 Camera frontend has timed out!");
            eprintln!("ERROR: Device timeout detected, attempting a restart!!!");
        }
    }
}

/// Nobody reads any more: the encoder's thread throws, and nobody catches it.
pub fn closed_pipe(codec: Codec) -> ! {
    eprintln!("Received signal 13");
    eprintln!("terminate called after throwing an instance of 'std::runtime_error'");
    if codec == Codec::Libav {
        eprintln!("  what():  libav: error writing output: Broken pipe");
    } else {
        eprintln!("  what():  failed to write output bytes");
    }
    std::process::abort()
}
