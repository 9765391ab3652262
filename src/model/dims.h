/*
 * Dimensions as formulas. In a graph exported at one size every dimension is a
 * number; here it is a product of atoms, outermost first, where an atom is
 *
 *   a number (85),
 *   batch, height or width, scaled and shifted (height / 8 - 1),
 *   a rounded-down quotient of another dimension ((height / 8 + 1) / 2),
 *   a sum of dimensions (the anchors of all strides, concatenated).
 *
 * Each has a value at the exported size, and at a few others, which tell whether
 * two are equal. Atoms are interned in a context: equal atoms have equal indices. The order of
 * a product says how a flattened tensor lies in memory, so that a reshape can be
 * followed through it.
 */
#ifndef WEIR_MODEL_DIMS_H
#define WEIR_MODEL_DIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DIM_ATOMS = 8, DIM_SAMPLES = 8 };
enum dim_base { DIM_BATCH, DIM_HEIGHT, DIM_WIDTH, DIM_BASES };

/* No atoms: 1. A number with other atoms around it is an atom among them. */
struct dim {
    int len;
    int atom[DIM_ATOMS];
};

enum atom_kind { ATOM_NUMBER, ATOM_BASE, ATOM_QUOTIENT, ATOM_SUM };

struct atom {
    enum atom_kind kind;
    int64_t value; /* at the exported size */
    int64_t sample[DIM_SAMPLES]; /* at several sizes; may have wrapped */
    /* base * num / den + off; num / den in lowest terms */
    enum dim_base base;
    int64_t num, den;
    int64_t off; /* of base and quotient */
    /* quotient: floor((of * mul + add) / div) + off */
    struct dim of;
    int64_t mul, add, div;
    /* sum */
    struct dim *term; /* owned */
    int terms;
    /* where it can be read while running: that dimension of that tensor is this atom alone */
    const char *seen_in; /* borrowed; NULL: nowhere yet */
    int seen_axis;
};

struct dims {
    struct atom *atom;
    int len, cap;
    bool failed; /* out of memory or a number out of range */
    int64_t at[DIM_BASES]; /* the exported size */
};

void dims_init(struct dims *dims, int64_t batch, int64_t height, int64_t width);
void dims_done(struct dims *dims);

struct dim dim_number(struct dims *dims, int64_t value);
struct dim dim_base(struct dims *dims, enum dim_base base);
/* floor((of * mul + add) / div) + off; mul, div > 0 */
struct dim dim_quotient(struct dims *dims, const struct dim *of, int64_t mul, int64_t add,
                        int64_t div, int64_t off);
struct dim dim_sum(struct dims *dims, const struct dim *term, int terms);
/* a x b, a outermost; sets failed where it grows over DIM_ATOMS, or its value over int64_t */
struct dim dim_product(struct dims *dims, const struct dim *a, const struct dim *b);

/* Does it change with the size or batch? */
bool dim_varies(const struct dims *dims, const struct dim *dim);
/* At the exported size. */
int64_t dim_value(const struct dims *dims, const struct dim *dim);
/* Equal at every size: compared at several that are far apart. */
bool dim_equal(const struct dims *dims, const struct dim *a, const struct dim *b);
/* Is it that number, whatever the size? */
bool dim_is(const struct dims *dims, const struct dim *dim, int64_t value);

/* What height and width must be multiples of, so that every ATOM_BASE is whole. */
int64_t dims_stride(const struct dims *dims);

#endif
