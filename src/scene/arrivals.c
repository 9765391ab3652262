/*
 * By Little's law as many are in view as come in per second times the seconds
 * they stay in view, so rates follow from the numbers that a phase wants, the
 * ways' weights and their visible lengths. Each way asks what will be wanted when
 * those who come in now get into view: a phase begins in the picture, not far
 * outside of it. Where fewer or more are there than expected, the rates bend.
 */
#include "arrivals.h"

#define AHEAD_MOST_S 45.0
#define BROUGHT_MOST 2.2 /* people seen for each one who is near */
#define WALK 1.35 /* m/s */

static double speed_of(enum scene_crowd crowd, const struct scene_way *way) {
    return crowd == SCENE_DRIVERS    ? 0.6 * fmax(way->speed_m_per_s, 4)
           : crowd == SCENE_CYCLISTS ? 4.6
                                     : WALK;
}

static bool uses(const struct scene_arrivals *a, enum scene_crowd crowd,
                 const struct scene_course *c) {
    enum scene_way_kind kind = c->way->kind;
    if (c->seen_m <= 0)
        return false;
    if (crowd == SCENE_DRIVERS)
        return kind == SCENE_LANE;
    if (crowd == SCENE_CYCLISTS)
        return a->cycle_lanes ? kind == SCENE_CYCLE_LANE
                              : kind == SCENE_LANE && c->outer && c->way->speed_m_per_s < 14.5;
    return kind == SCENE_FOOTWAY && (crowd == SCENE_WALKERS || c->near);
}

static double wanted(const struct scene_arrivals *a, const struct scene_demand *d,
                     enum scene_crowd crowd, double seen_m) {
    return crowd == SCENE_DRIVERS    ? fmin(d->vehicles, d->vehicles_per_m * seen_m)
           : crowd == SCENE_CYCLISTS ? d->cyclists * a->ways->plan->cyclists
           : crowd == SCENE_WALKERS  ? d->people
                                     : d->people_near;
}

/* Ways that only pass by bring a near crowd; those that lead far away bring as
 * many whom nobody asked for. */
static double weight_of(enum scene_crowd crowd, const struct scene_course *c) {
    double near = c->near_m / c->seen_m;
    return c->way->weight * (crowd == SCENE_NEAR_WALKERS ? near * near : 1);
}

/* The metres of it that may be used, if only far ones may, or those of one end. */
static double usable_m(enum scene_crowd crowd, const struct scene_course *c, bool far_only,
                       int end) {
    if (crowd == SCENE_NEAR_WALKERS)
        return far_only ? 0 : c->near_m;
    if (!far_only || c->far)
        return c->seen_m;
    if (c->way->kind != SCENE_FOOTWAY)
        return 0;
    return end < 0 ? c->far_m[0] + c->far_m[1] : c->far_m[end];
}

void scene_arrivals_stretch(enum scene_crowd crowd, const struct scene_course *c, double ret_s[2]) {
    bool near = crowd == SCENE_NEAR_WALKERS;
    ret_s[0] = near ? c->near_s - c->near_m / 2 : c->lead_m[0];
    ret_s[1] = near ? c->near_s + c->near_m / 2 : c->path.length_m - c->lead_m[1];
}

void scene_arrivals_init(struct scene_arrivals *a, const struct scene_ways *ways,
                         enum weir_scene_profile profile) {
    a->ways = ways;
    scene_phases_make(ways->plan->seed, profile, &a->phases);
    for (int i = 0; i < ways->plan->ways; i++)
        a->cycle_lanes |= uses(a, SCENE_CYCLISTS, &ways->course[i]) &&
                          ways->plan->way[i].kind == SCENE_CYCLE_LANE;
}

/* Visible metres of all ways, and how many would be in view if one came in each
 * second on a way of weight 1; [1]: when only far ones may. */
struct load {
    double seen_m[2], people[2];
};

