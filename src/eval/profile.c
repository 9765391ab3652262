/* Counting by height; the ratios are made when they are written. */
#include "eval/profile.h"

#include <math.h>
#include <stdlib.h>

const int weir_profile_edges[WEIR_PROFILE_BINS] = {2,  3,  4,  6,  8,   12,  16, 24,
                                                   32, 48, 64, 96, 128, 192, 256};

int weir_profile_init(struct weir_profile *profile, size_t categories) {
    *profile = (struct weir_profile){.categories = categories};
    profile->category = calloc(categories + 1, sizeof *profile->category);
    return profile->category ? 0 : WEIR_ENOMEM;
}

void weir_profile_done(struct weir_profile *profile) {
    free(profile->category);
    *profile = (struct weir_profile){0};
}

/* -1: below all. */
static int bin_of(double height) {
    int bin = WEIR_PROFILE_BINS - 1;
    while (bin >= 0 && height < weir_profile_edges[bin])
        bin--;
    return bin;
}

/* One more of that height, in a class and in all together. */
static void count(int64_t *of_class, int64_t *of_all, double height) {
    int bin = bin_of(height);
    if (bin < 0)
        return;
    of_class[bin]++;
    of_all[bin]++;
}

void weir_profile_add(struct weir_profile *profile, const struct weir_dataset *truth,
                      const struct weir_verdicts *verdicts, double conf, double scale) {
    struct weir_profile_counts *all = &profile->category[profile->categories];
    profile->pictures += (int64_t)truth->images;
    for (size_t i = 0; i < truth->images; i++) {
        for (size_t b = 0; b < truth->image[i].len; b++) {
            const struct weir_eval_box *box = &truth->image[i].box[b];
            if (!box->ignore && !box->crowd)
                count(profile->category[box->category].truths, all->truths, box->h * scale);
        }
    }
    for (size_t i = 0; i < verdicts->len; i++) {
        const struct weir_verdict *v = &verdicts->data[i];
        if (!(v->score >= conf))
            continue;
        struct weir_profile_counts *own = &profile->category[v->category];
        if (v->truth_height >= 0)
            count(own->found, all->found, v->truth_height * scale);
        else
            count(own->false_alarms, all->false_alarms, v->height * scale);
    }
}

static void write_counts(struct weir_json *json, const char *key, const int64_t *count) {
    weir_json_key(json, key);
    weir_json_array(json);
    for (int i = 0; i < WEIR_PROFILE_BINS; i++)
        weir_json_int(json, count[i]);
    weir_json_end_array(json);
}

/* count / of[i], or / whole where of is NULL */
static void write_shares(struct weir_json *json, const char *key, const int64_t *count,
                         const int64_t *of, int64_t whole) {
    weir_json_key(json, key);
    weir_json_array(json);
    for (int i = 0; i < WEIR_PROFILE_BINS; i++) {
        int64_t n = of ? of[i] : whole;
        weir_json_num(json, n ? (double)count[i] / (double)n : NAN, 6);
    }
    weir_json_end_array(json);
}

void weir_profile_json(const struct weir_profile *profile, const struct weir_dataset *names,
                       const bool *has, struct weir_json *json) {
    weir_json_key_int(json, "pictures", profile->pictures);
    weir_json_key(json, "bins");
    weir_json_array(json);
    for (int i = 0; i < WEIR_PROFILE_BINS; i++)
        weir_json_int(json, weir_profile_edges[i]);
    weir_json_end_array(json);
    weir_json_key(json, "classes");
    weir_json_object(json);
    for (size_t k = 0; k <= profile->categories; k++) {
        const struct weir_profile_counts *c = &profile->category[k];
        if (has && k < profile->categories && !has[k])
            continue;
        weir_json_key(json, k < profile->categories ? names->category[k].name : "all");
        weir_json_object(json);
        write_counts(json, "truths", c->truths);
        write_counts(json, "found", c->found);
        write_shares(json, "probability", c->found, c->truths, 0);
        write_counts(json, "false_alarms", c->false_alarms);
        write_shares(json, "false_alarms_per_picture", c->false_alarms, NULL, profile->pictures);
        weir_json_end_object(json);
    }
    weir_json_end_object(json);
}
