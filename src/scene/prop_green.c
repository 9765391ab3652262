/* Conifers, bushes, hedges and planters: foliage without boughs to speak of. */
#include "prop.h"

/* Whorls of drooping boughs, each a row of spiky clumps. */
static void spruce(struct scene_pen *pen, struct scene_foliage *foliage, struct rgb green,
                   double slim) {
    double h = pen->height_m, wide = slim * h, low = scene_pen_in(pen, 0.05, 0.13) * h;
    int whorls = 21;
    for (int i = 0; i < whorls; i++) {
        double t = (i + 0.5) / whorls, z = low + t * (h * 0.97 - low);
        z += scene_pen_in(pen, -0.008, 0.008) * h;
        double reach = wide * pow(1 - t, 0.85) * scene_pen_in(pen, 0.84, 1.08) + 0.02 * h;
        int boughs = 5 + (int)(5 * (1 - t));
        double turn = scene_pen_in(pen, 0, 2 * M_PI);
        for (int k = 0; k < boughs; k++) {
            double a = turn + 2 * M_PI * (k + scene_pen_in(pen, -0.25, 0.25)) / boughs;
            double length = reach * scene_pen_in(pen, 0.72, 1.08);
            int n = t < 0.5 ? 3 : 2;
            for (int j = 0; j < n; j++) {
                double s = (j + 0.7) / n, out = length * s;
                struct vec3 at =
                    scene_pen_at(pen, out * cos(a), out * sin(a), z - 0.32 * out * s + 0.01 * h);
                struct vec3 dir = scene_pose_direction(&pen->pose, cos(a), sin(a), 0.55);
                double clump = 0.043 * h * (0.6 + 0.55 * (1 - t)) * (1.2 - 0.4 * s);
                scene_leaf_add(pen, foliage, at, vec3_unit(dir), clump, 0.72, 0.8 * (1 - s),
                               scene_pen_vary(pen, green, 0.1));
            }
        }
    }
    scene_leaf_add(pen, foliage, scene_pen_at(pen, 0, 0, 0.975 * h), vec3(0, 0, 1), 0.012 * h, 1.9,
                   0, green);
    struct rgb bark = rgb(0.27, 0.20, 0.15);
    scene_pen_bar(pen, pen->pose.at, 0.018 * h, scene_pen_at(pen, 0, 0, 0.9 * h), 0.003 * h, bark);
}

/* A bare reddish trunk with a few flat layers of needles on top. */
static void pine(struct scene_pen *pen, struct scene_foliage *foliage, struct rgb green) {
    double h = pen->height_m;
    struct rgb bark = rgb(0.50, 0.31, 0.20);
    double bend = scene_pen_in(pen, -0.04, 0.04) * h;
    struct vec3 waist = scene_pen_at(pen, bend, -bend, 0.45 * h),
                top = scene_pen_at(pen, 0, bend, 0.9 * h);
    scene_pen_bar(pen, pen->pose.at, 0.022 * h, waist, 0.017 * h, rgb_scale(bark, 0.8));
    scene_pen_bar(pen, waist, 0.017 * h, top, 0.008 * h, bark);
    double turn = scene_pen_in(pen, 0, 2 * M_PI);
    for (int i = 0; i < 9; i++) {
        double a = turn + 2.399963 * i, t = i / 8.0;
        double out = (0.20 - 0.15 * t) * h * scene_pen_in(pen, 0.7, 1.1);
        struct vec3 c =
            scene_pen_at(pen, out * cos(a), out * sin(a) + bend * t, (0.55 + 0.36 * t) * h);
        struct vec3 root = vec3_mix(waist, top, 0.3 + 0.6 * t);
        scene_pen_bar(pen, root, 0.007 * h, c, 0.003 * h, bark);
        for (int k = 0; k < 34; k++) {
            double b = scene_pen_in(pen, 0, 2 * M_PI),
                   r = 0.13 * h * sqrt(weir_random_unit(&pen->random));
            double up = 0.045 * h * scene_pen_in(pen, -1, 1) * (1 - r / (0.15 * h));
            struct vec3 at = vec3_add(c, vec3(r * cos(b), r * sin(b), up));
            scene_leaf_add(pen, foliage, at, vec3_unit(vec3(cos(b), sin(b), 0.9)), 0.030 * h, 0.7,
                           0.5 - up / (0.07 * h), scene_pen_vary(pen, green, 0.1));
        }
    }
}

