/*
 * All points are known before the first is measured: each gets an equal share of the time that
 * is left, cheap ones first, so that what these do not need goes to the dear ones. A point is
 * taken turn by turn until its share is used up, and no less than TURNS_MIN times and LEAST_MS.
 *
 *   pictures of a street -> reduced to a width -> encode, decode
 *                                              -> detect, as many as a batch has
 *
 * Pictures come forth and back, so that each differs from the one before by one frame of motion:
 * that is what an H.264 encoder is to see. Every stage is driven by the contract by
 * which a run drives it.
 */
#include "cli/profile_measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/interrupt.h"
#include "model/model.h"
#include "pipeline/pipeline.h"
#include "scene/scene.h"

enum { FRAMES = 16, TURNS_MIN = 3, TURNS_MAX = 500, LEAST_MS = 10, WIDE = 1280, HALF = 640 };

/* One thing to measure. */
struct point {
    enum { REDUCE, CODE, INFER } kind;
    int width; /* of the pictures */
    int from_width; /* reduce */
    enum weir_costs_codec codec;
    int quality; /* code */
    size_t model;
    struct weir_size size; /* infer: of the input */
    int batch;
};

struct samples {
    double ms[TURNS_MAX];
    int len;
};

struct work {
    const struct cli_profile_job *job;
    struct cli_profile *out;
    struct weir_clock *clock;
    struct weir_stop stop;
    struct weir_workflow workflow; /* for stages; all defaults */
    struct cli_progress progress;
    int64_t begin_ns, end_ns; /* of the time there is */
    int64_t cpu_ns, wall_ns; /* of all turns */
    int64_t point_ns; /* cpu_ns when the present point began */
    int64_t share_ns; /* when its share of the time ends */
    struct point *point;
    size_t points, done;
    struct weir_image *drawn[FRAMES], *picture[FRAMES]; /* as drawn; at the present width */
    int width; /* of picture; 0: none yet */
};

void cli_profile_done(struct cli_profile *profile) {
    weir_costs_done(&profile->costs);
    for (size_t m = 0; m < profile->paths.len; m++)
        free(profile->paths.item[m]);
    free(profile->paths.item);
    *profile = (struct cli_profile){0};
}

/* ---- pictures ------------------------------------------------------------ */

/* At 16:9, even. */
static int height_of(int width) {
    return (int)lround(width * 9 / 32.0) * 2;
}

static void drop(struct weir_image **image) {
    for (int i = 0; i < FRAMES; i++)
        weir_image_unref(&image[i]);
}

static int draw(struct work *w, struct weir_error *err) {
    struct weir_scene_conf conf = weir_scene_defaults;
    struct weir_scene *scene = NULL;
    struct weir_truth truth = {0};
    conf.profile = WEIR_SCENE_RUSH;
    conf.width = WIDE;
    for (size_t i = 0; i < w->job->widths; i++)
        if (w->job->width[i] > conf.width)
            conf.width = w->job->width[i];
    conf.height = height_of(conf.width);
    conf.seconds = FRAMES / conf.fps;
    int rc = weir_scene_new(&conf, &scene, err);
    for (int i = 0; !rc && i < FRAMES; i++)
        rc = weir_stop_requested(&w->stop) ? WEIR_ECANCELED
                                           : weir_scene_next(scene, &w->drawn[i], &truth, err);
    weir_scene_free(scene);
    weir_truth_done(&truth);
    return rc;
}

/* Makes w->picture those of that width. */
static int pictures(struct work *w, int width, struct weir_error *err) {
    int rc = 0;
    if (w->width == width)
        return 0;
    drop(w->picture);
    w->width = 0;
    for (int i = 0; !rc && i < FRAMES; i++)
        rc = weir_reduce_image(w->drawn[i], width, height_of(width), &w->picture[i], err);
    if (!rc)
        w->width = width;
    return rc;
}

