/*
 * Counts to probabilities. What is in the file was counted, and some bins are thin: a bus of
 * over 192 pixels was seen once. So a class's bin leans on its two neighbours as if these were
 * prior_objects objects, and they in turn on all classes together at that height; a bin with
 * thousands of objects hardly notices. All classes together lean on as many bins around as it
 * takes to have that many objects.
 */
#include "profile/sight.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "profile/reading.h"

static const double prior_objects = 20;
static const double count_max = 1e12;

#define REMEDY "make it anew: weir profile SOURCE... --models NAME -o DIR"

struct counts {
    double truths[WEIR_SIGHT_BINS_MAX], found[WEIR_SIGHT_BINS_MAX],
        false_alarms[WEIR_SIGHT_BINS_MAX];
};

/* ---- the file ------------------------------------------------------------ */

static void read_edges(struct weir_reading *in, struct weir_sight *sight) {
    const json_t *list = json_object_get(in->root, "bins");
    sight->bins = weir_reading_array(in, "bins", list, 1, WEIR_SIGHT_BINS_MAX);
    for (int i = 0; i < sight->bins; i++) {
        char place[32];
        const json_t *value = json_array_get(list, (size_t)i);
        snprintf(place, sizeof place, "bins[%d]", i);
        sight->edge[i] = weir_reading_number(in, place, value, 0, 1e6);
        if (json_is_number(value) && !(sight->edge[i] > (i ? sight->edge[i - 1] : 0)))
            weir_reading_unfit(in, place, value,
                               "a height above the one before, the first above 0");
    }
}

static void read_counts(struct weir_reading *in, const char *name, const json_t *of,
                        const char *key, int bins, double *ret) {
    char place[160];
    const json_t *list = json_object_get(of, key);
    snprintf(place, sizeof place, "classes.%.60s.%s", name, key);
    int len = weir_reading_array(in, place, list, bins, bins);
    for (int i = 0; i < len; i++) {
        snprintf(place, sizeof place, "classes.%.60s.%s[%d]", name, key, i);
        ret[i] = weir_reading_number(in, place, json_array_get(list, (size_t)i), 0, count_max);
    }
}

static void read_class(struct weir_reading *in, const char *name, const json_t *of, int bins,
                       struct weir_sight_class *class, struct counts *counts) {
    char place[96];
    snprintf(place, sizeof place, "classes.%.60s", name);
    if (!name[0] || strlen(name) >= sizeof class->name)
        weir_reading_unfit(in, place, NULL, "a name of 1 to 47 bytes");
    snprintf(class->name, sizeof class->name, "%s", name);
    if (!json_is_object(of)) {
        weir_reading_unfit(in, place, of, "an object with truths, found and false_alarms");
        return;
    }
    read_counts(in, name, of, "truths", bins, counts->truths);
    read_counts(in, name, of, "found", bins, counts->found);
    read_counts(in, name, of, "false_alarms", bins, counts->false_alarms);
    for (int i = 0; i < bins; i++)
        if (counts->found[i] > counts->truths[i]) {
            snprintf(place, sizeof place, "classes.%.60s.found[%d]", name, i);
            weir_reading_unfit(in, place, json_array_get(json_object_get(of, "found"), (size_t)i),
                               "no more than truths has there");
        }
}

/* ---- thin bins ----------------------------------------------------------- */

/* All classes together; the file has truths. */
static void smooth_all(const struct counts *all, int bins, double *ret) {
    for (int i = 0; i < bins; i++) {
        double found = 0, truths = 0;
        for (int far = 1; far < bins && truths < prior_objects; far++) {
            int around[2] = {i - far, i + far};
            for (int k = 0; k < 2; k++)
                if (around[k] >= 0 && around[k] < bins) {
                    found += all->found[around[k]];
                    truths += all->truths[around[k]];
                }
        }
        double n = all->truths[i], prior = truths > 0 ? fmin(truths, prior_objects) : 0;
        double lean = truths > 0 ? found / truths * prior : 0;
        ret[i] = (all->found[i] + lean) / (n + prior);
    }
}

static void smooth_class(const struct counts *own, const double *all, int bins, double *ret) {
    for (int i = 0; i < bins; i++) {
        double found = prior_objects * all[i], truths = prior_objects;
        for (int k = i > 0 ? i - 1 : 0; k <= i + 1 && k < bins; k++)
            if (k != i) {
                found += own->found[k];
                truths += own->truths[k];
            }
        ret[i] =
            (own->found[i] + prior_objects * found / truths) / (own->truths[i] + prior_objects);
    }
}

static void smooth(const struct counts *counts, double pictures, struct weir_sight *sight) {
    struct counts all = {{0}, {0}, {0}};
    double together[WEIR_SIGHT_BINS_MAX] = {0};
    for (int k = 0; k < sight->classes; k++)
        for (int i = 0; i < sight->bins; i++) {
            all.truths[i] += counts[k].truths[i];
            all.found[i] += counts[k].found[i];
            sight->class_of[k].false_alarms[i] = counts[k].false_alarms[i] / pictures;
        }
    smooth_all(&all, sight->bins, together);
    for (int k = 0; k < sight->classes; k++)
        smooth_class(&counts[k], together, sight->bins, sight->class_of[k].found);
}

