/*
 * People on foot. Each steers towards a point a little ahead of him, so nobody
 * ever jumps; the way, the spot he wants to reach and those in his way only move
 * that point and his pace.
 */
#ifndef WEIR_SCENE_WALKERS_H
#define WEIR_SCENE_WALKERS_H

#include "door.h"
#include "random.h"
#include "stay.h"
#include "ways.h"

#define SCENE_MAX_WALKERS 200

enum scene_walk {
    SCENE_ON_WAY,
    SCENE_TO_SEAT, /* across, to a place of a spot */
    SCENE_AT_SEAT,
    SCENE_RISING, /* off the bench */
    SCENE_TO_WAY,
    SCENE_TO_DOOR
};

struct scene_walker {
    int32_t id; /* 0: nobody */
    uint64_t look;
    enum scene_walk state;
    double x, y, ux, uy; /* where, facing what */
    double speed, turn, phase_m, pace;
    int way, direction; /* 1, -1 */
    double s, side; /* along the way, to its left */
    double home_side, aim_side; /* where he would rather walk; does just now */
    int leader; /* slot of whom he walks with; -1 */
    int32_t leader_id;
    double behind_m; /* within his group */
    double pause_s; /* where he will stop for a while; direction * s, INFINITY: nowhere */
    double back_s; /* turns around there, likewise */
    double pause_for_s;
    double until_s; /* stands that long */
    double waited_s; /* at a kerb */
    int crossing; /* on it, or about to be; -1 */
    bool rose; /* from his place, and has not turned to the way yet */
    bool near; /* came as one of the near crowd */
    int door; /* leaves there; -1: at the way's end */
    int spot, seat; /* wants to go there or is there; -1 */
};

struct scene_walkers {
    struct scene_ways *ways;
    uint64_t seed;
    struct weir_random random;
    struct scene_walker walker[SCENE_MAX_WALKERS];
    int used; /* slots beyond are empty */
    int total;
    uint16_t order[SCENE_MAX_WALKERS]; /* those on ways, by way, then along it */
    int ordered;
    struct scene_doors doors;
    struct scene_stay stay[SCENE_MAX_SPOTS]; /* one for each spot */
};

/* Who is about to come. */
struct scene_party {
    int way, direction, size;
    double s; /* of its beginning; where nobody looks yet, else the way's end */
    double back_s; /* turns around that far along the way; < 0: does not */
    double pause_s, pause_for_s; /* stops there for a while; < 0: does not */
    bool near;
    int spot; /* goes there; -1 */
    int from_door; /* comes out there; -1 */
    int to_door; /* leaves there; -1 */
    int32_t first_id; /* size of them */
};

void scene_walkers_init(struct scene_walkers *walkers, struct scene_ways *ways);
int scene_walkers_room(const struct scene_walkers *walkers); /* how many more may come */
void scene_walkers_enter(struct scene_walkers *walkers, const struct scene_party *party);
/* Somebody is there as if he had been long before (before anybody looks), and may
 * stay forever. */
void scene_walkers_settle(struct scene_walkers *walkers, int spot, int32_t id, double now_s,
                          bool forever);
/* Of those who walk on ways, near or not, `count` shall go by the next door ahead. */
void scene_walkers_dismiss(struct scene_walkers *walkers, bool near, int count, double now_s);
/* All leave their spots soon. */
void scene_walkers_rouse(struct scene_walkers *walkers, int spot, double now_s);
void scene_walkers_tick(struct scene_walkers *walkers, double now_s, double step_s);
struct scene_body scene_walker_body(const struct scene_walkers *walkers,
                                    const struct scene_walker *walker, double rest_s);

#endif
