/*
 * Ground truth of one picture: what is in it for certain, where a source knows
 * (generated scenes). Not synchronised.
 */
#ifndef WEIR_MEDIA_TRUTH_H
#define WEIR_MEDIA_TRUTH_H

#include <stddef.h>

#include "media/boxes.h"

struct weir_truth_object {
    struct weir_box box; /* tight around the visible part; score 1; class_id; track_id >= 1
                          * and the same as long as the object lives */
    float visibility; /* visible pixels / pixels of the whole silhouette, what lies outside
                       * the picture included; (0,1] */
};

struct weir_truth {
    struct weir_truth_object *data; /* NULL while empty; by rising track_id */
    size_t len, cap;
};

void weir_truth_done(struct weir_truth *truth);
/* Empties it and keeps the memory. */
void weir_truth_reset(struct weir_truth *truth);
int weir_truth_add(struct weir_truth *truth, struct weir_truth_object object); /* 0, ENOMEM */
int weir_truth_copy(struct weir_truth *into, const struct weir_truth *from);

#endif
