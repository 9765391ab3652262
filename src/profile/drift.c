/*
 * The logarithm of observed / profile is averaged, so that twice as slow and twice as fast are
 * equally far off. The first observations count alike, until there are as many as the weighted
 * mean reaches back: a start from nothing has no other memory.
 */
#include <math.h>

#include "profile/costs.h"

enum { REACH = 50 }; /* observations */

static const double out_high = 1.25, out_low = 0.8, back_high = 1.15, back_low = 0.87;

void weir_drift_saw(struct weir_drift *drift, int64_t profile_ns, int64_t observed_ns) {
    double now = log((double)observed_ns / (double)profile_ns);
    double before = drift->seen ? log(drift->ratio) : 0;
    drift->seen++;
    double weight = 1.0 / (double)(drift->seen < REACH ? drift->seen : REACH);
    drift->ratio = exp(before + (now - before) * weight);
    if (drift->told && drift->ratio <= back_high && drift->ratio >= back_low)
        drift->told = false;
}

bool weir_drift_news(struct weir_drift *drift) {
    if (drift->told || drift->seen < REACH)
        return false;
    drift->told = drift->ratio > out_high || drift->ratio < out_low;
    return drift->told;
}
