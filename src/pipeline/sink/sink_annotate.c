/*
 * annotate: a video of what was found. The path is a file ("out.mp4", one
 * stream) or a folder, which gets <stream>.mp4.
 *
 * A frame's picture is copied (converted, scaled to the size of the first one)
 * onto a canvas, drawn over, and encoded at its own time in the medium; where
 * the medium has no time, at its number over the nominal rate. So dropped
 * frames, of which there is no picture, leave a pause and not a jump. A frame
 * whose picture was given back too early is left out, and the file's comment
 * says how many there were. Without any picture there is no file.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pipeline/sink/convert.h"
#include "pipeline/sink/overlay.h"
#include "pipeline/sink/sink.h"
#include "pipeline/sink/video.h"

struct annotate {
    struct weir_stage stage;
    struct weir_video *video;
    struct weir_convert *convert; /* these two: NULL until the first picture */
    struct weir_overlay *overlay;
    const char *stream;
    const struct weir_labels *labels;
    double rate_fps;
    int64_t pictures, without_picture;
};

/* Fixed by the first picture: the size (even, as 4:2:0 wants it) and the colours. */
static int begin(struct annotate *a, const struct weir_image *image, struct weir_error *err) {
    int width = image->width > 2 ? image->width & ~1 : 2;
    int height = image->height > 2 ? image->height & ~1 : 2;
    bool yuv = image->pixel != WEIR_PIXEL_GRAY && image->pixel != WEIR_PIXEL_BGR &&
               image->pixel != WEIR_PIXEL_RGB;
    enum weir_matrix matrix = yuv             ? image->matrix
                              : height >= 720 ? WEIR_MATRIX_BT709
                                              : WEIR_MATRIX_BT601;
    if (!a->convert)
        a->convert = weir_convert_new(matrix);
    if (!a->overlay)
        a->overlay = weir_overlay_new(width, height, matrix, a->stream, a->labels);
    if (!a->convert || !a->overlay)
        return weir_fail(err, WEIR_ENOMEM, "no memory to annotate %s", a->stream);
    return weir_video_begin(a->video, width, height, matrix, err);
}

static int64_t time_of(const struct annotate *a, const struct weir_frame *frame) {
    if (frame->media_ns >= 0)
        return frame->media_ns;
    int64_t number = frame->seq >= 0 ? frame->seq : a->pictures;
    return (int64_t)((double)number * WEIR_NS_PER_S / a->rate_fps);
}

static int annotate_push(struct weir_stage *stage, struct weir_frame *frame,
                         struct weir_error *err) {
    struct annotate *a = (struct annotate *)stage;
    struct weir_canvas canvas;
    struct weir_placement placement;
    if (!weir_outcome_is_result(frame->outcome))
        return 0;
    if (!frame->image) {
        a->without_picture++;
        return 0;
    }
    int rc = weir_video_begun(a->video) ? 0 : begin(a, frame->image, err);
    if (rc)
        return rc;
    rc = weir_video_canvas(a->video, &canvas, err);
    if (rc)
        return rc;
    rc = weir_convert_image(a->convert, frame->image, &canvas, &placement, err);
    if (rc)
        return rc;
    rc = weir_overlay_draw(a->overlay, &canvas, &placement, frame);
    if (rc)
        return weir_fail(err, rc, "no memory to annotate %s", a->stream);
    a->pictures++;
    return weir_video_write(a->video, time_of(a, frame), err);
}

static int annotate_drain(struct weir_stage *stage, struct weir_error *err) {
    struct annotate *a = (struct annotate *)stage;
    if (a->without_picture) {
        char text[96];
        snprintf(text, sizeof text, "%lld results had no picture any more and were left out",
                 (long long)a->without_picture);
        weir_video_remark(a->video, text);
    }
    return weir_video_finish(a->video, err);
}

static void annotate_free(struct weir_stage *stage) {
    struct annotate *a = (struct annotate *)stage;
    weir_video_free(a->video);
    weir_convert_free(a->convert);
    weir_overlay_free(a->overlay);
    free(a);
}

static const struct weir_stage_ops annotate_ops = {
    .name = "annotate",
    .push = annotate_push,
    .drain = annotate_drain,
    .free = annotate_free,
};

static int choose_path(const struct weir_stage_conf *conf, char **ret_path,
                       struct weir_error *err) {
    const char *given = conf->workflow->sink[conf->sink].path;
    struct stat st;
    bool folder = !stat(given, &st) && S_ISDIR(st.st_mode);
    bool file = !folder && weir_video_is_file(given);
    if (file && conf->workflow->stream_len > 1)
        return weir_fail(err, WEIR_EINVAL,
                         "sink annotate: %s is one file, but there are %zu streams; name a folder",
                         given, conf->workflow->stream_len);
    if (!folder && !file && given[strlen(given) - 1] != '/' && strchr(weir_path_base(given), '.'))
        return weir_fail(err, WEIR_EINVAL,
                         "sink annotate: %s: no video format has that ending; use .mp4 or .mkv, or "
                         "end a folder with /",
                         given);
    char *path = file ? strdup(given) : weir_sink_path(conf, ".mp4");
    if (!path)
        return weir_fail(err, WEIR_ENOMEM, "no memory for the sink annotate");
    int rc = weir_sink_check_target(conf, path, err);
    if (rc) {
        free(path);
        return rc;
    }
    *ret_path = path;
    return 0;
}

static int annotate_open(const struct weir_stage_conf *conf, struct weir_stage **ret_stage,
                         struct weir_error *err) {
    const struct weir_settings *set = &conf->workflow->set;
    char *path = NULL;
    int rc = choose_path(conf, &path, err);
    if (rc)
        return rc;
    struct annotate *a = calloc(1, sizeof *a);
    if (!a) {
        free(path);
        return weir_fail(err, WEIR_ENOMEM, "no memory for the sink annotate");
    }
    a->stage.ops = &annotate_ops;
    a->stage.frames_total = -1;
    a->stream = weir_sink_stream(conf);
    a->labels = weir_sink_labels(conf);
    a->rate_fps = set->source.rate_fps > 0 ? set->source.rate_fps : 25;
    struct weir_video_conf video = {
        .encoder = set->annotate.encoder ? set->annotate.encoder : "auto",
        .quality = set->annotate.quality,
        .rate_fps = a->rate_fps,
    };
    rc = weir_video_new(path, &video, &a->video, err);
    free(path);
    if (rc) {
        annotate_free(&a->stage);
        return rc;
    }
    *ret_stage = &a->stage;
    return 0;
}

const struct weir_sink_row weir_sink_annotate = {
    .name = "annotate",
    .about = "FILE.mp4 or DIR/<stream>.mp4: the video with boxes, words and ids",
    .needs_path = true,
    .wants_image = true,
    .open = annotate_open,
};
