//! A player or recorder gets a camera by RTSP: from a keyframe on, without holes, and only with a credential.

use lenscast::{args::Args, config::Config, server::Server};

use crate::support::{
    TestServer,
    camera::FakeCamera,
    clip::clip,
    door::{PASSWORD, basic, configuration, link, users},
    http,
    ports::HeldPort,
    rtsp::RtspClient,
    within,
};

const RTP: u8 = 0;
const RTCP: u8 = 1;
const SETS_TOGETHER: u8 = 24;
const GOP: u32 = 20;
/// Any port.
const RTSP_ON: [&str; 2] = ["--rtsp", "0"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_description_to_the_end() {
    let server = TestServer::start_as(&["--source", "door=test,size=160x120", "--rtsp", "0"]);
    let mut client = RtspClient::connect(server.rtsp()).await;
    let options = client.ask("OPTIONS", "door", &[]).await;
    assert!(options.header("Public").is_some_and(|methods| methods.contains("GET_PARAMETER")), "{options:?}");
    let described = client.ask("DESCRIBE", "door", &[("Accept", "application/sdp")]).await;
    assert_eq!(described.header("Content-Base"), Some(client.url("door/").as_str()), "{described:?}");
    for line in
        ["m=video 0 RTP/AVP 96", "packetization-mode=1;profile-level-id=42c0", "sprop-parameter-sets=Z0"]
    {
        assert!(described.body.contains(line), "{line}: {}", described.body);
    }
    for transport in ["RTP/AVP;unicast;client_port=5000-5001", "RTP/AVP;multicast", ""] {
        let refused = client.ask("SETUP", "door/trackID=0", &[("Transport", transport)]).await;
        assert_eq!(refused.status, 461, "{transport}");
    }
    assert_eq!(client.ask("PLAY", "door", &[]).await.status, 455, "nothing is set up");
    let (session, playing) = client.play("door").await;
    let info = playing.header("RTP-Info").expect("where it begins");
    let mut expected: u16 =
        info.split("seq=").nth(1).and_then(|rest| rest.split(';').next()?.parse().ok()).expect(info);
    assert!(info.contains(";rtptime="), "a frame was there: {info}");

    let first = client.packet().await;
    assert_eq!(first.kind(), SETS_TOGETHER, "parameter sets stand in front of a keyframe");
    assert_eq!(first.sequence(), expected);
    expected = expected.wrapping_add(1);
    let (mut frames, mut reports) = (0, 0);
    while frames < 5 || reports == 0 {
        let packet = client.packet().await;
        if packet.channel == RTCP {
            assert_eq!(packet.bytes[1], 200, "a sender report");
            reports += 1;
            continue;
        }
        assert_eq!((packet.channel, packet.sequence()), (RTP, expected));
        expected = expected.wrapping_add(1);
        frames += u32::from(packet.is_last_of_frame());
    }
    let camera = server.status().await["cameras"][0].take();
    assert_eq!(camera["tracks"][0]["viewers"][0]["transport"], "rtsp", "{camera}");

    // A receiver's report is no request.
    client.send(&[b'$', RTCP, 0, 8, 0x80, 201, 0, 1, 0, 0, 0, 1]).await;
    let alive = client.ask("GET_PARAMETER", "door", &[("Session", &session)]).await;
    assert_eq!(alive.header("Session"), Some(format!("{session};timeout=60").as_str()), "{alive:?}");
    assert_eq!(client.ask("PAUSE", "door", &[("Session", &session)]).await.status, 501);
    assert_eq!(client.ask("SETUP", "door/trackID=0", &[("Transport", "RTP/AVP/TCP")]).await.status, 455);
    assert_eq!(client.ask("TEARDOWN", "door", &[("Session", &session)]).await.status, 200);
    server
        .until_camera("nobody watches", |camera| {
            camera["tracks"][0]["viewers"].as_array().is_some_and(Vec::is_empty)
        })
        .await;
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_a_camera_without_a_credential() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = TestServer::start_with(&configuration(folder.path(), &users(), &RTSP_ON));
    let token = link(folder.path(), Some("shed"), None, "nvr");
    let with_token = |path: &str| format!("{path}?token={token}");
    let table = [
        ("none", "shed", None, 401),
        ("a wrong password", "shed", Some(basic("tv", "wrong")), 401),
        ("the right one", "shed", Some(basic("tv", PASSWORD)), 200),
        ("of another camera", "door", Some(basic("tv", PASSWORD)), 403),
        ("of no camera", "roof", Some(basic("tv", PASSWORD)), 403),
        ("of no camera, for who may use all", "roof", Some(basic("anna", PASSWORD)), 404),
        ("the first that it may use", "", Some(basic("tv", PASSWORD)), 200),
        ("a link", &with_token("shed"), None, 200),
        ("a link as a password", "shed", Some(basic("x", &token)), 200),
        ("a link of another camera", &with_token("door"), None, 403),
        ("a link that was changed", "shed?token=lc1.shed.view.0.nvr.AAAAAAAAAAAAAAAAAAAAAA", None, 401),
    ];
    for (name, path, authorization, expected) in table {
        for (method, transport) in [("DESCRIBE", ""), ("SETUP", "RTP/AVP/TCP;unicast;interleaved=0-1")] {
            let mut client = RtspClient::connect(server.rtsp()).await;
            client.authorization.clone_from(&authorization);
            let answer = client.ask(method, path, &[("Transport", transport)]).await;
            assert_eq!(answer.status, expected, "{name}: {method} {path}: {answer:?}");
            let challenge =
                answer.header("WWW-Authenticate").is_some_and(|value| value.starts_with("Basic realm="));
            assert_eq!(challenge, expected == 401, "{name}: {answer:?}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn another_protocol_gets_one_answer() {
    let server = TestServer::start_as(&["--source", "test", "--rtsp", "0"]);
    for bytes in
        ["GET / HTTP/1.1\r\nHost: pi\r\n\r\n", "\x16\x03\x01\0\x05hello\n\n", "OPTIONS * RTSP/1.0\nx\n\n"]
    {
        let mut client = RtspClient::connect(server.rtsp()).await;
        client.send(bytes.as_bytes()).await;
        assert_eq!(client.answer().await.status, 400, "{bytes:?}");
        assert!(client.ends().await, "{bytes:?}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_viewer_goes_on_at_a_keyframe_without_a_hole() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start_as(&["--source", &camera.source(), "--rtsp", "0"]);
    let mut connection = camera.connected().await;
    let mut sei = vec![0, 0, 0, 1, 0x06, 0x05];
    sei.resize(60_000, 0x55);
    let units: Vec<_> =
        clip(160, 120, 160, GOP).into_iter().map(|unit| [sei.clone(), unit].concat()).collect();
    connection.send(&units[0]).await;
    connection.send(&units[1]).await;
    let mut client = RtspClient::connect(server.rtsp()).await;
    client.play("").await;
    connection.play(&units[2..]).await;

    let mut last: Option<u16> = None;
    let (mut is_keyframe, mut frames_of_gop) = (false, 0);
    // A group of pictures that is cut short ends where the viewer has skipped; what comes then is the next keyframe.
    loop {
        let packet = client.packet().await;
        if packet.channel == RTCP {
            continue;
        }
        assert_eq!(packet.sequence(), last.map_or(packet.sequence(), |last| last.wrapping_add(1)), "no hole");
        last = Some(packet.sequence());
        is_keyframe |= packet.kind() == SETS_TOGETHER;
        if packet.is_last_of_frame() {
            if std::mem::take(&mut is_keyframe) && std::mem::take(&mut frames_of_gop) % GOP != 0 {
                break;
            }
            frames_of_gop += 1;
        }
    }
    let status = server.status().await;
    let skipped = status["cameras"][0]["tracks"][0]["viewers"][0]["skipped"].as_u64();
    assert!(skipped > Some(0), "{status}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_viewer_ends_with_what_let_it_in_and_is_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = TestServer::start_with(&configuration(folder.path(), &users(), &RTSP_ON));
    let authorization = basic("anna", PASSWORD);
    let mut of_tv = RtspClient::connect(server.rtsp()).await;
    of_tv.authorization = Some(basic("tv", PASSWORD));
    of_tv.play("shed").await;
    let mut rude = RtspClient::connect(server.rtsp()).await;
    rude.authorization = Some(authorization.clone());
    rude.play("shed").await;
    rude.send(b"\0\0\0\0\n\n").await;
    let mut leaver = RtspClient::connect(server.rtsp()).await;
    leaver.authorization = Some(authorization.clone());
    leaver.play("shed").await;
    leaver.leave().await;
    let without_tv = users().split("[[user]]").take(2).collect::<Vec<_>>().join("[[user]]");
    server.reload(configuration(folder.path(), &without_tv, &RTSP_ON)).await;

    let line = |reason: &str| {
        format!("lenscast_departures_total{{camera=\"shed\",transport=\"rtsp\",reason=\"{reason}\"}} 1\n")
    };
    within("all are counted", async {
        loop {
            let metrics =
                http::request(server.address, "GET", "/metrics", &[("Authorization", &authorization)])
                    .await
                    .text();
            if ["denied", "misbehaved", "left"].iter().all(|reason| metrics.contains(&line(reason))) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    server.stop().await;
}

#[tokio::test]
async fn the_server_does_without_the_default_port_when_that_is_in_use() {
    // If somebody else has it, it is in use as well.
    let _taken = std::net::TcpListener::bind("127.0.0.1:8554");
    let held = HeldPort::new();
    let listen = format!("127.0.0.1:{}", held.number);
    let words = ["--listen", listen.as_str(), "--source", "test"];
    let config = Config::from_args(&Args::typed(&words)).expect("it is right");
    let server = Server::bind(&config).expect("it does without");
    assert_eq!((server.addresses().len(), server.rtsp_addresses().len()), (1, 0));
    drop(server);
    let words = [&words[..], &["--rtsp", "8554"]].concat();
    let config = Config::from_args(&Args::typed(&words)).expect("it is right");
    let error = Server::bind(&config).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("port 8554 is in use by another program; --rtsp PORT takes another"), "{error}");
}

/// More requests than answers may wait: the rest is answered when those are written, and not when time has passed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_come_together_are_answered_at_once() {
    const REQUESTS: usize = 600;
    let server = TestServer::start_as(&["--source", "door=test,size=160x120", "--rtsp", "0"]);
    let mut client = RtspClient::connect(server.rtsp()).await;
    client.send(&b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n".repeat(REQUESTS)).await;
    within("all answers", async {
        for _ in 0..REQUESTS {
            assert_eq!(client.answer().await.status, 200);
        }
    })
    .await;
    server.stop().await;
}
