/*
 * The column tables of pre-processing: for every column of the picture the two
 * source samples it lies between and their weights; and, for kernels that
 * fetch samples by byte shuffles, where to load and how to shuffle. Made once
 * per geometry, read for every row of every picture after that.
 */
#include "pipeline/detect/preprocess_kernel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ZERO = 0x80 /* the shuffle index that yields a zero byte */ };

static int min_int(int a, int b) {
    return a < b ? a : b;
}

/* Does one load of that many bytes hold all that each group of columns reads? */
static bool groups_fit(const struct weir_axis *axis, int load, int columns) {
    int row = axis->width * axis->step;
    if (row < load)
        return false;
    for (int i = 0; i < axis->n_pad; i += columns) {
        int base = min_int(axis->x[i] * axis->step, row - load);
        if ((axis->x[i + columns - 1] + 2) * axis->step - base > load)
            return false;
    }
    return true;
}

static enum weir_axis_load choose_load(const struct weir_axis *axis, int widest) {
    if (widest >= 64 && groups_fit(axis, 64, 16))
        return WEIR_LOAD_64;
    if (axis->step == 3)
        return WEIR_LOAD_8;
    return groups_fit(axis, 16, 4) ? WEIR_LOAD_16 : WEIR_LOAD_4;
}

static int init_shuffles(struct weir_axis *axis, int widest) {
    static const struct {
        int bytes, columns; /* of a load; columns that share it */
    } loads[] = {
        [WEIR_LOAD_4] = {4, 1},
        [WEIR_LOAD_8] = {8, 1},
        [WEIR_LOAD_16] = {16, 4},
        [WEIR_LOAD_64] = {64, 16},
    };
    int row = axis->width * axis->step;
    if (axis->width < 2 || row < (axis->step == 3 ? 8 : 4))
        return 0;
    axis->load = choose_load(axis, widest);
    axis->masks = axis->load == WEIR_LOAD_8 ? 2 * axis->step : axis->step;
    size_t plane = (size_t)4 * axis->n_pad;
    axis->base = malloc((size_t)axis->n_pad * sizeof(*axis->base));
    axis->mask = malloc(plane * axis->masks);
    if (!axis->base || !axis->mask)
        return WEIR_ENOMEM;
    memset(axis->mask, ZERO, plane * axis->masks);
    int bytes = loads[axis->load].bytes, columns = loads[axis->load].columns;
    for (int i = 0; i < axis->n_pad; i++) {
        axis->base[i] = min_int(axis->x[i / columns * columns] * axis->step, row - bytes);
        for (int c = 0; c < axis->step; c++) {
            int first = axis->x[i] * axis->step + c - axis->base[i], p = c;
            if (axis->load == WEIR_LOAD_4)
                first += 4 * (i & 3);
            if (axis->load == WEIR_LOAD_8) {
                first += 8 * (i & 1);
                p = 2 * c + (i >> 1 & 1);
            }
            uint8_t *mask = axis->mask + plane * p + (size_t)4 * i;
            mask[0] = (uint8_t)first; /* [1] and [3] stay zero: bytes become 16 bits */
            mask[2] = (uint8_t)(first + axis->step);
        }
    }
    return 0;
}

int weir_axis_init(struct weir_axis *axis, int n, int src_width, int shift, int step,
                   int widest_load) {
    axis->n = n;
    axis->n_pad = (n + WEIR_ROW_ALIGN - 1) / WEIR_ROW_ALIGN * WEIR_ROW_ALIGN;
    axis->width = (src_width + (1 << shift) - 1) >> shift;
    axis->step = step;
    axis->x = malloc((size_t)axis->n_pad * sizeof(*axis->x));
    axis->weight = malloc((size_t)axis->n_pad * 2 * sizeof(*axis->weight));
    if (!axis->x || !axis->weight)
        return WEIR_ENOMEM;
    for (int i = 0; i < axis->n_pad; i++) {
        double f;
        int x = weir_axis_tap(min_int(i, n - 1), n, src_width, shift, &f);
        if (x > 0 && x + 1 >= axis->width) { /* the last sample, as the second of a pair */
            x--;
            f = 1;
        }
        int second = (int)lrint(f * WEIR_WEIGHT_ONE);
        axis->x[i] = x;
        axis->weight[2 * i] = (int16_t)(WEIR_WEIGHT_ONE - second);
        axis->weight[2 * i + 1] = (int16_t)second;
    }
    return init_shuffles(axis, widest_load);
}

void weir_axis_done(struct weir_axis *axis) {
    free(axis->x);
    free(axis->weight);
    free(axis->base);
    free(axis->mask);
    *axis = (struct weir_axis){0};
}
