/* The inside of a remote, for the file that sends and the one that makes payloads. */
#ifndef WEIR_NODE_REMOTE_STATE_H
#define WEIR_NODE_REMOTE_STATE_H

#include <pthread.h>

#include "node/remote.h"
#include "pipeline/pipeline.h"

enum { REMOTE_JPEGS = 4 };

/* A service that was used lately. */
struct remote_target {
    char node[WEIR_FABRIC_NAME_MAX + 1], service[WEIR_FABRIC_NAME_MAX + 1];
    struct weir_fabric_client *client; /* NULL: free */
    int under_way;
    int credit; /* as it said last; 0: it said nothing yet */
    uint64_t used;
};

struct remote_coder {
    struct weir_encoder *encoder; /* NULL: free */
    int width, height, quality;
    uint64_t used;
};

struct weir_remote {
    pthread_mutex_t lock;
    struct weir_remote_conf conf;
    char stream[WEIR_WIRE_MAX_NAME + 1];
    struct remote_target target[WEIR_REMOTE_SERVICES];
    struct remote_coder jpeg[REMOTE_JPEGS], h264;
    uint64_t uses, requests;
    struct {
        bool whole; /* the next packet may go on from `last` */
        int64_t last, key; /* frames: sent last, and last as a keyframe */
        int target;
        uint64_t service_epoch;
    } chain;
    struct weir_remote_stats stats;
};

/* ---- remote_pack.c: the thread that sends ---------------------------------- */

/* image, I420, without gaps. ENOMEM, ERANGE. */
int remote_pack_raw(struct weir_remote *r, const struct weir_image *image,
                    struct weir_fabric_payload **ret, struct weir_error *err);
/* As a packet. *key: whether it is to be, then whether it is, a keyframe. Errors of the encoder,
 * and as above. */
int remote_pack_coded(struct weir_remote *r, struct weir_image *image,
                      const struct weir_remote_setting *set, bool *key,
                      struct weir_fabric_payload **ret, struct weir_error *err);

#endif
