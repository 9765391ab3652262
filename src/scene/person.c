/*
 * People: a figure's joints at that moment become limbs, a trunk, a head and what
 * is carried; these are painted far to near. How much of it follows from
 * the size in the picture: six strokes for a distant one, all of it for a near one.
 */
#include "person.h"

#include <math.h>

#include "form.h"

#define FAR_PX_PER_M 9.5 /* below: legs, trunk, head and no more */
#define MIDDLE_PX_PER_M 26 /* below: no hands, no feet of their own */

/* Radii of limbs, in body heights. */
static const struct {
    double thigh, knee, ankle, shoulder, elbow, wrist, hand;
} radius = {0.047, 0.034, 0.024, 0.032, 0.025, 0.018, 0.022};

static void add(struct scene_parts *parts, const struct scene_brush *brush, struct scene_part part,
                double nearer) {
    if (parts->len == SCENE_PARTS)
        return;
    part.depth = -nearer;
    for (int i = 0; i < part.joints; i++)
        part.depth += scene_depth(brush->camera, part.joint[i]) / part.joints;
    parts->part[parts->len++] = part;
}

void scene_parts_limb(struct scene_parts *parts, const struct scene_brush *brush, struct vec3 a,
                      double ra, struct vec3 b, double rb, struct rgb rgb, double nearer) {
    add(parts, brush,
        (struct scene_part){.joint = {a, b}, .radius = {ra, rb}, .joints = 2, .rgb = rgb}, nearer);
}

void scene_parts_bent(struct scene_parts *parts, const struct scene_brush *brush,
                      const struct vec3 joint[3], const double radii[3], struct rgb rgb,
                      double nearer) {
    add(parts, brush,
        (struct scene_part){.joint = {joint[0], joint[1], joint[2]},
                            .radius = {radii[0], radii[1], radii[2]},
                            .joints = 3,
                            .rgb = rgb},
        nearer);
}

void scene_parts_own(struct scene_parts *parts, const struct scene_brush *brush, struct vec3 at,
                     scene_part_draw *draw, int side, double nearer) {
    add(parts, brush, (struct scene_part){.draw = draw, .joint = {at}, .joints = 1, .side = side},
        nearer);
}

static void model_of(const struct scene_figure *figure, const struct scene_body *body,
                     bool umbrella, struct scene_model *ret) {
    struct scene_pose pose = scene_pose_of(body->x, body->y, body->heading_rad);
    struct scene_joints joints;
    scene_joints_of(figure, body, umbrella, &joints);
    *ret = (struct scene_model){.figure = figure,
                                .posture = body->posture,
                                .forward = pose.forward,
                                .left = pose.left,
                                .umbrella = umbrella};
    for (int i = 0; i < SCENE_JOINTS; i++)
        ret->at[i] = scene_pose_point(&pose, joints.at[i].x, joints.at[i].y, joints.at[i].z);
    ret->face = vec3_unit(vec3_sub(ret->at[SCENE_FACE], ret->at[SCENE_HEAD]));
    ret->ear = vec3_unit(vec3(-ret->face.y, ret->face.x, 0));
    ret->brow = vec3_cross(ret->face, ret->ear);
}

/* Cloth of a thigh and of what is below the knee. */
static struct rgb thigh_rgb(const struct scene_model *m) {
    const struct scene_figure *f = m->figure;
    if (f->top == SCENE_COAT && m->posture == SCENE_SITTING)
        return f->top_rgb;
    return f->bottom_rgb;
}

static struct rgb shin_rgb(const struct scene_model *m) {
    const struct scene_figure *f = m->figure;
    if (f->bottom == SCENE_TROUSERS || (f->bottom == SCENE_LONG_SKIRT && !scene_wears_skirt(m)))
        return f->bottom_rgb;
    return f->bare_legs || f->bottom == SCENE_SHORTS ? f->skin : rgb(0.13, 0.12, 0.13);
}

