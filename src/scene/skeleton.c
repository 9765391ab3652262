/*
 * Where the joints of a figure are. Feet come first: while a foot stands it stays
 * where it is on the ground, so it moves back under the body exactly as fast as
 * the body advances; heel strike, roll, push-off and swing follow the timing of
 * human gait (stance 62% of a walker's cycle, 36% of a runner's; Perry 1992,
 * Novacheck 1998). The pelvis is then as high as both legs allow, which gives the
 * bob, and knees and elbows follow from the lengths of two bones, so that none
 * ever bends the wrong way. Lengths are shares of body height (Winter 2009).
 */
#include "figure.h"

#include <math.h>

#define TAU 6.283185307179586

enum { LEFT, RIGHT };

static const struct {
    double thigh, shin, ankle, foot, hip_half, shoulder_half, spine, upper_arm, lower_arm;
} share = {0.245, 0.243, 0.042, 0.145, 0.046, 0.104, 0.290, 0.178, 0.168};

/* Where a hand is from its shoulder, in body heights: forward, outward, up; and
 * where its elbow points. */
static const struct {
    struct vec3 hand, elbow;
} holds[SCENE_HOLDS] = {
    [SCENE_CARRIES] = {{0.02, 0.045, -0.338}, {-1, 0.3, 0}},
    [SCENE_PULLS] = {{-0.16, 0.05, -0.285}, {-0.2, 1, 0}},
    [SCENE_POCKET] = {{0.045, 0.0, -0.285}, {-1, 0.9, 0}},
    [SCENE_AKIMBO] = {{0.01, -0.005, -0.24}, {-0.4, 1, 0}},
    [SCENE_FOLDED] = {{0.115, -0.15, -0.145}, {-0.3, 0.6, -1}},
    [SCENE_PHONE] = {{0.19, -0.07, -0.12}, {-0.5, 0.5, -1}},
    [SCENE_CALLS] = {{0.055, -0.035, 0.06}, {0.3, 0.35, -1}},
    [SCENE_STRAP] = {{0.085, -0.045, -0.085}, {-0.2, 0.6, -1}},
    [SCENE_TALKS] = {{0.2, 0.0, -0.13}, {-0.4, 0.6, -1}},
    [SCENE_LAP] = {{0.21, -0.06, -0.235}, {-0.8, 0.8, -0.3}},
    [SCENE_STICK] = {{0.09, 0.05, -0.3}, {-1, 0.5, 0}},
    [SCENE_HOLDS_UMBRELLA] = {{0.13, -0.04, -0.12}, {-0.4, 0.5, -1}},
};

/* The middle joint of two bones from a to b, bent towards that side. */
static struct vec3 bend(struct vec3 a, struct vec3 b, double la, double lb, struct vec3 towards) {
    struct vec3 d = vec3_sub(b, a);
    double reach = sqrt(vec3_dot(d, d));
    if (reach >= la + lb || reach < 1e-6)
        return vec3_mix(a, b, la / (la + lb));
    double along = (la * la - lb * lb + reach * reach) / (2 * reach);
    struct vec3 axis = vec3_scale(d, 1 / reach);
    struct vec3 aside = vec3_sub(towards, vec3_scale(axis, vec3_dot(towards, axis)));
    double out = sqrt(fmax(la * la - along * along, 0));
    return vec3_add(a, vec3_add(vec3_scale(axis, along), vec3_scale(vec3_unit(aside), out)));
}

static double ease(double t) {
    t = clamp01(t);
    return t * t * (3 - 2 * t);
}

/* The smaller of both, without a corner where they meet. */
static double soft_min(double a, double b) {
    double h = clamp01(0.5 + 0.5 * (b - a) / 0.03);
    return b + (a - b) * h - 0.03 * h * (1 - h);
}

/* A foot in the sagittal plane: where its heel is and how its toe points up. */
struct foot {
    double f, u, pitch;
};

/* The ankle over a heel, turned with the foot. */
static void ankle_of(const struct foot *foot, double h, double *ret_f, double *ret_u) {
    double c = cos(foot->pitch), s = sin(foot->pitch), f = 0.028 * h, u = share.ankle * h;
    *ret_f = foot->f + f * c - u * s;
    *ret_u = foot->u + f * s + u * c;
}

