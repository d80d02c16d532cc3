//! `lenscast check --config FILE`: exit status 0, or 2 and one line that names what is wrong and what is allowed.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::support::program::{ended, lenscast};

#[test]
fn what_is_wrong_in_a_file_is_said_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lenscast.toml");
    let shown = path.to_str().expect("UTF-8");
    let camera = |rest: &str| format!("[[camera]]\n{rest}\n");
    let table = [
        ("nothing", String::new(), Ok("cam1: the first camera that is found, else the test pattern")),
        (
            "a camera",
            camera("name = \"door\"\nsource = \"test\"\nrate = 15"),
            Ok("door: test pattern 1280x720 at 15 fps"),
        ),
        (
            "on demand",
            camera("source = \"exec:cat\"\nrun = \"on-demand\"\nlinger = 60"),
            Ok("cam1: command cat"),
        ),
        ("not TOML", "listen = [".into(), Err("line 1: ")),
        (
            "unknown setting",
            "port = 80".into(),
            Err(
                "line 1: unknown setting \"port\": it is one of listen, rtsp, tls, max_viewers, compat, camera",
            ),
        ),
        ("compat", "[[compat]]\nsystem = \"broadway=18000,19000\"".into(), Ok("cam1: ")),
        (
            "unknown system",
            "[[compat]]\nsystem = \"flash\"".into(),
            Err("lenscast.toml: line 2: compat: \"flash\" is none of"),
        ),
        (
            "no folder",
            "[[compat]]\nsystem = \"broadway=18000,19000\"\nstatic = \"/no/such\"".into(),
            Err("line 2: compat: static /no/such: No such file"),
        ),
        (
            "type",
            "max_viewers = \"many\"".into(),
            Err("max_viewers = \"many\" is not allowed: it is a whole number, 1 or more"),
        ),
        ("negative", "max_viewers = -1".into(), Err("max_viewers = -1 is not allowed")),
        ("none at all", "max_viewers = 0".into(), Err("max_viewers = 0 is not allowed")),
        ("a number in quotes", "max_viewers = \"12\"".into(), Ok("cam1: ")),
        (
            "listen is no list",
            "\nlisten = \"0.0.0.0:8000\"".into(),
            Err("line 2: listen = \"0.0.0.0:8000\" is not allowed: it is a list, [\"0.0.0.0:8000\"]"),
        ),
        (
            "listen is no list of texts",
            "listen = [8000]".into(),
            Err("line 1: listen = [8000] is not allowed: it is a list of texts, such as [\"0.0.0.0:8000\"]"),
        ),
        (
            "one address twice",
            "listen = [\"127.0.0.1:21750\",\n\"127.0.0.1:21750\"]".into(),
            Err("line 2: listen 127.0.0.1:21750: 127.0.0.1:21750 is listened on already"),
        ),
        (
            "an address that includes the other",
            "listen = [\"0.0.0.0:21750\", \"127.0.0.1:21750\"]".into(),
            Err("listen 127.0.0.1:21750: 0.0.0.0:21750 is listened on already, which includes it; leave one"),
        ),
        (
            "one bracket",
            "max_viewers = 3\n\n[camera]\nsource = \"test\"".into(),
            Err("line 3: write [[camera]], a table for each camera"),
        ),
        (
            "one bracket for compat",
            "[compat]\nsystem = \"broadway\"".into(),
            Err("line 1: write [[compat]], a table for each classic system"),
        ),
        (
            "compat of nothing",
            "[[compat]]\nstatic = \"/tmp\"".into(),
            Err("line 2: a [[compat]] has no system"),
        ),
        (
            "no port for RTSP",
            "rtsp = \"on\"".into(),
            Err(
                "line 1: rtsp = \"on\" is not allowed: it is a port from 1 to 65535 that --listen does not have, 0 for a free one, or off",
            ),
        ),
        (
            "RTSP on the port of HTTP",
            "listen = [\"127.0.0.1:9000\"]\nrtsp = 9000".into(),
            Err(
                "lenscast.toml: rtsp = 9000 is not allowed: it is a port from 1 to 65535 that --listen does not have",
            ),
        ),
        (
            "setting of compat",
            "[[compat]]\nsystems = \"broadway\"".into(),
            Err("line 2: unknown setting \"systems\" of compat: it is one of system, static"),
        ),
        (
            "port of compat",
            "listen = [\"127.0.0.1:9000\"]\n[[compat]]\nsystem = \"broadway\"".into(),
            Err("lenscast.toml: port 9000 is used twice: by listen and by the WebSocket of broadway"),
        ),
        (
            "name is no text",
            camera("name = 5\nsource = \"test\""),
            Err("line 2: name = 5 is not allowed: it is a text, in quotes"),
        ),
        (
            "option of every source",
            camera("source = \"test\"\nlingr = 60"),
            Err(
                "line 2: camera 1: unknown option \"lingr\" of test: it is one of size, rate, bitrate, name, source, run, linger, timeout, mpeg1_",
            ),
        ),
        (
            "option of none",
            camera("source = \"tcp://h:1\"\nrate = 30"),
            Err(
                "unknown option \"rate\" of tcp: it is one of name, source, run, linger, timeout, mpeg1_bitrate, mpeg1_size",
            ),
        ),
        (
            "listen",
            "listen = [\"everywhere\"]".into(),
            Err("lenscast.toml: line 1: listen \"everywhere\" is not an address: it is ADDR:PORT"),
        ),
        (
            "no source",
            camera("name = \"door\""),
            Err("line 2: camera \"door\": it has no source, and needs one, such as source = \"test\""),
        ),
        (
            "kind",
            camera("source = \"webcam\""),
            Err("camera 1: unknown kind of source \"webcam\": it is one of test"),
        ),
        (
            "name",
            camera("name = \"Front door\"\nsource = \"test\""),
            Err("camera name \"Front door\" is not allowed: it is 1 to 32"),
        ),
        (
            "option",
            camera("name = \"a\"\nsource = \"test\"\nsise = \"1x1\""),
            Err("camera \"a\": unknown option \"sise\" of test: it is one of size, rate, bitrate"),
        ),
        (
            "value",
            camera("name = \"a\"\nsource = \"test\"\nrate = 900"),
            Err("camera \"a\": rate=900 of test is not allowed: it is a whole number from 1 to 120"),
        ),
        (
            "values of every type",
            camera(
                "source = \"rpicam\"\nprogram = \"/bin/sh\"\nrotation = 180\nflicker = 50\nhflip = true\nvflip = \"no\"\nrate = 29.97\ngain = 2\ngop = 60.0\nev = -0.5",
            ),
            Ok("cam1: Raspberry Pi camera 0"),
        ),
        (
            "number instead of text",
            camera("source = \"test\"\nsize = 640"),
            Err("size=640 of test is not allowed: it is WIDTHxHEIGHT, both even, from 160x120 to 3840x2160"),
        ),
        (
            "switch instead of number",
            camera("source = \"test\"\nlinger = true"),
            Err("linger=true of test is not allowed: it is a whole number from 0 to 86400"),
        ),
        (
            "setting of a rendition",
            camera("source = \"test\"\nmpeg1_rate = 61"),
            Err("camera 1: mpeg1_rate=61 of test is not allowed: it is a whole number from 1 to 60"),
        ),
        (
            "list",
            camera("source = \"test\"\nrate = [1]"),
            Err("line 3: rate = [1] is not allowed: it is a text, a number, true or false"),
        ),
        (
            "run",
            camera("source = \"tcp://h:1\"\nrun = \"on-demand\""),
            Err("run=on-demand of tcp is not allowed: it is always"),
        ),
        (
            "linger",
            camera("source = \"test\"\nlinger = -3"),
            Err("linger=-3 of test is not allowed: it is a whole number from 0 to 86400"),
        ),
        (
            "twice",
            camera("name = \"a\"\nsource = \"test\"").repeat(2),
            Err("lenscast.toml: two cameras are called \"a\""),
        ),
        (
            "stdin twice",
            camera("source = \"-\"").repeat(2),
            Err("lenscast.toml: standard input can be the source of one camera only"),
        ),
    ];
    for (name, text, expected) in table {
        fs::write(&path, text).expect("a folder of our own");
        let output = ended(lenscast(&["check", "--config", shown]).spawn().expect("it starts"));
        let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        match expected {
            Ok(line) => {
                assert_eq!((output.status.code(), error.as_ref()), (Some(0), ""), "{name}");
                assert!(out.contains(line), "{name}: {out}");
            }
            Err(reason) => {
                assert_eq!((output.status.code(), out.as_ref()), (Some(2), ""), "{name}: {error}");
                assert!(error.contains(reason) && error.lines().count() == 1, "{name}: {error}");
            }
        }
    }
}

