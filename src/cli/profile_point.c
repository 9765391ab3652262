/*
 * One point: turn by turn until its share of the time is used up, and no less than TURNS_MIN times
 * and LEAST_MS. Every stage is driven by the contract by which a run drives it.
 *
 * Pictures come forth and back, so that each differs from the one before by one frame of motion:
 * that is what an H.264 encoder is to see.
 */
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "cli/profile_work.h"
#include "model/model.h"
#include "scene/scene.h"

enum { TURNS_MIN = 3, TURNS_MAX = 500, LEAST_MS = 10 };

struct samples {
    double ms[TURNS_MAX];
    int len;
};

/* ---- pictures ------------------------------------------------------------ */

/* Makes w->picture those of that width. */
static int pictures(struct cli_profile_work *w, int width, struct weir_error *err) {
    int rc = 0;
    if (w->width == width)
        return 0;
    w->width = 0;
    for (int i = 0; i < CLI_PROFILE_FRAMES; i++)
        weir_image_unref(&w->picture[i]);
    for (int i = 0; !rc && i < CLI_PROFILE_FRAMES; i++)
        rc = weir_reduce_image(w->drawn[i], width, cli_profile_height(width), &w->picture[i], err);
    if (!rc)
        w->width = width;
    return rc;
}

/* The i-th of a walk forth and back: 0 1 … 15 14 … 1 0 1 … */
static struct weir_image *walk(const struct cli_profile_work *w, int i) {
    int at = i % (2 * CLI_PROFILE_FRAMES - 2);
    return w->picture[at < CLI_PROFILE_FRAMES ? at : 2 * CLI_PROFILE_FRAMES - 2 - at];
}

/* ---- time ---------------------------------------------------------------- */

static int64_t thread_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * WEIR_NS_PER_S + t.tv_nsec;
}

/* A turn: between begin and end only what is measured. */
struct turn {
    int64_t wall, cpu;
};

static struct turn begin_turn(struct cli_profile_work *w) {
    int64_t wall = weir_clock_now(w->clock);
    return (struct turn){wall, thread_ns()};
}

/* Milliseconds. */
static double end_turn(struct cli_profile_work *w, struct turn turn) {
    int64_t cpu = thread_ns() - turn.cpu;
    w->cpu_ns += cpu;
    w->wall_ns += weir_clock_now(w->clock) - turn.wall;
    return (double)cpu / (double)WEIR_NS_PER_MS;
}

static void add_sample(struct samples *s, double ms) {
    if (s->len < TURNS_MAX)
        s->ms[s->len++] = ms;
}

