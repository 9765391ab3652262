/*
 * A detector for others: a service of a fabric that takes pictures (I420, JPEG, H.264) and answers
 * with boxes.
 *
 *     fabric ── handle ──> places, queue by deadline ──> workers: decode, detect, reply
 *
 * - Earliest deadline first. What can no longer be done in time is answered `late` before it is
 *   decoded; of H.264, which goes on from frame to frame, it is decoded and not inferred.
 * - H.264 pictures of one stream (of one node and epoch) are decoded in the order in which they
 *   came. One that does not go on from the last is `corrupt`, as all that follow up to a keyframe,
 *   and the replies say needs_keyframe.
 * - What cannot be read or decoded is `corrupt`, and logged once per node and minute. It ends that
 *   request, and touches no other node's.
 * - More than `places`, or more than `bytes` of pictures: `overload`, at once.
 * - What does not fit the service (another model, a size out of range) is answered with a refusal.
 * - The advert says how long inferences take, and what a job would wait now; it is said again at
 *   most twice a second, by whoever ends a job.
 */
#ifndef WEIR_NODE_SERVICE_H
#define WEIR_NODE_SERVICE_H

#include "base/base.h"
#include "fabric/fabric.h"
#include "pipeline/pipeline.h"
#include "profile/profile.h"

enum {
    WEIR_SERVICE_PLACES = 64, /* requests that wait or are worked on, unless said otherwise */
    WEIR_SERVICE_PLACES_MAX = 1024,
    WEIR_SERVICE_WINDOW = 16, /* of them of one node */
    WEIR_SERVICE_WORKERS_MAX = 64,
    WEIR_SERVICE_SIDE_MAX = 4096, /* of a picture */
    WEIR_SERVICE_INPUT_MAX = 2048, /* width of a model's input, where it is free */
    WEIR_SERVICE_CHAINS = 64, /* H.264 streams that are kept */
    WEIR_SERVICE_CHAINS_EACH = 16, /* of one node; the least used make room */
    WEIR_SERVICE_BOXES_MAX = 1000, /* in a reply: the best */
    WEIR_SERVICE_BYTES = 256 << 20, /* of pictures that wait, unless said otherwise */
};

struct weir_service;

struct weir_service_conf {
    struct weir_fabric *fabric; /* borrowed, as clock: both outlive the service */
    struct weir_clock *clock; /* the fabric's */
    const char *node, *name, *tier; /* the fabric's node; "detect"; "edge" …; copied */
    struct weir_model *model; /* gets a reference of its own */
    const char *model_name; /* as askers call it; copied */
    const struct weir_costs *costs; /* this machine's; for the call only. NULL: not known */
    int workers; /* inferences at a time, 1 – WEIR_SERVICE_WORKERS_MAX */
    int places, window; /* 0: as above */
    size_t bytes; /* of pictures that wait, decoded or not; 0: WEIR_SERVICE_BYTES */
};

struct weir_service_stats {
    uint64_t asked; /* requests that came; the sum of all below once nothing is under way */
    uint64_t outcome[WEIR_OUTCOME_COUNT]; /* answered so */
    uint64_t refused; /* did not fit, or could not be read */
    uint64_t unreadable; /* of refused: not a request at all */
};

/*
 * Measures an inference, offers the service and starts its workers. EINVAL (a number out of range),
 * EEXIST (the node has one of that name), EMODEL, ERANGE (its names do not fit an advert), ENOMEM,
 * EIO. Blocks.
 */
int weir_service_new(const struct weir_service_conf *conf, struct weir_service **ret_service,
                     struct weir_error *err);
void weir_service_stats(struct weir_service *service, struct weir_service_stats *ret);
/* Milliseconds that an inference takes at the model's usual size, as measured lately. */
double weir_service_infer_ms(struct weir_service *service);
/* Withdraws it; what is worked on is finished, what waits is answered `stopped`. ret_stats, of all
 * that it did, may be NULL, as service. Not from a callback of the fabric. */
void weir_service_free(struct weir_service *service, struct weir_service_stats *ret_stats);

#endif
