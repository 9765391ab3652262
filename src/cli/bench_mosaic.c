/*
 * A run as its viewers saw it, moment by moment at the cameras' rate. What a tile shows is what was
 * there at that moment of the run's own clock: the camera's newest picture, and over it the boxes
 * of the newest result that was delivered by then. They lie where things were when that result's
 * frame was captured: a strategy that is late is seen to be late. That a frame is dropped is told
 * from when it was due.
 */
#include "cli/bench_mosaic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pipeline/pipeline.h"

enum { BAR_CELLS = 24 };

/* A drop is news for so long. */
static const int64_t news_ns = WEIR_NS_PER_S / 2;

/* What one camera's viewer has at a moment. */
struct viewer {
    const struct sim_stream_result *stream;
    int64_t due; /* the newest frame that was due; -1: none yet */
    int64_t result; /* the newest one whose result is there; -1: none yet */
    int64_t dropped[WEIR_OUTCOME_COUNT];
    int64_t news_until_ns;
    bool gone; /* its camera shows nothing more */
};

struct show {
    const struct sim_case *ready;
    const struct cli_sim_row *row;
    struct sim_finds *finds;
    const struct weir_emu_clip *clip; /* [clips of the table] */
    struct viewer *viewer; /* [streams] */
    struct weir_tiles *tiles;
    struct weir_boxes boxes; /* of a tile */
    struct weir_buf status, warning;
};

/* ---- which ---------------------------------------------------------------------------- */

static int label_of(const struct cli_sim *sim, const char *name, struct weir_error *err) {
    struct weir_buf has = {0};
    for (int s = 0; s < sim->strategies; s++) {
        if (!strcmp(sim->strategy[s].label, name)) {
            weir_buf_done(&has);
            return s;
        }
        weir_buf_printf(&has, "%s%s", s ? ", " : "", sim->strategy[s].label);
    }
    int rc = weir_fail(err, WEIR_EINVAL,
                       "--mosaic-strategy: found '%.60s', which is not among those that run; "
                       "allowed: %s",
                       name, weir_buf_str(&has));
    weir_buf_done(&has);
    return rc;
}

int cli_bench_mosaic_which(const struct cli_sim *sim, const char *strategy,
                           struct cli_sim_which *ret, struct weir_error *err) {
    const int at = sim->cases - 1;
    char *const *left_out = sim->at[at].left_out;
    int most = 0, s = strategy ? label_of(sim, strategy, err) : sim->strategies - 1;
    if (s < 0)
        return s;
    while (!strategy && s > 0 && left_out[s])
        s--;
    if (left_out[s])
        return weir_fail(err, WEIR_EINVAL, "--mosaic: %s does not run here: %s",
                         sim->strategy[s].label, left_out[s]);
    for (int u = 0; u < sim->user_counts; u++)
        most = sim->users[u] > most ? sim->users[u] : most;
    if (most > WEIR_TILES_MOST)
        return weir_fail(err, WEIR_EINVAL, "--mosaic: found %d cameras; allowed: up to %d", most,
                         WEIR_TILES_MOST);
    *ret = (struct cli_sim_which){at, most, s, 1};
    return 0;
}

static const struct cli_sim_row *row_of(const struct cli_sim *sim,
                                        const struct cli_sim_which *which) {
    for (int i = 0; i < sim->rows; i++)
        if (sim->row[i].at == which->at && sim->row[i].users == which->users &&
            sim->row[i].strategy == which->strategy)
            return &sim->row[i];
    return NULL;
}

/* ---- a moment ------------------------------------------------------------------------- */

static bool is_drop(enum weir_outcome outcome) {
    return outcome != WEIR_OUTCOME_NONE && !weir_outcome_is_result(outcome);
}

