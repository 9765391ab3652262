/*
 * From points that were measured to anything that is asked. Over pixels:
 *
 *   one point         in proportion to pixels
 *   between points    on the line between them
 *   beyond the ends   on along the last line, but no less than the end's value times
 *                     (pixels / pixels there)^0.5, so never below 0 and never level
 *
 * A point that is cheaper than a smaller one (a measurement has noise) counts as dear as that
 * one: what is asked never falls with pixels. Batches, and the sizes that are reduced from,
 * are a second such curve over the values of the first. Qualities: on the line between
 * those that were measured, level beyond.
 *
 * Reducing by a whole number is cheaper than by one that is a little off, whatever the pixels: a
 * pair of sizes that was measured costs what was measured.
 *
 * Beyond the last batch the line of the second curve can fall with pixels where the larger batch
 * was measured to grow less with them; the square root holds it from below.
 */
#include <math.h>
#include <string.h>

#include "profile/costs.h"

static const double largest = 4e18; /* in an int64_t */

/* ---- a curve ------------------------------------------------------------- */

/* Points are fed with x rising (equals: the dearest holds); what is kept is what the answer
 * needs. Zeroed but for `asked` is empty. */
struct curve {
    double asked;
    struct {
        double x, y;
    } point[2], /* the first two */
        last[2], /* the last two, of different x */
        next; /* fed, but an equal may follow */
    int len; /* points that are kept, next not among them */
    bool pending, between;
    double answer; /* where between */
};

static double line(double x0, double y0, double x1, double y1, double x) {
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
}

static void keep(struct curve *c) {
    double x = c->next.x, y = c->next.y;
    if (c->len && y < c->last[1].y)
        y = c->last[1].y;
    if (c->len && c->asked >= c->last[1].x && c->asked <= x) {
        c->between = true;
        c->answer = line(c->last[1].x, c->last[1].y, x, y, c->asked);
    }
    c->last[0] = c->last[1];
    c->last[1].x = x;
    c->last[1].y = y;
    if (c->len < 2)
        c->point[c->len] = c->last[1];
    c->len++;
}

static void feed(struct curve *c, double x, double y) {
    if (c->pending && x == c->next.x) {
        c->next.y = fmax(c->next.y, y);
        return;
    }
    if (c->pending)
        keep(c);
    c->pending = true;
    c->next.x = x;
    c->next.y = y;
}

/* NaN: there was no point. */
static double end(struct curve *c) {
    if (!c->pending)
        return NAN;
    keep(c);
    if (c->len == 1)
        return c->last[1].y * c->asked / c->last[1].x;
    if (c->between)
        return c->answer;
    bool below = c->asked < c->point[0].x;
    double x = below ? c->point[0].x : c->last[1].x, y = below ? c->point[0].y : c->last[1].y;
    double on = below ? line(x, y, c->point[1].x, c->point[1].y, c->asked)
                      : line(c->last[0].x, c->last[0].y, x, y, c->asked);
    return fmax(on, y * sqrt(c->asked / x));
}

static int64_t whole(double value) {
    return isnan(value) ? -1 : value < largest ? llround(value) : (int64_t)largest;
}

static double pixels(int width, int height) {
    return (double)width * height;
}

/* ---- what is asked ------------------------------------------------------- */

int64_t weir_costs_infer_ns(const struct weir_costs *costs, const char *model, int width,
                            int height, int batch) {
    struct curve batches = {.asked = batch}, sizes = {.asked = pixels(width, height)};
    int of = 0; /* the batch of sizes; 0: none yet */
    for (int i = 0; i < costs->infers; i++) {
        const struct weir_costs_infer *p = &costs->infer[i];
        if (strcmp(p->model, model) != 0)
            continue;
        if (of && p->batch != of) {
            feed(&batches, of, end(&sizes));
            sizes = (struct curve){.asked = sizes.asked};
        }
        of = p->batch;
        feed(&sizes, pixels(p->width, p->height), p->ms);
    }
    if (of)
        feed(&batches, of, end(&sizes));
    return whole(end(&batches) * (double)WEIR_NS_PER_MS);
}

int64_t weir_costs_reduce_ns(const struct weir_costs *costs, int from_width, int from_height,
                             int width, int height) {
    if (from_width == width && from_height == height)
        return 0;
    struct curve from = {.asked = pixels(from_width, from_height)},
                 to = {.asked = pixels(width, height)};
    for (int i = 0; i < costs->reduces; i++) {
        const struct weir_costs_reduce *p = &costs->reduce[i];
        if (p->from_width == from_width && p->from_height == from_height && p->width == width &&
            p->height == height)
            return whole(p->ms * (double)WEIR_NS_PER_MS);
    }
    const struct weir_costs_reduce *of = NULL; /* whose source `to` is about */
    for (int i = 0; i < costs->reduces; i++) {
        const struct weir_costs_reduce *p = &costs->reduce[i];
        if (of && (p->from_width != of->from_width || p->from_height != of->from_height)) {
            feed(&from, pixels(of->from_width, of->from_height), end(&to));
            to = (struct curve){.asked = to.asked};
        }
        of = p;
        feed(&to, pixels(p->width, p->height), p->ms);
    }
    if (of)
        feed(&from, pixels(of->from_width, of->from_height), end(&to));
    return whole(end(&from) * (double)WEIR_NS_PER_MS);
}

/* Over the qualities of a codec: level beyond those that were measured. */
struct qualities {
    double asked, x, y; /* the last that was fed */
    double answer;
    bool any;
};

static void feed_quality(struct qualities *q, double x, double y) {
    if (!q->any || q->asked >= x)
        q->answer = y;
    else if (q->asked > q->x)
        q->answer = line(q->x, q->y, x, y, q->asked);
    q->x = x;
    q->y = y;
    q->any = true;
}

enum amount { ENCODE_MS, DECODE_MS, BYTES };

static double amount_of(const struct weir_costs_code *p, enum amount what) {
    return what == ENCODE_MS ? p->encode_ms : what == DECODE_MS ? p->decode_ms : p->bytes;
}

static double coded(const struct weir_costs *costs, enum weir_costs_codec codec, int width,
                    int height, int quality, enum amount what) {
    struct qualities qualities = {.asked = quality, .answer = NAN};
    struct curve sizes = {.asked = pixels(width, height)};
    int of = -1;
    for (int i = 0; i < costs->codes; i++) {
        const struct weir_costs_code *p = &costs->code[i];
        if (p->codec != codec)
            continue;
        if (of >= 0 && p->quality != of) {
            feed_quality(&qualities, of, end(&sizes));
            sizes = (struct curve){.asked = sizes.asked};
        }
        of = p->quality;
        feed(&sizes, pixels(p->width, p->height), amount_of(p, what));
    }
    if (of >= 0)
        feed_quality(&qualities, of, end(&sizes));
    return qualities.answer;
}

int64_t weir_costs_encode_ns(const struct weir_costs *costs, enum weir_costs_codec codec, int width,
                             int height, int quality) {
    return whole(coded(costs, codec, width, height, quality, ENCODE_MS) * (double)WEIR_NS_PER_MS);
}

int64_t weir_costs_decode_ns(const struct weir_costs *costs, enum weir_costs_codec codec, int width,
                             int height, int quality) {
    return whole(coded(costs, codec, width, height, quality, DECODE_MS) * (double)WEIR_NS_PER_MS);
}

int64_t weir_costs_bytes(const struct weir_costs *costs, enum weir_costs_codec codec, int width,
                         int height, int quality) {
    return whole(coded(costs, codec, width, height, quality, BYTES));
}
