// A camera that gives JPEGs: writes the files named on the command line to a v4l2loopback device, 25 a second, again and
// again. Usage: feed /dev/videoN WIDTH HEIGHT FILE...
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 5) return 2;
    int device = open(argv[1], O_RDWR);
    if (device < 0) return perror(argv[1]), 1;
    struct v4l2_format format;
    memset(&format, 0, sizeof format);
    format.type = V4L2_BUF_TYPE_VIDEO_OUTPUT;
    format.fmt.pix.width = atoi(argv[2]);
    format.fmt.pix.height = atoi(argv[3]);
    format.fmt.pix.pixelformat = V4L2_PIX_FMT_MJPEG;
    format.fmt.pix.sizeimage = 1 << 20;
    format.fmt.pix.field = V4L2_FIELD_NONE;
    if (ioctl(device, VIDIOC_S_FMT, &format) < 0) return perror("VIDIOC_S_FMT"), 1;
    static char picture[1 << 20];
    for (;;)
        for (int at = 4; at < argc; at++) {
            int file = open(argv[at], O_RDONLY);
            ssize_t size = file < 0 ? -1 : read(file, picture, sizeof picture);
            if (size <= 0) return perror(argv[at]), 1;
            close(file);
            if (write(device, picture, size) != size) return perror("write"), 1;
            usleep(40000);
        }
}
