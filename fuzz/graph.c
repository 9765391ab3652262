/*
 * A model file from outside, whose graph is edited. What could be made dynamic is a model again,
 * which says of itself that it is dynamic.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_resize_report report = {0}, again = {0};
    struct weir_error err = {0};
    const char *in = fuzz_file("in.onnx", data, size);
    char *out = weir_path_join(fuzz_folder(), "out.onnx");
    FUZZ_HOLDS(out);
    int rc = weir_model_make_dynamic(in, out, &report, &err);
    FUZZ_HOLDS(!rc || (rc == err.code && err.text[0]));
    FUZZ_HOLDS(!rc || rc == WEIR_EMODEL || rc == WEIR_ECORRUPT);
    FUZZ_HOLDS(rc ? !weir_file_exists(out) : weir_file_exists(out));
    if (!rc) {
        FUZZ_HOLDS(report.width > 0 && report.height > 0 && report.stride > 0);
        FUZZ_HOLDS(weir_model_make_dynamic(out, out, &again, NULL) == WEIR_EMODEL);
        remove(out);
    }
    weir_buf_done(&report.notes);
    weir_buf_done(&again.notes);
    free(out);
    return 0;
}

/* They lie in corpus/graph: small graphs, each with operators of its own. */
void fuzz_seeds(fuzz_give *give, void *arg) {
    (void)give;
    (void)arg;
}