static struct load load_of(const struct scene_arrivals *a, enum scene_crowd crowd) {
    struct load load = {{0}, {0}};
    double brought = 0; /* by a near crowd, seen anywhere */
    for (int i = 0; i < a->ways->plan->ways; i++) {
        const struct scene_course *c = &a->ways->course[i];
        double weight = uses(a, crowd, c) ? weight_of(crowd, c) / speed_of(crowd, c->way) : 0;
        for (int far = 0; far < 2 && weight > 0; far++) {
            double m = usable_m(crowd, c, far, -1);
            bool returns = far && !c->far;
            load.seen_m[far] += m;
            load.people[far] += weight * m * (returns ? 2 : 1);
        }
        brought += weight * c->seen_m;
    }
    if (crowd == SCENE_NEAR_WALKERS)
        load.people[0] = fmax(load.people[0], brought / BROUGHT_MOST);
    return load;
}

/* How many a second come in at one end; ret_stay_s: until they have passed. */
static double rate_of(const struct scene_arrivals *a, enum scene_crowd crowd,
                      const struct scene_course *c, int end, double now_s, const struct load *load,
                      double *ret_stay_s) {
    double s[2];
    scene_arrivals_stretch(crowd, c, s);
    double lead_s = (end ? c->path.length_m - s[1] : s[0]) / speed_of(crowd, c->way);
    double seen_s = (s[1] - s[0]) / speed_of(crowd, c->way);
    *ret_stay_s = lead_s + seen_s;
    struct scene_demand d =
        scene_phases_at(&a->phases, now_s + fmin(AHEAD_MOST_S, lead_s + 0.3 * seen_s));
    double m = usable_m(crowd, c, d.far_only, end), most = load->people[d.far_only];
    if (m <= 0 || most <= 0)
        return 0;
    double ends = c->way->kind != SCENE_FOOTWAY ? 1
                  : !d.far_only || c->far       ? 0.5
                                                : m / usable_m(crowd, c, true, -1);
    return weight_of(crowd, c) * wanted(a, &d, crowd, load->seen_m[d.far_only]) / most * ends;
}

void scene_arrivals_update(struct scene_arrivals *a, double now_s,
                           const double there[SCENE_CROWDS]) {
    int ways = a->ways->plan->ways;
    for (int crowd = 0; crowd < SCENE_CROWDS; crowd++) {
        struct load load = load_of(a, (enum scene_crowd)crowd);
        double expected = 0;
        for (int i = 0; i < ways; i++) {
            const struct scene_course *c = &a->ways->course[i];
            bool used = uses(a, (enum scene_crowd)crowd, c);
            for (int end = 0; end < 2; end++) {
                double stay_s = 0, *rate = &a->rate[crowd][i][end];
                *rate = used && (!end || c->way->kind == SCENE_FOOTWAY)
                            ? rate_of(a, (enum scene_crowd)crowd, c, end, now_s, &load, &stay_s)
                            : 0;
                expected += *rate * stay_s;
            }
        }
        a->expected[crowd] = expected;
        double gain = 1 + 3 * (expected - there[crowd]) / fmax(1, expected);
        gain = fmin(3, fmax(0, gain));
        for (int i = 0; i < ways; i++)
            for (int end = 0; end < 2; end++)
                a->rate[crowd][i][end] *= gain;
    }
}

double scene_arrivals_fill(const struct scene_arrivals *a, enum scene_crowd crowd, int way,
                           double at_s) {
    const struct scene_course *c = &a->ways->course[way];
    struct scene_demand d = scene_phases_at(&a->phases, at_s);
    if (!uses(a, crowd, c) || crowd == SCENE_NEAR_WALKERS || (d.far_only && !c->far))
        return 0;
    struct load load = load_of(a, crowd);
    double most = load.people[d.far_only], per_s = weight_of(crowd, c) / fmax(most, 1e-9);
    return most > 0 ? per_s * wanted(a, &d, crowd, load.seen_m[d.far_only]) * c->path.length_m /
                          speed_of(crowd, c->way)
                    : 0;
}
