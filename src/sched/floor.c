/*
 * The model. The stream shows, in a frame and on average, mass[c][b] objects of class c and
 * of a height in bin b. A way finds each with probability p[c][b], its model's sight at that
 * height times the way's scale; besides, it has a[c][b] false alarms. So a frame of it is
 * expected to hold n[c][b] = mass p + a boxes, and (n - a) / p of one frame is an unbiased witness
 * of mass whatever the way: mass is its mean, fading. A box between the middles of two bins is
 * shared out to both, so that p is as good as if it were interpolated. Where p is small the witness
 * is worth little, and where p < 0.2 it is not heard: no fading there, and no growing, but by
 * audits. Where even the auditor has p < 0.2 nobody can tell, and nothing counts. With T = sum
 * mass, TP = sum mass p and FP = sum a,
 *
 *     F1 = 2 TP / (2 TP + FP + FN) = 2 TP / (TP + FP + T),  relative = F1(way) / F1(reference).
 *
 * A little of everything is always there, so that a scene of nothing has an accuracy, too.
 * A model's sight is a mean over many streets, and one street is off it by a tenth: to this the
 * mean residual of audits is added, as far as there are audits, and the margin covers what remains.
 * See floor_state.h for which file does what.
 */
#include "sched/floor.h"

#include <math.h>
#include <stdlib.h>

#include "sched/floor_state.h"

#define LEAST_HEIGHT 8.0 /* that counts, where conf does not say */
#define LITTLE 0.05 /* objects in a frame, of everything */
#define CLEAR 0.9 /* of what the reference sees */
#define ACCURACY_MOST 1.2

/* ---- cells --------------------------------------------------------------- */

static double place(double height) { /* in bins */
    return 2 * log2(height / FLOOR_LOWEST);
}

static double edge(int bin) {
    return FLOOR_LOWEST * exp2(bin / 2.0);
}

static double middle(int bin) {
    return FLOOR_LOWEST * exp2((bin + 0.5) / 2);
}

int floor_bin(double height) {
    double at = place(height);
    return at >= FLOOR_BINS ? FLOOR_BINS - 1 : at >= 0 ? (int)at : -1;
}

int floor_between(double height, double *ret_share) {
    double at = fmin(fmax(place(height) - 0.5, 0), FLOOR_BINS - 1);
    int left = at < FLOOR_BINS - 1 ? (int)at : FLOOR_BINS - 2;
    *ret_share = at - left;
    return left;
}

double floor_found(const struct weir_floor *floor, int kin, int class_id, double height) {
    double share;
    size_t cell = (size_t)class_id * FLOOR_BINS + (size_t)floor_between(height, &share);
    const double *p = &floor->found[cell * (size_t)floor->kins + (size_t)kin];
    return p[0] + (p[floor->kins] - p[0]) * share;
}

bool floor_box_counts(const struct weir_floor *floor, const struct weir_floor_box *box) {
    return isfinite(box->x0) && isfinite(box->y0) && isfinite(box->x1) && isfinite(box->y1) &&
           isfinite(box->score) && box->x1 > box->x0 &&
           box->y1 - box->y0 >= fmax(floor->least_height, FLOOR_LOWEST) && box->class_id >= 0 &&
           box->class_id < floor->classes;
}

/* Spreads the false alarms of one bin of a sight over the bins of the stream, evenly over the
 * logarithm of the height. */
static void spread(struct weir_floor *floor, int kin, int class_id, double from, double to,
                   double alarms) {
    const double least = fmax(floor->least_height, FLOOR_LOWEST);
    for (int b = 0; b < FLOOR_BINS; b++) {
        double low = fmax(fmax(from, edge(b)), least),
               high = b + 1 < FLOOR_BINS ? fmin(to, edge(b + 1)) : to;
        if (high <= low)
            continue;
        double part = alarms * log(high / low) / log(to / from);
        floor->alarm[((size_t)class_id * FLOOR_BINS + b) * (size_t)floor->kins + kin] += part;
        floor->kin[kin].alarms += part;
    }
}

