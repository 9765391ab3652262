/*
 * Bytes are looked up. Their means, which agents plan with, begin as those of the whole table
 * and follow what the stream itself has sent; accuracy is what its floor says: what is learnt
 * (sched/learnt) is told of each result, and of each audit, the boxes out of the table.
 */
#include "sim/recorded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/state.h"

enum { BOXES_MAX = 300 };

struct sim_recorded {
    struct sim_content content; /* the first: handlers get this */
    const struct sim_conf *conf;
    struct sim_recorded_conf how;
    const struct sim_table *table;
    int *table_setting; /* [all settings, those for audits, too] */
    struct weir_learnt *learnt;
    double **truth; /* [streams][all settings]: relative accuracy; NULL where it is learnt */
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
    weir_learnt_sent(of(content)->learnt, stream, setting, n);
}

static int64_t key_bytes(struct sim_content *content, int stream, int64_t frame, int setting) {
    struct sim_recorded *r = of(content);
    struct sim_picture at = sim_shown(&r->how.showing[stream], r->table, frame);
    at.frame = 0;
    int64_t n = recorded(r, setting, at);
    return n > 0 ? n : 1;
}

static int64_t mean_bytes(struct sim_content *content, int stream, int setting) {
    struct weir_beliefs *beliefs = weir_learnt_beliefs(of(content)->learnt);
    return beliefs->mean_bytes(beliefs, stream, setting);
}

/* ---- accuracy ------------------------------------------------------------ */

static void learnt_accuracy(struct sim_content *content, int stream, int64_t frame, int setting,
                            double *ret_accuracy, double *ret_margin) {
    struct weir_beliefs *beliefs = weir_learnt_beliefs(of(content)->learnt);
    beliefs->accuracy(beliefs, stream, frame, setting, ret_accuracy, ret_margin);
}

static void true_accuracy(struct sim_content *content, int stream, int64_t frame, int setting,
                          double *ret_accuracy, double *ret_margin) {
    (void)frame;
    *ret_accuracy = of(content)->truth[stream][setting];
    *ret_margin = 0;
}

static struct weir_found found(const struct sim_recorded *r, int stream, int64_t frame, int setting,
                               struct weir_floor_box *into) {
    const struct sim_picture at = sim_shown(&r->how.showing[stream], r->table, frame);
    struct sim_finds *finds = r->how.finds;
    size_t len;
    const struct sim_table_box *box =
        finds ? finds->boxes(finds, stream, frame, setting, &len)
              : sim_table_boxes(r->table, at.clip, r->table_setting[setting], at.frame, &len);
    len = len < BOXES_MAX ? len : BOXES_MAX;
    for (size_t i = 0; i < len; i++)
        into[i] = (struct weir_floor_box){
            box[i].x0 / 8.0F, box[i].y0 / 8.0F, box[i].x1 / 8.0F,
            box[i].y1 / 8.0F, box[i].class_id,  box[i].score / 255.0F,
        };
    return (struct weir_found){setting, into, len};
}

static void seen(struct sim_content *content, int stream, int64_t frame, int setting,
                 int64_t now_ns) {
    struct sim_recorded *r = of(content);
    const struct weir_found own = found(r, stream, frame, setting, r->own);
    weir_learnt_seen(r->learnt, stream, now_ns, &own);
}

static bool audits(struct sim_content *content, int stream, int64_t frame) {
    const struct sim_recorded *r = of(content);
    struct weir_beliefs *beliefs = weir_learnt_beliefs(r->learnt);
    return beliefs->audits(beliefs, stream, frame / sim_skip(&r->conf->stream[stream]));
}

static int compares(struct sim_content *content, int stream, int setting, int auditor,
                    int ret_setting[SIM_COMPARED_MAX]) {
    struct weir_beliefs *beliefs = weir_learnt_beliefs(of(content)->learnt);
    return beliefs->compares(beliefs, stream, setting, auditor, ret_setting);
}

static void audited(struct sim_content *content, int stream, int64_t frame,
                    const struct sim_audit *audit, int64_t now_ns) {
    struct sim_recorded *r = of(content);
    const struct weir_found auditor = found(r, stream, frame, audit->auditor, r->auditor);
    struct weir_found other = {.setting = -1};
    if (audit->shown >= 0)
        other = found(r, stream, frame, audit->shown, r->own);
    weir_learnt_audited(r->learnt, stream, now_ns, &other, &auditor);
    for (int i = 0; i < audit->compares; i++) {
        other = found(r, stream, frame, audit->compared[i], r->own);
        weir_learnt_compared(r->learnt, stream, &other, &auditor);
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

/* The sight of each model of the run. */
static int make_learnt(struct sim_recorded *r, struct weir_error *err) {
    const struct sim_conf *conf = r->conf;
    const int settings = sim_settings(conf);
    struct weir_learnt_stream *stream = calloc((size_t)conf->streams, sizeof *stream);
    struct weir_sight *sight = calloc((size_t)conf->models + 1, sizeof *sight);
    double *bytes = calloc((size_t)settings, sizeof *bytes);
    int rc = WEIR_ENOMEM;
    if (!stream || !sight || !bytes) {
        weir_fail(err, rc, "out of memory");
        goto out;
    }
    for (int i = 0; i < settings; i++) {
        bytes[i] = mean_of(r, i);
        if (r->how.sight)
            sight[conf->setting[i].model] =
                r->how.sight[r->table->setting[r->table_setting[i]].model];
    }
    for (int i = 0; i < conf->streams; i++) {
        const struct sim_stream_conf *s = &conf->stream[i];
        stream[i] =
            (struct weir_learnt_stream){r->table->clip[0].width, s->reference, s->audit_width,
                                        s->min_accuracy, sim_detected_fps(s)};
    }
    rc = weir_learnt_new(&(struct weir_learnt_conf){.setting = conf->setting,
                                                    .settings = settings,
                                                    .stream = stream,
                                                    .streams = conf->streams,
                                                    .mean_bytes = bytes,
                                                    .sight = r->how.sight ? sight : NULL,
                                                    .models = conf->models,
                                                    .window_s = r->how.window_s,
                                                    .audit_every = r->how.audit_every,
                                                    .seed = r->how.seed},
                         &r->learnt, err);
out:
    free(stream);
    free(sight);
    free(bytes);
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
    return r->truth ? r->truth[stream][setting] : truth_of(r, stream, setting);
}

static int make_truths(struct sim_recorded *r, struct weir_error *err) {
    const int settings = sim_settings(r->conf);
    r->truth = calloc((size_t)r->conf->streams, sizeof *r->truth);
    if (!r->truth)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int i = 0; i < r->conf->streams; i++) {
        double *truth = r->truth[i] = calloc((size_t)settings, sizeof *truth);
        if (!truth)
            return weir_fail(err, WEIR_ENOMEM, "out of memory");
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
                    .accuracy = true_accuracy,
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
    rc = make_learnt(r, err);
    if (!rc && !how->sight)
        rc = make_truths(r, err);
    if (rc)
        goto fail;
    if (how->sight) {
        r->content.accuracy = learnt_accuracy;
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
    for (int i = 0; r->truth && i < r->conf->streams; i++)
        free(r->truth[i]);
    free(r->truth);
    weir_learnt_free(r->learnt);
    free(r->table_setting);
    free(r);
}

struct sim_content *sim_recorded_content(struct sim_recorded *r) {
    return &r->content;
}

double sim_recorded_audit(const struct sim_recorded *r, int stream) {
    return weir_learnt_audit(r->learnt, stream);
}
