/*
 * Adding to a plan, and the question that keeps it sound: is this place free? A
 * thing is refused where it would stand on a way, in a wall, in another thing or
 * right before the lens; whoever adds goes on elsewhere.
 *
 * Fields are set one by one into memory that was zero, so that equal plans are
 * equal byte by byte.
 */
#include "plan_build.h"

#define LANE_CLEAR_M 1.75 /* from a lane's line to what stands beside it */
#define CYCLE_CLEAR_M 0.85

struct vec2 scene_build_toward(const struct scene_build *b, double x, double y) {
    if (b->mirror)
        x = -x;
    return (struct vec2){x * b->cos_yaw - y * b->sin_yaw, x * b->sin_yaw + y * b->cos_yaw};
}

/* The camera is the pivot, so points turn as directions do. */
struct vec2 scene_build_at(const struct scene_build *b, double x, double y) {
    return scene_build_toward(b, x, y);
}

struct scene_quad scene_quad_of(double x, double y, double ux, double uy, double half_length,
                                double half_width) {
    double lx = ux * half_length, ly = uy * half_length, wx = -uy * half_width,
           wy = ux * half_width;
    return (struct scene_quad){{{x - lx - wx, y - ly - wy},
                                {x + lx - wx, y + ly - wy},
                                {x + lx + wx, y + ly + wy},
                                {x - lx + wx, y - ly + wy}}};
}

/* Is an edge of a a line with all of c on its other side? */
static bool split(const struct scene_quad *a, const struct scene_quad *c) {
    for (int i = 0; i < 4; i++) {
        struct vec2 p = a->p[i], q = a->p[(i + 1) % 4];
        double nx = q.y - p.y, ny = p.x - q.x; /* outwards: corners go counter-clockwise */
        int outside = 0;
        for (int k = 0; k < 4; k++)
            outside += nx * (c->p[k].x - p.x) + ny * (c->p[k].y - p.y) > 0;
        if (outside == 4)
            return true;
    }
    return false;
}

bool scene_quads_touch(const struct scene_quad *a, const struct scene_quad *b) {
    return !split(a, b) && !split(b, a);
}

double scene_way_distance(const struct scene_way *way, double x, double y, double *ret_s) {
    double best = 1e18, path = 0, at = 0;
    for (int i = 0; i + 1 < way->points; i++) {
        struct vec2 p = way->point[i], q = way->point[i + 1];
        double dx = q.x - p.x, dy = q.y - p.y, length = hypot(dx, dy);
        double t = clamp01(((x - p.x) * dx + (y - p.y) * dy) / (length * length));
        double d = hypot(p.x + t * dx - x, p.y + t * dy - y);
        if (d < best) {
            best = d;
            at = path + t * length;
        }
        path += length;
    }
    if (ret_s)
        *ret_s = at;
    return best;
}

bool scene_build_sees(const struct scene_build *b, double x, double y, double margin_m) {
    return y > -margin_m && fabs(x) < fmax(y, 0) * b->tan_view + margin_m;
}

enum scene_ground scene_build_ground(const struct scene_build *b, double x, double y) {
    const struct scene_plan *plan = b->plan;
    for (int i = plan->patches - 1; i >= 0; i--) {
        const struct scene_patch *p = &plan->patch[i];
        double along = (x - p->x) * p->ux + (y - p->y) * p->uy;
        double across = (y - p->y) * p->ux - (x - p->x) * p->uy;
        if (along >= 0 && along <= p->length_m && fabs(across) <= p->half_width_m)
            return p->ground;
    }
    return plan->ground;
}

/* Room that a thing takes on the ground: radius of its foot. */
static const double foot_m[SCENE_PROPS] = {
    [SCENE_TREE] = 0.5,    [SCENE_CONIFER] = 1.1, [SCENE_BUSH] = 0.7,    [SCENE_HEDGE] = 0.5,
    [SCENE_LAMP] = 0.25,   [SCENE_SIGNAL] = 0.25, [SCENE_SIGN] = 0.25,   [SCENE_BILLBOARD] = 1.6,
    [SCENE_BIN] = 0.4,     [SCENE_BENCH] = 0.95,  [SCENE_BOLLARD] = 0.2, [SCENE_HYDRANT] = 0.25,
    [SCENE_MAILBOX] = 0.4, [SCENE_KIOSK] = 1.9,   [SCENE_SHELTER] = 2.1, [SCENE_PLANTER] = 0.8,
    [SCENE_SKIP] = 2.0,    [SCENE_STATUE] = 1.3,  [SCENE_POST] = 0.25,   [SCENE_FENCE] = 0.15,
    [SCENE_PARASOL] = 1.5,
};

double scene_prop_radius(enum scene_prop_kind kind) {
    return foot_m[kind];
}