struct gait {
    double duty; /* share of the cycle on the ground */
    double reach; /* share of the stride at which the heel strikes ahead */
    double strike, push; /* pitch of the foot, radians */
    double lift; /* of the ankle in swing, body heights */
    double crouch; /* of the leg's length missing when it stands */
    double swing, elbow; /* of the arm, radians */
    double lean;
};

static const struct gait walk = {0.62, 0.235, 0.36, -0.85, 0.022, 0.012, 0.38, 0.22, 0.05};
static const struct gait run = {0.36, 0.13, 0.20, -0.95, 0.13, 0.045, 0.62, 1.55, 0.14};

static struct foot stance(const struct gait *g, const struct scene_figure *figure, double p) {
    double h = figure->height, ball = 0.72 * share.foot * h;
    struct foot foot = {figure->stride * (g->reach - p) - 0.015 * h, 0, 0};
    double landed = 0.14 * g->duty, leaves = 0.52 * g->duty;
    if (p < landed)
        foot.pitch = g->strike * (1 - ease(p / landed));
    else if (p > leaves) {
        foot.pitch = g->push * pow((p - leaves) / (g->duty - leaves), 1.7);
        foot.f += ball * (1 - cos(foot.pitch));
        foot.u = -ball * sin(foot.pitch);
    }
    return foot;
}

/* Between leaving the ground and the next strike, s from 0 to 1. */
static struct foot swing(const struct gait *g, const struct scene_figure *figure, double s) {
    struct foot from = stance(g, figure, g->duty), to = stance(g, figure, 0);
    double h = figure->height, back = -0.45 * figure->stride * (1 - g->duty);
    double f = from.f * (1 + 2 * s) * (1 - s) * (1 - s) + back * s * (1 - s) * (1 - s) +
               to.f * s * s * (3 - 2 * s) - back * s * s * (1 - s);
    struct foot foot = {f, from.u * (1 - ease(s * 1.5)), 0};
    foot.u += g->lift * h * sin(TAU / 2 * pow(s, 0.75)) * 1.3;
    foot.pitch = from.pitch + (to.pitch - from.pitch) * ease(s * 1.25 - 0.12);
    double toe = foot.u + share.foot * h * sin(foot.pitch);
    if (toe < 0.012 * h * sin(TAU / 2 * s))
        foot.u += 0.012 * h * sin(TAU / 2 * s) - toe;
    return foot;
}

static void put_foot(struct scene_joints *j, int side, const struct foot *foot, double l,
                     double h) {
    double out = side == LEFT ? 1 : -1, f, u;
    ankle_of(foot, h, &f, &u);
    j->at[SCENE_HEEL + side] = vec3(foot->f, l, foot->u);
    j->at[SCENE_ANKLE + side] = vec3(f, l, u);
    double toe = fmax(foot->u + share.foot * h * sin(foot->pitch), 0); /* toes bend */
    j->at[SCENE_TOE + side] =
        vec3(foot->f + share.foot * h * cos(foot->pitch), l + out * 0.014 * h, toe);
}

/* The spine from the pelvis: lean forward, list to the left, twist of the
 * shoulders to the left; and the head, its face turned and nodding. */
static void put_spine(struct scene_joints *j, const struct scene_figure *figure, double lean,
                      double list, double twist, double turn, double nod) {
    double h = figure->height, neck = 0.187 * h - 0.5 * figure->head;
    struct vec3 pelvis = j->at[SCENE_PELVIS];
    struct vec3 up = vec3_unit(vec3(sin(lean), list, cos(lean)));
    struct vec3 chest = vec3_add(pelvis, vec3_scale(up, share.spine * h));
    struct vec3 out = vec3(-sin(twist) * share.shoulder_half * h,
                           cos(twist) * share.shoulder_half * h, -list * share.shoulder_half * h);
    j->at[SCENE_CHEST] = chest;
    j->at[SCENE_SHOULDER] = vec3_add(chest, out);
    j->at[SCENE_SHOULDER + 1] = vec3_sub(chest, out);
    struct vec3 rise = vec3(sin(lean * 0.5 + 0.12 + nod * 0.25), list * 0.5, 1);
    j->at[SCENE_HEAD] = vec3_add(chest, vec3_scale(vec3_unit(rise), neck));
    j->at[SCENE_FACE] =
        vec3_add(j->at[SCENE_HEAD],
                 vec3(0.1 * cos(turn) * cos(nod), 0.1 * sin(turn) * cos(nod), -0.1 * sin(nod)));
}

