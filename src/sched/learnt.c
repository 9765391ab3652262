#include "sched/learnt.h"

#include <math.h>
#include <stdlib.h>

#include "sched/agent.h"

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
enum { TRAVELS = WEIR_TRAVEL_H264 + 1 };

struct of_stream {
    struct weir_floor *floor; /* NULL without sights */
    double more[TRAVELS]; /* bytes sent so / those expected, on average */
    int reference; /* index into settings */
    bool apart; /* its auditor is not the reference itself */
};

struct weir_learnt {
    struct weir_beliefs base; /* the first: handlers get this */
    struct weir_setting *setting; /* [settings] */
    double *mean_bytes; /* [settings] */
    int *way; /* [settings]: of the floors */
    int *setting_of; /* [ways]: one of its settings */
    int settings, ways;
    struct weir_sight *sight; /* of the models that are used; borrowed inside */
    int *sight_of; /* [models]: into sight; -1: it is not used */
    int sights;
    struct of_stream *stream; /* [streams] */
    int streams;
    double window_s;
    int64_t audit_every;
    uint64_t seed;
};

static struct weir_learnt *of(struct weir_beliefs *beliefs) {
    return (struct weir_learnt *)beliefs;
}

/* ---- bytes --------------------------------------------------------------- */

static int64_t mean_bytes(struct weir_beliefs *beliefs, int stream, int setting) {
    const struct weir_learnt *l = of(beliefs);
    const double more = l->stream[stream].more[l->setting[setting].travel];
    return llround(fmax(1, l->mean_bytes[setting] * more));
}

void weir_learnt_sent(struct weir_learnt *l, int stream, int setting, int64_t bytes) {
    double *more = &l->stream[stream].more[l->setting[setting].travel];
    if (l->mean_bytes[setting] > 0)
        *more += LEARN_BYTES * ((double)bytes / l->mean_bytes[setting] - *more);
}

/* ---- accuracy ------------------------------------------------------------ */

static void accuracy(struct weir_beliefs *beliefs, int stream, int64_t frame, int setting,
                     double *ret_accuracy, double *ret_margin) {
    const struct weir_learnt *l = of(beliefs);
    (void)frame;
    weir_floor_predict(l->stream[stream].floor, l->way[setting], ret_accuracy, ret_margin);
}

static bool audits(struct weir_beliefs *beliefs, int stream, int64_t frame) {
    const struct weir_learnt *l = of(beliefs);
    const bool curious = weir_floor_curious(l->stream[stream].floor);
    return weir_floor_draw(l->seed, stream, frame,
                           curious ? (l->audit_every + CURIOUS - 1) / CURIOUS : l->audit_every);
}

_Static_assert((int)WEIR_COMPARED_MAX >= (int)WEIR_FLOOR_COMPARED_MAX,
               "ways that a floor would compare");

static int compares(struct weir_beliefs *beliefs, int stream, int setting, int auditor,
                    int ret_setting[WEIR_COMPARED_MAX]) {
    const struct weir_learnt *l = of(beliefs);
    int way[WEIR_FLOOR_COMPARED_MAX],
        len = weir_floor_compare(l->stream[stream].floor, setting < 0 ? -1 : l->way[setting],
                                 l->way[auditor], way);
    for (int i = 0; i < len; i++)
        ret_setting[i] = l->setting_of[way[i]];
    return len;
}

void weir_learnt_seen(struct weir_learnt *l, int stream, int64_t now_ns,
                      const struct weir_found *found) {
    weir_floor_seen(l->stream[stream].floor, now_ns, l->way[found->setting], found->box,
                    found->len);
}

/* Where the auditor is the reference, who had its own look, or the very same, had all there is;
 * another look of it then tells how well it agrees with itself. */
void weir_learnt_audited(struct weir_learnt *l, int stream, int64_t now_ns,
                         const struct weir_found *shown, const struct weir_found *auditor) {
    const struct of_stream *s = &l->stream[stream];
    const int best = l->way[s->reference], look = l->way[auditor->setting],
              way = shown->setting < 0 ? -1 : l->way[shown->setting];
    if (way < 0) {
        weir_floor_audited(s->floor, now_ns, -1, NULL, 0, auditor->box, auditor->len);
    } else if (s->apart || (way != look && way != best)) {
        weir_floor_audited(s->floor, now_ns, way, shown->box, shown->len, auditor->box,
                           auditor->len);
    } else {
        weir_floor_audited(s->floor, now_ns, best, shown->box, shown->len, shown->box, shown->len);
        if (way != look)
            weir_floor_compared(s->floor, look, auditor->box, auditor->len, shown->box, shown->len);
    }
}

void weir_learnt_compared(struct weir_learnt *l, int stream, const struct weir_found *other,
                          const struct weir_found *auditor) {
    weir_floor_compared(l->stream[stream].floor, l->way[other->setting], other->box, other->len,
                        auditor->box, auditor->len);
}

double weir_learnt_audit(const struct weir_learnt *l, int stream) {
    const struct weir_floor *floor = l->stream[stream].floor;
    return floor ? weir_floor_audit(floor) : NAN;
}

/* ---- setting up ---------------------------------------------------------- */

/* Some of the models may not be used; who is not used has no sight. */
static void gather_sights(struct weir_learnt *l, const struct weir_learnt_conf *conf) {
    for (int m = 0; m < conf->models; m++) {
        bool used = false;
        for (int i = 0; i < l->settings; i++)
            used = used || l->setting[i].model == m;
        l->sight_of[m] = used ? l->sights : -1;
        if (used)
            l->sight[l->sights++] = conf->sight[m];
    }
}