static void leg_parts(struct scene_parts *parts, const struct scene_brush *brush,
                      const struct scene_model *m, int side) {
    const struct scene_figure *f = m->figure;
    double r = f->height * (0.35 + 0.65 * f->girth);
    bool shorts = f->bottom == SCENE_SHORTS, skirt = scene_wears_skirt(m);
    double loose = f->bottom == SCENE_TROUSERS ? 1.12 : 1;
    struct vec3 hip = m->at[SCENE_HIP + side], knee = m->at[SCENE_KNEE + side];
    struct vec3 ankle = m->at[SCENE_ANKLE + side], heel = m->at[SCENE_HEEL + side];
    struct vec3 toe = m->at[SCENE_TOE + side];
    struct rgb thigh = skirt ? shin_rgb(m) : thigh_rgb(m), shin = shin_rgb(m);
    double at_knee = radius.knee * r * loose, at_ankle = radius.ankle * r * loose;
    if (thigh.r == shin.r && thigh.g == shin.g && thigh.b == shin.b)
        scene_parts_bent(parts, brush, (struct vec3[3]){hip, knee, ankle},
                         (double[3]){radius.thigh * r, at_knee, at_ankle}, shin, 0);
    else {
        struct vec3 hem = vec3_mix(hip, knee, shorts ? 0.74 : 0.98);
        scene_parts_bent(parts, brush, (struct vec3[3]){hem, knee, ankle},
                         (double[3]){0.039 * r, at_knee, at_ankle}, shin, 0);
        scene_parts_limb(parts, brush, hip, radius.thigh * r * 1.04, hem, 0.047 * r, thigh, -0.02);
    }
    if (brush->px_per_m < MIDDLE_PX_PER_M && !brush->shadow)
        return;
    /* a shoe: its sole lies on the line from heel to toe */
    double thick = 0.021 * f->height;
    struct vec3 up = vec3_sub(ankle, vec3_mix(heel, toe, 0.2));
    up = vec3_scale(vec3_unit(up), thick);
    struct vec3 back = vec3_add(vec3_mix(heel, toe, 0.13), up);
    struct vec3 front = vec3_add(vec3_mix(heel, toe, 0.9), vec3_scale(up, 0.78));
    scene_parts_limb(parts, brush, back, thick, front, 0.78 * thick, f->shoe_rgb, 0);
}

static void arm_parts(struct scene_parts *parts, const struct scene_brush *brush,
                      const struct scene_model *m, int side) {
    const struct scene_figure *f = m->figure;
    bool bare = f->top == SCENE_TEE || f->top == SCENE_DRESS;
    double thick = f->height * (0.4 + 0.6 * f->girth) *
                   (f->top == SCENE_PUFFER            ? 1.3
                    : f->top >= SCENE_JACKET && !bare ? 1.14
                                                      : 1);
    struct vec3 shoulder = m->at[SCENE_SHOULDER + side], elbow = m->at[SCENE_ELBOW + side];
    struct vec3 hand = m->at[SCENE_HAND + side];
    struct rgb sleeve = rgb_scale(f->top_rgb, 0.97);
    struct vec3 end = vec3_mix(elbow, hand, 0.92);
    if (bare) {
        struct vec3 hem = vec3_mix(shoulder, elbow, 0.62);
        scene_parts_bent(
            parts, brush, (struct vec3[3]){hem, elbow, end},
            (double[3]){0.025 * thick, radius.elbow * f->height * 0.94, radius.wrist * f->height},
            f->skin, 0);
        scene_parts_limb(parts, brush, shoulder, radius.shoulder * thick, hem, 0.032 * thick,
                         sleeve, 0.01);
    } else
        scene_parts_bent(
            parts, brush, (struct vec3[3]){shoulder, elbow, end},
            (double[3]){radius.shoulder * thick, radius.elbow * thick, radius.wrist * 1.15 * thick},
            sleeve, 0);
    if (f->hold[side] == SCENE_POCKET && !(m->umbrella && side == f->side))
        return;
    if (brush->px_per_m > MIDDLE_PX_PER_M && !brush->shadow)
        scene_parts_limb(parts, brush, hand, radius.hand * f->height, vec3_mix(elbow, hand, 1.12),
                         radius.hand * 0.8 * f->height, f->skin, 0);
}

/* From where six strokes are enough. */
static void draw_far(struct scene_brush *brush, const struct scene_model *m) {
    const struct scene_figure *f = m->figure;
    double h = f->height, w = h * f->girth;
    bool coat = (f->top >= SCENE_COAT || scene_wears_skirt(m)) && m->posture <= SCENE_STANDING;
    bool bent = m->posture >= SCENE_SITTING;
    for (int side = 0; side < 2; side++) {
        struct vec3 knee = m->at[SCENE_KNEE + side], ankle = m->at[SCENE_ANKLE + side];
        struct vec3 hip = m->at[SCENE_HIP + side];
        ankle.z -= 0.015 * h;
        if (bent)
            scene_brush_limb(brush, hip, 0.05 * w, knee, 0.04 * w, thigh_rgb(m));
        scene_brush_limb(brush, bent ? knee : hip, 0.048 * w, ankle, 0.028 * w, shin_rgb(m));
    }
    struct vec3 chest = vec3_mix(m->at[SCENE_CHEST], m->at[SCENE_PELVIS], 0.16);
    struct vec3 hips = m->at[SCENE_PELVIS];
    if (coat)
        hips = vec3_mix(hips, vec3_mix(m->at[SCENE_KNEE], m->at[SCENE_KNEE + 1], 0.5), 0.55);
    struct vec3 head = m->at[SCENE_HEAD];
    double ahead = vec3_dot(m->face, vec3_unit(vec3_sub(scene_eye(brush->camera), head)));
    bool hat = f->hat != SCENE_BARE;
    struct rgb top = hat ? f->hat_rgb : f->hair_rgb;
    if (f->hat == SCENE_HOOD)
        top = f->top_rgb;
    scene_brush_limb(brush, chest, 0.112 * w, hips, 0.09 * w, f->top_rgb);
    if (f->bag == SCENE_BACKPACK && ahead < 0.3)
        scene_brush_ball(brush, vec3_add(chest, vec3_scale(m->forward, -0.09 * h)), 0.07 * h,
                         f->bag_rgb);
    head.z += 0.06 * f->head;
    scene_brush_ball(brush, head, 0.43 * f->head,
                     rgb_mix(top, f->skin, clamp01(0.35 + 0.55 * ahead)));
    if (m->umbrella)
        scene_draw_umbrella(brush, m, NULL);
}

