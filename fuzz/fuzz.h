/*
 * A fuzz target: one function that takes any bytes at all and must come back, with whatever it
 * checks holding, and some valid inputs to begin with. It is one file, which libFuzzer links
 * (where clang has it), or driver.c, which any compiler builds.
 */
#ifndef WEIR_FUZZ_FUZZ_H
#define WEIR_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A target has these two. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Calls give for each valid input, whose bytes it copies; name is a file's, of its own. */
typedef void fuzz_give(void *arg, const char *name, const void *data, size_t size);
void fuzz_seeds(fuzz_give *give, void *arg);

/* What must hold: otherwise it says so and aborts. */
#define FUZZ_HOLDS(condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fuzz_broken(__FILE__, __LINE__, #condition);                                           \
    } while (0)
_Noreturn void fuzz_broken(const char *file, int line, const char *condition);

/* What was looked at: so that no compiler saves itself the looking. */
void fuzz_saw(uint64_t what);

/* A file of that name with these bytes, in a folder that goes when the program ends, and the
 * folder. Static strings. */
const char *fuzz_file(const char *name, const void *data, size_t size);
const char *fuzz_folder(void);
/* Gives a text file of the project, if it is there ("bench/paper.yaml"). */
void fuzz_give_file(fuzz_give *give, void *arg, const char *relative);

#endif
