/*
 * The door of scene: a generator of street scenes seen by a fixed camera, with
 * exact ground truth. A seed gives the street (plan), the hour and the weather
 * (sky), and who passes when (world); the same configuration gives the same
 * pictures and labels to the byte on one machine, whatever is asked in between.
 *
 *   plan -> backdrop (still picture and depth, once)
 *        -> world (who is where at t) -> canvas (drawn far to near, against the
 *           depth) -> truth (what is left visible) and finish (rain, shake,
 *           noise, I420)
 */
#ifndef WEIR_SCENE_SCENE_H
#define WEIR_SCENE_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "media/media.h"

enum weir_scene_profile {
    WEIR_SCENE_CALM, /* a quiet street */
    WEIR_SCENE_RUSH, /* rush hour: queues of vehicles, full pavements */
    WEIR_SCENE_MIXED, /* changes every few seconds to a minute: quiet, rush, a crowd close
                       * to the camera, distant objects only, nothing that moves */
    WEIR_SCENE_FAR, /* distant small objects only */
    WEIR_SCENE_EMPTY, /* no object at all */
    WEIR_SCENE_PROFILES
};

/* "calm" …; NULL outside the range. */
const char *weir_scene_profile_name(int profile);

struct weir_scene_conf {
    uint64_t seed; /* 0 – 2^63-1 */
    int width,
        height; /* pixels, even, 160x90 – 3840x2160, not flatter than 4:1 nor taller than 1:2 */
    double fps; /* frames per second of scene time, 0.01 – 120 */
    double seconds; /* length, more than 0, at most 86400 */
    enum weir_scene_profile profile;
    double heavy; /* share of buses and trucks among the traffic of main roads, 0 – 1 */
    double cyclists; /* how many times as many as the profile has, 0 – 10 */
};

/* seed 7, 1280x720, 25 fps, 60 s, mixed, a share of 0.16 heavy vehicles, cyclists once. */
extern const struct weir_scene_conf weir_scene_defaults;

/*
 * Reads "seed=7,size=1280x720,fps=25,seconds=60,profile=mixed,heavy=0.16,cyclists=1";
 * every key is optional, the empty text gives the defaults. EINVAL (unknown key or value, a key
 * twice), ERANGE (as weir_scene_check): with what was found and what is allowed.
 */
int weir_scene_parse(const char *text, struct weir_scene_conf *ret_conf, struct weir_error *err);
/* 0, or ERANGE with the field, what was found and what is allowed. */
int weir_scene_check(const struct weir_scene_conf *conf, struct weir_error *err);

struct weir_scene;

/*
 * Builds the street and paints what does not move (0.3–1 s for 1280x720). One
 * thread at a time uses a scene. weir_scene_check's errors, ENOMEM.
 */
int weir_scene_new(const struct weir_scene_conf *conf, struct weir_scene **ret_scene,
                   struct weir_error *err);
/* NULL allowed. Images given out before stay good. */
void weir_scene_free(struct weir_scene *scene);

/* The classes of every scene: person bicycle car bus truck; a new reference. */
struct weir_labels *weir_scene_labels(void);
/* Frames in all: seconds x fps, rounded, at least 1. */
int64_t weir_scene_frames(const struct weir_scene *scene);
/*
 * The next picture (I420, BT.709, limited range; the caller owns a reference) and
 * what is in it. truth's old content is replaced. EEOF after the last; ENOMEM.
 */
int weir_scene_next(struct weir_scene *scene, struct weir_image **ret_image,
                    struct weir_truth *truth, struct weir_error *err);
/* Leaves out so many frames, not drawn: those that follow are the same as if they were
 * (frames >= 0; past the end is the end). */
void weir_scene_skip(struct weir_scene *scene, int64_t frames);
/* One line for a person: "seed 7: avenue at dusk, rain, lamps lit"; owned by the scene. */
const char *weir_scene_about(const struct weir_scene *scene);

#endif
