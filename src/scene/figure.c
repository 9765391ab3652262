/*
 * What a person is like. Tables hold what is common and what is rare: most people
 * wear dark or muted clothes, some are bright enough to be seen from far away. All
 * draws come from one stream and in one order, so a figure never depends on what
 * else is drawn.
 */
#include "figure.h"

#include <math.h>

#include "random.h"

/* A colour and how often it is seen. */
struct shade {
    double weight;
    unsigned rgb;
};

static const struct shade skins[] = {
    {3, 0xf2cfb4}, {4, 0xe8bd9b}, {3, 0xd9a47c}, {2, 0xc28a5f},
    {2, 0x9a6842}, {2, 0x724a2e}, {1, 0x4d3122},
};

static const struct shade light_hair[] = {
    {4, 0x3a2a1d}, {4, 0x5b4028}, {2, 0x8a6a42}, {2, 0xc7a66a},
    {1, 0x8c4a24}, {2, 0x1f1a17}, {1, 0x9c9a96},
};

static const struct shade dark_hair[] = {
    {8, 0x17130f}, {4, 0x241a14}, {1, 0x3a2618}, {1, 0x8f8d89}};

static const struct shade old_hair[] = {{4, 0xbdbbb6}, {3, 0xd9d7d2}, {2, 0x8f8d89}};

static const struct shade tops[] = {
    {5, 0x24262b}, {5, 0x2b3446}, {4, 0x4a4d52}, {3, 0x6f7276}, {4, 0xd8d6d0}, {2, 0xb9a98a},
    {2, 0x5b6047}, {2, 0x5f4637}, {2, 0x7a2e33}, {2, 0x3f6b8f}, {2, 0x86a7c2}, {1, 0x2f6a4f},
    {1, 0xc8463c}, {1, 0xe0a526}, {1, 0xd77aa0}, {1, 0x6d4a8c}, {1, 0xe07b39}, {1, 0x3fa0a0},
};

/* What people wear in summer, or do sports in. */
static const struct shade brights[] = {
    {4, 0xece9e2}, {2, 0x2a2c31}, {2, 0xd2483f}, {2, 0x3c78b4}, {2, 0xe3b23c}, {1, 0x4f9a5e},
    {1, 0xe58fb0}, {1, 0x7d5aa6}, {1, 0xef8b45}, {1, 0x52b5b8}, {2, 0x9fb7c9}, {1, 0xc8e04a},
};

static const struct shade bottoms[] = {
    {6, 0x23252b}, {5, 0x2c3a55}, {4, 0x46597a}, {2, 0x7289a6}, {3, 0x55565a},
    {2, 0xa3937a}, {1, 0x5f5240}, {1, 0x7a7d80}, {1, 0xd6d1c6}, {1, 0x64303a},
};

static const struct shade shoes[] = {
    {6, 0x1c1b1b}, {3, 0xe4e3df}, {3, 0x4a3526}, {2, 0x6b6d70}, {1, 0xb03a34}, {1, 0x2f4f86},
};

static const struct shade bags[] = {
    {5, 0x1f2024}, {2, 0x2f3d57}, {2, 0x6a4a2f}, {2, 0x8a6b48},
    {1, 0xb23a3a}, {1, 0x3f6d5a}, {1, 0xd99a2b}, {1, 0x7b7f84},
};

static const struct shade hats[] = {
    {4, 0x24262b}, {2, 0x3a4a66}, {2, 0x8a3038}, {2, 0xd9d5cb},
    {1, 0xd9a02e}, {1, 0x4f7a55}, {1, 0xcf5f8a},
};

#define PICK(r, table) pick(r, table, (int)(sizeof(table) / sizeof(*(table))))

/* A colour of the table, a little lighter or darker. */
static struct rgb pick(struct weir_random *r, const struct shade *table, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += table[i].weight;
    double at = weir_random_in(r, 0, sum), tone = weir_random_in(r, 0.9, 1.08);
    int i = 0;
    while (i < n - 1 && at >= table[i].weight)
        at -= table[i++].weight;
    unsigned c = table[i].rgb;
    return rgb_clamp(
        rgb_scale(rgb((c >> 16 & 255) / 255.0, (c >> 8 & 255) / 255.0, (c & 255) / 255.0), tone));
}

static int choose(struct weir_random *r, const double *weight, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += weight[i];
    double at = weir_random_in(r, 0, sum);
    int i = 0;
    while (i < n - 1 && at >= weight[i])
        at -= weight[i++];
    return i;
}

