/*
 * A clip through all settings. Pictures come in pieces of some frames, and a piece goes
 * through one stage at a stretch: so nothing is done twice, and the caches are those of the
 * stage that is timed. An encoder and its decoder live as long as the clip, so H.264 is one
 * stream over all of it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/record.h"

enum { PIECE = 16 };

/* A frame of the piece at one width. */
struct picture {
    struct weir_image *whole, *small, *seen; /* seen: as the models see it */
    int64_t reduce_ns;
    struct record_hop_cost cost;
};

struct work {
    struct record_plan *plan;
    size_t index; /* of the clip */
    struct cli_clip *clip;
    struct record_progress *progress;
    struct record_lane *lane; /* [settings + 1] */
    struct record_hop *hop[RECORD_WIDTHS_MAX][RECORD_CODINGS_MAX]; /* NONE: NULL */
    struct picture piece[PIECE];
    size_t piece_len;
    int64_t frames; /* read */
    int64_t first_ns, last_ns; /* their times in the medium */
};

static uint32_t fit(int64_t value) {
    return value < 0 ? 0 : value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

/* ---- truth ----------------------------------------------------------------- */

static int add_true(struct work *w, struct weir_box box, bool ignored, const char *name,
                    struct weir_error *err) {
    int class_id = -1;
    int rc = record_class(w->plan, name, false, &class_id, err);
    if (rc || class_id < 0)
        return rc;
    box.class_id = class_id;
    box.score = ignored || box.y1 - box.y0 < w->plan->ask->limits.min_height ? 0 : 1;
    return record_lane_box(&w->lane[w->plan->settings], sim_table_pack(&box))
               ? weir_fail(err, WEIR_ENOMEM, "out of memory")
               : 0;
}

static int truth_of_scene(struct work *w, const struct weir_truth *truth, struct weir_error *err) {
    struct weir_labels *labels = weir_scene_labels();
    int rc = labels ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t i = 0; !rc && i < truth->len; i++)
        rc = add_true(w, truth->data[i].box,
                      truth->data[i].visibility < w->plan->ask->limits.min_visibility,
                      weir_labels_name(labels, truth->data[i].box.class_id), err);
    weir_labels_unref(&labels);
    return rc;
}

static int truth_of_file(struct work *w, struct weir_error *err) {
    const struct weir_dataset *truth = &w->clip->truth;
    const struct weir_eval_image *image = NULL;
    int rc = cli_clip_labels(w->clip, w->frames, &image, err);
    for (size_t i = 0; !rc && i < image->len; i++) {
        const struct weir_eval_box *b = &image->box[i];
        struct weir_box box = {.x0 = (float)b->x,
                               .y0 = (float)b->y,
                               .x1 = (float)(b->x + b->w),
                               .y1 = (float)(b->y + b->h)};
        bool hidden = b->visibility > 0 && b->visibility < w->plan->ask->limits.min_visibility;
        rc = add_true(w, box, b->crowd || b->ignore || hidden, truth->category[b->category].name,
                      err);
    }
    return rc;
}

/* ---- one stage over the piece ------------------------------------------------ */

static void show(struct work *w) {
    struct record_progress *p = w->progress;
    const int64_t now = weir_clock_now(w->plan->clock);
    if (p->quiet || !cli_progress_due(&p->line, now))
        return;
    struct weir_buf line = {0};
    const double elapsed_s = (double)(now - p->begin_ns) / (double)WEIR_NS_PER_S;
    if (p->total > 0)
        cli_progress_count(&line, p->done, p->done > p->total ? p->done : p->total, "inferences",
                           elapsed_s);
    else
        weir_buf_printf(&line, "%lld inferences", (long long)p->done);
    weir_buf_printf(&line, "  clip %zu of %zu (%s)", p->clip + 1, p->clips, w->clip->name);
    cli_progress_show(&p->line, now, weir_buf_str(&line));
    weir_buf_done(&line);
}

static int reduce(struct work *w, size_t width, struct weir_error *err) {
    const struct weir_size size = record_travels(w->plan, width);
    for (size_t i = 0; i < w->piece_len; i++) {
        struct picture *p = &w->piece[i];
        const int64_t begin = weir_clock_now(w->plan->watch);
        int rc = weir_reduce_image(p->whole, size.width, size.height, &p->small, err);
        p->reduce_ns = weir_clock_now(w->plan->watch) - begin;
        if (rc)
            return weir_fail_at(err, rc, "%s: ", w->clip->name);
    }
    return 0;
}

