/*
 * A video of tiles for whoever has pictures and boxes but no streams that run: a mosaic that is
 * drawn moment by moment.
 *
 *     weir_tiles_open(&conf, &tiles, &err);
 *     for each moment, for each place
 *         weir_tiles_show(tiles, place, image, &boxes, &note, t_ns, &err);
 *     weir_tiles_finish(tiles, &err);
 *     weir_tiles_free(tiles);
 *
 * One thread; another one encodes.
 */
#ifndef WEIR_PIPELINE_SINK_TILES_H
#define WEIR_PIPELINE_SINK_TILES_H

#include "media/media.h"

enum { WEIR_TILES_MOST = 64 };

/* What a tile says. Borrowed. */
struct weir_note {
    const char *status; /* at the top left */
    const char *warning; /* at the bottom left; NULL: nothing */
    bool alarms; /* the warning is new */
};

struct weir_tiles_conf {
    const char *path; /* its ending names the container */
    double rate_fps;
    int places; /* 1 – WEIR_TILES_MOST */
    struct weir_labels *labels; /* borrowed: it outlives the tiles */
};

struct weir_tiles;

/* EINVAL: no video format has that ending; the errors of weir_video_new; ENOMEM. */
int weir_tiles_open(const struct weir_tiles_conf *conf, struct weir_tiles **ret,
                    struct weir_error *err);
/* What place i shows from t_ns on; times of a place rise. All is borrowed. EIO, ENOSPC,
 * EUNSUPPORTED (the encoder), ENOMEM. Blocks while many of its tiles wait to be encoded. */
int weir_tiles_show(struct weir_tiles *tiles, int i, const struct weir_image *image,
                    const struct weir_boxes *boxes, const struct weir_note *note, int64_t t_ns,
                    struct weir_error *err);
/* Nothing more comes for place i: its last tile stands. As weir_tiles_show. */
int weir_tiles_end(struct weir_tiles *tiles, int i, struct weir_error *err);
/* For none: the file appears under its name. At most once; as weir_tiles_show. Blocks. */
int weir_tiles_finish(struct weir_tiles *tiles, struct weir_error *err);
void weir_tiles_free(struct weir_tiles *tiles); /* without finish no file stays; NULL allowed */

#endif