/* A dense column. */
static void cypress(struct scene_pen *pen, struct scene_foliage *foliage, struct rgb green) {
    double h = pen->height_m, wide = scene_pen_in(pen, 0.09, 0.13) * h;
    scene_pen_drum(pen, 0, 0, 0, 0.25 * wide, 0.1 * h, 0.25 * wide, rgb(0.28, 0.2, 0.15));
    for (int i = 0; i < 380; i++) {
        double t = pow(weir_random_unit(&pen->random), 0.7), a = scene_pen_in(pen, 0, 2 * M_PI);
        double z = (0.03 + 0.94 * (1 - t)) * h;
        double out = wide * pow(sin(M_PI * (0.06 + 0.86 * t)), 0.7) *
                     sqrt(scene_pen_in(pen, 0.5, 1)) * (z < 0.1 * h ? 0.8 : 1);
        struct vec3 normal = scene_pose_direction(&pen->pose, cos(a), sin(a), 0.3);
        scene_leaf_add(pen, foliage, scene_pen_at(pen, out * cos(a), out * sin(a), z),
                       vec3_unit(normal), 0.027 * h, 1.5, 0.7 * (1 - out / wide),
                       scene_pen_vary(pen, green, 0.13));
    }
}

static void show(struct scene_pen *pen, struct scene_foliage *foliage) {
    scene_leaf_sort(foliage);
    double middle_m = scene_pen_far(pen, scene_pen_at(pen, 0, 0, 0.5 * pen->height_m));
    scene_leaf_draw(pen, foliage, 1e9, middle_m);
    scene_pen_flush(pen);
    scene_leaf_draw(pen, foliage, middle_m, 0);
}

void scene_make_conifer(struct scene_pen *pen) {
    static const struct rgb greens[] = {
        {0.20, 0.35, 0.18}, {0.25, 0.39, 0.19}, {0.38, 0.50, 0.48}, {0.23, 0.33, 0.15}};
    double h = pen->height_m;
    struct scene_foliage foliage = {.needles = true,
                                    .low = vec3(-0.36 * h, -0.36 * h, 0.01 * h),
                                    .high = vec3(0.36 * h, 0.36 * h, h)};
    struct rgb green = scene_pen_vary(pen, scene_pen_pick(pen, greens, 4), 0.1);
    double kind = weir_random_unit(&pen->random);
    if (kind < 0.55)
        spruce(pen, &foliage, green, scene_pen_in(pen, 0.17, 0.27));
    else if (kind < 0.8)
        pine(pen, &foliage, rgb_mix(green, rgb(0.34, 0.46, 0.24), 0.6));
    else
        cypress(pen, &foliage, green);
    show(pen, &foliage);
}

static const struct rgb leaf_green[] = {{0.28, 0.44, 0.17}, {0.34, 0.50, 0.18}, {0.23, 0.37, 0.17},
                                        {0.42, 0.52, 0.22}, {0.46, 0.22, 0.23}, {0.50, 0.55, 0.38}};
static const struct rgb petals[] = {{0.95, 0.93, 0.90}, {0.92, 0.45, 0.62}, {0.85, 0.18, 0.18},
                                    {0.95, 0.80, 0.20}, {0.60, 0.42, 0.80}, {0.95, 0.55, 0.20}};

/* Blossoms on what has been put down so far: small clumps in front of it. */
static void bloom(struct scene_pen *pen, struct scene_foliage *foliage, int n, double radius,
                  struct rgb petal) {
    int green = foliage->len;
    for (int i = 0; i < n && green > 0; i++) {
        const struct scene_leaf *leaf = &foliage->leaf[weir_random_below(&pen->random, green)];
        struct vec3 at = vec3_add(leaf->at, vec3_scale(leaf->normal, leaf->radius));
        struct rgb own = scene_pen_vary(pen, petal, 0.12);
        scene_leaf_add(pen, foliage, at, leaf->normal, radius * scene_pen_in(pen, 0.7, 1.2), 0.9, 0,
                       own);
    }
}

