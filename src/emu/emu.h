/*
 * The door of emu: a site's nodes in one process. Decisions, queues, links and what becomes of
 * frames are the simulator's world; pictures, codecs, models and threads are real, on a clock that
 * may run slow, so that a small machine stands for a large site (sim/works.h says what the world
 * asks).
 *
 *     weir_emu_stock_new(&stock_conf, &stock, &err);       once: pictures, and models at every size
 *     for each run
 *         weir_emu_new(&conf, &emu, &err);
 *         sim_conf.works = weir_emu_works(emu);            its bytes, its times
 *         sim_recorded_conf.finds = weir_emu_finds(emu);   its boxes
 *         sim_world_run(…);
 *         weir_emu_free(emu);
 *     weir_emu_stock_free(stock);
 *
 *   stock.c   models, open at every size
 *   hop.c     encoders and decoders
 *   pool.c    threads, and which work is next
 *   works.c   what a work is
 *   finds.c   boxes, kept by stream, frame and setting
 */
#ifndef WEIR_EMU_EMU_H
#define WEIR_EMU_EMU_H

#include "media/media.h"
#include "sim/sim.h"

struct weir_emu_model {
    const char *path;
    double conf; /* threshold; < 0: its family's */
};

/* A clip of the table, decoded; NULL picture where no camera shows it. */
struct weir_emu_clip {
    struct weir_image **picture; /* [frames], I420 */
    int64_t frames;
};

struct weir_emu_stock_conf {
    const struct sim_table *table; /* whose classes boxes are given in, and whose clips are shown */
    const struct weir_emu_model *model; /* [models]: of the settings' models */
    int models;
    const struct weir_setting *setting; /* [settings]; those for audits alone among them */
    int settings;
    const struct weir_emu_clip *clip; /* [table->clips]; borrowed */
};

struct weir_emu_stock;

/* What conf points to outlives it. Errors of weir_model_open, with the model's name; ENOMEM.
 * Blocks: each model is opened at each size. */
int weir_emu_stock_new(const struct weir_emu_stock_conf *conf, struct weir_emu_stock **ret,
                       struct weir_error *err);
void weir_emu_stock_free(struct weir_emu_stock *stock); /* NULL allowed */

struct weir_emu_conf {
    struct weir_emu_stock *stock; /* outlives it */
    const struct sim_showing
        *showing; /* [streams]; copied, as the next two; its scenes outlive it */
    const int64_t *frames; /* [streams]: that are due in the run */
    const double *rate_fps; /* [streams] */
    int streams;
    double dilation; /* >= 1: so many times slower than real time everything goes */
    int threads; /* that work, >= 1 */
    void (*came)(void *arg, int64_t now_ns); /* told how far its clock is, in the run's thread,
                                              * often; may be NULL */
    void *came_arg;
};

struct weir_emu;

/* ENOMEM. Starts the threads; its clock begins with the first wait. */
int weir_emu_new(const struct weir_emu_conf *conf, struct weir_emu **ret, struct weir_error *err);
/* Stops and joins the threads. NULL allowed. */
void weir_emu_free(struct weir_emu *emu);
/* For one run, one thread. */
struct sim_works *weir_emu_works(struct weir_emu *emu);
/* While the run goes on and after. */
struct sim_finds *weir_emu_finds(struct weir_emu *emu);
/* The first thing that went wrong in a work, if any did: 0, or its code. */
int weir_emu_failure(struct weir_emu *emu, struct weir_error *err);
/* CPU time of its threads, s. */
double weir_emu_busy_s(struct weir_emu *emu);

#endif