/* What ways of a kin find of a class, and mistake for one. */
static void look_through(struct weir_floor *floor, int kin, int class_id) {
    const struct floor_kin *k = &floor->kin[kin];
    const struct weir_sight *sight = &floor->sight[k->model];
    const int theirs = floor->class_of[k->model * floor->classes + class_id];
    if (theirs < 0)
        return;
    for (int b = 0; b < FLOOR_BINS; b++)
        floor->found[((size_t)class_id * FLOOR_BINS + b) * (size_t)floor->kins + kin] =
            weir_sight_found(sight, theirs, middle(b) * k->scale);
    for (int i = 0; i < sight->bins; i++) {
        double from = sight->edge[i], to = i + 1 < sight->bins ? sight->edge[i + 1]
                                           : i                 ? from * from / sight->edge[i - 1]
                                                               : from * 2;
        spread(floor, kin, class_id, from / k->scale, to / k->scale,
               sight->class_of[theirs].false_alarms[i]);
    }
}

/* What counts is what the auditor sees; and who sees about as much as the reference does. */
static int compare(struct weir_floor *floor, struct weir_error *err) {
    int all = 0, seen = 0;
    for (int cell = 0; cell < floor->cells; cell++) {
        const double *p = &floor->found[(size_t)cell * floor->kins];
        floor->counts[cell] = fmax(p[floor->auditor_kin], p[floor->reference_kin]) >= FLOOR_SEES &&
                              edge(cell % FLOOR_BINS + 1) > floor->least_height;
        all += floor->counts[cell];
        seen += floor->counts[cell] && p[floor->reference_kin] >= FLOOR_SEES;
    }
    if (!seen)
        return weir_fail(err, WEIR_EINVAL,
                         "the reference, model %s at scale %g, finds no class at any height with a "
                         "probability of %g or more; take another reference, or a larger picture",
                         floor->sight[floor->kin[floor->reference_kin].model].model,
                         floor->kin[floor->reference_kin].scale, FLOOR_SEES);
    floor->prior = LITTLE;
    for (int k = 0; k < floor->kins; k++) {
        int sees = 0;
        for (int cell = 0; cell < floor->cells; cell++) {
            double p = floor->counts[cell] ? floor->found[(size_t)cell * floor->kins + k] : 0;
            sees += p >= FLOOR_SEES;
            floor->prior_right[k] += LITTLE * p / all;
        }
        floor->kin[k].clear = sees >= CLEAR * seen;
    }
    return 0;
}

/* ---- setting up ---------------------------------------------------------- */

static bool above_zero(double v) {
    return isfinite(v) && v > 0;
}

static int check_way(const struct weir_floor_conf *conf, int i, struct weir_error *err) {
    const struct weir_floor_way *w = &conf->way[i];
    if (w->model < 0 || w->model >= conf->models || !above_zero(w->scale) || w->kin < 0)
        return weir_fail(err, WEIR_EINVAL,
                         "way %d: model %d of %d, scale %g, kin %d; allowed: a model there is, a "
                         "scale above 0, kin 0 and more",
                         i, w->model, conf->models, w->scale, w->kin);
    for (int k = 0; k < i; k++)
        if (conf->way[k].kin == w->kin &&
            (conf->way[k].model != w->model || fabs(conf->way[k].scale / w->scale - 1) > 1e-6))
            return weir_fail(err, WEIR_EINVAL,
                             "ways %d and %d are both of kin %d: models %d and %d, scales %g and "
                             "%g; kin have the same model and scale: give one another number",
                             k, i, w->kin, conf->way[k].model, w->model, conf->way[k].scale,
                             w->scale);
    return 0;
}