void scene_make_bush(struct scene_pen *pen) {
    double h = pen->height_m, wide = 0.62 * h;
    struct scene_foliage foliage = {.low = vec3(-0.8 * h, -0.8 * h, 0),
                                    .high = vec3(0.8 * h, 0.8 * h, h)};
    struct rgb green = scene_pen_vary(
        pen, scene_pen_pick(pen, leaf_green, scene_pen_chance(pen, 0.3) ? 6 : 4), 0.12);
    double kind = weir_random_unit(&pen->random);
    struct vec3 middle = scene_pen_at(pen, 0, 0, 0.35 * h);
    if (kind < 0.25) { /* clipped to a ball */
        scene_pen_ball(pen, scene_pen_at(pen, 0, 0, 0.5 * h), 0.42 * h, rgb_scale(green, 0.5));
        scene_leaf_lobe(pen, &foliage, scene_pen_at(pen, 0, 0, 0.5 * h), 0.47 * h, middle, 240,
                        0.075 * h, green);
    } else if (kind < 0.38) { /* tall grass */
        struct rgb straw = rgb_mix(green, rgb(0.66, 0.58, 0.34), scene_pen_in(pen, 0.2, 0.8));
        for (int i = 0; i < 130; i++) {
            double a = scene_pen_in(pen, 0, 2 * M_PI), out = wide * weir_random_unit(&pen->random);
            double top = h * scene_pen_in(pen, 0.6, 1) - 0.25 * out;
            struct vec3 foot = scene_pen_at(pen, 0.2 * out * cos(a), 0.2 * out * sin(a), 0);
            struct vec3 bend =
                scene_pen_at(pen, 0.55 * out * cos(a), 0.55 * out * sin(a), 0.75 * top);
            struct vec3 tip = scene_pen_at(pen, out * cos(a), out * sin(a), top);
            struct rgb own = scene_pen_vary(pen, straw, 0.2);
            scene_pen_wire(pen, foot, bend, 0.02, rgb_scale(own, 0.75));
            scene_pen_wire(pen, bend, tip, 0.016, own);
        }
    } else {
        int lobes = 4 + weir_random_below(&pen->random, 4);
        for (int i = 0; i < lobes; i++) {
            double a = 2.399963 * i, out = wide * (i ? scene_pen_in(pen, 0.35, 0.7) : 0.0);
            double r = h * (i ? scene_pen_in(pen, 0.24, 0.36) : 0.42);
            double z = i ? r * scene_pen_in(pen, 0.8, 1.1) : 0.55 * h;
            scene_leaf_lobe(pen, &foliage, scene_pen_at(pen, out * cos(a), out * sin(a), z), r,
                            middle, 58, 0.095 * h, green);
        }
        if (kind > 0.68)
            bloom(pen, &foliage, 90, 0.032 * h, scene_pen_pick(pen, petals, 6));
    }
    show(pen, &foliage);
}

/* A dark core that lets nothing through, and clumps on its sides and top. */
void scene_make_hedge(struct scene_pen *pen) {
    double h = pen->height_m, half = pen->prop->length_m / 2;
    double deep = fmin(fmax(0.32 * h, 0.24), 0.45), clump = scene_pen_in(pen, 0.11, 0.15);
    struct rgb green = scene_pen_vary(
        pen, scene_pen_pick(pen, leaf_green, scene_pen_chance(pen, 0.08) ? 5 : 4), 0.1);
    struct scene_foliage foliage = {.low = vec3(-half, -0.55, 0), .high = vec3(half, 0.55, h)};
    double in = 0.6 * clump;
    scene_pen_box(pen, 0, 0, 0, half - in, deep - in, h - in, rgb_scale(green, 0.62));
    double area = 2 * half * (2 * deep + h);
    int n = (int)fmin(1.3 * area / (clump * clump), 520);
    clump = fmax(clump, sqrt(1.1 * area / n));
    struct vec3 eye = vec3_sub(pen->view, pen->pose.at);
    double side = vec3_dot(eye, pen->pose.left) > 0 ? 1 : -1,
           end = vec3_dot(eye, pen->pose.forward) > 0 ? 1 : -1;
    for (int i = 0; i < n; i++) {
        double f = scene_pen_in(pen, -half, half), at = scene_pen_in(pen, 0, 2 * deep + h);
        struct vec3 p, d;
        if (i < 2 * h * deep / (clump * clump) * 1.6) { /* the end that is seen */
            double up = scene_pen_in(pen, 0, h);
            p = scene_pen_at(pen, end * (half - 0.05), scene_pen_in(pen, -deep, deep), up);
            d = scene_pose_direction(&pen->pose, end, 0, 0.2);
        } else if (at < h) {
            p = scene_pen_at(pen, f, side * deep, at);
            d = scene_pose_direction(&pen->pose, 0, side, 0.25);
        } else {
            p = scene_pen_at(pen, f, at - h - deep, h - 0.03);
            d = scene_pose_direction(&pen->pose, 0, 0.3 * side, 1);
        }
        double y = scene_pen_in(pen, -0.3, 0.3), x = scene_pen_in(pen, -0.3, 0.3);
        d = vec3_add(d, vec3(x, y, 0));
        struct rgb own = scene_pen_vary(pen, green, 0.12);
        double shade = scene_pen_in(pen, 0, 0.45) + 0.3 * (1 - p.z / h);
        scene_leaf_add(pen, &foliage, p, vec3_unit(d), clump * scene_pen_in(pen, 0.7, 1.1), 0.9,
                       shade, own);
    }
    scene_leaf_sort(&foliage);
    scene_pen_flush(pen);
    scene_leaf_draw(pen, &foliage, 1e9, 0);
}

