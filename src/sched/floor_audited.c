/*
 * What audits teach: heights that the way could not see; by how much the model is off for a way
 * (ways of its kin say so, too, at half the weight); how well the reference agrees with the
 * auditor; and, window by window, how far promises were not kept.
 */
#include <math.h>

#include "sched/floor_state.h"

/* Of what audits said, at the next one. With FEW, over 24 streets, 18 of them in no benchmark: 64
 * and 40 leave as many windows below the floor (0.5%), and are slower; at 32 and 40 it is 0.3%, and
 * slower by another hundredth; at 64 and 20 1.2%, and faster by three. */
#define KEEP (1 - 1 / 48.0)
#define KIN 0.5 /* weight of what kin say */
#define FEW 32.0 /* boxes of the auditor; with as many a residual counts half */
#define RESIDUAL_LEAST (-0.8)
#define RESIDUAL_MOST 0.5
#define DOUBT                                                                                      \
    0.1 /* margin of a way of which audits say nothing: the rms of what the model is off */
#define DOUBT_KIN 0.01 /* of one of which only its kin's say: what a codec takes */
#define SELF_FEW 30.0 /* boxes of the auditor; until there are more, the prior counts */
/* Margin for what one street is off, that no audit tells: 0.01 less, and on six streets in no
 * benchmark 2.6 times as many windows fall below the floor; 0.02 less, 4.6 times. */
#define STREET 0.02
#define WINDOW_BOXES 20 /* of the auditor, that a window needs */
#define WINDOW_MOST 6 /* times its length that it waits for them */
#define WANTED 0.05 /* so far below the floor a way is still worth comparing */
#define DOUBTFUL 0.1 /* of what audits said, when the scene is another one to them */
#define RECENT (1 - 1 / 5.0) /* of the last few, at the next one */
#define CHANGED 2.5 /* deviations of as many draws as there are boxes */
#define CHANGED_BOXES 40.0
#define SELF_KNOWN 200.0 /* of them; until then each audit asks */
#define SELF_EVERY 2 /* audits */
#define CURIOUS_AUDITS 60 /* of a scene, in which what might do becomes known, or never will */
#define KNOWN 0.5 /* of what is said of a way, by audits */
#define AUDIT_SETTLES_S                                                                            \
    0.25 /* of the time that a scene takes to settle: a frame that only the auditor saw */

/* Boxes that count, for audit_match. */
static int sift(const struct weir_floor *floor, const struct weir_floor_box *box, size_t len,
                struct weir_floor_box ret[WEIR_FLOOR_BOXES_MAX]) {
    int n = 0;
    for (size_t i = 0; i < len && n < WEIR_FLOOR_BOXES_MAX; i++)
        if (floor_box_counts(floor, &box[i]))
            ret[n++] = box[i];
    return n;
}

static double self_of(const struct weir_floor *floor) {
    const struct audit_sums *s = &floor->self;
    return 2 * (s->matched + floor->self_prior * SELF_FEW) / (s->boxes + s->auditor + 2 * SELF_FEW);
}

/* What a frame adds that a way and the auditor analysed. */
static struct audit_sums compare(const struct weir_floor *floor, int way,
                                 const struct weir_floor_box *box, size_t len,
                                 const struct weir_floor_box *auditor, size_t auditor_len) {
    struct weir_floor_box mine[WEIR_FLOOR_BOXES_MAX], theirs[WEIR_FLOOR_BOXES_MAX];
    const int n = sift(floor, box, len, mine),
              n_auditor = sift(floor, auditor, auditor_len, theirs);
    const double f1 = floor->kin[floor->kin_of[way]].f1 / floor->kin[floor->reference_kin].f1;
    return (struct audit_sums){
        .boxes = n,
        .auditor = n_auditor,
        .matched = audit_match(mine, n, theirs, n_auditor),
        .predicted = f1 * n_auditor,
    };
}

static double relative_of(const struct weir_floor *floor, const struct audit_sums *sums) {
    return audit_relative(audit_agreement(sums), self_of(floor), floor->bend);
}

static void correct(struct weir_floor *floor) {
    for (int i = 0; i < floor->ways; i++) {
        struct audit_sums all = floor->sums[i];
        const double own = all.auditor / (all.auditor + FEW);
        audit_fade(&all, 1 - KIN);
        audit_add(&all, &floor->kin_sums[floor->kin_of[i]], KIN);
        const double known = all.auditor / (all.auditor + FEW), relative = relative_of(floor, &all);
        floor->known[i] = known;
        floor->residual[i] = 0;
        if (all.auditor > 0 && isfinite(relative))
            floor->residual[i] =
                known *
                fmin(fmax(relative - all.predicted / all.auditor, RESIDUAL_LEAST), RESIDUAL_MOST);
        floor->doubt[i] = DOUBT * (1 - known) + DOUBT_KIN * (1 - own) +
                          (floor->kin_of[i] == floor->reference_kin ? 0 : STREET);
    }
}

