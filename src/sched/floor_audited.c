/*
 * What audits teach: heights that the way could not see; how many false alarms the stream
 * has for each that is expected; by how much the model is off for a way (ways of its kin say so,
 * too, at half the weight); and, window by window, how far promises were not kept.
 */
#include <math.h>
#include <string.h>

#include "sched/floor_state.h"

#define KEEP (1 - 1 / 64.0) /* of what audits of a way said, at the next one */
#define KEEP_TEMPER (1 - 1 / 128.0)
#define TEMPER_FEW 10.0 /* false alarms; until there are more, other kins' share counts */
#define TEMPER_MOST 4.0
#define FINDS_FEW 20.0 /* objects; until there are more, the sight counts */
#define FINDS_LEAST 0.3
#define FINDS_MOST 1.5
#define KIN 0.5 /* weight of what kin say */
#define FEW 40.0 /* boxes of the reference; with as many a residual counts half */
#define RESIDUAL_LEAST (-0.6)
#define RESIDUAL_MOST 0.3
#define DOUBT 0.03 /* margin of a way that was never audited */
#define WINDOW_BOXES 20 /* of the reference, that a window needs */
#define WINDOW_MOST 6 /* times its length that it waits for them */

/* Boxes that count, for audit_match. */
static int sift(const struct weir_floor *floor, const struct weir_floor_box *box, size_t len,
                struct weir_floor_box ret[WEIR_FLOOR_BOXES_MAX]) {
    int n = 0;
    for (size_t i = 0; i < len && n < WEIR_FLOOR_BOXES_MAX; i++)
        if (floor_box_counts(floor, &box[i]))
            ret[n++] = box[i];
    return n;
}

/* What the model expects of a frame. */
static void expect(const struct weir_floor *floor, int kin, struct audit_sums *sums) {
    const struct floor_kin *k = &floor->kin[kin], *r = &floor->kin[floor->reference_kin];
    sums->right = floor->prior_right[kin];
    sums->reference_right = floor->prior_right[floor->reference_kin];
    sums->objects = floor->prior;
    sums->both = sums->right * sums->reference_right / sums->objects;
    for (int cell = 0; cell < floor->cells; cell++) {
        const double *p = &floor->found[(size_t)cell * (size_t)floor->kins];
        double mass = floor->counts[cell] ? floor_mass_of(floor, cell) : 0;
        sums->objects += mass;
        sums->right += mass * p[kin];
        sums->reference_right += mass * p[floor->reference_kin];
        sums->both += mass * p[kin] * p[floor->reference_kin];
    }
    sums->right *= k->finds;
    sums->both *= k->finds;
    sums->alarms = k->temper * k->alarms;
    sums->reference_alarms = r->temper * r->alarms;
    sums->predicted = k->f1 / r->f1 * sums->reference;
}

/* What all ways of its kin say of a way. */
static struct audit_sums said_of(const struct weir_floor *floor, int way) {
    struct audit_sums all = floor->sums[way];
    audit_fade(&all, 1 - KIN);
    audit_add(&all, &floor->kin_sums[floor->kin_of[way]], KIN);
    return all;
}

static void correct(struct weir_floor *floor, int kin) {
    for (int i = 0; i < floor->ways; i++) {
        if (floor->kin_of[i] != kin)
            continue;
        struct audit_sums all = said_of(floor, i);
        struct audit_split split = audit_split_of(&all);
        struct audit_frame sum = audit_frame_of(&split, all.boxes, all.reference, all.matched);
        double relative = audit_relative(&sum), known = all.reference / (all.reference + FEW);
        floor->residual[i] = 0;
        if (all.reference > 0 && isfinite(relative))
            floor->residual[i] =
                fmin(fmax(known * (relative - all.predicted / all.reference), RESIDUAL_LEAST),
                     RESIDUAL_MOST);
        floor->doubt[i] = DOUBT * (1 - known);
    }
}

void floor_audits_doubt(struct weir_floor *floor) {
    for (int i = 0; i < floor->ways; i++)
        audit_fade(&floor->sums[i], 0.5);
    for (int k = 0; k < floor->kins; k++) {
        audit_fade(&floor->kin_sums[k], 0.5);
        correct(floor, k);
    }
    floor->items = 0;
    floor->window_boxes = 0;
}

