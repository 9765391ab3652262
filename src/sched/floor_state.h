/*
 * The accuracy estimator while it runs: what its files share. Inside sched only.
 *
 *   floor.c          sets it up, works out what each way would find
 *   floor_seen.c     what was found becomes mass; notices that the scene changed
 *   floor_audited.c  what the auditor found, too, becomes corrections and the margin
 *   audit.c          how right a way is, by how far it agrees with the auditor
 *   margin.c         how far windows fall short
 *
 * A cell is a class and a bin of height. Ways of one kin find the same.
 */
#ifndef WEIR_SCHED_FLOOR_STATE_H
#define WEIR_SCHED_FLOOR_STATE_H

#include "sched/audit.h"
#include "sched/floor.h"
#include "sched/margin.h"

enum {
    FLOOR_BINS = 16, /* heights 4 * sqrt(2)^i and up, the last without end */
    FLOOR_BANDS = 4, /* of as many bins: what a change of scene is judged by, beside classes */
    FLOOR_AUDITS = 256, /* of a window */
};
#define FLOOR_LOWEST 4.0
#define FLOOR_SEES 0.2 /* probability below which seeing nothing says nothing */

struct floor_mass {
    double mean; /* objects in a frame; below 0 by fewer boxes than false alarms: counts as 0 */
    double weight; /* 0: nothing known, to 1 */
    int64_t last_ns;
};

/* Boxes of one class, or of one band of height: how many there were, and were expected. */
struct floor_group {
    double boxes, expected;
};

struct floor_kin {
    int model;
    double scale;
    double alarms; /* a picture, by the model's sight */
    bool clear; /* it sees nearly all that the reference sees */
    /* Since the scene began: */
    double seen_s;
    struct floor_group *group; /* [groups]: fading */
    double right, f1; /* worked out */
};

struct floor_item { /* an audit of this window */
    struct audit_sums frame;
    double promised; /* accuracy less what the way's own margin took */
};

struct weir_floor {
    const struct weir_sight *sight;
    int ways, kins, classes, cells;
    int groups; /* bands, then classes */
    int reference, reference_kin, auditor_kin;
    double min_accuracy, bend, self_prior;
    double period_s, memory_s, window_s, least_height;
    int *class_of; /* [models][classes]: in the model's sight; -1: it does not know it */
    int *kin_of; /* [ways] */
    struct floor_kin *kin; /* [kins] */
    double *found; /* [cells][kins]: probability */
    double *alarm; /* [cells][kins]: false alarms a picture */
    bool *counts; /* [cells]: the auditor sees it, or the reference */
    struct floor_mass *mass; /* [cells] */
    double *objects; /* [cells]: that one frame is a witness of */
    double *prior_right; /* [kins]: of a little of everything */
    double prior;
    /* the scene */
    bool any, settled;
    double settling_s;
    int64_t seen_ns;
    struct floor_group *frame, *lately; /* [groups]: of this one; of about half a second */
    struct floor_group *group; /* [kins][groups]: theirs */
    /* audits */
    struct audit_sums *sums; /* [ways] */
    struct audit_sums *kin_sums; /* [kins]: of all their ways, delivered or not */
    struct audit_sums self; /* of the reference's kin */
    struct audit_sums recent; /* of the viewer's way, the last few */
    int recent_kin;
    int64_t audits, scene_audits; /* in all; since the scene began */
    struct floor_item *item; /* [FLOOR_AUDITS] */
    int items;
    double window_boxes; /* of the auditor */
    int64_t window_ns, audited_ns;
    struct audit_sums delivered; /* fading over a window */
    bool any_audit;
    struct margin margin;
    double *residual, *doubt; /* [ways]: added to the model; margin for want of audits */
    double *known; /* [ways]: how much of what is predicted audits say, 0 to 1 */
    double *accuracy, *way_margin; /* [ways]: what predict says */
};

/* floor.c */
int floor_bin(double height);
/* The bin below whose middle a height is, or the first, and how far it is on to the next one. */
int floor_between(double height, double *ret_share);
/* Probability of a box of that class and height; log-linear between the middles of bins. */
double floor_found(const struct weir_floor *floor, int kin, int class_id, double height);
/* Does this box count, and is it one? */
bool floor_box_counts(const struct weir_floor *floor, const struct weir_floor_box *box);
/* What each way would find, and so what predict says. */
void floor_work_out(struct weir_floor *floor);

/* floor_seen.c */
/* How many objects there are, by what a way of kin found: [cells]; only where that kin sees. */
void floor_witness(const struct weir_floor *floor, int kin, const struct weir_floor_box *box,
                   size_t len, double *ret_objects);
/* It becomes mass, in cells that kin sees and `blind` (unless -1) does not. */
void floor_learn(struct weir_floor *floor, int64_t now_ns, int kin, int blind,
                 const double *objects);

/* So much more of it was seen. */
void floor_settle(struct weir_floor *floor, double seconds);

/* floor_audited.c */
/* Another scene: what audits said of ways counts half. */
void floor_audits_doubt(struct weir_floor *floor);

static inline double floor_mass_of(const struct weir_floor *floor, int cell) {
    double mean = floor->mass[cell].mean;
    return mean > 0 ? mean : 0;
}

/* The share of the new in a mean that fades to 1/e in tau, after dt; dt well below tau. */
static inline double floor_gain(double dt, double tau) {
    double x = dt / tau;
    return x / (1 + x / 2);
}

#endif
