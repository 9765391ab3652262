/*
 * Bytes are looked up. Their means, which agents plan with, begin as those of the whole table
 * and follow what the stream itself has sent. Accuracy is what the floor's estimator of
 * the stream says; it is told of each result, and of each audit, the boxes out of the table.
 */
#include "sim/recorded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/state.h"

#define LEARN_BYTES 0.05 /* of the way to what a frame had, each frame */
#define MEMORY_S 4.0 /* how long what was seen is believed */
/* How alike models err: the least of squares over the street scenes 2, 5, 9, 12 … 47, on which no
 * detector was trained, of three models at four widths through two codecs. With the reference as
 * auditor what is said is off by 0.11 (rms), and of 93 settings that hold 0.85 it lets 31 through,
 * with ten that do not (three are below 0.82). Apart, looking at 960 pixels where the reference
 * looks at 640, it is off by 0.084, and lets 64 through, with ten that do not (five below 0.82).
 * Self: how well the reference agrees with the auditor until that is known: the mean, 0.84; apart,
 * where streets differ (0.55 to 0.81), the most, so that nothing is trusted before. */
#define BEND 0.65
#define SELF 0.84
#define BEND_APART 0.8
#define SELF_APART 0.8
#define CURIOUS 5 /* times as many audits, as long as a floor is curious */
#define MISS 0.01 /* share of windows that may fall below the floor */
enum { BOXES_MAX = 300, TRAVELS = WEIR_TRAVEL_H264 + 1 };

struct of_stream {
    struct weir_floor *floor; /* NULL where the truth is believed */
    double *truth; /* [all settings]: relative accuracy */
    double more[TRAVELS]; /* bytes sent so / those of the table, on average */
};

struct sim_recorded {
    struct sim_content content; /* the first: handlers get this */
    const struct sim_conf *conf;
    struct sim_recorded_conf how;
    const struct sim_table *table;
    int *table_setting; /* [all settings, those for audits, too] */
    int *way; /* [all settings]: of the floors */
    int *setting_of; /* [ways]: one of its settings */
    struct weir_sight *sight; /* of the models that are used; borrowed inside */
    int *sight_of; /* [models of the table]: into sight; -1: it is not used */
    int sights;
    double *mean_bytes; /* [all settings]: over the table, keyframes left out */
    struct of_stream *stream; /* [streams] */
    struct weir_floor_box own[BOXES_MAX], auditor[BOXES_MAX];
};

static struct sim_recorded *of(struct sim_content *content) {
    return (struct sim_recorded *)content;
}

/* ---- bytes --------------------------------------------------------------- */

static int64_t recorded(const struct sim_recorded *r, int setting, struct sim_picture at) {
    return sim_table_bytes(r->table, at.clip, r->table_setting[setting], at.frame);
}

/* Does a camera show something else in this frame than in the one detected before it? */
static bool cut(const struct sim_showing *showing, int64_t frame, int skip) {
    for (int i = 1; i < showing->scenes; i++)
        if (showing->scene[i].from <= frame && showing->scene[i].from > frame - skip)
            return true;
    return false;
}

static int64_t bytes(struct sim_content *content, int stream, int64_t frame, int setting) {
    const struct sim_recorded *r = of(content);
    const struct sim_showing *showing = &r->how.showing[stream];
    struct sim_picture at = sim_shown(showing, r->table, frame);
    /* Where a clip begins again H.264 goes on; where another is cut in, it takes a keyframe. */
    if (r->conf->setting[setting].travel == WEIR_TRAVEL_H264)
        at.frame = cut(showing, frame, sim_skip(&r->conf->stream[stream])) ? 0
                   : at.frame                                              ? at.frame
                              : r->table->clip[at.clip].frames > 1;
    int64_t n = recorded(r, setting, at);
    return n > 0 ? n : 1;
}

static void sent(struct sim_content *content, int stream, int setting, int64_t n) {
    struct sim_recorded *r = of(content);
    double *more = &r->stream[stream].more[r->conf->setting[setting].travel];
    if (r->mean_bytes[setting] > 0)
        *more += LEARN_BYTES * ((double)n / r->mean_bytes[setting] - *more);
}

static int64_t key_bytes(struct sim_content *content, int stream, int64_t frame, int setting) {
    struct sim_recorded *r = of(content);
    struct sim_picture at = sim_shown(&r->how.showing[stream], r->table, frame);
    at.frame = 0;
    int64_t n = recorded(r, setting, at);
    return n > 0 ? n : 1;
}