/* What audits said counts that much less. */
static void doubt(struct weir_floor *floor, double keep) {
    for (int i = 0; i < floor->ways; i++)
        audit_fade(&floor->sums[i], keep);
    for (int k = 0; k < floor->kins; k++)
        audit_fade(&floor->kin_sums[k], keep);
    audit_fade(&floor->self, DOUBTFUL);
    floor->recent = (struct audit_sums){0};
    floor->scene_audits = 0;
    correct(floor);
    floor->items = 0;
    floor->window_boxes = 0;
}

void floor_audits_doubt(struct weir_floor *floor) {
    doubt(floor, 0.5);
}

/* Does what the last few audits say of the viewer's way go beyond what chance explains? Then it is
 * another scene to it, though counts of boxes did not tell; what they say themselves is kept. */
static void look_for_change(struct weir_floor *floor, int kin, const struct audit_sums *frame) {
    struct audit_sums *recent = &floor->recent;
    if (floor->recent_kin != kin)
        *recent = (struct audit_sums){0};
    floor->recent_kin = kin;
    audit_fade(recent, RECENT);
    audit_add(recent, frame, 1);
    const double now = audit_agreement(recent), before = audit_agreement(&floor->kin_sums[kin]),
                 boxes = (recent->boxes + recent->auditor) / 2;
    if (boxes < CHANGED_BOXES || fabs(now - before) < CHANGED * sqrt(before * (1 - before) / boxes))
        return;
    const struct audit_sums kept = *recent;
    doubt(floor, DOUBTFUL);
    floor->kin_sums[kin] = kept;
    correct(floor);
}

/* What a frame says of its way; own: the viewer had what it found. */
static void take_in(struct weir_floor *floor, int way, const struct audit_sums *frame, bool own) {
    const int kin = floor->kin_of[way];
    if (own)
        audit_add(&floor->sums[way], frame, 1);
    audit_add(&floor->kin_sums[kin], frame, 1);
    if (own)
        look_for_change(floor, kin, frame);
    if (kin == floor->reference_kin)
        audit_add(&floor->self, frame, 1);
}

/* ---- windows ------------------------------------------------------------- */

/* Of what is relative, by how the audits of the window differ: linear in what each adds. */
static double variance(const struct weir_floor *floor, const struct audit_sums *sum) {
    const double all = sum->boxes + sum->auditor, agreement = audit_agreement(sum),
                 slope = audit_slope(agreement, self_of(floor), floor->bend);
    double squares = 0;
    for (int i = 0; i < floor->items; i++) {
        const struct audit_sums *f = &floor->item[i].frame;
        double off = (2 * f->matched - agreement * (f->boxes + f->auditor)) / all;
        squares += off * off;
    }
    return slope * slope * squares * floor->items / (floor->items - 1);
}

static void close_window(struct weir_floor *floor) {
    struct audit_sums sum = {0};
    double promised = 0;
    for (int i = 0; i < floor->items; i++) {
        const struct floor_item *item = &floor->item[i];
        audit_add(&sum, &item->frame, 1);
        promised += item->promised * item->frame.auditor;
    }
    if (sum.auditor >= WINDOW_BOXES && floor->items > 1)
        margin_told(&floor->margin, promised / sum.auditor - relative_of(floor, &sum),
                    variance(floor, &sum));
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
    floor->window_boxes += item->frame.auditor;
}

static void tell_delivered(struct weir_floor *floor, int64_t now_ns,
                           const struct audit_sums *frame) {
    double dt = (double)(now_ns - floor->audited_ns) / 1e9;
    audit_fade(&floor->delivered, floor->any_audit ? exp(-fmax(dt, 0) / floor->window_s) : 0);
    audit_add(&floor->delivered, frame, 1);
    floor->any_audit = true;
    floor->audited_ns = now_ns;
}

double weir_floor_audit(const struct weir_floor *floor) {
    return floor->any_audit ? relative_of(floor, &floor->delivered) : NAN;
}

/* What audits said fades with what they say now; where nothing was to be seen it stays. */
static void fade(struct weir_floor *floor) {
    for (int i = 0; i < floor->ways; i++)
        audit_fade(&floor->sums[i], KEEP);
    for (int k = 0; k < floor->kins; k++)
        audit_fade(&floor->kin_sums[k], KEEP);
    audit_fade(&floor->self, KEEP);
}

