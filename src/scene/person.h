/* Inside of persons: what person.c hands to the painters of single parts. */
#ifndef WEIR_SCENE_PERSON_H
#define WEIR_SCENE_PERSON_H

#include "figure.h"

/* A figure at a moment, in the world. */
struct scene_model {
    const struct scene_figure *figure;
    enum scene_posture posture;
    struct vec3 at[SCENE_JOINTS];
    struct vec3 forward, left; /* of the body on the ground */
    struct vec3 face, brow, ear; /* of the head: ahead, up, to the left; unit */
    bool umbrella;
};

struct scene_part;
typedef void scene_part_draw(struct scene_brush *brush, const struct scene_model *model,
                             const struct scene_part *part);

/* One thing to paint; what lies behind is painted first. */
struct scene_part {
    scene_part_draw *draw; /* NULL: a limb along its joints */
    struct vec3 joint[3];
    double radius[3];
    int joints;
    struct rgb rgb;
    int side;
    double depth; /* of the order */
};

#define SCENE_PARTS 64

struct scene_parts {
    struct scene_part part[SCENE_PARTS];
    int len;
};

/* A limb of two joints, or three: to be painted as if `nearer` metres nearer. */
void scene_parts_limb(struct scene_parts *parts, const struct scene_brush *brush, struct vec3 a,
                      double ra, struct vec3 b, double rb, struct rgb rgb, double nearer);
void scene_parts_bent(struct scene_parts *parts, const struct scene_brush *brush,
                      const struct vec3 joint[3], const double radii[3], struct rgb rgb,
                      double nearer);
/* A part with a painter of its own, at joint[0]. */
void scene_parts_own(struct scene_parts *parts, const struct scene_brush *brush, struct vec3 at,
                     scene_part_draw *draw, int side, double nearer);

/* person_head.c */
void scene_head_parts(struct scene_parts *parts, const struct scene_brush *brush,
                      const struct scene_model *model);
/* person_torso.c: clothes on the trunk, coats and skirts */
scene_part_draw scene_draw_torso, scene_draw_skirt;
/* Does cloth hang from the hips round both legs? */
bool scene_wears_skirt(const struct scene_model *model);
/* person_bag.c: what is carried */
void scene_bag_parts(struct scene_parts *parts, const struct scene_brush *brush,
                     const struct scene_model *model);
scene_part_draw scene_draw_umbrella;

#endif