static int travel(struct work *w, size_t width, size_t coding, struct weir_error *err) {
    struct record_hop *hop = w->hop[width][coding];
    for (size_t i = 0; i < w->piece_len; i++) {
        struct picture *p = &w->piece[i];
        int rc = 0;
        if (weir_stop_requested(&w->plan->stop))
            return WEIR_ECANCELED;
        p->cost = (struct record_hop_cost){0};
        if (hop)
            rc = record_hop_pass(hop, p->small, &p->seen, &p->cost, err);
        else
            p->seen = weir_image_ref(p->small);
        if (rc)
            return weir_fail_at(err, rc, "%s: ", w->clip->name);
    }
    return 0;
}

/* Boxes of the model's classes, in its picture, as the table has them. */
static int add_found(struct work *w, const struct record_model *m, size_t width,
                     struct weir_boxes *boxes, bool truth, struct record_lane *lane) {
    const struct weir_size size = record_travels(w->plan, width);
    const float sx = (float)w->clip->width / (float)size.width,
                sy = (float)w->clip->height / (float)size.height;
    int rc = 0;
    weir_boxes_sort(boxes);
    for (size_t i = 0; !rc && i < boxes->len; i++) {
        struct weir_box b = boxes->data[i];
        b = (struct weir_box){
            b.x0 * sx, b.y0 * sy, b.x1 * sx, b.y1 * sy, b.score, m->class_of[b.class_id], 0};
        if (b.class_id < 0)
            continue;
        if (truth)
            b.score = b.y1 - b.y0 < w->plan->ask->limits.min_height ? 0 : 1;
        rc = record_lane_box(lane, sim_table_pack(&b));
    }
    return rc;
}

static int detect(struct work *w, struct record_model *m, size_t width, bool truth,
                  struct record_lane *lane, struct weir_error *err) {
    for (size_t i = 0; i < w->piece_len; i++) {
        const struct picture *p = &w->piece[i];
        struct weir_frame *frame = NULL;
        if (weir_stop_requested(&w->plan->stop))
            return WEIR_ECANCELED;
        int rc = weir_detect_by_hand(m->detect[width], p->seen, &frame, err);
        if (rc)
            return weir_fail_at(err, rc, "%s: %s: ", w->clip->name, m->path);
        struct record_row row = {.bytes = p->cost.bytes};
        row.ns[RECORD_REDUCE] = fit(p->reduce_ns);
        row.ns[RECORD_ENCODE] = fit(p->cost.encode_ns);
        row.ns[RECORD_DECODE] = fit(p->cost.decode_ns);
        row.ns[RECORD_INFER] = fit(frame->times.detect_end - frame->times.prepare_begin);
        rc = add_found(w, m, width, &frame->boxes, truth, lane);
        weir_frame_free(frame);
        if (rc || record_lane_row(lane, row))
            return weir_fail(err, WEIR_ENOMEM, "out of memory");
        w->progress->done++;
        show(w);
    }
    return 0;
}

static void drop_seen(struct work *w) {
    for (size_t i = 0; i < PIECE; i++)
        weir_image_unref(&w->piece[i].seen);
}

static void drop_small(struct work *w) {
    drop_seen(w);
    for (size_t i = 0; i < PIECE; i++)
        weir_image_unref(&w->piece[i].small);
}

static void drop_piece(struct work *w) {
    drop_small(w);
    for (size_t i = 0; i < PIECE; i++)
        weir_image_unref(&w->piece[i].whole);
    w->piece_len = 0;
}

static int run_width(struct work *w, size_t width, struct weir_error *err) {
    struct record_plan *plan = w->plan;
    int rc = reduce(w, width, err);
    for (size_t coding = 0; !rc && coding < plan->codings; coding++) {
        rc = travel(w, width, coding, err);
        for (size_t m = 0; !rc && m < plan->models; m++)
            rc = detect(w, &plan->model[m], width, false,
                        &w->lane[record_setting(plan, m, width, coding)], err);
        if (!rc && plan->ask->reference && width == plan->own && coding == 0)
            rc = detect(w, &plan->reference, width, true, &w->lane[plan->settings], err);
        drop_seen(w);
    }
    drop_small(w);
    return rc;
}

