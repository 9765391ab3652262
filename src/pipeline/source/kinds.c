/* The kinds of source, in the order in which they are asked. */
#include "source.h"

const struct source_kind *const source_kinds[] = {
    &source_stdin, &source_scene, &source_rtsp,   &source_http,
    &source_v4l2,  &source_url,   &source_images, &source_file,
};
const size_t source_kinds_len = sizeof source_kinds / sizeof *source_kinds;
