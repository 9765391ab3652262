/*
 * A recorded table: what real models found, and how many bytes real codecs made, for each
 * frame of some clips in each setting. It is what lets a simulation speak of accuracy
 * without running a model. One file, read by memory map:
 *
 *   header     magic, counts, where each section begins, size, checksum of all that follows
 *   models     names
 *   classes    names
 *   settings   model, size, codec, quality; what its stages took when it was recorded
 *   clips      name, size, rate, frames; where its arrays begin
 *   bytes      of each clip: [setting][frame]
 *   ends       of each clip: [setting, and the truth as the last][frame]: where its boxes end,
 *              counted from the clip's first box
 *   boxes      of each clip
 *
 * Numbers are little-endian, sections begin at multiples of 8. Everything is checked when the
 * file is opened, so that looking something up cannot fail.
 */
#ifndef WEIR_SIM_TABLE_H
#define WEIR_SIM_TABLE_H

#include "media/media.h"
#include "weir/strategy.h"

enum { SIM_TABLE_NAME = 48 }; /* bytes of a name, the NUL included */

/* In pixels of the clip's own pictures. */
struct sim_table_box {
    uint16_t x0, y0, x1, y1; /* eighths of a pixel */
    uint8_t class_id;
    uint8_t score; /* 0 – 255 for 0 – 1; of truth: 0 where it is to be ignored, else 255 */
};

struct sim_table_setting {
    uint16_t model; /* index */
    uint16_t width, height; /* pixels that are sent and analysed */
    uint8_t travel; /* enum weir_travel; NONE: reduced, not coded */
    uint8_t quality;
    /* Medians on one core of the machine that recorded, ns. */
    uint32_t reduce_ns, encode_ns, decode_ns, infer_ns;
};

struct sim_table_clip {
    char name[SIM_TABLE_NAME];
    uint32_t frames;
    uint16_t width, height;
    float rate_fps;
    uint32_t boxes; /* in all */
    uint64_t bytes_at, ends_at, boxes_at; /* from the file's beginning */
};

/* ---- reading ------------------------------------------------------------- */

struct sim_table {
    void *map;
    size_t size;
    const char (*model)[SIM_TABLE_NAME];
    const char (*class_name)[SIM_TABLE_NAME];
    const struct sim_table_setting *setting;
    const struct sim_table_clip *clip;
    int models, classes, settings, clips;
    char machine[128]; /* where it was recorded */
};

/*
 * Where there is no file of that name but one with ".xz" behind it, that is unpacked once, beside
 * it or into the user's cache folder (table_xz.h), and the result opened; so is a path that
 * ends in ".xz" itself. ENOENT, EIO, ENOSPC, ENOMEM; ECORRUPT (cut short, changed, not a table:
 * what, and how to make it anew).
 */
int sim_table_open(const char *path, struct sim_table *ret, struct weir_error *err);
void sim_table_close(struct sim_table *table); /* zeroed allowed */

/* Bytes of a frame as it is sent; 0 where it does not travel. Indices within bounds. */
static inline uint32_t sim_table_bytes(const struct sim_table *t, int clip, int setting,
                                       int64_t frame) {
    const struct sim_table_clip *c = &t->clip[clip];
    const uint32_t *bytes = (const uint32_t *)((const char *)t->map + c->bytes_at);
    return bytes[(uint64_t)setting * c->frames + (uint64_t)frame];
}

/* What a setting found in a frame; setting t->settings: the truth. Borrowed from the table. */
static inline const struct sim_table_box *
sim_table_boxes(const struct sim_table *t, int clip, int setting, int64_t frame, size_t *ret_len) {
    const struct sim_table_clip *c = &t->clip[clip];
    const uint32_t *end = (const uint32_t *)((const char *)t->map + c->ends_at) +
                          (uint64_t)setting * c->frames + (uint64_t)frame;
    uint32_t begin = setting || frame ? end[-1] : 0;
    *ret_len = *end - begin;
    return (const struct sim_table_box *)((const char *)t->map + c->boxes_at) + begin;
}

/*
 * The table's index of each of a run's settings, whose models model names; node does not
 * matter. *ret [settings], the caller's to free. EINVAL: it lacks one (which, and how to record
 * it), ENOMEM.
 */
int sim_table_find_all(const struct sim_table *table, const char *const *model,
                       const struct weir_setting *setting, int settings, int **ret,
                       struct weir_error *err);

/* ---- writing ------------------------------------------------------------- */

/* One clip as it was recorded; all owned. */
struct sim_table_draft {
    struct sim_table_clip clip; /* without the positions */
    uint32_t *bytes; /* [settings][frames] */
    uint32_t *ends; /* [settings + 1][frames] */
    struct sim_table_box *box; /* [clip.boxes] */
};
void sim_table_draft_done(struct sim_table_draft *draft);

/* Box to packed, clipped to what it can hold. */
struct sim_table_box sim_table_pack(const struct weir_box *box);

/*
 * Writes a whole table; it appears when it is complete. EINVAL: counts that do not fit each
 * other; as weir_file_write.
 */
int sim_table_write(const char *path, const struct sim_table *shape,
                    const struct sim_table_draft *draft, struct weir_error *err);

/* Writes PATH.xz beside it (xz -9e); blocks for as long as that takes. ENOENT, EIO, ENOSPC,
 * ENOMEM. */
int sim_table_compress(const char *path, struct weir_error *err);

#endif
