/*
 * How well a detector sees objects of which height, in pixels of the model's
 * input: how likely an object is found, and how many false alarms a picture has.
 * Pooled over pictures and input sizes; what a size of input costs in accuracy
 * follows from it for any distribution of heights.
 */
#ifndef WEIR_EVAL_PROFILE_H
#define WEIR_EVAL_PROFILE_H

#include "eval/f1.h"

enum { WEIR_PROFILE_BINS = 15 };

/* Where bins begin, pixels: bin i ends where i + 1 begins, the last one has no end. What
 * is lower than the first is in none. */
extern const int weir_profile_edges[WEIR_PROFILE_BINS];

struct weir_profile_counts {
    int64_t truths[WEIR_PROFILE_BINS]; /* that count, by their height */
    int64_t found[WEIR_PROFILE_BINS]; /* of these */
    int64_t false_alarms[WEIR_PROFILE_BINS]; /* by the height of the detection */
};

struct weir_profile {
    struct weir_profile_counts *category; /* one each, and one more for all together */
    size_t categories;
    int64_t pictures;
};

int weir_profile_init(struct weir_profile *profile, size_t categories); /* 0, ENOMEM */
void weir_profile_done(struct weir_profile *profile);

/* Adds the truth of some pictures and the verdicts on what was found in them, at that
 * threshold; scale: pixels of the model's input to one of the picture. */
void weir_profile_add(struct weir_profile *profile, const struct weir_dataset *truth,
                      const struct weir_verdicts *verdicts, double conf, double scale);

/* Writes the members "pictures", "bins" and "classes" into the object that is open in json;
 * names gives the categories, has says by category which of them the detector knows: of the others
 * nothing is written (NULL: it knows all). A probability without truth is null. */
void weir_profile_json(const struct weir_profile *profile, const struct weir_dataset *names,
                       const bool *has, struct weir_json *json);

#endif