static int64_t mean_bytes(struct sim_content *content, int stream, int setting) {
    struct sim_recorded *r = of(content);
    const double more = r->stream[stream].more[r->conf->setting[setting].travel];
    return llround(fmax(1, r->mean_bytes[setting] * more));
}

/* ---- accuracy ------------------------------------------------------------ */

static void accuracy(struct sim_content *content, int stream, int64_t frame, int setting,
                     double *ret_accuracy, double *ret_margin) {
    struct sim_recorded *r = of(content);
    const struct of_stream *s = &r->stream[stream];
    (void)frame;
    if (s->floor) {
        weir_floor_predict(s->floor, r->way[setting], ret_accuracy, ret_margin);
        return;
    }
    *ret_accuracy = s->truth[setting];
    *ret_margin = 0;
}

static size_t boxes(const struct sim_recorded *r, int setting, struct sim_picture at,
                    struct weir_floor_box *ret) {
    size_t len;
    const struct sim_table_box *box =
        sim_table_boxes(r->table, at.clip, r->table_setting[setting], at.frame, &len);
    len = len < BOXES_MAX ? len : BOXES_MAX;
    for (size_t i = 0; i < len; i++)
        ret[i] = (struct weir_floor_box){
            box[i].x0 / 8.0F, box[i].y0 / 8.0F, box[i].x1 / 8.0F,
            box[i].y1 / 8.0F, box[i].class_id,  box[i].score / 255.0F,
        };
    return len;
}

static void seen(struct sim_content *content, int stream, int64_t frame, int setting,
                 int64_t now_ns) {
    struct sim_recorded *r = of(content);
    struct sim_picture at = sim_shown(&r->how.showing[stream], r->table, frame);
    size_t len = boxes(r, setting, at, r->own);
    weir_floor_seen(r->stream[stream].floor, now_ns, r->way[setting], r->own, len);
}

static bool audits(struct sim_content *content, int stream, int64_t frame) {
    struct sim_recorded *r = of(content);
    const bool curious = weir_floor_curious(r->stream[stream].floor);
    return weir_floor_draw(r->how.seed, stream, frame / sim_skip(&r->conf->stream[stream]),
                           curious ? (r->how.audit_every + CURIOUS - 1) / CURIOUS
                                   : r->how.audit_every);
}

_Static_assert((int)SIM_COMPARED_MAX >= (int)WEIR_FLOOR_COMPARED_MAX,
               "ways that a floor would compare");

static int compares(struct sim_content *content, int stream, int setting, int auditor,
                    int ret_setting[SIM_COMPARED_MAX]) {
    const struct sim_recorded *r = of(content);
    int way[WEIR_FLOOR_COMPARED_MAX],
        len = weir_floor_compare(r->stream[stream].floor, setting < 0 ? -1 : r->way[setting],
                                 r->way[auditor], way);
    for (int i = 0; i < len; i++)
        ret_setting[i] = r->setting_of[way[i]];
    return len;
}

/* The viewer had this, and the auditor that. Where the auditor is the reference, who had its own
 * look, or the very same, had all there is; another look of it then tells how well it agrees with
 * itself.
 */
static void shown(struct sim_recorded *r, int stream, struct sim_picture at,
                  const struct sim_audit *audit, size_t auditor, int64_t now_ns) {
    struct weir_floor *floor = r->stream[stream].floor;
    const size_t own = boxes(r, audit->shown, at, r->own);
    const int best = r->way[r->conf->stream[stream].reference], way = r->way[audit->shown],
              look = r->way[audit->auditor];
    if (r->conf->stream[stream].audit_width || (way != look && way != best)) {
        weir_floor_audited(floor, now_ns, way, r->own, own, r->auditor, auditor);
        return;
    }
    weir_floor_audited(floor, now_ns, best, r->own, own, r->own, own);
    if (way != look)
        weir_floor_compared(floor, look, r->auditor, auditor, r->own, own);
}

static void audited(struct sim_content *content, int stream, int64_t frame,
                    const struct sim_audit *audit, int64_t now_ns) {
    struct sim_recorded *r = of(content);
    struct weir_floor *floor = r->stream[stream].floor;
    struct sim_picture at = sim_shown(&r->how.showing[stream], r->table, frame);
    const size_t auditor = boxes(r, audit->auditor, at, r->auditor);
    if (audit->shown >= 0)
        shown(r, stream, at, audit, auditor, now_ns);
    else
        weir_floor_audited(floor, now_ns, -1, NULL, 0, r->auditor, auditor);
    for (int i = 0; i < audit->compares; i++) {
        const size_t own = boxes(r, audit->compared[i], at, r->own);
        weir_floor_compared(floor, r->way[audit->compared[i]], r->own, own, r->auditor, auditor);
    }
}