/* Has a point of which n turns count had enough? A few turns of a few microseconds say nothing. */
static bool enough(struct cli_profile_work *w, int n) {
    if (n < TURNS_MIN || n >= TURNS_MAX)
        return n >= TURNS_MAX;
    return w->cpu_ns - w->point_ns >= LEAST_MS * WEIR_NS_PER_MS &&
           weir_clock_now(w->clock) >= w->share_ns;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The least value that a share of the samples does not exceed; sorts. */
static double quantile(struct samples *s, double share) {
    qsort(s->ms, (size_t)s->len, sizeof s->ms[0], by_value);
    int rank = (int)ceil(share * s->len) - 1;
    return fmax(s->ms[rank < 0 ? 0 : rank], 1e-6); /* a clock may be coarse, nothing is free */
}

static double median(struct samples *s) {
    return quantile(s, 0.5);
}

static bool stopped(const struct cli_profile_work *w) {
    return weir_stop_requested(&w->stop);
}

/* ---- reduce, encode, decode--------------------------------------------------------- */

static int measure_reduce(struct cli_profile_work *w, const struct cli_profile_point *p,
                          struct weir_error *err) {
    struct samples s = {.len = 0};
    int rc = pictures(w, p->from_width, err);
    for (int i = -1; !rc && !stopped(w) && !enough(w, s.len); i++) {
        struct weir_image *small = NULL;
        struct turn turn = begin_turn(w);
        rc = weir_reduce_image(walk(w, i + 1), p->width, cli_profile_height(p->width), &small, err);
        double ms = end_turn(w, turn);
        if (i >= 0) /* the first warms up */
            add_sample(&s, ms);
        weir_image_unref(&small);
    }
    if (!rc && !stopped(w))
        w->out->costs.reduce[w->out->costs.reduces++] =
            (struct weir_costs_reduce){p->from_width, cli_profile_height(p->from_width), p->width,
                                       cli_profile_height(p->width), median(&s)};
    return rc;
}

static int open_stage(struct cli_profile_work *w, const struct weir_stage_type *type,
                      struct weir_model *model, struct weir_stage **ret, struct weir_error *err) {
    const struct weir_stage_conf conf = {
        .workflow = &w->workflow, .sink = -1, .clock = w->clock, .stop = &w->stop, .model = model};
    return type->open(&conf, ret, err);
}

/* What one codec makes of pictures, frame by frame: all of them once at least. */
struct hop {
    struct weir_encoder *encoder;
    struct weir_stage *decode;
    struct samples encode_ms, decode_ms; /* of what is no keyframe, JPEG: of all */
    double bytes, key_bytes; /* sums over the first round; key: H.264's alone */
    int frames, keys;
};

static int decode_turn(struct cli_profile_work *w, struct hop *hop, struct weir_packet *packet,
                       double *ret_ms, struct weir_error *err) {
    struct weir_frame *in = weir_frame_new(0), *out = NULL;
    if (!in)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    in->packet = weir_packet_ref(packet);
    struct turn turn = begin_turn(w);
    int rc = hop->decode->ops->push(hop->decode, in, err);
    if (!rc)
        in = NULL; /* the stage's now */
    if (!rc)
        rc = hop->decode->ops->pull(hop->decode, &out, err);
    *ret_ms = end_turn(w, turn);
    if (!rc && !out->image)
        rc = weir_fail(err, WEIR_ECORRUPT, "the decoder gives no picture for what was encoded");
    if (rc == WEIR_EAGAIN)
        rc = weir_fail(err, WEIR_EUNSUPPORTED, "the decoder holds pictures back");
    weir_frame_free(in);
    weir_frame_free(out);
    return rc;
}

static int hop_turn(struct cli_profile_work *w, struct hop *hop, bool jpeg, int i,
                    struct weir_error *err) {
    struct weir_packet *packet = NULL;
    double decode_ms = 0;
    struct turn turn = begin_turn(w);
    int rc = weir_encoder_push(hop->encoder, walk(w, i), i % CLI_PROFILE_FRAMES == 0, &packet, err);
    double encode_ms = end_turn(w, turn);
    if (rc)
        return rc;
    rc = decode_turn(w, hop, packet, &decode_ms, err);
    const bool key = packet->keyframe && !jpeg;
    if (!rc && i < CLI_PROFILE_FRAMES) { /* the same ones every time, however often it goes round */
        *(key ? &hop->key_bytes : &hop->bytes) += (double)packet->len;
        *(key ? &hop->keys : &hop->frames) += 1;
    }
    if (!rc && i && !key) { /* the first warms up */
        add_sample(&hop->encode_ms, encode_ms);
        add_sample(&hop->decode_ms, decode_ms);
    }
    weir_packet_unref(&packet);
    return rc;
}

static int measure_code(struct cli_profile_work *w, const struct cli_profile_point *p,
                        struct weir_error *err) {
    const bool jpeg = p->codec == WEIR_COSTS_JPEG;
    const struct weir_encoder_conf conf = {.coding = jpeg ? WEIR_CODING_JPEG : WEIR_CODING_H264,
                                           .width = p->width,
                                           .height = cli_profile_height(p->width),
                                           .quality = p->quality,
                                           .rate_fps = weir_scene_defaults.fps,
                                           .encoder = "auto"};
    struct hop *hop = calloc(1, sizeof *hop);
    if (!hop)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    int rc = pictures(w, p->width, err);
    if (!rc)
        rc = weir_encoder_new(&conf, &hop->encoder, err);
    if (rc == WEIR_EUNSUPPORTED && w->job->codecs_that_work) {
        w->out->left_out[p->codec] = true;
        free(hop);
        return 0;
    }
    if (!rc)
        rc = open_stage(w, &weir_stage_decode, NULL, &hop->decode, err);
    for (int i = 0;
         !rc && !stopped(w) && (i < CLI_PROFILE_FRAMES || !enough(w, hop->encode_ms.len)); i++)
        rc = hop_turn(w, hop, jpeg, i, err);
    if (!rc && !stopped(w))
        w->out->costs.code[w->out->costs.codes++] = (struct weir_costs_code){
            .codec = p->codec,
            .width = p->width,
            .height = cli_profile_height(p->width),
            .quality = p->quality,
            .encode_ms = median(&hop->encode_ms),
            .decode_ms = median(&hop->decode_ms),
            .bytes = hop->bytes / hop->frames,
            .key_bytes = jpeg ? hop->bytes / hop->frames : hop->key_bytes / hop->keys,
        };
    if (rc)
        weir_fail_at(err, rc, "%s at %dx%d: ", weir_costs_codec_name(p->codec), p->width,
                     cli_profile_height(p->width));
    weir_stage_free(hop->decode);
    weir_encoder_free(hop->encoder);
    free(hop);
    return rc;
}

/* ---- inference ----------------------------------------------------------- */

/* One inference of as many pictures as a batch has. */
static int infer_turn(struct cli_profile_work *w, struct weir_stage *detect, int batch, int i,
                      double *ret_ms, struct weir_error *err) {
    struct weir_frame *waiting = NULL;
    int rc = 0, inside = 0;
    for (int k = 0; k < batch; k++) {
        struct weir_frame *frame = weir_frame_new(0);
        if (!frame)
            rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
        else {
            frame->image = weir_image_ref(walk(w, i * batch + k));
            frame->next = waiting;
            waiting = frame;
        }
    }
    struct turn turn = begin_turn(w);
    while (!rc && waiting) {
        struct weir_frame *frame = waiting;
        waiting = frame->next;
        frame->next = NULL;
        rc = detect->ops->push(detect, frame, err);
        if (rc)
            weir_frame_free(frame);
        else
            inside++;
    }
    for (; !rc && inside; inside--) {
        struct weir_frame *frame = NULL;
        rc = detect->ops->pull(detect, &frame, err);
        if (!rc && frame->outcome != WEIR_OUTCOME_DETECT)
            rc = err && err->code ? err->code : WEIR_EMODEL;
        if (frame)
            weir_frame_free(frame);
    }
    *ret_ms = end_turn(w, turn);
    while (waiting) {
        struct weir_frame *frame = waiting;
        waiting = frame->next;
        weir_frame_free(frame);
    }
    return rc;
}

static int measure_infer(struct cli_profile_work *w, const struct cli_profile_point *p,
                         struct weir_error *err) {
    struct weir_model *model = NULL;
    struct weir_stage *detect = NULL;
    struct samples s = {.len = 0};
    int rc = pictures(w, p->width, err);
    if (!rc)
        rc = cli_profile_model(w, p->model, p->size, p->batch, &model, err);
    if (!rc)
        rc = open_stage(w, &weir_stage_detect, model, &detect, err);
    for (int i = 0; !rc && !stopped(w) && !enough(w, s.len); i++) {
        double ms = 0;
        rc = infer_turn(w, detect, p->batch, i, &ms, err);
        if (i) /* the first warms up */
            add_sample(&s, ms);
    }
    if (!rc && !stopped(w)) {
        struct weir_costs_infer *to = &w->out->costs.infer[w->out->costs.infers++];
        char *name = weir_model_name(w->out->paths.item[p->model]);
        *to = (struct weir_costs_infer){.width = p->size.width,
                                        .height = p->size.height,
                                        .batch = p->batch,
                                        .ms = median(&s),
                                        .high_ms = quantile(&s, 0.95),
                                        .seen = s.len};
        snprintf(to->model, sizeof to->model, "%s", name ? name : "");
        rc = name ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
        free(name);
    }
    weir_stage_free(detect);
    weir_model_unref(&model);
    return rc;
}

int cli_profile_point(struct cli_profile_work *w, const struct cli_profile_point *point,
                      struct weir_error *err) {
    static int (*const measure[])(struct cli_profile_work *, const struct cli_profile_point *,
                                  struct weir_error *) = {[CLI_PROFILE_REDUCE] = measure_reduce,
                                                          [CLI_PROFILE_CODE] = measure_code,
                                                          [CLI_PROFILE_INFER] = measure_infer};
    return measure[point->kind](w, point, err);
}
