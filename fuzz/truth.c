/*
 * Labelled boxes from outside: COCO, MOT Challenge text, results as lines of JSON. What was
 * understood is joined with itself, and judged: nothing is missed, and nothing is more than all.
 */
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval/eval.h"

static bool is_share(double x) {
    return isnan(x) || (x >= 0 && x <= 1);
}

static void judge(const struct weir_dataset *truth, const struct weir_dataset *results) {
    struct weir_f1 f1;
    struct weir_mot mot;
    struct weir_coco_ap ap;
    if (!weir_f1_eval(truth, results, 0.5, 0, &f1, NULL)) {
        FUZZ_HOLDS(f1.tp >= 0 && f1.fp >= 0 && f1.fn >= 0);
        FUZZ_HOLDS(is_share(f1.f1) && is_share(f1.precision) && is_share(f1.recall));
    }
    if (!weir_mot_eval(truth, results, &mot, NULL))
        FUZZ_HOLDS(mot.tp >= 0 && mot.switches >= 0 && is_share(mot.idf1));
    if (!weir_coco_eval(truth, results, &ap, NULL))
        FUZZ_HOLDS(ap.ap == -1 || is_share(ap.ap));
}

static bool parse(const uint8_t *data, size_t size, struct weir_dataset *ret) {
    struct weir_error err = {0};
    char *text = malloc(size + 1);
    FUZZ_HOLDS(text);
    memcpy(text, data, size);
    text[size] = 0;
    int rc = weir_dataset_parse("a.json", text, size, ret, &err);
    free(text);
    FUZZ_HOLDS(!rc || (rc == err.code && err.text[0]));
    return !rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct weir_dataset truth = {0}, results = {0};
    if (!size || !parse(data, size, &truth))
        return 0;
    FUZZ_HOLDS(parse(data, size, &results));
    const struct weir_eval_limits limits = {.min_height = 3, .min_visibility = 0.5};
    if (!weir_dataset_join(&truth, &results, NULL)) {
        FUZZ_HOLDS(truth.images == results.images && truth.categories == results.categories);
        judge(&truth, &results);
        if (!weir_dataset_limit(&truth, &results, &limits, NULL))
            judge(&truth, &results);
    }
    weir_dataset_done(&truth);
    weir_dataset_done(&results);
    return 0;
}

void fuzz_seeds(fuzz_give *give, void *arg) {
    static const char coco[] =
        "{\"images\":[{\"id\":5,\"file_name\":\"a.jpg\"},{\"id\":9,\"file_name\":\"b.jpg\"}],"
        "\"categories\":[{\"id\":1,\"name\":\"person\"},{\"id\":3,\"name\":\"car\"}],"
        "\"annotations\":[{\"image_id\":9,\"category_id\":1,\"bbox\":[1,2,3.5,4],\"area\":9,"
        "\"iscrowd\":1},{\"image_id\":5,\"category_id\":3,\"bbox\":[0,0,20,20],\"visibility\":0.5,"
        "\"track_id\":4}]}";
    static const char results[] =
        "[{\"image_id\":5,\"category_id\":3,\"bbox\":[1,2,3,4],\"score\":0.5},"
        "{\"image_id\":9,\"category_id\":1,\"bbox\":[1,2,3e2,4],\"score\":1}]";
    static const char lines[] =
        "{\"stream\":\"gate\",\"frame\":0,\"outcome\":\"detect\",\"width\":64,\"height\":48,"
        "\"boxes\":[{\"class\":\"car\",\"class_id\":2,\"score\":0.5,\"track_id\":4,"
        "\"bbox\":[1,2,3,4]},{\"class\":\"dog\",\"class_id\":16,\"score\":0.4,\"track_id\":null,"
        "\"bbox\":[1,2,3,4]}]}\n{\"stream\":\"gate\",\"frame\":1,\"outcome\":\"late\"}\n"
        "{\"stream\":\"gate\",\"frame\":7,\"outcome\":\"track\",\"boxes\":[]}\n";
    static const char mot[] = "1,1,10,20,30,40,1,1,0.5\n1,2,11,20,30,40,0,1,1\r\n"
                              "2,1,12,20.5,30,40,0.75,-1,-1,-1\n9,-1,1,2,3,4,5\n";
    give(arg, "coco", coco, sizeof coco - 1);
    give(arg, "results", results, sizeof results - 1);
    give(arg, "lines", lines, sizeof lines - 1);
    give(arg, "mot", mot, sizeof mot - 1);
}
