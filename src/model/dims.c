/*
 * Dimensions as formulas: see dims.h. A quotient of batch, height or width that
 * is whole at the exported size stays an exact ATOM_BASE and raises the stride;
 * any other is kept as the rounded quotient that it is.
 */
#include "model/dims.h"

#include <stdlib.h>
#include <string.h>

#include "model/model.h"

void dims_init(struct dims *dims, int64_t batch, int64_t height, int64_t width) {
    *dims = (struct dims){.at = {batch, height, width}};
}

void dims_done(struct dims *dims) {
    for (int i = 0; i < dims->len; i++)
        free(dims->atom[i].term);
    free(dims->atom);
    *dims = (struct dims){0};
}

/* Both wrap where the result is out of range. Samples may be; values at the exported size
 * are checked where they could. */
static int64_t times(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

static int64_t plus(int64_t a, int64_t b) {
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t floor_div(int64_t a, int64_t b) {
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

static int64_t gcd(int64_t a, int64_t b) {
    while (b) {
        int64_t t = a % b;
        a = b;
        b = t;
    }
    return a < 0 ? -a : a;
}

static bool same_dim(const struct dim *a, const struct dim *b) {
    return a->len == b->len && !memcmp(a->atom, b->atom, (size_t)a->len * sizeof *a->atom);
}

static bool same_atom(const struct atom *a, const struct atom *b) {
    if (a->kind != b->kind || a->value != b->value)
        return false;
    switch (a->kind) {
    case ATOM_NUMBER:
        return true;
    case ATOM_BASE:
        return a->base == b->base && a->num == b->num && a->den == b->den && a->off == b->off;
    case ATOM_QUOTIENT:
        return same_dim(&a->of, &b->of) && a->mul == b->mul && a->add == b->add &&
               a->div == b->div && a->off == b->off;
    case ATOM_SUM:
        if (a->terms != b->terms)
            return false;
        for (int i = 0; i < a->terms; i++)
            if (!same_dim(&a->term[i], &b->term[i]))
                return false;
        return true;
    }
    return false;
}

/* ---- samples ---- */

/* Multiples of the exported size, where every ATOM_BASE is whole. */
static const int64_t times_at[DIM_SAMPLES][DIM_BASES] = {
    {1, 1, 1}, {2, 1, 1}, {1, 2, 1}, {1, 1, 3}, {3, 5, 7}, {11, 3, 2}, {7, 13, 5}, {5, 17, 19}};

static int64_t sample_of(const struct dims *dims, const struct dim *dim, int s) {
    int64_t value = 1;
    for (int i = 0; i < dim->len; i++)
        value = times(value, dims->atom[dim->atom[i]].sample[s]);
    return value;
}

/* From the samples of the atoms it is made of, which are there already: however deep
 * formulas nest, nothing is worked out twice. */
static int64_t sample_atom(const struct dims *dims, const struct atom *atom, int s) {
    int64_t sum = 0;
    switch (atom->kind) {
    case ATOM_NUMBER:
        return atom->value;
    case ATOM_BASE:
        sum = times(dims->at[atom->base], times_at[s][atom->base]);
        return plus(times(sum / atom->den, atom->num), atom->off);
    case ATOM_QUOTIENT:
        sum = plus(times(sample_of(dims, &atom->of, s), atom->mul), atom->add);
        return plus(floor_div(sum, atom->div), atom->off);
    case ATOM_SUM:
        for (int i = 0; i < atom->terms; i++)
            sum = plus(sum, sample_of(dims, &atom->term[i], s));
        return sum;
    }
    return 0;
}

/* Takes atom->term over. A failure yields the number 1. */
static struct dim intern(struct dims *dims, struct atom *atom) {
    struct dim one = {.len = 1};
    for (int i = 0; i < dims->len; i++)
        if (same_atom(&dims->atom[i], atom)) {
            free(atom->term);
            one.atom[0] = i;
            return one;
        }
    if (dims->len == dims->cap) {
        int cap = dims->cap ? dims->cap * 2 : 64;
        struct atom *more = realloc(dims->atom, (size_t)cap * sizeof *more);
        if (!more) {
            free(atom->term);
            dims->failed = true;
            return (struct dim){0};
        }
        dims->atom = more;
        dims->cap = cap;
    }
    for (int i = 0; i < DIM_SAMPLES; i++)
        atom->sample[i] = sample_atom(dims, atom, i);
    dims->atom[dims->len] = *atom;
    one.atom[0] = dims->len++;
    return one;
}

struct dim dim_number(struct dims *dims, int64_t value) {
    if (value == 1)
        return (struct dim){0};
    struct atom atom = {.kind = ATOM_NUMBER, .value = value};
    return intern(dims, &atom);
}

static struct dim affine(struct dims *dims, enum dim_base base, int64_t num, int64_t den,
                         int64_t off) {
    int64_t common = gcd(num, den);
    struct atom atom = {
        .kind = ATOM_BASE, .base = base, .num = num / common, .den = den / common, .off = off};
    atom.value = plus(times(dims->at[base] / atom.den, atom.num), off);
    return intern(dims, &atom);
}

struct dim dim_base(struct dims *dims, enum dim_base base) {
    return affine(dims, base, 1, 1, 0);
}

struct dim dim_quotient(struct dims *dims, const struct dim *of, int64_t mul, int64_t add,
                        int64_t div, int64_t off) {
    int64_t value, scaled, num, den, shift;
    if (__builtin_mul_overflow(dim_value(dims, of), mul, &scaled) ||
        __builtin_add_overflow(scaled, add, &scaled)) {
        dims->failed = true;
        return (struct dim){0};
    }
    value = plus(floor_div(scaled, div), off);
    if (!dim_varies(dims, of))
        return dim_number(dims, value);
    if (mul == div && add == 0 && off == 0)
        return *of;
    if (of->len == 1 && dims->atom[of->atom[0]].kind == ATOM_BASE) {
        const struct atom *a = &dims->atom[of->atom[0]];
        enum dim_base base = a->base;
        if (!__builtin_mul_overflow(a->num, mul, &num) &&
            !__builtin_mul_overflow(a->den, div, &den) &&
            !__builtin_mul_overflow(a->off, mul, &shift) &&
            !__builtin_add_overflow(shift, add, &shift) &&
            dims->at[base] % (den / gcd(num, den)) == 0)
            return affine(dims, base, num, den, plus(floor_div(shift, div), off));
    }
    struct atom atom = {.kind = ATOM_QUOTIENT,
                        .value = value,
                        .of = *of,
                        .mul = mul,
                        .add = add,
                        .div = div,
                        .off = off};
    return intern(dims, &atom);
}

struct dim dim_sum(struct dims *dims, const struct dim *term, int terms) {
    struct atom atom = {.kind = ATOM_SUM, .terms = terms};
    bool varies = false;
    if (terms == 1)
        return term[0];
    for (int i = 0; i < terms; i++) {
        varies |= dim_varies(dims, &term[i]);
        atom.value = plus(atom.value, dim_value(dims, &term[i]));
    }
    if (!varies)
        return dim_number(dims, atom.value);
    atom.term = malloc((size_t)terms * sizeof *term);
    if (!atom.term) {
        dims->failed = true;
        return (struct dim){0};
    }
    memcpy(atom.term, term, (size_t)terms * sizeof *term);
    return intern(dims, &atom);
}

struct dim dim_product(struct dims *dims, const struct dim *a, const struct dim *b) {
    struct dim out = *a;
    int64_t product;
    if (__builtin_mul_overflow(dim_value(dims, a), dim_value(dims, b), &product)) {
        dims->failed = true;
        return (struct dim){0};
    }
    for (int i = 0; i < b->len; i++) {
        const struct atom *next = &dims->atom[b->atom[i]];
        const struct atom *last = out.len ? &dims->atom[out.atom[out.len - 1]] : NULL;
        if (last && last->kind == ATOM_NUMBER && next->kind == ATOM_NUMBER) {
            if (__builtin_mul_overflow(last->value, next->value, &product)) {
                dims->failed = true;
                return (struct dim){0};
            }
            out.len--;
            struct dim merged = dim_number(dims, product);
            if (merged.len)
                out.atom[out.len++] = merged.atom[0];
        } else if (out.len == DIM_ATOMS) {
            dims->failed = true;
            return (struct dim){0};
        } else {
            out.atom[out.len++] = b->atom[i];
        }
    }
    return out;
}

bool dim_varies(const struct dims *dims, const struct dim *dim) {
    for (int i = 0; i < dim->len; i++)
        if (dims->atom[dim->atom[i]].kind != ATOM_NUMBER)
            return true;
    return false;
}

int64_t dim_value(const struct dims *dims, const struct dim *dim) {
    int64_t value = 1;
    for (int i = 0; i < dim->len; i++)
        value = times(value, dims->atom[dim->atom[i]].value);
    return value;
}

bool dim_equal(const struct dims *dims, const struct dim *a, const struct dim *b) {
    if (same_dim(a, b))
        return true;
    for (int s = 0; s < DIM_SAMPLES; s++)
        if (sample_of(dims, a, s) != sample_of(dims, b, s))
            return false;
    return true;
}

bool dim_is(const struct dims *dims, const struct dim *dim, int64_t value) {
    return !dim_varies(dims, dim) && dim_value(dims, dim) == value;
}

int64_t dims_stride(const struct dims *dims) {
    int64_t stride = 1;
    for (int i = 0; i < dims->len; i++) {
        const struct atom *a = &dims->atom[i];
        if (a->kind == ATOM_BASE && a->base != DIM_BATCH)
            stride = stride / gcd(stride, a->den) * a->den;
    }
    return stride;
}