static void put_hips(struct scene_joints *j, const struct scene_figure *figure, struct vec3 pelvis,
                     double twist) {
    double half = share.hip_half * figure->height;
    j->at[SCENE_PELVIS] = pelvis;
    j->at[SCENE_HIP] = vec3_add(pelvis, vec3(-sin(twist) * half, cos(twist) * half, 0));
    j->at[SCENE_HIP + 1] = vec3_sub(pelvis, vec3(-sin(twist) * half, cos(twist) * half, 0));
}

static void put_knees(struct scene_joints *j, double h, double splay) {
    for (int side = 0; side < 2; side++)
        j->at[SCENE_KNEE + side] =
            bend(j->at[SCENE_HIP + side], j->at[SCENE_ANKLE + side], share.thigh * h,
                 share.shin * h, vec3(1, side == LEFT ? splay : -splay, 0.15));
}

/* An arm that swings in its own plane: angle forward of hanging down, elbow bent. */
static void swing_arm(struct scene_joints *j, double h, int side, double angle, double elbow) {
    double out = side == LEFT ? 0.10 : -0.10;
    struct vec3 upper = vec3_unit(vec3(sin(angle), out, -cos(angle)));
    struct vec3 lower =
        vec3_unit(vec3(sin(angle + elbow), out * (elbow > 1 ? -2 : 0.3), -cos(angle + elbow)));
    j->at[SCENE_ELBOW + side] =
        vec3_add(j->at[SCENE_SHOULDER + side], vec3_scale(upper, share.upper_arm * h));
    j->at[SCENE_HAND + side] =
        vec3_add(j->at[SCENE_ELBOW + side], vec3_scale(lower, share.lower_arm * h));
}

static void reach(struct scene_joints *j, double h, int side, struct vec3 hand, struct vec3 elbow) {
    j->at[SCENE_HAND + side] = hand;
    j->at[SCENE_ELBOW + side] =
        bend(j->at[SCENE_SHOULDER + side], hand, share.upper_arm * h, share.lower_arm * h, elbow);
}

/* Both arms: what each holds, or a swing of that size at phase p of the left leg. */
static void put_arms(struct scene_joints *j, const struct scene_figure *figure, bool umbrella,
                     const struct gait *g, double size, double p, double clock) {
    double h = figure->height;
    for (int side = 0; side < 2; side++) {
        double out = side == LEFT ? 1 : -1, forward = cos(TAU * p) * -out;
        enum scene_hold hold = figure->hold[side];
        if (umbrella && side == figure->side)
            hold = SCENE_HOLDS_UMBRELLA;
        if (hold == SCENE_SWINGS) {
            double bias = g == &run ? -0.25 : 0.02;
            swing_arm(j, h, side, bias + size * g->swing * forward,
                      g->elbow * (0.35 + 0.65 * fmax(size, g == &run)) +
                          0.13 * size * (1 + forward));
            continue;
        }
        struct vec3 to = holds[hold].hand, elbow = holds[hold].elbow;
        if (hold == SCENE_TALKS)
            to = vec3_add(to, vec3(0.02 * sin(clock * 1.7 + side), 0.04 * sin(clock * 1.1 + side),
                                   0.045 * sin(clock * 2.3 + 2 * side)));
        if (hold == SCENE_FOLDED)
            to.z += side == LEFT ? 0.0 : 0.02;
        if (hold == SCENE_CARRIES || hold == SCENE_STICK)
            to.x += 0.035 * size * forward;
        struct vec3 from = j->at[SCENE_SHOULDER + side];
        reach(j, h, side, vec3_add(from, vec3(to.x * h, to.y * h * out, to.z * h)),
              vec3(elbow.x, elbow.y * out, elbow.z));
    }
}

/* How a head looks about: mostly ahead, at the phone where there is one. */
static double nod_of(const struct scene_figure *figure) {
    return figure->hold[0] == SCENE_PHONE || figure->hold[1] == SCENE_PHONE ? 0.5 : 0.05;
}

