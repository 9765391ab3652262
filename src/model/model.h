/*
 * The door of model: model files on disk. Found by name, downloaded, edited;
 * running them is pipeline/detect's business.
 */
#ifndef WEIR_MODEL_MODEL_H
#define WEIR_MODEL_MODEL_H

#include "base/base.h"
#include "spec/spec.h"

/*
 * The path of a model given as a path ("./a.onnx") or a name ("yolox_nano"),
 * looked for as NAME and NAME.onnx in $WEIR_MODELS (colon-separated folders),
 * ~/.local/share/weir/models, and the project's models/ (beside the program, or
 * where it was installed). Heap string. ENOENT says where it looked, and
 * whether `weir model pull` knows the name.
 */
int weir_model_find(const char *path_or_name, char **ret_path, struct weir_error *err);
/* What a model is called by its path: "models/street_n.onnx" is street_n. Heap string; NULL: no
 * memory. */
char *weir_model_name(const char *path);

/* Calls each(path) for every *.onnx in those folders, in their order. */
int weir_model_each(void (*each)(const char *path, void *arg), void *arg);

/* Where the catalogue is: $WEIR_CATALOG, else catalog.yaml in the project's
 * models/ or the installed one. Heap string. ENOENT says where it looked. */
int weir_model_catalog_path(char **ret_path, struct weir_error *err);
/* The folder that pull writes to: the first of $WEIR_MODELS, else
 * ~/.local/share/weir/models. Heap string. */
int weir_model_store(char **ret_dir, struct weir_error *err);

/* done and total in bytes, total -1 while unknown. Return non-zero to cancel. */
typedef int weir_pull_progress(int64_t done, int64_t total, void *arg);

/*
 * Downloads an entry to DIR/NAME.onnx. A part left by an interrupted pull is
 * resumed where the server can (HTTP Range), else begun anew; the file appears
 * under its name only after its size and SHA-256 were verified. A file already there with
 * the right checksum is left alone. ECONN, ETIMEDOUT, ENOENT (HTTP 404), EIO (other
 * status), ECORRUPT (checksum: the part is removed), ENOSPC, ECANCELED (the part stays).
 */
int weir_model_pull(const struct weir_catalog_entry *entry, const char *dir,
                    weir_pull_progress *progress, void *arg, char **ret_path,
                    struct weir_error *err);

/* SHA-256 of a file as 64 lower-case hex digits. */
int weir_sha256_file(const char *path, char ret_hex[65], struct weir_error *err);

/* What weir_model_resize changed, for the report. */
struct weir_resize_report {
    int width, height, batch; /* the fixed input it had */
    int stride; /* width and height must be multiples of it */
    int reshapes; /* Reshape constants rewritten */
    int others; /* other nodes or constants rewritten */
    struct weir_buf notes; /* a line each */
};

/*
 * Turns a fully convolutional detector exported at one input size into one
 * with symbolic batch, height and width, by editing the graph, and writes it
 * to out_path. Does not run it: the caller compares outputs. EMODEL names the
 * node (name, op, what of it) that stands in the way. ECORRUPT: not ONNX.
 */
int weir_model_make_dynamic(const char *in_path, const char *out_path,
                            struct weir_resize_report *ret_report, struct weir_error *err);

#endif
