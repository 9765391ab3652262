/*
 * A profile is kept true by those who use it: every inference of a run is held against it, which
 * tells when it no longer holds, and at the end what was measured is folded into the file.
 *
 * By (model, size, batch) the median and the 95% quantile of the last 1000 inferences count, of 50
 * at least. A point of the file becomes the mean of what it was and of these, each weighted by the
 * inferences that it stands for, a thousand at most: one run cannot overturn it, and the past
 * fades. What was not measured before becomes a point of its own.
 *
 *     if (weir_refresh_saw(refresh, "street_m", 640, 384, 1, cpu_ns, &news))
 *         tell(news);                                       // once a point
 *     rc = weir_refresh_save(refresh, path, &points, &err);  // at the end
 *
 * One thread at a time. What is told must be comparable with struct weir_costs_infer: CPU time of
 * one thread, pictures as wide as the input.
 */
#ifndef WEIR_PROFILE_REFRESH_H
#define WEIR_PROFILE_REFRESH_H

#include "profile/costs.h"

struct weir_refresh;

/* An inference takes other than the profile says. */
struct weir_refresh_news {
    const char *model; /* the caller's, as it was told */
    int width, height, batch;
    double ms, profile_ms; /* lately; what the profile says, interpolated where it has no point */
};

/* costs is borrowed and outlives it; it may be empty. NULL: no memory. */
struct weir_refresh *weir_refresh_new(const struct weir_costs *costs);
void weir_refresh_free(struct weir_refresh *refresh); /* NULL allowed */

/* One inference. True where it is news (weir_drift_news), once for each model, size and batch.
 * Names too long for a profile, and what there is no memory for, are passed over. */
bool weir_refresh_saw(struct weir_refresh *refresh, const char *model, int width, int height,
                      int batch, int64_t cpu_ns, struct weir_refresh_news *ret);

/* Folds what was seen often enough into costs, which stays sorted; *ret_points: how many points
 * changed or are new. ENOMEM: costs is as it was. */
int weir_refresh_fold(const struct weir_refresh *refresh, struct weir_costs *costs,
                      int *ret_points);

/*
 * Folds it into the file. Writers take turns (a lock on the file), readers see the old file or the
 * new one. Nothing seen often enough: *ret_points is 0, nothing is written. EUNSUPPORTED: the file
 * is another machine's; ENOENT: there is none; as weir_costs_read and weir_costs_write. The file is
 * untouched on failure. Blocks while another one writes.
 */
int weir_refresh_save(const struct weir_refresh *refresh, const char *path, int *ret_points,
                      struct weir_error *err);

#endif
