"""The WebSocket half of the Broadway system (picamera + ws4py + Broadway), without the camera: what picamera's encoder would
write comes on standard input, each buffer with its length in front (32 bits, big-endian), and is broadcast as one message to
whoever is connected at that moment. ws4py does the rest, as it does there. Needs python3-ws4py.

    python3 picamera_server.py PORT
"""

import struct
import sys
from threading import Condition, Thread
from wsgiref.simple_server import make_server

from ws4py.server.wsgirefserver import WebSocketWSGIRequestHandler, WSGIServer
from ws4py.server.wsgiutils import WebSocketWSGIApplication
from ws4py.websocket import WebSocket


class Newest:
    """The newest buffer; the one before is forgotten, whether it was sent or not."""

    def __init__(self):
        self.buffer = None
        self.condition = Condition()

    def write(self, buffer):
        with self.condition:
            self.buffer = buffer
            self.condition.notify_all()


def read_camera(newest):
    """What comes on standard input, until it ends."""
    source = sys.stdin.buffer
    while len(header := source.read(4)) == 4:
        newest.write(source.read(struct.unpack(">I", header)[0]))


def main():
    server = make_server(
        "127.0.0.1",
        int(sys.argv[1]),
        server_class=WSGIServer,
        handler_class=WebSocketWSGIRequestHandler,
        app=WebSocketWSGIApplication(handler_cls=WebSocket),
    )
    server.initialize_websockets_manager()
    Thread(target=server.serve_forever, daemon=True).start()
    newest = Newest()
    Thread(target=read_camera, args=[newest], daemon=True).start()
    while True:
        with newest.condition:
            newest.condition.wait()
            buffer = newest.buffer
        server.manager.broadcast(buffer, binary=True)


main()