void scene_make_planter(struct scene_pen *pen) {
    static const struct rgb pots[] = {{0.62, 0.60, 0.57},
                                      {0.66, 0.38, 0.26},
                                      {0.30, 0.31, 0.33},
                                      {0.46, 0.33, 0.21},
                                      {0.80, 0.78, 0.72}};
    double h = pen->height_m, rim = h * scene_pen_in(pen, 0.45, 0.6), wide = 0.62;
    struct scene_foliage foliage = {.low = vec3(-0.85, -0.85, 0.3 * rim),
                                    .high = vec3(0.85, 0.85, h)};
    struct rgb pot = scene_pen_vary(pen, scene_pen_pick(pen, pots, 5), 0.1);
    struct rgb soil = rgb(0.20, 0.15, 0.11);
    double half_f = scene_pen_in(pen, 0.38, 0.6), half_l = scene_pen_in(pen, 0.45, 0.78);
    bool round = scene_pen_chance(pen, 0.5);
    if (round) {
        half_f = half_l = wide;
        scene_pen_drum(pen, 0, 0, 0, 0.68 * wide, rim * 0.86, 0.96 * wide, pot);
        scene_pen_drum(pen, 0, 0, rim * 0.86, wide, rim, wide, rgb_scale(pot, 1.08));
    } else {
        scene_pen_box(pen, 0, 0, 0, half_f - 0.03, half_l - 0.03, rim, pot);
        scene_pen_box(pen, 0, 0, 0.86 * rim, half_f, half_l, 0.14 * rim, rgb_scale(pot, 1.08));
    }
    scene_pen_flush(pen);
    struct rgb green = scene_pen_vary(pen, scene_pen_pick(pen, leaf_green, 4), 0.1);
    double tall = h - rim;
    struct vec3 middle = scene_pen_at(pen, 0, 0, rim);
    for (int i = 0; i < 150; i++) {
        double f = scene_pen_in(pen, -1, 1), l = scene_pen_in(pen, -1, 1);
        if (f * f + l * l > 1)
            continue;
        double dome = sqrt(1 - f * f - l * l), z = rim + tall * dome * scene_pen_in(pen, 0.2, 0.9);
        struct vec3 at = scene_pen_at(pen, f * half_f * 0.95, l * half_l * 0.95, z);
        struct vec3 normal = vec3_unit(vec3_add(vec3_sub(at, middle), vec3(0, 0, 0.4)));
        scene_leaf_add(pen, &foliage, at, normal, 0.09, 0.9, 0.6 * (1 - (z - rim) / tall),
                       scene_pen_vary(pen, green, 0.15));
    }
    struct rgb petal = scene_pen_pick(pen, petals, 6), other = scene_pen_pick(pen, petals, 6);
    if (scene_pen_chance(pen, 0.85)) {
        bloom(pen, &foliage, 45, 0.05, petal);
        bloom(pen, &foliage, 25, 0.045, other);
    }
    scene_pen_disc(pen, scene_pen_at(pen, 0, 0, rim + 0.005),
                   vec3_scale(pen->pose.forward, 0.85 * half_f),
                   vec3_scale(pen->pose.left, 0.85 * half_l), soil);
    scene_pen_flush(pen);
    scene_leaf_sort(&foliage);
    scene_leaf_draw(pen, &foliage, 1e9, 0);
}