static bool near_way(const struct scene_plan *plan, double x, double y, double radius) {
    for (int i = 0; i < plan->ways; i++) {
        const struct scene_way *w = &plan->way[i];
        double clear = w->kind == SCENE_LANE         ? LANE_CLEAR_M
                       : w->kind == SCENE_CYCLE_LANE ? CYCLE_CLEAR_M
                                                     : w->half_width_m + 0.1;
        if (scene_way_distance(w, x, y, NULL) < clear + radius)
            return true;
    }
    return false;
}

static bool in_wall(const struct scene_plan *plan, double x, double y, double radius) {
    for (int i = 0; i < plan->buildings; i++) {
        const struct scene_building *h = &plan->building[i];
        double dx = x - h->x, dy = y - h->y;
        if (fabs(dx * h->ux + dy * h->uy) < h->half_length_m + radius &&
            fabs(dy * h->ux - dx * h->uy) < h->half_width_m + radius)
            return true;
    }
    return false;
}

static bool in_prop(const struct scene_plan *plan, double x, double y, double radius) {
    for (int i = 0; i < plan->props; i++) {
        const struct scene_prop *p = &plan->prop[i];
        double dx = x - p->x, dy = y - p->y, r = radius + foot_m[p->kind];
        double c = cos(p->heading_rad), s = sin(p->heading_rad);
        double along = fmax(0, fabs(dx * c + dy * s) - p->length_m / 2);
        if (hypot(along, dy * c - dx * s) < r)
            return true;
    }
    return false;
}

static bool in_parked(const struct scene_plan *plan, double x, double y, double radius) {
    for (int i = 0; i < plan->parked_len; i++) {
        const struct scene_body *p = &plan->parked[i];
        struct scene_size size = scene_body_size(p);
        double dx = x - p->x, dy = y - p->y, c = cos(p->heading_rad), s = sin(p->heading_rad);
        if (fabs(dx * c + dy * s) < size.length / 2 + radius + 0.1 &&
            fabs(dy * c - dx * s) < size.width / 2 + radius + 0.1)
            return true;
    }
    return false;
}

bool scene_build_free(const struct scene_build *b, double x, double y, double radius) {
    const struct scene_plan *plan = b->plan;
    return hypot(x, y) > 2.5 + radius && !near_way(plan, x, y, radius) &&
           !in_wall(plan, x, y, radius + 0.1) && !in_prop(plan, x, y, radius) &&
           !in_parked(plan, x, y, radius);
}

bool scene_build_patch(struct scene_build *b, double x, double y, double ux, double uy,
                       double length, double half_width, enum scene_ground ground, double kerb) {
    struct scene_plan *plan = b->plan;
    if (plan->patches == SCENE_MAX_PATCHES || length <= 0 || half_width <= 0)
        return false;
    struct scene_patch *p = &plan->patch[plan->patches++];
    p->x = x;
    p->y = y;
    p->ux = ux;
    p->uy = uy;
    p->length_m = length;
    p->half_width_m = half_width;
    p->ground = ground;
    p->kerb_m = kerb;
    p->seed = weir_random_bits(&b->random);
    return true;
}

void scene_build_mark(struct scene_build *b, enum scene_marking_kind kind, double x, double y,
                      double ux, double uy, double length, double half_width) {
    struct scene_plan *plan = b->plan;
    if (plan->markings == SCENE_MAX_MARKINGS || length <= 0)
        return;
    struct scene_marking *m = &plan->marking[plan->markings++];
    m->x = x;
    m->y = y;
    m->ux = ux;
    m->uy = uy;
    m->length_m = length;
    m->half_width_m = half_width;
    m->kind = kind;
}

struct scene_way *scene_build_way(struct scene_build *b, enum scene_way_kind kind,
                                  const struct vec2 *point, int points) {
    struct scene_plan *plan = b->plan;
    if (plan->ways == SCENE_MAX_WAYS)
        return NULL;
    struct scene_way *w = &plan->way[plan->ways++];
    w->kind = kind;
    w->points = points;
    for (int i = 0; i < points; i++)
        w->point[i] = point[i];
    w->stop_m = -1;
    w->signal = -1;
    w->weight = 1;
    return w;
}

void scene_build_footway(struct scene_build *b, const struct vec2 *point, int points,
                         double half_width, double weight) {
    struct scene_way *w = scene_build_way(b, SCENE_FOOTWAY, point, points);
    if (!w)
        return;
    w->half_width_m = half_width;
    w->speed_m_per_s = 1.4;
    w->weight = weight;
}

/* Crowns and other large things would hide the street from close by. */
static bool hides(const struct scene_build *b, enum scene_prop_kind kind, double x, double y,
                  double height, double length) {
    static const bool slim[SCENE_PROPS] = {
        [SCENE_LAMP] = true, [SCENE_SIGNAL] = true, [SCENE_SIGN] = true, [SCENE_POST] = true};
    double wide = slim[kind] ? 0 : fmax(0.35 * height, length / 2);
    if (height < 1.3 || !scene_build_sees(b, x, y, wide))
        return false;
    return y - wide < (slim[kind] ? 9 : height > 2.5 ? 15 : 8);
}