static void go_on(struct viewer *v, int64_t now_ns) {
    const struct sim_frame *frame = v->stream->frame;
    while (v->due + 1 < v->stream->frames && frame[v->due + 1].due_ns <= now_ns) {
        const struct sim_frame *f = &frame[++v->due];
        if (is_drop(f->outcome)) {
            v->dropped[f->outcome]++;
            v->news_until_ns = f->due_ns + news_ns;
        }
    }
    for (int64_t k = v->result + 1; k <= v->due; k++) {
        if (frame[k].outcome != WEIR_OUTCOME_DETECT)
            continue;
        if (frame[k].delivered_ns > now_ns) /* results come in the order of their frames */
            break;
        v->result = k;
    }
}

/* "user-0 at edge-1  ·  cloud  street_m 640x360 jpeg  ·  60 ms  ·  age 80 ms" */
static void say_status(struct show *s, int i, int64_t now_ns) {
    const struct viewer *v = &s->viewer[i];
    const struct sim_stream_conf *camera = &s->row->cameras.stream[i];
    static const char *const travels[] = {
        [WEIR_TRAVEL_NONE] = "", [WEIR_TRAVEL_JPEG] = " jpeg", [WEIR_TRAVEL_H264] = " h264"};
    weir_buf_reset(&s->status);
    weir_buf_printf(&s->status, "%s at %.40s  ·  ", camera->name,
                    s->ready->site.node[camera->node].name);
    if (v->result < 0) {
        weir_buf_puts(&s->status, "no result yet");
        return;
    }
    const struct sim_frame *f = &v->stream->frame[v->result];
    const struct weir_setting *setting = &s->ready->setting[f->setting];
    weir_buf_printf(&s->status, "%.40s: %.40s %dx%d%s  ·  %.0f ms  ·  age %.0f ms",
                    s->ready->site.node[setting->node].name,
                    weir_path_base(s->ready->model[setting->model]), setting->width,
                    setting->height, travels[setting->travel],
                    (double)(f->delivered_ns - f->due_ns) / WEIR_NS_PER_MS,
                    (double)(now_ns - f->due_ns) / WEIR_NS_PER_MS);
}

/* "dropped: 12 late, 3 overload"; false: nothing was. */
static bool say_drops(struct show *s, const struct viewer *v) {
    bool any = false;
    weir_buf_reset(&s->warning);
    for (int o = 0; o < WEIR_OUTCOME_COUNT; o++)
        if (v->dropped[o]) {
            weir_buf_printf(&s->warning, "%s%lld %s",
                            any ? ", " : "dropped: ", (long long)v->dropped[o],
                            weir_outcome_name((enum weir_outcome)o));
            any = true;
        }
    return any;
}

static int take_boxes(struct show *s, int i, struct weir_error *err) {
    const struct viewer *v = &s->viewer[i];
    size_t len = 0;
    const struct sim_table_box *box =
        v->result < 0
            ? NULL
            : s->finds->boxes(s->finds, i, v->result, v->stream->frame[v->result].setting, &len);
    weir_boxes_reset(&s->boxes);
    for (size_t k = 0; k < len; k++)
        if (weir_boxes_add(&s->boxes, (struct weir_box){.x0 = (float)box[k].x0 / 8,
                                                        .y0 = (float)box[k].y0 / 8,
                                                        .x1 = (float)box[k].x1 / 8,
                                                        .y1 = (float)box[k].y1 / 8,
                                                        .score = (float)box[k].score / 255,
                                                        .class_id = box[k].class_id}))
            return weir_fail(err, WEIR_ENOMEM, "out of memory");
    return 0;
}

