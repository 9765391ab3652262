/*
 * ByteTrack. A frame's boxes are split by score. High ones are matched first,
 * with the confirmed tracks, lost ones included; the tracks that were still seen in
 * the last frame and found nothing are matched with the low boxes, which are
 * often the same objects half hidden; what is left of the high ones meets the
 * tracks that are one frame old, confirming them, or starts new tracks.
 *
 * A track is TENTATIVE until its second frame (the first frame's are confirmed at
 * once), then TRACKED or LOST. It gets its id when it is confirmed, so the ids
 * that leave count 1, 2, … without holes. Pairs of different classes cost infinity,
 * which makes one assignment of all classes the same as one per class.
 *
 * Time is counted in frames of the stream's own interval, the median of the
 * last gaps: a gap of three intervals predicts three times.
 *
 * All memory is reserved before the first change, so a failed update changes nothing.
 */
#include "vision/tracker.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "vision/assign.h"
#include "vision/kalman.h"
#include "vision/nms.h"

enum {
    GAPS = 31, /* intervals remembered for the median */
    STEPS_MAX = 300, /* most predictions for one gap */
    LOST_MAX = 1024, /* lost tracks kept; the longest lost go first */
};
/* Published: greatest cost for a tentative track, and the overlap of duplicates. */
static const double match_tentative = 0.7, duplicate_iou = 0.85;

enum state { TENTATIVE, TRACKED, LOST, REMOVED };

struct track {
    struct weir_kalman kalman;
    struct weir_box box; /* where it is predicted or was corrected to be */
    enum state state;
    int32_t class_id, id; /* id 0 until confirmed */
    int64_t born_ns, seen_ns;
};

struct weir_tracker {
    struct weir_tracker_params params;
    struct track *track;
    size_t len, cap;
    int32_t last_id;
    int64_t frames, last_ns;
    int64_t gap[GAPS]; /* ring */
    /* scratch of one update */
    struct weir_assign assign;
    double *cost;
    int *int_room;
    size_t cost_cap, int_cap;
};

struct weir_tracker_params weir_tracker_defaults(void) {
    return (struct weir_tracker_params){
        .high = 0.6, .low = 0.1, .fresh = 0.7, .match = 0.8, .match_low = 0.5, .lost_s = 1.0};
}

struct weir_tracker *weir_tracker_new(const struct weir_tracker_params *params) {
    struct weir_tracker *tracker = calloc(1, sizeof *tracker);
    if (tracker)
        tracker->params = *params;
    return tracker;
}

void weir_tracker_free(struct weir_tracker *tracker) {
    if (!tracker)
        return;
    weir_assign_done(&tracker->assign);
    free(tracker->track);
    free(tracker->cost);
    free(tracker->int_room);
    free(tracker);
}

/* The lists of one update: indices into tracks and boxes. */
struct lists {
    int *track, *box; /* who takes part in the step at hand */
    size_t tracks, boxes;
    int *match; /* per entry of track: entry of box, or -1 */
    int *track_of_box; /* per box of the frame: track, or -1 */
    int *found; /* per track of before: was it matched? */
};