/* The i-th of a walk forth and back: 0 1 … 15 14 … 1 0 1 … */
static struct weir_image *walk(const struct work *w, int i) {
    int at = i % (2 * FRAMES - 2);
    return w->picture[at < FRAMES ? at : 2 * FRAMES - 2 - at];
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

static struct turn begin_turn(struct work *w) {
    int64_t wall = weir_clock_now(w->clock);
    return (struct turn){wall, thread_ns()};
}

/* Milliseconds. */
static double end_turn(struct work *w, struct turn turn) {
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
static bool enough(struct work *w, int n) {
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

static bool stopped(const struct work *w) {
    return weir_stop_requested(&w->stop);
}

/* ---- a point ------------------------------------------------------------- */

static int measure_reduce(struct work *w, const struct point *p, struct weir_error *err) {
    struct samples s = {.len = 0};
    int rc = pictures(w, p->from_width, err);
    for (int i = -1; !rc && !stopped(w) && !enough(w, s.len); i++) {
        struct weir_image *small = NULL;
        struct turn turn = begin_turn(w);
        rc = weir_reduce_image(walk(w, i + 1), p->width, height_of(p->width), &small, err);
        double ms = end_turn(w, turn);
        if (i >= 0) /* the first warms up */
            add_sample(&s, ms);
        weir_image_unref(&small);
    }
    if (!rc && !stopped(w))
        w->out->costs.reduce[w->out->costs.reduces++] = (struct weir_costs_reduce){
            p->from_width, height_of(p->from_width), p->width, height_of(p->width), median(&s)};
    return rc;
}

static int open_stage(struct work *w, const struct weir_stage_type *type, struct weir_model *model,
                      struct weir_stage **ret, struct weir_error *err) {
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

static int decode_turn(struct work *w, struct hop *hop, struct weir_packet *packet, double *ret_ms,
                       struct weir_error *err) {
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

static int hop_turn(struct work *w, struct hop *hop, bool jpeg, int i, struct weir_error *err) {
    struct weir_packet *packet = NULL;
    double decode_ms = 0;
    struct turn turn = begin_turn(w);
    int rc = weir_encoder_push(hop->encoder, walk(w, i), i % FRAMES == 0, &packet, err);
    double encode_ms = end_turn(w, turn);
    if (rc)
        return rc;
    rc = decode_turn(w, hop, packet, &decode_ms, err);
    const bool key = packet->keyframe && !jpeg;
    if (!rc && i < FRAMES) { /* the same ones every time, however often it goes round */
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

static int measure_code(struct work *w, const struct point *p, struct weir_error *err) {
    const bool jpeg = p->codec == WEIR_COSTS_JPEG;
    const struct weir_encoder_conf conf = {.coding = jpeg ? WEIR_CODING_JPEG : WEIR_CODING_H264,
                                           .width = p->width,
                                           .height = height_of(p->width),
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
    for (int i = 0; !rc && !stopped(w) && (i < FRAMES || !enough(w, hop->encode_ms.len)); i++)
        rc = hop_turn(w, hop, jpeg, i, err);
    if (!rc && !stopped(w))
        w->out->costs.code[w->out->costs.codes++] = (struct weir_costs_code){
            .codec = p->codec,
            .width = p->width,
            .height = height_of(p->width),
            .quality = p->quality,
            .encode_ms = median(&hop->encode_ms),
            .decode_ms = median(&hop->decode_ms),
            .bytes = hop->bytes / hop->frames,
            .key_bytes = jpeg ? hop->bytes / hop->frames : hop->key_bytes / hop->keys,
        };
    if (rc)
        weir_fail_at(err, rc, "%s at %dx%d: ", weir_costs_codec_name(p->codec), p->width,
                     height_of(p->width));
    weir_stage_free(hop->decode);
    weir_encoder_free(hop->encoder);
    free(hop);
    return rc;
}

static int open_model(const struct work *w, size_t model, struct weir_size size, int batch,
                      struct weir_model **ret, struct weir_error *err) {
    struct weir_settings set = *w->job->set; /* strings stay the job's */
    set.detect.size = size;
    set.detect.batch = batch;
    set.detect.workers = set.detect.threads = 1;
    set.detect.spinning = WEIR_OFF;
    return weir_model_open(w->out->paths.item[model], &set, true, ret, err);
}

/* One inference of as many pictures as a batch has. */
static int infer_turn(struct work *w, struct weir_stage *detect, int batch, int i, double *ret_ms,
                      struct weir_error *err) {
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

static int measure_infer(struct work *w, const struct point *p, struct weir_error *err) {
    struct weir_model *model = NULL;
    struct weir_stage *detect = NULL;
    struct samples s = {.len = 0};
    int rc = pictures(w, p->width, err);
    if (!rc)
        rc = open_model(w, p->model, p->size, p->batch, &model, err);
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
                                        .high_ms = quantile(&s, 0.95)};
        snprintf(to->model, sizeof to->model, "%s", name ? name : "");
        rc = name ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
        free(name);
    }
    weir_stage_free(detect);
    weir_model_unref(&model);
    return rc;
}

/* ---- which points -------------------------------------------------------- */

static void add_point(struct work *w, struct point point) {
    w->point[w->points++] = point;
}

static int by_width(const void *x, const void *y) {
    const struct point *a = x, *b = y;
    return a->width != b->width ? a->width - b->width : a->batch - b->batch;
}

/* A graph of one size has that size alone, and one of a fixed batch that batch. */
static int add_model(struct work *w, size_t m, const char *named, struct weir_error *err) {
    const struct cli_profile_job *job = w->job;
    struct weir_model *model = NULL;
    char *name = NULL;
    int rc = weir_model_find(named, &w->out->paths.item[m], err);
    if (rc)
        return rc;
    w->out->paths.len++;
    if (!(name = weir_model_name(w->out->paths.item[m])))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    else if (strlen(name) >= sizeof w->out->costs.infer->model)
        rc = weir_fail(err, WEIR_EINVAL, "%s: a profile holds names of at most 47 bytes; rename it",
                       w->out->paths.item[m]);
    free(name);
    if (!rc)
        rc = open_model(w, m, (struct weir_size){0, 0}, 1, &model, err);
    if (rc)
        return rc;
    const struct weir_model_desc *desc = weir_model_desc(model);
    const int stride = desc->stride > 0 ? desc->stride : 1;
    for (size_t b = 0; b < (desc->batch > 0 ? 1 : job->batches); b++) {
        struct point p = {.kind = INFER, .model = m};
        p.batch = desc->batch > 0 ? desc->batch : job->batch[b];
        for (size_t i = 0; i < (desc->size.width > 0 ? 1 : job->widths); i++) {
            p.width = job->width[i];
            p.size =
                (struct weir_size){p.width, (height_of(p.width) + stride - 1) / stride * stride};
            if (desc->size.width > 0) {
                p.size = desc->size;
                p.width = p.size.width < WIDE ? p.size.width + p.size.width % 2 : WIDE;
            }
            add_point(w, p);
        }
    }
    weir_model_unref(&model);
    return 0;
}

static int add_points(struct work *w, struct weir_error *err) {
    const struct cli_profile_job *job = w->job;
    static const int from[] = {WIDE, HALF};
    size_t codes = job->qualities[WEIR_COSTS_JPEG] + job->qualities[WEIR_COSTS_H264];
    size_t most = job->widths * (2 + codes + job->models->len * job->batches) +
                  job->models->len * job->batches;
    struct weir_costs *costs = &w->out->costs;
    w->point = calloc(most, sizeof *w->point);
    w->out->paths.item = calloc(job->models->len + 1, sizeof *w->out->paths.item);
    costs->infer = calloc(most, sizeof *costs->infer);
    costs->reduce = calloc(most, sizeof *costs->reduce);
    costs->code = calloc(most, sizeof *costs->code);
    if (!w->point || !w->out->paths.item || !costs->infer || !costs->reduce || !costs->code)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int f = 0; f < 2; f++)
        for (size_t i = 0; i < job->widths; i++)
            if (job->width[i] < from[f])
                add_point(w, (struct point){
                                 .kind = REDUCE, .from_width = from[f], .width = job->width[i]});
    for (size_t i = 0; i < job->widths; i++)
        for (int c = 0; c < WEIR_COSTS_CODECS; c++)
            for (size_t q = 0; q < job->qualities[c]; q++)
                add_point(w, (struct point){.kind = CODE,
                                            .width = job->width[i],
                                            .codec = (enum weir_costs_codec)c,
                                            .quality = job->quality[c][q]});
    size_t first = w->points;
    int rc = 0;
    for (size_t m = 0; !rc && m < job->models->len; m++)
        rc = add_model(w, m, job->models->item[m], err);
    qsort(w->point + first, w->points - first, sizeof *w->point, by_width);
    return rc;
}

/* ---- the whole ----------------------------------------------------------- */

static void show_progress(struct work *w) {
    int64_t now = weir_clock_now(w->clock);
    if (w->job->quiet || !cli_progress_due(&w->progress, now))
        return;
    struct weir_buf line = {0};
    cli_progress_count(&line, (int64_t)w->done, (int64_t)w->points, "points",
                       (double)(now - w->begin_ns) / (double)WEIR_NS_PER_S);
    cli_progress_show(&w->progress, now, weir_buf_str(&line));
    weir_buf_done(&line);
}

static int measure_all(struct work *w, struct weir_error *err) {
    static int (*const measure[])(struct work *, const struct point *, struct weir_error *) = {
        [REDUCE] = measure_reduce, [CODE] = measure_code, [INFER] = measure_infer};
    int rc = 0;
    for (; !rc && w->done < w->points && !stopped(w); w->done++) {
        int64_t now = weir_clock_now(w->clock), left = w->end_ns - now;
        show_progress(w);
        w->point_ns = w->cpu_ns;
        w->share_ns = now + (left > 0 ? left / (int64_t)(w->points - w->done) : 0);
        rc = measure[w->point[w->done].kind](w, &w->point[w->done], err);
    }
    return rc;
}

static void on_interrupt(void *arg) {
    weir_stop_request(arg);
}

int cli_profile_measure(const struct cli_profile_job *job, struct cli_profile *ret,
                        struct weir_error *err) {
    struct work w = {.job = job, .out = ret};
    *ret = (struct cli_profile){0};
    w.clock = weir_clock_monotonic_new();
    if (!w.clock || weir_workflow_init(&w.workflow)) {
        weir_clock_free(w.clock);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    weir_stop_init(&w.stop, w.clock);
    cli_progress_init(&w.progress, stderr);
    w.begin_ns = weir_clock_now(w.clock);
    w.end_ns = w.begin_ns + (int64_t)(job->seconds * (double)WEIR_NS_PER_S);
    cli_interrupt_handle(job->interrupt, on_interrupt, &w.stop);
    int rc = add_points(&w, err);
    if (!rc)
        rc = draw(&w, err);
    if (!rc)
        rc = measure_all(&w, err);
    cli_interrupt_handle(job->interrupt, NULL, NULL);
    cli_progress_clear(&w.progress);
    if (stopped(&w))
        rc = weir_fail(err, WEIR_ECANCELED,
                       "interrupted after %zu of %zu points: nothing is written", w.done, w.points);
    weir_costs_sort(&ret->costs);
    weir_costs_this_machine(&ret->costs.machine);
    ret->took_s = (double)(weir_clock_now(w.clock) - w.begin_ns) / (double)WEIR_NS_PER_S;
    if (w.wall_ns > w.cpu_ns)
        ret->waited = 1 - (double)w.cpu_ns / (double)w.wall_ns;
    drop(w.drawn);
    drop(w.picture);
    free(w.point);
    weir_workflow_done(&w.workflow);
    weir_clock_free(w.clock);
    return rc;
}
