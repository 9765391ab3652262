/* One setting for all: what a stream has not, its nearest lower width stands for. */
#include <stdlib.h>
#include <string.h>

#include "run/choose.h"

struct fixed {
    struct weir_chooser chooser;
    int model, width; /* width 0: the widest */
    int setting[]; /* by stream */
};

struct wanted {
    char model[128]; /* "": the reference */
    int width;
};

/* Reads the options as far as they can be read; 0, or what is wrong in ret_wrong. */
static int parse(const char *options, struct wanted *ret, char *ret_wrong, size_t size) {
    *ret = (struct wanted){0};
    while (*options) {
        const int len = (int)strcspn(options, ",");
        char *end;
        if (!strncmp(options, "model=", 6) && len > 6 && len - 6 < (int)sizeof ret->model) {
            snprintf(ret->model, sizeof ret->model, "%.*s", len - 6, options + 6);
        } else if (!strncmp(options, "width=", 6)) {
            long width = strtol(options + 6, &end, 10);
            if (end != options + len || width < 32 || width > 8192) {
                snprintf(ret_wrong, size, "found %.*s; allowed: width=32 to width=8192", len,
                         options);
                return WEIR_EINVAL;
            }
            ret->width = (int)width;
        } else {
            snprintf(ret_wrong, size,
                     "found \"%.*s\" behind static; allowed: model=M and width=W (on one machine "
                     "nothing travels)",
                     len, options);
            return WEIR_EINVAL;
        }
        options += len + (options[len] == ',');
    }
    return 0;
}

/* Its index in detect.models, by what is written there or by its name; -1: none. */
static int find_model(const struct weir_workflow *wf, const char *model) {
    const struct weir_strings *models = &wf->set.detect.models;
    for (size_t i = 0; i < models->len; i++) {
        char name[128];
        weir_run_model_name(models->item[i], name, sizeof name);
        if (!strcmp(models->item[i], model) || !strcmp(name, model))
            return (int)i;
    }
    return -1;
}

int weir_chooser_static_check(const struct weir_workflow *wf, const char *options,
                              struct weir_error *err) {
    const struct weir_ints *widths = &wf->set.detect.widths;
    struct wanted wanted;
    char wrong[512];
    int rc = 0;
    if (parse(options, &wanted, wrong, sizeof wrong))
        return weir_workflow_complain(wf, "strategy", err, "%s", wrong);
    if (*wanted.model && find_model(wf, wanted.model) < 0)
        rc = weir_workflow_complain(wf, "strategy", err,
                                    "found model=%s; allowed: one of detect.models", wanted.model);
    bool listed = !wanted.width || !widths->len;
    for (size_t i = 0; i < widths->len; i++)
        listed |= widths->item[i] == wanted.width;
    if (!listed)
        rc = weir_workflow_complain(wf, "strategy", err,
                                    "found width=%d; allowed: one of detect.widths", wanted.width);
    return rc;
}

static int open_fixed(const struct weir_choose_conf *conf, struct weir_chooser **ret,
                      struct weir_error *err) {
    const size_t streams = conf->workflow->stream_len;
    struct wanted wanted;
    char wrong[512];
    if (parse(conf->options, &wanted, wrong, sizeof wrong))
        return weir_fail(err, WEIR_EINVAL, "strategy: %s", wrong);
    struct fixed *f = calloc(1, sizeof *f + streams * sizeof *f->setting);
    if (!f)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    f->model = *wanted.model ? find_model(conf->workflow, wanted.model) : conf->reference;
    f->width = wanted.width;
    *ret = &f->chooser;
    return 0;
}

/* Is a better than b for who wants that width: the widest that is not wider, else the narrowest? */
static bool nearer(const struct weir_setting *a, const struct weir_setting *b, int width) {
    const bool a_fits = !width || a->width <= width, b_fits = !width || b->width <= width;
    if (a_fits != b_fits)
        return a_fits;
    return a_fits ? a->width > b->width : a->width < b->width;
}

static int see_stream(struct weir_chooser *chooser, const struct weir_choose_stream *s) {
    struct fixed *f = (struct fixed *)chooser;
    int best = -1;
    for (int i = 0; i < s->offers; i++) {
        const struct weir_setting *setting = &s->setting[s->offer[i]];
        if (setting->model == f->model &&
            (best < 0 || nearer(setting, &s->setting[best], f->width)))
            best = s->offer[i];
    }
    f->setting[s->stream] = best;
    return 0;
}

static struct weir_choice choose(struct weir_chooser *chooser, const struct weir_choose_ask *ask) {
    return (struct weir_choice){.setting = ((struct fixed *)chooser)->setting[ask->stream]};
}

static void free_fixed(struct weir_chooser *chooser) {
    free(chooser);
}

const struct weir_chooser_ops weir_chooser_static = {
    .name = "static",
    .open = open_fixed,
    .stream = see_stream,
    .choose = choose,
    .free = free_fixed,
};