static int reserve(struct weir_tracker *t, size_t boxes, struct lists *ret) {
    size_t tracks = t->len + boxes;
    if (tracks > t->cap) {
        struct track *more = realloc(t->track, tracks * sizeof *more);
        if (!more)
            return WEIR_ENOMEM;
        t->track = more;
        t->cap = tracks;
    }
    size_t cost = t->len * boxes + 1, ints = 3 * t->len + 2 * boxes + 1;
    if (cost > t->cost_cap) {
        double *more = realloc(t->cost, cost * sizeof *more);
        if (!more)
            return WEIR_ENOMEM;
        t->cost = more;
        t->cost_cap = cost;
    }
    if (ints > t->int_cap) {
        int *more = realloc(t->int_room, ints * sizeof *more);
        if (!more)
            return WEIR_ENOMEM;
        t->int_room = more;
        t->int_cap = ints;
    }
    int rc = weir_assign_reserve(&t->assign, t->len, boxes);
    if (rc)
        return rc;
    *ret = (struct lists){.track = t->int_room};
    ret->match = ret->track + t->len;
    ret->found = ret->match + t->len;
    ret->box = ret->found + t->len;
    ret->track_of_box = ret->box + boxes;
    return 0;
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The stream's own interval; 0: not known yet. */
static int64_t interval_ns(const struct weir_tracker *t) {
    int64_t sorted[GAPS];
    size_t n = t->frames < 2 ? 0 : t->frames - 1 < GAPS ? (size_t)(t->frames - 1) : GAPS;
    if (!n)
        return 0;
    memcpy(sorted, t->gap, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_value);
    return sorted[n / 2];
}

/* Frames from the last to t_ns by the stream's own interval; at least 1. */
static int steps_to(const struct weir_tracker *t, int64_t gap_ns) {
    const int64_t interval = interval_ns(t);
    if (!interval)
        return 1;
    double steps = round((double)gap_ns / (double)interval);
    return steps < 1 ? 1 : steps > STEPS_MAX ? STEPS_MAX : (int)steps;
}

static void remove_dead(struct weir_tracker *t) {
    size_t kept = 0;
    for (size_t i = 0; i < t->len; i++)
        if (t->track[i].state != REMOVED)
            t->track[kept++] = t->track[i];
    t->len = kept;
}

/* Forgets what was last seen longer than lost_s ago, unless that was the frame before. */
static void expire(struct weir_tracker *t, int64_t t_ns, int steps) {
    size_t lost = 0;
    for (size_t i = 0; i < t->len; i++) {
        struct track *k = &t->track[i];
        bool neighbour = k->state != LOST && steps == 1;
        if (!neighbour && (double)(t_ns - k->seen_ns) > t->params.lost_s * 1e9)
            k->state = REMOVED;
        lost += k->state == LOST;
    }
    while (lost > LOST_MAX) {
        struct track *oldest = NULL;
        for (size_t i = 0; i < t->len; i++) {
            struct track *k = &t->track[i];
            if (k->state == LOST && (!oldest || k->seen_ns < oldest->seen_ns))
                oldest = k;
        }
        oldest->state = REMOVED;
        lost--;
    }
    remove_dead(t);
}

static void predict(struct weir_tracker *t, int steps) {
    for (size_t i = 0; i < t->len; i++) {
        struct track *k = &t->track[i];
        for (int s = 0; s < steps; s++)
            weir_kalman_predict(&k->kalman, k->state == LOST);
        k->box = weir_kalman_box(&k->kalman);
    }
}

static void confirm(struct weir_tracker *t, struct track *k) {
    k->state = TRACKED;
    if (!k->id)
        k->id = ++t->last_id;
}

/* One step: the listed tracks with the listed boxes; fuse: IoU counts times the score. */
static void match(struct weir_tracker *t, const struct weir_boxes *boxes, struct lists *l,
                  double greatest, bool fuse, int64_t t_ns) {
    for (size_t i = 0; i < l->tracks; i++) {
        const struct track *k = &t->track[l->track[i]];
        for (size_t j = 0; j < l->boxes; j++) {
            const struct weir_box *b = &boxes->data[l->box[j]];
            double likeness = k->class_id == b->class_id ? (double)weir_iou(&k->box, b) : 0;
            double cost = 1 - likeness * (fuse ? (double)b->score : 1);
            t->cost[i * l->boxes + j] = likeness > 0 ? cost : INFINITY;
        }
    }
    /* cannot fail: the room is reserved */
    if (weir_assign_solve(&t->assign, t->cost, l->tracks, l->boxes, greatest, l->match))
        return;
    for (size_t i = 0; i < l->tracks; i++) {
        if (l->match[i] < 0)
            continue;
        int box = l->box[l->match[i]];
        struct track *k = &t->track[l->track[i]];
        weir_kalman_update(&k->kalman, &boxes->data[box]);
        k->box = weir_kalman_box(&k->kalman);
        k->seen_ns = t_ns;
        confirm(t, k);
        l->found[l->track[i]] = 1;
        l->track_of_box[box] = l->track[i];
    }
}

static void list_boxes(const struct weir_boxes *boxes, struct lists *l, double least,
                       double below) {
    l->boxes = 0;
    for (size_t i = 0; i < boxes->len; i++) {
        const struct weir_box *b = &boxes->data[i];
        if (l->track_of_box[i] < 0 && b->score >= least && b->score < below &&
            weir_kalman_measurable(b))
            l->box[l->boxes++] = (int)i;
    }
}

static void start_tracks(struct weir_tracker *t, const struct weir_boxes *boxes, struct lists *l,
                         int64_t t_ns) {
    double least = fmax(t->params.fresh, t->params.high);
    for (size_t i = 0; i < boxes->len; i++) {
        const struct weir_box *b = &boxes->data[i];
        if (l->track_of_box[i] >= 0 || !(b->score >= least) || !weir_kalman_measurable(b))
            continue;
        struct track *k = &t->track[t->len];
        *k = (struct track){.class_id = b->class_id, .born_ns = t_ns, .seen_ns = t_ns};
        weir_kalman_init(&k->kalman, b);
        k->box = weir_kalman_box(&k->kalman);
        if (!t->frames)
            confirm(t, k);
        l->track_of_box[i] = (int)t->len++;
    }
}

/* A tracked and a lost track in the same place are one object: the longer-lived stays. */
static void remove_duplicates(struct weir_tracker *t) {
    for (size_t i = 0; i < t->len; i++) {
        struct track *a = &t->track[i];
        for (size_t j = 0; a->state == TRACKED && j < t->len; j++) {
            struct track *b = &t->track[j];
            if (b->state != LOST || a->class_id != b->class_id ||
                !(weir_iou(&a->box, &b->box) > duplicate_iou))
                continue;
            if (a->seen_ns - a->born_ns > b->seen_ns - b->born_ns)
                b->state = REMOVED;
            else
                a->state = REMOVED;
        }
    }
}

static bool finite_boxes(const struct weir_boxes *boxes) {
    for (size_t i = 0; i < boxes->len; i++) {
        const struct weir_box *b = &boxes->data[i];
        if (!isfinite(b->x0) || !isfinite(b->y0) || !isfinite(b->x1) || !isfinite(b->y1) ||
            !isfinite(b->score))
            return false;
    }
    return true;
}

int weir_tracker_update(struct weir_tracker *t, struct weir_boxes *boxes, int64_t t_ns) {
    if ((t->frames && t_ns <= t->last_ns) || !finite_boxes(boxes))
        return WEIR_EINVAL;
    struct lists l;
    int rc = reserve(t, boxes->len, &l);
    if (rc)
        return rc;

    int64_t gap_ns = t->frames ? t_ns - t->last_ns : 0;
    int steps = t->frames ? steps_to(t, gap_ns) : 1;
    expire(t, t_ns, steps);
    predict(t, steps);
    size_t before = t->len;
    memset(l.found, 0, before * sizeof *l.found);
    for (size_t i = 0; i < boxes->len; i++)
        l.track_of_box[i] = -1;

    for (size_t i = 0; i < before; i++)
        if (t->track[i].state != TENTATIVE)
            l.track[l.tracks++] = (int)i;
    list_boxes(boxes, &l, t->params.high, INFINITY);
    match(t, boxes, &l, t->params.match, true, t_ns);

    l.tracks = 0;
    for (size_t i = 0; i < before; i++)
        if (t->track[i].state == TRACKED && !l.found[i])
            l.track[l.tracks++] = (int)i;
    list_boxes(boxes, &l, t->params.low, t->params.high);
    match(t, boxes, &l, t->params.match_low, false, t_ns);

    l.tracks = 0;
    for (size_t i = 0; i < before; i++)
        if (t->track[i].state == TENTATIVE)
            l.track[l.tracks++] = (int)i;
    list_boxes(boxes, &l, t->params.high, INFINITY);
    match(t, boxes, &l, match_tentative, true, t_ns);

    for (size_t i = 0; i < before; i++) {
        if (!l.found[i])
            t->track[i].state = t->track[i].state == TENTATIVE ? REMOVED : LOST;
    }
    start_tracks(t, boxes, &l, t_ns);
    remove_duplicates(t);

    for (size_t i = 0; i < boxes->len; i++) {
        const struct track *k = l.track_of_box[i] < 0 ? NULL : &t->track[l.track_of_box[i]];
        boxes->data[i].track_id = k && k->state == TRACKED ? k->id : 0;
    }
    remove_dead(t);
    if (t->frames)
        t->gap[(t->frames - 1) % GAPS] = gap_ns;
    t->frames++;
    t->last_ns = t_ns;
    return 0;
}

int weir_tracker_carry(const struct weir_tracker *t, struct weir_boxes *boxes, int64_t t_ns) {
    if (!t->frames || t_ns < t->last_ns)
        return WEIR_EINVAL;
    const int64_t interval = interval_ns(t); /* without it nothing has a velocity yet */
    const double ahead = interval ? (double)(t_ns - t->last_ns) / (double)interval : 0;
    for (size_t i = 0; i < boxes->len; i++) {
        struct weir_box *b = &boxes->data[i];
        const struct track *k = t->track, *end = k + t->len;
        while (b->track_id && k < end && k->id != b->track_id)
            k++;
        if (!b->track_id || k == end)
            continue;
        struct weir_box to = weir_kalman_ahead(&k->kalman, fmin(ahead, STEPS_MAX));
        b->x0 = to.x0;
        b->y0 = to.y0;
        b->x1 = to.x1;
        b->y1 = to.y1;
    }
    return 0;
}
