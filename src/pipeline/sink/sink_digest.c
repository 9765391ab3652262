/*
 * digest: DIR/<stream>.digest, one line
 *
 *     fnv1a64:<16 hex digits> frames=<n> results=<n> boxes=<n>
 *
 * Two runs that give the same results give the same line, so the program is
 * its own oracle: another thread count, a rewritten loop, a sanitizer build.
 * Hashed are, frame by frame, number and outcome, and of each box class, track,
 * score in thousandths and corners in eighths of a pixel; times are not. The
 * hash is 64-bit FNV-1a (Fowler, Noll, Vo) over little-endian 64-bit values.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "pipeline/sink/sink.h"
#include "pipeline/sink/text.h"

struct digest {
    struct weir_stage stage;
    struct weir_text text;
    uint64_t hash;
    int64_t frames, results, boxes;
};

static uint64_t mix(uint64_t hash, int64_t value) {
    for (int i = 0; i < 8; i++) {
        hash ^= (uint64_t)value >> (8 * i) & 0xff;
        hash *= UINT64_C(0x100000001b3);
    }
    return hash;
}

static int64_t quantised(float value, double steps) {
    return isfinite(value) && fabsf(value) < 1e9f ? (int64_t)llround(value * steps) : INT64_MIN;
}

static int digest_push(struct weir_stage *stage, struct weir_frame *frame, struct weir_error *err) {
    struct digest *d = (struct digest *)stage;
    (void)err;
    d->frames++;
    d->hash = mix(d->hash, frame->seq);
    d->hash = mix(d->hash, frame->outcome);
    if (!weir_outcome_is_result(frame->outcome))
        return 0;
    d->results++;
    d->boxes += (int64_t)frame->boxes.len;
    d->hash = mix(d->hash, (int64_t)frame->boxes.len);
    for (size_t i = 0; i < frame->boxes.len; i++) {
        const struct weir_box *b = &frame->boxes.data[i];
        d->hash = mix(d->hash, b->class_id);
        d->hash = mix(d->hash, b->track_id);
        d->hash = mix(d->hash, quantised(b->score, 1000));
        d->hash = mix(d->hash, quantised(b->x0, 8));
        d->hash = mix(d->hash, quantised(b->y0, 8));
        d->hash = mix(d->hash, quantised(b->x1, 8));
        d->hash = mix(d->hash, quantised(b->y1, 8));
    }
    return 0;
}

static int digest_drain(struct weir_stage *stage, struct weir_error *err) {
    struct digest *d = (struct digest *)stage;
    weir_buf_printf(&d->text.buf,
                    "fnv1a64:%016" PRIx64 " frames=%" PRId64 " results=%" PRId64 " boxes=%" PRId64
                    "\n",
                    d->hash, d->frames, d->results, d->boxes);
    return weir_text_commit(&d->text, err);
}

static void digest_free(struct weir_stage *stage) {
    struct digest *d = (struct digest *)stage;
    weir_text_done(&d->text);
    free(d);
}

static const struct weir_stage_ops digest_ops = {
    .name = "digest",
    .push = digest_push,
    .drain = digest_drain,
    .free = digest_free,
};

static int digest_open(const struct weir_stage_conf *conf, struct weir_stage **ret_stage,
                       struct weir_error *err) {
    int rc;
    char *path = weir_sink_path(conf, ".digest");
    struct digest *d = calloc(1, sizeof *d);
    if (!path || !d) {
        rc = weir_fail(err, WEIR_ENOMEM, "no memory for the sink digest");
        goto fail;
    }
    d->stage.ops = &digest_ops;
    d->stage.frames_total = -1;
    d->hash = UINT64_C(0xcbf29ce484222325);
    rc = weir_text_open(&d->text, path, err);
    if (rc)
        goto fail;
    free(path);
    *ret_stage = &d->stage;
    return 0;

fail:
    if (d)
        digest_free(&d->stage);
    free(path);
    return rc;
}

const struct weir_sink_row weir_sink_digest = {
    .name = "digest",
    .about = "DIR/<stream>.digest: one hash over all results, to compare runs",
    .needs_path = true,
    .open = digest_open,
};
