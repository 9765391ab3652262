/*
 * The inside of a service. One lock guards all of it but what a worker has in its hands: a job that
 * it took from the queue, and the decoder of a chain that is busy. No function of the fabric is
 * called under it, but those about a request and to reckon.
 */
#ifndef WEIR_NODE_SERVICE_STATE_H
#define WEIR_NODE_SERVICE_STATE_H

#include <pthread.h>

#include "media/media.h"
#include "node/service.h"
#include "sched/sched.h"
#include "wire/wire.h"

enum { SERVICE_TIMES = 32, SERVICE_LOOKS = 4, SERVICE_SAY_NS = 500 * 1000 * 1000 };

struct service_job {
    bool used;
    struct weir_fabric_request *request;
    struct weir_wire wire; /* a work request */
    int64_t arrived_ns, deadline_ns;
    size_t bytes; /* that it is counted with */
    struct weir_image *image; /* once it is decoded */
    bool decoded; /* or tried in vain: outcome and why then say so */
    enum weir_outcome outcome;
    bool needs_keyframe, quiet; /* quiet: not to be logged */
    int64_t decode_ns, inference_ns;
    struct service_chain *chain; /* H.264 */
    struct service_job *next; /* in its chain, not decoded yet */
    char why[256];
};

/* A stream of H.264: its decoder, and what waits for it in the order in which it came. */
struct service_chain {
    bool used, busy; /* busy: a worker decodes, without the lock */
    bool whole; /* the next may go on from `last` */
    char node[WEIR_FABRIC_NAME_MAX + 1], stream[WEIR_WIRE_MAX_NAME + 1];
    uint64_t epoch;
    int64_t last; /* frame that was decoded last */
    struct weir_stage *decode;
    struct service_job *head, *tail;
    int jobs; /* that point here */
    uint64_t touched;
};

/* A size at which the model was, or is known to be, run. */
struct service_time {
    struct weir_size size;
    double ns;
    uint64_t seen; /* here; 0: of the profile */
};

struct service_look {
    struct weir_model *model; /* NULL: free */
    struct weir_stage *detect;
    uint64_t used;
};

struct service_worker {
    struct weir_service *service;
    pthread_t thread;
    bool started, busy;
    int64_t free_ns; /* when it should be done */
    struct service_look look[SERVICE_LOOKS];
    uint64_t looks;
    struct weir_stage *jpeg; /* its decoder */
};

struct weir_service {
    pthread_mutex_t lock;
    pthread_cond_t work, chains;
    struct weir_service_conf conf;
    char node[WEIR_FABRIC_NAME_MAX + 1], name[WEIR_FABRIC_NAME_MAX + 1];
    char tier[WEIR_WIRE_MAX_NAME + 1], model_name[WEIR_WIRE_MAX_NAME + 1];
    uint64_t epoch;
    struct weir_workflow workflow; /* what the stages are told */
    struct weir_stop stop;
    struct weir_codec *jpeg, *h264;
    struct weir_fabric_service *offer;
    bool stopping;
    struct weir_service_queue queue; /* jobs' ids are places */
    struct service_job *place; /* [conf.places] */
    int used;
    size_t bytes;
    struct service_chain chain[WEIR_SERVICE_CHAINS];
    uint64_t touches;
    struct service_time time[SERVICE_TIMES];
    int times;
    struct weir_wire_gate gate;
    struct weir_service_stats stats;
    int64_t said_ns, said_wait_us;
    int64_t load_since_ns, asked_ns; /* what was asked for since then, in a slot's time */
    float load;
    struct service_worker worker[WEIR_SERVICE_WORKERS_MAX];
};

/* ---- service_say.c: under the lock but where it says otherwise ------------- */

struct service_weight {
    int64_t wait_us, price_us;
    float load;
    int credit;
};
struct service_weight service_weigh(struct weir_service *s, int64_t now_ns);
/* What an inference takes at that size, as far as is known; 0: it is not. */
int64_t service_estimate(const struct weir_service *s, struct weir_size size);
void service_measured(struct weir_service *s, struct weir_size size, int64_t ns, bool here);
/* A job was given up because of what inferences are believed to take: that is believed a little
 * less from now on, or what was slow once would never be tried again. */
void service_doubt(struct weir_service *s, struct weir_size size);
/* ENOMEM, EINVAL. */
int service_advert(struct weir_service *s, int64_t now_ns, struct weir_buf *out,
                   struct weir_error *err);
/* Says what has changed, where it is time for that. Takes the lock. */
void service_say(struct weir_service *s);
/* Each ends request; without the lock. boxes may be NULL. */
void service_reply(const struct weir_wire_work_request *asked, struct weir_fabric_request *request,
                   const struct weir_wire_work_reply *reply);
void service_refuse(struct weir_fabric_request *request, uint64_t id, enum weir_wire_reason reason,
                    const char *text);
/* Logs it unless that node was complained about lately. Takes the lock. */
void service_complain(struct weir_service *s, const char *node, const char *text);

/* ---- service_chain.c: under the lock --------------------------------------- */

/* The chain of a request, made where there is none; NULL: all are in use. */
struct service_chain *service_chain_of(struct weir_service *s, const char *node,
                                       const struct weir_wire_work_request *r);
void service_chain_add(struct service_chain *chain, struct service_job *job);
/* Decodes what came before it, and it. Gives the lock away meanwhile. */
void service_chain_reach(struct weir_service *s, struct service_job *job);

/* ---- service_work.c -------------------------------------------------------- */

struct weir_stage_conf service_stage_conf(struct weir_service *s, struct weir_model *model);
/* Without the lock: job's picture out of its bytes, by that decoder. Fills outcome and why where
 * there is none. */
void service_decode(struct weir_service *s, struct service_job *job, struct weir_codec *codec,
                    struct weir_stage **decoder);
/* One inference of an image; the caller's the frame. */
int service_infer(struct service_worker *w, struct weir_size size, struct weir_image *image,
                  struct weir_frame **ret, struct weir_error *err);
void service_look_done(struct service_look *look);
void *service_worker_main(void *worker);
/* Is the size one at which the model can look? */
bool service_size_fits(const struct weir_service *s, struct weir_size size);

#endif