/* ---- the whole ----------------------------------------------------------- */

static bool any_truth(const struct counts *counts, int classes, int bins) {
    for (int k = 0; k < classes; k++)
        for (int i = 0; i < bins; i++)
            if (counts[k].truths[i] > 0)
                return true;
    return false;
}

int weir_sight_read(const char *path, struct weir_sight *ret, struct weir_error *err) {
    struct weir_sight sight = {0};
    struct weir_reading in;
    struct counts *counts = NULL;
    int rc = weir_reading_open(&in, path, REMEDY, err);
    if (rc)
        return rc;
    weir_reading_text(&in, "model", json_object_get(in.root, "model"), sight.model,
                      sizeof sight.model);
    sight.conf = weir_reading_number(&in, "conf", json_object_get(in.root, "conf"), 0, 1);
    double pictures = (double)weir_reading_int(
        &in, "pictures", json_object_get(in.root, "pictures"), 1, (int64_t)count_max);
    read_edges(&in, &sight);

    /* "all" is written for readers; together is what the others are together */
    json_t *classes = json_object_get(in.root, "classes");
    size_t len = json_object_size(classes) - (json_object_get(classes, "all") != NULL);
    if (!json_is_object(classes) || len < 1 || len > WEIR_SIGHT_CLASSES_MAX) {
        weir_reading_unfit(&in, "classes", classes, "an object of 1 to 128 classes");
        len = 0;
    }
    sight.class_of = calloc(len + 1, sizeof *sight.class_of);
    counts = calloc(len + 1, sizeof *counts);
    if (!sight.class_of || !counts) {
        weir_reading_close(&in, NULL);
        rc = weir_fail(err, WEIR_ENOMEM, "%s: out of memory", path);
        goto fail;
    }
    const char *name;
    json_t *of;
    if (len && sight.bins)
        json_object_foreach(classes, name, of) {
            if (!strcmp(name, "all"))
                continue;
            int k = sight.classes++;
            read_class(&in, name, of, sight.bins, &sight.class_of[k], &counts[k]);
        }
    if (!in.wrong && !any_truth(counts, sight.classes, sight.bins))
        weir_reading_unfit(&in, "classes", NULL, "at least one true object");
    rc = weir_reading_close(&in, err);
    if (rc)
        goto fail;
    smooth(counts, pictures, &sight);
    free(counts);
    *ret = sight;
    return 0;
fail:
    free(counts);
    weir_sight_done(&sight);
    return rc;
}

void weir_sight_done(struct weir_sight *sight) {
    if (!sight)
        return;
    free(sight->class_of);
    *sight = (struct weir_sight){0};
}

int weir_sight_class(const struct weir_sight *sight, const char *name) {
    for (int k = 0; k < sight->classes; k++)
        if (!strcmp(sight->class_of[k].name, name))
            return k;
    return -1;
}

/* The logarithm of a bin's middle; the last bin, which has no end, is taken to be as wide as
 * the one before. */
static double middle(const struct weir_sight *sight, int bin) {
    double from = log(sight->edge[bin]);
    if (bin + 1 < sight->bins)
        return (from + log(sight->edge[bin + 1])) / 2;
    return bin ? from + (from - log(sight->edge[bin - 1])) / 2 : from;
}

double weir_sight_found(const struct weir_sight *sight, int class_id, double height) {
    const double *found = sight->class_of[class_id].found;
    if (height < sight->edge[0])
        return 0;
    double at = log(height), left = middle(sight, 0);
    if (at <= left)
        return found[0];
    for (int i = 1; i < sight->bins; i++) {
        double right = middle(sight, i);
        if (at < right)
            return found[i - 1] + (found[i] - found[i - 1]) * (at - left) / (right - left);
        left = right;
    }
    return found[sight->bins - 1];
}

char *weir_sight_path(const char *model_path) {
    struct weir_buf path = {0};
    size_t len;
    const char *stem = weir_path_stem(model_path, ".onnx", &len);
    weir_buf_printf(&path, "%.*s.accuracy.json", (int)((size_t)(stem - model_path) + len),
                    model_path);
    if (path.failed)
        weir_buf_done(&path);
    return path.data;
}

int weir_sight_conf(const char *model_path, double *ret_conf, struct weir_error *err) {
    struct weir_sight sight = {0};
    struct weir_error why = {0};
    char *path = weir_sight_path(model_path);
    int rc =
        path ? weir_sight_read(path, &sight, &why) : weir_fail(&why, WEIR_ENOMEM, "out of memory");
    if (!rc)
        *ret_conf = sight.conf;
    weir_sight_done(&sight);
    free(path);
    return rc && rc != WEIR_ENOENT ? weir_fail(err, rc, "%s", why.text) : 0;
}
