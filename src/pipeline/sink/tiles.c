/* Each place has an overlay of its own, since words are kept from one moment to the next. */
#include "pipeline/sink/tiles.h"

#include <stdlib.h>

#include "pipeline/sink/convert.h"
#include "pipeline/sink/mosaic.h"
#include "pipeline/sink/overlay.h"

enum { QUALITY = 20 }; /* of the encoder: thin lines and small words stay sharp */

struct weir_tiles {
    struct weir_mosaic *mosaic;
    struct weir_convert *convert;
    int places;
    struct weir_overlay *overlay[]; /* [places] */
};

static int no_memory(struct weir_error *err) {
    return weir_fail(err, WEIR_ENOMEM, "no memory for the tiles of a video");
}

int weir_tiles_open(const struct weir_tiles_conf *conf, struct weir_tiles **ret,
                    struct weir_error *err) {
    const size_t places = (size_t)conf->places;
    const struct weir_video_conf video = {
        .encoder = "auto", .quality = QUALITY, .rate_fps = conf->rate_fps};
    int width, height;
    if (!weir_video_is_file(conf->path))
        return weir_fail(err, WEIR_EINVAL, "%s: no video format has that ending; use .mp4 or .mkv",
                         conf->path);
    struct weir_tiles *t = calloc(1, sizeof(*t) + places * sizeof(struct weir_overlay *));
    if (!t)
        return no_memory(err);
    t->places = conf->places;
    int rc = weir_mosaic_new(conf->path, &video, WEIR_MOSAIC_WIDTH, WEIR_MOSAIC_HEIGHT, places,
                             &t->mosaic, err);
    if (rc)
        goto fail;
    t->convert = weir_convert_new(WEIR_MATRIX_BT709);
    if (!t->convert)
        rc = no_memory(err);
    weir_mosaic_tile_size(t->mosaic, &width, &height);
    for (size_t i = 0; !rc && i < places; i++) {
        weir_mosaic_join(t->mosaic, i);
        t->overlay[i] = weir_overlay_new(width, height, WEIR_MATRIX_BT709, "", conf->labels);
        if (!t->overlay[i])
            rc = no_memory(err);
    }
    if (rc)
        goto fail;
    *ret = t;
    return 0;
fail:
    weir_tiles_free(t);
    return rc;
}

int weir_tiles_show(struct weir_tiles *tiles, int i, const struct weir_image *image,
                    const struct weir_boxes *boxes, const struct weir_note *note, int64_t t_ns,
                    struct weir_error *err) {
    struct weir_placement placement;
    struct weir_tile *tile = weir_tile_new(tiles->mosaic);
    if (!tile)
        return no_memory(err);
    const struct weir_canvas canvas = weir_tile_canvas(tile);
    int rc = weir_convert_image(tiles->convert, image, &canvas, &placement, err);
    if (!rc && weir_overlay_draw_noted(tiles->overlay[i], &canvas, &placement, boxes, note))
        rc = no_memory(err);
    if (rc) {
        weir_tile_free(tile);
        return rc;
    }
    return weir_mosaic_show(tiles->mosaic, (size_t)i, tile, t_ns, err);
}

int weir_tiles_end(struct weir_tiles *tiles, int i, struct weir_error *err) {
    return weir_mosaic_end(tiles->mosaic, (size_t)i, true, err);
}

int weir_tiles_finish(struct weir_tiles *tiles, struct weir_error *err) {
    int rc = 0;
    for (int i = 0; !rc && i < tiles->places; i++)
        rc = weir_tiles_end(tiles, i, err);
    return rc;
}

void weir_tiles_free(struct weir_tiles *tiles) {
    if (!tiles)
        return;
    weir_mosaic_unref(&tiles->mosaic);
    weir_convert_free(tiles->convert);
    for (int i = 0; i < tiles->places; i++)
        weir_overlay_free(tiles->overlay[i]);
    free(tiles);
}