/* The reference delivered, and so all that was to be had. */
static void tell_reference(struct weir_floor *floor, int64_t now_ns, struct audit_sums frame) {
    frame.boxes = frame.auditor;
    frame.matched = self_of(floor) * frame.auditor;
    tell_delivered(floor, now_ns, &frame);
}

void weir_floor_audited(struct weir_floor *floor, int64_t now_ns, int way,
                        const struct weir_floor_box *box, size_t len,
                        const struct weir_floor_box *auditor, size_t auditor_len) {
    if (way < -1 || way >= floor->ways)
        return;
    struct floor_item item = {
        .frame = compare(floor, way < 0 ? floor->reference : way, box, len, auditor, auditor_len),
        .promised = way < 0 ? 0 : floor->accuracy[way] - floor->doubt[way],
    };
    /* the same look twice says nothing; nor does the reference itself, where it is the auditor */
    const bool tells = floor->auditor_kin == floor->reference_kin
                           ? way != floor->reference
                           : way < 0 || floor->kin_of[way] != floor->auditor_kin;
    floor->audits++;
    floor->scene_audits += floor->settled;
    if (item.frame.boxes > 0 || item.frame.auditor > 0)
        fade(floor);
    if (way == floor->reference)
        tell_reference(floor, now_ns, item.frame);
    else if (way >= 0)
        tell_delivered(floor, now_ns, &item.frame);
    if (way >= 0 && floor->settled && way != floor->reference && tells)
        keep_window(floor, now_ns, &item);
    if (way >= 0 && floor->settled && tells)
        take_in(floor, way, &item.frame, true);
    if (tells) {
        floor_witness(floor, floor->auditor_kin, auditor, auditor_len, floor->objects);
        floor_learn(floor, now_ns, floor->auditor_kin, way < 0 ? -1 : floor->kin_of[way],
                    floor->objects);
    }
    if (way < 0)
        floor_settle(floor, AUDIT_SETTLES_S);
    correct(floor);
    floor_work_out(floor);
}

/* ---- comparing ----------------------------------------------------------- */

void weir_floor_compared(struct weir_floor *floor, int way, const struct weir_floor_box *box,
                         size_t len, const struct weir_floor_box *auditor, size_t auditor_len) {
    if (way < 0 || way >= floor->ways || !floor->settled)
        return;
    struct audit_sums frame = compare(floor, way, box, len, auditor, auditor_len);
    take_in(floor, way, &frame, false);
    correct(floor);
    floor_work_out(floor);
}

/* A way of that kin, but not that; -1: there is none. */
static int way_of(const struct weir_floor *floor, int kin, int but) {
    for (int i = 0; i < floor->ways; i++)
        if (floor->kin_of[i] == kin && i != but)
            return i;
    return -1;
}

/* Of the kins that might hold the floor and are not in ret yet the one least known; -1: none. */
static int least_known(const struct weir_floor *floor, int kin, const int *ret, int len) {
    int best = -1;
    for (int k = 0; k < floor->kins; k++) {
        const int way = way_of(floor, k, -1);
        bool open =
            k != floor->reference_kin && k != floor->auditor_kin && k != kin && way >= 0 &&
            floor->accuracy[way] + DOUBT * (1 - floor->known[way]) >= floor->min_accuracy - WANTED;
        for (int i = 0; i < len; i++)
            open = open && floor->kin_of[ret[i]] != k;
        if (open && (best < 0 || floor->known[way] < floor->known[best]))
            best = way;
    }
    return best;
}

bool weir_floor_curious(const struct weir_floor *floor) {
    const bool begins = floor->settled && floor->scene_audits < CURIOUS_AUDITS;
    const int way = begins ? least_known(floor, -1, NULL, 0) : -1;
    return way >= 0 && floor->known[way] < KNOWN;
}

int weir_floor_compare(const struct weir_floor *floor, int way, int look,
                       int ret_way[WEIR_FLOOR_COMPARED_MAX]) {
    const int kin = way >= 0 && way < floor->ways ? floor->kin_of[way] : -1,
              self = way_of(floor, floor->reference_kin, look);
    const bool few = floor->self.auditor < SELF_KNOWN,
               tells = kin == floor->reference_kin && way != look; /* of it, by being shown */
    int len = 0, next;
    if (!floor->settled) /* what they say would be passed over */
        return 0;
    if (self >= 0 && !tells && (few || floor->audits % SELF_EVERY == 0))
        ret_way[len++] = self;
    /* what is known is looked at again now and then, what is not at once */
    while (len < WEIR_FLOOR_COMPARED_MAX && (next = least_known(floor, kin, ret_way, len)) >= 0 &&
           (!len || floor->known[next] < KNOWN))
        ret_way[len++] = next;
    return len;
}
