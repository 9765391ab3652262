/*
 * Inside of persons: what one is like (a figure: build, clothes, habits; all of it
 * follows from the look) and where its joints are at a moment. person.c draws them.
 */
#ifndef WEIR_SCENE_FIGURE_H
#define WEIR_SCENE_FIGURE_H

#include <stdbool.h>
#include <stdint.h>

#include "body.h"
#include "cycle.h"

enum scene_top {
    SCENE_TEE, /* short sleeves */
    SCENE_SHIRT, /* long sleeves, thin */
    SCENE_JACKET, /* open in front over a shirt */
    SCENE_HOODIE,
    SCENE_PUFFER, /* quilted */
    SCENE_COAT, /* to the knee */
    SCENE_DRESS, /* short sleeves, skirt in one */
};

enum scene_bottom { SCENE_TROUSERS, SCENE_SHORTS, SCENE_SKIRT, SCENE_LONG_SKIRT };

enum scene_hair { SCENE_SHORT, SCENE_BALD, SCENE_BOB, SCENE_LONG, SCENE_TAIL, SCENE_BUN };

enum scene_hat {
    SCENE_BARE,
    SCENE_CAP,
    SCENE_BEANIE,
    SCENE_BRIM,
    SCENE_HOOD,
    SCENE_SCARF, /* around hair and neck */
    SCENE_HELMET /* riders */
};

enum scene_bag {
    SCENE_NO_BAG,
    SCENE_BACKPACK,
    SCENE_HANDBAG, /* on a strap over a shoulder */
    SCENE_BRIEFCASE,
    SCENE_SHOPPING, /* one bag in each hand, or in one */
    SCENE_SUITCASE, /* on wheels, pulled */
};

/* What a hand does. */
enum scene_hold {
    SCENE_SWINGS, /* with the gait; hangs where there is none */
    SCENE_CARRIES, /* hangs straight */
    SCENE_PULLS, /* a suitcase behind */
    SCENE_POCKET,
    SCENE_AKIMBO,
    SCENE_FOLDED,
    SCENE_PHONE,
    SCENE_CALLS, /* phone at the ear */
    SCENE_STRAP,
    SCENE_TALKS,
    SCENE_LAP,
    SCENE_STICK,
    SCENE_HOLDS_UMBRELLA,
    SCENE_BAR, /* of a bicycle */
    SCENE_HOLDS
};

struct scene_figure {
    double height; /* to the crown, barefoot enough */
    double girth; /* 0.85 – 1.3 */
    double head; /* chin to crown, metres */
    double lean; /* of the spine, radians forward */
    bool child, elder, runs, curvy;
    double pace; /* m/s */
    double stride; /* metres of path for two steps */
    double habit; /* 0 – 1: where in its slow movements it begins */
    struct rgb skin, hair_rgb, top_rgb, shirt_rgb, bottom_rgb, shoe_rgb, bag_rgb, hat_rgb;
    enum scene_top top;
    enum scene_bottom bottom;
    enum scene_hair hair;
    enum scene_hat hat;
    enum scene_bag bag;
    int side; /* of bag, phone, umbrella, stick: 0 left, 1 right */
    enum scene_hold hold[2]; /* left, right: without an umbrella */
    bool umbrella; /* carries one when it rains */
    bool beard, glasses, print, stripes, bare_legs, vest, crossed;
    bool shade; /* the umbrella is black rather than of hat_rgb */
};

struct scene_figure scene_figure_of(enum scene_posture posture, uint64_t look);

/* Pairs: the left one; the right one follows. */
enum scene_joint {
    SCENE_PELVIS,
    SCENE_CHEST, /* between the shoulders */
    SCENE_HEAD, /* its centre */
    SCENE_FACE, /* 0.1 m in front of the centre */
    SCENE_HIP,
    SCENE_KNEE = SCENE_HIP + 2,
    SCENE_ANKLE = SCENE_KNEE + 2,
    SCENE_HEEL = SCENE_ANKLE + 2,
    SCENE_TOE = SCENE_HEEL + 2,
    SCENE_SHOULDER = SCENE_TOE + 2,
    SCENE_ELBOW = SCENE_SHOULDER + 2,
    SCENE_HAND = SCENE_ELBOW + 2,
    SCENE_JOINTS = SCENE_HAND + 2
};

/* Forward, left, up in metres from the ground point of the body. */
struct scene_joints {
    struct vec3 at[SCENE_JOINTS];
};

/* umbrella: it holds one open. */
void scene_joints_of(const struct scene_figure *figure, const struct scene_body *body,
                     bool umbrella, struct scene_joints *ret_joints);

#define SCENE_UMBRELLA_M 0.52 /* its radius */

#endif
