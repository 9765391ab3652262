/*
 * A plan is made in one order: the sky, the camera, the streets (plan_build.h
 * says in which steps), then what depends on all of it: how near each way comes,
 * and what the profile leaves out. Everything before that is the same for every
 * profile and picture size of a seed.
 *
 * Questions that the painter asks for every pixel are here, too: is the sun
 * there, are the lamps? They look at a plan only, so hand-made plans serve.
 */
#include "plan.h"

#include <string.h>

#include "plan_build.h"

#define LAMP_REACH_M 20.0

/*
 * The horizon's height in the picture (0: its upper edge), the lens and how far
 * off the nearest ground is that a 16:9 picture shows; from those follow tilt
 * and height.
 */
static void aim(struct scene_build *b, const struct weir_scene_conf *conf) {
    struct scene_camera *c = &b->plan->camera;
    struct weir_random *r = &b->random;
    double horizon = weir_random_in(r, -0.02, 0.29);
    double lens = weir_random_in(r, 0.66, 1.12);
    double nearest = weir_random_in(r, 4.5, 10);
    double wide_tilt = atan((0.5 - horizon) * 9 / 16 / lens);
    c->height_m = fmin(fmax(nearest * tan(wide_tilt + atan(0.5 * 9 / 16 / lens)), 3.1), 10.5);
    c->width = conf->width;
    c->height = conf->height;
    c->focal_px = lens * conf->width;
    c->cx = conf->width / 2.0;
    c->cy = conf->height / 2.0;
    c->pitch_rad = atan((0.5 - horizon) * conf->height / c->focal_px);
    c->pitch_rad = fmin(fmax(c->pitch_rad, 0.03), 0.7);
    c->sin_pitch = sin(c->pitch_rad);
    c->cos_pitch = cos(c->pitch_rad);

    b->tan_view = 0.5 / lens;
    double far = 17, near_half = 1.2, far_half = far * b->tan_view + 0.8;
    b->wedge = (struct scene_quad){
        {{-near_half, -0.8}, {near_half, -0.8}, {far_half, far}, {-far_half, far}}};
}

static bool in_picture(const struct scene_camera *c, struct vec3 p) {
    double u, v;
    return scene_project(c, p, &u, &v) && u >= 0 && u <= c->width && v >= 0 && v <= c->height;
}

/* Smallest distance of what is seen of those who use the way: feet to head, and
 * from the one side to the other. */
static double nearest(const struct scene_camera *c, const struct scene_way *w) {
    double best = 1e9, half = fmax(w->half_width_m, 0.3);
    for (int i = 0; i + 1 < w->points; i++) {
        double dx = w->point[i + 1].x - w->point[i].x, dy = w->point[i + 1].y - w->point[i].y;
        double length = hypot(dx, dy);
        int steps = (int)(length / 0.7) + 1;
        for (int k = 0; k <= steps; k++)
            for (int side = -1; side <= 1; side++) {
                double t = (double)k / steps;
                double x = w->point[i].x + t * dx - side * half * dy / length;
                double y = w->point[i].y + t * dy + side * half * dx / length;
                double d = hypot(x, y);
                if (d < best && (in_picture(c, vec3(x, y, 0)) || in_picture(c, vec3(x, y, 1.7))))
                    best = fmax(d, 0.1);
            }
    }
    return best;
}

/* Which share of the parked ones a profile keeps, and from how far off on. */
static const struct keep {
    double parked, from_m;
    bool spots;
} keeps[WEIR_SCENE_PROFILES] = {
    [WEIR_SCENE_CALM] = {0.35, 0, true}, [WEIR_SCENE_RUSH] = {1, 0, true},
    [WEIR_SCENE_MIXED] = {1, 0, true},   [WEIR_SCENE_FAR] = {1, 36, true},
    [WEIR_SCENE_EMPTY] = {0, 0, false},
};

static void thin_out(struct scene_plan *plan, const struct keep *keep, uint64_t seed) {
    int kept = 0;
    for (int i = 0; i < plan->parked_len; i++) {
        struct scene_body *p = &plan->parked[i];
        struct weir_random r = weir_random_of(seed, SCENE_RANDOM_PHASE, (uint64_t)p->id);
        double half = scene_body_size(p).length / 2;
        if (!weir_random_chance(&r, keep->parked) || hypot(p->x, p->y) - half < keep->from_m)
            continue;
        memmove(&plan->parked[kept], p, sizeof *p);
        plan->parked[kept].id = kept + 1;
        kept++;
    }
    plan->parked_len = kept;
    memset(&plan->parked[kept], 0, sizeof plan->parked[0] * (size_t)(SCENE_MAX_PARKED - kept));

    kept = 0;
    for (int i = 0; i < plan->spots; i++)
        if (keep->spots &&
            hypot(plan->spot[i].x, plan->spot[i].y) - plan->spot[i].radius_m >= keep->from_m)
            memmove(&plan->spot[kept++], &plan->spot[i], sizeof plan->spot[0]);
    plan->spots = kept;
    memset(&plan->spot[kept], 0, sizeof plan->spot[0] * (size_t)(SCENE_MAX_SPOTS - kept));
}

