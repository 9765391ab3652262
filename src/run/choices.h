/*
 * The run's side of choosing: which settings there are, for each stream what it may have, and the
 * chooser behind its lock. Nothing that it answers can do harm: what makes no sense is counted, and
 * the frame goes to the reference.
 */
#ifndef WEIR_RUN_CHOICES_H
#define WEIR_RUN_CHOICES_H

#include "run/agenda.h"
#include "run/choose.h"
#include "run/models.h"

struct weir_choices;

/* A setting as workers need it. */
struct weir_choices_setting {
    struct weir_way way;
    const struct weir_run_model *of;
    struct weir_model *model; /* at the size that holds such a picture */
};

/* What the report says of it. */
struct weir_choices_counts {
    int64_t refused; /* answers that made no sense */
    int64_t frames[WEIR_SETTINGS_MAX]; /* detected and delivered, by setting */
    int64_t below_floor, audits;
};

struct weir_choices_conf {
    const struct weir_workflow *workflow;
    const struct weir_chooser_ops *ops;
    const char *strategy, *options;
    const struct weir_run_models *models;
    const char *const *model_path;
    const struct weir_costs *costs;
    struct weir_clock *clock;
    void (*refused)(void *arg, int stream); /* told of the first refusal */
    void *refused_arg;
    void (*event)(void *arg, const char *text); /* for the chooser; may be NULL */
    void *event_arg;
};

/* Opens the chooser. What conf points to outlives it. ENOMEM, and errors of its open. */
int weir_choices_new(const struct weir_choices_conf *conf, struct weir_choices **ret,
                     struct weir_error *err);
void weir_choices_free(struct weir_choices *choices); /* NULL allowed */

/*
 * Gives frame, which has a picture, its setting, or its outcome. By the decode thread of its
 * stream. ENOMEM; ERANGE: too many sizes of pictures came up in this run; the frame has neither
 * then.
 */
int weir_choices_choose(struct weir_choices *choices, struct weir_frame *frame, bool live,
                        struct weir_error *err);
/* What it takes a worker, as things are: begun with the profile, corrected by every frame. Zeroes
 * where nothing is known yet. Any thread. */
struct weir_agenda_cost weir_choices_cost(struct weir_choices *choices, int setting);
/* What became of a frame that has a setting; told's other members are filled in here. Any thread,
 * once a frame. */
void weir_choices_told(struct weir_choices *choices, const struct weir_frame *frame,
                       struct weir_choose_told told);

/* It was delivered. Any thread. */
void weir_choices_delivered(struct weir_choices *choices, const struct weir_frame *frame);

/* An audit for an idle worker; false: none. Then, its picture gone: boxes, or NULL. */
bool weir_choices_idle(struct weir_choices *choices, struct weir_audit *ret);
void weir_choices_audited(struct weir_choices *choices, const struct weir_audit *audit,
                          const struct weir_boxes *boxes);

/* A setting that a frame has. Any thread; valid as long as choices. */
const struct weir_choices_setting *weir_choices_setting(const struct weir_choices *choices,
                                                        int setting);
/* How many there are by now. */
int weir_choices_settings(struct weir_choices *choices);
void weir_choices_counts(struct weir_choices *choices, struct weir_choices_counts *ret);

#endif