/* Age, size and manner of walking. */
static void build(struct weir_random *r, struct scene_figure *f, enum scene_posture posture) {
    double age = weir_random_unit(r);
    f->curvy = weir_random_chance(r, 0.5);
    f->child = age < 0.12;
    f->elder = age > 0.85 && posture != SCENE_RIDING;
    double size = weir_random_normal(r);
    f->height = (f->curvy ? 1.65 : 1.775) + 0.065 * size;
    if (f->elder)
        f->height -= 0.05;
    if (f->child)
        f->height = weir_random_in(r, posture == SCENE_RIDING ? 1.2 : 1.0, 1.42);
    f->girth = 1 + 0.09 * weir_random_normal(r) + (f->elder ? 0.06 : 0);
    f->girth = fmin(fmax(f->girth, 0.84), 1.32);
    f->head = f->child ? 0.125 + 0.067 * f->height : 0.108 + 0.068 * f->height;
    f->runs = !f->child && !f->elder && posture == SCENE_WALKING && weir_random_chance(r, 0.05);
    f->lean = f->elder ? weir_random_in(r, 0.08, 0.3) : weir_random_in(r, -0.02, 0.06);
    f->pace = 1.36 + 0.15 * weir_random_normal(r);
    if (f->child)
        f->pace *= 0.88;
    if (f->elder)
        f->pace *= 0.68;
    f->pace = fmin(fmax(f->pace, 0.55), 1.9);
    f->stride = 0.82 * f->height * pow(f->pace / 1.36, 0.5);
    if (f->runs) {
        f->pace = weir_random_in(r, 2.3, 3.2);
        f->stride = f->height * (0.35 + 0.33 * f->pace);
    }
    f->habit = weir_random_unit(r);
    f->side = weir_random_chance(r, 0.6);
    f->crossed = !f->child && weir_random_chance(r, 0.35);
}

static void clothe(struct weir_random *r, struct scene_figure *f, enum scene_posture posture) {
    static const double top_men[] = {3, 3, 3.5, 2, 1.5, 1.2, 0};
    static const double top_women[] = {2.5, 3, 2.2, 1, 1.5, 2.2, 1.6};
    static const double bottom_men[] = {8, 1.6, 0, 0}, bottom_women[] = {7, 0.8, 1.4, 0.9};
    f->top = (enum scene_top)choose(r, f->curvy ? top_women : top_men, 7);
    f->bottom = (enum scene_bottom)choose(r, f->curvy ? bottom_women : bottom_men, 4);
    f->top_rgb =
        f->top == SCENE_TEE || f->top == SCENE_DRESS || f->child ? PICK(r, brights) : PICK(r, tops);
    f->shirt_rgb = PICK(r, brights);
    f->bottom_rgb = PICK(r, bottoms);
    f->shoe_rgb = PICK(r, shoes);
    f->print = weir_random_chance(r, 0.35);
    f->stripes = f->top <= SCENE_SHIRT && weir_random_chance(r, 0.14);
    f->vest = !f->child && weir_random_chance(r, 0.025);
    f->bare_legs = f->top <= SCENE_SHIRT || f->top == SCENE_DRESS || weir_random_chance(r, 0.2);
    bool cycles = posture == SCENE_RIDING;
    if (f->top == SCENE_COAT && (f->bottom == SCENE_SHORTS || cycles))
        f->bottom = SCENE_TROUSERS;
    if (f->top == SCENE_PUFFER && f->bottom == SCENE_SHORTS)
        f->bottom = SCENE_TROUSERS;
    if (f->top == SCENE_DRESS)
        f->bottom = weir_random_chance(r, 0.35) ? SCENE_LONG_SKIRT : SCENE_SKIRT;
    if (f->top == SCENE_DRESS)
        f->bottom_rgb = f->top_rgb;
    else if (f->bottom == SCENE_LONG_SKIRT || f->bottom == SCENE_SKIRT)
        f->bottom_rgb = rgb_mix(f->bottom_rgb, f->shirt_rgb, 0.35);
    if (f->runs) {
        f->top = weir_random_chance(r, 0.6) ? SCENE_TEE : SCENE_SHIRT;
        f->bottom = weir_random_chance(r, 0.6) ? SCENE_SHORTS : SCENE_TROUSERS;
        f->top_rgb = PICK(r, brights);
    }
    if (cycles && f->bottom == SCENE_LONG_SKIRT)
        f->bottom = SCENE_TROUSERS;
    if (cycles && f->top == SCENE_COAT)
        f->top = SCENE_JACKET;
}

static void crown(struct weir_random *r, struct scene_figure *f, enum scene_posture posture) {
    static const double hair_men[] = {12, 2, 0.5, 0.5, 0.5, 0.3}, hair_women[] = {2, 0, 4, 5, 4, 3};
    static const double hat[] = {11, 1.3, 1.6, 0.5, 0, 0},
                        hat_women[] = {12, 0.6, 1.4, 0.7, 0, 1.2};
    f->skin = PICK(r, skins);
    f->hair_rgb = f->skin.r < 0.7 ? PICK(r, dark_hair) : PICK(r, light_hair);
    if (f->elder)
        f->hair_rgb = PICK(r, old_hair);
    f->hair = (enum scene_hair)choose(r, f->curvy ? hair_women : hair_men, 6);
    if (f->hair == SCENE_BALD && f->child)
        f->hair = SCENE_SHORT;
    f->beard = !f->curvy && !f->child && weir_random_chance(r, 0.28);
    f->glasses = !f->child && weir_random_chance(r, f->elder ? 0.6 : 0.22);
    f->hat = (enum scene_hat)choose(r, f->curvy ? hat_women : hat, 6);
    f->hat_rgb = f->hat == SCENE_SCARF ? PICK(r, tops) : PICK(r, hats);
    if (f->child && f->hat == SCENE_SCARF)
        f->hat = SCENE_BARE;
    if (f->top == SCENE_HOODIE && f->hat == SCENE_BARE && weir_random_chance(r, 0.3))
        f->hat = SCENE_HOOD;
    if (f->runs && f->hat != SCENE_CAP)
        f->hat = SCENE_BARE;
    if (posture == SCENE_RIDING) {
        f->hat = f->child || weir_random_chance(r, 0.5) ? SCENE_HELMET : SCENE_BARE;
        f->hat_rgb = PICK(r, brights);
    }
}