/* Few and nearly in order: insertion. */
static void far_to_near(struct scene_parts *parts) {
    for (int i = 1; i < parts->len; i++) {
        struct scene_part part = parts->part[i];
        int k = i;
        for (; k > 0 && parts->part[k - 1].depth < part.depth; k--)
            parts->part[k] = parts->part[k - 1];
        parts->part[k] = part;
    }
}

void scene_person_draw(struct scene_brush *brush, const struct scene_body *body) {
    struct scene_figure figure = scene_figure_of(body->posture, body->look);
    struct scene_model model;
    model_of(&figure, body, figure.umbrella && brush->sky->rain, &model);
    if (brush->px_per_m < FAR_PX_PER_M) {
        draw_far(brush, &model);
        return;
    }
    struct scene_parts parts;
    parts.len = 0;
    for (int side = 0; side < 2; side++) {
        leg_parts(&parts, brush, &model, side);
        arm_parts(&parts, brush, &model, side);
    }
    struct vec3 middle = vec3_mix(model.at[SCENE_PELVIS], model.at[SCENE_CHEST], 0.5);
    if (scene_wears_skirt(&model) && figure.top != SCENE_DRESS)
        scene_parts_own(&parts, brush, model.at[SCENE_PELVIS], scene_draw_skirt, 0, 0.1);
    scene_parts_own(&parts, brush, middle, scene_draw_torso, 0, 0.1);
    scene_head_parts(&parts, brush, &model);
    scene_bag_parts(&parts, brush, &model);
    far_to_near(&parts);
    for (int i = 0; i < parts.len; i++) {
        const struct scene_part *p = &parts.part[i];
        if (p->draw)
            p->draw(brush, &model, p);
        else
            scene_form_chain(brush, p->joint, p->radius, p->joints, p->rgb);
    }
}

/* How far in front of the body a hand, or what it holds, can be. */
static double reach_of(const struct scene_figure *f) {
    double reach = 0.13 * f->height;
    for (int side = 0; side < 2; side++)
        if (f->hold[side] >= SCENE_FOLDED && f->hold[side] != SCENE_STICK)
            reach = 0.24 * f->height + 0.07;
    return reach + 0.5 * f->height * sin(fmax(f->lean, 0)) + 0.06;
}

/* From the saddle to the bar and from elbow to elbow, as high as he sits. */
static struct scene_size size_riding(const struct scene_figure *f, uint64_t look, double on_head) {
    struct scene_cycle cycle = scene_cycle_of(look);
    struct scene_body rides = {.look = look, .posture = SCENE_RIDING, .speed_m_per_s = 4};
    struct scene_joints j;
    scene_joints_of(f, &rides, false, &j);
    double ahead = fmax(cycle.grip.x, j.at[SCENE_HEAD].x) + 0.15, behind = 0.35 - cycle.saddle.x;
    return (struct scene_size){
        .length = 2 * fmax(ahead, behind),
        .width = fmax(0.40 * f->height + 0.05, 2 * cycle.grip_half + 0.2) + 0.2,
        .height = j.at[SCENE_HEAD].z + 0.52 * f->head + on_head,
    };
}

struct scene_size scene_person_size(enum scene_posture posture, uint64_t look) {
    static const double hats[] = {
        [SCENE_CAP] = 0.02,  [SCENE_BEANIE] = 0.06, [SCENE_BRIM] = 0.1,
        [SCENE_HOOD] = 0.04, [SCENE_SCARF] = 0.04,  [SCENE_HELMET] = 0.1,
    };
    struct scene_figure f = scene_figure_of(posture, look);
    double h = f.height, on_head = hats[f.hat] * f.head;
    if (posture == SCENE_RIDING)
        return size_riding(&f, look, on_head);
    struct scene_size size = {2 * reach_of(&f), 0.40 * h + 0.05, h * 1.012 + on_head};
    if (posture == SCENE_WALKING)
        size.length = fmax(size.length, 0.62 * f.stride + 0.22 * h);
    if (posture == SCENE_SITTING) {
        size.length = fmax(size.length, 0.82 * h);
        size.height += 0.5 - 0.53 * h;
    } else if (f.bag == SCENE_SUITCASE)
        size.length = 2 * (0.95 + 0.1 * h);
    if (f.bag >= SCENE_HANDBAG && f.bag <= SCENE_SHOPPING)
        size.width += 0.18;
    if (f.umbrella) {
        size.length = fmax(size.length, 2 * SCENE_UMBRELLA_M + 0.3);
        size.width = fmax(size.width, 2 * SCENE_UMBRELLA_M + 0.3);
        size.height += 0.26;
    }
    return size;
}
