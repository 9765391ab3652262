/* The parts put together; see the picture in scene.h. */
#include "scene/scene.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "canvas.h"
#include "finish.h"
#include "world.h"

struct weir_scene {
    struct weir_scene_conf conf;
    struct scene_plan *plan;
    struct scene_canvas *canvas;
    struct scene_world *world;
    struct scene_finish *finish;
    int64_t next; /* number of the next frame */
    char about[96];
};

static void describe(struct weir_scene *scene) {
    static const char *const hours[] = {
        [SCENE_DAY] = "by day", [SCENE_DUSK] = "at dusk", [SCENE_NIGHT] = "at night"};
    const struct scene_sky *sky = &scene->plan->sky;
    snprintf(scene->about, sizeof scene->about, "seed %llu: %s %s%s%s%s",
             (unsigned long long)scene->conf.seed, scene->plan->name, hours[sky->hour],
             sky->overcast && !sky->rain && !sky->fog ? ", overcast" : "",
             sky->rain ? ", rain" : "", sky->fog ? ", fog" : "");
}

static int paint(struct weir_scene *scene) {
    struct scene_backdrop backdrop;
    if (scene_backdrop_make(scene->plan, &backdrop) < 0)
        return WEIR_ENOMEM;
    int rc = scene_canvas_new(scene->plan, &backdrop, &scene->canvas);
    scene_backdrop_done(&backdrop);
    return rc;
}

int weir_scene_new(const struct weir_scene_conf *conf, struct weir_scene **ret_scene,
                   struct weir_error *err) {
    int rc = weir_scene_check(conf, err);
    if (rc < 0)
        return rc;
    struct weir_scene *scene = calloc(1, sizeof *scene);
    if (!scene)
        goto no_memory;
    scene->conf = *conf;
    scene->plan = calloc(1, sizeof *scene->plan);
    if (!scene->plan)
        goto no_memory;
    scene_plan_make(conf, scene->plan);
    scene->world = scene_world_new(scene->plan, conf->profile);
    scene->finish = scene_finish_new(scene->plan);
    if (!scene->world || !scene->finish || paint(scene) < 0)
        goto no_memory;
    describe(scene);
    *ret_scene = scene;
    return 0;
no_memory:
    weir_scene_free(scene);
    return weir_fail(err, WEIR_ENOMEM, "scene: out of memory for %dx%d", conf->width, conf->height);
}

void weir_scene_free(struct weir_scene *scene) {
    if (!scene)
        return;
    scene_world_free(scene->world);
    scene_canvas_free(scene->canvas);
    scene_finish_free(scene->finish);
    free(scene->plan);
    free(scene);
}

struct weir_labels *weir_scene_labels(void) {
    static const char *const names[SCENE_CLASSES] = {
        [SCENE_PERSON] = "person", [SCENE_BICYCLE] = "bicycle", [SCENE_CAR] = "car",
        [SCENE_BUS] = "bus",       [SCENE_TRUCK] = "truck",
    };
    return weir_labels_new(names, SCENE_CLASSES);
}

int64_t weir_scene_frames(const struct weir_scene *scene) {
    int64_t frames = llround(scene->conf.seconds * scene->conf.fps);
    return frames < 1 ? 1 : frames;
}

void weir_scene_skip(struct weir_scene *scene, int64_t frames) {
    int64_t left = weir_scene_frames(scene) - scene->next;
    scene->next += frames < left ? frames : left;
}

const char *weir_scene_about(const struct weir_scene *scene) {
    return scene->about;
}

/* The mast sways: labels go with the picture; what leaves it is cut off. */
static void move_truth(const struct weir_scene *scene, struct weir_truth *truth, int dx, int dy) {
    float w = (float)scene->conf.width, h = (float)scene->conf.height;
    size_t kept = 0;
    for (size_t i = 0; i < truth->len; i++) {
        struct weir_truth_object object = truth->data[i];
        struct weir_box *b = &object.box;
        b->x0 = fminf(fmaxf(b->x0 + (float)dx, 0), w);
        b->x1 = fminf(fmaxf(b->x1 + (float)dx, 0), w);
        b->y0 = fminf(fmaxf(b->y0 + (float)dy, 0), h);
        b->y1 = fminf(fmaxf(b->y1 + (float)dy, 0), h);
        if (b->x1 > b->x0 && b->y1 > b->y0)
            truth->data[kept++] = object;
    }
    truth->len = kept;
}

int weir_scene_next(struct weir_scene *scene, struct weir_image **ret_image,
                    struct weir_truth *truth, struct weir_error *err) {
    if (scene->next >= weir_scene_frames(scene))
        return WEIR_EEOF;
    double t_s = (double)scene->next / scene->conf.fps;
    size_t len;
    int dx, dy;
    if (scene_world_advance(scene->world, t_s) < 0)
        goto no_memory;
    const struct scene_body *bodies = scene_world_bodies(scene->world, &len);
    if (scene_canvas_draw(scene->canvas, bodies, len, truth) < 0 ||
        scene_finish_image(scene->finish, scene_canvas_pixels(scene->canvas), t_s, scene->next,
                           ret_image) < 0)
        goto no_memory;
    scene_finish_shake(scene->finish, t_s, &dx, &dy);
    move_truth(scene, truth, dx, dy);
    scene->next++;
    return 0;
no_memory:
    return weir_fail(err, WEIR_ENOMEM, "scene: out of memory");
}