static void pose_walk(struct scene_joints *j, const struct scene_figure *figure,
                      const struct scene_body *body, bool umbrella) {
    const struct gait *g = figure->runs ? &run : &walk;
    double h = figure->height, leg = (share.thigh + share.shin) * h;
    double phase = body->phase_m / figure->stride + figure->habit;
    double size = ease(body->speed_m_per_s / 0.35); /* who stops stands on both feet */
    phase -= floor(phase);
    double twist = 0.10 * size * cos(TAU * phase), sway = 0.011 * h * size * sin(TAU * phase);
    double forward = 0.02 * h * sin(figure->lean);
    for (int side = 0; side < 2; side++) {
        double p = phase + 0.5 * side, l = (side == LEFT ? 1 : -1) * (0.048 - 0.014 * size) * h;
        p -= floor(p);
        struct foot foot =
            p < g->duty ? stance(g, figure, p) : swing(g, figure, (p - g->duty) / (1 - g->duty));
        foot.f = foot.f * size - 0.028 * h * (1 - size);
        foot.u *= size;
        foot.pitch *= size;
        put_foot(j, side, &foot, l, h);
    }
    /* As high as both legs let it: an arc over the foot that stands. */
    put_hips(j, figure, vec3(forward, sway, 0), -twist);
    double up = (1 - g->crouch) * leg + share.ankle * h;
    if (figure->runs)
        up += 0.012 * h * size * cos(2 * TAU * (phase - g->duty - 0.07));
    for (int side = 0; side < 2; side++) {
        struct vec3 d = vec3_sub(j->at[SCENE_ANKLE + side], j->at[SCENE_HIP + side]);
        double room = leg * leg * 0.998 - d.x * d.x - d.y * d.y;
        up = soft_min(up, d.z + sqrt(fmax(room, 0.1)));
    }
    put_hips(j, figure, vec3(forward, sway, up), -twist);
    put_knees(j, h, 0.06);
    put_spine(j, figure, figure->lean + g->lean * size, 0, twist,
              0.25 * sin(body->phase_m * 0.21 + 9 * figure->habit), nod_of(figure));
    put_arms(j, figure, umbrella, g, size, phase, body->phase_m);
}

static void pose_stand(struct scene_joints *j, const struct scene_figure *figure,
                       const struct scene_body *body, bool umbrella) {
    double h = figure->height, leg = (share.thigh + share.shin) * h;
    double clock = body->phase_m + 60 * figure->habit, shift = sin(clock * 0.55);
    for (int side = 0; side < 2; side++) {
        double l = (side == LEFT ? 1 : -1) * (0.05 + 0.03 * figure->habit) * h;
        struct foot foot = {-0.035 * h + (side == figure->side ? 0.045 * h : 0), 0, 0};
        put_foot(j, side, &foot, l, h);
    }
    put_hips(j, figure, vec3(0, 0.018 * h * shift, 0.984 * leg + share.ankle * h), 0.08 * shift);
    put_knees(j, h, 0.15);
    put_spine(j, figure, figure->lean, -0.04 * shift, -0.05 * shift,
              0.6 * sin(clock * 0.31) * sin(clock * 0.13), nod_of(figure));
    put_arms(j, figure, umbrella, &walk, 0, 0, clock);
}

static void pose_sit(struct scene_joints *j, const struct scene_figure *figure,
                     const struct scene_body *body, bool umbrella) {
    double h = figure->height, clock = body->phase_m + 60 * figure->habit;
    double ahead = -0.08 + share.thigh * h * 0.97;
    for (int side = 0; side < 2; side++) {
        double l = (side == LEFT ? 1 : -1) * (0.055 + 0.02 * figure->habit) * h;
        struct foot foot = {ahead - 0.03 + (side ? 0.06 : -0.05) * (figure->habit - 0.4), 0, 0};
        /* A child's feet do not reach the ground. */
        foot.u = fmax(0.45 + 0.035 * h - (share.shin + share.ankle) * h, 0);
        if (figure->crossed && side == figure->side) {
            foot = (struct foot){ahead + 0.10 * h, 0.17 * h, -0.35};
            l *= -0.5;
        }
        put_foot(j, side, &foot, l, h);
    }
    put_hips(j, figure, vec3(-0.08, 0, 0.45 + 0.05 * h), 0);
    for (int side = 0; side < 2; side++)
        j->at[SCENE_KNEE + side] =
            bend(j->at[SCENE_HIP + side], j->at[SCENE_ANKLE + side], share.thigh * h,
                 share.shin * h, vec3(0.7, side == LEFT ? 0.1 : -0.1, 1));
    put_spine(j, figure, figure->lean + 0.05 + 0.04 * sin(clock * 0.2), 0, 0,
              0.7 * sin(clock * 0.23) * sin(clock * 0.11), nod_of(figure));
    put_arms(j, figure, umbrella, &walk, 0, 0, clock);
}

