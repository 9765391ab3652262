/*
 * The matching that COCO's evaluator defines, on plain arrays. Of two truths that
 * overlap a detection equally the later one is taken, as there.
 */
#include "eval/match.h"

#include <string.h>

void weir_match(const double *iou, size_t dets, size_t truths, const bool *ignore,
                const bool *crowd, double least, bool *taken, int *ret_truth) {
    memset(taken, 0, truths * sizeof *taken);
    for (size_t d = 0; d < dets; d++) {
        /* A threshold of 1 is met by equal boxes in spite of rounding. */
        double best = least < 1 - 1e-10 ? least : 1 - 1e-10;
        int match = -1;
        for (size_t g = 0; g < truths; g++) {
            if (taken[g] && !crowd[g])
                continue;
            if (match >= 0 && !ignore[match] && ignore[g])
                break; /* only ignored ones follow */
            if (iou[d * truths + g] < best)
                continue;
            best = iou[d * truths + g];
            match = (int)g;
        }
        ret_truth[d] = match;
        if (match >= 0)
            taken[match] = true;
    }
}