static int check(const struct weir_floor_conf *conf, struct weir_error *err) {
    int rc = 0;
    if (!conf->sight || !conf->way || conf->models < 1 || conf->ways < 1 || conf->reference < 0 ||
        conf->reference >= conf->ways || conf->auditor < 0 || conf->auditor >= conf->ways)
        return weir_fail(err, WEIR_EINVAL,
                         "%d models, %d ways, reference %d, auditor %d; needed: one and more of "
                         "each, and a reference and an auditor that are ways",
                         conf->models, conf->ways, conf->reference, conf->auditor);
    for (int i = 0; i < conf->models; i++)
        if (conf->sight[i].classes < 1 || conf->sight[i].bins < 1 ||
            conf->sight[i].bins > WEIR_SIGHT_BINS_MAX)
            return weir_fail(err, WEIR_EINVAL,
                             "the sight of model %d has %d classes and %d bins; needed: one and "
                             "more of each, up to %d bins; read it from its accuracy file",
                             i, conf->sight[i].classes, conf->sight[i].bins, WEIR_SIGHT_BINS_MAX);
    if (!(conf->min_accuracy >= 0 && conf->min_accuracy <= 1) || !above_zero(conf->rate_fps) ||
        !above_zero(conf->memory_s) || !above_zero(conf->window_s) ||
        !(conf->miss > 0 && conf->miss < 1) || !(conf->bend > 0 && conf->bend <= 1) ||
        !(conf->self > 0 && conf->self <= 1) ||
        !(conf->least_height >= 0 && isfinite(conf->least_height)))
        return weir_fail(
            err, WEIR_EINVAL,
            "floor %g, %g frames per second, memory %g s, window %g s, miss %g, bend "
            "%g, self %g, least height %g; allowed: floor 0 to 1, rate and times above "
            "0, miss between 0 and 1, bend and self above 0 and up to 1, no negative "
            "height",
            conf->min_accuracy, conf->rate_fps, conf->memory_s, conf->window_s, conf->miss,
            conf->bend, conf->self, conf->least_height);
    for (int i = 0; !rc && i < conf->ways; i++)
        rc = check_way(conf, i, err);
    return rc;
}

/* Numbers kins from 0 on, in the order of their first way. */
static void number_kins(struct weir_floor *floor, const struct weir_floor_conf *conf) {
    for (int i = 0; i < conf->ways; i++) {
        int k = 0;
        while (conf->way[k].kin != conf->way[i].kin)
            k++;
        if (k < i) {
            floor->kin_of[i] = floor->kin_of[k];
            continue;
        }
        floor->kin[floor->kins] =
            (struct floor_kin){.model = conf->way[i].model, .scale = conf->way[i].scale};
        floor->kin_of[i] = floor->kins++;
    }
    floor->reference_kin = floor->kin_of[conf->reference];
    floor->auditor_kin = floor->kin_of[conf->auditor];
}

static bool make(struct weir_floor *floor, const struct weir_floor_conf *conf) {
    const size_t ways = (size_t)conf->ways, cells = (size_t)floor->cells;
    floor->class_of =
        calloc((size_t)conf->models * (size_t)floor->classes, sizeof *floor->class_of);
    floor->kin_of = calloc(ways, sizeof *floor->kin_of);
    floor->kin = calloc(ways, sizeof *floor->kin);
    if (!floor->class_of || !floor->kin_of || !floor->kin)
        return false;
    number_kins(floor, conf);
    const size_t kins = (size_t)floor->kins;
    floor->found = calloc(cells * kins, sizeof *floor->found);
    floor->alarm = calloc(cells * kins, sizeof *floor->alarm);
    floor->counts = calloc(cells, sizeof *floor->counts);
    floor->mass = calloc(cells, sizeof *floor->mass);
    floor->objects = calloc(cells, sizeof *floor->objects);
    floor->prior_right = calloc(kins, sizeof *floor->prior_right);
    floor->sums = calloc(ways, sizeof *floor->sums);
    floor->kin_sums = calloc(kins, sizeof *floor->kin_sums);
    floor->frame = calloc((size_t)floor->groups, sizeof *floor->frame);
    floor->lately = calloc((size_t)floor->groups, sizeof *floor->lately);
    floor->group = calloc((size_t)floor->groups * kins, sizeof *floor->group);
    for (size_t k = 0; floor->group && k < kins; k++)
        floor->kin[k].group = floor->group + k * (size_t)floor->groups;
    floor->item = calloc(FLOOR_AUDITS, sizeof *floor->item);
    floor->residual = calloc(ways, sizeof *floor->residual);
    floor->doubt = calloc(ways, sizeof *floor->doubt);
    floor->known = calloc(ways, sizeof *floor->known);
    floor->accuracy = calloc(ways, sizeof *floor->accuracy);
    floor->way_margin = calloc(ways, sizeof *floor->way_margin);
    return floor->found && floor->alarm && floor->counts && floor->mass && floor->objects &&
           floor->prior_right && floor->frame && floor->lately && floor->group && floor->sums &&
           floor->kin_sums && floor->item && floor->residual && floor->doubt && floor->known &&
           floor->accuracy && floor->way_margin;
}

