/*
 * A stream's end of its hops: pictures go to services, wherever they are, and boxes come back.
 *
 *     weir_remote_new(&conf, &remote, &err);                       // one a stream
 *     weir_remote_send(remote, &(struct weir_remote_job){.to = &wire.advert, .image = image,
 *                                                        .frame = 7, .setting = setting,
 *                                                        .timeout_ns = budget_ns, .done = take,
 *                                                        .user = mine});
 *     weir_remote_free(remote);                                    // ends what is under way
 *
 * - Each frame that is sent ends exactly once, by its timeout at the latest: done is called, with
 *   boxes or with a reason, maybe before send returns.
 * - A reply is believed only where it names the frame (stream, epoch, number) and the request that
 *   it answers; anything else is `corrupt`.
 * - H.264 goes on from the frame before. Where the destination, its process, the size or the
 *   quality changes, a frame did not get through, or the service lost the chain, the next is a
 *   keyframe.
 * - No more frames are under way at a service than it gives credit for: `overload`.
 */
#ifndef WEIR_NODE_REMOTE_H
#define WEIR_NODE_REMOTE_H

#include "base/base.h"
#include "fabric/fabric.h"
#include "media/media.h"
#include "wire/wire.h"

enum { WEIR_REMOTE_SERVICES = 8 }; /* that a stream keeps a connection to */

struct weir_remote;

struct weir_remote_conf {
    struct weir_fabric *fabric; /* borrowed, as clock: both outlive the remote */
    struct weir_clock *clock;
    const char *stream; /* a name of the wire; copied */
    uint64_t epoch;
    double rate_fps; /* nominal, for encoders */
};

struct weir_remote_setting {
    int width, height; /* of the picture that is sent; never larger than it is */
    int input_width, input_height; /* at which the model looks; 0: the least that holds the picture,
                                      by steps of 32 */
    enum weir_wire_codec codec; /* not NONE */
    int quality; /* as in a request */
};

struct weir_remote_result {
    int64_t frame;
    enum weir_outcome outcome; /* DETECT, LATE, OVERLOAD, UNREACHABLE, CORRUPT, STOPPED */
    const char *why; /* of what is no DETECT, for people; "" */
    const struct weir_box *box; /* [boxes], in pixels of the image that was given */
    size_t boxes;
    size_t sent_bytes; /* of the picture; 0: it was not sent */
    bool keyframe; /* it was sent as one */
    /* Only where a service answered: what passed there, the rest of the round trip, what another
     * job would wait there. */
    int64_t queue_ns, decode_ns, inference_ns, network_ns, wait_ns, price_ns;
    float load;
};

struct weir_remote_job {
    const struct weir_wire_advert *to; /* for the call */
    struct weir_image *image; /* borrowed for the call */
    int64_t frame; /* >= 0 */
    struct weir_remote_setting setting;
    int64_t timeout_ns; /* from now, encoding included */
    float min_score;
    bool audit;
    /* Mandatory. What the result points to is valid for the call. From the fabric's thread, or
     * from within send; it may not call this remote. */
    void (*done)(void *user, const struct weir_remote_result *result);
    void *user;
};

/* EINVAL (the stream's name, the rate), ENOMEM. */
int weir_remote_new(const struct weir_remote_conf *conf, struct weir_remote **ret_remote,
                    struct weir_error *err);
/* Ends what is under way as `stopped`, and waits until that was told. Not from a callback. NULL
 * allowed. */
void weir_remote_free(struct weir_remote *remote);
/* Encodes, sends, and does not wait for an answer. One thread at a time; no callback. */
void weir_remote_send(struct weir_remote *remote, const struct weir_remote_job *job);

struct weir_remote_stats {
    uint64_t sent; /* calls of send */
    uint64_t outcome[WEIR_OUTCOME_COUNT]; /* ended so; their sum is sent, once none is under way */
    uint64_t under_way;
    uint64_t keyframes; /* of H.264 */
    uint64_t strange; /* replies that were not to be believed */
};
void weir_remote_stats(struct weir_remote *remote, struct weir_remote_stats *ret);

#endif
