/* What the parts of emu share. Inside emu only. */
#ifndef WEIR_EMU_STATE_H
#define WEIR_EMU_STATE_H

#include <pthread.h>

#include "emu/emu.h"
#include "pipeline/pipeline.h"

/* ---- stock.c ---- */

/* A model at one size; of all settings alike the first. */
struct emu_looker {
    struct weir_model *handle;
    int *class_of; /* of the table, by the model's class; -1: not kept */
};

struct weir_emu_stock {
    struct weir_emu_stock_conf conf;
    struct weir_workflow workflow; /* defaults */
    struct weir_stop stop; /* never requested */
    struct weir_clock *clock;
    struct weir_model **model; /* [models] */
    struct emu_looker *looker; /* [settings]; handle NULL: as looks says */
    int *looks; /* [settings]: index of the looker that does for it */
    struct weir_size *travels; /* [settings]: size of the picture that is sent */
};

static inline const struct sim_table_clip *emu_clip(const struct weir_emu_stock *s) {
    return &s->conf.table->clip[0]; /* all are of one size */
}
/* What stages may know. */
struct weir_stage_conf emu_stage_conf(struct weir_emu_stock *stock);

/* ---- finds.c ---- */

struct emu_find {
    struct emu_find *next; /* of the same frame */
    int setting;
    size_t len;
    struct sim_table_box box[];
};

struct emu_finds {
    struct sim_finds base; /* the first: handlers get this */
    pthread_mutex_t lock;
    struct emu_find ***frame; /* [streams][frames] */
    int streams;
    int64_t *frames; /* [streams] */
};

int emu_finds_init(struct emu_finds *finds, int streams, const int64_t *frames);
void emu_finds_done(struct emu_finds *finds);
/* Boxes as they were found in a picture of that size, in the model's classes. Sorts boxes. ENOMEM.
 * Any thread. */
int emu_finds_add(struct emu_finds *finds, int stream, int64_t frame, int setting,
                  struct weir_boxes *boxes, const struct weir_image *image, const int *class_of,
                  const struct sim_table_clip *clip);
bool emu_finds_has(struct emu_finds *finds, int stream, int64_t frame, int setting);

/* ---- hop.c ---- */

/* A stream's H.264, on both sides; each is used by one task at a time. */
struct emu_chain {
    struct weir_encoder *encoder;
    int coder; /* the setting that it was made for; -1: none */
    struct weir_stage *decode;
};
void emu_chain_done(struct emu_chain *chain);

/* What a thread has of its own. */
struct emu_tools {
    struct weir_emu_stock *stock;
    struct weir_encoder **jpeg; /* [settings], made when they are wanted, as the next two */
    struct weir_stage **decode; /* [settings] */
    struct weir_stage **detect; /* [settings] */
};
int emu_tools_init(struct emu_tools *tools, struct weir_emu_stock *stock);
void emu_tools_done(struct emu_tools *tools);

/* A reduced picture to its packet, and back. Errors of encoder and decoder. */
int emu_encode_jpeg(struct emu_tools *tools, int setting, struct weir_image *image,
                    struct weir_packet **ret, struct weir_error *err);
int emu_decode_jpeg(struct emu_tools *tools, int setting, struct weir_packet *packet,
                    enum weir_matrix matrix, struct weir_image **ret, struct weir_error *err);
int emu_encode_h264(struct weir_emu_stock *stock, struct emu_chain *chain, int setting,
                    double rate_fps, bool key, struct weir_image *image, struct weir_packet **ret,
                    struct weir_error *err);
int emu_decode_h264(struct weir_emu_stock *stock, struct emu_chain *chain, bool key,
                    struct weir_packet *packet, struct weir_image **ret, struct weir_error *err);
/* What the setting's model finds in a picture. */
int emu_detect(struct emu_tools *tools, int setting, struct weir_image *image,
               struct weir_frame **ret, struct weir_error *err);

/* ---- pool.c ---- */

enum emu_task_kind { EMU_SOURCE, EMU_DECODE, EMU_SLOT };

/* A piece of work for one thread. */
struct emu_task {
    struct sim_work work;
    enum emu_task_kind kind;
    struct emu_job *job;
    int waits_for; /* tasks that must be over before */
    struct emu_task *then[2]; /* those that wait for this one: the next of its line, its slot */
    bool over;
};

/* A frame, or its audit, from its source's stages to its slot. */
struct emu_job {
    struct weir_packet *packet;
    struct weir_image *image; /* as it is looked at: reduced, or decoded */
    enum weir_matrix matrix; /* of what was encoded: JPEG cannot say */
    struct emu_task task[3]; /* by kind; job NULL: not asked for */
    int tasks; /* that are not over */
    bool over; /* the world asks nothing more */
};

struct emu_pool {
    pthread_mutex_t lock;
    pthread_cond_t ready, done; /* a task can begin; one is over */
    struct emu_task **heap; /* those that can begin: the one that is to end first is first */
    size_t len, cap;
    struct sim_done *over; /* ring of those that are over, in their order */
    size_t over_first, over_len, over_cap;
    bool stop;
};

/* ---- works.c ---- */

struct emu_thread {
    struct weir_emu *emu;
    pthread_t thread;
    struct emu_tools tools;
    int64_t busy_ns;
    bool started;
};

struct weir_emu {
    struct sim_works base; /* the first: handlers get this */
    struct weir_emu_conf conf; /* its arrays are the emulator's own */
    struct sim_showing *showing;
    double *rate_fps;
    struct emu_finds finds;
    struct emu_pool pool;
    struct emu_job **job; /* [jobs]; grows */
    size_t jobs;
    struct emu_chain *chain; /* [streams] */
    struct emu_task **encodes, **decodes; /* [streams]: the youngest of either; NULL: none yet */
    struct emu_thread *thread;
    int threads;
    int64_t begin_ns; /* when its clock began; 0: not yet */
    struct weir_error failure; /* under pool.lock */
    int failed;
};

int64_t emu_now_ns(const struct weir_emu *emu);
/* Does it, on a thread's tools; whether it gave what it should, and the bytes of a packet. */
bool emu_task_do(struct weir_emu *emu, struct emu_tools *tools, struct emu_task *task,
                 int64_t *ret_bytes);

/* pool.c */
int emu_pool_init(struct emu_pool *pool);
void emu_pool_done(struct emu_pool *pool);
/* Under the lock: the task may begin once those that it waits for are over. ENOMEM. */
int emu_pool_put(struct emu_pool *pool, struct emu_task *task);
/* Under the lock: after it, task begins. False: it is over already. */
bool emu_task_after(struct emu_task *task, struct emu_task *before);
/* Under the lock. */
void emu_job_let_go(struct emu_job *job);
/* The loop of a thread. */
void *emu_thread_run(void *thread);
bool emu_pool_wait(struct weir_emu *emu, int64_t until_ns, struct sim_done *ret);

#endif