void scene_plan_make(const struct weir_scene_conf *conf, struct scene_plan *plan) {
    memset(plan, 0, sizeof *plan);
    plan->seed = conf->seed;
    plan->heavy = conf->heavy;
    plan->cyclists = conf->cyclists;
    plan->sky = scene_sky_of(conf->seed);
    struct scene_build build = {.plan = plan,
                                .random = weir_random_of(conf->seed, SCENE_RANDOM_PLAN, 0)};
    aim(&build, conf);
    plan->name = scene_build_streets(&build);
    scene_build_pave(&build);
    scene_build_town(&build);
    scene_build_furnish(&build);
    for (int i = 0; i < plan->ways; i++)
        plan->way[i].nearest_m = nearest(&plan->camera, &plan->way[i]);
    thin_out(plan, &keeps[conf->profile], conf->seed);
}

/* Does the ray p + t * d (t > 0) meet the box or the roof on it? In the
 * building's own axes. */
static bool shades(const struct scene_building *h, struct vec3 p, struct vec3 d) {
    double dx = p.x - h->x, dy = p.y - h->y;
    double at[2] = {dx * h->ux + dy * h->uy, dy * h->ux - dx * h->uy};
    double dir[2] = {d.x * h->ux + d.y * h->uy, d.y * h->ux - d.x * h->uy};
    double half[2] = {h->half_length_m - 0.02, h->half_width_m - 0.02};
    double from = 0.02, to = (h->height_m - 0.02 - p.z) / d.z, through = 1e9;
    for (int i = 0; i < 2; i++) {
        if (fabs(dir[i]) < 1e-9) {
            if (fabs(at[i]) > half[i])
                return false;
            continue;
        }
        double a = (-half[i] - at[i]) / dir[i], z = (half[i] - at[i]) / dir[i];
        from = fmax(from, fmin(a, z));
        through = fmin(through, fmax(a, z));
    }
    if (from < fmin(to, through))
        return true;
    if (!h->gable)
        return false;
    /* Under both slopes, above the eaves: |across| * 0.75 + (z - height) < rise. */
    double rise = 0.75 * h->half_width_m;
    from = fmax(from, to);
    for (int sign = -1; sign <= 1; sign += 2) {
        double now = rise - 0.02 - (p.z - h->height_m) - sign * 0.75 * at[1];
        double gain = d.z + sign * 0.75 * dir[1]; /* of height over the slope */
        if (fabs(gain) < 1e-9) {
            if (now < 0)
                return false;
        } else if (gain > 0)
            through = fmin(through, now / gain);
        else
            from = fmax(from, now / gain);
    }
    return from < through;
}

double scene_plan_sunlit(const struct scene_plan *plan, struct vec3 p) {
    struct vec3 sun = plan->sky.sun;
    double flat = hypot(sun.x, sun.y), slope = flat / sun.z;
    for (int i = 0; i < plan->buildings; i++) {
        const struct scene_building *h = &plan->building[i];
        /* Most are too far beside the ray, behind it or below it. */
        double dx = h->x - p.x, dy = h->y - p.y, around = h->half_length_m + h->half_width_m;
        double top = h->height_m + (h->gable ? 0.75 * h->half_width_m : 0);
        double toward = dx * sun.x + dy * sun.y, beside = dy * sun.x - dx * sun.y;
        if (fabs(beside) > around * flat || toward < -around * flat ||
            toward > (around + (top - p.z) * slope) * flat)
            continue;
        if (shades(h, p, sun))
            return 0;
    }
    return 1;
}

/* prop.c hangs it there: at the end of an arm of 1.2 m. */
struct vec3 scene_lamp_bulb(const struct scene_prop *lamp) {
    return vec3(lamp->x + 1.2 * cos(lamp->heading_rad), lamp->y + 1.2 * sin(lamp->heading_rad),
                lamp->height_m);
}

/*
 * Lamps come first among the props, so the walk over them ends soon. The arm's
 * reach is left out of the first look at the distance, which spares most lamps
 * their sine.
 */
struct rgb scene_plan_lamp(const struct scene_plan *plan, struct vec3 p) {
    struct rgb sum = {0, 0, 0};
    if (!plan->sky.lamps_lit)
        return sum;
    for (int i = 0; i < plan->props && plan->prop[i].kind == SCENE_LAMP; i++) {
        const struct scene_prop *lamp = &plan->prop[i];
        double x = p.x - lamp->x, y = p.y - lamp->y;
        if (x * x + y * y > LAMP_REACH_M * LAMP_REACH_M)
            continue;
        struct vec3 bulb = scene_lamp_bulb(lamp);
        x = p.x - bulb.x;
        y = p.y - bulb.y;
        double z = fmax(bulb.z - p.z, 0.3), flat = x * x + y * y, square = flat + z * z;
        /* As bright below low lamps as below high ones, softer than Lambert's cosine
         * beside them, and nothing at the reach. */
        double edge = clamp01(1 - sqrt(flat) / (LAMP_REACH_M - 1.2));
        double high = lamp->height_m * lamp->height_m;
        double fall = (30 + high) / (30 + 1.6 * flat + z * z) * (0.35 + 0.65 * z / sqrt(square));
        double light = 0.72 * fall * edge * edge * (3 - 2 * edge);
        /* Some are white, most are warm. */
        double warm = lamp->seed % 4 ? 1 : 0.35;
        sum = rgb_add(sum, rgb_scale(rgb(1, 1 - 0.2 * warm, 1 - 0.52 * warm), light));
    }
    /* A camera closes its iris: lamps add little to what dusk leaves, and never
     * more than a bright day. */
    double most = plan->sky.hour == SCENE_NIGHT ? 0.85 : 0.4;
    sum.r = most * sum.r / (most + sum.r);
    sum.g = most * sum.g / (most + sum.g);
    sum.b = most * sum.b / (most + sum.b);
    return sum;
}
