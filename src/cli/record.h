/*
 * Inside `weir record`: what is to be recorded (the plan), a clip on its way (reader, hop,
 * take), what is kept of it until the table is whole (part), and what is told at the end.
 *
 *   plan    clips, widths, codings, models; their product is the table's settings
 *   take    clip -> reader -> pictures, in pieces of some frames:
 *             for each width      reduce once
 *               for each coding   through the hop once, there and back
 *                 for each model  detect
 *   part    a take as a file, with everything that determines it
 *   table   all takes together, by sim_table_write
 *
 * One thread.
 */
#ifndef WEIR_CLI_RECORD_H
#define WEIR_CLI_RECORD_H

#include "cli/cli.h"
#include "cli/clip.h"
#include "cli/lists.h"
#include "eval/eval.h"
#include "pipeline/pipeline.h"
#include "scene/scene.h"
#include "sim/sim.h"

enum {
    RECORD_MODELS_MAX = 32,
    RECORD_WIDTHS_MAX = 32,
    RECORD_CODINGS_MAX = 16,
    RECORD_CLASSES_MAX = 255,
    RECORD_SETTINGS_MAX = 4096, /* what a table holds */
    RECORD_ENLARGE_MOST = 2, /* times the clip's width */
};

/* ---- what is asked for ----------------------------------------------------- */

/* The command line as it was written; NULL: not given. */
struct record_words {
    const char *out, *models, *widths, *codecs, *qualities, *crf, *reference, *height, *visibility;
    char **source;
    size_t sources;
};

/* The command line, read; nothing was opened yet. */
struct record_ask {
    struct weir_workflow wf; /* settings; a stream is a clip, without its truth */
    struct cli_words models;
    const char *reference; /* NULL: the clips have truth of their own */
    int width[RECORD_WIDTHS_MAX];
    size_t widths;
    bool widths_given; /* else the widths are a ladder that ends at the clip's own */
    bool jpeg, h264, h264_given;
    int quality[RECORD_CODINGS_MAX];
    size_t qualities;
    int crf;
    struct weir_eval_limits limits;
    const char *out;
};

/* Reads words into ask, whose wf has the settings and no streams yet (record_ask.c). EINVAL: place,
 * what was found, what is allowed; ENOMEM. */
int record_ask_read(const struct record_words *words, struct record_ask *ask,
                    struct weir_error *err);
void record_ask_done(struct record_ask *ask);

struct record_model {
    char *path, *name;
    double conf;
    struct weir_model *handle[RECORD_WIDTHS_MAX]; /* by width */
    struct weir_stage *detect[RECORD_WIDTHS_MAX];
    int *class_of; /* of the table, by class of the model; -1: not kept */
    bool fixed; /* a graph of one size, whatever it is given */
};

/* How a reduced picture reaches the models. */
struct record_coding {
    enum weir_travel travel;
    int quality;
};

struct record_plan {
    const struct record_ask *ask; /* borrowed */
    struct weir_clock *clock; /* real time: progress, time-outs */
    struct weir_clock *watch; /* what is recorded as time: the processor's, of this thread, where
                               * it does all the work; else real time */
    struct weir_stop stop;
    struct cli_clip *clip; /* as many as the workflow has streams */
    size_t clips;
    struct weir_size size[RECORD_WIDTHS_MAX]; /* of what models see; rising */
    size_t widths, own; /* own: index of the clip's own size, made even */
    struct record_coding coding[RECORD_CODINGS_MAX]; /* the first: NONE */
    size_t codings;
    struct record_model model[RECORD_MODELS_MAX],
        reference; /* reference: only at the clip's own size */
    size_t models;
    char class_name[RECORD_CLASSES_MAX][SIM_TABLE_NAME];
    bool labelled[RECORD_CLASSES_MAX]; /* by a truth */
    int classes;
    struct sim_table_setting *setting; /* [settings], without costs */
    int settings;
    char machine[128];
    struct weir_buf print; /* all that determines what is recorded, but for the clip */
};

/* Index of a setting. */
static inline int record_setting(const struct record_plan *p, size_t model, size_t width,
                                 size_t coding) {
    return (int)((model * p->widths + width) * p->codings + coding);
}

/* What is reduced to and coded for a width: nothing is enlarged before it is there. */
static inline struct weir_size record_travels(const struct record_plan *p, size_t width) {
    return p->size[width < p->own ? width : p->own];
}

/*
 * Opens all that is needed: looks into every clip, reads truths, opens every model at every
 * size. What cannot work is known after this. Tells on standard error what a reader of the table
 * should know. To be given to record_plan_done on failure, too. Blocks.
 */
int record_plan_open(const struct record_ask *ask, struct record_plan *plan,
                     struct weir_error *err);
void record_plan_done(struct record_plan *plan);

/* The steps of it, in this order (record_clips.c, record_models.c). */
int record_clips_open(struct record_plan *plan, struct weir_error *err);
void record_clips_done(struct record_plan *plan);
int record_models_open(struct record_plan *plan, struct weir_error *err);
void record_models_done(struct record_plan *plan);

