/*
 * COCO's greedy matching of one image's detections and truths of one class.
 */
#ifndef WEIR_EVAL_MATCH_H
#define WEIR_EVAL_MATCH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * iou is dets x truths, row-major; detections come by falling score, truths with
 * ignored ones last. Each detection takes the free truth of highest IoU of at least
 * `least`, one that counts before an ignored one; a crowd is never used up. ret_truth
 * gets dets entries, the truth or -1; taken is scratch of truths entries.
 */
void weir_match(const double *iou, size_t dets, size_t truths, const bool *ignore,
                const bool *crowd, double least, bool *taken, int *ret_truth);

#endif