/* ---- setting up ---------------------------------------------------------- */

static double mean_of(const struct sim_recorded *r, int setting) {
    double sum = 0;
    int64_t frames = 0;
    for (int c = 0; c < r->table->clips; c++)
        for (int64_t k = 1; k < r->table->clip[c].frames; k++, frames++)
            sum += (double)sim_table_bytes(r->table, c, r->table_setting[setting], k);
    return frames ? sum / (double)frames : 0;
}

/* A scenario may use some of the table's models; who is not used has no sight. */
static bool make_sights(struct sim_recorded *r) {
    const size_t models = (size_t)r->table->models;
    r->sight = calloc(models + 1, sizeof *r->sight);
    r->sight_of = malloc((models + 1) * sizeof *r->sight_of);
    if (!r->sight || !r->sight_of)
        return false;
    for (int m = 0; m < r->table->models; m++) {
        bool used = false;
        for (int i = 0; i < sim_settings(r->conf); i++)
            used = used || r->table->setting[r->table_setting[i]].model == m;
        r->sight_of[m] = used ? r->sights : -1;
        if (used)
            r->sight[r->sights++] = r->how.sight[m];
    }
    return true;
}

/* Settings that are the same but for their node are one way. */
static int make_ways(struct sim_recorded *r, struct weir_floor_way *way) {
    int ways = 0;
    for (int i = 0; i < sim_settings(r->conf); i++) {
        const struct sim_table_setting *s = &r->table->setting[r->table_setting[i]];
        int k = 0;
        while (r->table_setting[k] != r->table_setting[i])
            k++;
        r->way[i] = k < i ? r->way[k] : ways;
        if (k < i)
            continue;
        r->setting_of[ways] = i;
        way[ways++] = (struct weir_floor_way){
            .model = r->sight_of[s->model],
            .scale = (double)s->width / r->table->clip[0].width,
            .kin = s->model * 65536 + s->width,
        };
    }
    return ways;
}

/* The way in which a stream's audits look; the reference's own where there is no other. */
static int auditor_of(const struct sim_recorded *r, int stream) {
    const struct sim_stream_conf *s = &r->conf->stream[stream];
    for (int i = 0; s->audit_width && i < sim_settings(r->conf); i++)
        if (sim_audits_as(r->conf, stream, i))
            return r->way[i];
    return r->way[s->reference];
}

