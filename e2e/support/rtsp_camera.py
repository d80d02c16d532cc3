"""A camera on the network: GStreamer's RTSP server. Prints its port when it listens.

    rtsp_camera.py PORT [basic|digest]      0: any port. With a lock, viewer may watch with hunter2.

    /h264    a ball that moves                /jpeg    the same as motion JPEG
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

BALL = "videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate=30/1"
H264 = f"{BALL} ! openh264enc gop-size=30 complexity=low ! h264parse ! rtph264pay config-interval=-1 pt=96 mtu=300"
MOUNTS = {
    "/h264": f"( {H264} name=pay0 )",
    "/jpeg": f"( {BALL},format=I420 ! jpegenc ! rtpjpegpay name=pay0 pt=26 )",
}

port, lock = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
for path, launch in MOUNTS.items():
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(launch)
    factory.set_shared(True)
    if lock:
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role("viewer", "media.factory.access", True)
        permissions.add_permission_for_role("viewer", "media.factory.construct", True)
        factory.set_permissions(permissions)
    server.get_mount_points().add_factory(path, factory)
if lock:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if lock == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest("viewer", "hunter2", token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic("viewer", "hunter2"), token)
    server.set_auth(auth)
server.attach(None)
print(server.get_bound_port(), flush=True)
GLib.MainLoop().run()
