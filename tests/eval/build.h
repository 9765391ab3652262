/* Small datasets, made in a line. */
#ifndef WEIR_TESTS_EVAL_BUILD_H
#define WEIR_TESTS_EVAL_BUILD_H

#include "eval/eval.h"

/* A dataset of so many images (ids 0…) and categories (ids 1…, names "a"…). */
struct weir_dataset build_dataset(size_t images, size_t categories);
/* A truth box whose area is w * h. */
struct weir_eval_box *build_truth(struct weir_dataset *d, size_t image, int category, double x,
                                  double y, double w, double h);
void build_found(struct weir_dataset *d, size_t image, int category, double x, double y, double w,
                 double h, double score);
void build_track(struct weir_dataset *d, size_t image, int64_t track, double x, double y, double w,
                 double h);

#endif