/* Lamps that stand close would blind. */
static bool lit_already(const struct scene_build *b, double x, double y) {
    for (int i = 0; i < b->lamps; i++)
        if (hypot(b->plan->prop[i].x - x, b->plan->prop[i].y - y) < 12)
            return true;
    return false;
}

bool scene_build_prop(struct scene_build *b, enum scene_prop_kind kind, double x, double y,
                      double heading, double height, double length) {
    struct scene_plan *plan = b->plan;
    if (plan->props == SCENE_MAX_PROPS || hides(b, kind, x, y, height, length))
        return false;
    if (kind == SCENE_LAMP && lit_already(b, x, y))
        return false;
    double c = cos(heading), s = sin(heading), r = foot_m[kind];
    int steps = length > 0 ? (int)(length / 0.8) + 1 : 0;
    for (int i = 0; i <= steps; i++) { /* all along hedges and fences */
        double at = steps ? length * ((double)i / steps - 0.5) : 0;
        if (!scene_build_free(b, x + at * c, y + at * s, r))
            return false;
    }
    int i = plan->props++;
    if (kind == SCENE_LAMP) {
        plan->prop[i] = plan->prop[b->lamps];
        i = b->lamps++;
    }
    struct scene_prop *p = &plan->prop[i];
    p->kind = kind;
    p->x = x;
    p->y = y;
    p->heading_rad = heading;
    p->height_m = height;
    p->length_m = length;
    p->seed = weir_random_bits(&b->random);
    return true;
}

bool scene_build_park(struct scene_build *b, enum scene_class kind, double x, double y,
                      double heading) {
    struct scene_plan *plan = b->plan;
    if (plan->parked_len == SCENE_MAX_PARKED)
        return false;
    struct scene_body *p = &plan->parked[plan->parked_len];
    p->kind = kind;
    p->look = weir_random_bits(&b->random);
    p->x = x;
    p->y = y;
    p->heading_rad = heading;
    p->parked = true;
    struct scene_size size = scene_body_size(p);
    double c = cos(heading), s = sin(heading);
    struct scene_quad own =
        scene_quad_of(x, y, c, s, size.length / 2 + 0.15, size.width / 2 + 0.12);
    for (int i = 0; i < plan->parked_len; i++) {
        const struct scene_body *q = &plan->parked[i];
        struct scene_size other = scene_body_size(q);
        struct scene_quad quad = scene_quad_of(q->x, q->y, cos(q->heading_rad), sin(q->heading_rad),
                                               other.length / 2, other.width / 2);
        if (scene_quads_touch(&own, &quad))
            return false;
    }
    if (hypot(x, y) < 4 + size.length / 2)
        return false;
    /* All over its footprint; lanes may be nearer than to a prop's foot. */
    for (int i = 0; i < 21; i++) {
        double along = (i / 3 / 6.0 - 0.5) * size.length, across = (i % 3 - 1) / 2.0 * size.width;
        double px = x + along * c - across * s, py = y + along * s + across * c;
        if (in_wall(plan, px, py, 0.1) || in_prop(plan, px, py, 0.15))
            return false;
        for (int k = 0; k < plan->ways; k++) {
            static const double clear[] = {
                [SCENE_LANE] = 1.4, [SCENE_CYCLE_LANE] = 0.7, [SCENE_FOOTWAY] = 0.4};
            const struct scene_way *w = &plan->way[k];
            if (scene_way_distance(w, px, py, NULL) < clear[w->kind])
                return false;
        }
    }
    p->id = ++plan->parked_len;
    return true;
}

void scene_build_spot(struct scene_build *b, double x, double y, double radius,
                      enum scene_posture posture, double heading) {
    struct scene_plan *plan = b->plan;
    if (plan->spots == SCENE_MAX_SPOTS)
        return;
    struct scene_spot *s = &plan->spot[plan->spots++];
    s->x = x;
    s->y = y;
    s->radius_m = radius;
    s->posture = posture;
    s->heading_rad = heading;
    s->near = hypot(x, y) < 20;
}

struct scene_area *scene_build_area(struct scene_build *b, enum scene_area_kind kind,
                                    struct vec2 centre, struct vec2 along, double half_length,
                                    double half_width, enum scene_ground ground) {
    struct scene_area *a = &b->area[b->areas++];
    a->kind = kind;
    a->x = centre.x;
    a->y = centre.y;
    a->ux = along.x;
    a->uy = along.y;
    a->half_length_m = half_length;
    a->half_width_m = half_width;
    a->ground = ground;
    return a;
}