/* The table's class of that name; it is added where add says so and --classes does not say
 * otherwise. *ret_class -1: it is not kept. ERANGE: too many. */
int record_class(struct record_plan *plan, const char *name, bool add, int *ret_class,
                 struct weir_error *err);

/* What stages may know of the plan's stream. */
struct weir_stage_conf record_stage_conf(struct record_plan *plan, size_t clip);
/* The same for stages whose times are recorded. */
struct weir_stage_conf record_timed_conf(struct record_plan *plan, size_t clip);

/* ---- a clip on its way ------------------------------------------------------- */

/* An encoder and the decoder behind it (record_hop.c). */
struct record_hop;

struct record_hop_cost {
    uint32_t bytes;
    int64_t encode_ns, decode_ns;
};

int record_hop_new(const struct weir_stage_conf *conf, struct record_coding coding,
                   struct weir_size size, double rate_fps, struct record_hop **ret_hop,
                   struct weir_error *err);
void record_hop_free(struct record_hop *hop); /* NULL allowed */
/* A picture there and back: coded, decoded. The picture that comes out is the caller's. Errors of
 * encoder and decoder; EUNSUPPORTED: the decoder holds pictures back. */
int record_hop_pass(struct record_hop *hop, struct weir_image *image, struct weir_image **ret_image,
                    struct record_hop_cost *ret_cost, struct weir_error *err);

enum record_cost { RECORD_REDUCE, RECORD_ENCODE, RECORD_DECODE, RECORD_INFER, RECORD_COSTS };

/* What was recorded of a clip. */
struct record_take {
    struct sim_table_draft draft;
    uint32_t *ns[RECORD_COSTS]; /* [settings][frames] */
};
void record_take_done(struct record_take *take); /* zeroed allowed */

/* A frame of a lane, and a lane: what one setting, or the truth, has of a clip so far
 * (record_lanes.c). */
struct record_row {
    uint32_t bytes, end; /* end: of its boxes */
    uint32_t ns[RECORD_COSTS];
};
struct record_lane {
    struct record_row *row;
    struct sim_table_box *box;
    size_t rows, row_cap, boxes, box_cap;
};
int record_lane_box(struct record_lane *lane, struct sim_table_box box); /* 0, ENOMEM */
/* Ends the frame whose boxes were added; row.end is set here. 0, ENOMEM. */
int record_lane_row(struct record_lane *lane, struct record_row row);
/* lanes: [settings + 1], each of so many frames. Of the clip only frames and boxes are set. On
 * failure ret is to be given to record_take_done. 0, ENOMEM. */
int record_lanes_gather(const struct record_lane *lanes, int settings, uint32_t frames,
                        struct record_take *ret);
void record_lanes_free(struct record_lane *lanes, int settings); /* NULL allowed */

/* How far it is. */
struct record_progress {
    struct cli_progress line;
    bool quiet;
    int64_t done, total; /* inferences; total -1: not known */
    int64_t begin_ns;
    size_t clip, clips; /* that is under way, from 0; in all */
};
/* Inferences of a frame. */
int64_t record_inferences(const struct record_plan *plan);

/* ECANCELED: the plan's stop was requested. Errors of source, codecs, models. */
int record_take_make(struct record_plan *plan, size_t clip, struct record_progress *progress,
                     struct record_take *ret, struct weir_error *err);

/* ---- what is kept of a clip until the table is whole (record_part.c) ---------- */

/* "a.table.part.d"; heap, NULL: no memory. */
char *record_parts_dir(const char *out);
/* Everything that determines a clip's part, as text. */
int record_part_key(const struct record_plan *plan, size_t clip, struct weir_buf *ret_key,
                    struct weir_error *err);
/* Fills the plan's print, which is the same for all clips. ENOENT, EIO, ENOMEM. */
int record_part_print(struct record_plan *plan, struct weir_error *err);
int record_part_write(const char *dir, const struct record_plan *plan, size_t clip,
                      const struct weir_buf *key, const struct record_take *take,
                      struct weir_error *err);
/* ENOENT (err untouched); EEXIST: it is of another command line; ECORRUPT; EIO, ENOMEM. */
int record_part_read(const char *dir, const struct record_plan *plan, size_t clip,
                     const struct weir_buf *key, struct record_take *ret, struct weir_error *err);
/* Removes all parts, and the folder where nothing else is in it. */
void record_parts_remove(const char *dir);

/* ---- what is told -------------------------------------------------------------- */

/* Medians of what the takes took, into the settings' costs (record_summary.c). */
int record_costs(const struct record_plan *plan, const struct record_take *take,
                 struct sim_table_setting *ret_setting, struct weir_error *err);
/* Of the table that was written at path. */
int record_summary(const struct record_plan *plan, const struct record_take *take, const char *path,
                   bool json, struct weir_buf *out, struct weir_error *err);
/* What any table holds (record_list.c). Errors of sim_table_open. */
int record_list(const char *path, bool json, struct weir_buf *out, struct weir_error *err);

#endif
