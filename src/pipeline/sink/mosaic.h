/*
 * One video of many streams: each draws its pictures small into a tile of its
 * own, and a picture of all tiles is encoded whenever every stream has come as
 * far. Shared by the threads of the streams; every function locks.
 */
#ifndef WEIR_PIPELINE_SINK_MOSAIC_H
#define WEIR_PIPELINE_SINK_MOSAIC_H

#include "pipeline/sink/draw.h"
#include "pipeline/sink/video.h"

struct weir_mosaic;

enum { WEIR_MOSAIC_WIDTH = 1280, WEIR_MOSAIC_HEIGHT = 720 }; /* unless one wants another size */

/* width and height: of the whole, even. tiles: 1 – 64. The video's errors. */
int weir_mosaic_new(const char *path, const struct weir_video_conf *video, int width, int height,
                    size_t tiles, struct weir_mosaic **ret_mosaic, struct weir_error *err);
struct weir_mosaic *weir_mosaic_ref(struct weir_mosaic *mosaic);
/* The last one gives up a video that was not finished. NULL inside allowed. */
void weir_mosaic_unref(struct weir_mosaic **mosaic);

/* Size of one tile, even. */
void weir_mosaic_tile_size(const struct weir_mosaic *mosaic, int *ret_width, int *ret_height);
/* A black tile to draw on; the caller's until it is shown or freed. NULL: no memory. */
struct weir_tile *weir_tile_new(const struct weir_mosaic *mosaic);
void weir_tile_free(struct weir_tile *tile);
struct weir_canvas weir_tile_canvas(struct weir_tile *tile);
/* Puts the tile in place i from t_ns (time in the medium) on; takes it over in any case.
 * Blocks while very many of its tiles wait to be encoded. EIO, ENOSPC, ENOMEM: what
 * went wrong with the video, told to every place. */
int weir_mosaic_show(struct weir_mosaic *mosaic, size_t i, struct weir_tile *tile, int64_t t_ns,
                     struct weir_error *err);
/* Place i will bring tiles. */
void weir_mosaic_join(struct weir_mosaic *mosaic, size_t i);
/* Nothing more comes for place i. whole: nothing is missing; where this holds for all
 * places, the last one finishes the video, else there is none. Later calls do nothing. */
int weir_mosaic_end(struct weir_mosaic *mosaic, size_t i, bool whole, struct weir_error *err);

#endif