static bool alike(const struct weir_setting *a, const struct weir_setting *b) {
    return a->model == b->model && a->width == b->width && a->height == b->height &&
           a->travel == b->travel && a->quality == b->quality;
}

static void find_ways(struct weir_learnt *l) {
    for (int i = 0; i < l->settings; i++) {
        int k = 0;
        while (!alike(&l->setting[k], &l->setting[i]))
            k++;
        l->way[i] = k < i ? l->way[k] : l->ways;
        if (k == i)
            l->setting_of[l->ways++] = i;
    }
}

/* The way in which a stream's audits look; the reference's own where there is no other. */
static int auditor_of(const struct weir_learnt *l, const struct weir_learnt_stream *s) {
    for (int i = 0; s->audit_width && i < l->settings; i++)
        if (weir_audits_as(&l->setting[i], &l->setting[s->reference], s->audit_width))
            return l->way[i];
    return l->way[s->reference];
}

static int make_floor(struct weir_learnt *l, const struct weir_learnt_stream *s,
                      struct weir_floor_way *way, struct of_stream *ret, struct weir_error *err) {
    for (int k = 0; k < l->ways; k++) {
        const struct weir_setting *of = &l->setting[l->setting_of[k]];
        way[k] = (struct weir_floor_way){
            .model = l->sight_of[of->model],
            .scale = (double)of->width / s->width,
            .kin = of->model * 65536 + of->width,
        };
    }
    const int reference = l->way[s->reference], auditor = auditor_of(l, s);
    const bool apart = way[auditor].kin != way[reference].kin;
    return weir_floor_new(&(struct weir_floor_conf){.sight = l->sight,
                                                    .models = l->sights,
                                                    .way = way,
                                                    .ways = l->ways,
                                                    .reference = reference,
                                                    .auditor = auditor,
                                                    .min_accuracy = s->min_accuracy,
                                                    .rate_fps = s->rate_fps,
                                                    .memory_s = MEMORY_S,
                                                    .window_s = l->window_s,
                                                    .miss = MISS,
                                                    .bend = apart ? BEND_APART : BEND,
                                                    .self = apart ? SELF_APART : SELF},
                          &ret->floor, err);
}

static int make_streams(struct weir_learnt *l, const struct weir_learnt_conf *conf,
                        struct weir_error *err) {
    struct weir_floor_way *way = calloc((size_t)l->settings, sizeof *way);
    int rc = way ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int i = 0; !rc && i < l->streams; i++) {
        struct of_stream *s = &l->stream[i];
        s->reference = conf->stream[i].reference;
        s->apart = conf->stream[i].audit_width != 0;
        for (int t = 0; t < TRAVELS; t++)
            s->more[t] = 1;
        if (conf->sight)
            rc = make_floor(l, &conf->stream[i], way, s, err);
    }
    free(way);
    return rc;
}

int weir_learnt_new(const struct weir_learnt_conf *conf, struct weir_learnt **ret,
                    struct weir_error *err) {
    const size_t settings = (size_t)conf->settings, models = (size_t)conf->models;
    struct weir_learnt *l = calloc(1, sizeof *l);
    if (!l)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    *l = (struct weir_learnt){
        .base = {.mean_bytes = mean_bytes},
        .setting = calloc(settings + 1, sizeof *l->setting),
        .mean_bytes = calloc(settings + 1, sizeof *l->mean_bytes),
        .way = calloc(settings + 1, sizeof *l->way),
        .setting_of = calloc(settings + 1, sizeof *l->setting_of),
        .settings = conf->settings,
        .sight = calloc(models + 1, sizeof *l->sight),
        .sight_of = calloc(models + 1, sizeof *l->sight_of),
        .stream = calloc((size_t)conf->streams + 1, sizeof *l->stream),
        .streams = conf->streams,
        .window_s = conf->window_s,
        .audit_every = conf->audit_every,
        .seed = conf->seed,
    };
    int rc = WEIR_ENOMEM;
    if (!l->setting || !l->mean_bytes || !l->way || !l->setting_of || !l->sight || !l->sight_of ||
        !l->stream) {
        weir_fail(err, rc, "out of memory");
        goto fail;
    }
    for (size_t i = 0; i < settings; i++) {
        l->setting[i] = conf->setting[i];
        l->mean_bytes[i] = conf->mean_bytes[i];
    }
    find_ways(l);
    if (conf->sight) {
        gather_sights(l, conf);
        l->base.accuracy = accuracy;
        if (conf->audit_every > 0) {
            l->base.audits = audits;
            l->base.compares = compares;
        }
    }
    if ((rc = make_streams(l, conf, err)))
        goto fail;
    *ret = l;
    return 0;
fail:
    weir_learnt_free(l);
    return rc;
}

void weir_learnt_free(struct weir_learnt *l) {
    if (!l)
        return;
    for (int i = 0; l->stream && i < l->streams; i++)
        weir_floor_free(l->stream[i].floor);
    free(l->stream);
    free(l->setting);
    free(l->mean_bytes);
    free(l->way);
    free(l->setting_of);
    free(l->sight);
    free(l->sight_of);
    free(l);
}

struct weir_beliefs *weir_learnt_beliefs(struct weir_learnt *l) {
    return &l->base;
}
