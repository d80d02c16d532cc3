//! Ten viewers get every access unit with the NAL units the camera wrote, none lost, while others come and go.

use crate::support::{
    TestServer,
    camera::FakeCamera,
    clip::{clip, nal_units},
    viewer::Viewer,
};

#[tokio::test]
async fn ten_viewers_get_all_of_it_while_others_come_and_go() {
    let camera = FakeCamera::new().await;
    let server = TestServer::start(&[&camera.source()]);
    let mut connection = camera.connected().await;
    let units = with_sei(&clip(640, 480, 150, 30));
    connection.send(&units[0]).await;
    connection.send(&units[1]).await;

    let address = server.address;
    let sent: Vec<Vec<Vec<u8>>> = units.iter().map(|unit| nal_units(unit)).collect();
    let viewers: Vec<_> = (0..10)
        .map(|number| {
            let sent = sent.clone();
            tokio::spawn(async move {
                let by_nal_unit = number % 2 == 1;
                let path = if by_nal_unit { "/ws/h264?unit=nal" } else { "/ws/h264" };
                let mut viewer = Viewer::connect(address, path).await;
                for unit in &sent[..149] {
                    let mut got = nal_units(&viewer.binary().await);
                    while by_nal_unit && got.len() < unit.len() {
                        got.extend(nal_units(&viewer.binary().await));
                    }
                    assert_eq!(got, *unit);
                }
            })
        })
        .collect();
    server
        .until_camera("ten viewers", |camera| {
            camera["tracks"][0]["viewers"].as_array().map(Vec::len) == Some(10)
        })
        .await;
    let visitors = tokio::spawn(async move {
        for path in ["/ws/h264", "/ws/live", "/ws/mp4"].into_iter().cycle().take(30) {
            Viewer::connect(address, path).await.binary().await;
        }
    });
    connection.play(&units[2..]).await;
    drop(connection);
    for viewer in viewers {
        crate::support::within("a viewer has everything", viewer).await.expect("equal NAL units");
    }
    visitors.await.expect("visitors come and go");
    server.stop().await;
}

/// The access units with an SEI of its own in front of each picture, and a few start codes of three bytes.
fn with_sei(units: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let sei = |number: usize| {
        [&[0, 0, 1, 0x06, 0x05, 0x04][..], &(number as u32 | 0x8080_8080).to_be_bytes(), &[0x80]].concat()
    };
    units.iter().enumerate().map(|(number, unit)| [sei(number), unit.clone()].concat()).collect()
}
