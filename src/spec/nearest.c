/*
 * "Did you mean …?": the name at the least edit distance, where letters left
 * out, added, changed or swapped with their neighbour count one each
 * (restricted Damerau–Levenshtein). A guess is offered only when it is near:
 * a third of the letters, or a name that begins with the word.
 */
#include <string.h>

#include "spec/option.h"

enum { LONGEST = 64 };

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len) {
    size_t row[3][LONGEST + 1];
    size_t *before = row[0], *last = row[1], *now = row[2];
    for (size_t j = 0; j <= b_len; j++)
        last[j] = before[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        now[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t cost = last[j - 1] + (a[i - 1] != b[j - 1]);
            cost = least(cost, least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                cost = least(cost, before[j - 2] + 1);
            now[j] = cost;
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b_len];
}

const char *weir_spec_nearest(const char *word, const char *const *names, size_t len) {
    const size_t word_len = strlen(word);
    return weir_spec_nearest_within(word, names, len,
                                    word_len < 4 ? 0 : word_len / 3); /* gpu is no slip for cpu */
}

const char *weir_spec_nearest_within(const char *word, const char *const *names, size_t len,
                                     size_t limit) {
    size_t word_len = strlen(word), best = LONGEST;
    const char *found = NULL;
    if (!word_len || word_len > LONGEST)
        return NULL;
    limit = least(limit, word_len - 1);
    for (size_t i = 0; i < len; i++) {
        size_t name_len = strlen(names[i]);
        if (name_len > LONGEST)
            continue;
        size_t d = distance(word, word_len, names[i], name_len);
        bool begins = word_len >= 3 && !strncmp(word, names[i], word_len);
        if ((d <= limit || begins) && d < best) {
            best = d;
            found = names[i];
        }
    }
    return found;
}
