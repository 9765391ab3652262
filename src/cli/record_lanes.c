/*
 * Each setting, and the truth as one more, has a lane: a row a frame and its boxes, both
 * growing, since the length of a clip is known at its end. There the lanes are laid side by
 * side, as a table has them.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/record.h"

int record_lane_box(struct record_lane *lane, struct sim_table_box box) {
    if (lane->boxes == lane->box_cap) {
        size_t cap = lane->box_cap ? lane->box_cap * 2 : 256;
        struct sim_table_box *more = realloc(lane->box, cap * sizeof *more);
        if (!more)
            return WEIR_ENOMEM;
        lane->box = more;
        lane->box_cap = cap;
    }
    lane->box[lane->boxes++] = box;
    return 0;
}

int record_lane_row(struct record_lane *lane, struct record_row row) {
    if (lane->rows == lane->row_cap) {
        size_t cap = lane->row_cap ? lane->row_cap * 2 : 64;
        struct record_row *more = realloc(lane->row, cap * sizeof *more);
        if (!more)
            return WEIR_ENOMEM;
        lane->row = more;
        lane->row_cap = cap;
    }
    row.end = (uint32_t)lane->boxes;
    lane->row[lane->rows++] = row;
    return 0;
}

void record_lanes_free(struct record_lane *lanes, int settings) {
    for (int s = 0; lanes && s <= settings; s++) {
        free(lanes[s].row);
        free(lanes[s].box);
    }
    free(lanes);
}

int record_lanes_gather(const struct record_lane *lanes, int settings_len, uint32_t frames,
                        struct record_take *ret) {
    const size_t settings = (size_t)settings_len;
    struct sim_table_draft *d = &ret->draft;
    size_t boxes = 0;
    for (size_t s = 0; s <= settings; s++)
        boxes += lanes[s].boxes;
    d->bytes = malloc(settings * frames * sizeof *d->bytes);
    d->ends = malloc((settings + 1) * frames * sizeof *d->ends);
    d->box = malloc((boxes + 1) * sizeof *d->box);
    bool short_of = !d->bytes || !d->ends || !d->box || boxes > UINT32_MAX;
    for (int k = 0; k < RECORD_COSTS; k++)
        short_of |= !(ret->ns[k] = malloc(settings * frames * sizeof *ret->ns[k]));
    if (short_of)
        return WEIR_ENOMEM;
    uint32_t before = 0;
    for (size_t s = 0; s <= settings; s++) {
        const struct record_lane *lane = &lanes[s];
        for (size_t f = 0; f < frames; f++) {
            const struct record_row *row = &lane->row[f];
            d->ends[s * frames + f] = before + row->end;
            if (s == settings)
                continue;
            d->bytes[s * frames + f] = row->bytes;
            for (int k = 0; k < RECORD_COSTS; k++)
                ret->ns[k][s * frames + f] = row->ns[k];
        }
        if (lane->boxes)
            memcpy(d->box + before, lane->box, lane->boxes * sizeof *d->box);
        before += (uint32_t)lane->boxes;
    }
    d->clip.frames = frames;
    d->clip.boxes = before;
    return 0;
}

void record_take_done(struct record_take *take) {
    sim_table_draft_done(&take->draft);
    for (int k = 0; k < RECORD_COSTS; k++)
        free(take->ns[k]);
    *take = (struct record_take){0};
}