int weir_floor_new(const struct weir_floor_conf *conf, struct weir_floor **ret,
                   struct weir_error *err) {
    int rc = check(conf, err);
    if (rc)
        return rc;
    struct weir_floor *floor = calloc(1, sizeof *floor);
    if (!floor)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    floor->sight = conf->sight;
    floor->ways = conf->ways;
    floor->classes = conf->sight[0].classes;
    floor->cells = floor->classes * FLOOR_BINS;
    floor->groups = FLOOR_BANDS + floor->classes;
    floor->reference = conf->reference;
    floor->min_accuracy = conf->min_accuracy;
    floor->bend = conf->bend;
    floor->self_prior = conf->self;
    floor->period_s = 1 / conf->rate_fps;
    floor->memory_s = conf->memory_s;
    floor->window_s = conf->window_s;
    floor->least_height = conf->least_height > 0 ? conf->least_height : LEAST_HEIGHT;
    if (!make(floor, conf)) {
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
        goto fail;
    }
    for (int m = 0; m < conf->models; m++)
        for (int c = 0; c < floor->classes; c++)
            floor->class_of[m * floor->classes + c] =
                weir_sight_class(&conf->sight[m], conf->sight[0].class_of[c].name);
    for (int k = 0; k < floor->kins; k++)
        for (int c = 0; c < floor->classes; c++)
            look_through(floor, k, c);
    rc = compare(floor, err);
    if (rc)
        goto fail;
    margin_init(&floor->margin, conf->miss);
    floor_audits_doubt(floor);
    floor_work_out(floor);
    *ret = floor;
    return 0;
fail:
    weir_floor_free(floor);
    return rc;
}

void weir_floor_free(struct weir_floor *floor) {
    if (!floor)
        return;
    free(floor->class_of);
    free(floor->kin_of);
    free(floor->kin);
    free(floor->found);
    free(floor->alarm);
    free(floor->counts);
    free(floor->mass);
    free(floor->objects);
    free(floor->prior_right);
    free(floor->sums);
    free(floor->kin_sums);
    free(floor->frame);
    free(floor->lately);
    free(floor->group);
    free(floor->item);
    free(floor->residual);
    free(floor->doubt);
    free(floor->known);
    free(floor->accuracy);
    free(floor->way_margin);
    free(floor);
}

/* ---- answers ------------------------------------------------------------- */

void floor_work_out(struct weir_floor *floor) {
    double objects = floor->prior;
    for (int k = 0; k < floor->kins; k++)
        floor->kin[k].right = floor->prior_right[k];
    for (int cell = 0; cell < floor->cells; cell++) {
        double mass = floor_mass_of(floor, cell);
        if (!floor->counts[cell] || mass <= 0)
            continue;
        objects += mass;
        for (int k = 0; k < floor->kins; k++)
            floor->kin[k].right += mass * floor->found[(size_t)cell * floor->kins + k];
    }
    for (int k = 0; k < floor->kins; k++) {
        struct floor_kin *kin = &floor->kin[k];
        kin->f1 = 2 * kin->right / (kin->right + kin->alarms + objects);
    }
    const double best = floor->kin[floor->reference_kin].f1;
    for (int i = 0; i < floor->ways; i++) {
        double relative = floor->kin[floor->kin_of[i]].f1 / best + floor->residual[i];
        floor->accuracy[i] = floor->settled ? fmin(fmax(relative, 0), ACCURACY_MOST) : 0;
        floor->way_margin[i] = floor->margin.value + floor->doubt[i];
    }
    floor->accuracy[floor->reference] = 1;
    floor->way_margin[floor->reference] = 0;
}

void weir_floor_predict(const struct weir_floor *floor, int way, double *ret_accuracy,
                        double *ret_margin) {
    *ret_accuracy = floor->accuracy[way];
    *ret_margin = floor->way_margin[way];
}

bool weir_floor_draw(uint64_t seed, int stream, int64_t frame, int64_t every) {
    uint64_t layer = (uint64_t)(frame / every),
             drawn = weir_hash64(weir_hash64(seed ^ weir_hash64((uint64_t)stream)) + layer);
    return frame % every == (int64_t)(drawn % (uint64_t)every);
}
