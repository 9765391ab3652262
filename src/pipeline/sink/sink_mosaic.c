/*
 * mosaic: one video of all streams, each in a tile of its own. The first stream
 * that opens the sink makes what they share; a stream that ends or fails leaves
 * its last picture standing.
 */
#include <pthread.h>
#include <stdlib.h>

#include "pipeline/sink/convert.h"
#include "pipeline/sink/mosaic.h"
#include "pipeline/sink/overlay.h"
#include "pipeline/sink/sink.h"

struct weir_sink_common {
    pthread_mutex_t lock;
    size_t len;
    struct weir_mosaic *mosaic[]; /* one a sink of the workflow, NULL until it is opened */
};

struct weir_sink_common *weir_sink_common_new(const struct weir_workflow *workflow) {
    struct weir_sink_common *common =
        calloc(1, sizeof *common + workflow->sink_len * sizeof(struct weir_mosaic *));
    if (!common)
        return NULL;
    common->len = workflow->sink_len;
    pthread_mutex_init(&common->lock, NULL);
    return common;
}

void weir_sink_common_free(struct weir_sink_common *common) {
    if (!common)
        return;
    for (size_t i = 0; i < common->len; i++)
        weir_mosaic_unref(&common->mosaic[i]);
    pthread_mutex_destroy(&common->lock);
    free(common);
}

struct tile_sink {
    struct weir_stage stage;
    struct weir_mosaic *mosaic;
    size_t place;
    struct weir_convert *convert;
    struct weir_overlay *overlay;
    double rate_fps;
    int64_t pictures;
};

static int mosaic_push(struct weir_stage *stage, struct weir_frame *frame, struct weir_error *err) {
    struct tile_sink *t = (struct tile_sink *)stage;
    struct weir_placement placement;
    if (!weir_outcome_is_result(frame->outcome) || !frame->image)
        return 0;
    struct weir_tile *tile = weir_tile_new(t->mosaic);
    if (!tile)
        return weir_fail(err, WEIR_ENOMEM, "no memory for the sink mosaic");
    struct weir_canvas canvas = weir_tile_canvas(tile);
    int rc = weir_convert_image(t->convert, frame->image, &canvas, &placement, err);
    if (!rc && weir_overlay_draw(t->overlay, &canvas, &placement, frame))
        rc = weir_fail(err, WEIR_ENOMEM, "no memory for the sink mosaic");
    if (rc) {
        weir_tile_free(tile);
        return rc;
    }
    int64_t t_ns = frame->media_ns >= 0
                       ? frame->media_ns
                       : (int64_t)((double)t->pictures * WEIR_NS_PER_S / t->rate_fps);
    t->pictures++;
    return weir_mosaic_show(t->mosaic, t->place, tile, t_ns, err);
}

static int mosaic_drain(struct weir_stage *stage, struct weir_error *err) {
    struct tile_sink *t = (struct tile_sink *)stage;
    return weir_mosaic_end(t->mosaic, t->place, true, err);
}

static void mosaic_free(struct weir_stage *stage) {
    struct tile_sink *t = (struct tile_sink *)stage;
    if (t->mosaic)
        weir_mosaic_end(t->mosaic, t->place, false, NULL);
    weir_mosaic_unref(&t->mosaic);
    weir_convert_free(t->convert);
    weir_overlay_free(t->overlay);
    free(t);
}

static const struct weir_stage_ops mosaic_ops = {
    .name = "mosaic",
    .push = mosaic_push,
    .drain = mosaic_drain,
    .free = mosaic_free,
};

static double rate_of(const struct weir_stage_conf *conf) {
    double rate = conf->workflow->set.source.rate_fps;
    return rate > 0 ? rate : 25;
}

/* The mosaic of this sink, made by whoever comes first; a new reference. */
static int share(const struct weir_stage_conf *conf, struct weir_mosaic **ret_mosaic,
                 struct weir_error *err) {
    const struct weir_settings *set = &conf->workflow->set;
    struct weir_mosaic **slot = &conf->common->mosaic[conf->sink];
    struct weir_video_conf video = {
        .encoder = set->annotate.encoder ? set->annotate.encoder : "auto",
        .quality = set->annotate.quality,
        .rate_fps = rate_of(conf),
    };
    int rc = 0;
    pthread_mutex_lock(&conf->common->lock);
    if (!*slot)
        rc = weir_mosaic_new(conf->workflow->sink[conf->sink].path, &video, WEIR_MOSAIC_WIDTH,
                             WEIR_MOSAIC_HEIGHT, conf->workflow->stream_len, slot, err);
    if (!rc)
        *ret_mosaic = weir_mosaic_ref(*slot);
    pthread_mutex_unlock(&conf->common->lock);
    return rc;
}

static int mosaic_open(const struct weir_stage_conf *conf, struct weir_stage **ret_stage,
                       struct weir_error *err) {
    const char *path = conf->workflow->sink[conf->sink].path;
    int width, height;
    if (!conf->common)
        return weir_fail(err, WEIR_EINTERNAL, "sink mosaic: opened without what streams share");
    if (!weir_video_is_file(path))
        return weir_fail(err, WEIR_EINVAL,
                         "sink mosaic: %s: no video format has that ending; use .mp4 or .mkv",
                         path);
    int rc = weir_sink_check_target(conf, path, err);
    if (rc)
        return rc;
    struct tile_sink *t = calloc(1, sizeof *t);
    if (!t)
        return weir_fail(err, WEIR_ENOMEM, "no memory for the sink mosaic");
    t->stage.ops = &mosaic_ops;
    t->stage.frames_total = -1;
    t->place = (size_t)conf->stream;
    t->rate_fps = rate_of(conf);
    rc = share(conf, &t->mosaic, err);
    if (rc)
        goto fail;
    weir_mosaic_join(t->mosaic, t->place);
    weir_mosaic_tile_size(t->mosaic, &width, &height);
    t->convert = weir_convert_new(WEIR_MATRIX_BT709);
    t->overlay = weir_overlay_new(width, height, WEIR_MATRIX_BT709, weir_sink_stream(conf),
                                  weir_sink_labels(conf));
    if (!t->convert || !t->overlay) {
        rc = weir_fail(err, WEIR_ENOMEM, "no memory for the sink mosaic");
        goto fail;
    }
    *ret_stage = &t->stage;
    return 0;
fail:
    mosaic_free(&t->stage);
    return rc;
}

const struct weir_sink_row weir_sink_mosaic = {
    .name = "mosaic",
    .about = "FILE.mp4: one video of all streams, side by side, with boxes, words and ids",
    .needs_path = true,
    .wants_image = true,
    .open = mosaic_open,
};
