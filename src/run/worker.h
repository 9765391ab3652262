/*
 * A worker of the detector: one thread, its own detect stages over the shared models: one, or where
 * it is chosen how frames are detected, one for each setting that it met lately. Takes frames of
 * any stream from the inbox or the agenda, puts them into their lanes; where nothing waits, or
 * for an eighth of its time, it may look at a picture once more, for an audit.
 */
#ifndef WEIR_RUN_WORKER_H
#define WEIR_RUN_WORKER_H

#include "run/stream.h"

/* The detect stage of a setting. */
struct weir_worker_stage {
    struct weir_stage *stage; /* NULL: none */
    int setting;
    int64_t used; /* when, in the order of uses */
};

/* Each has the input of a model, some megabytes: so many are kept, of those used last. */
enum { WEIR_WORKER_STAGES = 24 };

struct weir_worker {
    struct weir_shared *shared;
    struct weir_stream *stream; /* all of them, by index */
    int index, batch;
    bool keep_images; /* a sink wants to see the pixels */
    struct weir_stage *detect; /* NULL: it is chosen per frame */
    struct weir_worker_stage opened[WEIR_WORKER_STAGES]; /* where it is chosen */
    int64_t uses;
    int64_t credit_ns, credited_ns; /* time that it owes audits, and when that was worked out */
    struct weir_frame **frame; /* batch places */
    struct weir_reduction *reduction; /* likewise, of what is inside */
    struct weir_clock *watch; /* this thread's own time; NULL: inferences are not to be compared */
    pthread_t thread;
    bool started;
};

/* Opens the stage; started later. Errors as its open. Zeroed memory in. */
int weir_worker_init(struct weir_worker *worker, struct weir_shared *shared,
                     struct weir_stream *stream, int index, int batch, bool keep_images,
                     struct weir_error *err);
int weir_worker_start(struct weir_worker *worker, struct weir_error *err);
void weir_worker_join(struct weir_worker *worker);
void weir_worker_done(struct weir_worker *worker);

#endif
