#include "sim/trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/fixed.h"

enum { NUMBER_MOST = 12 }; /* characters of a setting's number and a comma */

/* The content of all settings, asked by the numbers of those in use. */
struct narrowed {
    struct sim_content base; /* the first: the one is the other */
    struct sim_content *all;
    const int *number; /* [in use] */
};

struct sim_trial {
    struct sim_conf all, mine;
    struct narrowed content;
    double warm_up_s;
    int *number, *place; /* [settings]: of all those in use; where they are in use, -1: not */
    struct weir_setting *setting; /* in use; likewise */
    struct sim_cost *cost;
    struct sim_stream_conf *stream;
    char *options;
    int64_t runs;
};

static struct narrowed *narrowed_of(struct sim_content *content) {
    return (struct narrowed *)content;
}

static int64_t bytes(struct sim_content *content, int stream, int64_t frame, int setting) {
    struct narrowed *n = narrowed_of(content);
    return n->all->bytes(n->all, stream, frame, n->number[setting]);
}

static int64_t mean_bytes(struct sim_content *content, int stream, int setting) {
    struct narrowed *n = narrowed_of(content);
    return n->all->mean_bytes(n->all, stream, n->number[setting]);
}

static int64_t key_bytes(struct sim_content *content, int stream, int64_t frame, int setting) {
    struct narrowed *n = narrowed_of(content);
    return n->all->key_bytes(n->all, stream, frame, n->number[setting]);
}

/* Nobody asks whether it is: the choice is made. */
static void accuracy(struct sim_content *content, int stream, int64_t frame, int setting,
                     double *ret_accuracy, double *ret_margin) {
    (void)content;
    (void)stream;
    (void)frame;
    (void)setting;
    *ret_accuracy = 1;
    *ret_margin = 0;
}

int sim_trial_new(const struct sim_conf *conf, double warm_up_s, struct sim_trial **ret) {
    const size_t settings = (size_t)conf->settings, streams = (size_t)conf->streams;
    struct sim_trial *t = calloc(1, sizeof *t);
    if (!t)
        return WEIR_ENOMEM;
    t->all = t->mine = *conf;
    t->warm_up_s = warm_up_s;
    t->number = calloc(settings, sizeof *t->number);
    t->place = calloc(settings, sizeof *t->place);
    t->setting = calloc(settings, sizeof *t->setting);
    t->cost = calloc(settings, sizeof *t->cost);
    t->stream = calloc(streams, sizeof *t->stream);
    t->options = calloc(streams, NUMBER_MOST);
    if (!t->number || !t->place || !t->setting || !t->cost || !t->stream || !t->options) {
        sim_trial_free(t);
        return WEIR_ENOMEM;
    }
    for (size_t i = 0; i < streams; i++) {
        t->stream[i] = conf->stream[i];
        t->stream[i].reference = t->stream[i].audit_width = 0; /* they need not be in use */
    }
    t->content = (struct narrowed){
        {.bytes = bytes, .mean_bytes = mean_bytes, .accuracy = accuracy}, conf->content, t->number};
    if (conf->content->key_bytes)
        t->content.base.key_bytes = key_bytes;
    t->mine.stream = t->stream;
    t->mine.setting = t->setting;
    t->mine.cost = t->cost;
    t->mine.audit_settings = 0;
    t->mine.content = &t->content.base;
    t->mine.strategy = &sim_strategy_fixed;
    t->mine.options = t->options;
    *ret = t;
    return 0;
}

void sim_trial_free(struct sim_trial *trial) {
    if (!trial)
        return;
    free(trial->number);
    free(trial->place);
    free(trial->setting);
    free(trial->cost);
    free(trial->stream);
    free(trial->options);
    free(trial);
}

int64_t sim_trial_runs(const struct sim_trial *trial) {
    return trial->runs;
}

static void use(struct sim_trial *t, int setting) {
    const int at = t->mine.settings++;
    t->place[setting] = at;
    t->number[at] = setting;
    t->setting[at] = t->all.setting[setting];
    t->cost[at] = t->all.cost[setting];
}

/* Narrows the settings to those in use, and tells the strategy. */
static void set_up(struct sim_trial *t, const int *setting) {
    char *text = t->options;
    t->mine.settings = 0;
    for (int i = 0; i < t->all.settings; i++)
        t->place[i] = -1;
    for (int i = 0; i < t->all.streams; i++) {
        if (setting[i] >= 0 && t->place[setting[i]] < 0)
            use(t, setting[i]);
        text += sprintf(text, "%s%d", i ? "," : "", setting[i] < 0 ? -1 : t->place[setting[i]]);
    }
    if (!t->mine.settings)
        use(t, 0); /* a run needs one */
}

static int run(struct sim_trial *t, const int *setting, double seconds, struct sim_result *ret,
               struct weir_error *err) {
    set_up(t, setting);
    t->mine.seconds = seconds;
    t->runs++;
    return sim_world_run(&t->mine, ret, err);
}

int sim_trial_score(struct sim_trial *trial, const int *setting, double seconds,
                    struct sim_score *ret, struct weir_error *err) {
    struct sim_result result = {0};
    int rc = run(trial, setting, seconds, &result, err);
    double sum = 0;
    int64_t all = 0;
    if (rc)
        return rc;
    for (int i = 0; i < result.streams; i++) {
        int64_t frames;
        double age = sim_mean_age_ms(&trial->mine, &result, i, trial->warm_up_s, &frames);
        ret->stream_age_ms[i] = frames ? age : 0;
        sum += frames ? age * (double)frames : 0;
        all += frames;
    }
    ret->age_ms = all ? sum / (double)all : INFINITY;
    sim_result_done(&result);
    return 0;
}

int sim_trial_measure(struct sim_trial *trial, const int *setting, double seconds,
                      struct sim_measures *ret, struct weir_error *err) {
    struct sim_result result = {0};
    int rc = run(trial, setting, seconds, &result, err);
    if (rc)
        return rc;
    rc = sim_measure(&trial->mine, &result, trial->warm_up_s, ret);
    sim_result_done(&result);
    return rc ? weir_fail(err, rc, "out of memory") : 0;
}