/* What they carry and what their hands do. */
static void equip(struct weir_random *r, struct scene_figure *f, enum scene_posture posture) {
    static const double bag_men[] = {10, 4, 0.3, 0.9, 1.0, 0.7};
    static const double bag_women[] = {6, 2.5, 5, 0.4, 1.6, 0.7};
    int other = !f->side;
    f->bag = (enum scene_bag)choose(r, f->curvy ? bag_women : bag_men, 6);
    f->bag_rgb = PICK(r, bags);
    f->umbrella = posture != SCENE_RIDING && !f->child && weir_random_chance(r, 0.5);
    f->shade = weir_random_chance(r, 0.5);
    double what = weir_random_unit(r);
    bool pockets = weir_random_chance(r, 0.35), stick = f->elder && weir_random_chance(r, 0.35);
    f->hold[0] = f->hold[1] = SCENE_SWINGS;
    if (posture == SCENE_RIDING) {
        f->hold[0] = f->hold[1] = SCENE_BAR;
        if (f->bag != SCENE_BACKPACK)
            f->bag = SCENE_NO_BAG;
        return;
    }
    if (f->runs)
        f->umbrella = false;
    if (f->runs || (f->child && f->bag != SCENE_BACKPACK))
        f->bag = SCENE_NO_BAG;
    if (posture == SCENE_SITTING) {
        f->hold[0] = f->hold[1] = SCENE_LAP;
        if (what < 0.4)
            f->hold[other] = SCENE_PHONE;
        else if (what < 0.6)
            f->hold[other] = SCENE_TALKS;
        if (f->bag != SCENE_HANDBAG)
            f->bag = SCENE_NO_BAG;
        return;
    }
    if (posture == SCENE_STANDING) {
        if (what < 0.28)
            f->hold[other] = SCENE_PHONE;
        else if (what < 0.42)
            f->hold[0] = f->hold[1] = SCENE_TALKS;
        else if (what < 0.55)
            f->hold[0] = f->hold[1] = SCENE_POCKET;
        else if (what < 0.67)
            f->hold[0] = f->hold[1] = SCENE_FOLDED;
        else if (what < 0.76)
            f->hold[other] = SCENE_AKIMBO;
        else if (what < 0.84)
            f->hold[other] = SCENE_CALLS;
    } else if (!f->runs) {
        if (what < 0.07)
            f->hold[other] = SCENE_PHONE;
        else if (what < 0.13)
            f->hold[other] = SCENE_CALLS;
        else if (pockets && what < 0.6)
            f->hold[0] = f->hold[1] = SCENE_POCKET;
    }
    switch (f->bag) {
    case SCENE_BRIEFCASE:
        f->hold[f->side] = SCENE_CARRIES;
        break;
    case SCENE_SHOPPING:
        f->hold[f->side] = SCENE_CARRIES;
        if (f->habit < 0.5)
            f->hold[other] = SCENE_CARRIES;
        break;
    case SCENE_SUITCASE:
        f->hold[f->side] = SCENE_PULLS;
        break;
    case SCENE_HANDBAG:
        if (f->habit < 0.4)
            f->hold[f->side] = SCENE_STRAP;
        break;
    default:
        break;
    }
    if (stick && f->bag <= SCENE_HANDBAG)
        f->hold[f->side] = SCENE_STICK;
    /* The umbrella takes the bag's hand only where the other one is free. */
    if (f->hold[f->side] >= SCENE_CARRIES && f->hold[f->side] <= SCENE_PULLS)
        f->umbrella = false;
    if (f->hold[f->side] == SCENE_STICK)
        f->umbrella = false;
}

struct scene_figure scene_figure_of(enum scene_posture posture, uint64_t look) {
    struct weir_random r = weir_random_of(look, SCENE_RANDOM_LOOK, SCENE_PERSON);
    struct scene_figure f = {0};
    build(&r, &f, posture);
    clothe(&r, &f, posture);
    crown(&r, &f, posture);
    equip(&r, &f, posture);
    return f;
}

double scene_person_pace(uint64_t look) {
    return scene_figure_of(SCENE_WALKING, look).pace;
}