static int make_floors(struct sim_recorded *r, struct weir_error *err) {
    struct weir_floor_way *way = calloc((size_t)sim_settings(r->conf), sizeof *way);
    if (!way || !make_sights(r)) {
        free(way);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    int rc = 0, ways = make_ways(r, way);
    for (int i = 0; !rc && i < r->conf->streams; i++) {
        const struct sim_stream_conf *s = &r->conf->stream[i];
        const int auditor = auditor_of(r, i);
        const bool apart = way[auditor].kin != way[r->way[s->reference]].kin;
        rc = weir_floor_new(&(struct weir_floor_conf){.sight = r->sight,
                                                      .models = r->sights,
                                                      .way = way,
                                                      .ways = ways,
                                                      .reference = r->way[s->reference],
                                                      .auditor = auditor,
                                                      .min_accuracy = s->min_accuracy,
                                                      .rate_fps = sim_detected_fps(s),
                                                      .memory_s = MEMORY_S,
                                                      .window_s = r->how.window_s,
                                                      .miss = MISS,
                                                      .bend = apart ? BEND_APART : BEND,
                                                      .self = apart ? SELF_APART : SELF},
                            &r->stream[i].floor, err);
    }
    free(way);
    return rc;
}

static double f1_of(const struct sim_recorded *r, int stream, int setting) {
    const struct sim_stream_conf *s = &r->conf->stream[stream];
    struct sim_counts sum = {0};
    const int64_t frames = sim_frames_of(r->conf, s);
    for (int64_t k = 0; k < frames; k += sim_skip(s)) {
        struct sim_picture at = sim_shown(&r->how.showing[stream], r->table, k);
        struct sim_counts n = sim_verdicts_of(r->how.verdicts, r->table_setting[setting], at, at);
        sim_counts_add(&sum, &n);
    }
    return sim_f1(&sum);
}

static double truth_of(const struct sim_recorded *r, int stream, int setting) {
    double best = f1_of(r, stream, r->conf->stream[stream].reference),
           own = f1_of(r, stream, setting);
    return best > 0 ? own / best : isnan(own) ? 1 : 0; /* nothing to see, and nothing seen */
}

double sim_recorded_truth(const struct sim_recorded *r, int stream, int setting) {
    const double *known = r->stream[stream].truth;
    return known ? known[setting] : truth_of(r, stream, setting);
}

static int make_truths(struct sim_recorded *r, struct weir_error *err) {
    const int settings = sim_settings(r->conf);
    for (int i = 0; i < r->conf->streams; i++) {
        double *truth = calloc((size_t)settings, sizeof *truth);
        if (!truth)
            return weir_fail(err, WEIR_ENOMEM, "out of memory");
        r->stream[i].truth = truth;
        for (int s = 0; s < settings; s++) {
            int k = 0;
            while (r->table_setting[k] != r->table_setting[s])
                k++;
            truth[s] = k < s ? truth[k] : truth_of(r, i, s);
        }
    }
    return 0;
}

int sim_recorded_new(const struct sim_conf *conf, const struct sim_recorded_conf *how,
                     struct sim_recorded **ret, struct weir_error *err) {
    struct sim_recorded *r = calloc(1, sizeof *r);
    int rc = WEIR_ENOMEM;
    if (!r)
        return weir_fail(err, rc, "out of memory");
    *r = (struct sim_recorded){
        .content = {.bytes = bytes,
                    .mean_bytes = mean_bytes,
                    .accuracy = accuracy,
                    .key_bytes = key_bytes,
                    .sent = sent},
        .conf = conf,
        .how = *how,
        .table = sim_verdicts_table(how->verdicts),
    };
    rc = sim_table_find_all(r->table, conf->model, conf->setting, sim_settings(conf),
                            &r->table_setting, err);
    if (rc)
        goto fail;
    for (int i = 0; i < conf->streams; i++)
        for (int k = 0; k < how->showing[i].scenes; k++)
            if (how->showing[i].scene[k].clip < 0 ||
                how->showing[i].scene[k].clip >= r->table->clips) {
                rc = weir_fail(err, WEIR_EINVAL, "stream %d shows clip %d; the table has %d", i,
                               how->showing[i].scene[k].clip, r->table->clips);
                goto fail;
            }
    r->way = calloc((size_t)sim_settings(conf), sizeof *r->way);
    r->mean_bytes = calloc((size_t)sim_settings(conf), sizeof *r->mean_bytes);
    r->stream = calloc((size_t)conf->streams, sizeof *r->stream);
    r->setting_of = calloc((size_t)sim_settings(conf), sizeof *r->setting_of);
    if (!r->way || !r->setting_of || !r->mean_bytes || !r->stream) {
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
        goto fail;
    }
    for (int i = 0; i < sim_settings(conf); i++)
        r->mean_bytes[i] = mean_of(r, i);
    for (int i = 0; i < conf->streams; i++)
        for (int t = 0; t < TRAVELS; t++)
            r->stream[i].more[t] = 1;
    rc = how->sight ? make_floors(r, err) : make_truths(r, err);
    if (rc)
        goto fail;
    if (how->sight) {
        r->content.seen = seen;
        if (how->audit_every > 0) {
            r->content.audits = audits;
            r->content.compares = compares;
            r->content.audited = audited;
        }
    }
    *ret = r;
    return 0;
fail:
    sim_recorded_free(r);
    return rc;
}

void sim_recorded_free(struct sim_recorded *r) {
    if (!r)
        return;
    for (int i = 0; r->stream && i < r->conf->streams; i++) {
        weir_floor_free(r->stream[i].floor);
        free(r->stream[i].truth);
    }
    free(r->stream);
    free(r->table_setting);
    free(r->way);
    free(r->setting_of);
    free(r->sight);
    free(r->sight_of);
    free(r->mean_bytes);
    free(r);
}

struct sim_content *sim_recorded_content(struct sim_recorded *r) {
    return &r->content;
}

double sim_recorded_audit(const struct sim_recorded *r, int stream) {
    const struct weir_floor *floor = r->stream[stream].floor;
    return floor ? weir_floor_audit(floor) : NAN;
}
