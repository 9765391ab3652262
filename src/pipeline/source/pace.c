/*
 * A file that behaves like a camera. The first pull starts the clock; a frame
 * is handed out when its time to be decoded has come, and counts as captured
 * when it is due to be shown, so that latency is measured from when a camera
 * would have had it, late release included. Nothing is dropped here: the stage
 * is marked live, and whoever drives it lets the newest win.
 */
#include <stdlib.h>

#include "source.h"

struct paced {
    struct source source;
    struct source *inner; /* ours */
    struct weir_clock *clock;
    struct weir_stop *stop;
    bool started;
    int64_t start_ns;
};

static int paced_pull(struct weir_stage *stage, struct weir_frame **ret_frame,
                      struct weir_error *err) {
    struct paced *p = (struct paced *)stage;
    struct weir_stage *inner = &p->inner->stage;
    struct weir_frame *frame = NULL;

    int rc = inner->ops->pull(inner, &frame, err);
    if (rc)
        return rc;
    if (!p->started) {
        p->started = true;
        p->start_ns = weir_clock_now(p->clock);
    }
    const int64_t dts_ns = p->inner->dts_ns;
    frame->times.capture = p->start_ns + (frame->media_ns >= 0 ? frame->media_ns : dts_ns);
    rc = weir_clock_wait(p->clock, p->start_ns + dts_ns, p->stop);
    if (rc) {
        weir_frame_free(frame);
        return rc;
    }
    p->source.dts_ns = dts_ns;
    *ret_frame = frame;
    return 0;
}

static void paced_free(struct weir_stage *stage) {
    struct paced *p = (struct paced *)stage;

    weir_stage_free(&p->inner->stage);
    free(p);
}

static const struct weir_stage_ops paced_ops = {
    .name = "paced", .pull = paced_pull, .free = paced_free};

int source_pace(const struct weir_stage_conf *conf, struct source *inner,
                struct source **ret_source) {
    struct paced *p = calloc(1, sizeof *p);

    if (!p)
        return WEIR_ENOMEM;
    p->source.stage = inner->stage;
    p->source.stage.ops = &paced_ops;
    p->source.stage.live = true;
    p->inner = inner;
    p->clock = conf->clock;
    p->stop = conf->stop;
    *ret_source = &p->source;
    return 0;
}