/*
 * False alarms of the stream over those expected. Of a kin: its boxes less the right ones, by
 * capture and recapture (audit.c). That tells nothing of the reference's own, since how well
 * the others find is calibrated by it: of these half as much is believed, in logarithms.
 */
static void temper(struct weir_floor *floor, int kin, const struct audit_sums *frame, double hit) {
    double seen = TEMPER_FEW, expected = TEMPER_FEW;
    struct floor_kin *mine = &floor->kin[kin];
    if (kin == floor->reference_kin || !(hit > 0))
        return;
    mine->false_seen = KEEP_TEMPER * mine->false_seen + frame->boxes - frame->matched / hit;
    mine->false_expected = KEEP_TEMPER * mine->false_expected + mine->alarms;
    for (int k = 0; k < floor->kins; k++) {
        seen += fmax(floor->kin[k].false_seen, 0);
        expected += floor->kin[k].false_expected;
    }
    for (int k = 0; k < floor->kins; k++) {
        struct floor_kin *one = &floor->kin[k];
        double found = (fmax(one->false_seen, 0) + TEMPER_FEW * seen / expected) /
                       (one->false_expected + TEMPER_FEW);
        one->temper = fmin(fmax(found, 1 / TEMPER_MOST), TEMPER_MOST);
    }
    seen = fmin(fmax(seen / expected, 1 / TEMPER_MOST), TEMPER_MOST);
    floor->kin[floor->reference_kin].temper = sqrt(seen);
}

/* What a way finds of what its sight says: by the objects that its boxes stand for, over those that
 * the reference's stand for, in the same frames and where both see. That needs no matching,
 * so that it does not matter how alike the two err. */
static void calibrate(struct weir_floor *floor, int kin) {
    struct floor_kin *k = &floor->kin[kin];
    if (kin == floor->reference_kin)
        return;
    k->objects_seen *= KEEP_TEMPER;
    k->objects_there *= KEEP_TEMPER;
    for (int cell = 0; cell < floor->cells; cell++) {
        const double *p = &floor->found[(size_t)cell * (size_t)floor->kins];
        if (!floor->counts[cell] || p[kin] < FLOOR_SEES)
            continue;
        k->objects_seen += floor->objects[cell] * k->finds; /* as its sight has it */
        k->objects_there += floor->reference_objects[cell];
    }
    double finds = (fmax(k->objects_seen, 0) + FINDS_FEW) / (fmax(k->objects_there, 0) + FINDS_FEW);
    k->finds = fmin(fmax(finds, FINDS_LEAST), FINDS_MOST);
}

/* What this frame adds to what is known of its way. */
static void take_in(struct weir_floor *floor, int way, const struct audit_sums *frame) {
    const int kin = floor->kin_of[way];
    struct audit_sums *all = &floor->kin_sums[kin];
    audit_fade(&floor->sums[way], KEEP);
    audit_add(&floor->sums[way], frame, 1);
    *all = (struct audit_sums){0};
    for (int i = 0; i < floor->ways; i++)
        if (floor->kin_of[i] == kin)
            audit_add(all, &floor->sums[i], 1);
    temper(floor, kin, frame, all->both / all->right);
    calibrate(floor, kin);
    correct(floor, kin);
}

/* ---- windows ------------------------------------------------------------- */

static void add(struct audit_frame *to, const struct audit_frame *of) {
    to->boxes += of->boxes;
    to->right += of->right;
    to->reference += of->reference;
    to->reference_right += of->reference_right;
    to->objects += of->objects;
}

/* Of the ratio, by how the audits of the window differ: linear in what each adds. */
static double variance(const struct weir_floor *floor, const struct audit_frame *sum,
                       double relative) {
    double squares = 0;
    for (int i = 0; i < floor->items; i++) {
        const struct audit_frame *f = &floor->item[i].frame;
        double off = f->right / sum->right - f->reference_right / sum->reference_right +
                     (f->reference + f->objects) / (sum->reference + sum->objects) -
                     (f->boxes + f->objects) / (sum->boxes + sum->objects);
        squares += off * off;
    }
    return relative * relative * squares * floor->items / (floor->items - 1);
}

