//! A camera played by the test: a TCP server, as `rpicam-vid --listen -o tcp://…` is one.

use std::net::SocketAddr;

use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
};

use super::within;

/// A camera that waits for the server to connect.
pub struct FakeCamera {
    listener: TcpListener,
    pub address: SocketAddr,
}

impl FakeCamera {
    /// A camera on a free port.
    pub async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        Self { listener, address }
    }

    /// What to give to `--source`.
    pub fn source(&self) -> String {
        format!("tcp://{}", self.address)
    }

    /// The server's next connection.
    pub async fn connected(&self) -> CameraConnection {
        let (stream, _) =
            within("the server connects to the camera", self.listener.accept()).await.expect("accepts");
        stream.set_nodelay(true).expect("a socket");
        CameraConnection(stream)
    }

    /// Closes every connection at once, for as long as it is polled: a camera that does not come to itself.
    pub async fn hangs_up(&self) -> ! {
        loop {
            drop(self.connected().await);
        }
    }
}

/// One connection of the server to the camera; dropping it is the camera's end.
pub struct CameraConnection(TcpStream);

impl CameraConnection {
    /// The connection itself.
    pub fn into_stream(self) -> TcpStream {
        self.0
    }

    /// Sends bytes as they are.
    pub async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.expect("the server reads");
    }

    /// Sends access units one after the other, with a pause of a few milliseconds behind each.
    pub async fn play(&mut self, units: &[Vec<u8>]) {
        for unit in units {
            self.send(unit).await;
            tokio::time::sleep(std::time::Duration::from_millis(4)).await;
        }
    }
}