static int show_tile(struct show *s, int i, int64_t now_ns, struct weir_error *err) {
    struct viewer *v = &s->viewer[i];
    const struct sim_stream_conf *camera = &s->row->cameras.stream[i];
    if (v->gone)
        return 0;
    if (camera->until_ns && now_ns >= camera->until_ns) {
        v->gone = true;
        return weir_tiles_end(s->tiles, i, err);
    }
    go_on(v, now_ns);
    if (v->due < 0)
        return 0;
    int rc = take_boxes(s, i, err);
    if (rc)
        return rc;
    const struct sim_picture at = sim_shown(&s->row->cameras.showing[i], &s->ready->table, v->due);
    say_status(s, i, now_ns);
    const bool dropped = say_drops(s, v);
    const struct weir_note note = {
        .status = weir_buf_str(&s->status),
        .warning = dropped ? weir_buf_str(&s->warning) : NULL,
        .alarms = now_ns < v->news_until_ns,
    };
    return weir_tiles_show(s->tiles, i, s->clip[at.clip].picture[at.frame], &s->boxes, &note,
                           now_ns, err);
}

/* ---- all of them ---------------------------------------------------------------------- */

static int show_all(struct show *s, bool quiet, struct weir_error *err) {
    struct weir_clock *clock = weir_clock_monotonic_new();
    struct cli_progress progress;
    if (!clock)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    cli_progress_init(&progress, stderr);
    const int64_t began_ns = weir_clock_now(clock);
    const double rate = s->ready->of->rate_fps;
    const int64_t moments = (int64_t)floor(s->ready->of->seconds * rate) + 1;
    int rc = 0;
    for (int64_t k = 1; !rc && k < moments; k++) { /* at 0 nothing was due */
        for (int i = 0; !rc && i < s->row->users; i++)
            rc = show_tile(s, i, llround((double)k * 1e9 / rate), err);
        const int64_t now = weir_clock_now(clock);
        if (quiet || !progress.terminal || !cli_progress_due(&progress, now))
            continue;
        struct weir_buf line = {0};
        weir_buf_puts(&line, "mosaic ");
        cli_progress_count(&line, k, moments, "pictures", (double)(now - began_ns) / 1e9);
        cli_progress_show(&progress, now, weir_buf_str(&line));
        weir_buf_done(&line);
    }
    cli_progress_clear(&progress);
    weir_clock_free(clock);
    return rc;
}

static struct weir_labels *labels_of(const struct sim_table *table) {
    const char **name = calloc((size_t)table->classes + 1, sizeof *name);
    for (int i = 0; name && i < table->classes; i++)
        name[i] = table->class_name[i];
    struct weir_labels *labels = name ? weir_labels_new(name, (size_t)table->classes) : NULL;
    free(name);
    return labels;
}

int cli_bench_mosaic(const struct cli_sim *sim, struct cli_emulation *emulation,
                     const struct cli_sim_which *which, const char *path, struct weir_error *err) {
    struct show s = {
        .ready = &sim->at[which->at].ready,
        .row = row_of(sim, which),
        .finds = cli_emulation_finds(emulation),
        .clip = cli_emulation_clips(emulation, which->at),
        .viewer = calloc((size_t)which->users, sizeof *s.viewer),
    };
    struct weir_labels *labels = labels_of(&s.ready->table);
    int rc = 0;
    if (!s.row || !s.finds)
        rc = weir_fail(err, WEIR_EINTERNAL, "the run was not kept");
    else if (!s.viewer || !labels)
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int i = 0; !rc && i < which->users; i++)
        s.viewer[i] = (struct viewer){.stream = &s.row->first.stream[i], .due = -1, .result = -1};
    if (!rc)
        rc = weir_tiles_open(&(struct weir_tiles_conf){.path = path,
                                                       .rate_fps = s.ready->of->rate_fps,
                                                       .places = which->users,
                                                       .labels = labels},
                             &s.tiles, err);
    if (!rc)
        rc = show_all(&s, sim->quiet, err);
    if (!rc)
        rc = weir_tiles_finish(s.tiles, err);
    weir_tiles_free(s.tiles);
    weir_boxes_done(&s.boxes);
    weir_buf_done(&s.status);
    weir_buf_done(&s.warning);
    weir_labels_unref(&labels);
    free(s.viewer);
    return rc;
}
