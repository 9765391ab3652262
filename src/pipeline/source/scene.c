/*
 * A generated street scene as a source: "scene:seed=7,profile=rush". Each frame
 * comes with its picture, so that decode lets it pass, and with the truth about
 * it. The scene is drawn by the thread that pulls; a picture is made when it is
 * asked for, none ahead.
 */
#include <stdlib.h>
#include <string.h>

#include "scene/scene.h"
#include "source.h"

static const char prefix[] = "scene:";

struct scene {
    struct source source;
    struct weir_clock *clock;
    struct weir_stop *stop;
    int stream;
    double fps;
    int64_t next;
    struct weir_scene *scene;
};

static int scene_pull(struct weir_stage *stage, struct weir_frame **ret_frame,
                      struct weir_error *err) {
    struct scene *s = (struct scene *)stage;

    if (weir_stop_requested(s->stop))
        return WEIR_ECANCELED;
    struct weir_frame *frame = weir_frame_new(s->stream);
    if (frame)
        frame->truth = calloc(1, sizeof *frame->truth);
    if (!frame || !frame->truth) {
        weir_frame_free(frame);
        return weir_fail(err, WEIR_ENOMEM, "scene: out of memory");
    }
    int rc = weir_scene_next(s->scene, &frame->image, frame->truth, err);
    if (rc) {
        weir_frame_free(frame);
        return rc;
    }
    frame->source_id = -1;
    frame->width = frame->image->width;
    frame->height = frame->image->height;
    frame->media_ns = (int64_t)((double)s->next++ * 1e9 / s->fps);
    frame->times.capture = weir_clock_now(s->clock);
    s->source.dts_ns = frame->media_ns;
    *ret_frame = frame;
    return 0;
}

static void scene_free(struct weir_stage *stage) {
    struct scene *s = (struct scene *)stage;

    weir_scene_free(s->scene);
    free(s);
}

static const struct weir_stage_ops scene_ops = {
    .name = "scene", .pull = scene_pull, .free = scene_free};

static int scene_open(const struct weir_stage_conf *conf, const char *text,
                      struct source **ret_source, struct weir_error *err) {
    struct weir_scene_conf wanted;
    int rc = weir_scene_parse(text + strlen(prefix), &wanted, err);

    if (rc)
        return rc;
    struct scene *s = calloc(1, sizeof *s);
    if (!s)
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", text);
    s->source.stage.ops = &scene_ops;
    s->clock = conf->clock;
    s->stop = conf->stop;
    s->stream = conf->stream;
    s->fps = wanted.fps;
    rc = weir_scene_new(&wanted, &s->scene, err);
    if (rc) {
        scene_free(&s->source.stage);
        return rc;
    }
    s->source.stage.frames_total = weir_scene_frames(s->scene);
    *ret_source = &s->source;
    return 0;
}

static bool scene_matches(const char *text) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

const struct source_kind source_scene = {
    .name = "scene",
    .about = "a generated street: scene:seed=7,size=1280x720,fps=25,seconds=60,profile=mixed",
    .matches = scene_matches,
    .open = scene_open,
};
