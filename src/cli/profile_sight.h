/*
 * `weir profile SOURCE`: how well models see what a user's own clips show. Truth is what is
 * labelled, or what a reference model finds at the pictures' full size.
 *
 *   ask     the command line, read; nothing was opened (profile_sight_ask.c)
 *   truth   clips, classes and the reference: which truth there is, and a frame's
 *           (profile_sight_truth.c)
 *   files   NAME.accuracy.json: where they go, and their writing (profile_sight_files.c)
 *
 * A reference sees all clips first, so that one which finds nothing is known before the long work.
 * One thread.
 */
#ifndef WEIR_CLI_PROFILE_SIGHT_H
#define WEIR_CLI_PROFILE_SIGHT_H

#include "cli/accuracy.h"
#include "cli/clip.h"
#include "cli/lists.h"

enum { CLI_SIGHT_WIDTHS_MAX = 64 };

/* The command line as it was written; NULL: not given. */
struct cli_sight_words {
    const char *models, *widths, *against, *height, *visibility, *out;
    char **source;
    size_t sources;
};

struct cli_sight_ask {
    struct weir_workflow *wf; /* borrowed; settings, and a stream each clip */
    struct cli_words models;
    const char *against; /* the reference; NULL: the clips are labelled */
    int width[CLI_SIGHT_WIDTHS_MAX];
    size_t widths; /* 0: a ladder that ends at the clips' own */
    double conf; /* -1: of each model the best */
    struct weir_eval_limits limits;
    bool visibility_given;
    const char *out; /* folder; NULL: beside each model */
    bool json, quiet;
};

/* ask->wf has the settings and no streams yet. EINVAL: place, what was found, what is allowed;
 * ENOMEM. */
int cli_sight_ask_read(const struct cli_sight_words *words, struct cli_sight_ask *ask,
                       struct weir_error *err);
void cli_sight_ask_done(struct cli_sight_ask *ask); /* zeroed allowed */

/*
 * All of it: measures, prints and writes. Blocks. ECANCELED: Ctrl-C, nothing is written. Errors of
 * cli_clip_look, cli_clip_truth, cli_accuracy_open, cli_accuracy_push, weir_file_create; EINVAL: a
 * width that is wider than the pictures, a file that is there already; EMODEL: nothing to be
 * found; ENOMEM.
 */
int cli_profile_sight(const struct cli_sight_ask *ask, struct weir_error *err);

/* ---- between its files ------------------------------------------------------- */

struct cli_sight_reference {
    char *path, *name; /* NULL: there is none */
    double conf;
    struct weir_model *handle; /* open at the pictures' full size */
    int *category; /* of the truth, by class; -1: left out */
};

struct cli_sight {
    const struct cli_sight_ask *ask;
    struct weir_settings set; /* of models; strings are the ask's */
    int width[CLI_SIGHT_WIDTHS_MAX + 1];
    struct cli_accuracy_job job;
    struct cli_accuracy seen;
    struct cli_clip *clip;
    size_t clips;
    struct cli_sight_reference reference;
    bool *labelled; /* by category, in the clip that is under way */
    int *scene_category; /* of the truth, by class of scenes */
    char **file; /* by model: where its profile goes */
};

struct weir_stage_conf cli_sight_stage_conf(struct cli_sight *s, size_t clip);

/* Looks into every clip and finds its labels, and opens the reference: after this the truth has its
 * categories, and what the job says of pictures is known. */
int cli_sight_truth_open(struct cli_sight *s, struct weir_error *err);
void cli_sight_truth_done(struct cli_sight *s);
/* A clip begins: what is labelled in it. */
void cli_sight_truth_begin(struct cli_sight *s, size_t clip);
/* Adds an image with what is labelled in a frame, or with what the reference finds in it. */
int cli_sight_truth_of(struct cli_sight *s, size_t clip, int64_t number,
                       const struct weir_frame *frame, struct weir_error *err);
int cli_sight_truth_find(struct cli_sight *s, const struct weir_image *image,
                         struct weir_error *err);
/* EMODEL: of some model's classes there is no truth that counts. */
int cli_sight_truth_check(const struct cli_sight *s, struct weir_error *err);

/* Names the files; what stands in the way of writing them is told now. */
int cli_sight_files_open(struct cli_sight *s, struct weir_error *err);
/* None, unless all could be written in full. */
int cli_sight_files_write(const struct cli_sight *s, struct weir_error *err);
void cli_sight_files_done(struct cli_sight *s);
/* The member "sources" of an open object: what was looked at. */
void cli_sight_sources_json(const struct cli_sight *s, struct weir_json *json);

#endif