static int run_piece(struct work *w, struct weir_error *err) {
    int rc = 0;
    for (size_t width = 0; !rc && width < w->plan->widths; width++)
        rc = run_width(w, width, err);
    drop_piece(w);
    return rc;
}

/* ---- the whole clip ------------------------------------------------------------ */

static int open_hops(struct work *w, struct weir_error *err) {
    struct weir_stage_conf conf = record_timed_conf(w->plan, w->index);
    int rc = 0;
    for (size_t width = 0; width < w->plan->widths; width++)
        for (size_t c = 1; !rc && c < w->plan->codings; c++)
            rc = record_hop_new(&conf, w->plan->coding[c], record_travels(w->plan, width),
                                w->clip->rate_fps, &w->hop[width][c], err);
    return rc;
}

static int take_frame(struct work *w, struct weir_frame *frame, struct weir_error *err) {
    const struct cli_clip *clip = w->clip;
    int rc = 0;
    if (!w->plan->ask->reference) {
        rc = clip->drawn ? truth_of_scene(w, frame->truth, err) : truth_of_file(w, err);
        if (!rc && record_lane_row(&w->lane[w->plan->settings], (struct record_row){0}))
            rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    if (rc)
        return rc;
    w->piece[w->piece_len++].whole = weir_image_ref(frame->image);
    if (!w->frames)
        w->first_ns = frame->media_ns;
    w->last_ns = frame->media_ns;
    w->frames++;
    return 0;
}

static int run_frames(struct work *w, struct cli_reader *reader, struct weir_error *err) {
    int rc = 0;
    while (!rc) {
        struct weir_frame *frame = NULL;
        rc = cli_reader_next_of(reader, w->clip, &frame, err);
        if (!rc)
            rc = take_frame(w, frame, err);
        weir_frame_free(frame);
        if ((!rc && w->piece_len == PIECE) || rc == WEIR_EEOF) {
            int failed = run_piece(w, err);
            rc = failed ? failed : rc;
        }
    }
    return rc == WEIR_EEOF ? 0 : rc;
}

/* What is known of the clip at its end; its frames and boxes are there. */
static void describe(const struct work *w, struct sim_table_clip *clip) {
    const int64_t span_ns = w->last_ns - w->first_ns;
    double rate = w->clip->rate_fps;
    if (!w->clip->drawn && w->first_ns >= 0 && span_ns > 0) {
        double whole = (double)(w->frames - 1) * 1e9 / (double)span_ns;
        rate = whole >= 0.01 && whole <= 1000 ? round(whole * 1000) / 1000 : rate;
    }
    clip->width = (uint16_t)w->clip->width;
    clip->height = (uint16_t)w->clip->height;
    clip->rate_fps = (float)rate;
    snprintf(clip->name, sizeof clip->name, "%s", w->clip->name);
}

int64_t record_inferences(const struct record_plan *plan) {
    return plan->settings + (plan->ask->reference != NULL);
}

int record_take_make(struct record_plan *plan, size_t clip, struct record_progress *progress,
                     struct record_take *ret, struct weir_error *err) {
    struct cli_reader reader = {0};
    struct record_take take = {0};
    struct weir_stage_conf conf = record_stage_conf(plan, clip);
    struct work *w = calloc(1, sizeof *w);
    if (w)
        w->lane = calloc((size_t)plan->settings + 1, sizeof *w->lane);
    int rc = w && w->lane ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (rc)
        goto done;
    w->plan = plan;
    w->index = clip;
    w->clip = &plan->clip[clip];
    w->progress = progress;
    rc = open_hops(w, err);
    if (!rc)
        rc = cli_reader_open(&conf, &reader, err);
    if (!rc)
        rc = run_frames(w, &reader, err);
    if (!rc && record_lanes_gather(w->lane, plan->settings, (uint32_t)w->frames, &take))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        describe(w, &take.draft.clip);
    drop_piece(w);
    for (size_t i = 0; i < plan->widths; i++)
        for (size_t c = 0; c < plan->codings; c++)
            record_hop_free(w->hop[i][c]);
    record_lanes_free(w->lane, plan->settings);
done:
    cli_reader_done(&reader);
    free(w);
    if (rc)
        record_take_done(&take);
    else
        *ret = take;
    return rc;
}