#[test]
fn what_is_no_file_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing.toml");
    let latin_1 = folder.path().join("latin-1.toml");
    fs::write(&latin_1, b"# a door\n# T\xfcr\n").expect("a folder of our own");
    let table = [
        (missing.as_path(), "No such file"),
        (folder.path(), "it is a folder"),
        (&latin_1, "line 2: it is not UTF-8 text"),
    ];
    for (path, reason) in table {
        let path = path.to_str().expect("UTF-8");
        for words in [&["check", "--config", path][..], &["--config", path]] {
            let output = ended(lenscast(words).spawn().expect("it starts"));
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{error}");
            assert!(error.contains(path) && error.contains(reason), "{error}");
        }
    }
}

#[test]
fn paths_are_relative_to_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let inside = |name: &str| folder.path().join(name);
    fs::create_dir(inside("page")).expect("a folder of our own");
    for (name, text) in [("clip.h264", ""), ("page/index.html", ""), ("camera.sh", "#!/bin/sh\n")] {
        fs::write(inside(name), text).expect("a folder of our own");
    }
    fs::set_permissions(inside("camera.sh"), PermissionsExt::from_mode(0o755)).expect("ours");
    let text = "[[camera]]\nsource = \"file:clip.h264\"\n[[camera]]\nsource = \"exec:./camera.sh -x\"\n\
                [[compat]]\nsystem = \"broadway=18000,19000\"\nstatic = \"page\"\n";
    fs::write(inside("lenscast.toml"), text).expect("a folder of our own");
    let check = |path: &str, current: &Path| {
        let output = ended(lenscast(&["check", path]).current_dir(current).spawn().expect("it starts"));
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    for (path, current) in
        [(inside("lenscast.toml"), Path::new("/")), ("lenscast.toml".into(), folder.path())]
    {
        let (status, text) = check(path.to_str().expect("UTF-8"), current);
        assert!(status == Some(0) && text.contains("clip.h264"), "{}: {text}", path.display());
    }
    fs::remove_file(inside("clip.h264")).expect("ours");
    let (status, text) = check(inside("lenscast.toml").to_str().expect("UTF-8"), Path::new("/"));
    let expected = format!("file {:?} cannot be opened", inside("clip.h264"));
    assert!(status == Some(2) && text.contains(&expected), "{text}");
}