/* A pedal under the ball of each foot; at a stop the left foot goes to the ground
 * and the body comes off the saddle. The shoulders are where torso and arms meet
 * between saddle and bar: two bones once more. */
static void pose_ride(struct scene_joints *j, const struct scene_figure *figure,
                      const struct scene_body *body, bool umbrella) {
    double h = figure->height, halt = 1 - ease(body->speed_m_per_s);
    struct scene_cycle cycle = scene_cycle_of(body->look);
    double leg = (share.thigh + share.shin) * h, tip = scene_cycle_lean(body);
    struct vec3 pelvis = vec3(cycle.saddle.x + 0.02, 0, cycle.saddle.y + 0.045 * h);
    struct vec3 ground = vec3(cycle.crank.x + 0.02, 0.10 * h, share.ankle * h + 0.01);
    double low = ground.z + 0.97 * leg;
    pelvis = vec3_mix(pelvis, vec3(cycle.crank.x + 0.02, 0, fmin(pelvis.z, low)), halt);
    for (int side = 0; side < 2; side++) {
        struct vec3 pedal = scene_cycle_pedal(&cycle, body->phase_m, side);
        double turn = atan2(pedal.x - cycle.crank.x, pedal.z - cycle.crank.y);
        struct foot foot = {0, 0, -0.22 + 0.16 * sin(turn)};
        double ball = 0.7 * share.foot * h;
        foot.f = pedal.x - ball * cos(foot.pitch);
        foot.u = pedal.z + 0.02 - ball * sin(foot.pitch);
        double l = pedal.y;
        if (side == LEFT) {
            foot.f += (ground.x - 0.03 * h - foot.f) * halt;
            foot.u *= 1 - halt;
            foot.pitch *= 1 - halt;
            l += (ground.y - l) * halt;
        }
        put_foot(j, side, &foot, l, h);
    }
    put_hips(j, figure, pelvis, 0);
    put_knees(j, h, 0.05);
    struct vec3 grip = vec3(cycle.grip.x, 0, cycle.grip.y);
    double arm = 0.93 * (share.upper_arm + share.lower_arm) * h;
    struct vec3 chest = bend(pelvis, grip, share.spine * h, arm, vec3(-0.2, 0, 1));
    double lean = atan2(chest.x - pelvis.x, chest.z - pelvis.z);
    put_spine(j, figure, fmin(fmax(lean, 0.04), 0.95), 0, 0, 0.2 * sin(body->phase_m * 0.07), 0.05);
    for (int side = 0; side < 2; side++) {
        double out = side == LEFT ? 1 : -1;
        struct vec3 hand = vec3(grip.x, out * cycle.grip_half, grip.z + 0.02);
        reach(j, h, side, hand, vec3(-0.3, 0.7 * out, -1));
    }
    for (int i = 0; i < SCENE_JOINTS; i++)
        j->at[i] = scene_cycle_tip(j->at[i], tip);
}

void scene_joints_of(const struct scene_figure *figure, const struct scene_body *body,
                     bool umbrella, struct scene_joints *ret_joints) {
    static void (*const pose[])(struct scene_joints *, const struct scene_figure *,
                                const struct scene_body *, bool) = {
        [SCENE_WALKING] = pose_walk,
        [SCENE_STANDING] = pose_stand,
        [SCENE_SITTING] = pose_sit,
        [SCENE_RIDING] = pose_ride,
    };
    pose[body->posture](ret_joints, figure, body, umbrella);
}