static void close_window(struct weir_floor *floor) {
    struct audit_frame sum = {0};
    double promised = 0;
    for (int i = 0; i < floor->items; i++) {
        const struct floor_item *item = &floor->item[i];
        add(&sum, &item->frame);
        promised += item->promised * item->frame.reference;
    }
    double relative = audit_relative(&sum);
    if (sum.reference >= WINDOW_BOXES && floor->items > 1 && isfinite(relative))
        margin_told(&floor->margin, promised / sum.reference - relative,
                    sum.right > 0 ? variance(floor, &sum, relative) : 0);
    floor->items = 0;
    floor->window_boxes = 0;
}

/* A window ends with its first audit after its time is over, if it has boxes enough. */
static void keep_window(struct weir_floor *floor, int64_t now_ns, const struct floor_item *item) {
    double age_s = (double)(now_ns - floor->window_ns) / 1e9;
    if (floor->items && age_s >= floor->window_s &&
        (floor->window_boxes >= WINDOW_BOXES || age_s >= WINDOW_MOST * floor->window_s))
        close_window(floor);
    if (!floor->items)
        floor->window_ns = now_ns;
    if (floor->items == FLOOR_AUDITS)
        return;
    floor->item[floor->items++] = *item;
    floor->window_boxes += item->frame.reference;
}

static void tell_delivered(struct weir_floor *floor, int64_t now_ns,
                           const struct audit_frame *frame) {
    double dt = (double)(now_ns - floor->audited_ns) / 1e9,
           keep = floor->any_audit ? exp(-fmax(dt, 0) / floor->window_s) : 0;
    struct audit_frame *d = &floor->delivered;
    d->boxes *= keep;
    d->right *= keep;
    d->reference *= keep;
    d->reference_right *= keep;
    d->objects *= keep;
    add(d, frame);
    floor->any_audit = true;
    floor->audited_ns = now_ns;
}

double weir_floor_audit(const struct weir_floor *floor) {
    return floor->any_audit ? audit_relative(&floor->delivered) : NAN;
}

void weir_floor_audited(struct weir_floor *floor, int64_t now_ns, int way,
                        const struct weir_floor_box *box, size_t len,
                        const struct weir_floor_box *reference, size_t reference_len) {
    struct weir_floor_box mine[WEIR_FLOOR_BOXES_MAX], theirs[WEIR_FLOOR_BOXES_MAX];
    if (way < 0 || way >= floor->ways)
        return;
    const int kin = floor->kin_of[way], n = sift(floor, box, len, mine),
              n_reference = sift(floor, reference, reference_len, theirs);
    struct audit_sums frame = {.boxes = n, .reference = n_reference};
    frame.matched = audit_match(mine, n, theirs, n_reference);
    expect(floor, kin, &frame);
    struct audit_sums all = said_of(floor, way);
    audit_add(&all, &frame, 1);
    struct audit_split split = audit_split_of(&all);
    struct floor_item item = {.promised = floor->accuracy[way] - floor->doubt[way]};
    item.frame = audit_frame_of(&split, frame.boxes, frame.reference, frame.matched);
    if (way == floor->reference) { /* its own boxes: nothing is to be learnt from them */
        item.frame.right = item.frame.reference_right;
        item.frame.boxes = item.frame.reference;
        tell_delivered(floor, now_ns, &item.frame);
        return;
    }
    tell_delivered(floor, now_ns, &item.frame);
    floor_witness(floor, kin, mine, (size_t)n, floor->objects);
    floor_witness(floor, floor->reference_kin, theirs, (size_t)n_reference,
                  floor->reference_objects);
    if (floor->settled) {
        keep_window(floor, now_ns, &item);
        take_in(floor, way, &frame);
    }
    floor_learn(floor, now_ns, floor->reference_kin, kin, floor->reference_objects);
    floor_work_out(floor);
}
